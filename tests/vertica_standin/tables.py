"""CREATE TABLE: columns, keys, and what Vertica checks of the physical clauses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from tests.vertica_standin import queries
from tests.vertica_standin.catalog import TEMPORARY
from tests.vertica_standin.errors import exists_already, no_column, not_emulated
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.names import comment, comment_sql, creating, quoted
from tests.vertica_standin.physical import Physical
from tests.vertica_standin.transactions import Temporary
from tests.vertica_standin.translation import to_duckdb
from tests.vertica_standin.vtypes import VType, vtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.vertica_standin.grammar import Statement, Template
    from tests.vertica_standin.session import Session

Changed = list[tuple[str, str]]
_CACHED = 4096
_IDENTITY = ("IDENTITY", "AUTO_INCREMENT")


@dataclass
class _Column:
    name: str
    type: VType
    nullable: bool = True
    identity: bool = False
    extra: str = ""

    @property
    def sql(self) -> str:
        null = "" if self.nullable else " NOT NULL"
        return f"{ident(self.name)} {self.type.duck}{self.extra}{null}"

    @property
    def meta(self) -> dict[str, Any]:
        identity = {"identity": "true"} if self.identity else {}
        return {"t": self.type.sql, "oid": self.type.oid, **identity}


@dataclass
class _Definition:
    """What a CREATE TABLE says.

    Attributes:
        making: DuckDB's statements before the table's own.
        keys: the PRIMARY KEY and UNIQUE constraints, as the table's comment has them.
    """

    schema: str
    name: str
    columns: dict[str, _Column] = field(default_factory=dict)
    constraints: list[str] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    making: list[str] = field(default_factory=list)

    def key(self, kind: str, name: str, columns: Sequence[str], *, enabled: bool) -> None:
        """Note a key; DuckDB holds it when it is enabled."""
        for column in columns:
            if column.lower() not in self.columns:
                raise no_column(column, "ROLLBACK")
        on = str(enabled).lower()
        self.keys.append({"type": kind, "name": name, "cols": list(columns), "enabled": on})
        if kind == "p":
            for column in columns:
                self.columns[column.lower()].nullable = False
        if enabled:
            word = "PRIMARY KEY" if kind == "p" else "UNIQUE"
            self.constraints.append(f"{word} ({', '.join(map(ident, columns))})")


def is_temporary(words: Sequence[str]) -> bool:
    """Say whether the words of a statement begin the definition of a temporary table."""
    return any(word in ("TEMP", "TEMPORARY") for word in words[1:3])


def create(session: Session, statement: Statement) -> Changed:
    """Make a table."""
    tree = statement.tree
    clauses = {
        type(clause).__name__: clause
        for clause in (tree.args.get("properties") or exp.Properties()).expressions
    }
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    temporary = "TemporaryProperty" in clauses
    if temporary and "LocalProperty" not in clauses:
        raise not_emulated("GLOBAL TEMPORARY TABLE")
    schema = TEMPORARY if temporary else table.db or session.names.resolve(table)[0]
    if session.names.exists(schema, table.name):
        if not tree.args.get("exists"):
            raise exists_already(table.name)
        text = f'Object "{table.name}" already exists; nothing was done'
        session.notices.append((4214, text))
        return []
    definition = _Definition(schema, table.name)
    sql = _making(session, statement, clauses, definition)
    physical = Physical(
        clauses,
        {name: column.type for name, column in definition.columns.items()},
        frozenset(name for name, column in definition.columns.items() if column.nullable),
    )
    physical.check()
    meta = {
        "cols": {column.name: column.meta for column in definition.columns.values()},
        "cons": definition.keys,
        **physical.meta,
    }
    if not sql:
        parts = [column.sql for column in definition.columns.values()]
        parts += [*definition.constraints, *physical.constraints]
        sql = f"{creating(schema, table.name)} ({', '.join(parts)})"
    making = [*definition.making, sql, comment_sql(schema, table.name, meta)]
    is_made = statement.tree.expression is not None
    for part in making:
        if not (is_made and part is sql):
            session.transaction.run(part)
    session.names.note(schema, table.name, comment(meta))
    if temporary:
        commit = clauses.get("OnCommitProperty")
        kept = commit is not None and not commit.args.get("delete", True)
        session.transaction.keep_temporary(table.name, Temporary(making, kept))
    return [(schema, table.name)]


def _making(
    session: Session,
    statement: Statement,
    clauses: dict[str, exp.Expression],
    definition: _Definition,
) -> str:
    """Fill in the definition; return the statement where it is not made of the columns."""
    if like := clauses.get("LikeProperty"):
        for column in session.names.table(like.this).columns:
            definition.columns[column.name.lower()] = _Column(
                column.name, column.type, nullable=column.nullable
            )
        return ""
    query = statement.tree.expression
    if query is not None:
        source = statement.filled(_query_sql(statement.template))
        sql = f"{creating(definition.schema, definition.name)} AS {source}"
        # Made before it is asked for its columns: to ask the query would be to plan it twice.
        session.transaction.run(sql)
        made = quoted(definition.schema, definition.name)
        for name, declared in queries.describe(session, made, query):
            definition.columns[name.lower()] = _Column(name, declared)
        return sql
    for item in statement.tree.this.expressions:
        if isinstance(item, exp.ColumnDef):
            _add_column(definition, item)
    for item in statement.tree.this.expressions:
        if not isinstance(item, exp.ColumnDef):
            _add_constraints(definition, item)
    return ""


@lru_cache(maxsize=_CACHED)
def _query_sql(template: Template) -> str:
    return to_duckdb(template.tree.expression)


# ---------------------------------------------------------------- columns


def _add_column(definition: _Definition, item: exp.ColumnDef) -> None:
    spelled = item.kind.sql("vertica")
    identity = spelled.upper().startswith(_IDENTITY)
    column = _Column(item.name, vtype("BIGINT" if identity else spelled), identity=identity)
    definition.columns[item.name.lower()] = column
    if identity:
        sequence = f"{ident(definition.schema)}.{ident(f'{definition.name}_{item.name}_seq')}"
        definition.making.append(f"CREATE SEQUENCE {sequence}")
        column.extra += f" DEFAULT nextval({lit(sequence)})"
    for constraint in (part.kind for part in item.constraints):
        _constrain(definition, column, constraint)


def _constrain(definition: _Definition, column: _Column, constraint: exp.Expression) -> None:
    kind = type(constraint).__name__
    enabled = constraint.args.get("enforced")
    if isinstance(constraint, exp.NotNullColumnConstraint):
        column.nullable = bool(constraint.args.get("allow_null"))
    elif isinstance(constraint, exp.DefaultColumnConstraint):
        column.extra += f" DEFAULT ({to_duckdb(constraint.this)})"
    elif "PrimaryKey" in kind:
        definition.key("p", "C_PRIMARY", [column.name], enabled=bool(enabled))
    elif "Unique" in kind:
        definition.key("u", "C_UNIQUE", [column.name], enabled=bool(enabled))
    elif "Check" in kind and enabled is not False:
        column.extra += f" CHECK ({to_duckdb(constraint.this)})"


def _add_constraints(definition: _Definition, item: exp.Expression) -> None:
    named = isinstance(item, exp.Constraint)
    for constraint in item.expressions if named else [item]:
        kind = type(constraint).__name__
        enabled = constraint.args.get("enforced")
        if "PrimaryKey" in kind or "Unique" in kind:
            primary = "PrimaryKey" in kind
            name = item.name if named else "C_PRIMARY" if primary else "C_UNIQUE"
            columns = list(key_columns(constraint))
            definition.key("p" if primary else "u", name, columns, enabled=bool(enabled))
        elif "Check" in kind and enabled is not False:
            definition.constraints.append(f"CHECK ({to_duckdb(constraint.this)})")


def key_columns(constraint: exp.Expression) -> Iterator[str]:
    """Yield the names of the columns of a key."""
    inside = constraint.this if isinstance(constraint.this, exp.Schema) else constraint
    for item in inside.expressions:
        yield item.name
