"""Vertica's tree becomes DuckDB's."""

from __future__ import annotations

import re

from sqlglot import exp

from tests.vertica_standin.errors import VError, not_emulated
from tests.vertica_standin.lexing import unquote
from tests.vertica_standin.server_facts import SERVER_VERSION
from tests.vertica_standin.vocabulary import CONSTANT_META
from tests.vertica_standin.vtypes import vtype


def lower_tree(node, session):
    """Rewrite Vertica-only nodes into ones DuckDB can run."""
    fn = lambda name, *a: exp.Anonymous(this=name, expressions=list(a))
    name = type(node).__name__
    if name == "StatementTimestamp":
        return fn("v_stamp")
    if isinstance(node, exp.RegexpLike):
        return fn("regexp_matches", node.this, node.expression)
    if isinstance(node, exp.RegexpReplace) and not node.args.get("modifiers"):
        node.set("modifiers", exp.Literal.string("g"))  # Vertica replaces every occurrence
    if name == "RegexpSubstr":
        return fn("regexp_extract", node.this, node.expression)
    if name == "ListAgg":
        sep = next(
            (
                p.expression
                for p in node.args.get("parameters") or ()
                if p.this.name.lower() == "separator"
            ),
            exp.Literal.string(","),
        )
        return fn("string_agg", node.this.this, sep)
    if isinstance(node, exp.Hex):
        return fn("lower", fn("hex", node.this))
    if isinstance(node, (exp.SHA, exp.MD5)):
        return fn("sha1" if isinstance(node, exp.SHA) else "md5", node.this)
    if isinstance(node, exp.Div):
        return fn("v_div", node.this, node.expression)
    if isinstance(node, exp.SHA2) and node.text("length") not in ("", "256"):
        raise not_emulated(f"SHA{node.text('length')}()")
    if name == "OctetLength" or (
        isinstance(node, exp.Anonymous) and node.name.upper() == "OCTET_LENGTH"
    ):
        return fn("octets", node.this if name == "OctetLength" else node.expressions[0])
    if isinstance(node, exp.ByteString):
        return exp.Literal.string(unquote("E'" + node.name.replace("'", "''") + "'"))
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return lower_cast(node, fn)
    if isinstance(node, exp.Anonymous):
        u = node.name.upper()
        if u == "HASH":
            return exp.Cast(
                this=exp.Paren(
                    this=exp.BitwiseRightShift(
                        this=fn("hash", *node.expressions), expression=exp.Literal.number(1)
                    )
                ),
                to=exp.DataType.build("bigint"),
            )
        if u in ("GET_NUM_ACCEPTED_ROWS", "GET_NUM_REJECTED_ROWS"):
            return exp.Literal.number(session.accepted if "ACC" in u else session.rejected)
        if u in CONSTANT_META:
            if node.expressions and node.expressions[0].name:
                session.columns(
                    *session.resolve(exp.to_table(node.expressions[0].name, dialect="postgres"))
                )
            return exp.Literal.number(0)
        if u in ("CURRENT_DATABASE", "VERSION", "CURRENT_SESSION"):
            return exp.Literal.string(
                {
                    "CURRENT_DATABASE": session.database,
                    "VERSION": f"Vertica Analytic Database {SERVER_VERSION} (stand-in)",
                }.get(u, session.label)
            )
    if isinstance(node, (exp.CurrentUser, exp.SessionUser)):
        return exp.Literal.string(session.user)
    if isinstance(node, exp.Select) and node.args.get("order") and not node.args.get("distinct"):
        order_nulls(node)
    if isinstance(node, exp.Select) and type(node.args.get("limit")).__name__ == "PartitionedLimit":
        lim = node.args["limit"]
        rn = exp.Window(
            this=exp.RowNumber(), partition_by=lim.args["partition_by"], order=lim.args["order"]
        )
        node.set("limit", None)
        node.set("qualify", exp.Qualify(this=exp.LTE(this=rn, expression=lim.expression)))
    if isinstance(node, exp.Table) and node.catalog:
        if node.catalog.lower() != session.database.lower():
            raise VError(2085, "3D000", f'Cannot reference database "{node.catalog}"')  # [?]
        node.set("catalog", None)
    if isinstance(node, exp.Table) and node.name.lower() == "dual" and not node.db:
        node.set("db", exp.to_identifier("v_catalog"))
    if isinstance(node, exp.Table) and node.db.lower() == "v_temp_schema":
        node.set("db", None)
    if type(node).__module__ == "sqlglot_vertica.expressions" and name.startswith("Vertica"):
        base = type(node).__mro__[1]
        if isinstance(node.this, exp.Expr) and not any(
            v for k, v in node.args.items() if k != "this"
        ):
            return node.this  # a wrapper around the canonical node
        if base.__module__ != "sqlglot_vertica.expressions" and base.__name__ in (
            "Group",
            "Window",
            "Ordered",
            "Interval",
        ):
            return base(**{k: v for k, v in node.args.items() if k in base.arg_types})
    return node


def order_nulls(select):
    """A query's ORDER BY: NULL is the smallest value of numbers, dates and times, the largest of strings, floats and booleans."""
    keys = []
    for o in select.args["order"].expressions:
        e = o.this
        if (
            isinstance(e, exp.Literal)
            and not e.is_string
            and int(e.name) <= len(select.expressions)
        ):
            e = select.expressions[int(e.name) - 1].unalias()
        if not isinstance(e, exp.Star):
            low = exp.In(
                this=exp.Anonymous(this="typeof", expressions=[e.copy()]),
                expressions=[
                    exp.Literal.string(t)
                    for t in (
                        "BIGINT",
                        "INTEGER",
                        "HUGEINT",
                        "DATE",
                        "TIME",
                        "TIMESTAMP",
                        "TIMESTAMP WITH TIME ZONE",
                        "INTERVAL",
                    )
                ],
            )
            isnull = exp.Is(this=e.copy(), expression=exp.Null())
            rank = exp.Case(
                ifs=[
                    exp.If(this=exp.and_(isnull, low), true=exp.Literal.number(0)),
                    exp.If(this=isnull.copy(), true=exp.Literal.number(2)),
                ],
                default=exp.Literal.number(1),
            )
            keys.append(exp.Ordered(this=rank, desc=o.args.get("desc"), nulls_first=False))
        keys.append(o)
    select.args["order"].set("expressions", keys)


def lower_cast(node, fn):
    """Explicit casts to sized strings truncate silently in Vertica; casts to binary take the characters' bytes."""
    t = vtype(node.to.sql("vertica"))
    sized = bool(node.to.expressions)
    if (
        t.kind == "bin" and isinstance(node.this, exp.Literal) and node.this.is_string
    ):  # '\\ooo' is an octal escape
        raw = re.sub(
            rb"\\(\\|[0-7]{3})",
            lambda m: b"\\" if m[1] == b"\\" else bytes((int(m[1], 8),)),
            node.this.name.encode(),
        )
        return fn("unhex", exp.Literal.string((raw[: t.length] if sized else raw).hex()))
    if t.kind == "bin":
        return fn("v_bin", node.this, exp.Literal.number(t.length if sized else 65000))
    if t.kind == "str":
        text = exp.Cast(this=node.this, to=exp.DataType.build("varchar"))
        return fn("v_cut", text, exp.Literal.number(t.length)) if sized else text
    return node
