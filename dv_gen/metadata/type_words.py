"""What to say about a text that should be a type: what is wrong with it, what was meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dv_gen.metadata.names import nearest
from dv_gen.model.types import NAMES, parse_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Parsed = TypeVar("Parsed")

EXAMPLES = "integer, bigint, decimal(10,2), varchar(200), date, timestamp, ..."
# The words of other systems, and of other moods.
_ELSEWHERE = {
    "char": "varchar",
    "character": "varchar",
    "clob": "varchar",
    "bool": "boolean",
    "datetime": "timestamp",
    "float": "double",
    "int": "integer",
    "money": "decimal",
    "numeric": "decimal",
    "nvarchar": "varchar",
    "number": "decimal",
    "real": "double",
    "serial": "integer",
    "str": "varchar",
    "text": "varchar",
    "timestamp without time zone": "timestamp",
    "timestamptz": "timestamp",
    "tinyint": "smallint",
}
_LENGTHS = {"varchar": "varchar(200)", "decimal": "decimal(10,2)"}
_SHAPE = re.compile(r"\s*([^()]*?)\s*(\(.*\))?\s*")


def explain_type(text: str, parse: Callable[[str], Parsed]) -> tuple[Parsed | None, str, str]:
    """Return what ``parse`` makes of ``text``; or None, what is wrong and what was meant.

    >>> explain_type("datetime", parse_type)
    (None, "'datetime' is not a type", 'timestamp')
    """
    try:
        return parse(text), "", ""
    except ValueError as error:
        return None, str(error), _meant(text)


def _meant(text: str) -> str:
    found = _SHAPE.fullmatch(text.lower())
    if found is None:
        return ""
    word = re.sub(r"(\s+not)?\s+null$", "", found[1])
    length = found[2] or ""
    words = {**dict(zip(NAMES, NAMES, strict=True)), **_ELSEWHERE}
    meant = words.get(nearest(word, words), "")
    for candidate in (meant + length, _LENGTHS.get(meant, meant)):
        try:
            parse_type(candidate)
        except ValueError:
            continue
        return candidate
    return ""
