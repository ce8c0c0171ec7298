"""Status tracking satellites: when a key appears, changes and vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.entities import SatelliteColumn


@dataclass(frozen=True)
class StatusTracking:
    """A status tracking satellite on a hub or a link (L10).

    Attributes:
        parent: the hub's or link's name.
        role: the role of the hub's key in the source, or an empty string.
        parent_key: the parent's hash key column, also its name in the satellite.
        stage_key: the stage column that holds the parent's hash key.
        key_nullable: whether a staged row may have no key.
        columns: the columns of which a change is a ``U``; empty for no ``U``.
        hashdiff: the stage column of their hashdiff, or an empty string.
        order_by: stage columns that order rows of one key and load date (L5).
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
    columns: tuple[SatelliteColumn, ...] = ()
    hashdiff: str = ""
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "status_tracking"
