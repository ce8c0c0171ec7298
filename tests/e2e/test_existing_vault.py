"""dv-gen goes on loading a vault that AutomateDV has built: same hashes, same columns (H6).

The vault is made by hand, in AutomateDV's form; its digests were computed with `md5sum`. Stored
are bytes (Snowflake, PostgreSQL, SQL Server) or upper-case text (BigQuery, Databricks).
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dv_gen.errors import EXIT_USAGE
from tests.projects import dv_gen, write_project

if TYPE_CHECKING:
    from pathlib import Path

DIGESTS = {
    "1001": "b8c37e33defde51cf91e1e03e51657da",
    "1002": "fba9d88164f3e2d9109ee770223212a0",
    "1003": "aa68c75c4a77c87f97fb686b2f068676",
    "501": "5b69b9cb83065d403869739ae7f0995e",
    "502": "b5b41fac0361d157d9673ecb926af5ae",
    "503": "285e19f20beded7d215102b49d5c09a0",
    "1001||501": "f04846e4ead153596bd912368ffbc309",
    "1002||502": "3d1c3b6c8afe50bcd23c2d08747798dd",
    "1001||503": "4a500a83eb2a9f71b30892d787860196",
    "1997-04-24||1001||ALICE||17-214-233-1214": "3c5984cddb9f86dc008ae0ec9db9cf7a",
    "1997-04-24||1001||ALICE||17-214-233-9999": "9f507a0653fd1b27e09500104135e424",
    "^^||1002||BOB||^^": "ea7cfbd786b0ee129ac43b2715323869",
    "1979-01-02||1003||CAROL||^^": "7e2376e82d32057d9ead84f1eeee976e",
    "501||OPEN": "af7a74e9c79c5892f347e5bf5f466b3c",
    "501||PAID": "7f8cbbe39c8ada9cff38373a12b77480",
    "502||OPEN": "ca491aec6bfbb3afdbd6ec0271f16556",
    "503||^^": "303e95fc630bfcea1f1a456de1e4a6e3",
}
TABLES = {
    "hub_customer": "CUSTOMER_HK DIGEST, CUSTOMER_ID VARCHAR",
    "hub_order": "ORDER_HK DIGEST, ORDER_ID INTEGER",
    "link_customer_order": "CUSTOMER_ORDER_HK DIGEST, CUSTOMER_HK DIGEST, ORDER_FK DIGEST",
    "sat_customer_details": "CUSTOMER_HK DIGEST, CUSTOMER_HASHDIFF DIGEST, CUSTOMER_NAME VARCHAR, "
    "CUSTOMER_DOB DATE, CUSTOMER_PHONE VARCHAR, EFFECTIVE_FROM DATE",
    "sat_order_details": "ORDER_HK DIGEST, HASHDIFF DIGEST, STATUS VARCHAR",
}
ALICE = "1997-04-24||1001||ALICE||17-214-233-1214"
FIRST = (datetime(2024, 1, 1), "AUTOMATE")  # noqa: DTZ001 - the warehouse's time is UTC
BUILT: dict[str, list[tuple[Any, ...]]] = {
    "hub_customer": [("1001", "1001", *FIRST), ("1002", "1002", *FIRST)],
    "hub_order": [("501", 501, *FIRST), ("502", 502, *FIRST)],
    "link_customer_order": [
        ("1001||501", "1001", "501", *FIRST),
        ("1002||502", "1002", "502", *FIRST),
    ],
    "sat_customer_details": [
        ("1001", ALICE, "Alice", date(1997, 4, 24), "17-214-233-1214", date(2024, 1, 1), *FIRST),
        ("1002", "^^||1002||BOB||^^", "Bob", None, None, date(2024, 1, 1), *FIRST),
    ],
    "sat_order_details": [
        ("501", "501||OPEN", "Open", *FIRST),
        ("502", "502||OPEN", "Open", *FIRST),
    ],
}
PROJECT = """\
name: existing
schemas: {vault: raw_vault}
naming: {load_dt: LOAD_DATE, load_src: RECORD_SOURCE, hashdiff: HASHDIFF}
hash: {rule: classic, store: STORE}
targets: {here: {type: duckdb, path: warehouse.duckdb, landing: landing}}
"""
METADATA = """\
sources:
  customers:
    file: customers/
    record_source: CRM
    columns: {CUSTOMER_ID: varchar(10), CUSTOMER_NAME: varchar(50), CUSTOMER_DOB: date, CUSTOMER_PHONE: varchar(20), BOOKED_ON: date}
    keys: {hub_customer: CUSTOMER_ID}
  orders:
    file: orders/
    required: false
    record_source: SHOP
    columns: {ORDER_ID: integer not null, CUSTOMER_ID: varchar(10), STATUS: varchar(10)}
    keys: {hub_order: ORDER_ID, hub_customer: CUSTOMER_ID}

hubs:
  hub_customer: {key: CUSTOMER_ID, hash_key: CUSTOMER_HK}
  hub_order: {key: ORDER_ID, hash_key: ORDER_HK}

links:
  link_customer_order: {source: orders, hubs: [hub_customer, {ORDER_FK: hub_order}], hash_key: CUSTOMER_ORDER_HK}

satellites:
  sat_customer_details:
    source: customers
    parent: hub_customer
    columns: [CUSTOMER_NAME, CUSTOMER_DOB, CUSTOMER_PHONE, {EFFECTIVE_FROM: BOOKED_ON}]
    hashdiff: {CUSTOMER_HASHDIFF: [CUSTOMER_ID, CUSTOMER_NAME, CUSTOMER_DOB, CUSTOMER_PHONE]}
  sat_order_details:
    source: orders
    parent: hub_order
    columns: [STATUS]
    hashdiff: {HASHDIFF: [ORDER_ID, STATUS]}
"""  # noqa: E501 - as a person writes it
# Alice is written otherwise and booked on another day: neither counts.
CUSTOMERS = """\
CUSTOMER_ID,CUSTOMER_NAME,CUSTOMER_DOB,CUSTOMER_PHONE,BOOKED_ON
1001, ALICE ,1997-04-24,17-214-233-1214,2024-01-05
1002,Bob,,"",2024-01-05
1003,Carol,1979-01-02,,2024-01-05
"""
ORDERS = """\
ORDER_ID,CUSTOMER_ID,STATUS
501,1001,Paid
502,1002,Open
503,1001,
"""
CHANGED = """\
CUSTOMER_ID,CUSTOMER_NAME,CUSTOMER_DOB,CUSTOMER_PHONE,BOOKED_ON
1001,Alice,1997-04-24,17-214-233-9999,2024-01-06
"""
CRM = (datetime(2024, 1, 5), "CRM")  # noqa: DTZ001 - the warehouse's time is UTC
SHOP = (datetime(2024, 1, 5), "SHOP")  # noqa: DTZ001 - the warehouse's time is UTC
NEXT_DAY = (datetime(2024, 1, 6), "CRM")  # noqa: DTZ001 - the warehouse's time is UTC
ADDED: dict[str, list[tuple[Any, ...]]] = {
    "hub_customer": [("1003", "1003", *CRM)],
    "hub_order": [("503", 503, *SHOP)],
    "link_customer_order": [("1001||503", "1001", "503", *SHOP)],
    "sat_customer_details": [
        (
            "1003",
            "1979-01-02||1003||CAROL||^^",
            "Carol",
            date(1979, 1, 2),
            None,
            date(2024, 1, 5),
            *CRM,
        )
    ],
    "sat_order_details": [("501", "501||PAID", "Paid", *SHOP), ("503", "503||^^", None, *SHOP)],
}
FORMS = {"binary": ("BLOB", "UNHEX('{}')"), "upper_hex": ("VARCHAR", "UPPER('{}')")}


class Existing:
    """The vault and the project that goes on with it; digests are shown as the texts in them."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder = folder
        self.store = store
        write_project(
            folder, {"metadata/model.yml": METADATA}, project=PROJECT.replace("STORE", store)
        )
        kind, form = FORMS[store]
        with self._connection() as connection:
            connection.execute("CREATE SCHEMA raw_vault")
            for name, columns in TABLES.items():
                standard = "LOAD_DATE TIMESTAMP, RECORD_SOURCE VARCHAR"
                typed = columns.replace("DIGEST", kind)
                connection.execute(f"CREATE TABLE raw_vault.{name} ({typed}, {standard})")
                digests = columns.split(", ")
                for row in BUILT[name]:
                    values = [
                        form.format(DIGESTS[value]) if "DIGEST" in column else _literal(value)
                        for column, value in zip([*digests, "", ""], row, strict=True)
                    ]
                    connection.execute(f"INSERT INTO raw_vault.{name} VALUES ({', '.join(values)})")

    def _connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.folder / "warehouse.duckdb"))

    def run(self, day: str, **files: str) -> None:
        """Deliver files and load them."""
        for name, text in files.items():
            path = self.folder / "landing" / name / f"{day}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        ran = dv_gen("run", "--project", str(self.folder), "--load-date", day, "--render")
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """A table's rows, sorted."""
        with self._connection() as connection:
            found = connection.execute(f"SELECT * FROM raw_vault.{name}").fetchall()
        return sorted((tuple(map(self._readable, row)) for row in found), key=repr)

    def _readable(self, value: object) -> object:
        digits = value.hex() if isinstance(value, bytes) else value
        known = {
            digest.upper() if self.store == "upper_hex" else digest: text
            for text, digest in DIGESTS.items()
        }
        return known.get(digits, value) if isinstance(digits, str) else value

    def columns(self) -> list[tuple[Any, ...]]:
        """Every column of the vault's tables with its type."""
        with self._connection() as connection:
            return connection.execute(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'raw_vault' AND table_name NOT LIKE '%_history' "
                "AND table_name NOT LIKE '%_current' ORDER BY ALL"
            ).fetchall()


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'"


@pytest.fixture(params=sorted(FORMS))
def existing(request: pytest.FixtureRequest, tmp_path: Path) -> Existing:
    return Existing(tmp_path, request.param)


@pytest.mark.parametrize(("text", "digest"), DIGESTS.items())
def test_the_digests_are_those_of_their_texts(text: str, digest: str) -> None:
    assert hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() == digest


def test_unchanged_rows_add_nothing_and_changed_ones_add_one(existing: Existing) -> None:
    columns = existing.columns()

    existing.run("2024-01-05", customers=CUSTOMERS, orders=ORDERS)
    for name in TABLES:
        assert existing.rows(name) == sorted(BUILT[name] + ADDED[name], key=repr), name

    existing.run("2024-01-06", customers=CHANGED)
    changed = ("1001", ALICE.replace("1214", "9999"), "Alice", date(1997, 4, 24))
    row = (*changed, "17-214-233-9999", date(2024, 1, 6), *NEXT_DAY)
    details = [*BUILT["sat_customer_details"], *ADDED["sat_customer_details"], row]
    assert existing.rows("sat_customer_details") == sorted(details, key=repr)
    assert existing.columns() == columns


def test_a_vault_with_other_hashes_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    """In upper case, where the project says lower: every key would come a second time."""
    existing = Existing(tmp_path, "upper_hex")
    project = tmp_path / "metadata" / "project.yml"
    project.write_text(PROJECT.replace("STORE", "hex"), encoding="utf-8")
    landing = tmp_path / "landing" / "customers"
    landing.mkdir(parents=True)
    (landing / "1.csv").write_text(CUSTOMERS, encoding="utf-8")

    ran = dv_gen("run", "--project", str(tmp_path))

    assert ran.returncode == EXIT_USAGE
    rule = "classic-1/md5/hex/upper/trim"
    assert (
        f"raw_vault.hub_customer holds 2 keys with another hash than the rule {rule} gives them"
        in ran.stderr
    )
    for name in TABLES:
        assert existing.rows(name) == sorted(BUILT[name], key=repr), name


def test_what_is_delivered_as_it_was_built_adds_nothing_at_all(existing: Existing) -> None:
    customers = CUSTOMERS.rpartition("1003,")[0]
    orders = ORDERS.replace("Paid", "Open").rpartition("503,")[0]

    existing.run("2024-01-05", customers=customers, orders=orders)

    for name in TABLES:
        assert existing.rows(name) == sorted(BUILT[name], key=repr), name


def test_a_column_of_a_wider_type_has_the_digest_of_the_declared_one(tmp_path: Path) -> None:
    """A day that is stored as a moment was hashed as a day, as it is delivered and declared."""
    existing = Existing(tmp_path, "upper_hex")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        table = "raw_vault.sat_customer_details"
        connection.execute(f"ALTER TABLE {table} ALTER CUSTOMER_DOB TYPE TIMESTAMP")
    existing.run("2024-01-05", customers=CUSTOMERS.rpartition("1003,")[0])
    assert len(existing.rows("sat_customer_details")) == len(BUILT["sat_customer_details"])


def test_a_forgotten_list_of_columns_is_refused_and_named(tmp_path: Path) -> None:
    """Without it every customer would come again, as a new version."""
    existing = Existing(tmp_path, "upper_hex")
    model = tmp_path / "metadata" / "model.yml"
    hashed = "{CUSTOMER_HASHDIFF: [CUSTOMER_ID, CUSTOMER_NAME, CUSTOMER_DOB, CUSTOMER_PHONE]}"
    model.write_text(METADATA.replace(hashed, "CUSTOMER_HASHDIFF"), encoding="utf-8")
    landing = tmp_path / "landing" / "customers"
    landing.mkdir(parents=True)
    (landing / "1.csv").write_text(CUSTOMERS, encoding="utf-8")

    ran = dv_gen("run", "--project", str(tmp_path), "--render")

    assert ran.returncode == EXIT_USAGE
    fits = "[CUSTOMER_DOB, CUSTOMER_ID, CUSTOMER_NAME, CUSTOMER_PHONE]"
    assert f"hashdiff: {{CUSTOMER_HASHDIFF: {fits}}}" in ran.stderr
    for name in TABLES:
        assert existing.rows(name) == sorted(BUILT[name], key=repr), name
