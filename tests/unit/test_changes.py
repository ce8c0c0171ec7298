"""Which change of a type is what, how engines spell types, and what a key's change is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dv_gen import dialects
from dv_gen.engines.base import StoredColumn
from dv_gen.model.entities import Column
from dv_gen.model.types import HASH, parse_type
from dv_gen.run.changes.compare import State, differences, orphans
from dv_gen.run.changes.definitions import Definition, read_definition
from dv_gen.run.changes.difference import APPLY, REFUSED, SAFE
from dv_gen.run.changes.types import (
    AS_TEXT,
    NARROWER,
    OTHER,
    OTHER_TEXT,
    SAME,
    WIDER,
    Storage,
    change_of,
)

TYPES = (
    ("integer", "integer", SAME),
    ("smallint", "integer", WIDER),
    ("smallint", "bigint", WIDER),
    ("bigint", "integer", NARROWER),
    ("varchar(20)", "varchar(21)", WIDER),
    ("varchar(20)", "varchar(19)", NARROWER),
    ("decimal(8,2)", "decimal(12,4)", WIDER),
    ("decimal(8,2)", "decimal(9,2)", WIDER),
    # One digit less before the point.
    ("decimal(8,2)", "decimal(9,4)", OTHER),
    ("decimal(12,4)", "decimal(8,2)", NARROWER),
    ("smallint", "decimal(7,2)", WIDER),
    ("smallint", "decimal(6,2)", OTHER),
    ("integer", "decimal(10,0)", WIDER),
    ("integer", "decimal(9,0)", OTHER),
    ("bigint", "decimal(19,0)", WIDER),
    ("bigint", "decimal(20,2)", OTHER),
    ("decimal(12,2)", "integer", NARROWER),
    ("integer", "varchar(11)", AS_TEXT),
    ("integer", "varchar(10)", OTHER),
    ("varchar(11)", "integer", OTHER),
    ("decimal(8,2)", "varchar(20)", OTHER_TEXT),
    ("boolean", "varchar(5)", OTHER_TEXT),
    ("date", "timestamp", OTHER_TEXT),
    ("timestamp", "date", OTHER),
    ("integer", "date", OTHER),
    ("double", "decimal(38,10)", OTHER),
    ("integer", "double", OTHER),
)


@pytest.mark.parametrize(("old", "new", "verdict"), TYPES)
def test_what_becomes_of_a_value(old: str, new: str, verdict: str) -> None:
    assert change_of(parse_type(old), parse_type(new)) == verdict


# As the catalogs of the engines spell what the rendered statements declare.
SPELLED = {
    "duckdb": {
        "smallint": "SMALLINT",
        "integer": "INTEGER",
        "bigint": "BIGINT",
        "double": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "decimal(10,2)": "DECIMAL(10,2)",
        "varchar(20)": "VARCHAR",
    },
    "postgres": {
        "smallint": "smallint",
        "integer": "integer",
        "bigint": "bigint",
        "double": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp without time zone",
        "decimal(10,2)": "numeric(10,2)",
        "varchar(20)": "character varying(20)",
        "varchar(20000000)": "text",
    },
    "vertica": {
        "smallint": "int",
        "integer": "int",
        "bigint": "int",
        "double": "float",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp",
        "decimal(10,2)": "numeric(10,2)",
        "varchar(20)": "varchar(80)",
        "varchar(20000)": "long varchar(80000)",
    },
}
HASHES = {
    "duckdb": {("md5", "native"): "UUID", ("sha256", "native"): "BLOB", ("md5", "hex"): "VARCHAR"},
    "postgres": {
        ("md5", "native"): "uuid",
        ("sha256", "native"): "bytea",
        ("md5", "hex"): "character(32)",
    },
    "vertica": {
        ("md5", "native"): "varbinary(16)",
        ("sha256", "native"): "varbinary(32)",
        ("md5", "hex"): "char(32)",
    },
}


def storage(dialect: str, algorithm: str = "md5", store: str = "native") -> Storage:
    return Storage(dialects.get(dialect), {"md5": 16, "sha256": 32}[algorithm], store)


@pytest.mark.parametrize("dialect", SPELLED)
def test_what_is_declared_is_what_the_catalog_says(dialect: str) -> None:
    known = storage(dialect)
    for text, spelled in SPELLED[dialect].items():
        assert known.stored(parse_type(text)) == known.live(StoredColumn(spelled, nullable=True))
    for (algorithm, store), spelled in HASHES[dialect].items():
        one = storage(dialect, algorithm, store)
        assert one.stored(HASH) == one.live(StoredColumn(spelled, nullable=False))


@pytest.mark.parametrize(
    ("old", "new", "alters"),
    [
        ("varchar(20)", "varchar(60)", True),
        # A longer text is stored as one of another name.
        ("varchar(20)", "varchar(20000)", True),
        ("decimal(8,2)", "decimal(18,2)", True),
        ("decimal(8,2)", "decimal(19,2)", False),
        ("decimal(19,2)", "decimal(37,2)", True),
        ("decimal(8,2)", "decimal(12,4)", False),
        ("integer", "decimal(19,0)", False),
        ("integer", "varchar(20)", False),
    ],
)
def test_vertica_changes_a_type_where_its_storage_stays(
    old: str, new: str, *, alters: bool
) -> None:
    known = storage("vertica")
    before, after = known.stored(parse_type(old)), known.stored(parse_type(new))

    assert known.alters(before, after, is_key=False) == alters
    assert not known.alters(before, after, is_key=True)
    assert storage("postgres").alters(before, after, is_key=True)


def table(name: str, built_from: dict[str, object], **columns: str) -> Definition:
    """A table of the vault with these columns, and a key."""
    own = {
        "hk": Column("hk", HASH, nullable=False),
        **{column: Column(column, parse_type(kind)) for column, kind in columns.items()},
    }
    return Definition("vault", name, name, own, built_from, "dv_gen-1", "metadata/m.yml:1:1")


def found(new: Definition, old: Definition, **live: str) -> list[tuple[str, str]]:
    """What differs, on PostgreSQL, where the table stands as it was built."""
    spelled = SPELLED["postgres"]
    columns = {
        name: StoredColumn(live.get(name, spelled.get(str(column.type), "uuid")), column.nullable)
        for name, column in old.columns.items()
    }
    key = ("vault", new.name)
    state = State({key: new}, {}, {key: columns}, {key: old}, storage("postgres"))
    return [(item.action, item.said) for item in differences(state)]


REFERENCE = {"kind": "reference", "key": ["code"]}


def test_a_narrower_type_is_refused_also_where_the_engine_would_take_it() -> None:
    old = table("h", {"kind": "hub", "key": ["no"]}, no="bigint")
    new = table("h", {"kind": "hub", "key": ["no"]}, no="integer")

    assert found(new, old) == [
        (REFUSED, 'vault.h."no" is bigint, and the metadata says integer'),
    ]


def test_a_type_that_somebody_has_widened_is_his_to_widen() -> None:
    built = table("h", {"kind": "hub", "key": ["no"]}, no="integer")

    assert found(built, built, no="bigint") == []
    assert found(built, built, no="smallint") == [
        (SAFE, 'vault.h."no" is smallint, and the metadata says integer'),
    ]


def test_other_columns_in_a_hashdiff_are_told_where_they_were_there_before() -> None:
    facts = {"kind": "satellite", "parent": "h"}
    old = table("s", {**facts, "hashdiff": ["a", "b"]}, a="integer", b="integer")
    fewer = table("s", {**facts, "hashdiff": ["a"]}, a="integer", b="integer")
    more = table("s", {**facts, "hashdiff": ["a", "b", "c"]}, a="integer", b="integer", c="date")

    assert found(fewer, old) == [
        (APPLY, "the hashdiff of vault.s is made of other columns: b"),
    ]
    assert found(more, old) == [(SAFE, 'vault.s."c" is new: date')]


@pytest.mark.parametrize(
    ("fact", "before", "after"),
    [
        ("kind", "satellite", "effectivity"),
        ("parent", "h", "l"),
        ("historized", True, False),
        ("driving_key", ["hk_a"], ["hk_b"]),
        ("parallel", False, True),
        ("own_start", False, True),
        ("hubs", ["a", "b"], ["a", "b.other"]),
        ("child_keys", ["a"], ["a", "b"]),
        ("key", ["a", "b"], ["b", "a"]),
    ],
)
def test_what_its_rows_are_cannot_change(fact: str, before: object, after: object) -> None:
    facts = {"kind": "satellite", "parent": "h", fact: before}

    told = found(table("s", {**facts, fact: after}), table("s", facts))

    assert [action for action, _ in told] == [REFUSED]


def test_the_end_of_a_period_is_never_added_empty() -> None:
    """Another tool's table has its dates under other names: without them all would be open."""
    facts = {"kind": "effectivity", "parent": "l", "period": ["start_dt", "end_dt"]}
    theirs = table("e", facts, start_date="timestamp", end_date="timestamp")
    ours = table("e", facts, start_dt="timestamp", end_dt="timestamp")
    live = {name: StoredColumn("timestamp", nullable=True) for name in theirs.columns}
    live["hk"] = StoredColumn("uuid", nullable=False)
    key = ("vault", "e")

    told = differences(State({key: ours}, {}, {key: live}, {}, storage("postgres")))

    assert [(item.action, item.said) for item in told] == [
        (REFUSED, 'the table vault.e has no column "start_dt" for its periods'),
        (REFUSED, 'the table vault.e has no column "end_dt" for its periods'),
    ]
    assert "period: [start, end] names the columns" in told[0].todo


def test_a_definition_is_read_back_from_what_the_ledger_keeps() -> None:
    one = table("r", REFERENCE, code="varchar(20)", worth="decimal(10,2)")

    assert read_definition("vault", "r", one.text) == one


def test_a_table_that_is_gone_is_no_orphan() -> None:
    one = table("r", REFERENCE, code="varchar(20)")
    state = State({}, {}, {}, {("vault", "r"): one}, storage("duckdb"))

    assert orphans(state) == []
    assert orphans(replace(state, live={("vault", "r"): {}})) == [one]
