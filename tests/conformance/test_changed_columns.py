"""H1, H3a, L14: columns that are added, moved or made wider make no versions of unchanged rows.

The tables are altered by hand between two runs, so that nothing but the hashes is looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conformance.club import load, rows, shown
from tests.conformance.projects import make_project
from tests.conformance.warehouses import WAREHOUSES
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.multi_active import MultiActiveDef
from tests.reference.reference import RefDef
from tests.reference.status_tracking import StatusDef
from tests.reference.tables import day
from tests.reference.tracking import SATELLITE, ExtendedDef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conformance.projects import Project
    from tests.conformance.warehouses import Warehouse
    from tests.reference.sql_types import Value

Columns = dict[str, str]

BEFORE: Columns = {
    "name": "varchar(20)",
    "paid": "decimal(6,2)",
    "size": "smallint",
    "seen": "timestamp",
}


class Change(NamedTuple):
    """Columns as they are declared afterwards, and what is done to a table for it."""

    columns: Columns
    alter: tuple[str, ...] = ()


NEW = {"nick": "varchar(20)", "rank": "integer"}
ADDED = ('ADD COLUMN "nick" VARCHAR(80)', 'ADD COLUMN "rank" INTEGER')
CHANGES = {
    "in front and in the middle": Change(
        {"rank": "integer", "name": BEFORE["name"], "nick": "varchar(20)"} | BEFORE, ADDED
    ),
    "behind, before they have a value": Change(BEFORE | NEW, ADDED),
    "swapped": Change({name: BEFORE[name] for name in ("seen", "paid", "size", "name")}),
    "wider": Change(
        BEFORE | {"name": "varchar(300)", "paid": "decimal(12,4)", "size": "bigint"},
        (
            'ALTER COLUMN "name" SET DATA TYPE VARCHAR(1200)',
            'ALTER COLUMN "paid" SET DATA TYPE NUMERIC(12,4)',
            'ALTER COLUMN "size" SET DATA TYPE BIGINT',
        ),
    ),
    "whole numbers become decimals": Change(
        BEFORE | {"size": "decimal(9,3)"},
        ('ALTER COLUMN "size" SET DATA TYPE NUMERIC(9,3)',),
    ),
}


def model(columns: Columns) -> Model:
    """Every kind that has a hashdiff, over the same columns."""
    pairs = [(name, name) for name in columns]
    key = KeyUse("h_person", ["no"])

    def source(name: str, **more: str) -> SourceDef:
        delivery = "full" if name == "roster" else "delta"
        given = {"no": "varchar(9)"} | more | columns
        return SourceDef(name, given, [key], delivery=delivery)

    return Model(
        sources=[
            source("people"),
            source("staff"),
            source("phones", kind="varchar(9)"),
            source("roster"),
            SourceDef("codes", {"code": "varchar(9)"} | columns),
        ],
        hubs=[HubDef("h_person", [("person", "varchar(9)")])],
        satellites=[
            SatDef("s_person", "people", "h_person", pairs),
            SatDef("s_both", "people", "h_person", pairs, more_sources=["staff"]),
        ],
        others=[
            MultiActiveDef("m_phone", "phones", "h_person", ["kind"], pairs),
            RefDef("r_code", "codes", ["code"], pairs),
            StatusDef("t_status", "roster", "h_person", columns=list(columns)),
            ExtendedDef("x_person", "h_person", tracked=["s_person", "s_both"]),
        ],
    )


ALTERED = ("s_person", "s_both", "m_phone", "r_code")
PAYLOADS: dict[str, tuple[Value, ...]] = {
    "a": ("b|c\\", Decimal("100.00"), 0, day(50)),
    "b": ("", Decimal("-0.50"), None, day(50) + timedelta(hours=9, seconds=10.12)),
    "c": (None, Decimal("1.25"), 7, None),
    "d": (None, None, None, None),
}


def deliver(project: Project, number: int, name: str) -> None:
    """The same rows of every source; `e` alone has another name at every delivery."""
    given = PAYLOADS | {"e": (name, Decimal("1.20"), 5, None)}
    whole = any(kind == "decimal(9,3)" for kind in project.model.source("people").columns.values())
    lines = [
        (key, text, paid, Decimal(size) if whole and size is not None else size, seen)
        for key, (text, paid, size, seen) in given.items()
    ]
    header = " ".join(BEFORE)
    load(
        project,
        number,
        people=rows(f"no {header}", *lines),
        staff=rows(f"no {header}", *((f"{key}2", *rest) for key, *rest in lines)),
        phones=rows(
            f"no kind {header}", *((key, kind, *rest) for key, *rest in lines for kind in "xy")
        ),
        roster=rows(f"no {header}", *lines),
        codes=rows(f"code {header}", *lines),
    )


@pytest.fixture
def warehouse(engine: str, tmp_path: Path) -> Iterator[Warehouse]:
    made = WAREHOUSES[engine](tmp_path)
    yield made
    made.close()


def alter(warehouse: Warehouse, engine: str, table: str, what: str) -> None:
    """Alter a table by hand; Vertica changes no scale in place."""
    found = re.fullmatch(r'ALTER COLUMN "(\w+)" SET DATA TYPE (NUMERIC.*)', what)
    texts = [f"ALTER TABLE {table} {what}"]
    if engine == "vertica" and found:
        name, kind = found.groups()
        texts = [
            f'ALTER TABLE {table} ADD COLUMN "{name}__new" {kind}',
            f'UPDATE {table} SET "{name}__new" = "{name}"',
            "COMMIT",
            f'ALTER TABLE {table} DROP COLUMN "{name}"',
            f'ALTER TABLE {table} RENAME COLUMN "{name}__new" TO "{name}"',
        ]
    for text in texts:
        warehouse.session.execute(text)


@pytest.mark.parametrize("how", CHANGES)
def test_columns_that_change_make_no_versions_of_unchanged_rows(
    how: str, engine: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    """What is delivered again is known; the one row that says more is news in every table."""
    change = CHANGES[how]
    before = make_project(tmp_path / "before", model(BEFORE), warehouse)
    deliver(before, 1, "E")
    first = {name: shown(before, name, "hk load_dt") for name in (*ALTERED, "t_status")}
    # PostgreSQL changes no column that a view reads, and replaces no view by one of another order.
    for name in ALTERED if engine == "postgres" else ():
        for view in ("current", "history"):
            warehouse.session.execute(f"DROP VIEW {before.table(f'{name}_{view}')}")
    for name in ALTERED:
        for what in change.alter:
            alter(warehouse, engine, before.table(name), what)

    after = make_project(tmp_path / "after", model(change.columns), warehouse)
    deliver(after, 2, "E.")

    added = {
        "s_person": [("e", 2)],
        "s_both": [("e", 2), ("e2", 2)],
        "m_phone": [("e", 2), ("e", 2)],
        "r_code": [("e", 2)],
        "t_status": [("e", 2)],
    }
    assert {name: shown(after, name, "hk load_dt") for name in first} == {
        name: sorted([*known, *added[name]]) for name, known in first.items()
    }
    assert ("e", 2, "U") in shown(after, "t_status", "hk load_dt status")
    assert recorded(after) == {
        (f"{key}{end}", satellite): 2 if key == "e" else 1
        for key in (*PAYLOADS, "e")
        for satellite, end in (("s_person", ""), ("s_both", ""), ("s_both", "2"))
    }


def recorded(project: Project) -> dict[tuple[str, str], int]:
    """How many different hashdiffs the record tracking has of a key in a satellite."""
    lines = set(shown(project, "x_person", f"hk {SATELLITE} hashdiff"))
    return dict(Counter((key, satellite) for key, satellite, _ in lines))


def keyed(price: str, line: str) -> Model:
    """A hub whose key is a number, and a link with a number among its child keys."""
    return Model(
        sources=[
            SourceDef(
                "offers",
                {"price": price, "shop": "varchar(9)", "line": line},
                [KeyUse("h_price", ["price"]), KeyUse("h_shop", ["shop"])],
            )
        ],
        hubs=[HubDef("h_price", [("price", price)]), HubDef("h_shop", [("shop", "varchar(9)")])],
        links=[
            LinkDef("l_offer", [("h_price", None), ("h_shop", None)], ["offers"], [("line", line)])
        ],
    )


def test_a_key_of_a_wider_type_is_the_same_key(
    engine: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    """H1: a price in more digits, a line that is a decimal now."""
    before = make_project(tmp_path / "before", keyed("decimal(6,2)", "integer"), warehouse)
    prices = [Decimal(each) for each in ("0", "1.50", "-0.50", "100.00", "1.25")]
    load(before, 1, offers=rows("price shop line", *((each, "x", 10) for each in prices)))
    for table, column, kind in (
        ("h_price", "price", "NUMERIC(12,4)"),
        ("l_offer", "line", "NUMERIC(9,1)"),
    ):
        what = f'ALTER COLUMN "{column}" SET DATA TYPE {kind}'
        alter(warehouse, engine, before.table(table), what)

    after = make_project(tmp_path / "after", keyed("decimal(12,4)", "decimal(9,1)"), warehouse)
    prices.append(Decimal("1.2501"))
    ran = load(
        after, 2, offers=rows("price shop line", *((each, "x", Decimal(10)) for each in prices))
    )

    assert ran.inserted == {"h_price": 1, "h_shop": 0, "l_offer": 1}
    assert len(after.rows("h_price")) == len(after.rows("l_offer")) == len(prices)
