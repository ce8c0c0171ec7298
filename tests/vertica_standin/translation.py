"""Vertica's tree becomes DuckDB's text.

What depends on the session is read from DuckDB's variables, so that a translation can be kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from tests.vertica_standin.errors import not_emulated
from tests.vertica_standin.lexing import unquote
from tests.vertica_standin.vtypes import vtype

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER_VERSION = "v24.4.0-0"
# Functions whose value is the session's.
_VARIABLES = {
    "GET_NUM_ACCEPTED_ROWS": "v_accepted",
    "GET_NUM_REJECTED_ROWS": "v_rejected",
    "CURRENT_DATABASE": "v_database",
}
# Types whose NULLs a query sorts first.
_SORTED_LOW = (
    *("BIGINT", "INTEGER", "HUGEINT", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    "INTERVAL",
)
# Casts of texts that DuckDB would let succeed: 1.6 is not an integer.
_STRICT_CASTS = {"int": "v_int", "bool": "v_bool"}
_OCTAL = re.compile(rb"\\(\\|[0-7]{3})")
_CANONICAL = ("Group", "Window", "Ordered", "Interval")
_OWN = "sqlglot_vertica.expressions"
_SHA256 = ("", "256")


def to_duckdb(tree: exp.Expression) -> str:
    """Return the statement in DuckDB's words.

    Raises:
        VerticaError: when it has something that is not emulated.
    """
    root = exp.Paren(this=tree.copy())
    # The children first: a rewritten node keeps its rewritten parts.
    for node in reversed(list(root.this.walk())):
        new = _lowered(node)
        if new is not node:
            node.replace(new)
    try:
        # The tree is our own copy.
        return root.this.sql(
            dialect="duckdb", copy=False, unsupported_level=sqlglot.ErrorLevel.IGNORE
        )
    except ValueError as error:
        raise not_emulated(str(error)) from error


def call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    """Return a call of a function that is passed on by its name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _lowered(node: exp.Expression) -> exp.Expression:
    rewrite = _BY_NAME.get(type(node).__name__)
    if rewrite is not None:
        return rewrite(node)
    for kind, rewrite in _BY_CLASS:
        if isinstance(node, kind):
            return rewrite(node)
    return _unwrapped(node)


def _unwrapped(node: exp.Expression) -> exp.Expression:
    name = type(node).__name__
    if type(node).__module__ != _OWN or not name.startswith("Vertica"):
        return node
    others = any(value for key, value in node.args.items() if key != "this")
    if isinstance(node.this, exp.Expr) and not others:
        return node.this
    base = type(node).__mro__[1]
    if base.__module__ != _OWN and base.__name__ in _CANONICAL:
        return base(**{key: value for key, value in node.args.items() if key in base.arg_types})
    return node


# ---------------------------------------------------------------- functions


def _listagg(node: exp.Expression) -> exp.Expression:
    parameters = node.args.get("parameters") or ()
    separators = (
        parameter.expression
        for parameter in parameters
        if parameter.this.name.lower() == "separator"
    )
    return call("string_agg", node.this.this, next(separators, exp.Literal.string(",")))


def _sha2(node: exp.Expression) -> exp.Expression:
    if node.text("length") not in _SHA256:
        raise not_emulated(f"SHA{node.text('length')}()")
    return node


def _regexp_replace(node: exp.Expression) -> exp.Expression:
    if not node.args.get("modifiers"):
        node.set("modifiers", exp.Literal.string("g"))  # Vertica replaces every occurrence
    return node


def _anonymous(node: exp.Expression) -> exp.Expression:
    name = node.name.upper()
    if name == "HASH":
        half = exp.BitwiseRightShift(
            this=call("hash", *node.expressions), expression=exp.Literal.number(1)
        )
        return exp.Cast(this=exp.Paren(this=half), to=exp.DataType.build("bigint"))
    if name == "OCTET_LENGTH":
        return call("octets", node.expressions[0])
    if name == "VERSION":
        return exp.Literal.string(f"Vertica Analytic Database {SERVER_VERSION} (stand-in)")
    if name in _VARIABLES:
        return _variable(_VARIABLES[name])
    return node


def _variable(name: str) -> exp.Anonymous:
    return call("getvariable", exp.Literal.string(name))


def _escaped(node: exp.Expression) -> exp.Expression:
    return exp.Literal.string(unquote("E'" + node.name.replace("'", "''") + "'"))


# ---------------------------------------------------------------- casts


def _cast(node: exp.Expression) -> exp.Expression:
    """Sized strings are cut silently; bytes are those of the characters, or octal in a literal."""
    target = vtype(node.to.sql("vertica"))
    sized = bool(node.to.expressions)
    tried = isinstance(node, exp.TryCast)
    if target.kind == "bin" and isinstance(node.this, exp.Literal) and node.this.is_string:
        octets = _OCTAL.sub(_octet, node.this.name.encode())
        hexadecimal = (octets[: target.length] if sized else octets).hex()
        return call("unhex", exp.Literal.string(hexadecimal))
    if target.kind == "bin":
        return call("v_bin", node.this, exp.Literal.number(target.length if sized else 65000))
    if target.kind == "str":
        text = call("v_text", node.this)
        return call("v_cut", text, exp.Literal.number(target.length)) if sized else text
    if target.kind in _STRICT_CASTS and not isinstance(node.this, exp.Literal):
        return call(f"{_STRICT_CASTS[target.kind]}{'_or_null' if tried else ''}", node.this)
    return node


def _octet(found: re.Match[bytes]) -> bytes:
    return b"\\" if found[1] == b"\\" else bytes((int(found[1], 8),))


# ---------------------------------------------------------------- queries


def _select(node: exp.Expression) -> exp.Expression:
    if node.args.get("order") and not node.args.get("distinct"):
        _sort_nulls(node)
    limit = node.args.get("limit")
    if type(limit).__name__ == "PartitionedLimit":  # LIMIT n OVER (PARTITION BY .. ORDER BY ..)
        number = exp.Window(
            this=exp.RowNumber(),
            partition_by=limit.args["partition_by"],
            order=limit.args["order"],
        )
        node.set("limit", None)
        node.set("qualify", exp.Qualify(this=exp.LTE(this=number, expression=limit.expression)))
    return node


def _sort_nulls(select: exp.Expression) -> None:
    """NULL is the smallest number, date and time, and the largest string, float and boolean."""
    keys: list[exp.Expression] = []
    for ordered in select.args["order"].expressions:
        key = ordered.this
        if isinstance(key, exp.Literal) and not key.is_string:
            number = int(key.name)
            if number <= len(select.expressions):
                key = select.expressions[number - 1].unalias()
        if not isinstance(key, exp.Star):
            low = exp.In(
                this=call("typeof", key.copy()),
                expressions=[exp.Literal.string(name) for name in _SORTED_LOW],
            )
            missing = exp.Is(this=key.copy(), expression=exp.Null())
            rank = exp.Case(
                ifs=[
                    exp.If(this=exp.and_(missing, low), true=exp.Literal.number(0)),
                    exp.If(this=missing.copy(), true=exp.Literal.number(2)),
                ],
                default=exp.Literal.number(1),
            )
            keys.append(exp.Ordered(this=rank, desc=ordered.args.get("desc"), nulls_first=False))
        keys.append(ordered)
    select.args["order"].set("expressions", keys)


def _table(node: exp.Expression) -> exp.Expression:
    # Another database than the session's has been refused before.
    node.set("catalog", None)
    if node.name.lower() == "dual" and not node.db:
        node.set("db", exp.to_identifier("v_catalog"))
    if node.db.lower() == "v_temp_schema":
        node.set("db", None)
    return node


_BY_NAME: dict[str, Callable[[exp.Expression], exp.Expression]] = {
    "StatementTimestamp": lambda _: call("v_stamp"),
    "RegexpSubstr": lambda node: call("regexp_extract", node.this, node.expression),
    "ListAgg": _listagg,
    "OctetLength": lambda node: call("octets", node.this),
}
_BY_CLASS: tuple[tuple[type, Callable[[Any], exp.Expression]], ...] = (
    (exp.RegexpLike, lambda node: call("regexp_matches", node.this, node.expression)),
    (exp.RegexpReplace, _regexp_replace),
    (exp.Hex, lambda node: call("lower", call("hex", node.this))),
    (exp.SHA, lambda node: call("sha1", node.this)),
    (exp.MD5, lambda node: call("md5", node.this)),
    (exp.SHA2, _sha2),
    (exp.Div, lambda node: call("v_div", node.this, node.expression)),
    (exp.ByteString, _escaped),
    (exp.Cast, _cast),
    (exp.Anonymous, _anonymous),
    (exp.CurrentUser, lambda _: _variable("v_user")),
    (exp.SessionUser, lambda _: _variable("v_user")),
    (exp.Select, _select),
    (exp.Table, _table),
)
