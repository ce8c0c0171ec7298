"""What Vertica refuses although DuckDB, or the grammar, lets it pass."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from tests.vertica_standin.errors import VError, no_function, not_emulated, syntax
from tests.vertica_standin.vocabulary import (
    BEFORE_PAREN,
    FOREIGN_TYPES,
    FUNCTIONS,
    NOT_EMULATED,
    STATEMENTS,
)


def check_tokens(toks, tree):
    """Reject what Vertica's grammar or function catalogue does not have (DuckDB and the dialect are laxer)."""
    first = toks[0][1].upper()
    if first not in STATEMENTS and first != "(":
        raise syntax(toks[0][1])
    names = (
        {t.name.upper() for t in tree.find_all(exp.Table, exp.TableAlias, exp.Constraint)}
        if tree
        else set()
    )
    for i, (k, s, _, _) in enumerate(toks):
        u, prev = s.upper(), toks[i - 1][1].upper() if i else ""
        nxt = toks[i + 1][1] if i + 1 < len(toks) else ""
        if s in "{}" or (
            s == "["
            and not (
                prev in ("ARRAY", "SET", "]")
                or (toks[i - 1][0] in ("word", "q") and prev not in BEFORE_PAREN)
            )
        ):
            raise syntax(s)
        if k == "str" and prev in ("FROM", "JOIN"):
            raise syntax(s)
        if u == "DISTINCT" and prev in ("IS", "NOT") and nxt.upper() == "FROM":
            raise syntax("distinct", "Use the null-safe operator <=>")
        if (
            k == "word"
            and u in FOREIGN_TYPES
            and (
                prev in ("::", "::!")
                or (prev == "AS" and nxt == ")")
                or (
                    first in ("CREATE", "ALTER")
                    and toks[i - 1][0] in ("word", "q")
                    and nxt in ",)("
                    and prev not in BEFORE_PAREN
                )
            )
        ):
            raise VError(5108, "42704", f'Type "{s.lower()}" does not exist')
        if k == "word" and nxt == "(" and u not in BEFORE_PAREN and u not in names:
            if u not in FUNCTIONS:
                raise no_function(f"{u}()")
            if u in NOT_EMULATED:
                raise not_emulated(f"{u}()")


def check_tree(tree, columns_of):
    """Reject by structure; ``columns_of(table)`` gives a base table's column names or None."""
    for n in tree.walk():
        if isinstance(n, exp.Qualify):
            raise syntax("QUALIFY")
        if isinstance(n, exp.Join) and n.kind in ("SEMI", "ANTI", "ASOF", "POSITIONAL"):
            raise syntax(n.kind)
        if isinstance(n, exp.Filter):
            raise syntax("(")
        if isinstance(n, exp.Values) and not isinstance(n.parent, exp.Insert):
            raise syntax("VALUES")
        if (
            isinstance(n, exp.Insert)
            and isinstance(n.expression, exp.Values)
            and len(n.expression.expressions) > 1
        ):
            raise syntax(",", "INSERT ... VALUES takes one row")
        if isinstance(n, exp.Concat) and len(n.expressions) != 2:
            raise no_function("CONCAT(" + ", ".join(["varchar"] * len(n.expressions)) + ")")
        if (
            isinstance(n, exp.Subquery)
            and isinstance(n.parent, (exp.From, exp.Join))
            and not n.alias
        ):
            raise VError(
                4825,
                "42601",
                "Subquery in FROM must have an alias",
                hint="For example, FROM (SELECT ...) [AS] foo",
            )
        if isinstance(n, exp.Table) and (
            n.db.lower() in ("information_schema", "pg_catalog", "main", "temp")
            or re.match(r"(duckdb|pragma|sqlite|pg)_", n.name.lower())
        ):
            raise VError(4650, "3F000", f'Schema "{n.db or n.name}" does not exist')
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    for scope in traverse_scope(query) if isinstance(query, exp.Query) else ():
        for c in scope.external_columns if scope.is_correlated_subquery else ():
            p = c.find_ancestor(exp.Predicate, exp.Select)
            if c.table and isinstance(
                p, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ, exp.Between, exp.Like, exp.ILike)
            ):
                raise VError(
                    4160, "0A000", "Non-equality correlated subquery expression is not supported"
                )  # [?] code
        check_aliases(scope, columns_of)


def check_aliases(scope, columns_of):
    """DuckDB lets a select-list alias be used in WHERE and in other expressions; Vertica does not."""
    sel = scope.expression
    if not isinstance(sel, exp.Select):
        return
    aliases = {a.alias.lower() for a in sel.expressions if isinstance(a, exp.Alias)}
    known = set()
    for src in scope.sources.values():
        names = (
            columns_of(src)
            if isinstance(src, exp.Table)
            else getattr(src.expression, "named_selects", None)
        )
        if names is None or "*" in names:
            return
        known |= {n.lower() for n in names}
    places = [sel.args.get("where"), *sel.args.get("joins", ()), *sel.expressions]
    for c in (c for p in places if p for c in p.find_all(exp.Column)):
        if not c.table and c.name.lower() in aliases - known and c.find_ancestor(exp.Select) is sel:
            raise VError(2624, "42703", f'Column "{c.name}" does not exist')
