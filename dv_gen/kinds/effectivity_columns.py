"""What an effectivity satellite stores besides its key: its period, and what is kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import TEXT, as_list
from dv_gen.kinds.satellite_parts import DESCRIBED, IS_CURRENT, end_column, read_columns
from dv_gen.kinds.source_checks import fits_type
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.effectivity import PERIOD
from dv_gen.model.entities import SatelliteColumn
from dv_gen.model.types import TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Link
    from dv_gen.model.source import Source

_COLUMNS: dict[str, Any] = DESCRIBED["columns"]  # type: ignore[assignment]
PROPERTIES: dict[str, Any] = {
    "columns": {**_COLUMNS, "description": "kept beside the dates, never compared"},
    "hubs": {
        "type": "array",
        "minItems": 1,
        "items": {
            "description": "hub of the link, or {name: hub}",
            "type": ["string", "object"],
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": TEXT,
        },
        "description": "hubs of the link whose keys are kept here too",
    },
    "period": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": TEXT,
        "description": "names for the columns of start and end",
    },
    "parallel": {
        "type": "boolean",
        "description": "true where a driving key has several relationships at a time",
    },
    "open_end": {**TEXT, "description": "the end of what holds on, where that is not NULL"},
}


def read_period(spec: Spec, draft: Draft, parent_key: str) -> tuple[str, str]:
    """Return the names of the columns of start and end."""
    start, end = spec.get("period", PERIOD)
    taken = _standard(draft, parent_key)
    for position, name in enumerate((start, end)):
        path = ("period", position)
        if not is_identifier(name):
            spec.complain(f"'{name}' cannot name a column", *path, expected=IDENTIFIER_RULE)
        elif name.casefold() in taken:
            what = f"every satellite has a column '{name.casefold()}' of its own"
            spec.complain(what, *path, expected="another name")
        taken.add(name.casefold())
    return start, end


def read_open_end(spec: Spec) -> str:
    """Return the end of what holds on as a timestamp's text; empty where it is NULL."""
    text = spec.get("open_end", "")
    if not text:
        return ""
    if "driving_key" not in spec.data:
        what = "'open_end' says nothing where the source brings every end itself"
        way = "a derived column for 'end' that is never empty, or NULL as it is"
        spec.complain(what, "open_end", key=True, expected=way)
    if fits_type(text, SqlType("date")):
        return f"{text} 00:00:00"
    if not fits_type(text, TIMESTAMP):
        spec.complain(f"'{text}' is no date", "open_end", expected="'9999-12-31'")
    return str(text)


def read_beside(
    spec: Spec, draft: Draft, source: Source, link: Link | None, parent_key: str
) -> tuple[SatelliteColumn, ...]:
    """Return the columns that are kept beside the dates: the source's, then keys of hubs."""
    taken = _standard(draft, parent_key) | set(spec.get("period", PERIOD))
    columns: tuple[SatelliteColumn, ...] = ()
    if "columns" in spec.data:
        columns = tuple(read_columns(spec, draft, source, taken, exact=False))
    if link is None:
        return columns
    taken = {name.casefold() for name in taken} | {each.name.casefold() for each in columns}
    return (*columns, *_hubs(spec, draft, source, link, taken))


def _hubs(
    spec: Spec, draft: Draft, source: Source, link: Link, taken: set[str]
) -> Iterator[SatelliteColumn]:
    known = [f"{ref.hub}.{ref.role}" if ref.role else ref.hub for ref in link.hubs]
    feed = next(feed for feed in link.feeds if feed.source == source.name)
    for position, item in enumerate(as_list(spec.get("hubs"))):
        named = isinstance(item, dict)
        name, label = next(iter(item.items())) if named else ("", item)
        path = ("hubs", position, *((name,) if named else ()))
        if label not in known:
            spec.unknown(f"hub of {link.name}", label, known, *path)
            continue
        place = known.index(label)
        name = name or link.hubs[place].column
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=named, expected=IDENTIFIER_RULE)
        elif name.casefold() in taken:
            what = f"the column '{name}' is there already"
            spec.complain(what, *path, key=named, expected=f"another name: {{other: {label}}}")
        taken.add(name.casefold())
        key_type = draft.hubs[link.hubs[place].hub].key_type
        yield SatelliteColumn(name, feed.hash_keys[place], key_type, nullable=True)


def _standard(draft: Draft, parent_key: str) -> set[str]:
    """Return the names of the columns that the table and its history view have anyway."""
    naming = draft.project.naming
    names = (parent_key, naming.load_dt, naming.load_src, end_column(naming.load_dt), IS_CURRENT)
    return {name.casefold() for name in names}
