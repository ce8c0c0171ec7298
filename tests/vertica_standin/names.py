"""Names: schemas, tables, columns, and what a table's comment says beside.

The comment of a table in DuckDB is JSON: `cols` (per column `t`: Vertica's type, `oid`, `identity`,
`c`: its comment), `cons` (keys), `segment`, `partition`, `c` (the table's comment).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from tests.vertica_standin.catalog import SYSTEM_SCHEMAS, TEMPORARY
from tests.vertica_standin.errors import VerticaError, no_relation, no_schema, not_emulated
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.reading import execute
from tests.vertica_standin.vtypes import VType, vtype, vtype_of_duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from tests.vertica_standin.catalog import Changes
    from tests.vertica_standin.transactions import Temporary, Transaction

_CATALOGS = (
    ("duckdb_tables", "table_name", "coalesce(comment, '')"),
    ("duckdb_views", "view_name", "''"),
)
_UNKNOWN = object()
_SPELLED = {"int": "BIGINT", "float": "DOUBLE PRECISION"}


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: VType
    nullable: bool
    identity: bool


@dataclass(frozen=True)
class Table:
    """A table or view, as a session sees it."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    meta: dict[str, Any]

    @property
    def sql(self) -> str:
        """The quoted name in DuckDB."""
        return quoted(self.schema, self.name)

    @property
    def is_temporary(self) -> bool:
        """Whether it is a local temporary table."""
        return self.schema == TEMPORARY

    @property
    def label(self) -> str:
        """The name as locks and messages have it."""
        return f"{self.schema}.{self.name}"

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names in lower case."""
        return {column.name.lower(): column for column in self.columns}


def quoted(schema: str, name: str) -> str:
    """Return the quoted name of a table in DuckDB."""
    return f"{'temp' if schema == TEMPORARY else ident(schema)}.{ident(name)}"


def creating(schema: str, name: str) -> str:
    """Return how a statement begins that makes a table in DuckDB."""
    return f"CREATE {'TEMP ' if schema == TEMPORARY else ''}TABLE {quoted(schema, name)}"


def comment_sql(schema: str, name: str, meta: dict[str, Any]) -> str:
    """Return the statement that notes what is known of a table."""
    return f"COMMENT ON TABLE {quoted(schema, name)} IS {lit(comment(meta))}"


def comment(meta: dict[str, Any]) -> str:
    """Return the comment of a table that says what is known of it."""
    return json.dumps(meta)


def table_named(text: str) -> exp.Table:
    """Return the table of a text such as ``schema.table``."""
    return exp.to_table(text, dialect="postgres")


@dataclass
class Shared:
    """What all sessions know of lasting tables.

    Attributes:
        tables: those that some session has read, and how many changes were seen by then.
        comments: of a table that was made, empty of a view, None of what was dropped; where none
            is kept DuckDB's catalog is asked, which takes longer than to make a table.
    """

    tables: dict[tuple[str, str], tuple[int, Table]] = field(default_factory=dict)
    comments: dict[tuple[str, str], str | None] = field(default_factory=dict)


class Names:
    """The tables that a session can name.

    Args:
        connection: the session's.
        transaction: the session's.
        changes: what all sessions change.
        shared: what all sessions know.
    """

    def __init__(
        self,
        connection: DuckDBPyConnection,
        transaction: Transaction,
        changes: Changes,
        shared: Shared,
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._changes = changes
        self._shared = shared
        self._noted: dict[tuple[str, str], str | None] = {}
        self._own: dict[tuple[str, str], tuple[int, Temporary | None, Table]] = {}
        self._schemas: dict[str, tuple[int, frozenset[str]]] = {}
        self.path: Sequence[str] = ("public",)

    def resolve(self, table: exp.Table) -> tuple[str, str]:
        """Return the schema and the name that a table has, or would have."""
        if table.db:
            return (TEMPORARY if table.db.lower() == "v_temp_schema" else table.db), table.name
        if table.name.lower() in self._transaction.temporary:
            return TEMPORARY, table.name
        schemas = self._schemas_of(table.name)
        first = (schema for schema in self.path if schema.lower() in schemas)
        return next(first, self.path[0]), table.name

    def may_be(self, table: exp.Table) -> bool:
        """Say whether there may be such a table: no, for a bare name that nothing has."""
        known = table.db or table.name.lower() in self._transaction.temporary
        return bool(known or self._schemas_of(table.name))

    def _schemas_of(self, name: str) -> frozenset[str]:
        """Return the schemas that have a lasting table of a name, kept until one is changed."""
        if not self._changes.may_be_named(name):
            return frozenset()
        kept = self._schemas.get(name)
        if kept is None or kept[0] < self._changes.last_named(name):
            found = execute(
                self._connection,
                "SELECT lower(schema_name) FROM duckdb_tables() "
                "WHERE NOT temporary AND lower(table_name) = lower(?)",
                [name],
            ).fetchall()
            kept = self._transaction.seen, frozenset(schema for (schema,) in found)
            self._schemas[name] = kept
        return kept[1]

    def table(self, table: exp.Table) -> Table:
        """Return a table with its columns.

        Raises:
            VerticaError: when there is none, or no such schema.
        """
        return self.at(*self.resolve(table))

    def at(self, schema: str, name: str) -> Table:
        """Return the table of a schema and a name, kept until it is changed.

        Raises:
            VerticaError: when there is none, or no such schema.
        """
        key = schema.lower(), name.lower()
        seen, changed = self._transaction.seen, self._changes.last(*key)
        if schema == TEMPORARY:
            # It may be made anew under its name, which no other session hears of.
            made = self._transaction.temporary.get(key[1])
            own = self._own.get(key)
            if own is None or own[0] < changed or own[1] is not made:
                own = self._own[key] = seen, made, self._read(schema, name)
            return own[2]
        kept = self._shared.tables.get(key)
        # What another session has read of a later moment may not be there for this one yet.
        if kept is None or not changed <= kept[0] <= seen:
            kept = self._shared.tables[key] = seen, self._read(schema, name)
        return kept[1]

    def note(self, schema: str, name: str, comment: str | None) -> None:
        """Note what a lasting table or view is told by, from `settle` on."""
        if schema != TEMPORARY:
            self._noted[schema.lower(), name.lower()] = comment

    def settle(self) -> None:
        """Tell all sessions what was noted: it is committed."""
        for key, told in self._noted.items():
            # Another session may have made what this one found to be missing.
            if self._changes.last(*key) <= self._transaction.seen:
                self._shared.comments[key] = told
            else:
                self._shared.comments.pop(key, None)
        self._noted.clear()

    def forget(self) -> None:
        """Ask DuckDB's catalog again: what was noted may not be so."""
        self._noted.clear()
        self._shared.comments.clear()

    def column_names(self, table: exp.Table) -> list[str] | None:
        """Return the names of a table's columns, None when there is no such table."""
        try:
            return [column.name.lower() for column in self.table(table).columns]
        except VerticaError:
            return None

    def exists(self, schema: str, name: str) -> bool:
        """Say whether there is such a table or view now."""
        if schema == TEMPORARY:
            return name.lower() in self._transaction.temporary
        return self._changes.may_be(schema, name) and self._found(schema, name) is not None

    def _found(self, schema: str, name: str) -> str | None:
        """Return the comment of a table, an empty one of a view, None where neither is there."""
        key = schema.lower(), name.lower()
        told = self._shared.comments.get(key, _UNKNOWN)
        if schema != TEMPORARY and told is not _UNKNOWN:
            return None if told is None else str(told)
        temporary = "database_name = 'temp'"
        where = temporary if schema == TEMPORARY else f"NOT {temporary}"
        # DESCRIBE alone would do, but a failure ends DuckDB's transaction.
        for catalog, column, comment in _CATALOGS:
            found = execute(
                self._connection,
                f"SELECT {comment} FROM {catalog}() WHERE {where} "
                f"AND lower(schema_name) = lower(?) AND lower({column}) = lower(?)",
                [schema, name],
            ).fetchone()
            if found:
                return str(found[0])
        return None

    def _read(self, schema: str, name: str) -> Table:
        comment = self._found(schema, name)
        if comment is None:
            raise self._missing(schema, name)
        rows = execute(self._connection, f"DESCRIBE {quoted(schema, name)}").fetchall()
        meta = json.loads(comment) if comment else {}
        columns = meta.get("cols", {})
        return Table(
            schema,
            name,
            tuple(
                _column(row[0], row[1], columns.get(row[0], {}), nullable=row[2] == "YES")
                for row in rows
            ),
            meta,
        )

    def _missing(self, schema: str, name: str) -> VerticaError:
        if schema.lower() in SYSTEM_SCHEMAS:
            return not_emulated(f"{schema}.{name}")
        found = execute(
            self._connection,
            "SELECT 1 FROM duckdb_schemas() WHERE lower(schema_name) = lower(?)",
            [schema],
        ).fetchone()
        label = name if schema == TEMPORARY else f"{schema}.{name}"
        return no_relation(label) if found else no_schema(schema)


def _column(name: str, duck: str, meta: dict[str, Any], *, nullable: bool) -> Column:
    spelled = meta.get("t")
    known = vtype(_SPELLED.get(spelled, spelled)) if spelled else vtype_of_duckdb(duck)
    return Column(name, known, nullable, "identity" in meta)
