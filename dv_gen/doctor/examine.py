"""All checks of a target, in order; what cannot be asked is skipped and not guessed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.doctor import (
    bulk,
    landing,
    ledger,
    model,
    project,
    questions,
    rights,
    server,
    values,
)
from dv_gen.doctor.findings import FAILED, SKIPPED, Finding, Report
from dv_gen.doctor.visit import Visit, told
from dv_gen.errors import DvGenError, EngineError
from dv_gen.metadata.project_file import load_project
from dv_gen.render.generated import choose_target
from dv_gen.render.templates import make_environment
from dv_gen.run.clock import new_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Check = Callable[[Visit], Iterable[Finding]]

# Before there is a connection; the last of them makes it.
ALONE: tuple[tuple[str, Check], ...] = (
    ("metadata", project.check_metadata),
    ("rendered SQL", project.check_rendered),
    ("settings", project.check_settings),
    ("driver", server.check_driver),
    ("connection", server.check_connection),
)
CONNECTED: tuple[tuple[str, Check], ...] = (
    ("server version", server.check_version),
    ("session", server.check_session),
    ("user", server.check_user),
    ("lock", server.check_lock),
    ("clock", server.check_clock),
    ("schemas", rights.check_schemas),
    ("temporary tables", rights.check_temporary),
    ("tables", rights.check_tables),
    ("ledger", ledger.check_ledger),
    ("model", model.check_changes),
    ("text", questions.check_text),
    ("order and NULL", questions.check_order),
    ("moments", questions.check_moments),
    ("type checks", values.check_types),
    ("time zone", values.check_time_zone),
    ("hashes", values.check_hashes),
    ("bulk load", bulk.check_bulk_load),
)
LAST: tuple[tuple[str, Check], ...] = (("landing", landing.check_landing),)


def examine(folder: Path, target: str | None = None) -> Report:
    """Check everything that a run on a target relies on; nothing is left behind.

    Args:
        folder: the project's folder.
        target: a target of project.yml, its default one when None.

    Raises:
        UsageError: when there is no such project or target.
        MetadataError: when project.yml itself is wrong.
    """
    visit = visit_of(folder, target)
    try:
        return Report(visit.target.name, visit.target.type, tuple(_findings(visit)))
    finally:
        with contextlib.suppress(DvGenError):
            visit.leave()


def visit_of(folder: Path, target: str | None = None) -> Visit:
    """Return a visit that has not begun; arguments and errors as of :func:`examine`."""
    known = load_project(folder)
    chosen = choose_target(known, target)
    return Visit(
        folder=folder,
        project=known,
        target=chosen,
        dialect=dialects.get(chosen.type),
        environment=make_environment(folder, known, chosen),
        run_id=new_run_id(),
    )


def _findings(visit: Visit) -> Iterator[Finding]:
    for _, check in ALONE:
        yield from check(visit)
    for name, check in CONNECTED:
        yield from _asked(visit, name, check)
    for _, check in LAST:
        yield from check(visit)


def _asked(visit: Visit, name: str, check: Check) -> Iterator[Finding]:
    """Do a check that needs a connection; what it does not expect is found wrong, not raised."""
    if visit.session is None:
        yield Finding(name, SKIPPED, "there is no connection")
        return
    try:
        yield from check(visit)
    except EngineError as error:
        if error.lost:
            visit.session = None
        else:
            visit.session.rollback()
        yield Finding(name, FAILED, told(error), error.hint)
