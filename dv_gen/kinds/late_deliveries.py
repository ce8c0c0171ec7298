"""Late deliveries (L15): what the next delivery held is written down before a row comes in between.

A delivery that changes nothing leaves no row. So a late row would be taken for what holds from its
load date on, although a delivery after it has brought the old state again. Whether it has brought a
key at all is known from the tracking of its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dv_gen.kinds.base import Statement, Step
from dv_gen.kinds.steps import ModelEntity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.model.entities import Model

PHASE = "restore"
_FOLDER = "late_deliveries"


class _Described(ModelEntity, Protocol):
    @property
    def parent(self) -> str: ...
    @property
    def parent_key(self) -> str: ...
    @property
    def stage_key(self) -> str: ...
    @property
    def null_keys(self) -> str: ...


@dataclass(frozen=True)
class Compared:
    """A stored column that tells versions apart, and the stage column that it comes from."""

    name: str
    stage_column: str


@dataclass(frozen=True)
class Tracker:
    """The table that tells whether a delivery has brought a key.

    ``has_status`` is true for status tracking, which knows it of whole deliveries only; record
    tracking has a row for each appearance.
    """

    name: str
    key: str
    has_status: bool


@dataclass(frozen=True)
class LateFeed:
    """A source of a satellite, and what tracks its keys if anything does."""

    source: str
    tracker: Tracker | None


def tracker(model: Model, satellite: _Described, source: str, role: str) -> Tracker | None:
    """Return what tells of a source's deliveries whether a satellite's key was in them, or None."""
    # Rows without a key are tracked by nobody.
    if not model.sources[source].is_full or satellite.null_keys == "zero_key":
        return None
    for each in model.of("status_tracking").values():
        if (each.source, each.parent, each.role) == (source, satellite.parent, role):
            return Tracker(each.name, each.parent_key, has_status=True)
    for each in model.of("record_tracking").values():
        feeds = [(feed.source, feed.stage_key) for feed in each.feeds]
        if each.parent == satellite.parent and feeds == [(source, satellite.stage_key)]:
            return Tracker(each.name, each.parent_key, has_status=False)
    return None


def tracked_step(
    model: Model,
    satellite: _Described,
    role: str,
    sources: Iterable[str],
    columns: Iterable[Any],
    compared: Iterable[Compared],
    *,
    template: str = "restore",
) -> Step:
    """Return the step of a satellite whose keys something else tracks, if anything does."""
    feeds = [LateFeed(name, tracker(model, satellite, name, role)) for name in sources]
    statements = []
    if all(feed.tracker for feed in feeds):
        context = {
            "satellite": satellite,
            "columns": tuple(columns),
            "compared": tuple(compared),
            "feeds": tuple(feeds),
        }
        statements.append(Statement(PHASE, f"{_FOLDER}/{template}.sql.j2", context))
    label = f"{satellite.parent}.{role}" if role else satellite.parent
    if satellite.null_keys == "zero_key":
        label = ""
    presence = {feed.source: feed.tracker.name if feed.tracker else "" for feed in feeds}
    return _step(satellite, statements, [satellite.parent_key], presence, label)


def untracked_step(entity: ModelEntity, source: str, keys: Iterable[str]) -> Step:
    """Return the step of an entity whose keys nothing can track."""
    return _step(entity, [], list(keys), {source: ""}, "")


def own_step(model: Model, satellite: _Described, source: str) -> Step:
    """Return the step of a satellite that tells itself what every whole delivery held."""
    own = satellite.name if model.sources[source].is_full else ""
    return _step(satellite, [], [satellite.parent_key], {source: own}, "")


def _step(
    entity: ModelEntity,
    statements: Iterable[Statement],
    keys: list[str],
    presence: Mapping[str, str],
    label: str,
) -> Step:
    """Return the step; ``parent`` of its options is what a tracking satellite would stand on."""
    context = {"table": entity.name, "keys": keys, "sources": tuple(presence)}
    kind = "satellite" if hasattr(entity, "parent") else "reference"
    return Step(
        id=f"{PHASE}:{entity.name}",
        kind=kind,
        entity=entity.name,
        phase=PHASE,
        path=f"{kind}s/{entity.name}.sql",
        location=entity.location,
        statements=(
            *statements,
            Statement("doubtful_keys", f"{_FOLDER}/doubtful_keys.sql.j2", context),
        ),
        table=entity.name,
        needs=(),
        sources=tuple(presence),
        tags=entity.tags,
        options={"presence": dict(presence), "parent": label},
    )
