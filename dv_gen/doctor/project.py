"""Before anything is connected to: the metadata, the rendered SQL, the target's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.errors import MetadataError, StaleError, UsageError
from dv_gen.kinds.reading import load_model
from dv_gen.metadata.project_file import expand
from dv_gen.render.generated import generated_folder
from dv_gen.run.plan import is_rendered, read_compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit

# Mistakes of the metadata that are told; validate tells all.
_SHOWN = 3


def check_metadata(visit: Visit) -> Iterable[Finding]:
    """Read the metadata."""
    try:
        model = visit.model = load_model(visit.folder)
    except MetadataError as error:
        told = "\n".join(str(problem) for problem in error.problems[:_SHOWN])
        yield Finding("metadata", FAILED, told, "dv-gen validate tells everything that is wrong")
        return
    counts = f"{len(model.sources)} sources, {len(model.hubs)} hubs, {len(model.links)} links"
    yield Finding("metadata", OK, counts)


def check_rendered(visit: Visit) -> Iterable[Finding]:
    """Compare the rendered SQL with what the metadata would render now."""
    if visit.model is None:
        yield Finding("rendered SQL", SKIPPED, "the metadata is wrong")
        return
    root = generated_folder(visit.folder, visit.target)
    shown = root.relative_to(visit.folder).as_posix()
    if not is_rendered(root):
        yield Finding("rendered SQL", WARNING, f"{shown} is not rendered yet", "dv-gen render")
        return
    try:
        read_compiled(visit.folder, root)
    except StaleError as error:
        yield Finding("rendered SQL", FAILED, error.message, error.hint)
        return
    yield Finding("rendered SQL", OK, f"{shown} is what the metadata says")


def check_settings(visit: Visit) -> Iterable[Finding]:
    """Look up the variables that the target names; no value is told."""
    try:
        visit.settings = expand(visit.target)
    except UsageError as error:
        yield Finding("settings", FAILED, error.message, error.hint)
        return
    yield Finding("settings", OK, "every variable of the target is set")
