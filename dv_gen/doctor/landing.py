"""Where files come from: the landing place, what each source finds there, room to fetch them."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.errors import DvGenError, MissingFileError
from dv_gen.run.runner import WORKING, landing_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dv_gen.doctor.visit import Visit
    from dv_gen.landing import Landing
    from dv_gen.model.source import Source

_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_THOUSAND = 1000


def check_landing(visit: Visit) -> Iterable[Finding]:
    """List every source's files; nothing is fetched."""
    if visit.settings is None or visit.model is None:
        yield Finding("landing", SKIPPED, "the settings or the metadata are not complete")
        return
    try:
        landing = landing_of(visit.folder, visit.target, visit.settings)
    except DvGenError as error:
        yield Finding("landing", FAILED, error.message, error.hint)
        return
    yield Finding("landing", OK, landing.root)
    total = 0
    for source in visit.model.sources.values():
        if source.query is None:
            finding, size = _check_source(landing, source)
            total += size
            yield finding
    yield _check_room(visit.folder, total)


def _check_source(landing: Landing, source: Source) -> tuple[Finding, int]:
    name = f"source {source.name}"
    try:
        files = landing.list(source.file, ignore_case=source.ignore_case)
    except MissingFileError as error:
        status = FAILED if source.required else WARNING
        todo = error.hint or f"deliver it, or say required: false in {source.location}"
        return Finding(name, status, error.message, todo), 0
    except DvGenError as error:
        return Finding(name, FAILED, error.message, error.hint), 0
    size = sum(file.size for file in files)
    said = f"{len(files)} file{'' if len(files) == 1 else 's'}, {in_units(size)}"
    if files:
        return Finding(name, OK, said), size
    return Finding(name, WARNING, f"no file matches {source.file}", f"see {source.location}"), 0


def _check_room(folder: Path, wanted: int) -> Finding:
    """Write a file where files are fetched to, and compare the room there with what is listed."""
    working = folder / WORKING
    place = working if working.is_dir() else folder
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        said = f"{place} cannot be written: {error.strerror}"
        return Finding("working folder", FAILED, said, "check the folder and its permissions")
    said = f"{in_units(free)} free, {in_units(wanted)} in the landing place"
    if free < wanted:
        todo = "files are fetched into .dv-gen/: make room, or load the sources one by one"
        return Finding("working folder", WARNING, said, todo)
    return Finding("working folder", OK, said)


def in_units(size: int) -> str:
    """Return a number of bytes as people read it.

    >>> in_units(999), in_units(1_500_000)
    ('999 bytes', '1.5 MB')
    """
    value = float(size)
    for unit in _UNITS:
        if value < _THOUSAND or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= _THOUSAND
    return ""
