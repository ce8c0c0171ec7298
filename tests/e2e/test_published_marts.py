"""A mart that is made again stays what readers know: its grants, its rows, the views upon it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests import postgres_server
from tests.e2e.small import Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg import Connection

MODEL = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: user_id}}
    marts: {cities: {sql: cities.sql}}
"""
CITIES = "SELECT user_id, 'x' AS city FROM {{ ref('h_users') }}\n"
ROLE = "dv_gen_mart_reader"
OWNER = "dv_gen_mart_owner"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, "postgres") as made:
        made.write(model__yml=MODEL, cities__sql=CITIES)
        made.deliver("users1.csv", "id,city", "1,Ulm")
        assert made.run().exit_code == 0
        yield made


@pytest.fixture
def connection(small: Small) -> Iterator[Connection]:
    target = small.target
    with psycopg.connect(
        host=target["host"],
        port=target["port"],
        user=target["user"],
        password=target["password"],
        dbname=target["database"],
        autocommit=True,
    ) as opened:
        yield opened


@pytest.fixture
def roles() -> Iterator[None]:
    server = postgres_server.shared()
    for role in (ROLE, OWNER):
        server.execute(f"CREATE ROLE {role}")
    yield
    for role in (ROLE, OWNER):
        server.execute(f"DROP ROLE IF EXISTS {role}")


ACL = (
    "SELECT relacl::TEXT[] FROM pg_class WHERE oid = 'mart.cities'::REGCLASS",
    "SELECT attname, attacl::TEXT[] FROM pg_attribute WHERE attrelid = 'mart.cities'::REGCLASS",
    "SELECT PG_GET_USERBYID(relowner) FROM pg_class WHERE oid = 'mart.cities'::REGCLASS",
    "SELECT OBJ_DESCRIPTION('mart.cities'::REGCLASS), COL_DESCRIPTION('mart.cities'::REGCLASS, 2)",
)


def settled(connection: Connection) -> list[object]:
    """Whom the mart belongs to, who may read it, and what is noted of it."""
    return [connection.execute(asked).fetchall() for asked in ACL]


@pytest.fixture
def given(small: Small, connection: Connection, roles: None) -> Iterator[list[object]]:  # noqa: ARG001
    for statement in (
        f"GRANT SELECT ON mart.cities TO {ROLE} WITH GRANT OPTION",
        "GRANT SELECT ON mart.cities TO PUBLIC",
        f"GRANT UPDATE (city) ON mart.cities TO {ROLE}",
        "COMMENT ON TABLE mart.cities IS 'where they''ve been'",
        "COMMENT ON COLUMN mart.cities.city IS 'a town'",
        f"ALTER TABLE mart.cities OWNER TO {OWNER}",
        # What a new table would be given.
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT TRUNCATE ON TABLES TO {ROLE}",
    ):
        connection.execute(statement)  # type: ignore[arg-type]
    before = settled(connection)
    assert ROLE in str(before)
    yield before
    connection.execute(f"DROP OWNED BY {OWNER}, {ROLE} CASCADE")  # type: ignore[arg-type]


def test_a_batch_takes_no_grants_owner_or_comments_away(
    small: Small, connection: Connection, given: list[object]
) -> None:
    small.deliver("users2.csv", "id,city", "2,Jena")

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    assert small.query("SELECT user_id FROM mart.cities ORDER BY 1") == [(1,), (2,)]
    assert settled(connection) == given


def test_neither_does_another_shape(
    small: Small, connection: Connection, given: list[object]
) -> None:
    changed = CITIES.replace(
        "user_id, 'x' AS city", "CAST(user_id AS TEXT) AS user_id, 'y' AS city"
    )
    small.write(cities__sql=changed)

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    assert small.query("SELECT user_id, city FROM mart.cities") == [("1", "y")]
    assert settled(connection) == given


def test_a_column_that_has_gone_takes_its_grants_along(
    small: Small, connection: Connection, given: list[object]
) -> None:
    small.write(cities__sql="SELECT user_id FROM {{ ref('h_users') }}\n")

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    table, columns, owner, _ = settled(connection)
    assert [table, owner] == [given[0], given[2]]
    assert str(columns).count(ROLE) == 0


def test_a_view_that_somebody_made_of_a_mart_stands_in_nobodys_way(
    small: Small, connection: Connection
) -> None:
    connection.execute("CREATE VIEW mart.own AS SELECT COUNT(*) AS n FROM mart.cities")
    connection.execute("CREATE INDEX own_index ON mart.cities (city)")
    small.deliver("users2.csv", "id,city", "2,Jena")

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    assert small.query("SELECT n FROM mart.own") == [(2,)]
    assert small.query("SELECT 1 FROM pg_class WHERE relname = 'own_index'") == [(1,)]


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_there(
    small: Small, connection: Connection
) -> None:
    """Also one whose transaction began before the batch, and who had not looked yet."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    connection.execute("SELECT 1")
    small.deliver("users2.csv", "id,city", "2,Jena")

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    assert connection.execute("SELECT user_id FROM mart.cities").fetchall() == [(1,)]
    connection.execute("COMMIT")
    assert connection.execute("SELECT COUNT(*) FROM mart.cities").fetchall() == [(2,)]


def test_a_mart_that_was_a_view_becomes_a_table(small: Small, connection: Connection) -> None:
    connection.execute("DROP TABLE mart.cities")
    connection.execute("CREATE VIEW mart.cities AS SELECT 1 AS user_id, 'x' AS city")
    connection.execute("GRANT SELECT ON mart.cities TO PUBLIC")
    small.deliver("users2.csv", "id,city", "2,Jena")

    ran = small.run()
    assert ran.exit_code == 0, ran.log

    assert small.query("SELECT COUNT(*) FROM mart.cities") == [(2,)]
    assert "=r/" in str(settled(connection)[0])
