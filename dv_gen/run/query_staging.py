"""Staging a query over the vault: every row that it gives is staged, left out, or an error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dv_gen.errors import DvGenError, LandingError, RejectsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dv_gen.engines.base import Session
    from dv_gen.run.plan import PlannedStep


def make_empty(session: Session, step: PlannedStep) -> None:
    """Make the tables of a query that is not asked, inside the caller's transaction."""
    for name in ("drop", "create", "drop_repeats", "create_repeats"):
        _execute(session, step, name)


def stage_query(
    session: Session, step: PlannedStep, facts: Mapping[str, Any], load_dt: datetime
) -> tuple[int, int]:
    """Stage what a query gives, inside the caller's transaction.

    Args:
        session: the connection.
        step: the source's rendered step.
        facts: the manifest's facts about the source.
        load_dt: the batch's load date (UTC).

    Returns:
        The rows staged, and those that the source's filter left out.

    Raises:
        RejectsError: when rows do not fit the declared columns, or have a key of a hub that the
            hub lacks although the source does not feed it.
        LandingError: when a result that is the complete set has no row, and nobody accepts that.
        EngineError: when the database refuses a statement.
    """
    for name in ("drop", "create", "drop_repeats", "create_repeats", "drop_raw", "read"):
        _execute(session, step, name)
    given = int(_query(session, step, "count_raw")[0][0])
    staged = _execute(session, step, "load", load_dt=load_dt)
    filtered = 0
    if staged != given:
        misfits = _query(session, step, "rejects")
        if step.has("filtered"):
            filtered = int(_query(session, step, "filtered")[0][0])
        if misfits:
            raise RejectsError(
                f"{step.entity}: {len(misfits)} of {given} rows of the query do not fit: "
                + _told(misfits),
                hint=f"mend {facts['file']}, or the column in {facts['location']}",
            )
        if staged + filtered != given:
            raise RejectsError(
                f"{step.entity}: the query gave {given} rows, but {staged} were staged and "
                f"{filtered} left out",
                hint="nothing was loaded; this is an error of dv-gen, please report it",
            )
    for hub, orphans in _query(session, step, "orphans") if step.has("orphans") else ():
        if orphans:
            raise RejectsError(
                f"{step.entity}: {orphans} rows of the query have a key that {hub} lacks",
                hint=f"read keys from {hub}, or say feeds: true in {facts['location']}",
            )
    _check_delivery(step, facts, staged)
    if step.has("analyze"):
        _execute(session, step, "analyze")
    _execute(session, step, "find_repeats")
    return staged, filtered


def _check_delivery(step: PlannedStep, facts: Mapping[str, Any], staged: int) -> None:
    if facts["delivery"] == "full" and not staged and facts["empty_delivery"] != "accept":
        raise LandingError(
            f"{step.entity}: the query gives no row, which would end everything; nothing was "
            "loaded from it",
            hint=f"mend {facts['file']}, or say empty_delivery: accept in {facts['location']}",
        )


def _told(misfits: list[tuple[Any, ...]]) -> str:
    found = Counter((str(column), str(reason)) for _, column, reason in misfits)
    return "; ".join(f"{column}: {reason} ({count})" for (column, reason), count in found.items())


def _execute(session: Session, step: PlannedStep, name: str, **values: Any) -> int:  # noqa: ANN401 - bound parameters
    statement = step.statement(name)
    wanted = {key: values[key] for key in statement.parameters}
    try:
        return session.execute(statement.sql, wanted)
    except DvGenError as error:
        error.location = error.location or statement.location
        raise


def _query(session: Session, step: PlannedStep, name: str) -> list[tuple[Any, ...]]:
    statement = step.statement(name)
    try:
        return session.query(statement.sql)
    except DvGenError as error:
        error.location = error.location or statement.location
        raise
