"""Rows of a stage that share their own key: found once a batch, not once a load.

A source's own key is the first of its ``keys``. Where no two rows share it, no two rows share a
key that contains it, which is nearly every key that is loaded from the source: only the few rows
listed in the source's table of repeats have to be looked at again by the loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import Table
from dv_gen.model.entities import Column
from dv_gen.model.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.model.entities import Model
    from dv_gen.model.source import Source

COLUMN = Column("row_no", BIGINT, nullable=False)


def repeats_table(source: Source) -> str:
    """Return the name of a source's table of repeats."""
    return f"{source.name}_repeats"


def own_key(source: Source, model: Model) -> str:
    """Return the stage column of the source's own key, or an empty string without keys."""
    for use in source.keys[:1]:
        for feed in model.hubs[use.hub].uses:
            if (feed.source, feed.role) == (source.name, use.role):
                return feed.hash_key
    return ""


def counts_without_key(source: Source, model: Model) -> bool:
    """Tell whether rows that lack the source's own key may share a key that is loaded.

    They do in a link to which that key is optional, and under the zero key of a satellite.
    """
    own = [(use.hub, use.role) for use in source.keys[:1]]
    if any(
        ref.optional and (ref.hub, ref.role) in own
        for link, _ in model.links_from[source.name]
        for ref in link.hubs
    ):
        return True
    return any(
        (satellite.parent, satellite.role) in own and satellite.null_keys == "zero_key"
        for satellite in model.satellites_from[source.name]
    )


def repeats_of(
    source: Source, model: Model, hubs: Iterable[tuple[str, str]], *, joined: bool
) -> str:
    """Return the table of repeats if it serves a key made of these hubs, else an empty string.

    Args:
        source: the source.
        model: the model.
        hubs: the hub and role of every part of the key.
        joined: whether the parts are joined to a link's key.
    """
    if joined and model.project.hash.rule == "classic":
        # It escapes nothing, so that two links' keys may be one text although their parts differ.
        return ""
    own = {(use.hub, use.role) for use in source.keys[:1]}
    return repeats_table(source) if own & set(hubs) else ""


def listed_repeats(
    source: Source, model: Model, hubs: Iterable[tuple[str, str]], *, joined: bool
) -> str:
    """Return what `repeats_of` does, if the checks of a hub look whether that table is complete.

    They do where the source feeds the hub of its own key; rows without that key they leave out.
    """
    use = next(iter(source.keys), None)
    if use is None or counts_without_key(source, model):
        return ""
    fed = any(
        (feed.source, feed.role) == (source.name, use.role) for feed in model.hubs[use.hub].feeds
    )
    return repeats_of(source, model, hubs, joined=joined) if fed else ""


def tables(model: Model) -> Iterable[Table]:
    """Yield the table of repeats of every source."""
    for source in model.sources.values():
        name = repeats_table(source)
        yield Table("stage", name, (COLUMN,), source.location, entity=source.name, transient=True)
