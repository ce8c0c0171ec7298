"""The columns that a hub has beside its key, and which source knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import Draft, as_list
from dv_gen.kinds.referring import find_column
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, listed
from dv_gen.model.entities import Column

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import KeyUse, Source
    from dv_gen.model.types import SqlType


def extra_columns(
    spec: Spec, draft: Draft, feeding: list[str]
) -> list[tuple[Column, dict[str, str]]]:
    """Return each extra column, and by source the column that knows it; complain of the others.

    Args:
        spec: the hub, as it was written down.
        draft: what was read by now.
        feeding: the sources that feed the hub.
    """
    result = []
    naming = draft.project.naming
    taken_names = {name.casefold() for name in (naming.load_dt, naming.load_src)}
    key = spec.data["key"]
    taken_names |= {name.casefold() for name in (key if isinstance(key, dict) else as_list(key))}
    for name, entry in spec.get("columns", {}).items():
        place = ("columns", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *place, key=True, expected=IDENTIFIER_RULE)
        if name.casefold() in taken_names:
            what = f"the hub has a column '{name.casefold()}' already"
            spec.complain(what, *place, key=True, expected="another name")
        taken_names.add(name.casefold())
        kind: SqlType | None = None
        taken: dict[str, str] = {}
        for position, text in enumerate(as_list(entry)):
            spot = (*place, position) if isinstance(entry, list) else place
            source_name, _, column = text.partition(".")
            if not column:
                givers = [item for item in feeding if draft.names_column(item, text)]
                meant = f"{givers[0]}.{text}" if givers else ""
                expected = "" if meant else "source.column"
                spec.complain(f"'{text}' names no source", *spot, expected=expected, meant=meant)
            elif source_name not in feeding:
                _not_feeding(spec, draft, source_name, feeding, *spot)
            elif (
                found := find_column(spec, draft, draft.sources[source_name], column, *spot)
            ) is None:
                continue
            elif kind is not None and kind.widened(found[0]) is None:
                spec.complain(f"'{text}' is {found[0]}, not {kind}", *spot, expected="one type")
            else:
                kind = found[0] if kind is None else kind.widened(found[0])
                taken[source_name] = column
        if kind is not None:
            result.append((Column(name, kind), taken))
    return result


def _not_feeding(spec: Spec, draft: Draft, name: str, feeding: list[str], *path: str | int) -> None:
    if name not in draft.specs["sources"]:
        spec.unknown("source", name, dict.fromkeys(feeding), *path)
    elif name in draft.sources and not any(
        label.partition(".")[0] == spec.name
        for label in draft.specs["sources"][name].get("keys") or {}
    ):
        expected = listed(dict.fromkeys(feeding))
        spec.complain(f"{name} does not feed '{spec.name}'", *path, expected=expected)


def extra_of(source: Source, use: KeyUse, taken: dict[str, str]) -> str | None:
    """Return the source's column for an extra column, None where this use of it knows nothing."""
    # An extra column describes the record's own key, not the keys that it refers to in a role.
    plain = any(other.hub == use.hub and not other.role for other in source.keys)
    return None if use.role and plain else taken.get(source.name)
