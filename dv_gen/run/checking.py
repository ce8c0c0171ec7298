"""Asking the checks: queries that return the rows which should not be (R8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import EngineError, Location
from dv_gen.texttable import aligned

if TYPE_CHECKING:
    from dv_gen.engines.base import Session
    from dv_gen.run.plan import PlannedStatement, PlannedStep

PROBE, MIRROR = "probe", "mirror"
# They spare other queries, and find nothing themselves.
SPARING = (PROBE, MIRROR)
# How a step has ended that was asked to its end, and has found something.
DIFFERS = "differs"
_COUNT = 1


@dataclass(frozen=True)
class Finding:
    """A check that has found rows.

    Attributes:
        check: the check's name.
        entity: the entity that it is of.
        rows: how many rows there are.
        columns: their columns.
        sample: the first of them.
        place: the rendered file and line of the query.
    """

    check: str
    entity: str
    rows: int
    columns: tuple[str, ...]
    sample: tuple[tuple[Any, ...], ...]
    place: Location

    def __str__(self) -> str:
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        shown = ", the first" if len(self.sample) < self.rows else ""
        table = aligned(self.columns, self.texts())
        lines = "\n".join(f"    {line}" for line in table.splitlines())
        place = f"{self.place.file}:{self.place.line}"
        return f"{self.entity}: {self.check}: {rows}{shown} ({place})\n{lines}"

    def texts(self) -> list[list[str]]:
        """Return the sample as text; NULL is NULL."""
        return [["NULL" if cell is None else _text(cell) for cell in row] for row in self.sample]


def _text(cell: object) -> str:
    return cell.hex() if isinstance(cell, bytes | bytearray | memoryview) else str(cell)


def ask(
    session: Session, step: PlannedStep, *, probing: bool, mirroring: bool = True
) -> list[Finding]:
    """Return what the checks of a step find.

    Args:
        session: the connection.
        step: the step.
        probing: whether to ask only those checks for rows of which the step's probe says that
            they may find some.
        mirroring: whether to ask first if the table holds what is staged and nothing else, which
            spares the probe; worth its while after a first load.

    Raises:
        EngineError: when the database refuses a query.
    """
    needless = set()
    if probing and step.has(PROBE):
        needless = _needless(session, step, mirroring=mirroring)
    found = []
    for statement in step.statements:
        if statement.name in SPARING or statement.name in needless:
            continue
        rows = _query(session, statement)
        if rows:
            columns = session.describe(statement.sql.rstrip().removesuffix(";"))
            found.append(
                Finding(
                    check=statement.name,
                    entity=step.entity,
                    rows=int(rows[0][0]),
                    columns=tuple(columns[_COUNT:]),
                    sample=tuple(tuple(row[_COUNT:]) for row in rows),
                    place=statement.location,
                )
            )
    return found


def _needless(session: Session, step: PlannedStep, *, mirroring: bool) -> set[str]:
    """Return the checks that would find nothing."""
    probed = step.options["probed"]
    if mirroring and step.has(MIRROR) and _query(session, step.statement(MIRROR)) == [(1,)]:
        return set(probed)
    (numbers,) = _query(session, step.statement(PROBE))
    return {name for name, number in zip(probed, numbers, strict=True) if not number}


def _query(session: Session, statement: PlannedStatement) -> list[tuple[Any, ...]]:
    try:
        return session.query(statement.sql)
    except EngineError as error:
        error.location = error.location or statement.location
        raise
