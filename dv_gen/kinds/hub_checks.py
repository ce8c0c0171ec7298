"""What has to hold of hubs: each key once, and every staged key is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import Checks, Statement
from dv_gen.kinds.checks import ghosts_present, mirror, probe, unique, unique_values
from dv_gen.kinds.repeats import counts_without_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.kinds.hub import FeedRows
    from dv_gen.model.entities import Hub, Model


def hub_checks(hub: Hub, feeds: tuple[FeedRows, ...], model: Model) -> Checks:
    """Return the checks of a hub.

    Args:
        hub: the hub.
        feeds: what its load reads.
        model: the model.
    """
    return Checks(
        entity=hub.name,
        location=hub.location,
        sources=tuple(dict.fromkeys(feed.source for feed in feeds)),
        batch=tuple(_batch(hub, feeds, model)),
        vault=tuple(_vault(hub)),
    )


def _batch(hub: Hub, feeds: tuple[FeedRows, ...], model: Model) -> Iterator[Statement]:
    if not feeds:
        return
    context = {"hub": hub, "feeds": feeds}
    # Where the hub's key is the source's own: what the other loads of that source go by, too.
    own = [
        feed
        for feed in feeds
        if feed.repeats and not counts_without_key(model.sources[feed.source], model)
    ]
    for feed in own:
        yield Statement("listed_repeats", "checks/hub/listed.sql.j2", {"feed": feed})
    if own == list(feeds):
        yield from mirror(
            "checks/hub/mirror.sql.j2", context, own[0].repeats if len(own) == 1 else ""
        )
    collisions = () if hub.is_its_key else ("hash_collisions",)
    names = ("unique_keys", *collisions, "reconciliation")
    yield probe("checks/hub/probe.sql.j2", context, *names)
    yield Statement("unique_keys", "checks/hub/unique.sql.j2", context)
    if collisions:
        yield Statement("hash_collisions", "checks/hub/collisions.sql.j2", context)
    yield Statement("reconciliation", "checks/hub/reconciliation.sql.j2", context)


def _vault(hub: Hub) -> Iterable[Statement]:
    what = "hash keys that the hub holds more than once."
    yield unique("unique_keys", hub.name, [hub.hash_key], what)
    if not hub.is_its_key:
        what = "business keys that the hub holds more than once"
        ghosts = hub.hash_key if hub.ghosts else ""
        yield unique_values("unique_business_keys", hub.name, hub.key, what, ghosts=ghosts)
    if hub.ghosts:
        yield ghosts_present(hub.name, hub.hash_key, by_moment=False)
