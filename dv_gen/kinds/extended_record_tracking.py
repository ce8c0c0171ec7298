"""Extended record tracking: every row that came for the satellites of a hub or link."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import sections, tracking_parts
from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, as_list
from dv_gen.model.tracking import TrackedFeed, Tracking

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec

NAME = "extended_record_tracking"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["parent"],
    "properties": {
        "parent": {**TEXT, "description": "hub or link"},
        "tracks": {**NAMES, "description": "satellites of the parent; all that have a hashdiff"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    parent = tracking_parts.find_parent(spec, draft)
    if parent is None:
        return
    name, role, parent_key = parent
    if role:
        what = f"the role '{role}' says nothing here: each satellite has a role of its own"
        spec.complain(what, "parent", expected=name)
    known = _satellites(draft)
    chosen = _named(spec, draft, name, known) if "tracks" in spec.data else _all(name, known)
    if not chosen and "tracks" not in spec.data:
        what = f"no satellite of '{name}' has a hashdiff to record"
        spec.complain(what, "parent", expected="a hub or link that has one")
    tracking = Tracking(
        name=spec.name,
        location=spec.location,
        parent=name,
        parent_key=parent_key,
        feeds=tuple(feed for satellite in chosen for feed in _feeds(satellite)),
        extended=True,
        tags=tuple(spec.get("tags", [])),
    )
    draft.put(NAME, tracking)


def _satellites(draft: Draft) -> dict[str, Any]:
    """Return the satellites of every kind that has been read by now, which are all others."""
    found: dict[str, Any] = dict(draft.satellites)
    for kind in sections()["satellites"]:
        found |= draft.others.get(kind.name, {})
    return found


def _all(parent: str, known: dict[str, Any]) -> list[Any]:
    return [item for item in known.values() if item.parent == parent and _hashdiff(item)]


def _hashdiff(satellite: Any) -> str:  # noqa: ANN401 - each kind has a class of its own
    return getattr(satellite, "hashdiff", "")


def _feeds(satellite: Any) -> list[TrackedFeed]:  # noqa: ANN401 - each kind has a class of its own
    key, hashdiff = satellite.stage_key, satellite.hashdiff
    sources = [feed.source for feed in getattr(satellite, "feeds", ())] or [satellite.source]
    return [TrackedFeed(source, key, satellite.name, hashdiff) for source in sources]


def _named(spec: Spec, draft: Draft, parent: str, known: dict[str, Any]) -> list[Any]:
    entry = spec.data["tracks"]
    chosen: dict[str, Any] = {}
    for position, name in enumerate(as_list(entry)):
        path = ("tracks", position) if isinstance(entry, list) else ("tracks",)
        satellite = known.get(name)
        if name in chosen:
            spec.complain(f"'{name}' stands here twice", *path, expected="once")
        elif satellite is None:
            if name not in draft.specs["satellites"] or name == spec.name:
                others = [other for other in draft.known("satellites") if other != spec.name]
                spec.unknown("satellite", name, others, *path)
        elif satellite.parent != parent:
            what = f"'{name}' is a satellite of '{satellite.parent}', not of '{parent}'"
            spec.complain(what, *path, expected=f"a satellite of '{parent}'")
        elif not _hashdiff(satellite):
            what = f"'{name}' has no hashdiff to record"
            spec.complain(what, *path, expected="a satellite with history and a hashdiff")
        else:
            chosen[name] = satellite
    return list(chosen.values())


KIND = Kind(
    name=NAME,
    section="satellites",
    order=49,
    description="every row that came for the satellites of a parent",
    schema=_SCHEMA,
    read=_read,
    tables=partial(tracking_parts.tables, NAME),
    steps=partial(tracking_parts.steps, NAME),
    type=NAME,
    checks=partial(tracking_parts.checks, NAME),
)
