"""What can be wrong with a source besides its shape: names, headers, its file, constants."""

from __future__ import annotations

import codecs
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import COLUMN_PARTS
from dv_gen.kinds.lengths import OF_A_COLUMN, name_limits, too_long
from dv_gen.kinds.stage import ROW_NO

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import CsvDialect, SourceColumn
    from dv_gen.model.types import SqlType

_OF_FILES = (
    *("csv", "max_rejects", "record_source", "required", "drift", "prejoins"),
    *("freshness", "ignore_file_case"),
    *("parts", "max_unpacked"),
)
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
INTEGER_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def csv_place(spec: Spec, key: str) -> Location:
    """Return where a CSV setting stands: in the source, or in the defaults of its file."""
    own = spec.get("csv") or {}
    in_source = spec.at("csv", key)
    return in_source if key in own and in_source != spec.at() else spec.default_at("csv", key)


def check_file(spec: Spec, csv: CsvDialect) -> None:
    """Complain about a file outside the landing folder, or one that cannot be taken apart."""
    file: str = spec.data["file"]
    if file.startswith("/") or ".." in file.split("/"):
        expected = "a path below it, without a leading / and without .."
        spec.complain(f"'{file}' leads out of the landing folder", "file", expected=expected)
    try:
        codecs.lookup(csv.encoding)
    except (LookupError, ValueError):
        what = f"unknown encoding '{csv.encoding}'"
        expected = "utf-8, cp1251, latin-1, ..."
        spec.complain_at(csv_place(spec, "encoding"), what, expected=expected)
    if csv.delimiter == csv.quote:
        what = f"the quote is the delimiter as well: '{csv.quote}'"
        spec.complain_at(csv_place(spec, "quote"), what, expected="two different characters")


def check_delivery(spec: Spec) -> None:
    """Complain about a source that says of a delta what only a full delivery can be."""
    for key, delta in (
        ("empty_delivery", "a delta, which ends nothing"),
        ("parts", "a delta, each file of which is changes of its own"),
    ):
        # In the defaults of a file it may be meant for the full deliveries among its sources.
        own = spec.at(key, key=True) != spec.location
        if own and key in spec.data and spec.get("delivery", "delta") == "delta":
            what = f"'{key}' says nothing about {delta}"
            spec.complain(what, key, key=True, expected="delivery: full")


def check_names(spec: Spec, draft: Draft) -> None:
    """Complain about columns that a stage table cannot hold."""
    naming = draft.project.naming
    own = {name.casefold() for name in (naming.load_dt, naming.load_src, ROW_NO)}
    limits = name_limits(draft.project)
    seen: dict[str, str] = {}
    for section in COLUMN_PARTS:
        for name in spec.get(section) or {}:
            folded = name.casefold()
            if folded in own and not (section != "surrogate" and _is_standard(spec, draft, name)):
                what = f"every stage table has a column '{folded}' of its own"
                expected = "another name"
                if section == "columns":
                    expected += f": {{other: {{header: {name}, type: ..}}}}"
                spec.complain(what, section, name, key=True, expected=expected)
            elif folded in seen:
                what = f"'{name}' is a column already"
                if name != seen[folded]:
                    what = f"'{name}' is the same name as '{seen[folded]}' to a database"
                spec.complain(what, section, name, key=True, expected="another name")
            seen.setdefault(folded, name)
            for what, expected in too_long(limits, name, OF_A_COLUMN):
                spec.complain(what, section, name, key=True, expected=expected)


def _is_standard(spec: Spec, draft: Draft, name: str) -> bool:
    """Tell whether a column is the stage's own load date or record source."""
    naming = draft.project.naming
    return any(
        name == own == spec.get(key)
        for key, own in (("load_dt", naming.load_dt), ("load_src", naming.load_src))
    )


def check_query(spec: Spec) -> None:
    """Complain about what only a file can have."""
    for key in _OF_FILES:
        if key in spec.data:
            what = f"'{key}' says nothing about a query, which is no file"
            spec.complain(what, key, key=True, expected="a source with a file")
    for name, entry in spec.data["columns"].items():
        for key in entry if isinstance(entry, dict) else ():
            if key != "type":
                what = f"'{key}' says nothing about a query's column, which is no text of a file"
                spec.complain(what, "columns", name, key, key=True, expected="the type alone")


def check_sql(spec: Spec, text: str, *path: str) -> None:
    """Complain about SQL that cannot stand inside a statement."""
    plain = _QUOTED.sub("", text)
    for sign, what in (("--", "a comment"), (";", "a semicolon")):
        if sign in plain:
            spec.complain(f"{what} would end the statement around it", *path, expected="SQL alone")


def check_headers(spec: Spec, columns: tuple[SourceColumn, ...]) -> None:
    """Complain about a header that two columns would be read from."""
    seen: dict[str, str] = {}
    for column in columns:
        first = seen.setdefault(column.header.strip().casefold(), column.name)
        # Columns of one name are told already.
        if first.casefold() != column.name.casefold():
            what = f"the header '{column.header}' is read by the column '{first}' already"
            spec.complain(what, "columns", column.name, "header", expected="a header of its own")


def fits_type(value: Any, kind: SqlType) -> bool:  # noqa: ANN401 - a constant of the user's
    """Tell whether a constant is a value of a type, as it stands.

    >>> from dv_gen.model.types import SqlType
    >>> fits_type("2026-11-23", SqlType("date")), fits_type("soon", SqlType("date"))
    (True, False)
    """
    if kind.is_text:
        return isinstance(value, str) and len(value) <= kind.length
    if kind.name == "boolean" or isinstance(value, bool):
        return kind.name == "boolean" and isinstance(value, bool)
    if kind.is_integer:
        return isinstance(value, int) and abs(value) < INTEGER_LIMITS[kind.name]
    try:
        return _fits(str(value), kind)
    except (ValueError, ArithmeticError):
        return False


def _fits(text: str, kind: SqlType) -> bool:
    if kind.name == "date":
        return date.fromisoformat(text).isoformat() == text
    if kind.name == "timestamp":
        moment = datetime.fromisoformat(text)
        return moment.tzinfo is None and text.startswith(f"{moment:%Y-%m-%d}")
    number = Decimal(text)
    if kind.name == "double" or not number.is_finite():
        return number.is_finite()
    digits = -int(number.as_tuple().exponent)
    return digits <= kind.scale and abs(number) < 10 ** (kind.precision - kind.scale)
