"""Partitions by the month of the load date: the same vault as without them, whatever arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.run.log import RunLog
from dv_gen.run.testing import TestRequest, run_tests
from tests import postgres_server
from tests.e2e.small import Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """\
sources:
  orders:
    file: orders*.csv
    columns: {nr: integer not null, buyer: integer, paid: varchar(9), at: timestamp not null}
    keys: {h_orders: nr, h_buyers: buyer}
    load_dt: at
hubs:
  h_orders: {key: order_no, ghosts: true}
  h_buyers: {key: buyer_no, ghosts: true}
links:
  l_buyers: {source: orders, hubs: [h_orders, h_buyers]}
satellites:
  s_orders: {source: orders, parent: h_orders, columns: [paid], ghosts: true}
  e_buyers: {source: orders, parent: l_buyers, driving_key: h_orders}
calendars:
  as_of: {dates: ['2024-01-31', '2024-02-29', '2024-04-30']}
pits:
  p_orders: {hub: h_orders, satellites: [s_orders], calendar: as_of}
"""
HUB_TOO = "physical: {h_orders: {partition_by: load_dt}}\n"
TABLES = ("h_orders", "h_buyers", "l_buyers", "s_orders", "e_buyers", "p_orders")
HEADER = "nr,buyer,paid,at"
DELIVERIES = (
    ("1,7,no,2024-01-05", "2,7,no,2024-01-31 23:59:59.999999", "3,8,no,2024-02-01"),
    ("1,8,yes,2024-03-05", "4,9,no,2024-03-05"),
    # Late: into a month that is there, into one that is not, and of the first year of all.
    ("1,7,maybe,2024-01-20", "3,8,yes,2023-12-31 12:00:00", "5,9,old,0001-01-01 00:00:01"),
    ("2,9,yes,9999-12-31 23:59:59.999999",),
)


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
        small.write(model__yml=MODEL + HUB_TOO)
        yield small


def load(small: Small, number: int) -> None:
    small.deliver(f"orders_{number}.csv", HEADER, *DELIVERIES[number])
    ran = small.run(allow_late=True)
    assert ran.exit_code == 0, ran.log


def rows(small: Small) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(map(repr, small.query(f"SELECT * FROM vault.{name}"))) for name in TABLES}


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


def do(small: Small, sql: str) -> None:
    postgres_server.shared().execute(sql, small.target["database"])


def no_difference(small: Small) -> bool:
    import io  # noqa: PLC0415

    result = run_tests(TestRequest(small.folder), RunLog(io.StringIO(), "test"))
    return result.checks > 0 and result.exit_code == 0


def test_several_months_give_the_vault_that_is_not_partitioned(plain: Small, parts: Small) -> None:
    for number in range(len(DELIVERIES)):
        load(plain, number)
        load(parts, number)
        assert rows(parts) == rows(plain)
    again = parts.run()

    assert again.inserted == {}
    assert rows(parts) == rows(plain)
    assert no_difference(parts)
    # By hand: of 8 rows one is of each month but January, which has those of three orders; the
    # two ghost rows are of the first moment of all, before their month was brought.
    assert months(parts, "s_orders") == {
        "202312": 1,
        "202401": 3,
        "202402": 1,
        "202403": 2,
        "999912": 1,
        "rest": 3,
    }
    assert months(parts, "p_orders").keys() == {"202401", "202402", "202404", "rest"}
    assert months(parts, "h_orders")["202401"] == 2
    assert months(parts, "h_buyers") == {}


def test_a_month_that_lies_in_the_rest_stays_there(plain: Small, parts: Small) -> None:
    load(plain, 0)
    load(parts, 0)
    # As somebody would who takes a month's partition away and puts its rows back.
    do(
        parts,
        "BEGIN; ALTER TABLE vault.s_orders DETACH PARTITION vault.s_orders_202401; "
        "ALTER TABLE vault.s_orders_202401 RENAME TO taken; "
        "INSERT INTO vault.s_orders SELECT * FROM vault.taken; COMMIT",
    )
    for number in (1, 2):
        load(plain, number)
        load(parts, number)

    assert rows(parts) == rows(plain)
    # Two of January, and a late one; two ghosts, and one of their month.
    assert months(parts, "s_orders") == {"202312": 1, "202402": 1, "202403": 2, "rest": 6}


def test_tables_that_are_there_without_partitions_stay_as_they_are(
    plain: Small, parts: Small
) -> None:
    load(plain, 0)
    plain.target["physical"] = {"partitions": True}
    plain.write(model__yml=MODEL + HUB_TOO)
    # Whoever runs the rendered files by hand finds the table there.
    made = (plain.folder / "generated/local/satellites/s_orders.sql").read_text(encoding="utf-8")
    rest = made.split("\n\n")[2]
    assert "DEFAULT;" in rest
    do(plain, rest)
    load(parts, 0)
    for number in (1, 2):
        load(plain, number)
        load(parts, number)

    assert rows(parts) == rows(plain)
    assert all(months(plain, table) == {} for table in TABLES)
    assert no_difference(plain)


def test_a_table_that_was_partitioned_by_hand_takes_every_row(plain: Small, parts: Small) -> None:
    columns = "hk_order_no uuid, paid varchar(9), hashdiff uuid, load_dt timestamp"
    do(
        parts,
        f"CREATE SCHEMA vault; CREATE TABLE vault.s_orders ({columns}, load_src varchar(255)) "
        "PARTITION BY RANGE (load_dt); CREATE TABLE vault.first_half PARTITION OF vault.s_orders "
        "FOR VALUES FROM ('2024-01-01') TO ('2024-02-15'); "
        "CREATE TABLE vault.others PARTITION OF vault.s_orders DEFAULT",
    )
    for number in (0, 1):
        load(plain, number)
        load(parts, number)

    assert rows(parts) == rows(plain)
    assert months(parts, "s_orders") == {"vault.first_half": 3, "202403": 2, "vault.others": 2}


def test_a_key_that_is_stored_twice_is_found_by_the_check(parts: Small) -> None:
    load(parts, 0)
    do(
        parts,
        "INSERT INTO vault.h_orders SELECT hk_order_no, order_no, '2024-02-02', load_src "
        "FROM vault.h_orders WHERE order_no = 1",
    )

    assert not no_difference(parts)
