from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from tests.vertica_standin import Standin

HUB = """CREATE TABLE IF NOT EXISTS dv.hub (
  hk VARBINARY(16) NOT NULL, load_dt TIMESTAMPTZ NOT NULL, src VARCHAR(100) NOT NULL,
  no VARCHAR(20) NOT NULL, CONSTRAINT pk_hub PRIMARY KEY (hk) DISABLED
)
ORDER BY hk SEGMENTED BY HASH(hk) ALL NODES KSAFE 1"""
SATELLITE = """CREATE TABLE dv.sat (
  hk VARBINARY(16) NOT NULL, load_dt TIMESTAMP NOT NULL, hd CHAR(32), amount NUMERIC(12,2)
)
ORDER BY hk, load_dt SEGMENTED BY HASH(hk) ALL NODES
PARTITION BY load_dt::DATE GROUP BY CALENDAR_HIERARCHY_DAY(load_dt::DATE, 3, 2)"""


@pytest.fixture
def vault(client: Client) -> Client:
    client.run("CREATE SCHEMA IF NOT EXISTS dv", HUB, SATELLITE)
    return client


def test_the_catalog_shows_columns_as_they_were_declared(vault: Client) -> None:
    vault.run("ALTER TABLE dv.hub ADD COLUMN extra VARCHAR(7) DEFAULT 'x' NOT NULL")

    assert vault.rows(
        "SELECT column_name, data_type, is_nullable, character_maximum_length "
        "FROM v_catalog.columns WHERE table_name = 'hub' ORDER BY ordinal_position"
    ) == [
        ["hk", "varbinary(16)", False, 16],
        ["load_dt", "timestamptz", False, None],
        ["src", "varchar(100)", False, 100],
        ["no", "varchar(20)", False, 20],
        ["extra", "varchar(7)", False, 7],
    ]


def test_the_catalog_shows_tables_keys_and_comments(vault: Client) -> None:
    vault.run(
        "COMMENT ON TABLE dv.hub IS 'the hub'", "COMMENT ON COLUMN dv.hub.no IS 'it''s a number'"
    )

    assert vault.rows(
        "SELECT table_name FROM v_catalog.tables WHERE table_schema = 'dv' ORDER BY 1"
    ) == [["hub"], ["sat"]]
    assert ["dv"] in vault.rows("SELECT schema_name FROM v_catalog.schemata")
    assert vault.rows("SELECT column_name, is_enabled FROM v_catalog.primary_keys") == [
        ["hk", False]
    ]
    assert vault.rows("SELECT object_type, comment FROM v_catalog.comments ORDER BY 1") == [
        ["COLUMN", "it's a number"],
        ["TABLE", "the hub"],
    ]
    assert str(
        vault.value("SELECT partition_expression FROM v_catalog.tables WHERE table_name = 'sat'")
    ).startswith("CAST(load_dt AS DATE)")


def test_a_renamed_column_keeps_its_type(vault: Client) -> None:
    vault.run("ALTER TABLE dv.hub RENAME COLUMN no TO number", "ALTER TABLE dv.hub RENAME TO h2")

    assert vault.rows(
        "SELECT data_type FROM v_catalog.columns WHERE table_name = 'h2' AND column_name = 'number'"
    ) == [["varchar(20)"]]


def test_a_column_changes_its_type_where_its_storage_stays(client: Client) -> None:
    """Vertica's documentation: texts, and the precision of a numeric within its words."""
    client.run(
        "CREATE TABLE t (k INT NOT NULL, a VARCHAR(5), n NUMERIC(8,2), d DATE,"
        " PRIMARY KEY (k) DISABLED)",
        "ALTER TABLE t ALTER COLUMN a SET DATA TYPE VARCHAR(9)",
        "ALTER TABLE t ALTER COLUMN n SET DATA TYPE NUMERIC(18,2)",
        "ALTER TABLE t ALTER COLUMN k DROP NOT NULL",
    )

    for column, kind in (
        ("n", "NUMERIC(19,2)"),
        ("n", "NUMERIC(18,4)"),
        ("n", "VARCHAR(20)"),
        ("k", "NUMERIC(18,0)"),
        ("d", "TIMESTAMP"),
    ):
        client.refused(f"ALTER TABLE t ALTER COLUMN {column} SET DATA TYPE {kind}", "0A000")
    assert client.rows(
        "SELECT data_type FROM v_catalog.columns WHERE table_name = 't' ORDER BY ordinal_position"
    ) == [["int"], ["varchar(9)"], ["numeric(18,2)"], ["date"]]


def test_a_view_is_dropped(vault: Client) -> None:
    vault.run("CREATE VIEW dv.v AS SELECT no FROM dv.hub", "DROP VIEW dv.v")

    vault.refused("SELECT no FROM dv.v", "42V01", errors.MissingRelation)


def test_tables_change_places_in_one_statement(client: Client) -> None:
    client.run(
        "CREATE TABLE m (a INT)",
        "INSERT INTO m VALUES (1)",
        "CREATE TABLE m_new (a VARCHAR(5))",
        "INSERT INTO m_new VALUES ('new')",
        "ALTER TABLE m, public.m_new, m_old RENAME TO m_old, m, m_new",
    )

    assert client.rows("SELECT m.a, o.a FROM m CROSS JOIN m_new AS o") == [["new", 1]]
    client.refused("ALTER TABLE m, nope RENAME TO x, y", "42V01")
    client.refused("ALTER TABLE m, m_new RENAME TO x", "42601")
    assert client.rows("SELECT a FROM m") == [["new"]]  # all or none


def test_what_is_missing_is_told_apart(vault: Client) -> None:
    vault.refused("CREATE TABLE dv.hub (a INT)", "42710", errors.DuplicateObject)
    vault.refused("SELECT 1 FROM nowhere.x", "3F000", errors.MissingSchema)
    vault.refused("SELECT 1 FROM dv.nope", "42V01", errors.MissingRelation)
    vault.refused("SELECT nope FROM dv.hub", "42703", errors.MissingColumn)
    vault.refused("SELECT 1 FROM v_monitor.query_profiles", "0A000", match="not emulated")


def test_a_second_definition_is_a_notice_where_it_is_allowed(vault: Client) -> None:
    vault.run(HUB)

    assert vault.notices == ['Object "hub" already exists; nothing was done']


def test_dropping_a_schema_takes_its_tables(vault: Client) -> None:
    vault.run("DROP TABLE IF EXISTS dv.sat CASCADE", "DROP SCHEMA dv CASCADE")

    assert vault.value("SELECT COUNT(*) FROM v_catalog.tables") == 0
    vault.refused("SELECT 1 FROM dv.hub", "3F000")


@pytest.mark.parametrize(
    "clauses",
    [
        "ORDER BY a SEGMENTED BY HASH(a) ALL NODES KSAFE 1",
        "ORDER BY a, b UNSEGMENTED ALL NODES KSAFE",
        "PARTITION BY d",
        "PARTITION BY d GROUP BY CALENDAR_HIERARCHY_DAY(d, 3, 2)",
        "PARTITION BY n + 1 GROUP BY CASE WHEN n + 1 < 5 THEN 1 ELSE 2 END",
        "PARTITION BY d ACTIVEPARTITIONCOUNT 2",
    ],
)
def test_physical_clauses_are_accepted(client: Client, clauses: str) -> None:
    client.run(f"CREATE TABLE p (a INT, b VARCHAR(9), n INT NOT NULL, d DATE NOT NULL) {clauses}")


@pytest.mark.parametrize(
    ("clauses", "sqlstate"),
    [
        ("ORDER BY e SEGMENTED BY HASH(a) ALL NODES", "42703"),
        ("ORDER BY a SEGMENTED BY HASH(e) ALL NODES", "42703"),
        ("ORDER BY v SEGMENTED BY HASH(a) ALL NODES", "0A000"),
        ("ORDER BY a SEGMENTED BY HASH(a) ALL NODES KSAFE 3", "22023"),
        ("PARTITION BY e", "42703"),
        ("PARTITION BY ts::DATE GROUP BY CALENDAR_HIERARCHY_DAY(d, 3, 2)", "42601"),
        ("PARTITION BY ts GROUP BY CALENDAR_HIERARCHY_DAY(ts, 3, 2)", "42804"),
    ],
)
def test_physical_clauses_are_checked(client: Client, clauses: str, sqlstate: str) -> None:
    client.refused(
        "CREATE TABLE p (a INT, d DATE NOT NULL, ts TIMESTAMP NOT NULL, v LONG VARCHAR(99)) "
        f"{clauses}",
        sqlstate,
    )


def test_the_key_of_a_partition_is_never_null(client: Client) -> None:
    client.run("CREATE TABLE p (a INT, d DATE) PARTITION BY d", "INSERT INTO p VALUES (1, NOW())")

    client.refused("INSERT INTO p VALUES (1, NULL)", "22004", match="Partition key")


def test_one_column_is_added_by_a_statement(vault: Client) -> None:
    vault.refused("ALTER TABLE dv.sat ADD COLUMN x INT, ADD COLUMN y INT", "0A000")


def test_only_enabled_keys_are_held(client: Client) -> None:
    client.run(
        "CREATE TABLE k (a INT NOT NULL PRIMARY KEY ENABLED, b INT CHECK (b > 0))",
        "INSERT INTO k VALUES (1, 1)",
    )

    client.refused("INSERT INTO k VALUES (1, 1)", "23505", match="Duplicate key values")
    client.refused("INSERT INTO k VALUES (2, 0)", "23514")
    client.refused("INSERT INTO k VALUES (NULL, 1)", "22004", match="NOT NULL column")


def test_an_identity_counts_and_takes_no_value(client: Client) -> None:
    client.run(
        "CREATE TABLE i (id IDENTITY(1,1), a INT)",
        "INSERT INTO i (a) VALUES (5)",
        "INSERT INTO i (a) VALUES (6)",
    )

    assert client.rows("SELECT * FROM i ORDER BY a") == [[1, 5], [2, 6]]
    client.refused("INSERT INTO i (id, a) VALUES (9, 9)")


def test_temporary_tables_are_the_sessions_own(server: Standin, client: Client) -> None:
    client.run(
        "CREATE LOCAL TEMPORARY TABLE kept (a INT, b VARCHAR(5)) ON COMMIT PRESERVE ROWS",
        "CREATE LOCAL TEMPORARY TABLE emptied (a INT)",
        "INSERT INTO kept VALUES (1, 'x')",
        "INSERT INTO emptied VALUES (1)",
    )
    client.commit()

    assert client.value("SELECT COUNT(*) FROM kept") == 1
    assert client.value("SELECT COUNT(*) FROM emptied") == 0
    with connected(server) as other:
        other.refused("SELECT * FROM kept", "42V01")


def test_a_temporary_table_outlives_a_rollback_without_its_rows(client: Client) -> None:
    client.run("CREATE LOCAL TEMP TABLE kept (a INT)", "INSERT INTO kept VALUES (1)")
    client.refused("INSERT INTO kept VALUES ('x')")
    assert client.rows("SELECT * FROM kept") == [[1]]

    client.rollback()

    assert client.rows("SELECT * FROM kept") == []
