"""Statements, parsed once for every text.

A run sends the same statement again and again with other values in it. Values stand in casts,
``CAST('..' AS TIMESTAMP)``, so they are taken out first, and the parsed and translated text is
found again under what remains.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, ClassVar

import sqlglot
import sqlglot.errors
from sqlglot import TokenType, exp
from sqlglot_vertica.dialect import Vertica

from tests.vertica_standin.catalog import SYSTEM_SCHEMAS
from tests.vertica_standin.errors import syntax
from tests.vertica_standin.lexing import Token, lex
from tests.vertica_standin.strictness import LooseName, check_tokens, check_tree, loose_names
from tests.vertica_standin.translation import to_duckdb
from tests.vertica_standin.vocabulary import STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

# A statement that is passed on as it is, is logged as a warning: here it is refused or known.
logging.getLogger("sqlglot").setLevel(logging.ERROR)
_UNDERLINED = re.compile(r"\x1b\[4m(.*?)\x1b\[0m", re.DOTALL)
_MARK = re.compile(r"'~value(\d+)~'|\b98765432100(\d+)\b")
_VALUE_TYPES = frozenset({"TIMESTAMP", "VARCHAR", "BIGINT", "INTEGER", "INT", "DATE"})
_CACHED = 4096


class StandinDialect(Vertica):
    """Vertica's grammar, and ``x::!TYPE``, the cast that gives NULL where it cannot succeed."""

    class Tokenizer(Vertica.Tokenizer):
        """The tokens of Vertica."""

        KEYWORDS: ClassVar = {**Vertica.Tokenizer.KEYWORDS, "::!": TokenType.QDCOLON}

    class Parser(Vertica.Parser):
        """The parser of Vertica."""

        COLUMN_OPERATORS: ClassVar = {
            **Vertica.Parser.COLUMN_OPERATORS,
            TokenType.QDCOLON: lambda self, this, to: self.expression(
                exp.TryCast(this=this, to=to)
            ),
        }
        CAST_COLUMN_OPERATORS: ClassVar = {
            *Vertica.Parser.CAST_COLUMN_OPERATORS,
            TokenType.QDCOLON,
        }


@dataclass(frozen=True, eq=False)
class Template:
    """A statement without its values. Its tree is shared: whoever changes it makes a copy.

    Two are equal when they are the same object, so that results can be kept by them.
    """

    sql: str
    tree: exp.Expression
    loose: Sequence[LooseName]

    @cached_property
    def duckdb(self) -> str:
        """The statement in DuckDB's words; the locks that it takes are the stand-in's own."""
        tree = self.tree
        if tree.args.get("locks"):
            tree = tree.copy()
            tree.set("locks", None)
        return to_duckdb(tree)

    @cached_property
    def has_tables(self) -> bool:
        """Whether the statement names a table or a view."""
        return self.tree.find(exp.Table) is not None

    @cached_property
    def is_constant(self) -> bool:
        """Whether the statement is of literals alone: SELECT 1."""
        return self.tree.find(exp.Table, exp.Column, exp.Func) is None

    @cached_property
    def databases(self) -> frozenset[str]:
        """The names of databases that stand before a schema."""
        tables = self.tree.find_all(exp.Table)
        return frozenset(table.catalog.lower() for table in tables if table.catalog)

    @cached_property
    def system_tables(self) -> frozenset[str]:
        """The tables of the system schemas that the statement names."""
        tables = self.tree.find_all(exp.Table)
        return frozenset(
            f"{table.db}.{table.name}".lower()
            for table in tables
            if table.db.lower() in SYSTEM_SCHEMAS
        )

    @cached_property
    def relations(self) -> frozenset[str]:
        """The names of system tables that the statement reads."""
        return frozenset(
            table.name.lower()
            for table in self.tree.find_all(exp.Table)
            if table.db.lower() == "v_monitor" or not table.db
        )


@dataclass(frozen=True)
class Statement:
    """A statement: its template and its values."""

    sql: str
    template: Template
    values: Sequence[str] = field(default=())

    @property
    def tree(self) -> exp.Expression:
        """The parsed template; not to be changed."""
        return self.template.tree

    @property
    def duckdb(self) -> str:
        """The statement for DuckDB, with its values."""
        return self.filled(self.template.duckdb)

    def filled(self, sql: str) -> str:
        """Put the values back into a text that was made from the template."""
        if not self.values:
            return sql
        return _MARK.sub(lambda found: self.values[int(found[1] or found[2])], sql)


def parsed(sql: str, *, whole: bool = False) -> Statement:
    """Parse a statement, and refuse what is not Vertica's.

    Args:
        sql: the statement.
        whole: whether its values are looked at, and so stay in the template.

    Raises:
        VerticaError: in Vertica's words.
    """
    text, values = (sql, ()) if whole else _without_values(sql)
    return Statement(sql, _template(text), values)


def expression(sql: str) -> exp.Expression:
    """Parse an expression, as COPY has them."""
    tree = parsed(f"SELECT {sql}").tree
    return tree.expressions[0]


@lru_cache(maxsize=_CACHED)
def _without_values(sql: str) -> tuple[str, tuple[str, ...]]:
    if "CAST(" not in sql and "VALUES" not in sql:
        return sql, ()
    tokens = lex(sql)
    parts: list[str] = []
    values: list[str] = []
    last = 0
    listed, depth = False, 0
    for at, token in enumerate(tokens):
        listed = listed or token.text == "VALUES"
        depth += {"(": 1, ")": -1}.get(token.text, 0) if listed else 0
        if token.kind not in ("str", "num") or token.text[0] not in "'0123456789":
            continue
        if _is_cast(tokens, at) or (depth == 1 and _is_item(tokens, at)):
            mark = f"'~value{len(values)}~'" if token.kind == "str" else f"98765432100{len(values)}"
            parts += [sql[last : token.start], mark]
            values.append(token.text)
            last = token.end
    return "".join([*parts, sql[last:]]), tuple(values)


def _texts(tokens: Sequence[Token], first: int, last: int) -> list[str]:
    return [token.text for token in tokens[max(first, 0) : last]]


def _is_cast(tokens: Sequence[Token], at: int) -> bool:
    behind = _texts(tokens, at + 1, at + 3)
    return (
        _texts(tokens, at - 2, at) == ["CAST", "("]
        and behind[:1] == ["AS"]
        and behind[-1] in _VALUE_TYPES
    )


def _is_item(tokens: Sequence[Token], at: int) -> bool:
    """Say whether a literal between the brackets of VALUES is a whole item."""
    before, behind = tokens[at - 1].text, _texts(tokens, at + 1, at + 2)
    return before in ("(", ",") and behind in ([","], [")"])


@lru_cache(maxsize=_CACHED)
def _template(sql: str) -> Template:
    tokens = [token for token in lex(sql) if token.kind != "hint"]
    trees = _trees(sql, tokens)
    check_tokens(tokens, trees[0])
    check_tree(trees[0])
    return Template(sql, trees[0], tuple(loose_names(trees[0])))


def _trees(sql: str, tokens: Sequence[Token]) -> list[exp.Expression]:
    try:
        return [tree for tree in sqlglot.parse(sql, read=StandinDialect) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        if tokens[0].word not in STATEMENTS:
            check_tokens(tokens, None)
        near = _UNDERLINED.search(str(error))
        hint = str(error).split("\n", maxsplit=1)[0][:200]
        raise syntax(near[1] if near else "?", hint) from error
