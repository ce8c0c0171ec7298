"""Effectivity satellites: which relationship of a driving key holds, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.model.multi_active import SetColumn
from dv_gen.model.types import TIMESTAMP

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.entities import SatelliteColumn
    from dv_gen.model.types import SqlType


PERIOD = ("start_dt", "end_dt")


@dataclass(frozen=True)
class DrivingKey:
    """A hub of the driving side: its hash key's column in the stage, and in the link."""

    stage_column: str
    link_column: str


@dataclass(frozen=True)
class DateColumn:
    """A column of the source that holds the start or the end of a relationship."""

    name: str
    type: SqlType


@dataclass(frozen=True)
class Effectivity:
    """An effectivity satellite on a link (L9).

    Attributes:
        parent: the link's name.
        parent_key: the link's hash key column, in the link, in the stage and in the satellite.
        driving: what has one relationship at a time; empty when the source's own start and end
            are all there is.
        start: the source's column of the start; with a driving key the load date without one.
        end: the source's column of the end, NULL for open; in place of a driving key.
        columns: what is kept beside the dates and never compared; keys of hubs are stage columns.
        period: the table's columns of start and end.
        open_end: the end of what holds on, where that is not NULL.
        parallel: whether a driving key has several relationships at a time.
        key_nullable: whether a staged row may lack the driving key, or the link's key for dates.
        order_by: stage columns that order rows of one key and load date (L5).
        duplicates: ``last``, ``first`` or ``fail`` (L5).
        null_keys: ``reject`` or ``fail`` (L3).
    """

    name: str
    location: Location
    source: str
    parent: str
    parent_key: str
    driving: tuple[DrivingKey, ...]
    start: DateColumn | None = None
    end: DateColumn | None = None
    columns: tuple[SatelliteColumn, ...] = ()
    period: tuple[str, str] = PERIOD
    open_end: str = ""
    parallel: bool = False
    key_nullable: bool = True
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "effectivity"
    role = ""
    # The periods of a relationship at a load date are a set, as in a multi-active satellite.
    is_hashed = False
    told_apart_by = "start"

    @property
    def stage_key(self) -> str:
        """The stage column of the link's hash key."""
        return self.parent_key

    @property
    def identity(self) -> tuple[SetColumn, ...]:
        """The source's own start and end: what tells the periods of a relationship apart."""
        return tuple(
            SetColumn(name, column.name, column.type, TIMESTAMP, nullable=place > 0)
            for place, (name, column) in enumerate(
                zip(self.period, (self.start, self.end), strict=True)
            )
            if column is not None
        )

    @property
    def child_keys(self) -> tuple[SetColumn, ...]:
        """The start, of which a set has one row."""
        return self.identity[:1]

    @property
    def stored(self) -> tuple[SetColumn, ...]:
        """The columns between the relationship's key and the load date."""
        beside = (
            SetColumn(each.name, each.source_column, each.type, each.type) for each in self.columns
        )
        return (*self.identity, *beside)
