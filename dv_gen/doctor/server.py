"""The database itself: driver, connection, version, user, who holds it, its clock."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import metadata
from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.doctor.visit import told
from dv_gen.engines import open_engine
from dv_gen.errors import EngineError, LockedError, UsageError
from dv_gen.run.clock import seconds, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_CLOCKS_APART = timedelta(seconds=1)
_LOCK_HINT = "a run has it: wait until it has finished"


def check_driver(visit: Visit) -> Iterable[Finding]:
    """Look for the driver's package and compare its version."""
    name = visit.dialect.driver
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        yield Finding("driver", FAILED, f"{name} is not installed", f"pip install {name}")
        return
    yield _compared("driver", name, version, visit.dialect.oldest_driver, FAILED)


def _compared(name: str, what: str, version: str, oldest: tuple[int, ...], status: str) -> Finding:
    found = _NUMBERS.search(version)
    numbers = tuple(int(part) for part in found[0].split(".")) if found else ()
    said = f"{what} {version}".strip()
    if numbers >= oldest:
        return Finding(name, OK, said)
    wanted = ".".join(map(str, oldest))
    return Finding(name, status, said, f"dv-gen is written for {wanted} and newer: update it")


def check_connection(visit: Visit) -> Iterable[Finding]:
    """Connect without holding anything."""
    if visit.settings is None:
        yield Finding("connection", SKIPPED, "the settings are not complete")
        return
    before = seconds()
    try:
        engine = open_engine(
            visit.target.type, visit.settings, visit.folder, meta=visit.project.schemas.meta
        )
        visit.engine = engine
        engine.visit(visit.run_id)
        visit.session = engine.session()
    except LockedError as error:
        yield Finding("connection", FAILED, error.message, _LOCK_HINT)
        return
    except (EngineError, UsageError) as error:
        todo = error.hint or "check the target's settings in metadata/project.yml, and the server"
        yield Finding("connection", FAILED, told(error), todo)
        return
    yield Finding("connection", OK, f"in {(seconds() - before) * 1000:.0f} ms")


def check_version(visit: Visit) -> Iterable[Finding]:
    """Compare the server's version with the oldest that dv-gen is written for."""
    version = str(visit.ask("version")).partition(",")[0]
    yield _compared("server version", "", version, visit.dialect.oldest_server, WARNING)


def check_session(visit: Visit) -> Iterable[Finding]:
    """Show what sessions are set to, and compare it with what the SQL relies upon."""
    assert visit.session is not None  # noqa: S101 - whoever asks has looked
    if not visit.dialect.session_settings:
        return
    said, other = [], []
    for setting in visit.dialect.session_settings:
        value = str(visit.session.query(setting.query)[0][-1])
        said.append(f"{setting.name} {value}")
        if not value.startswith(setting.value):
            other.append(f"{setting.name} has to be {setting.value}")
    status = FAILED if other else OK
    yield Finding("session", status, ", ".join(said), "; ".join(other))


def check_user(visit: Visit) -> Iterable[Finding]:
    """Ask who we are."""
    yield Finding("user", OK, str(visit.ask("who")))


def check_lock(visit: Visit) -> Iterable[Finding]:
    """Ask who holds the warehouse (R5), and take nothing."""
    holder = visit.engine.holder() if visit.engine else None
    if holder:
        yield Finding("lock", WARNING, str(holder), _LOCK_HINT)
    else:
        yield Finding("lock", OK, "no run holds the warehouse")


def check_clock(visit: Visit) -> Iterable[Finding]:
    """Compare the server's clock with the one here, which load dates are taken from."""
    before = utc_now()
    there = visit.ask("clock")
    here = before + (utc_now() - before) / 2
    apart = there - here
    side = "ahead" if apart > timedelta() else "behind"
    said = f"the server's is {abs(apart.total_seconds()):.3f} s {side}"
    if abs(apart) > _CLOCKS_APART:
        todo = "load dates come from the clock here: set the clocks by one source (NTP)"
        yield Finding("clock", WARNING, said, todo)
    else:
        yield Finding("clock", OK, said)
