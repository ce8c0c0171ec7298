"""Which columns the files of a source may lack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.model.entities import Model
    from dv_gen.model.source import Source

_WORD = re.compile(r"\w+")


def optional_columns(source: Source) -> list[str]:
    """Return the columns that a file may lack at any time, by what the metadata says (S7)."""
    return [column.name for column in source.columns if column.optional]


def later_columns(source: Source, model: Model) -> list[str]:
    """Return the columns that may have come later than the oldest files of a source.

    These have NULL for such a column. So it is none that tells what a row is about, or whether the
    row is wanted: nothing but a value may be missing.
    """
    if source.query or not source.csv.header:
        return []
    deciding = {name.casefold() for name in _deciding(source, model)}
    return [
        column.name
        for column in source.columns
        if column.nullable and column.name.casefold() not in deciding
    ]


def _deciding(source: Source, model: Model) -> Iterator[str]:
    yield from _WORD.findall(source.where)
    yield from (source.load_dt, source.load_src)
    for prejoin in source.prejoins:
        yield from (here for here, _ in prejoin.on)
    for other in model.sources.values():
        for prejoin in other.prejoins:
            if prejoin.source == source.name:
                yield from (there for _, there in prejoin.on)
                yield prejoin.column
    keys = [*_keys(source, model)]
    yield from keys
    yield from _made_from(source, keys)


def _keys(source: Source, model: Model) -> Iterator[str]:
    for use in source.keys:
        yield from use.columns
    if source.surrogate:
        yield from source.surrogate.columns
    yield from _keys_of_entities(source, model)


def _keys_of_entities(source: Source, model: Model) -> Iterator[str]:
    for link in model.links.values():
        for feed in link.feeds:
            if feed.source == source.name:
                yield from feed.child_keys
    for satellite in model.of("multi_active").values():
        if satellite.source == source.name:
            yield from (child.source_column for child in satellite.child_keys)
    for reference in model.of("reference").values():
        if reference.source == source.name:
            yield from (column.name for column in reference.key)
    for satellite in model.of("effectivity").values():
        if satellite.source == source.name:
            yield from (date.name for date in (satellite.start, satellite.end) if date)


def _made_from(source: Source, keys: Iterable[str]) -> Iterator[str]:
    """Yield what the derived columns among the keys are made from, be it by way of others."""
    wanted = set(keys)
    # A derived column uses those above it alone.
    for column in reversed(source.derived):
        if column.name in wanted:
            names = [part.column for part in column.parts] + _WORD.findall(column.expression)
            wanted.update(names)
            yield from names
