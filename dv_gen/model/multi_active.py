"""Multi-active satellites, resolved: sets of rows of one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.model.types import HASH

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.entities import SatelliteColumn
    from dv_gen.model.types import SqlType


@dataclass(frozen=True)
class SetColumn:
    """A column of a table that holds sets of rows, and the stage's column that it is taken from.

    Attributes:
        name: the table's column.
        source_column: the stage's column.
        type: its type in the stage.
        as_type: its type in the table.
        nullable: whether it may be NULL.
    """

    name: str
    source_column: str
    type: SqlType
    as_type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class MultiActive:
    """A satellite that holds several rows of a key at a time, told apart by its child keys.

    Attributes:
        parent: the hub's or link's name.
        role: the role of the hub's key in the source, or an empty string.
        parent_key: the parent's hash key column, also its name in the satellite.
        stage_key: the stage column that holds the parent's hash key.
        key_nullable: whether a staged row may have no key.
        child_keys: tell apart the rows of one key and load date.
        columns: the payload.
        hashdiff: the stage column of the hashdiff, over child keys and payload.
        hashdiff_column: the column of the table that holds it.
        hashed: what the hashdiff is made of, where that is not child keys and payload.
        order_by: stage columns that order rows of one key, load date and child keys (L5).
        duplicates: ``last``, ``first``, ``keep`` or ``fail`` (L5).
        null_keys: ``reject`` or ``fail`` (L3).
    """

    name: str
    location: Location
    source: str
    parent: str
    role: str
    parent_key: str
    stage_key: str
    key_nullable: bool
    child_keys: tuple[SatelliteColumn, ...]
    columns: tuple[SatelliteColumn, ...]
    hashdiff: str
    hashdiff_column: str
    hashed: tuple[SatelliteColumn, ...] = ()
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "satellite"
    is_hashed = True
    told_apart_by = "child keys"

    @property
    def values(self) -> tuple[SatelliteColumn, ...]:
        """Child keys and payload: what a hashdiff is made of, in this order, unless it is said."""
        return (*self.child_keys, *self.columns)

    @property
    def identity(self) -> tuple[SetColumn, ...]:
        """What tells the members of a set apart: the hashdiff, and child keys outside it."""
        hashed = {column.source_column for column in self.hashed or self.child_keys}
        apart = [column for column in self.child_keys if column.source_column not in hashed]
        return (self._hashdiff, *map(_as_stored, apart))

    @property
    def stored(self) -> tuple[SetColumn, ...]:
        """The columns between the parent's key and the load date."""
        return (*map(_as_stored, self.values), self._hashdiff)

    @property
    def _hashdiff(self) -> SetColumn:
        return SetColumn(self.hashdiff_column, self.hashdiff, HASH, HASH, nullable=False)


def _as_stored(column: SatelliteColumn) -> SetColumn:
    return SetColumn(column.name, column.source_column, column.type, column.type)
