"""Tables that record every appearance of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.errors import Location


@dataclass(frozen=True)
class TrackedFeed:
    """Rows of one stage that tell of a key's appearance.

    Attributes:
        source: the source's name.
        stage_key: the stage column that holds the parent's hash key.
        satellite: the satellite that the rows belong to, or an empty string.
        hashdiff: the stage column of that satellite's hashdiff, or an empty string.
    """

    source: str
    stage_key: str
    satellite: str = ""
    hashdiff: str = ""


@dataclass(frozen=True)
class Tracking:
    """A record tracking satellite, plain or extended.

    Attributes:
        parent: the hub's or link's name.
        parent_key: the parent's hash key column, also its name here.
        feeds: where appearances are read from.
        extended: whether it records satellite and hashdiff of each row.
    """

    name: str
    location: Location
    parent: str
    parent_key: str
    feeds: tuple[TrackedFeed, ...]
    extended: bool = False
    tags: tuple[str, ...] = ()

    kind = "satellite"
