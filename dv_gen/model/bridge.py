"""Bridges: walks over links, as they stood at an as-of date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.model.effectivity import PERIOD

if TYPE_CHECKING:
    from dv_gen.errors import Location


@dataclass(frozen=True)
class Exit:
    """A hub that a link leads to.

    Attributes:
        link_column: the link's column of it.
        column: its name in the bridge.
        optional: whether it may be the zero key, from which no walk goes on.
    """

    hub: str
    link_column: str
    column: str
    optional: bool = False


@dataclass(frozen=True)
class BridgeStep:
    """One link of a walk.

    Attributes:
        link: the link's name.
        link_key: its hash key, also its name in the bridge.
        from_column: the bridge's column of the hub that the step sets out from.
        enter_column: the link's column of that hub.
        enter_place: the place of that hub among the link's hubs.
        enter_optional: whether a staged row may lack it.
        from_optional: whether the bridge's column may hold the zero key.
        exits: the link's other hubs.
        effectivity: the effectivity satellite that says when a row counts, or an empty string.
        period: its columns of start and end.
        has_sets: whether it may hold several periods of a relationship at one load date.
    """

    link: str
    link_key: str
    from_column: str
    enter_column: str
    enter_place: int
    exits: tuple[Exit, ...]
    effectivity: str = ""
    period: tuple[str, str] = PERIOD
    has_sets: bool = False
    enter_optional: bool = False
    from_optional: bool = False


@dataclass(frozen=True)
class Bridge:
    """A bridge from a hub over links to other hubs (L13).

    Attributes:
        start: the hub that every walk begins at.
        start_key: its hash key, also its name in the bridge.
        steps: the links, in the order of the walk.
        calendar: the name of the calendar.
    """

    name: str
    location: Location
    start: str
    start_key: str
    steps: tuple[BridgeStep, ...]
    calendar: str
    tags: tuple[str, ...] = ()

    kind = "bridge"

    @property
    def link_keys(self) -> tuple[str, ...]:
        """The columns that tell the walks of one as-of date apart."""
        return tuple(step.link_key for step in self.steps)
