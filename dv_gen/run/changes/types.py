"""Which type may take the place of which, and what that does to the rows that are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dv_gen.model.types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.dialects.base import Dialect
    from dv_gen.engines.base import StoredColumn
    from dv_gen.model.types import SqlType

SAME = "same"
WIDER = "wider"
NARROWER = "narrower"
# Every value has its place there, but another canonical text, so another hash.
OTHER_TEXT = "other text"
# A whole number is the same text.
AS_TEXT = "as text"
OTHER = "other"

# The digits of the largest whole number.
DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}


def change_of(old: SqlType, new: SqlType) -> str:
    """Return what becomes of values of the type ``old`` in a column of the type ``new``.

    A text of length 0 has no limit.

    >>> from dv_gen.model.types import parse_type
    >>> change_of(parse_type("integer"), parse_type("decimal(12,2)"))
    'wider'
    >>> change_of(parse_type("integer"), parse_type("decimal(10,2)"))
    'other'
    """
    if old == new:
        return SAME
    if _is_wider(old, new):
        return WIDER
    if _is_wider(new, old):
        return NARROWER
    if new.is_text and old.name in INTEGERS and _holds(new, old.text_width):
        return AS_TEXT
    if (old.name, new.name) == ("date", "timestamp") or (
        new.is_text and old.name in ("date", "boolean", "decimal", "timestamp")
    ):
        return OTHER_TEXT
    return OTHER


def _is_wider(old: SqlType, new: SqlType) -> bool:
    if old.name in INTEGERS and new.name in INTEGERS:
        return INTEGERS.index(old.name) < INTEGERS.index(new.name)
    if old.name in INTEGERS and new.name == "decimal":
        return new.precision - new.scale >= DIGITS[old.name]
    if old.name == new.name == "decimal":
        return new.scale >= old.scale and new.precision - new.scale >= old.precision - old.scale
    return old.is_text and new.is_text and old.length > 0 and _holds(new, old.length)


def _holds(text: SqlType, characters: int) -> bool:
    return text.length == 0 or text.length >= characters


@dataclass(frozen=True)
class Storage:
    """How an engine stores the types of the metadata.

    Args:
        dialect: the engine's facts.
        digest_bytes: the length of a digest.
        store: the form of a digest.
    """

    dialect: Dialect
    digest_bytes: int
    store: str
    # Thousands of columns have a few dozen types.
    _known: dict[SqlType | str, SqlType] = field(default_factory=dict, compare=False)

    @classmethod
    def of_manifest(cls, dialect: Dialect, manifest: Mapping[str, Any]) -> Storage:
        """Return the storage of a rendered target."""
        return cls(dialect, manifest["digests"]["bytes"], manifest["digests"]["store"])

    def stored(self, kind: SqlType) -> SqlType:
        """Return a type of the metadata as the engine stores it."""
        found = self._known.get(kind)
        if found is None:
            size, store = self.digest_bytes, self.store
            words = self.dialect.column_type(kind, digest_bytes=size, store=store)
            found = self._known[kind] = self.dialect.stored_type(words)
        return found

    def live(self, column: StoredColumn) -> SqlType:
        """Return the type of a column of the catalog."""
        found = self._known.get(column.type)
        if found is None:
            found = self._known[column.type] = self.dialect.stored_type(column.type)
        return found

    def alters(self, old: SqlType, new: SqlType, *, is_key: bool) -> bool:
        """Tell whether a column can be given a wider type in place.

        Args:
            old: its type, as stored.
            new: the wider one, as stored.
            is_key: whether it is part of the table's primary key.
        """
        if is_key and self.dialect.keys_are_fixed:
            return False
        if not self.dialect.number_words or (old.is_text and new.is_text):
            return True
        same = old.name == new.name and old.scale == new.scale
        return same and self._word(old) == self._word(new)

    def _word(self, kind: SqlType) -> int:
        if kind.name != "decimal":
            return -1
        return next(
            (at for at, most in enumerate(self.dialect.number_words) if kind.precision <= most),
            len(self.dialect.number_words),
        )
