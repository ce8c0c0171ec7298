"""What the kinds of satellites share: their parent, their columns, and the names of their views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dv_gen.kinds.base import NAMES, TAGS, TEXT, as_list
from dv_gen.kinds.referring import find_column, find_key
from dv_gen.kinds.source import key_type
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import Column, Hub, Link, Model, SatelliteColumn
from dv_gen.model.types import BOOLEAN, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source
    from dv_gen.model.types import SqlType

IS_CURRENT = "is_current"
# A path of more steps names a column inside an item of a list.
_IN_LIST = 2
_ALL_EXCEPT = re.compile(r"all\s+except\s+\[([^\]]*)\]")
# What entries may say, in JSON Schema: what is described, and which of the rows are kept.
DESCRIBED = {
    "source": {**TEXT, "description": "the source of the rows"},
    "parent": {**TEXT, "description": "hub, hub.role or link"},
    "columns": {
        "type": ["array", "string"],
        "minItems": 1,
        "items": {
            "description": "column, or {name: column}",
            "type": ["string", "object"],
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": TEXT,
        },
        "description": "[column, {name: column}], all, or all except [column, ..]",
    },
}
KEPT = {
    "order_by": {**NAMES, "description": "orders rows of one key and load date"},
    "duplicates": {"enum": ["last", "first", "stagger", "fail"]},
    "null_keys": {"enum": ["reject", "fail"]},
    "tags": TAGS,
}


class Parent(NamedTuple):
    """The hub or link that a satellite describes, as a source identifies it.

    Attributes:
        name: the hub's or link's name.
        role: the role of the hub's key in the source, or an empty string.
        key: the hash key's column in the parent and in the satellite.
        stage_key: the hash key's column in the stage.
        nullable: whether a staged row may have no key.
    """

    name: str
    role: str
    key: str
    stage_key: str
    nullable: bool


def read_parent(spec: Spec, draft: Draft, source: Source, *at: int) -> Parent | None:
    """Return the parent that an entry names, or None after a complaint.

    Args:
        spec: the entry.
        draft: the model so far.
        source: what identifies the parent.
        at: the source's position where the entry names several.
    """
    label = spec.data["parent"]
    name, _, role = label.partition(".")
    if name in draft.hubs:
        hub = draft.hubs[name]
        use = find_key(spec, draft, source, label, "parent")
        if use is None:
            return None
        nullable = key_is_nullable(source, use.columns)
        return Parent(name, role, hub.hash_key, _stage_key(hub, role), nullable)
    if label in draft.links:
        link = draft.links[label]
        if source.name not in [feed.source for feed in link.feeds]:
            what = f"the link '{label}' is not loaded from {source.name}"
            feeding = ", ".join(feed.source for feed in link.feeds)
            spec.complain(what, "source", *at, expected=feeding)
            return None
        nullable = link_key_is_nullable(source, link)
        return Parent(label, "", link.hash_key, link.hash_key, nullable)
    if name not in draft.specs["hubs"] and label not in draft.specs["links"]:
        known_names = [*draft.known("hubs"), *draft.known("links")]
        spec.unknown("hub or link", label, known_names, "parent")
    return None


def _stage_key(hub: Hub, role: str) -> str:
    return f"{hub.stage_key}_{role}" if role else hub.stage_key


def link_key_is_nullable(source: Source, link: Link) -> bool:
    """Tell whether a row may make no link: it lacks a hub that the link needs, or all hubs (L2)."""
    uses = [(source.key_use(ref.hub, ref.role), ref.optional) for ref in link.hubs]
    lacking = [
        (use is not None and key_is_nullable(source, use.columns), optional)
        for use, optional in uses
    ]
    needed = [may_lack for may_lack, optional in lacking if not optional]
    return any(needed) if needed else all(may_lack for may_lack, _ in lacking)


def key_is_nullable(source: Source, names: tuple[str, ...]) -> bool:
    """Tell whether a row may have no key: every component NULL or blank (H4)."""
    kinds = [key_type(source, name) for name in names if name not in source.codes]
    return all(kind is None or kind[1] or kind[0].is_text for kind in kinds)


def parent_type(parent: str, model: Model) -> SqlType:
    """Return the type of a parent's key."""
    return (model.hubs.get(parent) or model.links[parent]).key_type


def parent_hubs(parent: str, role: str, model: Model) -> list[tuple[str, str]]:
    """Return the hubs, with their roles, whose keys make a parent's key."""
    if parent in model.links:
        return [(ref.hub, ref.role) for ref in model.links[parent].hubs]
    return [(parent, role)]


def read_order_by(spec: Spec, draft: Draft, source: Source) -> tuple[str, ...]:
    """Return the columns that order rows of one key and load date."""
    entry = spec.get("order_by")
    names = as_list(entry)
    for position, column in enumerate(names):
        inner = (position,) if isinstance(entry, list) else ()
        find_column(spec, draft, source, column, "order_by", *inner)
    return tuple(names)


def read_columns(
    spec: Spec,
    draft: Draft,
    source: Source,
    taken: Iterable[str],
    *,
    exact: bool,
    instead: str = "",
    child_keys: Collection[str] = (),
    keys: Iterable[str] | None = None,
    holder: str = "satellite",
) -> Iterator[SatelliteColumn]:
    """Yield the columns that an entry chooses, and complain about those that cannot be.

    Args:
        spec: the entry.
        draft: the model so far.
        source: where the columns come from.
        taken: names that the table or its views have already.
        exact: whether the columns enter a hashdiff, so that none may be floating point.
        instead: what else would do than an exact column.
        child_keys: columns of the source that the table has already, as its child keys.
        keys: the columns that ``all`` leaves out, if not the keys of the source.
        holder: what it is that has the columns, for the complaints.
    """
    own = {name.casefold() for name in taken}
    seen: set[str] = set()
    children = {name.casefold() for name in child_keys}
    every = {name for use in source.keys for name in use.columns}
    every |= {draft.project.naming.load_dt, draft.project.naming.load_src}
    keys = set(every if keys is None else keys)
    pairs = list(_pairs(spec, draft, source, keys, child_keys))
    for path, name, column in pairs:
        found = find_column(spec, draft, source, column, *path)
        key = isinstance(path[-1], str) and path[-1] == name and len(path) > _IN_LIST
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=key, expected=IDENTIFIER_RULE)
        if name.casefold() in own:
            what = f"every {holder} has a column '{name.casefold()}' of its own"
            spec.complain(what, *path, key=key, expected=f"another name: {{other: {column}}}")
        elif column in child_keys or name.casefold() in children:
            what = f"'{column if column in child_keys else name}' is a child key already"
            spec.complain(what, *path, key=key, expected="a column that is none")
        elif name.casefold() in seen:
            what = f"the column '{name}' stands here twice"
            spec.complain(what, *path, key=key, expected=f"another name: {{other: {column}}}")
        seen.add(name.casefold())
        if found is None:
            continue
        if found[0].name == "double" and exact:
            what = f"'{column}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in the source {source.name}{instead}")
        yield SatelliteColumn(name, column, *found)


def _pairs(
    spec: Spec,
    draft: Draft,
    source: Source,
    keys: Collection[str],
    child_keys: Collection[str],
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    entry = spec.data["columns"]
    if isinstance(entry, list):
        for position, item in enumerate(entry):
            if isinstance(item, dict):
                name, column = next(iter(item.items()))
                yield ("columns", position, name), name, column
            else:
                yield ("columns", position), item, item
        return
    found = _ALL_EXCEPT.fullmatch(entry.strip())
    names = draft.columns_of(source.name)
    if entry.strip() != "all" and found is None:
        words = entry.split()
        meant = f"[{entry}]" if entry in names else ""
        if words[:2] == ["all", "except"]:
            meant = f"all except [{', '.join(words[2:])}]"
        expected = "" if meant else "a list, all, or all except [column, ..]"
        what = f"'{entry}' chooses no columns"
        spec.complain(what, "columns", expected=expected, meant=meant)
        return
    left_out = [name.strip() for name in found[1].split(",")] if found else []
    for name in left_out:
        find_column(spec, draft, source, name, "columns")
    rest = [item.name for item in source.given if item.name not in keys]
    chosen = [name for name in rest if name not in left_out and name not in child_keys]
    if not chosen:
        what = f"'{entry}' chooses no columns: {source.name} has keys only"
        if rest:
            what = f"'{entry}' chooses no columns: nothing is left of {source.name}"
        spec.complain(what, "columns", expected="a column that is none of its keys")
    for name in chosen:
        yield ("columns",), name, name


def end_column(load_dt: str) -> str:
    """Return the name of the moment at which a version ends.

    >>> end_column("load_dt"), end_column("ldts")
    ('load_end_dt', 'ldts_end')
    """
    return f"{load_dt[:-3]}_end_dt" if load_dt.endswith("_dt") else f"{load_dt}_end"


def taken_names(draft: Draft, parent_key: str, *, historized: bool) -> set[str]:
    """Return the names of the columns that a satellite and its history view have anyway."""
    naming = draft.project.naming
    own = {parent_key, naming.load_dt, naming.load_src}
    own |= {naming.hashdiff, end_column(naming.load_dt), IS_CURRENT} if historized else set()
    return own


def with_period(columns: tuple[Column, ...], model: Model) -> tuple[Column, ...]:
    """Return the columns of a history view over a table of these columns (L12)."""
    return (
        *columns,
        Column(end_column(model.project.naming.load_dt), TIMESTAMP),
        Column(IS_CURRENT, BOOLEAN, nullable=False),
    )
