"""The standard columns that a source brings itself, and what NULL stands for in its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.source_checks import fits_type
from dv_gen.metadata.names import listed
from dv_gen.model.record_source import PLACEHOLDERS, placeholders, wildcards

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import DerivedColumn, Source, SourceColumn

RECORD_SOURCE_LENGTH = 255


def standard_column(spec: Spec, key: str, columns: Sequence[SourceColumn | DerivedColumn]) -> str:
    """Return the column that ``load_dt`` or ``load_src`` of a source names, if it can be that.

    Args:
        spec: the source's entry.
        key: ``load_dt`` or ``load_src``.
        columns: the source's delivered and derived columns.
    """
    name = spec.get(key, "")
    if not name:
        return ""
    known = [column for part in ("columns", "derived") for column in spec.get(part) or {}]
    if name not in known:
        spec.unknown("column", name, known, key)
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        return ""
    if key == "load_dt" and found.type.name not in ("date", "timestamp"):
        what = f"'{name}' is {found.type}, which is no moment"
        spec.complain(what, key, expected="a timestamp or a date")
        return ""
    if key == "load_src":
        if "record_source" in spec.data:
            what = f"the record source is '{name}' already"
            spec.complain(what, "record_source", key=True, expected="one of the two")
        if not found.type.is_text or found.type.length > RECORD_SOURCE_LENGTH:
            what = f"'{name}' is {found.type}, which is no record source"
            spec.complain(what, key, expected=f"varchar({RECORD_SOURCE_LENGTH}) at most")
            return ""
    return str(name)


def read_null_tokens(
    spec: Spec, draft: Draft, source: Source
) -> Iterator[tuple[str, bool | int | str]]:
    """Yield the key columns that have a value for NULL; complain about those that cannot."""
    keys = {column for use in source.keys for column in use.columns}
    types = {item.name: item for item in source.given}
    known = draft.columns_of(spec.name)
    for name, token in spec.get("null_tokens", {}).items():
        place = ("null_tokens", name)
        if name not in known:
            spec.unknown("column", name, known, *place, key=True)
            continue
        if source.surrogate and source.surrogate.name == name:
            spec.complain(f"'{name}' is never NULL", *place, key=True, expected="another column")
        if name not in types:
            continue
        column = types[name]
        shown = f"'{token}'" if isinstance(token, str) else str(token).lower()
        if not column.nullable:
            what = f"'{name}' is not null, so that nothing has to stand for NULL"
            spec.complain(what, *place, key=True, expected="a column that may be NULL")
        elif name not in keys:
            what = f"'{name}' is no key of this source"
            spec.complain(what, *place, key=True, expected=listed(sorted(keys)) or "a key")
        elif not fits_type(token, column.type):
            spec.complain(f"{shown} is no {column.type}", *place, expected="a value of its type")
        elif isinstance(token, str) and not token.strip(" "):
            spec.complain(f"{shown} is blank, which is no key", *place, expected="a key")
        else:
            yield name, token


def check_record_source(spec: Spec) -> None:
    """Complain about a placeholder that no file can fill."""
    text = spec.get("record_source", "")
    place = spec.at("record_source")
    if place == spec.at():
        place = spec.default_at("record_source")
    count = wildcards(spec.data["file"])
    known = [*PLACEHOLDERS, *(str(number) for number in range(1, count + 1))]
    for name in placeholders(text):
        if name not in known:
            what = f"unknown placeholder '{{{name}}}'"
            if name.isdecimal():
                what += f": the file '{spec.data['file']}' has {count} wildcards"
            expected = listed(f"{{{item}}}" for item in known)
            spec.complain_at(place, what, expected=expected)
