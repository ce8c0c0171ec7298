"""CREATE TABLE."""

from __future__ import annotations

from sqlglot import exp

from tests.vertica_standin.errors import VError, not_emulated
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.vtypes import vtype


class Tables:
    def create_table(self, tree):
        props = {
            type(p).__name__: p
            for p in (tree.args.get("properties") or exp.Properties(expressions=[])).expressions
        }
        table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        temp = "TemporaryProperty" in props
        if temp and "LocalProperty" not in props:
            raise not_emulated("GLOBAL TEMPORARY TABLE")
        schema = "main" if temp else self.resolve(table)[0] if not table.db else table.db
        full = f"{'temp' if temp else ident(schema)}.{ident(table.name)}"
        exists = self.con.execute(
            "SELECT 1 FROM duckdb_tables() WHERE lower(schema_name)=lower(?) AND lower(table_name)=lower(?) AND temporary=?",
            [schema, table.name, temp],
        ).fetchone()
        if exists:
            if tree.args.get("exists"):
                self.notices.append(
                    (4214, f'Object "{table.name}" already exists; nothing was done')
                )
                return
            raise VError(4213, "42710", f'Object "{table.name}" already exists', "ROLLBACK")
        if temp:
            keep = props.get("OnCommitProperty")
            self.temp[table.name] = (None, not keep or keep.args.get("delete", True))
        meta, coltypes, cons = {"cons": []}, [], []
        v = lambda n: n.sql("vertica")
        if "TableSegmentationProperty" in props:
            meta["segment"] = v(props["TableSegmentationProperty"]).replace("SEGMENTED BY ", "")
        if "TablePartitionProperty" in props:
            meta["partition"] = v(props["TablePartitionProperty"]).replace("PARTITION BY ", "")
        if "LikeProperty" in props:
            src = self.columns(*self.resolve(props["LikeProperty"].this))
            coltypes, defs = (
                [(n, t, i) for n, t, _, i in src],
                [f"{ident(n)} {t.duck}{'' if nul else ' NOT NULL'}" for n, t, nul, _ in src],
            )
            self.run(f"CREATE TABLE {full} ({', '.join(defs)})")
        elif tree.expression is not None:
            self.run(
                f"CREATE {'TEMP ' if temp else ''}TABLE {full} AS {self.duck(tree.expression)}"
            )
        else:
            self.run(
                f"CREATE {'TEMP ' if temp else ''}TABLE {full} ({', '.join(self.column_defs(tree, schema, table.name, coltypes, cons, meta))})"
            )
            known = {n.lower() for n, _, _ in coltypes}
            refs = [
                c
                for p in ("TableSegmentationProperty", "TablePartitionProperty")
                if p in props
                for c in props[p].find_all(exp.Column)
            ]
            for c in refs + (
                list(props["Order"].find_all(exp.Identifier)) if "Order" in props else []
            ):
                if c.name.lower() not in known:
                    raise VError(2624, "42703", f'Column "{c.name}" does not exist', "ROLLBACK")
            if "TablePartitionProperty" in props:
                for c in props["TablePartitionProperty"].find_all(exp.Column):
                    if any(n.lower() == c.name.lower() and x for n, x in self.nullable):
                        raise VError(
                            7226,
                            "42601",
                            f'PARTITION BY expression references nullable column "{c.name}"',
                            "ROLLBACK",
                        )  # [?]
        for n, t, identity in coltypes:
            self.set_meta(
                full, {"t": t.sql, "oid": t.oid, **({"identity": "true"} if identity else {})}, n
            )
        self.set_meta(full, meta)

    def column_defs(self, tree, schema, name, coltypes, cons, meta):
        defs, pk, pk_on, self.nullable = {}, [], False, []
        add = lambda kind, cname, cols, on: meta["cons"].append(
            {"type": kind, "name": cname, "cols": cols, "enabled": str(bool(on)).lower()}
        )
        for c in tree.this.expressions:
            if not isinstance(c, exp.ColumnDef):
                continue
            raw = c.kind.sql("vertica")
            identity = raw.upper().startswith(("IDENTITY", "AUTO_INCREMENT"))
            t = vtype("BIGINT") if identity else vtype(raw)
            d = {"type": t.duck, "null": True, "extra": ""}
            if identity:
                self.run(f"CREATE SEQUENCE {ident(schema)}.{ident(name + '_' + c.name + '_seq')}")
                d["extra"] += (
                    f" DEFAULT nextval({lit(schema + '.' + ident(name + '_' + c.name + '_seq'))})"
                )
            for k in (x.kind for x in c.constraints):
                kn = type(k).__name__
                if isinstance(k, exp.NotNullColumnConstraint):
                    d["null"] = bool(k.args.get("allow_null"))
                elif isinstance(k, exp.DefaultColumnConstraint):
                    d["extra"] += f" DEFAULT ({self.duck(k.this)})"
                elif "PrimaryKey" in kn:
                    pk, pk_on = pk + [c.name], bool(k.args.get("enforced"))
                    add("p", "C_PRIMARY", [c.name], pk_on)
                elif "Unique" in kn:
                    add("u", "C_UNIQUE", [c.name], k.args.get("enforced"))
                    d["extra"] += " UNIQUE" if k.args.get("enforced") else ""
                elif "Check" in kn and k.args.get("enforced") is not False:
                    d["extra"] += f" CHECK ({self.duck(k.this)})"
            defs[c.name] = d
            coltypes.append((c.name, t, identity))
        for c in tree.this.expressions:
            if isinstance(c, exp.ColumnDef):
                continue
            cname = c.name if isinstance(c, exp.Constraint) else None
            for k in c.expressions if isinstance(c, exp.Constraint) else [c]:
                kn, on = type(k).__name__, k.args.get("enforced")
                cols = [
                    i.name
                    for i in (
                        k.this.expressions if isinstance(k.this, exp.Schema) else k.expressions
                    )
                ]
                for n in cols if "Check" not in kn else ():
                    if n not in defs:
                        raise VError(2624, "42703", f'Column "{n}" does not exist', "ROLLBACK")
                if "PrimaryKey" in kn:
                    pk, pk_on = cols, bool(on)
                    add("p", cname or "C_PRIMARY", cols, on)
                elif "Unique" in kn:
                    add("u", cname or "C_UNIQUE", cols, on)
                    cons += [f"UNIQUE ({', '.join(map(ident, cols))})"] if on else []
                elif "Check" in kn and on is not False:
                    cons.append(f"CHECK ({self.duck(k.this)})")
        for n in pk:
            defs[n]["null"] = False
        if pk and pk_on:
            cons.append(f"PRIMARY KEY ({', '.join(map(ident, pk))})")
        self.nullable = [(n, d["null"]) for n, d in defs.items()]
        return [
            f"{ident(n)} {d['type']}{d['extra']}{'' if d['null'] else ' NOT NULL'}"
            for n, d in defs.items()
        ] + cons
