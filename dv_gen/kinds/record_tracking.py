"""Record tracking: when a key appeared, and in which record source."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dv_gen.kinds import tracking_parts
from dv_gen.kinds.base import NAMES, TAGS, Draft, Kind, as_list
from dv_gen.kinds.referring import find_source
from dv_gen.kinds.satellite_parts import DESCRIBED, read_parent
from dv_gen.metadata.names import listed, nearest
from dv_gen.model.tracking import TrackedFeed, Tracking

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec

NAME = "record_tracking"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["parent"],
    "properties": {
        "parent": DESCRIBED["parent"],
        "source": {**NAMES, "description": "the sources to watch; all that feed the parent"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    parent = tracking_parts.find_parent(spec, draft)
    if parent is None:
        return
    name, role, parent_key = parent
    feeds = _named(spec, draft) if "source" in spec.data else _all(spec, draft, name, role)
    tracking = Tracking(
        name=spec.name,
        location=spec.location,
        parent=name,
        parent_key=parent_key,
        feeds=tuple(feeds),
        tags=tuple(spec.get("tags", [])),
    )
    draft.put(NAME, tracking)


def _named(spec: Spec, draft: Draft) -> list[TrackedFeed]:
    entry = spec.data["source"]
    feeds = []
    for position, name in enumerate(as_list(entry)):
        inner = (position,) if isinstance(entry, list) else ()
        source = find_source(spec, draft, name, "source", *inner)
        parent = read_parent(spec, draft, source) if source else None
        if parent:
            feeds.append(TrackedFeed(name, parent.stage_key))
    return feeds


def _all(spec: Spec, draft: Draft, name: str, role: str) -> list[TrackedFeed]:
    if name in draft.links:
        link = draft.links[name]
        return [TrackedFeed(feed.source, link.hash_key) for feed in link.feeds]
    feeds = draft.hubs[name].feeds
    chosen = [feed for feed in feeds if role in ("", feed.role)]
    # A hub that nothing feeds has its complaint already.
    if feeds and not chosen:
        roles = dict.fromkeys(f"{name}.{feed.role}" for feed in feeds if feed.role)
        meant = nearest(spec.data["parent"], roles)
        expected = "" if meant else listed([name, *roles])
        what = f"no source feeds the hub '{name}' in the role '{role}'"
        spec.complain(what, "parent", expected=expected, meant=meant)
    return [TrackedFeed(feed.source, feed.hash_key) for feed in chosen]


KIND = Kind(
    name=NAME,
    section="satellites",
    order=48,
    description="every appearance of a key",
    schema=_SCHEMA,
    read=_read,
    tables=partial(tracking_parts.tables, NAME),
    steps=partial(tracking_parts.steps, NAME),
    type=NAME,
    checks=partial(tracking_parts.checks, NAME),
)
