"""What Vertica refuses although the grammar, or DuckDB, lets it pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from tests.vertica_standin.errors import (
    VerticaError,
    no_function,
    no_schema,
    not_emulated,
    syntax,
)
from tests.vertica_standin.vocabulary import (
    BEFORE_PAREN,
    FOREIGN_TYPES,
    FUNCTIONS,
    META_FUNCTIONS,
    NOT_EMULATED,
    STATEMENTS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.vertica_standin.lexing import Token

_FOREIGN_SCHEMAS = ("information_schema", "pg_catalog", "main", "temp")
_FOREIGN_TABLE = re.compile(r"(duckdb|pragma|sqlite|pg)_")
_NAMED = ("word", "name")
_NOT_EQUAL = (*(exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ, exp.Between, exp.Like, exp.ILike),)
_CONCAT_ARGUMENTS = 2


@dataclass(frozen=True)
class LooseName:
    """A name without a table that is an alias of its own SELECT: a column, or a mistake.

    Attributes:
        name: the name.
        tables: the base tables that may have such a column.
        known: the columns of the subqueries beside them.
    """

    name: str
    tables: tuple[exp.Table, ...]
    known: frozenset[str]


# ---------------------------------------------------------------- tokens


def check_tokens(tokens: Sequence[Token], tree: exp.Expression | None) -> None:
    """Refuse words that Vertica's grammar and its functions do not have.

    Raises:
        VerticaError: in Vertica's words.
    """
    first = tokens[0].word
    if first not in STATEMENTS and first != "(":
        raise syntax(tokens[0].text)
    named = tree.find_all(exp.Table, exp.TableAlias, exp.Constraint) if tree else ()
    names = {node.name.upper() for node in named}
    for at in range(len(tokens)):
        _check_sign(tokens, at)
        if tokens[at].kind == "word":
            _check_type(tokens, at)
            _check_function(tokens, at, names)


def _around(tokens: Sequence[Token], at: int) -> tuple[str, str]:
    before = tokens[at - 1].word if at else ""
    return before, tokens[at + 1].text if at + 1 < len(tokens) else ""


def _check_sign(tokens: Sequence[Token], at: int) -> None:
    token = tokens[at]
    before, behind = _around(tokens, at)
    if token.text in ("{", "}"):
        raise syntax(token.text)
    if token.text == "[" and before not in ("ARRAY", "SET", "]"):
        subscript = at and tokens[at - 1].kind in _NAMED and before not in BEFORE_PAREN
        if not subscript:
            raise syntax(token.text)
    if token.kind == "str" and before in ("FROM", "JOIN"):
        raise syntax(token.text)
    if token.word == "DISTINCT" and before in ("IS", "NOT") and behind.upper() == "FROM":
        raise syntax("distinct", "Use the null-safe operator <=>")


def _check_type(tokens: Sequence[Token], at: int) -> None:
    token = tokens[at]
    if token.word not in FOREIGN_TYPES:
        return
    before, behind = _around(tokens, at)
    cast = before in ("::", "::!") or (before == "AS" and behind == ")")
    column = (
        tokens[0].word in ("CREATE", "ALTER")
        and tokens[at - 1].kind in _NAMED
        and behind in ("", ",", ")", "(")
        and before not in BEFORE_PAREN
    )
    if cast or column:
        raise VerticaError(5108, "42704", f'Type "{token.text.lower()}" does not exist')


def _check_function(tokens: Sequence[Token], at: int, names: set[str]) -> None:
    word = tokens[at].word
    if _around(tokens, at)[1] != "(" or word in BEFORE_PAREN or word in names:
        return
    if word in NOT_EMULATED:
        raise not_emulated(f"{word}()")
    if word not in FUNCTIONS and word not in META_FUNCTIONS:
        raise no_function(f"{word}()")


# ---------------------------------------------------------------- structure


def check_tree(tree: exp.Expression) -> None:
    """Refuse structures that Vertica does not have.

    Raises:
        VerticaError: in Vertica's words.
    """
    for node in tree.walk():
        _check_node(node)
    for scope in _scopes(tree):
        for column in scope.external_columns if scope.is_correlated_subquery else ():
            condition = column.find_ancestor(exp.Predicate, exp.Select)
            if column.table and isinstance(condition, _NOT_EQUAL):
                raise VerticaError(  # [?] code
                    4160, "0A000", "Non-equality correlated subquery expression is not supported"
                )


def _check_node(node: exp.Expression) -> None:
    for kind, check in _CHECKS:
        if isinstance(node, kind):
            check(node)


def _check_join(join: exp.Join) -> None:
    if join.kind in ("SEMI", "ANTI", "ASOF", "POSITIONAL"):
        raise syntax(join.kind)


def _check_values(values: exp.Values) -> None:
    if not isinstance(values.parent, exp.Insert):
        raise syntax("VALUES")
    if len(values.expressions) > 1:
        raise syntax(",", "INSERT ... VALUES takes one row")


def _check_concat(concat: exp.Concat) -> None:
    if len(concat.expressions) != _CONCAT_ARGUMENTS:
        arguments = ", ".join(["varchar"] * len(concat.expressions))
        raise no_function(f"CONCAT({arguments})")


def _check_subquery(subquery: exp.Subquery) -> None:
    if isinstance(subquery.parent, (exp.From, exp.Join)) and not subquery.alias:
        raise VerticaError(
            4825,
            "42601",
            "Subquery in FROM must have an alias",
            hint="For example, FROM (SELECT ...) [AS] foo",
        )


def _check_meta_function(function: exp.Anonymous) -> None:
    select = function.parent
    alone = isinstance(select, exp.Select) and not select.args.get("from_")
    if function.name.upper() in META_FUNCTIONS and (not alone or len(select.expressions) > 1):
        raise VerticaError(  # [?] code
            2521,
            "0A000",
            f'Meta-function ("{function.name.lower()}") can be used only in the Select clause',
        )


def _refuse(near: str) -> Callable[[exp.Expression], None]:
    def check(_: exp.Expression) -> None:
        raise syntax(near)

    return check


def _check_table(table: exp.Table) -> None:
    if table.db.lower() in _FOREIGN_SCHEMAS or _FOREIGN_TABLE.match(table.name.lower()):
        raise no_schema(table.db or table.name)


_CHECKS: tuple[tuple[type, Callable[..., None]], ...] = (
    (exp.Qualify, _refuse("QUALIFY")),
    (exp.Filter, _refuse("(")),
    (exp.Join, _check_join),
    (exp.Values, _check_values),
    (exp.Concat, _check_concat),
    (exp.Table, _check_table),
    (exp.Subquery, _check_subquery),
    (exp.Anonymous, _check_meta_function),
)


def _scopes(tree: exp.Expression) -> Iterator[Scope]:
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    if isinstance(query, exp.Query):
        yield from traverse_scope(query)


# ---------------------------------------------------------------- aliases


def loose_names(tree: exp.Expression) -> Iterator[LooseName]:
    """Yield the names that are used in a SELECT beside the alias that they have there.

    DuckDB finds an alias in WHERE and in other expressions of the list; Vertica looks for a column.
    """
    for scope in _scopes(tree):
        if isinstance(scope.expression, exp.Select):
            yield from _loose_in(scope, scope.expression)


def _loose_in(scope: Scope, select: exp.Select) -> Iterator[LooseName]:
    aliases = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
    known: set[str] = set()
    tables: list[exp.Table] = []
    for source in scope.sources.values():
        if isinstance(source, exp.Table):
            tables.append(source)
            continue
        columns = getattr(source.expression, "named_selects", None)
        if columns is None or "*" in columns:
            return
        known |= {column.lower() for column in columns}
    places = [select.args.get("where"), *(select.args.get("joins") or ()), *select.expressions]
    for column in (column for place in places if place for column in place.find_all(exp.Column)):
        name = column.name.lower()
        inside = column.find_ancestor(exp.Select) is select
        if not column.table and name in aliases - known and inside:
            yield LooseName(column.name, tuple(tables), frozenset(known))
