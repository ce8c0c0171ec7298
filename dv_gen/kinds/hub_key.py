"""The business key of a hub as it is written down: its names, and a type that sources fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.metadata.type_words import EXAMPLES, explain_type
from dv_gen.model.entities import Column
from dv_gen.model.types import SqlType, parse_type

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import KeyUse, Source


def check_key_names(spec: Spec, names: list[str]) -> None:
    """Complain of names that cannot name a column, or stand twice."""
    several = isinstance(spec.data["key"], list)
    inside = isinstance(spec.data["key"], dict)
    seen: set[str] = set()
    for position, name in enumerate(names):
        path = ("key", position) if several else ("key", name) if inside else ("key",)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=inside, expected=IDENTIFIER_RULE)
        if name.casefold() in seen:
            spec.complain(f"'{name}' stands twice in the key", *path, key=inside, expected="once")
        seen.add(name.casefold())


def counts(spec: Spec, names: list[str], source: Source, use: KeyUse) -> bool:
    """Tell whether a source gives as many columns as the key has; complain if not."""
    if len(use.columns) == len(names):
        return True
    count = f"{len(use.columns)} column{'s' if len(use.columns) > 1 else ''}"
    what = f"{source.name} gives {count} for the key of '{spec.name}'"
    spec.complain_at(use.location, what, expected=f"{len(names)}: {', '.join(names)}")
    return False


def in_order(spec: Spec, names: list[str], source: Source, use: KeyUse) -> bool:
    """Tell whether no column bears the name of another part of the key; complain if one does.

    Columns are told apart by their places alone, so that an order mistaken in one source would give
    every row of it another key. In a role the parts may well change places.
    """
    parts = {name.casefold() for name in names}
    twisted = [
        f"{column} for {name}"
        for column, name in zip(use.columns, names, strict=True)
        if column.casefold() != name.casefold() and column.casefold() in parts
    ]
    if not twisted or use.role:
        return True
    listed = ", and ".join(twisted) + ("," if len(twisted) > 1 else "")
    what = f"{source.name} gives {listed} in the key of '{spec.name}'"
    spec.complain_at(use.location, what, expected=f"the order of the key: {', '.join(names)}")
    return False


def key_columns(
    spec: Spec, names: list[str], uses: list[tuple[Source, KeyUse]]
) -> tuple[Column, ...] | None:
    """Return the columns of the key: of the declared types, or of those that the sources agree on.

    Args:
        spec: the hub, as it was written down.
        names: the columns' names.
        uses: the sources that name the hub, and what they say.

    Returns:
        The columns; None where nobody says their types. What does not fit is complained of.
    """
    declared = spec.data["key"] if isinstance(spec.data["key"], dict) else {}
    columns = []
    for position, name in enumerate(names):
        exact = [pair for pair in uses if _is_exact(spec, *pair, position)]
        if name in declared:
            kind = _declared(spec, name, declared[name])
            for source, use in exact:
                _must_fit(spec, name, kind, source, use, position)
        else:
            kind = _agreed(spec, name, exact, position)
        columns.append(Column(name, kind or SqlType("integer")))
    return tuple(columns) if uses or declared else None


def _is_exact(spec: Spec, source: Source, use: KeyUse, position: int) -> bool:
    column = use.columns[position]
    found = source.types.get(column)
    if found is None or found[0].name != "double":
        return True
    what = f"{source.name}.{column} is floating point, which has no exact text to hash"
    spec.complain_at(use.location, what, expected="an exact type: decimal(10,2), integer, ...")
    return False


def _declared(spec: Spec, name: str, text: str) -> SqlType | None:
    kind, what, meant = explain_type(text, parse_type)
    if kind is None:
        spec.complain(what, "key", name, expected="" if meant else EXAMPLES, meant=meant)
    elif kind.name == "double":
        what = f"'{name}' is floating point, which has no exact text to hash"
        expected = "an exact type: decimal(10,2), integer, ..."
        spec.complain(what, "key", name, expected=expected)
        return None
    return kind


def _must_fit(
    spec: Spec, name: str, kind: SqlType | None, source: Source, use: KeyUse, position: int
) -> None:
    found = source.types.get(use.columns[position])
    if kind is None or found is None or found[0].fits_into(kind):
        return
    what = f"{source.name}.{use.columns[position]} is {found[0]} and may not fit into {name} {kind}"
    wider = f"varchar({found[0].text_width})" if kind.is_text else str(found[0])
    spec.complain_at(use.location, what, expected=f"key: {{{name}: {wider}}} in {spec.name}")


def _agreed(
    spec: Spec, name: str, uses: list[tuple[Source, KeyUse]], position: int
) -> SqlType | None:
    agreed: SqlType | None = None
    first = ""
    for source, use in uses:
        column = use.columns[position]
        found = source.types.get(column)
        if found is None:
            continue
        wider = found[0] if agreed is None else agreed.widened(found[0])
        if wider is None:
            what = f"{source.name}.{column} is {found[0]}, but {first} is {agreed}"
            expected = f"one type for {name}, or a declared one: key: {{{name}: varchar(20)}}"
            spec.complain_at(use.location, what, expected=expected)
            continue
        agreed = wider
        first = first or f"{source.name}.{column}"
    return agreed
