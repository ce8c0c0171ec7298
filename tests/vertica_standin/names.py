"""Names: schemas, tables, columns."""

from __future__ import annotations

import json

from tests.vertica_standin.errors import VError
from tests.vertica_standin.vtypes import vtype, vtype_of_duck


class Names:
    def resolve(self, table):
        if not table.db and table.name in self.temp:
            return "main", table.name
        if table.db:
            return table.db, table.name
        path = (
            self.con.execute("SELECT current_setting('search_path')")
            .fetchone()[0]
            .replace('"', "")
            .split(",")
        )
        for s in path:
            if self.con.execute(
                "SELECT 1 FROM duckdb_tables() WHERE lower(schema_name)=lower(?) AND lower(table_name)=lower(?)",
                [s, table.name],
            ).fetchone():
                return s, table.name
        return path[0], table.name

    def columns(self, schema, name):
        """[(column, VType, nullable, is_identity)] of a base table, or the Vertica error for a missing one."""
        rows = self.con.execute(
            "SELECT column_name, data_type, comment, is_nullable FROM duckdb_columns() WHERE lower(schema_name)=lower(?) "
            "AND lower(table_name)=lower(?) ORDER BY column_index",
            [schema, name],
        ).fetchall()
        if not rows:
            if not self.con.execute(
                "SELECT 1 FROM duckdb_schemas() WHERE lower(schema_name)=lower(?)", [schema]
            ).fetchone():
                raise VError(4650, "3F000", f'Schema "{schema}" does not exist')
            raise VError(4566, "42V01", f'Relation "{schema}.{name}" does not exist')
        meta = [json.loads(c) if c and c.startswith("{") else {} for _, _, c, _ in rows]
        return [
            (
                n,
                vtype(
                    m["t"].upper().replace("FLOAT", "DOUBLE PRECISION")
                    if m["t"] != "int"
                    else "BIGINT"
                )
                if "t" in m
                else vtype_of_duck(d),
                nul,
                "identity" in m,
            )
            for (n, d, _, nul), m in zip(rows, meta)
        ]

    def column_names(self, table):
        try:
            return [c[0] for c in self.columns(*self.resolve(table))]
        except VError:
            return None
