"""PIT tables: which row of each satellite was the newest at an as-of date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location


@dataclass(frozen=True)
class PitSatellite:
    """A satellite of a PIT, and the two columns that point to a row of it."""

    name: str
    key_column: str
    load_dt_column: str


@dataclass(frozen=True)
class Pit:
    """A PIT table over satellites of one hub or link (L13).

    Attributes:
        parent: the hub's or link's name.
        parent_key: its hash key.
        satellites: the satellites, in the metadata's order.
        calendar: the name of the calendar.
    """

    name: str
    location: Location
    parent: str
    parent_key: str
    satellites: tuple[PitSatellite, ...]
    calendar: str
    tags: tuple[str, ...] = ()

    kind = "pit"
