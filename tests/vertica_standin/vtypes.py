"""The types of Vertica, and what stands for them in DuckDB."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tests.vertica_standin.errors import VerticaError

_KINDS = {
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
}
# How a message names a kind.
_WORDS = {"ts": "timestamp", "str": "varchar", "bin": "varbinary", "bool": "boolean"}
# Kinds that an INSERT turns into others by itself; a string takes anything but bytes.
_ASSIGNED = {
    "str": {"float"},
    "int": {"bool", "numeric", "float", "interval"},
    "bool": {"int"},
    "numeric": {"int", "float"},
    "float": {"int", "numeric"},
    "ts": {"date", "time"},
    "date": {"ts"},
    "time": {"ts"},
}


@dataclass(frozen=True)
class VType:
    """A type.

    Attributes:
        name: as v_catalog.columns spells it, without its length.
        oid: its number on the wire.
        duck: the type in DuckDB.
        length: octets, or the precision of a numeric.
        scale: of a numeric.
    """

    name: str
    oid: int
    duck: str
    length: int | None = None
    scale: int | None = None

    @property
    def sql(self) -> str:
        """The type as v_catalog.columns spells it."""
        if self.name == "numeric":
            return f"numeric({self.length},{self.scale})"
        return f"{self.name}({self.length})" if self.length else self.name

    @property
    def modifier(self) -> int:
        """The type's modifier on the wire."""
        if self.name == "numeric":
            return ((self.length or 0) << 16 | (self.scale or 0)) + 4
        return self.length + 4 if self.length else -1

    @property
    def kind(self) -> str:
        """The class that coercion goes by."""
        return _KINDS.get(self.oid, "str")

    @property
    def sized(self) -> str:
        """The type as messages about a length name it."""
        return self.name.title()


# Vertica's spelling (as vertica-sqlglot-dialect renders it): name, oid, DuckDB's type, and the
# length that is meant and the greatest.
_BASE: dict[str, tuple[str, int, str, int | None, int]] = {
    "BOOLEAN": ("boolean", 5, "BOOLEAN", None, 0),
    "BIGINT": ("int", 6, "BIGINT", None, 0),
    "DOUBLE PRECISION": ("float", 7, "DOUBLE", None, 0),
    "CHAR": ("char", 8, "VARCHAR", 1, 65000),
    "VARCHAR": ("varchar", 9, "VARCHAR", 80, 65000),
    "DATE": ("date", 10, "DATE", None, 0),
    "TIME": ("time", 11, "TIME", None, 0),
    "TIMESTAMP": ("timestamp", 12, "TIMESTAMP", None, 0),
    "TIMESTAMPTZ": ("timestamptz", 13, "TIMESTAMPTZ", None, 0),
    "INTERVAL": ("interval", 14, "INTERVAL", None, 0),
    "TIMETZ": ("timetz", 15, "TIMETZ", None, 0),
    "UUID": ("uuid", 20, "UUID", None, 0),
    "BINARY": ("binary", 117, "BLOB", 1, 65000),
    "VARBINARY": ("varbinary", 17, "BLOB", 80, 65000),
    "LONG VARCHAR": ("long varchar", 115, "VARCHAR", 1048576, 32000000),
    "LONG VARBINARY": ("long varbinary", 116, "BLOB", 1048576, 32000000),
}
_SYNONYMS = {
    "RAW": "VARBINARY",
    "BYTEA": "VARBINARY",
    "FLOAT": "DOUBLE PRECISION",
    "INT": "BIGINT",
    "INTEGER": "BIGINT",
}
_DUCKDB = {
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
    "TIME WITH TIME ZONE": "TIMETZ",
    "DOUBLE": "DOUBLE PRECISION",
    "FLOAT": "DOUBLE PRECISION",
    "BLOB": "VARBINARY(65000)",
    **dict.fromkeys(("TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"), "TIMESTAMP"),
    **dict.fromkeys(("HUGEINT", "UBIGINT", "INTEGER", "SMALLINT", "TINYINT"), "BIGINT"),
    **dict.fromkeys(("UHUGEINT", "UINTEGER", "USMALLINT", "UTINYINT"), "BIGINT"),
}
_TYPE = re.compile(r"([A-Z ]+)(?:\((\d+)(?:,\s*(\d+))?\))?(?: .*)?$")


@lru_cache(maxsize=1024)
def vtype(text: str) -> VType:
    """Return the type of a text such as ``VARCHAR(20)``.

    Raises:
        VerticaError: when Vertica has no such type, or not so long.
    """
    found = _TYPE.match(text.upper())
    name = found[1].strip() if found else ""
    name = "INTERVAL" if name.startswith("INTERVAL") else _SYNONYMS.get(name, name)
    if found and name in ("DECIMAL", "NUMERIC", "MONEY"):
        return _numeric(name, found[2], found[3])
    if found is None or name not in _BASE:
        raise VerticaError(5108, "42704", f'Type "{text.lower()}" does not exist')
    spelled, oid, duck, meant, greatest = _BASE[name]
    if meant is None:
        return VType(spelled, oid, duck)
    length = int(found[2]) if found[2] else meant
    if length > greatest:
        raise VerticaError(3852, "22023", f"Length for type {spelled} cannot exceed {greatest}")
    return VType(spelled, oid, duck, length)


def _numeric(name: str, precision: str | None, scale: str | None) -> VType:
    if name == "MONEY":
        digits, behind = 18, 4
    elif precision is None:
        digits, behind = 37, 15
    else:
        digits, behind = int(precision), int(scale or 0)
    # DuckDB has 38 digits where Vertica has 1024.
    return VType("numeric", 16, f"DECIMAL({min(digits, 38)},{min(behind, 38)})", digits, behind)


@lru_cache(maxsize=256)
def vtype_of_duckdb(name: str) -> VType:
    """Return the type that a column of DuckDB has for the client."""
    name = name.upper()
    if name.startswith("DECIMAL"):
        return vtype(name)
    name = _DUCKDB.get(name, name)
    known = name.split("(", maxsplit=1)[0] in _BASE and name != "VARCHAR"
    return vtype(name if known else "VARCHAR(65000)")


def check_assignment(target: VType, source: str, column: str) -> None:
    """Refuse to assign a kind to a column of another type where Vertica wants a cast.

    Raises:
        VerticaError: 42804.
    """
    fits = source == target.kind or (target.kind == "str" and source != "bin")
    if not fits and target.kind not in _ASSIGNED.get(source, ()):
        raise VerticaError(
            2631,
            "42804",
            f'Column "{column}" is of type {target.name} '
            f"but expression is of type {_WORDS.get(source, source)}",
            hint="You will need to rewrite or cast the expression",
        )
