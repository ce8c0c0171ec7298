"""PIT tables: for each key and as-of date, the newest row of every satellite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.kinds import as_of
from dv_gen.kinds.base import TAGS, TEXT, Checks, Draft, Kind, Step, Table
from dv_gen.kinds.checks import Parent, Pointer, parents_exist, pointers_exist, unique
from dv_gen.metadata.names import listed
from dv_gen.model.entities import Column, Model
from dv_gen.model.pit import Pit, PitSatellite
from dv_gen.model.types import HASH, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["satellites", "calendar"],
    "properties": {
        "hub": {**TEXT, "description": "the hub whose keys it holds"},
        "link": {**TEXT, "description": "the link whose keys it holds, in place of a hub"},
        "satellites": {"type": "array", "items": TEXT, "minItems": 1, "description": "satellites"},
        "calendar": {**TEXT, "description": "the calendar of its as-of dates"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    calendar = as_of.find_calendar(spec, draft)
    parent = _parent(spec, draft)
    if parent is None:
        return
    naming = draft.project.naming
    draft.put(
        KIND.name,
        Pit(
            name=spec.name,
            location=spec.location,
            parent=parent,
            parent_key=(draft.hubs.get(parent) or draft.links[parent]).hash_key,
            satellites=tuple(
                PitSatellite(name, f"{name}_key", f"{name}_{naming.load_dt}")
                for name in _satellites(spec, draft, parent)
            ),
            calendar=calendar,
            tags=tuple(spec.get("tags", [])),
        ),
    )


def _parent(spec: Spec, draft: Draft) -> str | None:
    given = [key for key in ("hub", "link") if key in spec.data]
    if len(given) != 1:
        what = "a PIT is of one hub or of one link"
        spec.complain(what, expected="hub: or link:" if not given else "one of hub: and link:")
        return None
    (key,) = given
    name = str(spec.data[key])
    read = draft.hubs if key == "hub" else draft.links
    if name not in read and name not in draft.known(f"{key}s"):
        spec.unknown(key, name, draft.known(f"{key}s"), key)
    return name if name in read else None


def _satellites(spec: Spec, draft: Draft, parent: str) -> Iterable[str]:
    known = as_of.satellites_of(draft)
    names: list[str] = spec.data["satellites"]
    for position, name in enumerate(names):
        path = ("satellites", position)
        if name in names[:position]:
            spec.complain(f"'{name}' stands here twice", *path, expected="it once")
        elif name in known:
            _check(spec, draft, parent, known[name], path)
            yield name
        elif name not in draft.known("satellites"):
            spec.unknown("satellite", name, draft.known("satellites"), *path)
        elif ("satellites", name) not in draft.broken and _is_read(draft, name):
            spec.complain(f"'{name}' has no rows of one parent to point to", *path)


def _is_read(draft: Draft, name: str) -> bool:
    return any(name in entities for entities in draft.others.values())


def _check(
    spec: Spec,
    draft: Draft,
    parent: str,
    satellite: Any,  # noqa: ANN401 - a satellite of any kind
    path: tuple[str | int, ...],
) -> None:
    if satellite.parent != parent:
        known = as_of.satellites_of(draft).values()
        own = [item.name for item in known if item.parent == parent and _has_state(item)]
        what = f"'{satellite.name}' is a satellite of {satellite.parent}, not of {parent}"
        spec.complain(what, *path, expected=listed(own) or f"a satellite of {parent}")
    elif not _has_state(satellite):
        what = f"'{satellite.name}' holds events, which have no state at a moment"
        spec.complain(what, *path, expected="a satellite with history")


def _has_state(satellite: Any) -> bool:  # noqa: ANN401 - as above
    return bool(getattr(satellite, "historized", True))


def columns(pit: Pit) -> tuple[Column, ...]:
    """Return the columns of a PIT."""
    pointers = (
        (
            Column(item.key_column, HASH, nullable=False),
            Column(item.load_dt_column, TIMESTAMP, nullable=False),
        )
        for item in pit.satellites
    )
    return (
        as_of.AS_OF_COLUMN,
        Column(pit.parent_key, HASH, nullable=False),
        *(column for pair in pointers for column in pair),
    )


def _tables(model: Model) -> Iterable[Table]:
    for pit in model.of(KIND.name).values():
        yield from as_of.tables(pit, columns(pit))


def _steps(model: Model) -> Iterable[Step]:
    known = as_of.satellites_of(model)
    for pit in model.of(KIND.name).values():
        own = (
            as_of.hub_keys(model.hubs[pit.parent])
            if pit.parent in model.hubs
            else as_of.link_keys(model.links[pit.parent])
        )
        seen = [as_of.arrivals(known[item.name]) for item in pit.satellites]
        staged = [*own, *(item for found in seen if isinstance(found, tuple) for item in found)]
        recent = [found for found in seen if isinstance(found, as_of.Recent)]
        sources = [item.source for item in staged]
        sources += [source for found in recent for source in found.sources]
        needs = (pit.parent, *(item.name for item in pit.satellites))
        context = {
            "pit": pit,
            "columns": columns(pit),
            "staged": tuple(dict.fromkeys(staged)),
            "recent": recent,
            "inputs": [f"load:{name}" for name in needs],
            # Its rows come anew with each batch, also those that one loaded which left the PIT out.
            "reads_all": any(model.sources[name].query for name in sources),
            "fresh": f"{pit.name}_fresh",
        }
        yield from as_of.steps(
            pit,
            context,
            repair=("drop_fresh", "find", "delete", "load"),
            needs=needs,
            sources=tuple(dict.fromkeys(sources)),
        )


def _checks(model: Model) -> Iterable[Checks]:
    load_dt = model.project.naming.load_dt
    for pit in model.of(KIND.name).values():
        names = [as_of.AS_OF, pit.parent_key]
        parent = Parent(pit.parent, pit.parent_key, pit.parent_key)
        pointers = [
            Pointer(
                item.name,
                ((item.key_column, pit.parent_key), (item.load_dt_column, load_dt)),
                ghosts=True,
            )
            for item in pit.satellites
        ]
        yield Checks(
            entity=pit.name,
            location=pit.location,
            sources=(),
            # A batch may touch every as-of date of its keys, which is many times its size.
            batch=(),
            vault=(
                unique("unique_keys", pit.name, names, f"rows that share {', '.join(names)}."),
                parents_exist(pit.name, [*reversed(names)], [parent]),
                pointers_exist(pit.name, names, pointers),
            ),
        )


KIND = Kind(
    name="pit",
    section="pits",
    order=70,
    description="point-in-time tables: the newest row of each satellite at as-of dates",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    checks=_checks,
)
