"""The types of Vertica, and of DuckDB behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.vertica_standin.errors import VError


@dataclass(frozen=True)
class VType:
    name: str  # as v_catalog.columns.data_type spells it, without its length
    oid: int
    duck: str
    length: int | None = None  # octets, or numeric precision
    scale: int | None = None

    @property
    def sql(self):
        if self.name == "numeric":
            return f"numeric({self.length},{self.scale})"
        return f"{self.name}({self.length})" if self.length else self.name

    @property
    def modifier(self):
        if self.name == "numeric":
            return (self.length << 16 | self.scale) + 4
        return self.length + 4 if self.length else -1

    @property
    def kind(self):  # class for assignment coercion
        return {
            5: "bool",
            6: "int",
            7: "float",
            16: "numeric",
            10: "date",
            11: "time",
            15: "time",
            12: "ts",
            13: "ts",
            14: "interval",
            20: "uuid",
            17: "bin",
            116: "bin",
            117: "bin",
        }.get(self.oid, "str")


BASE = {  # Vertica spelling (as vertica-sqlglot-dialect renders it) -> name, oid, DuckDB type, default and max length
    "BOOLEAN": ("boolean", 5, "BOOLEAN"),
    "BIGINT": ("int", 6, "BIGINT"),
    "DOUBLE PRECISION": ("float", 7, "DOUBLE"),
    "CHAR": ("char", 8, "VARCHAR", 1, 65000),
    "VARCHAR": ("varchar", 9, "VARCHAR", 80, 65000),
    "DATE": ("date", 10, "DATE"),
    "TIME": ("time", 11, "TIME"),
    "TIMESTAMP": ("timestamp", 12, "TIMESTAMP"),
    "TIMESTAMPTZ": ("timestamptz", 13, "TIMESTAMPTZ"),
    "INTERVAL": ("interval", 14, "INTERVAL"),
    "TIMETZ": ("timetz", 15, "TIMETZ"),
    "UUID": ("uuid", 20, "UUID"),
    "BINARY": ("binary", 117, "BLOB", 1, 65000),
    "VARBINARY": ("varbinary", 17, "BLOB", 80, 65000),
    "LONG VARCHAR": ("long varchar", 115, "VARCHAR", 1048576, 32000000),
    "LONG VARBINARY": ("long varbinary", 116, "BLOB", 1048576, 32000000),
}
ASSIGN = {
    "str": {"float"},
    "int": {"bool", "numeric", "float", "interval"},
    "bool": {"int"},
    "numeric": {"int", "float"},
    "float": {"int", "numeric"},
    "ts": {"date", "time"},
    "date": {"ts"},
    "time": {"ts"},
    "bin": set(),
    "uuid": set(),
}


def vtype(text):
    m = re.match(r"([A-Z ]+)(?:\((\d+)(?:,\s*(\d+))?\))?(?: .*)?$", text.upper())
    name = m and m[1].strip()
    name = (
        "INTERVAL"
        if name and name.startswith("INTERVAL")
        else {"RAW": "VARBINARY", "BYTEA": "VARBINARY", "FLOAT": "DOUBLE PRECISION"}.get(name, name)
    )
    if name in ("DECIMAL", "NUMERIC", "MONEY"):
        p, s = (
            (18, 4)
            if name == "MONEY"
            else (int(m[2] or 37), int(m[3] if m[3] else 0 if m[2] else 15))
        )
        return VType("numeric", 16, f"DECIMAL({min(p, 38)},{min(s, 38)})", p, s)
    if name not in BASE:
        raise VError(5108, "42704", f'Type "{text.lower()}" does not exist')
    b = BASE[name]
    n = None
    if len(b) > 3:
        n = int(m[2]) if m[2] else b[3]
        if n > b[4]:
            raise VError(3852, "22023", f"Length for type {b[0]} cannot exceed {b[4]}")
    return VType(b[0], b[1], b[2], n)


def vtype_of_duck(t):
    t = str(t).upper()
    if t.startswith("DECIMAL"):
        return vtype(t)
    t = {
        "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
        "TIME WITH TIME ZONE": "TIMETZ",
        "DOUBLE": "DOUBLE PRECISION",
        "FLOAT": "DOUBLE PRECISION",
        "HUGEINT": "BIGINT",
        "UBIGINT": "BIGINT",
        "INTEGER": "BIGINT",
        "SMALLINT": "BIGINT",
        "TINYINT": "BIGINT",
        "UHUGEINT": "BIGINT",
        "UINTEGER": "BIGINT",
        "BLOB": "VARBINARY(65000)",
        "TIMESTAMP_NS": "TIMESTAMP",
        "TIMESTAMP_S": "TIMESTAMP",
        "TIMESTAMP_MS": "TIMESTAMP",
    }.get(t, t)
    return (
        vtype(t)
        if re.match(r"[A-Z ]+", t) and t.split("(")[0] in BASE and t != "VARCHAR"
        else vtype("VARCHAR(65000)")
    )
