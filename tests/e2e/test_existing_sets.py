"""dv-gen goes on with sets and effectivity satellites that AutomateDV has built (H6, L8, L9).

The metadata is that of docs/migrating_from_automatedv.md. The tables are made by hand, in
AutomateDV's form: a digest is written as the text that it is made of.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dv_gen.errors import EXIT_USAGE
from tests.projects import dv_gen, write_project

if TYPE_CHECKING:
    import subprocess

Rows = list[tuple[Any, ...]]
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "migrating_from_automatedv.md"
PROJECT = """\
name: existing
schemas: {vault: raw_vault}
naming: {load_dt: LOAD_DATE, load_src: RECORD_SOURCE, hashdiff: HASHDIFF}
hash: {rule: classic, store: upper_hex}
targets: {here: {type: duckdb, path: warehouse.duckdb, landing: landing}}
"""
OLD = "AUTOMATE"
PHONE_COLUMNS = (
    "CUSTOMER_HK VARCHAR, PHONE_TYPE VARCHAR, CUSTOMER_PHONE VARCHAR, PHONE_HASHDIFF VARCHAR, "
    "EFFECTIVE_FROM DATE"
)
KEYS = "CUSTOMER_ORDER_HK VARCHAR, ORDER_HK VARCHAR, CUSTOMER_HK VARCHAR"
NEVER = date(9999, 12, 31)
GHOST = "0" * 32


def day(number: int) -> date:
    return date(2024, 1, number)


class Digest(str):
    """The text that a digest is made of."""

    __slots__ = ()


class Existing:
    """A vault on DuckDB and the project that goes on with it."""

    def __init__(self, folder: Path, heading: str, **tables: tuple[str, Rows]) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        found = re.search(
            rf"^## {heading}$.*?^```yaml\n(.*?)^```$",
            GUIDE.read_text("utf-8"),
            re.DOTALL | re.MULTILINE,
        )
        assert found
        self.metadata = dedent(found[1])
        write_project(folder, {"metadata/model.yml": self.metadata}, project=PROJECT)
        with self.connection() as connection:
            connection.execute("CREATE SCHEMA raw_vault")
            for name, (columns, rows) in tables.items():
                standard = "LOAD_DATE TIMESTAMP, RECORD_SOURCE VARCHAR"
                connection.execute(f"CREATE TABLE raw_vault.{name} ({columns}, {standard})")
                marks = ", ".join("?" * (columns.count(",") + 3))
                for row in rows:
                    values = [self.stored(value) for value in row]
                    connection.execute(f"INSERT INTO raw_vault.{name} VALUES ({marks})", values)

    def connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.folder / "warehouse.duckdb"))

    def stored(self, value: object) -> object:
        """A digest as the table has it; its text is known from now on."""
        if not isinstance(value, Digest):
            return value
        digest = hashlib.md5(value.encode(), usedforsecurity=False).hexdigest().upper()
        self.texts[digest] = value
        return digest

    def run(self, number: int, source: str, text: str) -> subprocess.CompletedProcess[str]:
        path = self.folder / "landing" / source / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        moment = str(day(number))
        return dv_gen("run", "--project", str(self.folder), "--load-date", moment, "--render")

    def loaded(self, number: int, source: str, text: str) -> None:
        ran = self.run(number, source, text)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            found = connection.execute(query).fetchall()
        return sorted((tuple(map(self._readable, row)) for row in found), key=repr)

    def _readable(self, value: object) -> object:
        if isinstance(value, datetime):
            return value.date()
        return self.texts.get(value, value) if isinstance(value, str) else value


def phone(*parts: str) -> Digest:
    return Digest("||".join(parts))


PHONES = "SELECT CUSTOMER_HK, PHONE_TYPE, CUSTOMER_PHONE, EFFECTIVE_FROM, LOAD_DATE FROM raw_vault."
# Two numbers of one type: AutomateDV tells them apart by number, and hashes key and number.
SETS = [
    (Digest("1001"), "HOME", "17-1", phone("1001", "17-1"), day(1), day(1), OLD),
    (Digest("1001"), "HOME", "17-2", phone("1001", "17-2"), day(1), day(1), OLD),
    (Digest("1002"), "WORK", "17-3", phone("1002", "17-3"), day(1), day(1), OLD),
    (GHOST, None, None, GHOST, None, date(1900, 1, 1), "SYSTEM"),
]


@pytest.fixture
def phones(tmp_path: Path) -> Existing:
    customers = [(Digest(no), no, day(1), OLD) for no in ("1001", "1002")]
    return Existing(
        tmp_path,
        "Multi-active satellites",
        hub_customer=("CUSTOMER_HK VARCHAR, CUSTOMER_ID VARCHAR", customers),
        ma_sat_phone=(
            PHONE_COLUMNS,
            SETS,
        ),
    )


UNCHANGED = """\
    CUSTOMER_ID,PHONE_TYPE,CUSTOMER_PHONE,BOOKED_ON
    1001,HOME,17-2,2024-01-05
    1001,HOME,17-1,2024-01-05
    1002,WORK,17-3,2024-01-05
    """


def test_unchanged_sets_add_nothing_and_a_changed_one_comes_whole(phones: Existing) -> None:
    before = phones.rows(PHONES + "ma_sat_phone")
    phones.loaded(5, "phones", UNCHANGED)
    assert phones.rows(PHONES + "ma_sat_phone") == before

    phones.loaded(6, "phones", UNCHANGED.replace("17-2", "17-9").replace("01-05", "01-06"))
    added = [
        ("1001", "HOME", "17-1", day(6), day(6)),
        ("1001", "HOME", "17-9", day(6), day(6)),
    ]
    assert phones.rows(PHONES + "ma_sat_phone") == sorted([*before, *added], key=repr)
    assert phones.rows(PHONES + "ma_sat_phone_current WHERE RECORD_SOURCE = 'CRM'") == added


def test_a_set_without_its_list_of_columns_is_refused(phones: Existing) -> None:
    model = phones.folder / "metadata" / "model.yml"
    text = phones.metadata.replace(
        "{PHONE_HASHDIFF: [CUSTOMER_ID, CUSTOMER_PHONE]}", "PHONE_HASHDIFF"
    )
    assert text != phones.metadata
    model.write_text(text, encoding="utf-8")
    before = phones.rows(PHONES + "ma_sat_phone")
    ran = phones.run(5, "phones", UNCHANGED)
    assert ran.returncode == EXIT_USAGE
    assert "ma_sat_phone: of the 3 newest rows 3 have another PHONE_HASHDIFF" in ran.stderr
    assert "hashdiff: {PHONE_HASHDIFF: [CUSTOMER_ID, CUSTOMER_PHONE]}" in ran.stderr
    assert phones.rows(PHONES + "ma_sat_phone") == before


EFFECTIVITY = (
    "SELECT CUSTOMER_ORDER_HK, ORDER_HK, CUSTOMER_HK, START_DATE, END_DATE, EFFECTIVE_FROM, "
    "LOAD_DATE FROM raw_vault.eff_sat_customer_order"
)


def relationship(order: str, customer: str, *rest: object) -> tuple[Any, ...]:
    return (Digest(f"{customer}||{order}"), Digest(order), Digest(customer), *rest)


def shown(*rows: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return sorted((row[:7] for row in rows), key=repr)


# Order 502 went from customer 1002 to 1003 on the third.
HELD = [
    relationship("501", "1001", day(1), NEVER, day(1), day(1), OLD),
    relationship("502", "1002", day(1), NEVER, day(1), day(1), OLD),
    relationship("502", "1002", day(1), day(3), day(3), day(3), OLD),
    relationship("502", "1003", day(3), NEVER, day(3), day(3), OLD),
]
# Loaded first, so that its readable texts are known: a relationship that comes only later.
LATER = [relationship("503", "1001", day(5))]


@pytest.fixture
def orders(tmp_path: Path) -> Existing:
    pairs = [("501", "1001"), ("502", "1002"), ("502", "1003")]
    made = Existing(
        tmp_path,
        "Effectivity satellites",
        hub_customer=(
            "CUSTOMER_HK VARCHAR, CUSTOMER_ID VARCHAR",
            [(Digest(no), no, day(1), OLD) for no in ("1001", "1002", "1003")],
        ),
        hub_order=(
            "ORDER_HK VARCHAR, ORDER_ID VARCHAR",
            [(Digest(no), no, day(1), OLD) for no in ("501", "502")],
        ),
        link_customer_order=(
            KEYS,
            [relationship(*pair, day(1), OLD) for pair in pairs],
        ),
        eff_sat_customer_order=(
            KEYS + ", START_DATE DATE, END_DATE DATE, EFFECTIVE_FROM DATE",
            HELD,
        ),
    )
    for row in LATER:
        for value in row:
            made.stored(value)
    return made


def test_what_is_stored_as_open_is_ended_and_what_is_ended_stays_so(orders: Existing) -> None:
    orders.loaded(
        5,
        "orders",
        """\
        ORDER_ID,CUSTOMER_ID,BOOKED_ON
        501,1001,2024-01-01
        502,1002,2024-01-05
        503,1001,2024-01-04
        """,
    )
    added = [
        relationship("502", "1003", day(3), day(5), day(3), day(5)),
        relationship("502", "1002", day(5), NEVER, day(5), day(5)),
        relationship("503", "1001", day(4), NEVER, day(4), day(5)),
    ]
    assert orders.rows(EFFECTIVITY) == shown(*HELD, *added)

    orders.loaded(6, "orders", "ORDER_ID,CUSTOMER_ID,BOOKED_ON\n501,,2024-01-06\n")
    ended = relationship("501", "1001", day(1), day(6), day(1), day(6))
    assert orders.rows(EFFECTIVITY) == shown(*HELD, *added, ended)


def test_a_link_in_another_order_is_refused_and_the_order_is_named(orders: Existing) -> None:
    model = orders.folder / "metadata" / "model.yml"
    text = orders.metadata.replace(
        "hubs: [hub_customer, hub_order]", "hubs: [hub_order, hub_customer]"
    )
    model.write_text(text, encoding="utf-8")
    ran = orders.run(5, "orders", "ORDER_ID,CUSTOMER_ID,BOOKED_ON\n501,1001,2024-01-01\n")
    assert ran.returncode == EXIT_USAGE
    assert (
        "link_customer_order: of the 3 newest rows 3 have another CUSTOMER_ORDER_HK" in ran.stderr
    )
    assert "hubs: [hub_customer, hub_order]" in ran.stderr
    assert orders.rows(EFFECTIVITY) == shown(*HELD)
