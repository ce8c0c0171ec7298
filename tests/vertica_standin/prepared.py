"""Prepared statements."""

from __future__ import annotations

import re
import struct

import duckdb
from sqlglot import exp

from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.errors import VError
from tests.vertica_standin.lexing import lex, lit, split
from tests.vertica_standin.vtypes import vtype, vtype_of_duck


class Prepared:
    def on_parse(self, body):
        name, query = [p.decode() for p in body.split(b"\0")[:2]]
        stmts = split(query)
        if len(stmts) > 1:
            raise VError(2451, "42601", "Cannot insert multiple commands into a prepared statement")
        self.prepared[name] = (stmts or [""])[0], []
        self.send(b"1")  # a bad statement is refused when it is described

    def placeholders(self, sql):
        """The VType of each '?': the target column's in INSERT ... VALUES, else varchar."""
        n = sum(1 for k, s, _, _ in lex(sql) if s == "?")
        m = re.match(
            r"\s*INSERT\s+(?:/\*.*?\*/\s*)?INTO\s+([\w.\"]+)\s*(?:\(([^)]*)\)\s*)?VALUES\s*\((.*)\)\s*$",
            sql,
            re.I | re.S,
        )
        if n and m:
            cols = self.session.columns(
                *self.session.resolve(exp.to_table(m[1], dialect="postgres"))
            )
            order = (
                [x.strip().strip('"').lower() for x in m[2].split(",")]
                if m[2]
                else [c[0].lower() for c in cols]
            )
            types, vals = {c[0].lower(): c[1] for c in cols}, [v.strip() for v in m[3].split(",")]
            if len(vals) <= len(order):
                out = [
                    types.get(order[i], vtype("VARCHAR")) for i, v in enumerate(vals) if "?" in v
                ]
                if len(out) == n:
                    return out
        return [vtype("VARCHAR(65000)")] * n

    def on_describe(self, body):
        name = body[1:-1].decode()
        sql, s = self.prepared[name][0], self.session
        types, head = self.placeholders(sql), (lex(sql) or [("", "")])[0][1].upper()
        self.prepared[name], columns = (sql, types), None
        trial = self.substitute(sql, [None] * len(types), types)
        if head in ("INSERT", "UPDATE", "DELETE", "MERGE"):
            columns = [("OUTPUT", vtype("BIGINT"))]
            s.parse(trial)
        elif head in ("SELECT", "WITH", "("):
            try:
                tree = s.parse(trial)
                rows = s.con.execute(f"DESCRIBE {s.duck(tree)}").fetchall()
                columns = s.base_types(tree, [(r[0], vtype_of_duck(r[1])) for r in rows])
            except duckdb.Error as e:
                s.statement_rollback()
                raise from_duckdb(e) from e
        elif head in ("CREATE", "ALTER", "DROP", "TRUNCATE"):
            s.parse(sql)
        self.send(
            b"t",
            struct.pack("!H", len(types))
            + (
                struct.pack("!I", 0)
                + b"".join(struct.pack("!BIiH", 0, t.oid, t.modifier, 0) for t in types)
                if types
                else b""
            ),
        )
        self.describe(columns) if columns else self.send(b"n")
        self.send(b"m", head.encode() + b"\0" + struct.pack("!H", 0) + b"\0")

    def substitute(self, sql, values, types):
        """'?' becomes an untyped literal, which both engines coerce as they would a parameter."""
        it, out, last = iter(zip(values, types)), [], 0
        for k, s, a, b in lex(sql):
            if s == "?":
                v, t = next(it)
                if v is not None and t.kind == "bin":
                    raw = re.sub(rb"\\(\d{3})", lambda m: bytes((int(m[1], 8),)), v)
                    v = f"HEX_TO_BINARY('{raw.hex()}')"
                else:
                    v = "NULL" if v is None else lit(v.decode())
                out.append(sql[last:a] + v)
                last = b
        return "".join(out) + sql[last:]

    def on_bind(self, body):
        portal, rest = body.split(b"\0", 1)
        stmt, rest = rest.split(b"\0", 1)
        sql, types = self.prepared[stmt.decode()]
        pos = 2 + 2 * struct.unpack("!H", rest[:2])[0]
        n = struct.unpack("!H", rest[pos : pos + 2])[0]
        pos += 2 + 4 * n
        values = []
        for _ in range(n):
            size = struct.unpack("!i", rest[pos : pos + 4])[0]
            pos += 4
            values.append(None if size < 0 else rest[pos : pos + size])
            pos += max(size, 0)
        self.bound[portal] = self.substitute(sql, values, types)
        self.send(b"2")

    def on_execute(self, body):
        self.run_statement(self.bound[body.split(b"\0", 1)[0]], describe=False)
