"""SELECT."""

from __future__ import annotations

from sqlglot import exp

from tests.vertica_standin.lexing import ident
from tests.vertica_standin.result import Result
from tests.vertica_standin.vtypes import vtype, vtype_of_duck


class Queries:
    def select(self, tree):
        if "ANALYZE_CONSTRAINTS" in (n.name.upper() for n in tree.find_all(exp.Anonymous)):
            return self.analyze_constraints(tree)
        sql = self.duck(tree)
        self.open_txn()
        self.con.execute(sql)
        desc = self.con.description
        cols = [(d[0], vtype_of_duck(d[1])) for d in desc]
        if any(t.oid == 13 for _, t in cols):  # no time zone objects wanted in Python
            ns = [ident(f"c{i}") for i in range(len(cols))]
            self.con.execute(
                "SELECT "
                + ",".join(
                    f"timezone('UTC',{n})" if t.oid == 13 else n for n, (_, t) in zip(ns, cols)
                )
                + f" FROM ({sql}) AS q({','.join(ns)})"
            )
        rows = self.con.fetchall()
        cols = self.base_types(tree, cols)
        if self.autocommit and not self.begun:
            self.end_txn()
        return Result("SELECT", cols, rows)

    def base_types(self, tree, cols):
        """Give plain columns of base tables their declared types (DuckDB forgets lengths)."""
        if not isinstance(tree, exp.Select) or not tree.args.get("from_"):
            return cols
        tables = [tree.args["from_"].this, *(j.this for j in tree.args.get("joins") or ())]
        if not all(isinstance(t, exp.Table) and self.column_names(t) for t in tables):
            return cols
        known = {
            t.alias_or_name.lower(): {c[0].lower(): c[1] for c in self.columns(*self.resolve(t))}
            for t in tables
        }
        exprs = [e.unalias() for e in tree.expressions]
        if len(exprs) == 1 and isinstance(exprs[0], exp.Star) and len(tables) == 1:
            exprs = [exp.column(n) for n, _ in cols]
        if len(exprs) != len(cols):
            return cols
        find = lambda e: next(
            (
                k[e.name.lower()]
                for a, k in known.items()
                if e.table.lower() in ("", a) and e.name.lower() in k
            ),
            None,
        )
        return [(n, isinstance(e, exp.Column) and find(e) or t) for e, (n, t) in zip(exprs, cols)]

    def analyze_constraints(self, tree):
        schema, name = self.resolve(
            exp.to_table(tree.find(exp.Anonymous).expressions[0].name, dialect="postgres")
        )
        self.columns(schema, name)
        meta = self.meta(schema, name)
        out = []
        for k in meta.get("cons", []):
            cols = ", ".join(map(ident, k["cols"]))
            for r in self.con.execute(
                f"SELECT {cols} FROM {ident(schema)}.{ident(name)} GROUP BY {cols} HAVING count(*)>1"
            ).fetchall():
                kind = "PRIMARY" if k["type"] == "p" else "UNIQUE"
                out.append(
                    (
                        schema,
                        name,
                        ", ".join(k["cols"]),
                        k["name"],
                        kind,
                        "(" + ", ".join(f"'{v}'" for v in r) + ")",
                    )
                )
        heads = (
            "Schema Name",
            "Table Name",
            "Column Names",
            "Constraint Name",
            "Constraint Type",
            "Column Values",
        )
        return Result("SELECT", [(h, vtype("VARCHAR(1000)")) for h in heads], out)
