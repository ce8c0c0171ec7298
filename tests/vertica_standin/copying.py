"""COPY, done."""

from __future__ import annotations

import gzip
import os
import tempfile

import sqlglot
from sqlglot import exp

from tests.vertica_standin.copy_data import convert, split_delimited, split_flex
from tests.vertica_standin.copy_statement import parse_copy
from tests.vertica_standin.errors import VError, not_emulated
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.result import Result
from tests.vertica_standin.vtypes import vtype


class Copying:
    def copy(self, sql, io):
        c = parse_copy(sql)
        schema, name = self.resolve(c.table)
        table = self.columns(schema, name)
        by_name = {n.lower(): (n, t) for n, t, _, _ in table}
        spec = c.columns or [(n, None, None, None) for n, _, _, i in table if not i]
        for n, filler, expr, _ in spec:
            if not filler and n.lower() not in by_name:
                raise VError(2624, "42703", f'Column "{n}" does not exist')
        inputs = [
            (
                n,
                vtype(exp.DataType.build(f, dialect="vertica").sql("vertica"))
                if f
                else by_name[n.lower()][1],
            )
            for n, f, e, _ in spec
            if not e
        ]
        notnull = {n.lower() for n, _, nul, _ in table if not nul}
        cols = [("Rows Loaded", vtype("BIGINT"))]
        if c.parser == "PARQUET":
            raise not_emulated("COPY ... PARQUET")
        self.server.locks.take(self, f"{schema}.{name}", "I")
        self.open_txn()
        fd, path = tempfile.mkstemp(prefix="vstand_", suffix=".csv")
        self.files.append(path)
        ok, bad = 0, []
        with os.fdopen(fd, "w", encoding="utf-8", newline="") as out:
            for source, data in io.copy_sources(c, cols):
                good, rejected = self.parse_input(c, data, inputs, notnull, out)
                io.batch_done(c, rejected)
                ok, bad = ok + good, bad + [(source, *r) for r in rejected]
        self.accepted, self.rejected = ok, len(bad)
        if bad and c.opts.get("abort"):
            raise VError(
                2035, "22V04", f"COPY: Input record {bad[0][1]} has been rejected ({bad[0][3]})"
            )
        if bad and 0 < c.opts.get("rejectmax", 0) <= len(bad):
            raise VError(
                2035,
                "22V04",
                f"COPY: Input record {bad[-1][1]} has been rejected ({bad[-1][3]})",
                hint="REJECTMAX reached",
            )  # [?] wording
        io.copy_done(c)
        raw = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(inputs) + 1))
        cast = lambda i, t: f"unhex(c{i})" if t.kind == "bin" else f"CAST(c{i} AS {t.duck})"
        inner = (
            ", ".join(f"{cast(i + 1, t)} AS {ident(n)}" for i, (n, t) in enumerate(inputs)) or "1"
        )
        tgt = [(n, e) for n, f, e, _ in spec if not f]
        sel = ", ".join(
            self.fit(self.duck(sqlglot.parse_one(e, read="vertica")), by_name[n.lower()][1], n)
            if e
            else ident(n)
            for n, e in tgt
        )
        self.run(
            f"INSERT INTO {'temp' if schema == 'main' else ident(schema)}.{ident(name)} ({', '.join(ident(n) for n, _ in tgt)}) SELECT {sel} FROM (SELECT {inner} FROM "
            f"read_csv({lit(path)}, header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
            f"columns={{{raw}}}, max_line_size=64000000))",
            write=True,
        )
        if "rejtable" in c.opts:
            self.save_rejects(c, bad)
        if not c.opts.get("nocommit") and schema != "main" or (self.autocommit and not self.begun):
            self.end_txn()
        return Result("COPY", cols, [(ok,)])

    def parse_input(self, c, data, inputs, notnull, out):
        if c.opts.get("gzip"):
            data = gzip.decompress(data)
        text = data[c.opts.get("skipbytes", 0) :].decode("utf-8", "surrogateescape")
        names, flex = [n for n, _ in inputs], c.parser != "DELIMITED"
        strict = c.args.get("reject_on_materialized_type_error", "false").lower() in (
            "true",
            "t",
            "1",
            "yes",
        )
        records = split_flex(text, c, names) if flex else split_delimited(text, c.opts)
        good, bad, skip = 0, [], c.opts.get("skip", 0)
        for no, (raw, fields) in enumerate(records, 1):
            if no <= skip or raw == "":
                continue
            try:
                if len(fields) != len(inputs) and not (
                    c.opts.get("trailing") and len(fields) < len(inputs)
                ):
                    raise ValueError(
                        f"Too {'few' if len(fields) < len(inputs) else 'many'} columns found"
                    )
                fields += [None] * (len(inputs) - len(fields))
                vals = []
                for i, (v, (n, t)) in enumerate(zip(fields, inputs), 1):
                    if v is not None:
                        try:
                            v = convert(v, t, i, n, c.opts.get("enforce") or flex)
                        except ValueError:
                            if not flex or strict:
                                raise
                            v = None  # flex parsers turn an uncoercible value into NULL unless told to reject
                    if v is None and n.lower() in notnull:
                        raise ValueError(f"Null value for NOT NULL column {i} ({n})")  # [?] wording
                    vals.append(v)
            except (ValueError, UnicodeEncodeError) as e:
                bad.append(
                    (no, raw, "Invalid UTF-8" if isinstance(e, UnicodeEncodeError) else str(e))
                )
                continue
            out.write(
                '"1"'
                + "".join(',"' + v.replace('"', '""') + '"' if v is not None else "," for v in vals)
                + "\n"
            )
            good += 1
        return good, bad

    def save_rejects(self, c, bad):
        schema, name = self.resolve(c.opts["rejtable"])
        temp = (
            c.opts.get("nocommit") and self.column_names(c.opts["rejtable"]) is None
        )  # documented: NO COMMIT and no such table yet
        if temp:
            self.temp[name] = (None, False)
            self.notices.append(
                (7728, f'Table "{name}" is created as a LOCAL TEMP table')
            )  # [?] code
        full = f"{'temp' if temp else ident(schema)}.{ident(name)}"
        self.run(
            f"CREATE {'TEMP ' if temp else ''}TABLE IF NOT EXISTS {full} (node_name VARCHAR, file_name VARCHAR, session_id VARCHAR, transaction_id BIGINT, statement_id BIGINT, "
            "batch_number BIGINT, row_number BIGINT, rejected_data VARCHAR, rejected_data_orig_length BIGINT, rejected_reason VARCHAR)",
            write=True,
        )
        for source, no, raw, why in bad:
            raw = raw.encode("utf-8", "replace").decode()
            self.run(
                f"INSERT INTO {full} VALUES ('v_standin_node0001', {lit(source)}, {lit(self.label)}, 1, 1, 0, {no}, {lit(raw)}, {len(raw)}, {lit(why)})",
                write=True,
            )
