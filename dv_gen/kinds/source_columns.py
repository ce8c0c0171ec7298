"""The columns that a file delivers: their types, formats and headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import as_list
from dv_gen.kinds.source_checks import csv_place
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.metadata.type_words import EXAMPLES, explain_type
from dv_gen.model.source import SourceColumn
from dv_gen.model.types import SqlType, parse_column_type

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.metadata.spec import Spec

FORMAT_TOKENS = ("%Y", "%m", "%d", "%H", "%M", "%S", "%f")


def read_column(spec: Spec, name: str, settings: dict[str, Any]) -> SourceColumn | None:
    """Return a column that a source's entry declares; complain about what it cannot be.

    Args:
        spec: the source's entry.
        name: the column's name.
        settings: the source's CSV settings, which hold for every column.
    """
    entry = spec.data["columns"][name]
    details: dict[str, Any] = entry if isinstance(entry, dict) else {"type": entry}
    path = ("columns", name)
    if not is_identifier(name):
        expected = f"{IDENTIFIER_RULE} ({{name: {{header: '{name}', type: ..}}}} maps it)"
        spec.complain(f"'{name}' cannot name a column", *path, key=True, expected=expected)
    found = read_type(spec, details["type"], *path, *(("type",) if isinstance(entry, dict) else ()))
    if found is None:
        return None
    kind, nullable = found
    form = details.get("format", settings.get(f"{kind.name}_format", ""))
    if form:
        own = "format" in details
        place = spec.at(*path, "format") if own else csv_place(spec, f"{kind.name}_format")
        _check_format(spec, place, form, kind)
    if details.get("optional"):
        _check_optional(spec, name, nullable=nullable)
    return SourceColumn(
        name=name,
        type=kind,
        nullable=nullable,
        header=details.get("header", name),
        format=form,
        decimal=details.get("decimal", settings.get("decimal", ".")),
        trim=details.get("trim", settings.get("trim", False)),
        nulls=tuple(as_list(details.get("nulls"))),
        optional=details.get("optional", False),
    )


def _check_optional(spec: Spec, name: str, *, nullable: bool) -> None:
    """Complain about a column that can have no value, but cannot do without one."""
    path = ("columns", name, "optional")
    standard = [key for key in ("load_dt", "load_src") if spec.get(key) == name]
    if standard:
        what = f"every row needs its {standard[0]}: no file may lack '{name}'"
        spec.complain(what, *path, key=True, expected="a column that may be NULL")
    elif not nullable:
        what = f"'{name}' is not null, so no file may lack it"
        spec.complain(what, *path, key=True, expected="a type without not null")
    if not {**spec.data.get("csv", {})}.get("header", True):
        what = "without a header nobody can tell which column a file lacks"
        spec.complain(what, *path, key=True, expected="csv: {header: true}")


def _check_format(spec: Spec, place: Location, form: str, kind: SqlType) -> None:
    if kind.name not in ("date", "timestamp"):
        what = f"a column of type {kind} takes no format"
        spec.complain_at(place, what, expected="a date or timestamp")
    unknown = [token for token in re.findall(r"%.?", form) if token not in FORMAT_TOKENS]
    if unknown:
        what = f"unknown token {unknown[0]} in the format"
        spec.complain_at(place, what, expected=" ".join(FORMAT_TOKENS))
    missing = [token for token in ("%Y", "%m", "%d") if token not in form]
    if missing and not unknown and kind.name in ("date", "timestamp"):
        spec.complain_at(place, f"the format '{form}' has no {missing[0]}", expected="a whole date")


def read_type(spec: Spec, text: str, *path: str) -> tuple[SqlType, bool] | None:
    """Return a type and whether NULL is allowed; complain when the text names none."""
    found, what, meant = explain_type(text, parse_column_type)
    if found is None:
        spec.complain(what, *path, expected="" if meant else EXAMPLES, meant=meant)
    return found
