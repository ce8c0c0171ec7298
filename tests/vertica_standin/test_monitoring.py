from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from tests.vertica_standin import Standin

SESSION = "SELECT session_id FROM v_monitor.current_session"


def test_a_session_is_seen_with_its_label_and_its_process(server: Standin) -> None:
    with connected(server, session_label="run 7") as client, connected(server) as other:
        assert other.rows(
            "SELECT user_name, client_label, client_pid, transaction_id IS NULL "
            "FROM v_monitor.sessions WHERE client_label = 'run 7'"
        ) == [["dbadmin", "run 7", os.getpid(), True]]
        client.run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
        assert other.rows(
            "SELECT last_statement, transaction_id > 0, client_hostname LIKE '127.0.0.1:%' "
            "FROM sessions WHERE client_label = 'run 7'"
        ) == [["INSERT INTO t VALUES (1)", True, True]]
        assert client.value(SESSION) != other.value(SESSION)
        assert client.value("SELECT login_timestamp <= NOW() FROM current_session") is True


def test_a_lock_is_seen_with_its_holder(table: Client, other: Client) -> None:
    table.run("LOCK TABLE t IN EXCLUSIVE MODE")

    assert other.rows(
        "SELECT l.object_name, l.lock_mode, l.lock_scope, s.session_id FROM v_monitor.locks l "
        "JOIN v_monitor.sessions s ON s.transaction_id = l.transaction_id"
    ) == [["Table:public.t", "X", "TRANSACTION", table.value(SESSION)]]
    table.rollback()
    assert other.rows("SELECT * FROM v_monitor.locks") == []


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_session_is_closed_from_outside(server: Standin, table: Client) -> None:
    with connected(server) as client:
        client.run("LOCK TABLE t IN EXCLUSIVE MODE")
        wanted = client.value(SESSION)
        assert "Session close command sent" in str(table.value(f"SELECT CLOSE_SESSION('{wanted}')"))
        with pytest.raises(errors.ConnectionError):
            client.run("SELECT 1")
    deadline = time.monotonic() + 5
    while len(table.rows("SELECT session_id FROM v_monitor.sessions")) > 1:
        assert time.monotonic() < deadline
    table.run("INSERT INTO t VALUES (1, 'a')")
    table.refused("SELECT CLOSE_SESSION('nobody')", "22023")


def test_the_settings_of_a_session_are_its_own(client: Client, other: Client) -> None:
    client.run("SET SESSION RUNTIMECAP '10 minutes'", "SET SESSION RESOURCE_POOL = etl")

    assert client.rows("SHOW RESOURCE_POOL") == [["resource_pool", "etl"]]
    assert client.rows("SHOW RUNTIMECAP") == [["runtimecap", "10 minutes"]]
    assert other.rows("SHOW RESOURCE_POOL") == [["resource_pool", ""]]
    assert ["etl"] in client.rows("SELECT name FROM v_catalog.resource_pools")


def test_the_search_path_finds_a_table_by_its_name(client: Client) -> None:
    client.run(
        "CREATE SCHEMA dv",
        "CREATE TABLE dv.t (a INT)",
        "CREATE TABLE u (a INT)",
        "SET SEARCH_PATH TO dv, public",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO u VALUES (2)",
    )

    assert client.rows("SELECT t.a, u.a FROM t CROSS JOIN u") == [[1, 2]]
    assert client.rows("SELECT a FROM dv.t") == [[1]]
