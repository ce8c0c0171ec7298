"""A source: one kind of file, its columns and the keys in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dv_gen.model.types import HASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.errors import Location
    from dv_gen.model.types import SqlType


@dataclass(frozen=True)
class SourceColumn:
    """A column as the file delivers it.

    Attributes:
        name: its name in the stage.
        type: its type in the stage.
        nullable: whether it may come empty.
        header: its name in the file's header.
        format: strftime-like format of a date or timestamp, or an empty string.
        decimal: the decimal mark, a point or a comma.
        trim: whether blanks around its text are dropped.
    """

    name: str
    type: SqlType
    nullable: bool = True
    header: str = ""
    format: str = ""
    decimal: str = "."
    trim: bool = False


@dataclass(frozen=True)
class DerivedColumn:
    """A column that the stage computes: from a constant or an SQL expression.

    Attributes:
        code: whether it is a constant in a key, which says nothing about whether there is a key.
    """

    name: str
    type: SqlType
    nullable: bool
    constant: bool | int | str | None = None
    expression: str = ""
    code: bool = False


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
class Source:
    """One source; ``file`` is an exact name, a folder ending in ``/`` or a glob.

    Attributes:
        max_rejects: rows, or a share of the rows when ``max_rejects_share`` is true (0.01 = 1 %).
        record_source: the constant for ``load_src``, or an empty string for the file's own path.
        required: whether a missing file is an error.
        drift: what an unknown column in the header does: ``fail``, ``warn`` or ``ignore``.
        delivery: ``delta``, or ``full`` when what a delivery lacks has vanished.
        empty_delivery: what a full delivery without a row does: ``error`` or ``accept``.
    """

    name: str
    location: Location
    file: str
    columns: tuple[SourceColumn, ...]
    keys: tuple[KeyUse, ...] = ()
    surrogate: Surrogate | None = None
    derived: tuple[DerivedColumn, ...] = ()
    csv: CsvDialect = CsvDialect()
    max_rejects: float = 0
    max_rejects_share: bool = False
    record_source: str = ""
    required: bool = True
    drift: str = "fail"
    delivery: str = "delta"
    empty_delivery: str = "error"
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
    def given(self) -> tuple[SourceColumn | DerivedColumn, ...]:
        """The delivered and the derived columns, in the stage's order."""
        return (*self.columns, *self.derived)

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
