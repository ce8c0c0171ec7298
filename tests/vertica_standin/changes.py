"""INSERT, UPDATE, DELETE, MERGE."""

from __future__ import annotations

import duckdb
import sqlglot
from sqlglot import exp

from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.errors import VError
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.result import Result
from tests.vertica_standin.vtypes import ASSIGN, vtype, vtype_of_duck


class Changes:
    def fit(self, expr, t, col):
        """SQL that raises when a value is wider than its column (Vertica errors; DuckDB ignores the width)."""
        if t.kind == "str":
            return f"v_fit(CAST({expr} AS VARCHAR),{t.length},{lit(t.name.title())},{lit(col)})"
        return (
            f"v_fitb({expr},{t.length},{lit(t.name.title())},{lit(col)})"
            if t.kind == "bin" and t.length
            else expr
        )

    def check_assign(self, target, source, literal, col):
        if not (
            literal
            or source == target.kind
            or (target.kind == "str" and source != "bin")
            or target.kind in ASSIGN.get(source, ())
        ):
            word = {"ts": "timestamp", "str": "varchar", "bin": "varbinary", "bool": "boolean"}
            raise VError(
                2631,
                "42804",
                f'Column "{col}" is of type {target.name} but expression is of type {word.get(source, source)}',
                hint="You will need to rewrite or cast the expression",
            )

    def dml(self, tree):
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        schema, name = self.resolve(target)
        cols = self.columns(schema, name)
        kind = type(tree).__name__.replace("Vertica", "").upper()
        full = f"{'temp' if schema == 'main' else ident(schema)}.{ident(name)}"
        self.server.locks.take(self, f"{schema}.{name}", "I" if kind == "INSERT" else "X")
        self.open_txn()
        by_name = {c[0].lower(): c for c in cols}
        if kind == "INSERT":
            sql = self.insert_sql(tree, full, cols, by_name)
        else:
            for eq in [e for u in tree.find_all(exp.Update) for e in u.expressions]:
                col = by_name.get(eq.this.name.lower())
                if not col:
                    raise VError(2624, "42703", f'Column "{eq.this.name}" does not exist')
                eq.set(
                    "expression",
                    sqlglot.parse_one(self.fit("__x__", col[1], col[0]), read="duckdb").transform(
                        lambda n, e=eq.expression: (
                            e.copy() if isinstance(n, exp.Column) and n.name == "__x__" else n
                        )
                    ),
                )
            if kind == "MERGE" and type(tree).__name__ != "Merge":
                tree = exp.Merge(
                    **{k: v for k, v in tree.args.items() if k in ("this", "using", "on", "whens")}
                )
            for w in tree.find_all(exp.When):
                ins = w.args.get("then")
                if isinstance(ins, exp.Insert) and isinstance(ins.expression, exp.Tuple):
                    names = (
                        [c.name for c in ins.this.expressions] if ins.this else [c[0] for c in cols]
                    )
                    fitted = [
                        sqlglot.parse_one(
                            self.fit("__x__", by_name[n.lower()][1], n), read="duckdb"
                        ).transform(
                            lambda x, e=e: (
                                e.copy() if isinstance(x, exp.Column) and x.name == "__x__" else x
                            )
                        )
                        for n, e in zip(names, ins.expression.expressions)
                    ]
                    ins.set("expression", exp.Tuple(expressions=fitted))
            sql = self.duck(tree)
        try:
            self.run(sql, write=True)
        except duckdb.Error as e:
            raise from_duckdb(e) from e
        n = (self.con.fetchone() or [0])[0]
        if self.autocommit and not self.begun:
            self.end_txn()
        return Result(kind, [("OUTPUT", vtype("BIGINT"))], [(n,)])

    def insert_sql(self, tree, full, cols, by_name):
        if tree.args.get("default"):
            return f"INSERT INTO {full} DEFAULT VALUES"
        names = (
            [i.name for i in tree.this.expressions]
            if isinstance(tree.this, exp.Schema)
            else [c[0] for c in cols if not c[3]]
        )
        for n in names:
            if n.lower() not in by_name:
                raise VError(2624, "42703", f'Column "{n}" does not exist')
            if by_name[n.lower()][3]:
                raise VError(
                    2444,
                    "42601",
                    f'Cannot insert into or update IDENTITY/AUTO_INCREMENT column "{n}"',
                )
        target, src = [by_name[n.lower()] for n in names], tree.expression
        for e, c in zip(
            src.expressions[0].expressions
            if isinstance(src, exp.Values)
            else getattr(src, "selects", []),
            target,
        ):
            if c[1].kind == "bin" and isinstance(e.unalias(), exp.Literal):
                e.unalias().replace(
                    exp.Cast(this=e.unalias().copy(), to=exp.DataType.build("varbinary"))
                )
        values = isinstance(src, exp.Values)
        exprs = src.expressions[0].expressions if values else getattr(src, "selects", [])
        if values:
            keep = [i for i, e in enumerate(exprs) if e.sql().upper() != "DEFAULT"]
            if len(exprs) == len(target):
                target, names = [target[i] for i in keep], [names[i] for i in keep]
            exprs = [exprs[i] for i in keep]
            query = "SELECT " + ", ".join(self.duck(e) for e in exprs)
        else:
            query = self.duck(src)
        kinds = [vtype_of_duck(r[1]).kind for r in self.con.execute(f"DESCRIBE {query}").fetchall()]
        if len(kinds) != len(target):
            raise VError(
                3480 if len(kinds) > len(target) else 3481,
                "42601",
                "INSERT has "
                + ("more" if len(kinds) > len(target) else "fewer")
                + " expressions than target columns",
            )  # [?]
        plain = [
            len(exprs) == len(kinds)
            and isinstance(e.unalias(), (exp.Literal, exp.Null, exp.ByteString))
            for e in exprs
        ] or [True] * len(kinds)
        is_union = isinstance(src, exp.SetOperation)
        for (col, t, _, _), k, p in zip(target, kinds, plain):
            self.check_assign(t, k, p or is_union, col)
        out = []
        for i, ((col, t, _, _), k) in enumerate(zip(target, kinds)):
            e = (
                f"CAST(q.c{i} AS {t.duck})"
                if t.kind != k and not (t.kind == "bin" and k == "str")
                else f"q.c{i}"
            )
            out.append(
                self.fit(
                    f"v_bin(q.c{i},65000)" if t.kind == "bin" and k == "str" else e,
                    t,
                    "" if values else col,
                )
            )
        return (
            f"INSERT INTO {full} ({', '.join(map(ident, names))}) SELECT {', '.join(out)} "
            f"FROM ({query}) AS q({', '.join(f'c{i}' for i in range(len(kinds)))})"
        )
