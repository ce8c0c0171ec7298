"""Loading history in order: the stage of a batch, one period of load dates after the other.

The loads read whole stages, whose rows may have any load date. Where a long history comes at once,
``run --by`` sets the stages aside and fills them again for each period, so that a load never has
more rows before it than a period has. The vault is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dv_gen.errors import DvGenError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dv_gen.engines.base import Session
    from dv_gen.run.plan import PlannedStep

UNITS = ("moment", "day", "month")
# The end of the last period: no timestamp is later.
_FOREVER = datetime.fromisoformat("9999-12-31 23:59:59.999999")
SET_ASIDE = "set aside"


@dataclass(frozen=True)
class Period:
    """Load dates that are loaded together, from ``start`` to ``end``, both included."""

    start: datetime
    end: datetime

    @property
    def mark(self) -> str:
        """How the ledger calls the period when it is done."""
        return f"period {self.start}"


def unit_of(by: str, load_dt: str) -> str:
    """Return one of :data:`UNITS` for what ``--by`` says.

    Args:
        by: ``load_dt``, ``load_dt:day`` or ``load_dt:month``.
        load_dt: the project's name of the load date column, which may be said instead.

    Raises:
        UsageError: when it says something else.

    >>> unit_of("load_dt", "load_dt"), unit_of("ldts:month", "ldts")
    ('moment', 'month')
    """
    column, _, unit = by.partition(":")
    if column not in ("load_dt", load_dt) or (unit or UNITS[0]) not in UNITS:
        raise UsageError(f"--by {by} says no period", hint="load_dt, load_dt:day or load_dt:month")
    return unit or UNITS[0]


def check_dated(by: str, sources: Iterable[Mapping[str, Any]]) -> None:
    """Raise when ``--by`` is asked of rows that all have the batch's load date.

    Raises:
        UsageError: when no source brings load dates of its own.
    """
    if by and not any(source["load_dt"] for source in sources):
        raise UsageError(
            "--by has nothing to go by: all rows have the load date of the batch",
            hint="name the column that a source's rows are dated by: load_dt: column",
        )


def periods_of(dates: Iterable[date], unit: str) -> list[Period]:
    """Return the periods that these load dates lie in, the first one first.

    >>> [str(each.start) for each in periods_of([date(2024, 2, 5), date(2024, 1, 9)], "month")]
    ['2024-01-01 00:00:00', '2024-02-01 00:00:00']
    """
    starts = sorted({_start(moment, unit) for moment in dates})
    ends = [moment - timedelta(microseconds=1) for moment in starts[1:]] + [_FOREVER]
    return [Period(start, end) for start, end in zip(starts, ends, strict=False)]


def _start(moment: date, unit: str) -> datetime:
    exact = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    if unit == UNITS[0]:
        return exact
    day = exact.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if unit == "day" else day.replace(day=1)


class StagedHistory:
    """The staged rows of a batch, set aside so that its periods can be staged one by one.

    Args:
        stages: the stage steps of the batch's files.
        queries: the stage steps of its queries, which are asked with the last period.
    """

    def __init__(self, stages: Sequence[PlannedStep], queries: Sequence[PlannedStep]) -> None:
        self._stages = stages
        self._queries = queries

    def set_aside(self, session: Session) -> None:
        """Keep the stages as they are now, in tables of their own."""
        for step in self._stages:
            for name in ("drop_whole", "create_whole", "keep_whole"):
                _execute(session, step, name)
        for step in self._queries:
            # A load that reads one waits for no query before the last period.
            _empty(session, step)

    def periods(self, session: Session, unit: str) -> list[Period]:
        """Return the periods of the rows that were set aside."""
        name = "moments" if unit == UNITS[0] else "days"
        dates: set[date] = set()
        for step in self._stages:
            dates.update(row[0] for row in session.query(step.statement(name).sql))
        return periods_of(dates, unit)

    def take(self, session: Session, period: Period) -> set[str]:
        """Fill the stages with the rows of a period; return the sources that have any."""
        filled = set()
        for step in self._stages:
            _empty(session, step)
            if _execute(session, step, "take", period_start=period.start, period_end=period.end):
                if step.has("analyze"):
                    _execute(session, step, "analyze")
                _execute(session, step, "find_repeats")
                filled.add(step.entity)
        return filled

    def without_rows(self, session: Session) -> set[str]:
        """Return the sources that have brought no row at all."""
        return {
            step.entity for step in self._stages if not session.query(step.statement("days").sql)
        }

    def forget(self, session: Session) -> None:
        """Drop what was set aside."""
        for step in self._stages:
            _execute(session, step, "drop_whole")


def _empty(session: Session, step: PlannedStep) -> None:
    for name in ("drop", "create", "drop_repeats", "create_repeats"):
        _execute(session, step, name)


def _execute(session: Session, step: PlannedStep, name: str, **values: datetime) -> int:
    statement = step.statement(name)
    wanted = {key: values[key] for key in statement.parameters}
    try:
        return session.execute(statement.sql, wanted)
    except DvGenError as error:
        error.location = error.location or statement.location
        raise
