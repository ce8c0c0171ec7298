"""Effectivity satellites: which relationship of a driving key holds, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.types import SqlType


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
        driving: what has one relationship at a time; empty when the source brings its own dates.
        start: the source's column of the start, with ``end`` in place of a driving key.
        end: the source's column of the end; NULL for open.
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
    key_nullable: bool = True
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "effectivity"
    role = ""

    @property
    def stage_key(self) -> str:
        """The stage column of the link's hash key."""
        return self.parent_key
