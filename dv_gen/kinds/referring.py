"""Names that one entry of the metadata uses of another, and what to say when they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, nearest

if TYPE_CHECKING:
    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import KeyUse, Source
    from dv_gen.model.types import SqlType


def find_source(spec: Spec, draft: Draft, name: str, *path: str | int) -> Source | None:
    """Return a source; complain when there is none, say nothing when it is itself wrong."""
    if name not in draft.sources and name not in draft.specs["sources"]:
        spec.unknown("source", name, draft.known("sources"), *path)
    return draft.sources.get(name)


def find_key(
    spec: Spec, draft: Draft, source: Source, label: str, *path: str | int
) -> KeyUse | None:
    """Return how a source identifies ``hub`` or ``hub.role`` while it feeds that hub.

    A query that does not feed it may only give keys that the hub has: that is checked when it runs.
    """
    hub, _, role = label.partition(".")
    use = source.key_use(hub, role)
    if use is None:
        if not draft.names_key(source.name, label):
            meant = nearest(label, [item.label for item in source.keys])
            expected = "" if meant else f"keys: {{{label}: column}} in {source.name}"
            what = f"the source {source.name} does not name the key '{label}'"
            spec.complain(what, *path, expected=expected, meant=meant)
    elif not use.feeds and source.query is None:
        what = f"{source.name} does not feed '{label}', so rows could be orphans"
        spec.complain(what, *path, expected=f"no 'feeds: false' in {source.name}")
        return None
    return use


def find_column(
    spec: Spec, draft: Draft, source: Source, name: str, *path: str | int
) -> tuple[SqlType, bool] | None:
    """Return the type of a source's column and whether it may be NULL."""
    found = source.types.get(name)
    if found is None and not draft.names_column(source.name, name):
        spec.unknown(f"column of {source.name}", name, draft.columns_of(source.name), *path)
    return found


def check_hash_key(spec: Spec) -> None:
    """Complain about a ``hash_key`` that cannot name a column."""
    name = spec.get("hash_key")
    if name is not None and not is_identifier(name):
        spec.complain(f"'{name}' cannot name a column", "hash_key", expected=IDENTIFIER_RULE)
