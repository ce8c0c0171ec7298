"""Typed rows as a CSV file: an unquoted empty field is NULL, a quoted one is empty text (S5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reference.hashing import full_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.reference.definitions import SourceDef
    from tests.reference.sql_types import Value

SPECIAL = set(',"\r\n')


def csv_text(
    source: SourceDef, rows: Iterable[Mapping[str, Value]], *, quote_all: bool = False
) -> str:
    """A file with a header; line feeds end its lines.

    Args:
        source: the declared columns.
        rows: values by column; one that is absent is NULL.
        quote_all: whether text is quoted also where it need not be.
    """
    lines = [",".join(source.columns)]
    for row in rows:
        fields = (
            field(_text(row.get(column), kind), quote=quote_all and kind.startswith("varchar"))
            for column, kind in source.columns.items()
        )
        lines.append(",".join(fields))
    return "".join(line + "\n" for line in lines)


def _text(value: Value, kind: str) -> str | None:
    """A value with every digit of its type; floating point as Python writes it."""
    return repr(value) if kind == "double" and value is not None else full_text(value, kind)


def field(text: str | None, *, quote: bool = False) -> str:
    """One field, quoted where it must be.

    >>> [field(text) for text in (None, "", "a", 'a"b', "a,b")]
    ['', '""', 'a', '"a""b"', '"a,b"']
    """
    if text is None:
        return ""
    if quote or text == "" or SPECIAL & set(text):
        return '"' + text.replace('"', '""') + '"'
    return text
