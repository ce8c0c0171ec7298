"""L13: as-of calendars. A date that once was in a window stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from tests.reference.others import LoadedOther, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from tests.reference.definitions import Model
    from tests.reference.sql_types import Value
    from tests.reference.stage import Stage
    from tests.reference.vault import Vault

AS_OF = "as_of_dt"
WEEK_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_DAY = timedelta(days=1)


def end_of(day: date) -> datetime:
    """The last microsecond of a day: the moment that an as-of day stands for."""
    return datetime.combine(day, time.max)


def last_days(newest: date, count: int, wanted: Any) -> list[date]:  # noqa: ANN401 - a predicate
    """The last days of a kind that are not after `newest`."""
    found: list[date] = []
    day = newest
    while len(found) < count:
        if wanted(day):
            found.append(day)
        day -= A_DAY
    return found


@dataclass(frozen=True)
class CalendarDef:
    """A calendar of windows and fixed dates.

    Args:
        name: the calendar's name.
        daily: how many days, the newest included.
        weekly: how many ends of a week.
        week_day: the day that ends a week.
        monthly: how many last (or first) days of a month.
        month_day: `last` or `first`.
        start: no day of a window is before it.
        dates: fixed moments.
    """

    name: str
    daily: int = 0
    weekly: int = 0
    week_day: str = "sunday"
    monthly: int = 0
    month_day: str = "last"
    start: date | None = None
    dates: Sequence[datetime] = ()

    section = "calendars"
    last = True

    def sources(self) -> tuple[str, ...]:
        """It reads no source."""
        return ()

    def windows(self, newest: date) -> set[datetime]:
        """The moments of the windows, seen from the day of the newest load date."""
        days = last_days(newest, self.daily, lambda _: True)
        days += last_days(newest, self.weekly, lambda d: WEEK_DAYS[d.weekday()] == self.week_day)
        if self.month_day == "last":
            days += last_days(newest, self.monthly, lambda d: (d + A_DAY).day == 1)
        else:
            days += last_days(newest, self.monthly, lambda d: d.day == 1)
        return {end_of(day) for day in days if self.start is None or day >= self.start}

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:  # noqa: ARG002 - as every kind
        """The dates that there were, and those that the windows have come to."""
        moments = {row[AS_OF] for row in vault.others[self.name].values()} | set(self.dates)
        if vault.newest is not None:
            moments |= self.windows(vault.newest.date())
        rows: Rows = {(moment,): {AS_OF: moment} for moment in moments}
        return LoadedOther(rows, [])

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:  # noqa: ARG002 - as above
        """It has none."""
        return {}

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - as above
        """The definition in the metadata language."""
        entry: dict[str, Any] = {}
        if self.daily:
            entry["daily"] = self.daily
        if self.weekly:
            entry["weekly"] = {"count": self.weekly, "day": self.week_day}
        if self.monthly:
            entry["monthly"] = {"count": self.monthly, "day": self.month_day}
        if self.start:
            entry["start"] = self.start.isoformat()
        if self.dates:
            entry["dates"] = [moment.isoformat(" ", "microseconds") for moment in self.dates]
        return entry

    def stage_cells(self, *_: object) -> Iterator[tuple[str, Value, str]]:
        """It wants nothing of a stage."""
        return iter(())


def as_of_dates(vault: Vault, calendar: str) -> list[datetime]:
    """The dates of a calendar, which stands before what uses it in the model."""
    return sorted(row[AS_OF] for row in vault.others[calendar].values())
