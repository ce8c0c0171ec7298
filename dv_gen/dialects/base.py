"""What a dialect has to state about its engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from dv_gen.model.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Mapping

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


# The same few names stand in thousands of statements.
@cache
def quoted(name: str) -> str:
    """Return a name as an identifier of SQL: the one place where names are quoted.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


@cache
def quoted_table(schema: str, name: str) -> str:
    """Return a table's name with its schema, both quoted."""
    return f"{quoted(schema)}.{quoted(name)}"


@dataclass(frozen=True)
class SessionSetting:
    """A setting that every session of dv-gen has to have.

    Attributes:
        name: its name, for messages.
        query: what shows it, in the last column of one row.
        value: how the answer begins.
    """

    name: str
    query: str
    value: str


@dataclass(frozen=True)
class NeededSetting:
    """A setting of a target that another one needs.

    Attributes:
        setting: the setting that needs another one.
        values: those of its values that do.
        needs: the name of the other one.
        reason: what the other one says, for messages.
    """

    setting: str
    values: tuple[str, ...]
    needs: str
    reason: str


@dataclass(frozen=True)
class Dialect:
    """Facts about one engine.

    Attributes:
        name: the dialect's name, also of its fragments file.
        max_identifier_bytes: the longest name in bytes of UTF-8.
        octets_per_character: how many octets a declared character may need (1 where the
            engine counts characters).
        max_varchar: the longest plain text type in the engine's own unit.
        long_varchar: the type of longer ones; ``{}`` stands for the length.
        collation: what a column of text is declared with where it would not be ordered by bytes.
        digest_types: the native column type for a digest of so many bytes.
        binary_types: the column type for that many plain bytes.
        type_words: the engine's word for a type where it is not the metadata's own.
        transactional_ddl: whether CREATE and DROP can be rolled back.
        explains: the first words of the statements that EXPLAIN takes.
        meta_functions: functions that act when they are called, so that EXPLAIN is not asked.
        driver: the Python package of the driver, as installers name it.
        oldest_driver: the oldest version of the driver that dv-gen is written for.
        oldest_server: the oldest version of the engine that dv-gen is written for.
        partitions: whether tables of history are partitioned by their date, unless a target
            says otherwise.
        monthly_partitions: whether partitions are tables of their own, which loads make by the
            month.
        lifted_keys: whether a table's key is an index that is made faster behind its first rows.
        with_is_inlined: whether a WITH query is computed anew wherever it is used.
        max_characters: the longest text that a column may hold, where longer ones can be kept
            but neither hashed nor compared; 0 where there are none.
        server_copy: whether the server can read files from S3 by itself (``copy: server``); the
            fragments for that are in a file of their own, ``NAME_server.sql.j2``.
        session_settings: what every session is set to, for ``dv-gen doctor`` to show.
        needed_settings: settings of a target that need others, told by ``dv-gen validate``.
        stored_words: types that the engine stores as another one, in the metadata's words.
        text_is_limited: whether the engine keeps the length of a text type.
        number_words: the digits that each longer form of a decimal has room for, where a column of
            numbers can be changed within one form alone and never in its scale; empty where every
            wider type can take its place.
        keys_are_fixed: whether a column of the primary key cannot change its type.
    """

    name: str
    max_identifier_bytes: int
    octets_per_character: int
    max_varchar: int
    long_varchar: str
    collation: str
    digest_types: dict[int, str]
    binary_types: dict[int, str]
    type_words: dict[str, str]
    transactional_ddl: bool = True
    explains: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE")
    meta_functions: tuple[str, ...] = ()
    driver: str = ""
    oldest_driver: tuple[int, ...] = ()
    oldest_server: tuple[int, ...] = ()
    partitions: bool = False
    monthly_partitions: bool = False
    lifted_keys: bool = False
    with_is_inlined: bool = False
    max_characters: int = 0
    server_copy: bool = False
    session_settings: tuple[SessionSetting, ...] = ()
    needed_settings: tuple[NeededSetting, ...] = ()
    stored_words: Mapping[str, str] = field(default_factory=dict)
    text_is_limited: bool = True
    number_words: tuple[int, ...] = ()
    keys_are_fixed: bool = False

    def column_type(self, kind: SqlType, *, digest_bytes: int = 16, store: str = "native") -> str:
        """Return the engine's words for a column of type ``kind``."""
        if kind.name == "hash":
            forms = {"native": self.digest_types, "binary": self.binary_types}
            hexadecimal = f"CHAR({2 * digest_bytes})"
            return forms[store][digest_bytes] if store in forms else hexadecimal
        if kind.is_text:
            return self.text_type(kind.length)
        if kind.name == "decimal":
            return f"DECIMAL({kind.precision}, {kind.scale})"
        return self.type_words.get(kind.name, kind.name.upper())

    def declared_type(self, kind: SqlType, *, digest_bytes: int = 16, store: str = "native") -> str:
        """Return the engine's words for a column of type ``kind`` where a table is made."""
        words = self.column_type(kind, digest_bytes=digest_bytes, store=store)
        hexadecimal = kind.name == "hash" and store not in ("native", "binary")
        return self.collated(words) if kind.is_text or hexadecimal else words

    def collated(self, words: str) -> str:
        """Return a type of text as a table declares it."""
        return f"{words} {self.collation}" if self.collation else words

    def stored_type(self, text: str) -> SqlType:
        """Return a type as the engine stores it.

        Two texts that the engine takes for the same type give the same answer. A length of 0 is no
        limit; a type that the metadata has no word for keeps its own.

        Args:
            text: the engine's words, from its catalog or from a rendered statement.
        """
        word, first, second = _parsed(text)
        word = self.stored_words.get(word, word)
        if word == "decimal":
            return SqlType(word, precision=first, scale=second)
        if word in ("varchar", "char") and not self.text_is_limited:
            return SqlType("varchar")
        return SqlType(word, length=first if word in ("varchar", "char", "bytes") else 0)

    def text_type(self, characters: int) -> str:
        """Return the type that holds so many characters of text."""
        length = characters * self.octets_per_character
        plain = length <= self.max_varchar
        return f"VARCHAR({length})" if plain else self.long_varchar.format(length)


@cache
def _parsed(text: str) -> tuple[str, int, int]:
    """Return a type's word and its two numbers, 0 where it has none."""
    plain = text.lower().partition(" collate ")[0].strip()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        return plain, 0, 0
    return _WORDS.get(found[1], found[1]), int(found[2] or 0), int(found[3] or 0)
