"""Partitions by the month in the tables of other kinds, by periods, and without hashes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.run.log import RunLog
from dv_gen.run.testing import TestRequest, run_tests
from tests.e2e.small import Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Whom an order is of, what it has, who is there: each with load dates of the source's own.
MODEL = """\
sources:
  orders:
    file: orders*.csv
    columns:
      {nr: integer not null, buyer: integer, line: smallint not null, item: varchar(9),
      at: timestamp not null}
    keys: {h_orders: nr, h_buyers: buyer}
    load_dt: at
  staff:
    file: staff*.csv
    columns: {person: varchar(9) not null, desk: varchar(9), at: timestamp not null}
    keys: {h_staff: person}
    load_dt: at
    delivery: full
hubs:
  h_orders: {key: order_no}
  h_buyers: {key: buyer_no}
  h_staff: {key: staff_no}
links:
  l_buyers: {source: orders, hubs: [h_orders, h_buyers]}
satellites:
  m_orders: {source: orders, parent: h_orders, child_keys: line, columns: [item]}
  r_orders: {type: record_tracking, source: orders, parent: h_orders}
  t_staff: {type: status_tracking, source: staff, parent: h_staff, columns: [desk]}
calendars:
  as_of: {dates: ['2024-01-31', '2024-02-29', '2024-04-30']}
bridges:
  b_buyers: {start: h_buyers, links: [l_buyers], calendar: as_of}
"""
TABLES = (
    *("h_orders", "h_buyers", "h_staff", "l_buyers"),
    *("m_orders", "r_orders", "t_staff", "b_buyers"),
)
ORDERS = (
    (
        *("1,7,1,pen,2024-01-05", "1,7,2,ink,2024-01-05"),
        *("2,7,1,pad,2024-02-01", "3,8,1,pen,2024-02-29 23:59:59.999999"),
    ),
    # A set that loses a row, one that stays, and one of a month that is there.
    ("1,7,1,pen,2024-03-01", "2,7,1,pad,2024-03-01", "4,8,1,cap,2024-01-20"),
)
# By hand: a and b come, b goes to another desk, a is gone; then a is back.
STAFF = (
    ("a,north,2024-01-05", "b,north,2024-01-05", "b,south,2024-02-10"),
    ("a,north,2024-03-02", "b,south,2024-03-02"),
)
STATUSES = [
    *("a I 202401", "b I 202401"),
    *("a D 202402", "b U 202402"),
    "a I 202403",
]


# Hubs, links and plain satellites are all that there is with keys as they are.
NATURAL = """\
sources:
  orders:
    file: orders*.csv
    columns:
      {nr: integer not null, buyer: integer, line: smallint not null, item: varchar(9),
      at: timestamp not null}
    keys: {h_orders: nr, h_buyers: buyer}
    load_dt: at
  staff:
    file: staff*.csv
    columns: {person: varchar(9) not null, desk: varchar(9), at: timestamp not null}
    keys: {h_staff: person}
    load_dt: at
hubs:
  h_orders: {key: order_no}
  h_buyers: {key: buyer_no}
  h_staff: {key: staff_no}
links:
  l_buyers: {source: orders, hubs: [h_orders, h_buyers], child_keys: line}
satellites:
  s_staff: {source: staff, parent: h_staff, columns: [desk]}
"""


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Small]:
    (tmp_path / "plain").mkdir()
    with open_small(tmp_path / "plain", "postgres") as small:
        small.write(model__yml=MODEL)
        yield small


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Small]:
    (tmp_path / "parts").mkdir()
    with open_small(tmp_path / "parts", "postgres") as small:
        small.target["physical"] = {"partitions": True}
        small.write(model__yml=MODEL)
        yield small


def load(small: Small, number: int, **options: Any) -> None:  # noqa: ANN401 - as RunOptions has them
    small.deliver(f"orders_{number}.csv", "nr,buyer,line,item,at", *ORDERS[number])
    small.deliver(f"staff_{number}.csv", "person,desk,at", *STAFF[number])
    ran = small.run(allow_late=True, **options)
    assert ran.exit_code == 0, ran.log


def rows(small: Small, tables: tuple[str, ...] = TABLES) -> dict[str, list[str]]:
    return {name: sorted(map(repr, small.query(f"SELECT * FROM vault.{name}"))) for name in tables}


def months(small: Small, table: str) -> dict[str, int]:
    """The rows of each partition, by what stands behind the table's name."""
    found = small.query(
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        f"WHERE inhparent = 'vault.{table}'::regclass ORDER BY 1"
    )
    return {
        name.removeprefix(f"vault.{table}_"): small.query(f"SELECT count(*) FROM {name}")[0][0]
        for (name,) in found
    }


def statuses(small: Small) -> list[str]:
    found = small.query(
        "SELECT staff_no, status, TO_CHAR(t.load_dt, 'YYYYMM') FROM vault.t_staff AS t "
        "JOIN vault.h_staff USING (hk_staff_no) ORDER BY t.load_dt, staff_no"
    )
    return [" ".join(row) for row in found]


def no_difference(small: Small) -> bool:
    result = run_tests(TestRequest(small.folder), RunLog(io.StringIO(), "test"))
    return result.checks > 0 and result.exit_code == 0


def test_every_kind_has_the_rows_that_it_has_without_partitions(plain: Small, parts: Small) -> None:
    for number in range(2):
        load(plain, number)
        load(parts, number)
        assert rows(parts) == rows(plain)
    assert parts.run().inserted == {}

    assert no_difference(parts)
    assert statuses(parts) == STATUSES
    # By hand: two rows of one set, a set that has lost one; the others are sets of one row.
    assert months(parts, "m_orders") == {"202401": 3, "202402": 2, "202403": 1, "rest": 0}
    assert months(parts, "r_orders") == {"202401": 2, "202402": 2, "202403": 2, "rest": 0}
    assert months(parts, "t_staff") == {"202401": 2, "202402": 2, "202403": 1, "rest": 0}
    assert months(parts, "b_buyers").keys() == {"202401", "202402", "202404", "rest"}
    assert months(parts, "h_orders") == {}


@pytest.mark.parametrize("unit", ["load_dt", "load_dt:month"])
def test_a_history_by_periods_makes_the_months_of_each(
    unit: str, plain: Small, parts: Small
) -> None:
    load(plain, 0)
    load(parts, 0, by=unit)

    assert rows(parts) == rows(plain)
    assert no_difference(parts)
    assert months(parts, "m_orders") == {"202401": 2, "202402": 2, "rest": 0}
    assert months(parts, "l_buyers") == {"202401": 1, "202402": 2, "rest": 0}
    assert months(parts, "t_staff") == {"202401": 2, "202402": 2, "rest": 0}
    load(plain, 1)
    load(parts, 1, by=unit)
    assert rows(parts) == rows(plain)
    assert statuses(parts) == STATUSES


def test_keys_as_they_are_have_partitions_as_hashes_have(plain: Small, parts: Small) -> None:
    for small in (plain, parts):
        small.project["keys"] = "natural"
        small.write(model__yml=NATURAL)
        for number in range(2):
            load(small, number)

    tables = ("h_orders", "h_buyers", "h_staff", "l_buyers", "s_staff")
    assert rows(parts, tables) == rows(plain, tables)
    assert no_difference(parts)
    assert months(parts, "l_buyers") == {"202401": 3, "202402": 2, "202403": 0, "rest": 0}
    # By hand: a and b come, b goes to another desk; a has never been anywhere else.
    assert months(parts, "s_staff") == {"202401": 2, "202402": 1, "202403": 0, "rest": 0}
