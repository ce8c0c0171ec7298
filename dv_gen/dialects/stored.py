"""Types as catalogs and rendered statements spell them, in one form that can be compared."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dv_gen.model.types import SqlType

if TYPE_CHECKING:
    from dv_gen.dialects.base import Dialect

_SHAPE = re.compile(r"([a-z][a-z ]*?)\s*(?:\((\d+)(?:\s*,\s*(\d+))?\))?(?:\s+without time zone)?")
# What engines call the types that the metadata knows, and those that hold digests.
_WORDS = {
    "int2": "smallint",
    "int4": "integer",
    "int": "integer",
    "int8": "bigint",
    "numeric": "decimal",
    "double precision": "double",
    "float": "double",
    "float8": "double",
    "bool": "boolean",
    "character varying": "varchar",
    "long varchar": "varchar",
    "text": "varchar",
    "character": "char",
    "bpchar": "char",
    "blob": "bytes",
    "bytea": "bytes",
    "varbinary": "bytes",
}


def stored_type(text: str, dialect: Dialect) -> SqlType:
    """Return a type as the engine stores it.

    Two texts that an engine takes for the same type give the same answer. A length of 0 is no
    limit; a type that the metadata has no word for keeps its own.

    Args:
        text: the engine's words, from its catalog or from a rendered statement.
        dialect: whose words they are.
    """
    word, first, second = _parsed(text)
    word = dialect.stored_words.get(word, word)
    if word == "decimal":
        return SqlType(word, precision=first, scale=second)
    if word in ("varchar", "char") and not dialect.text_is_limited:
        return SqlType("varchar")
    return SqlType(word, length=first if word in ("varchar", "char", "bytes") else 0)


@cache
def _parsed(text: str) -> tuple[str, int, int]:
    """Return a type's word and its two numbers, 0 where it has none."""
    plain = text.lower().partition(" collate ")[0].strip()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        return plain, 0, 0
    return _WORDS.get(found[1], found[1]), int(found[2] or 0), int(found[3] or 0)
