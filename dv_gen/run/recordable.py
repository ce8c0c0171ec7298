"""Whether ledger and vault can say where a file's rows come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing import RemoteFile, matched_by_wildcards
from dv_gen.model.record_source import fill, varies

if TYPE_CHECKING:
    from collections.abc import Mapping

# Characters: of load_src in every table of the vault, and of a path in the ledger.
_MAX_LOAD_SRC = 255
_MAX_PATH = 1024
# Of a path that is too long to be read.
_SHOWN = 120


def record_source(facts: Mapping[str, Any], file: RemoteFile) -> str:
    """Return the record source of a file's rows; an empty text where they bring their own.

    Args:
        facts: the manifest's facts about the source.
        file: the file.

    Raises:
        LandingError: when it is blank, or longer than its column.
    """
    text = facts["record_source"]
    if text and not varies(text):
        return str(text)
    if facts["load_src"]:
        return ""
    found = file.path
    if text:
        wildcards = matched_by_wildcards(facts["file"], file.path, ignore_case=facts["ignore_case"])
        found = fill(text, file.path, wildcards)
    if len(found) > _MAX_LOAD_SRC or not found.strip():
        wrong = "too long" if found.strip() else "blank"
        raise LandingError(
            f"the record source of {_shown(file.shown)} is {wrong}: {len(found)} "
            f"characters of at most {_MAX_LOAD_SRC}",
            hint=f"give the source at {facts['location']} another record_source, or the file "
            "another name",
        )
    return found


def check_recordable(facts: Mapping[str, Any], file: RemoteFile) -> None:
    """Make sure that a file's path and record source fit their columns.

    Raises:
        LandingError: when one of them does not.
    """
    if len(file.path) > _MAX_PATH:
        raise LandingError(
            f"the path {_shown(file.shown_path)} has {len(file.path)} characters, the ledger holds "
            f"{_MAX_PATH}",
            hint="give the file a shorter name, or set the target's landing root deeper",
        )
    record_source(facts, file)


def _shown(path: str) -> str:
    if len(path) <= _MAX_LOAD_SRC:
        return path
    return f"{path[:_SHOWN]}...{path[-_SHOWN:]}"
