"""A source: one kind of file or a query, its columns and the keys in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dv_gen.model.record_source import varies
from dv_gen.model.types import HASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.errors import Location
    from dv_gen.model.types import SqlType


@dataclass(frozen=True)
class SourceColumn:
    """A column as the file delivers it, or the query gives it.

    Attributes:
        name: its name in the stage.
        type: its type in the stage.
        nullable: whether it may come empty.
        header: its name in the file's header.
        format: strftime-like format of a date or timestamp, or an empty string.
        decimal: the decimal mark, a point or a comma.
        trim: whether blanks around its text are dropped.
        nulls: texts that mean NULL in this column, quoted or not.
        optional: whether a file may lack it, which is NULL then (S7).
    """

    name: str
    type: SqlType
    nullable: bool = True
    header: str = ""
    format: str = ""
    decimal: str = "."
    trim: bool = False
    nulls: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Part:
    """A column that a derived one is made of."""

    column: str
    type: SqlType
    nullable: bool


@dataclass(frozen=True)
class DerivedColumn:
    """A column that the stage computes.

    Attributes:
        constant: its value, when it is the same in every row.
        expression: SQL over the columns before it.
        parts: the column that it is a copy of, or those that it joins.
        separator: what stands between the parts.
        checked: whether a value may come that does not fit the type.
        level: 1 when it needs delivered columns only, else one more than those it needs.
        code: whether it is a constant in a key, which says nothing about whether there is a key.
    """

    name: str
    type: SqlType
    nullable: bool
    constant: bool | int | str | None = None
    expression: str = ""
    parts: tuple[Part, ...] = ()
    separator: str | None = None
    checked: bool = False
    level: int = 1
    code: bool = False


@dataclass(frozen=True)
class Prejoin:
    """A column fetched from another source of the same batch.

    Attributes:
        source: the other source.
        on: pairs of a column here and the column there that it refers to.
        column: the other source's column.
    """

    name: str
    type: SqlType
    nullable: bool
    source: str
    on: tuple[tuple[str, str], ...]
    column: str
    location: Location


@dataclass(frozen=True)
class Surrogate:
    """A key made of the row's own natural columns (S4)."""

    name: str
    columns: tuple[str, ...]
    keep_repeats: bool = False


@dataclass(frozen=True)
class KeyUse:
    """Which columns of a source identify which hub; ``role`` tells two uses apart."""

    hub: str
    role: str
    columns: tuple[str, ...]
    feeds: bool
    location: Location

    @property
    def label(self) -> str:
        """The use as the metadata writes it: ``hub`` or ``hub.role``."""
        return f"{self.hub}.{self.role}" if self.role else self.hub


@dataclass(frozen=True)
class CsvDialect:
    """How the file is written; the defaults are RFC 4180 with a header."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    nulls: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Query:
    """A query over the vault: its template text, its file, and the tables that it reads."""

    sql: str
    file: str
    refs: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One source; ``file`` is an exact name, a folder ending in ``/`` or a glob.

    Attributes:
        query: the query that it is instead of a file.
        max_rejects: rows, or a share of the rows when ``max_rejects_share`` is true (0.01 = 1 %).
        max_unpacked: bytes that a compressed file may unpack to; 0 where the target says it.
        record_source: the text for ``load_src``, or an empty string for the file's own path.
        required: whether a missing file is an error.
        needs_new_file: whether a run without a new file of it has failed (R9).
        freshness: seconds that may have passed since a new file came, or 0 for any number of them.
        ignore_case: whether upper and lower case are the same in the names of its files.
        drift: what an unknown column in the header does: ``fail``, ``warn`` or ``ignore``.
        delivery: ``delta``, or ``full`` when what a delivery lacks has vanished.
        empty_delivery: what a full delivery without a row does: ``error`` or ``accept``.
        parts: whether the new files of a full delivery are parts of one (L16).
        load_dt: the column that is each row's load date, or an empty string for the batch's.
        load_src: the column that is each row's record source, or an empty string.
        null_tokens: key columns, each with the value that NULL stands for in keys.
        where: SQL that a row must fulfil, or an empty string.
    """

    name: str
    location: Location
    file: str
    columns: tuple[SourceColumn, ...]
    keys: tuple[KeyUse, ...] = ()
    surrogate: Surrogate | None = None
    derived: tuple[DerivedColumn, ...] = ()
    prejoins: tuple[Prejoin, ...] = ()
    query: Query | None = None
    csv: CsvDialect = CsvDialect()
    max_rejects: float = 0
    max_rejects_share: bool = False
    max_unpacked: int = 0
    record_source: str = ""
    required: bool = True
    needs_new_file: bool = False
    freshness: int = 0
    ignore_case: bool = False
    drift: str = "fail"
    delivery: str = "delta"
    empty_delivery: str = "error"
    parts: bool = False
    load_dt: str = ""
    load_src: str = ""
    null_tokens: tuple[tuple[str, bool | int | str], ...] = ()
    where: str = ""
    tags: tuple[str, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """The columns that are constants in keys."""
        return frozenset(item.name for item in self.derived if item.code)

    @property
    def is_full(self) -> bool:
        """Whether each delivery is the complete set, so that what it lacks has vanished."""
        return self.delivery == "full"

    @property
    def given(self) -> tuple[SourceColumn | DerivedColumn | Prejoin, ...]:
        """The delivered, the derived and the fetched columns, in the stage's order."""
        return (*self.columns, *self.derived, *self.prejoins)

    @property
    def fixed_record_source(self) -> str:
        """The record source that every row has, or an empty string where files differ."""
        return "" if varies(self.record_source) else self.record_source

    @cached_property
    def types(self) -> Mapping[str, tuple[SqlType, bool]]:
        """By name of a column, the surrogate among them: its type and whether it may be NULL."""
        found: dict[str, tuple[SqlType, bool]] = {}
        for column in self.given:
            found.setdefault(column.name, (column.type, column.nullable))
        if self.surrogate:
            found.setdefault(self.surrogate.name, (HASH, False))
        return found

    def key_use(self, hub: str, role: str) -> KeyUse | None:
        """Return the use of ``hub`` in ``role``, or None."""
        return next((use for use in self.keys if (use.hub, use.role) == (hub, role)), None)

    def token(self, column: str) -> bool | int | str | None:
        """Return what NULL stands for where a column identifies a hub, or None."""
        return dict(self.null_tokens).get(column)
