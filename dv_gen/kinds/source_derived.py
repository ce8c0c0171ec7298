"""Columns that the stage computes: constants, expressions, copies, several columns joined."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.source_checks import check_sql, fits_type
from dv_gen.kinds.source_codes import type_of
from dv_gen.kinds.source_columns import read_type
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, listed
from dv_gen.model.source import DerivedColumn, Part
from dv_gen.model.types import MAX_LENGTH, SqlType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import SourceColumn

_WAYS = ("constant", "expression", "column", "concat")
_WORD = re.compile(r"[^\W\d]\w*")
_TEXT_IN_QUOTES = re.compile(r"'(?:[^']|'')*'")


def read_derived(
    spec: Spec, delivered: Sequence[SourceColumn], required: Collection[str | None] = ()
) -> tuple[DerivedColumn, ...]:
    """Return the derived columns of a source; complain about those that cannot be.

    Args:
        spec: the source's entry.
        delivered: the columns of its files.
        required: names of columns without which no row can be.
    """
    parts = {item.name: Part(item.name, item.type, item.nullable) for item in delivered}
    made: dict[str, DerivedColumn] = {}
    for name in spec.get("derived", {}):
        column = _derived(spec, name, parts, made)
        if column is not None:
            if name in required:
                checked = column.checked or column.nullable
                column = replace(column, nullable=False, checked=checked)
            made[name] = column
            parts[name] = Part(name, column.type, column.nullable)
    return tuple(made.values())


def _derived(
    spec: Spec, name: str, parts: dict[str, Part], made: dict[str, DerivedColumn]
) -> DerivedColumn | None:
    entry = spec.data["derived"][name]
    place = ("derived", name)
    if not is_identifier(name):
        spec.complain(f"'{name}' cannot name a column", *place, key=True, expected=IDENTIFIER_RULE)
    ways = [way for way in _WAYS if way in entry]
    if len(ways) != 1:
        has = f"has {' and '.join(ways)}" if ways else "says nothing to make it of"
        spec.complain(f"'{name}' {has}", *place, key=True, expected=f"one of {listed(_WAYS)}")
        return None
    if "separator" in entry and ways != ["concat"]:
        what = f"a separator stands between columns, and '{name}' joins none"
        spec.complain(what, *place, "separator", key=True, expected="concat: [column, ..]")
    if ways == ["constant"]:
        return _constant(spec, name, entry)
    if ways == ["expression"]:
        return _expression(spec, name, entry, made)
    return _joined(spec, name, entry, parts, made)


def _constant(spec: Spec, name: str, entry: dict[str, Any]) -> DerivedColumn | None:
    value = entry["constant"]
    place = ("derived", name)
    found = (
        read_type(spec, entry["type"], *place, "type")
        if "type" in entry
        else (type_of(value), False)
    )
    if found is None:
        return None
    if not fits_type(value, found[0]):
        shown = f"'{value}'" if isinstance(value, str) else str(value).lower()
        spec.complain(
            f"{shown} is no {found[0]}", *place, "constant", expected="a value of its type"
        )
    return DerivedColumn(name, found[0], nullable=False, constant=value)


def _expression(
    spec: Spec, name: str, entry: dict[str, Any], made: dict[str, DerivedColumn]
) -> DerivedColumn | None:
    place = ("derived", name)
    if "type" not in entry:
        what = f"the expression of '{name}' has no type"
        spec.complain(what, *place, key=True, expected="type: integer, varchar(200), ...")
        return None
    typed = read_type(spec, entry["type"], *place, "type")
    if typed is None:
        return None
    check_sql(spec, entry["expression"], *place, "expression")
    # Any word may be a column's name; one that is not costs nothing but a layer of the statement.
    words = {
        word.casefold() for word in _WORD.findall(_TEXT_IN_QUOTES.sub("", entry["expression"]))
    }
    needed = [column for column in made.values() if column.name.casefold() in words]
    level = 1 + max((column.level for column in needed), default=0)
    expression = entry["expression"].strip()
    return DerivedColumn(name, *typed, expression=expression, checked=True, level=level)


def _joined(
    spec: Spec,
    name: str,
    entry: dict[str, Any],
    parts: dict[str, Part],
    made: dict[str, DerivedColumn],
) -> DerivedColumn | None:
    place = ("derived", name)
    several = "concat" in entry
    named = entry["concat"] if several else [entry["column"]]
    found = []
    for position, column in enumerate(named):
        inner = ("concat", position) if several else ("column",)
        part = _part(spec, name, column, parts, *place, *inner)
        if part is not None and several and part.type.name == "double":
            what = f"'{column}' is floating point, which has no exact text"
            spec.complain(what, *place, *inner, expected="an exact type: decimal(10,2), ...")
        found.append(part)
    typed = read_type(spec, entry["type"], *place, "type") if "type" in entry else None
    whole = [part for part in found if part is not None]
    if len(whole) < len(found) or ("type" in entry and typed is None):
        return None
    separator = entry.get("separator", "") if several else None
    own = _joined_type(whole, separator) if separator is not None else whole[0].type
    nullable = all(part.nullable for part in whole)
    kind, may_be_null = typed or (own, nullable)
    if several and not kind.is_text:
        spec.complain(f"'{name}' joins texts", *place, "type", expected="type: varchar(200), ...")
    level = 1 + max((made[part.column].level for part in whole if part.column in made), default=0)
    fits = (kind.is_text and own.is_text and own.length <= kind.length) or kind == own
    return DerivedColumn(
        name,
        kind,
        may_be_null,
        parts=tuple(whole),
        separator=separator,
        checked=not fits or (nullable and not may_be_null),
        level=level,
    )


def _part(
    spec: Spec, name: str, column: str, parts: dict[str, Part], *path: str | int
) -> Part | None:
    """Return a column that stands before the derived one; complain when there is none."""
    derived = list(spec.get("derived", {}))
    before = [*spec.data["columns"], *derived[: derived.index(name)]]
    if column in before:
        # A column that is itself wrong has its complaint already.
        return parts.get(column)
    if column in derived:
        what = f"'{column}' is not there yet"
        spec.complain(what, *path, expected=f"'{column}' above '{name}'")
    else:
        spec.unknown("column", column, before, *path)
    return None


def _joined_type(parts: list[Part], separator: str) -> SqlType:
    width = sum(part.type.text_width for part in parts) + len(separator) * (len(parts) - 1)
    return SqlType("varchar", length=min(max(width, 1), MAX_LENGTH))
