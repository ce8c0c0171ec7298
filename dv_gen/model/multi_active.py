"""Multi-active satellites, resolved: sets of rows of one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.entities import SatelliteColumn


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
        order_by: stage columns that order rows of one key, load date and child keys (L5).
        duplicates: ``last``, ``first`` or ``fail`` (L5).
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
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "satellite"

    @property
    def values(self) -> tuple[SatelliteColumn, ...]:
        """Child keys and payload: what a hashdiff is made of, in this order."""
        return (*self.child_keys, *self.columns)
