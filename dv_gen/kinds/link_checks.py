"""What has to hold of links: each relationship once, between keys that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import Checks, Statement
from dv_gen.kinds.checks import (
    Parent,
    StagedKey,
    mirror,
    parents_exist,
    probe,
    unique,
    unique_values,
)
from dv_gen.kinds.repeats import listed_repeats
from dv_gen.model.entities import Column

if TYPE_CHECKING:
    from dv_gen.model.entities import Link, Model


def link_checks(link: Link, model: Model) -> Checks:
    """Return the checks of a link."""
    scope = tuple(StagedKey(feed.source, link.hash_key) for feed in link.feeds)
    hubs = [model.hubs[ref.hub] for ref in link.hubs]
    shown = list(dict.fromkeys([link.hash_key, *(ref.column for ref in link.hubs)]))
    parents = [
        Parent(hub.name, ref.column, hub.hash_key) for ref, hub in zip(link.hubs, hubs, strict=True)
    ]
    ends = [Column(ref.column, hub.key_type) for ref, hub in zip(link.hubs, hubs, strict=True)]
    ends_of = [(ref.hub, ref.role) for ref in link.hubs]
    listed = ""
    if len(link.feeds) == 1:
        source = model.sources[link.feeds[0].source]
        listed = listed_repeats(source, model, ends_of, joined=True)
    held_twice = "hash keys that the link holds more than once."
    return Checks(
        entity=link.name,
        location=link.location,
        sources=tuple(feed.source for feed in link.feeds),
        batch=(
            *mirror("checks/link/mirror.sql.j2", {"link": link}, listed),
            probe("checks/link/probe.sql.j2", {"link": link}, "unique_keys", "reconciliation"),
            unique("unique_keys", link.name, [link.hash_key], held_twice, scope),
            Statement("reconciliation", "checks/link/reconciliation.sql.j2", {"link": link}),
        ),
        vault=(
            unique("unique_keys", link.name, [link.hash_key], held_twice),
            unique_values(
                "unique_relationships",
                link.name,
                [*ends, *link.child_keys],
                "relationships that the link holds more than once",
            ),
            parents_exist(link.name, shown, parents),
        ),
    )
