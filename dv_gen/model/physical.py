"""How a table is stored: what the metadata says of it, and what is made of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location


@dataclass(frozen=True)
class Physical:
    """What the metadata says of how one table is stored; None where it says nothing.

    Attributes:
        order_by: the columns that it is sorted by.
        segmented_by: the columns whose hash tells the node of a row; none for a whole copy on
            every node.
        partition_by: the date or timestamp that it is partitioned by; empty for no partitions.
        ksafe: how many nodes may fail.
    """

    location: Location
    order_by: tuple[str, ...] | None = None
    segmented_by: tuple[str, ...] | None = None
    partition_by: str | None = None
    ksafe: int | None = None


@dataclass(frozen=True)
class Layout:
    """How one table of a target is stored; a dialect writes as much of it as its engine knows.

    Attributes:
        order_by: the columns that it is sorted by.
        segmented_by: the columns whose hash tells the node of a row; none for a whole copy on
            every node.
        partition_by: the date or timestamp that it is partitioned by, or an empty string.
        ksafe: how many nodes may fail; None leaves it to the database.
    """

    order_by: tuple[str, ...]
    segmented_by: tuple[str, ...]
    partition_by: str = ""
    ksafe: int | None = None
