"""As-of calendars: the moments at which PIT tables and bridges look at the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location


@dataclass(frozen=True)
class Calendar:
    """A calendar of as-of dates (L13); a window of 0 is none.

    Attributes:
        daily: how many days, counted back from the day of the newest load date.
        weekly: how many ends of a week.
        week_day: the day that ends a week, Monday being 0.
        monthly: how many months.
        month_day: ``last`` or ``first``: the day of the month that counts.
        start: the first day that a window may hold (ISO 8601), or an empty string.
        dates: fixed moments, as the text of a timestamp.
        schema: the schema of a table that is no part of the project, or an empty string.
        table: a table whose dates are taken, or an empty string.
        column: the table's column.
    """

    name: str
    location: Location
    daily: int = 0
    weekly: int = 0
    week_day: int = 6
    monthly: int = 0
    month_day: str = "last"
    start: str = ""
    dates: tuple[str, ...] = ()
    schema: str = ""
    table: str = ""
    column: str = ""
    tags: tuple[str, ...] = ()

    kind = "calendar"

    @property
    def days_back(self) -> int:
        """How far the windows reach back at most."""
        return max(self.daily, 7 * self.weekly, 31 * (self.monthly + 1) if self.monthly else 0)
