"""CREATE, ALTER, DROP, TRUNCATE, COMMENT."""

from __future__ import annotations

import json

from sqlglot import exp

from tests.vertica_standin.errors import VError, not_emulated
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.vtypes import vtype


class Ddl:
    def meta(self, schema, name):
        c = self.con.execute(
            "SELECT comment FROM duckdb_tables() WHERE lower(schema_name)=lower(?) AND lower(table_name)=lower(?)",
            [schema, name],
        ).fetchone()
        return json.loads(c[0]) if c and c[0] else {}

    def set_meta(self, full, obj, col=None):
        self.run(
            f"COMMENT ON {'COLUMN' if col else 'TABLE'} {full}{'.' + ident(col) if col else ''} IS {lit(json.dumps(obj))}"
        )

    def ddl(self, tree, sql):
        if isinstance(tree, exp.Create) and tree.kind == "TABLE":
            self.create_table(tree)
        elif isinstance(tree, exp.Create) and tree.kind == "VIEW":
            self.run(
                f"CREATE {'OR REPLACE ' if tree.args.get('replace') else ''}VIEW {self.duck(tree.this)} AS {self.duck(tree.expression)}"
            )
        elif isinstance(tree, exp.Create) and tree.kind == "SCHEMA":
            self.run(
                f"CREATE SCHEMA {'IF NOT EXISTS ' if tree.args.get('exists') else ''}{ident(tree.this.db)}"
            )
        elif isinstance(tree, exp.Alter):
            self.alter_table(tree)
        elif type(tree).__name__ == "CommentOn":
            self.comment_on(tree)
        elif isinstance(tree, exp.TruncateTable):
            for t in tree.expressions:
                schema, name = self.resolve(t)
                self.columns(schema, name)
                self.server.locks.take(self, f"{schema}.{name}", "X")
                self.run(f"DELETE FROM {self.duck(t)}")
        elif isinstance(tree, exp.Drop) or type(tree).__name__ in ("DropSchemas", "DropTables"):
            targets = [t for t in tree.find_all(exp.Table)]
            for t in targets:
                kind, obj = (
                    tree.args["kind"],
                    ident(t.db) if tree.args["kind"] == "SCHEMA" else self.duck(t),
                )
                self.temp.pop(t.name, None)
                self.run(
                    f"DROP {kind} {'IF EXISTS ' if tree.args.get('exists') else ''}{obj}{' CASCADE' if tree.args.get('cascade') and kind != 'VIEW' else ''}"
                )
        elif type(tree).__name__ in ("CreateProjection", "AlterTablePartition", "Grant", "Revoke"):
            for t in list(tree.find_all(exp.Table))[-1:] if "Table" in type(tree).__name__ else ():
                self.columns(*self.resolve(t))
        else:
            raise not_emulated(sql[:60])
        return " ".join(w for w in sql.upper().split()[:2])

    def alter_table(self, tree):
        schema, name = self.resolve(tree.this)
        cols = {c[0].lower() for c in self.columns(schema, name)}
        full = f"{ident(schema)}.{ident(name)}"
        if len(tree.args["actions"]) > 1:
            raise VError(
                2166,
                "0A000",
                "ALTER TABLE does not support ADD COLUMN with other clauses",
                "ROLLBACK",
            )
        for a in tree.args["actions"]:
            kn = type(a).__name__
            if isinstance(a, exp.ColumnDef):
                if a.name.lower() in cols:
                    if a.args.get("exists"):
                        continue
                    raise VError(2623, "42701", f'Column "{a.name}" already exists', "ROLLBACK")
                t, cs = vtype(a.kind.sql("vertica")), [x.kind for x in a.constraints]
                default = next(
                    (
                        f" DEFAULT ({self.duck(k.this)})"
                        for k in cs
                        if isinstance(k, exp.DefaultColumnConstraint)
                    ),
                    "",
                )
                self.run(f"ALTER TABLE {full} ADD COLUMN {ident(a.name)} {t.duck}{default}")
                if any(
                    isinstance(k, exp.NotNullColumnConstraint) and not k.args.get("allow_null")
                    for k in cs
                ):
                    self.run(f"ALTER TABLE {full} ALTER COLUMN {ident(a.name)} SET NOT NULL")
                self.set_meta(full, {"t": t.sql, "oid": t.oid}, a.name)
            elif isinstance(a, exp.AlterRename):
                self.run(f"ALTER TABLE {full} RENAME TO {ident(a.this.name)}")
            elif isinstance(a, exp.RenameColumn):
                self.run(
                    f"ALTER TABLE {full} RENAME COLUMN {ident(a.this.name)} TO {ident(a.args['to'].name)}"
                )
            elif isinstance(a, exp.Drop) and a.args.get("kind") == "COLUMN":
                self.run(f"ALTER TABLE {full} DROP COLUMN {ident(a.this.name)}")
            elif isinstance(a, exp.AlterColumn) and a.args.get("dtype"):
                t = vtype(a.args["dtype"].sql("vertica"))
                self.run(f"ALTER TABLE {full} ALTER COLUMN {ident(a.name)} SET DATA TYPE {t.duck}")
                self.set_meta(full, {"t": t.sql, "oid": t.oid}, a.name)
            elif isinstance(a, exp.AlterColumn):
                self.run(f"ALTER TABLE {full} " + self.duck(a))
            elif kn == "AddConstraint":
                meta = self.meta(schema, name)
                for k in (k for c in a.expressions for k in c.expressions):
                    if k.args.get("enforced"):
                        raise not_emulated("ADD CONSTRAINT ... ENABLED")
                    if "PrimaryKey" in type(k).__name__ or "Unique" in type(k).__name__:
                        meta.setdefault("cons", []).append(
                            {
                                "type": "p" if "Primary" in type(k).__name__ else "u",
                                "name": a.expressions[0].name,
                                "cols": [i.name for i in k.expressions or k.this.expressions],
                                "enabled": "false",
                            }
                        )
                self.set_meta(full, meta)
            else:
                raise not_emulated(f"ALTER TABLE {kn}")

    def comment_on(self, tree):
        target, kind, text = (
            tree.this,
            tree.args["kind"],
            tree.expression.name if isinstance(tree.expression, exp.Literal) else None,
        )
        if kind not in ("TABLE", "COLUMN"):
            return
        table = (
            exp.table_(target.args["table"], db=target.args.get("db"))
            if kind == "COLUMN"
            else target
        )
        schema, name = self.resolve(table)
        cols = self.columns(schema, name)
        full = f"{ident(schema)}.{ident(name)}"
        if kind == "TABLE":
            return self.set_meta(full, {**self.meta(schema, name), "c": text})
        t = next((c for c in cols if c[0].lower() == target.name.lower()), None)
        if not t:
            raise VError(2624, "42703", f'Column "{target.name}" does not exist', "ROLLBACK")
        self.set_meta(
            full,
            {"t": t[1].sql, "oid": t[1].oid, **({"identity": "true"} if t[3] else {}), "c": text},
            t[0],
        )
