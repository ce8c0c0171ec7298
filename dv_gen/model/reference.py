"""Reference tables: codes and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.model.entities import Column, SatelliteColumn


@dataclass(frozen=True)
class Reference:
    """A reference table; its key is the code itself, without a hash.

    Attributes:
        key: the parts of the code, with the names and types that they have in the source.
        key_nullable: whether a staged row may have no code.
        hashdiff: the stage column of the hashdiff; empty when not historized.
        hashdiff_column: the column of the table that holds it.
        hashed: what the hashdiff is made of, where that is not ``columns``.
        order_by: stage columns that order rows of one code and load date (L5).
        duplicates: ``last``, ``first``, ``stagger`` or ``fail`` (L5).
        null_keys: ``reject`` or ``fail`` (L3).
    """

    name: str
    location: Location
    source: str
    key: tuple[Column, ...]
    key_nullable: bool
    columns: tuple[SatelliteColumn, ...]
    historized: bool = True
    hashdiff: str = ""
    hashdiff_column: str = ""
    hashed: tuple[SatelliteColumn, ...] = ()
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    tags: tuple[str, ...] = ()

    kind = "reference"
