"""Primary keys on PostgreSQL: their index is made behind the first rows, and nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from dv_gen.run.command import RunRequest
from dv_gen.run.first_contact import create_project
from tests import postgres_server
from tests.e2e.small import Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import Server

HUB = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: id, ghosts: true}}
"""
USERS = f"""{HUB}
    satellites: {{s_users: {{source: users, parent: h_users, columns: [city]}}}}
"""
# By hand: three of the delivery, and the two ghosts.
HUB_ROWS = 5


@pytest.fixture
def server() -> Server:
    return postgres_server.shared()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, "postgres") as project:
        project.write(model__yml=USERS)
        project.deliver("users1.csv", "id,city", "1,Ulm", "2,Kiel", "3,Bonn")
        yield project


def keys(small: Small) -> dict[str, tuple[str, str, str]]:
    """By table: the key's name, what it says, and its index, another one if it was made again."""
    found = small.query(
        "SELECT conrelid::regclass::text, conname, PG_GET_CONSTRAINTDEF(oid), conindid::text "
        "FROM pg_constraint WHERE contype = 'p' AND connamespace = 'vault'::regnamespace"
    )
    return {table: (name, said, index) for table, name, said, index in found}


def only_tables(small: Small) -> None:
    assert create_project(RunRequest(small.folder), "creating")


def do(small: Small, sql: str) -> None:
    postgres_server.shared().execute(sql, small.target["database"])


def test_the_first_rows_are_followed_by_the_index_of_their_key(small: Small) -> None:
    only_tables(small)
    before = keys(small)
    assert small.run().exit_code == 0
    first = keys(small)
    small.deliver("users2.csv", "id,city", "4,Ulm")
    assert small.run().exit_code == 0

    assert {table: said[:2] for table, said in first.items()} == {
        "vault.h_users": ("h_users_pkey", "PRIMARY KEY (hk_id)"),
        "vault.s_users": ("s_users_pkey", "PRIMARY KEY (hk_id, load_dt)"),
    }
    assert all(first[table] != before[table] for table in first)
    # It is taken from a table without rows alone.
    assert keys(small) == first
    assert small.query("SELECT COUNT(*) FROM vault.h_users") == [(HUB_ROWS + 1,)]


def test_a_key_that_somebody_has_changed_is_put_back_as_it_was(small: Small) -> None:
    only_tables(small)
    do(small, "ALTER TABLE vault.h_users DROP CONSTRAINT h_users_pkey")
    do(small, 'ALTER TABLE vault.h_users ADD CONSTRAINT "My %s key" PRIMARY KEY (hk_id, load_dt)')
    do(small, "ALTER TABLE vault.s_users DROP CONSTRAINT s_users_pkey")
    assert small.run().exit_code == 0

    assert {table: said[:2] for table, said in keys(small).items()} == {
        "vault.h_users": ("My %s key", "PRIMARY KEY (hk_id, load_dt)"),
    }


def test_a_key_that_another_table_refers_to_stays_where_it_is(small: Small) -> None:
    only_tables(small)
    do(small, "CREATE TABLE vault.notes (hk_id uuid REFERENCES vault.h_users, note text)")
    before = keys(small)["vault.h_users"]
    assert small.run().exit_code == 0

    assert keys(small)["vault.h_users"] == before
    assert small.query("SELECT COUNT(*) FROM vault.h_users") == [(HUB_ROWS,)]


def test_somebody_who_reads_an_empty_table_stops_no_load(small: Small, server: Server) -> None:
    only_tables(small)
    before = keys(small)
    with psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=postgres_server.USER,
        password=postgres_server.PASSWORD,
        dbname=small.target["database"],
    ) as reader:
        reader.execute("SELECT COUNT(*) FROM vault.h_users")
        assert small.run().exit_code == 0

    after = keys(small)
    assert after["vault.h_users"] == before["vault.h_users"]
    assert after["vault.s_users"] != before["vault.s_users"]
    assert small.query("SELECT COUNT(*) FROM vault.h_users") == [(HUB_ROWS,)]


def test_whoever_may_load_a_table_but_not_change_it_loads_it(small: Small, server: Server) -> None:
    small.write(model__yml=HUB)
    only_tables(small)
    before = keys(small)
    database = small.target["database"]
    loader = f"loader_of_{database}"
    server.execute(f"CREATE ROLE {loader} LOGIN PASSWORD '{loader}'")
    try:
        do(small, f"GRANT ALL ON DATABASE {database} TO {loader}")
        for schema in ("stage", "vault", "mart", "dv_meta"):
            do(small, f"GRANT ALL ON SCHEMA {schema} TO {loader}")
            do(small, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {loader}")
        do(small, "DROP TABLE stage.users, stage.users_repeats")
        small.target.update(user=loader, password=loader)
        small.write(model__yml=HUB)
        ran = small.run()
        assert ran.exit_code == 0, ran.log
    finally:
        small.target.update(server.target)
        do(small, f"DROP OWNED BY {loader}")
        server.execute(f"DROP ROLE {loader}")

    assert keys(small) == before
    assert small.query("SELECT COUNT(*) FROM vault.h_users") == [(HUB_ROWS,)]


def test_rows_that_share_a_key_undo_the_whole_load(small: Small) -> None:
    only_tables(small)
    # A trigger that stores every row twice, as no load does.
    do(
        small,
        "CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF PG_TRIGGER_DEPTH() = 1 THEN INSERT INTO vault.h_users SELECT NEW.*; END IF; "
        "RETURN NEW; END $$",
    )
    do(
        small,
        "CREATE TRIGGER twice BEFORE INSERT ON vault.h_users FOR EACH ROW WHEN (NEW.id = 2) "
        "EXECUTE FUNCTION twice()",
    )
    ran = small.run()

    assert ran.exit_code == 1
    assert "h_users_pkey" in ran.log
    assert keys(small)["vault.h_users"][:2] == ("h_users_pkey", "PRIMARY KEY (hk_id)")
    do(small, "DROP TRIGGER twice ON vault.h_users")
    assert small.run().exit_code == 0
    assert small.query("SELECT COUNT(*) FROM vault.h_users") == [(HUB_ROWS,)]
