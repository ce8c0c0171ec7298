"""SELECT: its rows, and the types that its columns have for the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tests.vertica_standin import meta_functions
from tests.vertica_standin.errors import VerticaError
from tests.vertica_standin.lexing import ident
from tests.vertica_standin.reading import execute
from tests.vertica_standin.results import Result
from tests.vertica_standin.vtypes import VType, vtype_of_duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.vertica_standin.grammar import Statement
    from tests.vertica_standin.names import Column
    from tests.vertica_standin.session import Session

Described = list[tuple[str, VType]]
_TIMESTAMPTZ = 13


def run(session: Session, statement: Statement) -> Result:
    """Run a query."""
    if (meta := meta_functions.found(statement.tree)) is not None:
        return meta_functions.run(session, meta)
    _lock(session, statement)
    sql = statement.duckdb
    execute(session.connection, sql)
    columns = [(item[0], vtype_of_duckdb(str(item[1]))) for item in session.connection.description]
    if any(vtype.oid == _TIMESTAMPTZ for _, vtype in columns):
        execute(session.connection, _without_zones(sql, columns))
    rows = session.connection.fetchall()
    return Result("SELECT", declared(session, statement.tree, columns), rows)


def _lock(session: Session, statement: Statement) -> None:
    """SELECT .. FOR UPDATE takes an X lock on the tables that it reads."""
    if statement.tree.args.get("locks"):
        for table in statement.tree.find_all(exp.Table):
            session.transaction.lock(session.names.table(table).label, "X")


def describe(session: Session, sql: str, tree: exp.Expression) -> Described:
    """Return the columns that a query would have, from its text for DuckDB and its tree."""
    rows = execute(session.connection, f"DESCRIBE {sql}").fetchall()
    columns = [(row[0], vtype_of_duckdb(row[1])) for row in rows]
    return declared(session, tree, columns)


def _without_zones(sql: str, columns: Described) -> str:
    """Moments in UTC without a zone: DuckDB's own would be objects of another library."""
    names = [ident(f"c{number}") for number in range(len(columns))]
    items = [
        f"timezone('UTC', {name})" if vtype.oid == _TIMESTAMPTZ else name
        for name, (_, vtype) in zip(names, columns, strict=True)
    ]
    return f"SELECT {', '.join(items)} FROM ({sql}) AS q({', '.join(names)})"


def declared(session: Session, tree: exp.Expression, columns: Described) -> Described:
    """Give plain columns of tables their declared types: DuckDB forgets the lengths."""
    if not isinstance(tree, exp.Select) or not tree.args.get("from_"):
        return columns
    sources = [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or ())]
    known = _known(session, sources)
    items = [item.unalias() for item in tree.expressions]
    if len(items) == 1 and isinstance(items[0], exp.Star) and len(sources) == 1:
        items = [exp.column(name) for name, _ in columns]
    if known is None or len(items) != len(columns):
        return columns
    return [
        (name, _declared(known, item) or vtype)
        for item, (name, vtype) in zip(items, columns, strict=True)
    ]


def _known(
    session: Session, sources: Sequence[exp.Expression]
) -> dict[str, dict[str, Column]] | None:
    known: dict[str, dict[str, Column]] = {}
    for source in sources:
        if not isinstance(source, exp.Table):
            return None
        try:
            known[source.alias_or_name.lower()] = session.names.table(source).by_name
        except VerticaError:
            return None
    return known


def _declared(known: dict[str, dict[str, Column]], item: exp.Expression) -> VType | None:
    if not isinstance(item, exp.Column):
        return None
    for alias, columns in known.items():
        if item.table.lower() in ("", alias) and item.name.lower() in columns:
            return columns[item.name.lower()].type
    return None
