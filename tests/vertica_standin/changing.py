"""INSERT, UPDATE, DELETE, MERGE: coercion as Vertica has it, and no value wider than its column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from tests.vertica_standin.duckdb_errors import too_long
from tests.vertica_standin.errors import VerticaError, no_column
from tests.vertica_standin.grammar import parsed
from tests.vertica_standin.lexing import ident, lit, unquote
from tests.vertica_standin.reading import execute
from tests.vertica_standin.results import Result, count_result
from tests.vertica_standin.translation import call, to_duckdb
from tests.vertica_standin.vtypes import check_assignment, vtype_of_duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.vertica_standin.grammar import Statement, Template
    from tests.vertica_standin.names import Column, Table
    from tests.vertica_standin.session import Session

_CACHED = 4096
_UNTYPED = (exp.Literal, exp.Null, exp.ByteString)
# Of what takes any type: it is always cast.
_LITERAL = "null"
_NULL_TYPE = '"NULL"'


def run(session: Session, statement: Statement, kind: str) -> Result:
    """Run a statement that changes a table, under the lock that it takes."""
    table = session.names.table(target(statement))
    session.transaction.lock(table.label, "I" if kind == "INSERT" else "X")
    session.transaction.run(change_sql(session, statement, kind), write=True)
    count = session.connection.fetchone()
    return count_result(kind, count[0] if count else 0)


def target(statement: Statement) -> exp.Table:
    """Return the table that a statement changes."""
    this = statement.tree.this
    return this.this if isinstance(this, exp.Schema) else this


def change_sql(session: Session, statement: Statement, kind: str) -> str:
    """Return DuckDB's text for a statement that changes a table.

    Raises:
        VerticaError: when a column is missing, or a value does not go into it.
    """
    table = session.names.table(target(statement))
    if kind == "INSERT":
        return _insert(session, statement, table)
    tree = statement.tree.copy()
    if type(tree).__name__ == "VerticaMerge":
        kept = {key: tree.args.get(key) for key in ("this", "using", "on", "whens")}
        tree = exp.Merge(**kept)
    _fit_updates(tree, table)
    _fit_merged_inserts(tree, table)
    return statement.filled(to_duckdb(tree))


# ---------------------------------------------------------------- widths


def fitted_sql(sql: str, column: Column, name: str) -> str:
    """Return an expression that raises when its value is wider than the column."""
    width, told = column.type.length, lit(too_long(column.type, name))
    if column.type.kind == "str":
        return f"v_fit(CAST({sql} AS VARCHAR), {width}, {told})"
    if column.type.kind == "bin" and width:
        return f"v_fitb({sql}, {width}, {told})"
    return sql


def _fitted(node: exp.Expression, column: Column) -> exp.Expression:
    function = {"str": "v_fit", "bin": "v_fitb"}.get(column.type.kind)
    if function is None:
        return node
    text = function == "v_fit"
    value = exp.Cast(this=node, to=exp.DataType.build("varchar")) if text else node
    return call(
        function,
        value,
        exp.Literal.number(column.type.length or 0),
        exp.Literal.string(too_long(column.type, column.name)),
    )


def _fit_updates(tree: exp.Expression, table: Table) -> None:
    columns = table.by_name
    for update in tree.find_all(exp.Update):
        for assignment in update.expressions:
            column = columns.get(assignment.this.name.lower())
            if column is None:
                raise no_column(assignment.this.name)
            assignment.set("expression", _fitted(assignment.expression.copy(), column))


def _fit_merged_inserts(tree: exp.Expression, table: Table) -> None:
    columns = table.by_name
    for when in tree.find_all(exp.When):
        insert = when.args.get("then")
        if not isinstance(insert, exp.Insert) or not isinstance(insert.expression, exp.Tuple):
            continue
        names = [item.name for item in insert.this.expressions] if insert.this else list(columns)
        values = [
            _fitted(value.copy(), columns[name.lower()])
            for name, value in zip(names, insert.expression.expressions, strict=False)
        ]
        insert.set("expression", exp.Tuple(expressions=values))


# ---------------------------------------------------------------- INSERT


@dataclass(frozen=True)
class _Source:
    """Where the rows of an INSERT come from.

    Attributes:
        query: DuckDB's text, without the statement's values.
        kept: the places of the target's columns that get a value: DEFAULT is left out.
        untyped: whether each item is a literal, which goes into any column.
        from_values: whether it is INSERT .. VALUES.
        items: DuckDB's text for each value of INSERT .. VALUES.
    """

    query: str
    kept: tuple[int, ...]
    untyped: tuple[bool, ...] | None
    from_values: bool
    items: tuple[str, ...] = ()


def _insert(session: Session, statement: Statement, table: Table) -> str:
    if statement.tree.args.get("default"):
        return f"INSERT INTO {table.sql} DEFAULT VALUES"
    columns = _insert_columns(statement.tree, table)
    octets = tuple(column.type.kind == "bin" for column in columns)
    if any(octets) and isinstance(statement.tree.expression, exp.Values):
        statement = parsed(statement.sql, whole=True)
    source = _source(statement.template, octets)
    columns = [columns[at] for at in source.kept]
    query = statement.filled(source.query)
    if source.from_values and all(source.untyped or ()):
        values = [statement.filled(item) for item in source.items]
        _check(columns, [_LITERAL] * len(values), source.untyped)
        return _values_sql(table, columns, values)
    kinds = _kinds(session, query)
    _check(columns, kinds, source.untyped)
    return _insert_sql(table, columns, kinds, query, named=not source.from_values)


@lru_cache(maxsize=_CACHED)
def _source(template: Template, octets: tuple[bool, ...]) -> _Source:
    """Translate the source of an INSERT, given which of its columns are of bytes."""
    source = template.tree.expression
    everything = tuple(range(len(octets)))
    if not isinstance(source, exp.Values):
        items = list(getattr(source, "selects", []))
        literal = tuple(isinstance(item.unalias(), _UNTYPED) for item in items)
        union = isinstance(source, exp.SetOperation)
        query = to_duckdb(_with_octets(source, octets))
        return _Source(query, everything, None if union else literal, from_values=False)
    values = source.expressions[0].expressions
    places = list(range(len(values)))
    if len(values) == len(octets):
        places = [at for at in places if values[at].sql().upper() != "DEFAULT"]
        everything = tuple(places)
    items = [_octets(values[at], octets, at) for at in places]
    texts = tuple(map(to_duckdb, items))
    untyped = tuple(isinstance(item.unalias(), _UNTYPED) for item in items)
    query = f"SELECT {', '.join(texts)}"
    return _Source(query, everything, untyped, from_values=True, items=texts)


def _values_sql(table: Table, columns: Sequence[Column], values: Sequence[str]) -> str:
    """Return an INSERT of literals alone: their widths are known without asking DuckDB."""
    items = []
    for column, value in zip(columns, values, strict=True):
        if value.startswith("'") and column.type.kind == "str":
            length, width = len(unquote(value).encode()), column.type.length or 0
            if length > width:
                text = (
                    f"String of {length} octets is too long for type {column.type.sized}({width})"
                )
                raise VerticaError(4800, "22001", text, late=True)
            items.append(value)
        else:
            items.append(fitted_sql(f"CAST({value} AS {column.type.duck})", column, ""))
    names = ", ".join(ident(column.name) for column in columns)
    return f"INSERT INTO {table.sql} ({names}) VALUES ({', '.join(items)})"


def _insert_columns(tree: exp.Expression, table: Table) -> list[Column]:
    if not isinstance(tree.this, exp.Schema):
        return [column for column in table.columns if not column.identity]
    columns = []
    for item in tree.this.expressions:
        column = table.by_name.get(item.name.lower())
        if column is None:
            raise no_column(item.name)
        if column.identity:
            raise VerticaError(
                2444,
                "42601",
                f'Cannot insert into or update IDENTITY/AUTO_INCREMENT column "{item.name}"',
            )
        columns.append(column)
    return columns


def _octets(item: exp.Expression, octets: Sequence[bool], at: int) -> exp.Expression:
    """A literal for a column of bytes is one of bytes."""
    plain = item.unalias()
    literal = isinstance(plain, exp.Literal) and plain.is_string
    if at >= len(octets) or not octets[at] or not literal:
        return item
    return exp.Cast(this=plain.copy(), to=exp.DataType.build("varbinary"))


def _with_octets(source: exp.Expression, octets: Sequence[bool]) -> exp.Expression:
    changed = [
        at
        for at, item in enumerate(getattr(source, "selects", []))
        if _octets(item, octets, at) is not item
    ]
    if not changed:
        return source
    source = source.copy()
    for at in changed:
        item = source.selects[at]
        item.unalias().replace(_octets(item, octets, at))
    return source


def _kinds(session: Session, query: str) -> list[str]:
    rows = execute(session.connection, f"DESCRIBE {query}").fetchall()
    return [_LITERAL if row[1] == _NULL_TYPE else vtype_of_duckdb(row[1]).kind for row in rows]


def _check(columns: Sequence[Column], kinds: Sequence[str], untyped: Sequence[bool] | None) -> None:
    if len(kinds) != len(columns):
        more = len(kinds) > len(columns)
        raise VerticaError(  # [?] codes
            3480 if more else 3481,
            "42601",
            f"INSERT has {'more' if more else 'fewer'} expressions than target columns",
        )
    if untyped is None:  # a UNION finds a type of its own
        return
    same = len(untyped) == len(kinds)
    for at, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        if kind != _LITERAL and not (same and untyped[at]):
            check_assignment(column.type, kind, column.name)


def _insert_sql(
    table: Table, columns: Sequence[Column], kinds: Sequence[str], query: str, *, named: bool
) -> str:
    items = []
    for at, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        value = f"q.c{at}"
        if column.type.kind == "bin" and kind == "str":
            value = f"v_bin({value}, 65000)"
        elif column.type.kind != kind:
            value = f"CAST({value} AS {column.type.duck})"
        # Vertica names the column in INSERT .. SELECT only.
        items.append(fitted_sql(value, column, column.name if named else ""))
    names = ", ".join(ident(column.name) for column in columns)
    alias = ", ".join(f"c{at}" for at in range(len(kinds)))
    return (
        f"INSERT INTO {table.sql} ({names}) SELECT {', '.join(items)} FROM ({query}) AS q({alias})"
    )
