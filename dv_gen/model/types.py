"""SQL types as the metadata writes them, and what may become what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

_SYNONYMS = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "numeric": "decimal",
    "bool": "boolean",
    "string": "varchar",
    "character varying": "varchar",
    "float": "double",
    "double precision": "double",
}
INTEGERS = ("smallint", "integer", "bigint")
_PLAIN = (*INTEGERS, "double", "boolean", "date", "timestamp")
NAMES = (*_PLAIN, "decimal", "varchar")
MAX_PRECISION = 38
MAX_LENGTH = 32_000_000
_SHAPE = re.compile(r"\s*([a-z][a-z0-9 ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.ASCII)


@dataclass(frozen=True)
class SqlType:
    """One type; ``name`` is one of :data:`NAMES`, or ``hash`` for a digest.

    Attributes:
        name: the type's own word.
        length: characters of a ``varchar``, else 0.
        precision: digits of a ``decimal``, else 0.
        scale: digits of a ``decimal`` behind the point, else 0.
    """

    name: str
    length: int = 0
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.name == "varchar":
            return f"varchar({self.length})"
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return self.name

    @cached_property
    def is_text(self) -> bool:
        """Whether values are text."""
        return self.name == "varchar"

    @cached_property
    def is_integer(self) -> bool:
        """Whether values are whole numbers of a fixed width."""
        return self.name in INTEGERS

    def widened(self, other: SqlType) -> SqlType | None:
        """Return the type that holds both without loss and in the same text, or None.

        >>> str(SqlType("varchar", 20).widened(SqlType("varchar", 50)))
        'varchar(50)'
        """
        if self == other:
            return self
        if self.is_text and other.is_text:
            return max(self, other, key=lambda kind: kind.length)
        if self.is_integer and other.is_integer:
            return max(self, other, key=lambda kind: INTEGERS.index(kind.name))
        return None

    def fits_into(self, other: SqlType) -> bool:
        """Tell whether every value of this type can become ``other`` without loss.

        >>> SqlType("integer").fits_into(SqlType("varchar", 20))
        True
        """
        if self.is_integer and other.name == "decimal":
            return other.precision - other.scale >= self.text_width - 1
        if other.is_text:
            return self.name != "double" and self.text_width <= other.length
        return self.widened(other) == other

    @cached_property
    def text_width(self) -> int:
        """The most characters that the value's canonical text can have."""
        fixed = {
            "smallint": 6,
            "integer": 11,
            "bigint": 20,
            "boolean": 5,
            "date": 10,
            "timestamp": 26,
            "double": 24,
            "hash": 64,
            # The sign, the point, and the zero before a point that no digit precedes.
            "decimal": self.precision + (3 if self.precision == self.scale else 2),
        }
        return fixed.get(self.name, self.length)


HASH = SqlType("hash")
BIGINT = SqlType("bigint")
INTEGER = SqlType("integer")
TIMESTAMP = SqlType("timestamp")
BOOLEAN = SqlType("boolean")


def parse_type(text: str) -> SqlType:
    """Return the type that ``text`` names.

    Raises:
        ValueError: when it names none; the message is a phrase for the user.

    >>> str(parse_type("NUMERIC(10, 2)"))
    'decimal(10,2)'
    """
    found = _SHAPE.fullmatch(text.lower())
    if found is None:
        raise ValueError(f"{text!r} is not a type")
    word, first, second = found.groups()
    name = _SYNONYMS.get(word, word)
    if name in _PLAIN:
        if first is not None:
            raise ValueError(f"{name} takes no length")
        return SqlType(name)
    if name == "varchar":
        if first is None or second is not None or not 1 <= int(first) <= MAX_LENGTH:
            raise ValueError(f"varchar needs its length in characters (1 to {MAX_LENGTH})")
        return SqlType("varchar", length=int(first))
    if name == "decimal":
        precision, scale = int(first or 0), int(second or 0)
        # One digit before the point must have room: it is part of the canonical text.
        if not (1 <= precision <= MAX_PRECISION and scale <= min(precision, MAX_PRECISION - 1)):
            raise ValueError(f"decimal needs digits and scale, 1 to {MAX_PRECISION} digits")
        return SqlType("decimal", precision=precision, scale=scale)
    raise ValueError(f"{word!r} is not a type")


@cache
def parse_column_type(text: str) -> tuple[SqlType, bool]:
    """Return the type and whether NULL is allowed, from ``integer not null`` and the like.

    Raises:
        ValueError: when the text names no type; the message is a phrase for the user.
    """
    words = " ".join(text.split())
    lowered = words.lower()
    if lowered.endswith(" not null"):
        return parse_type(words[: -len(" not null")]), False
    if lowered.endswith(" null"):
        return parse_type(words[: -len(" null")]), True
    return parse_type(words), True
