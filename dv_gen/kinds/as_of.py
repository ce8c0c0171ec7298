"""What PIT tables and bridges share: their calendar, their satellites, where news is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import Problem
from dv_gen.kinds.base import Statement, Step, Table
from dv_gen.model.entities import Column
from dv_gen.model.types import TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.bridge import Bridge
    from dv_gen.model.entities import Hub, Link, Model
    from dv_gen.model.pit import Pit

AS_OF = "as_of_dt"
AS_OF_COLUMN = Column(AS_OF, TIMESTAMP, nullable=False)
# Satellites whose new rows have a key that stands in the stage; the others may close what vanished.
_BY_STAGED_KEYS = ("satellite", "multi_active")


@dataclass(frozen=True)
class Staged:
    """Staged rows that a table may have gained rows from; ``key`` is a column of the stage."""

    source: str
    key: str


@dataclass(frozen=True)
class Recent:
    """A table whose new rows are known by their load date alone, and where these are staged."""

    table: str
    key: str
    sources: tuple[str, ...]


def find_calendar(spec: Spec, draft: Draft) -> str:
    """Return the name of an entry's calendar; complain when there is no such calendar."""
    name = str(spec.data["calendar"])
    if name not in draft.known("calendars"):
        spec.unknown("calendar", name, draft.known("calendars"), "calendar")
    return name


def satellites_of(model: Draft | Model) -> Mapping[str, Any]:
    """Return the satellites of every kind that have a parent, by name."""
    others = {
        name: entity
        for kind, entities in model.others.items()
        for name, entity in entities.items()
        if kind != "pit" and hasattr(entity, "parent_key")
    }
    return {**model.satellites, **others}


def staged_keys(entity: Any) -> tuple[Staged, ...]:  # noqa: ANN401 - a satellite of any kind
    """Return where the keys of a satellite are staged."""
    feeds = getattr(entity, "feeds", ())
    if feeds:
        return tuple(Staged(feed.source, feed.stage_key) for feed in feeds)
    return (Staged(entity.source, entity.stage_key),)


def arrivals(entity: Any) -> tuple[Staged, ...] | Recent:  # noqa: ANN401 - as above
    """Return where the new rows of a satellite are seen."""
    staged = staged_keys(entity)
    if entity.kind in _BY_STAGED_KEYS:
        return staged
    return Recent(entity.name, entity.parent_key, tuple(item.source for item in staged))


def hub_keys(hub: Hub) -> tuple[Staged, ...]:
    """Return where the keys of a hub are staged."""
    return tuple(Staged(feed.source, feed.hash_key) for feed in hub.feeds)


def link_keys(link: Link) -> tuple[Staged, ...]:
    """Return where the keys of a link are staged."""
    return tuple(Staged(feed.source, link.hash_key) for feed in link.feeds)


def dates_table(name: str) -> str:
    """Return the name of the table that keeps the as-of dates which a PIT or bridge holds.

    >>> dates_table("p_users")
    'p_users_dates'
    """
    return f"{name}_dates"


def circles(model: Model) -> Iterable[Problem]:
    """Yield a problem for each calendar whose dates come from what is made by it."""
    needs: dict[str, tuple[str, ...]] = {
        **{mart.name: mart.refs for mart in model.marts.values()},
        **{item.name: (item.table,) for item in model.of("calendar").values() if item.table},
        **{item.name: (item.calendar,) for item in model.of("pit").values()},
        **{item.name: (item.calendar,) for item in model.of("bridge").values()},
    }
    for calendar in model.of("calendar").values():
        for way in _ways_back(calendar.name, needs, (calendar.name,)):
            what = "calendars, PIT tables and marts read one another in a circle: "
            yield Problem(calendar.location, what + " -> ".join(way), "no way back")


def _ways_back(
    start: str, needs: Mapping[str, tuple[str, ...]], way: tuple[str, ...]
) -> Iterable[tuple[str, ...]]:
    for name in needs.get(way[-1], ()):
        if name == start:
            yield (*way, name)
        elif name not in way:
            yield from _ways_back(start, needs, (*way, name))


def tables(entity: Pit | Bridge, columns: tuple[Column, ...]) -> Iterable[Table]:
    """Yield the table of a PIT or bridge, and that of its dates."""
    place = entity.location
    built_from = {"kind": entity.kind, "derived": True}
    yield Table("vault", entity.name, columns, place, dated_by=AS_OF, built_from=built_from)
    dates = dates_table(entity.name)
    own = (AS_OF_COLUMN,)
    yield Table("vault", dates, own, place, entity=entity.name, built_from=built_from)


def steps(
    entity: Pit | Bridge,
    context: dict[str, Any],
    *,
    repair: tuple[str, ...],
    needs: tuple[str, ...],
    sources: tuple[str, ...],
) -> Iterable[Step]:
    """Yield the steps of a PIT or bridge.

    The load repairs the rows of the keys that the batch has brought. What is published are the
    rows of as-of dates that the calendar has gained, whichever sources have brought something.

    Args:
        entity: the PIT or bridge.
        context: its templates' variables.
        repair: the statements of the load.
        needs: the tables that it is made from.
        sources: the sources that these are loaded from.
    """
    folder = entity.kind
    context = {**context, "entity": entity, "dates": dates_table(entity.name)}
    phases = {
        # Where a table stands as soon as it is made, what is missing when the run is broken off is
        # the last one: the entity's own, by which the next run sees that both are to be made.
        "create": ("create_dates", "create"),
        "load": repair,
        "publish": ("build", "remember"),
    }
    for phase, names in phases.items():
        yield Step(
            id=f"{phase}:{entity.name}",
            kind=folder,
            entity=entity.name,
            phase=phase,
            path=f"{folder}s/{entity.name}.sql",
            location=entity.location,
            statements=tuple(
                Statement(name, f"{_folder(folder, name)}/{name}.sql.j2", context) for name in names
            ),
            table=entity.name,
            needs=() if phase == "create" else tuple(dict.fromkeys((*needs, entity.calendar))),
            sources=sources if phase == "load" else (),
            tags=entity.tags,
            options={"derived": True},
        )


def _folder(kind: str, statement: str) -> str:
    return "as_of" if statement in ("create_dates", "remember") else kind
