"""A satellite's own hashdiff: a name for its column, and columns that it is made of.

A vault that another tool has built may call the hashdiff of each satellite by another name, hash
the business key with the payload, and hold a column that is not hashed. Without any of that the
hashdiff has the project's name and is made of the satellite's columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, as_list
from dv_gen.kinds.referring import find_column
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import SatelliteColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import SatelliteFeed
    from dv_gen.model.types import SqlType

PROPERTY = {
    "type": ["boolean", "string", "object"],
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": NAMES,
    "description": "false to compare column by column; a name for it, or {name: columns in it}",
}
# Of kinds that cannot do without one.
NAMED = {
    **PROPERTY,
    "type": ["string", "object"],
    "description": "a name for it, or {name: columns in it}",
}


def hashdiff_name(spec: Spec, draft: Draft) -> str:
    """Return the name of the hashdiff's column in the satellite's table."""
    entry = spec.get("hashdiff")
    name = next(iter(entry)) if isinstance(entry, dict) else entry
    return name if isinstance(name, str) else draft.project.naming.hashdiff


def with_hashed(
    spec: Spec, draft: Draft, feeds: tuple[SatelliteFeed, ...]
) -> tuple[SatelliteFeed, ...]:
    """Return the sources of a satellite with what its hashdiff is made of in each of them."""
    hashed = hashed_columns(spec, draft, [feed.source for feed in feeds])
    return tuple(replace(feed, hashed=own) for feed, own in zip(feeds, hashed, strict=True))


def hashed_columns(
    spec: Spec, draft: Draft, sources: Sequence[str]
) -> tuple[tuple[SatelliteColumn, ...], ...]:
    """Return what a hashdiff is made of in each source; nothing where that is not said."""
    entry = spec.get("hashdiff")
    inside = isinstance(entry, dict)
    name = hashdiff_name(spec, draft)
    if not is_identifier(name):
        what = f"'{name}' cannot name a column"
        path = ("hashdiff", name) if inside else ("hashdiff",)
        spec.complain(what, *path, key=inside, expected=IDENTIFIER_RULE)
    if not inside:
        return tuple(() for _ in sources)
    made_of = entry[name]
    names = as_list(made_of)
    hashed: list[list[SatelliteColumn]] = [[] for _ in sources]
    for position, column in enumerate(names):
        path = ("hashdiff", name, *((position,) if isinstance(made_of, list) else ()))
        if column in names[:position]:
            spec.complain(f"'{column}' stands here twice", *path, expected="once")
            continue
        agreed: SqlType | None = None
        for source, found_columns in zip(sources, hashed, strict=True):
            found = find_column(spec, draft, draft.sources[source], column, *path)
            if found is None:
                continue
            agreed = found[0] if agreed is None else agreed.widened(found[0])
            if found[0].name == "double":
                what = f"'{column}' is floating point, which has no exact text to compare"
                spec.complain(what, *path, expected=f"a decimal in the source {source}")
            elif agreed is None:
                what = f"{source}.{column} is {found[0]}, unlike that of {sources[0]}"
                spec.complain(what, *path, expected="one type")
                break
            found_columns.append(SatelliteColumn(column, column, *found))
    return tuple(map(tuple, hashed))
