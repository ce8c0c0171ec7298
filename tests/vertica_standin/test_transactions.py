from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from tests.vertica_standin import Standin


def test_ddl_commits_what_was_pending(server: Standin, table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")
    table.rollback()
    assert table.value("SELECT COUNT(*) FROM t") == 0
    table.run("INSERT INTO t VALUES (1, 'a')", "CREATE TABLE u (a INT)")
    table.rollback()
    assert table.value("SELECT COUNT(*) FROM t") == 1
    with connected(server) as other:
        assert other.value("SELECT COUNT(*) FROM u") == 0


def test_truncate_is_not_rolled_back(table: Client) -> None:
    table.run("INSERT INTO t VALUES (2, 'b')", "TRUNCATE TABLE t")
    table.rollback()

    assert table.value("SELECT COUNT(*) FROM t") == 0


def test_autocommit_is_switched_and_others_see_what_is_committed(server: Standin) -> None:
    with connected(server, autocommit=True) as one, connected(server) as other:
        one.run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
        assert one.connection.transaction_status == "no_transaction"
        assert other.rows("SELECT * FROM t") == [[1]]
        one.run("BEGIN", "INSERT INTO t VALUES (2)", "ROLLBACK")
        assert one.value("SELECT COUNT(*) FROM t") == 1
        one.connection.autocommit = False
        one.run("INSERT INTO t VALUES (3)")
        assert other.value("SELECT COUNT(*) FROM t") == 1
        assert one.connection.transaction_status == "in_transaction"
        one.commit()
        assert other.value("SELECT COUNT(*) FROM t") == 2


def test_a_failed_statement_undoes_itself_alone(table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")
    table.refused(
        "INSERT INTO t VALUES (2, 'far too long')", "22001", match="String of 12 octets is too long"
    )
    table.refused("SELECT nope FROM t", "42703")
    table.run("INSERT INTO t VALUES (3, 'c')")
    table.commit()

    assert table.rows("SELECT a FROM t ORDER BY a") == [[1], [3]]


def test_a_commit_of_nothing_is_a_warning(client: Client) -> None:
    client.commit()

    assert client.notices == ["Cannot commit; no transaction in progress"]


def test_an_error_that_is_not_fetched_is_lost_by_the_driver(table: Client) -> None:
    both = "INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'far too long')"
    table.cursor.execute(both)
    table.cursor.execute("SELECT 1")  # no exception: the driver drops what it has not read
    with pytest.raises(errors.QueryError):
        table.results(both)


# ---------------------------------------------------------------- locks


def test_inserts_go_together_and_a_delete_goes_alone(table: Client, other: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")
    other.run("INSERT INTO t VALUES (2, 'b')")
    other.refused("DELETE FROM t", "55V03", errors.LockFailure, match="Timed out X locking")
    table.commit()
    assert other.rows("DELETE FROM t WHERE a = 2") == [[1]]
    table.refused("INSERT INTO t VALUES (3, 'c')", "55V03", errors.LockFailure)
    other.commit()
    table.run("INSERT INTO t VALUES (3, 'c')")
    table.commit()

    assert other.value("SELECT COUNT(*) FROM t") == 2


def test_a_lock_is_held_until_the_transaction_ends(table: Client, other: Client) -> None:
    assert table.rows("LOCK TABLE public.t IN EXCLUSIVE MODE NOWAIT") == []
    other.refused("LOCK TABLE t IN EXCLUSIVE MODE NOWAIT", "55V03", errors.LockFailure)
    other.refused("INSERT INTO t VALUES (1, 'a')", "55V03", errors.LockFailure)
    assert other.value("SELECT COUNT(*) FROM t") == 0  # a query takes no lock
    table.rollback()

    other.run("LOCK TABLE t IN EXCLUSIVE MODE NOWAIT")


def test_locks_of_several_tables_and_of_weaker_modes(table: Client, other: Client) -> None:
    table.run("CREATE TABLE u (a INT)", "LOCK TABLE t, u IN SHARE MODE")
    other.run("LOCK t IN SHARE MODE NOWAIT")
    other.refused("LOCK TABLE u IN INSERT MODE NOWAIT", "55V03", match="Table:public.u")
    other.refused("LOCK TABLE t IN SOME MODE", "42601")
    other.refused("LOCK TABLE nope IN SHARE MODE", "42V01")
    other.refused("LOCK TABLE t IN USAGE MODE", "0A000", match="not emulated")


def test_who_goes_away_holds_nothing(server: Standin, table: Client) -> None:
    with connected(server) as one:
        one.run("LOCK TABLE t IN EXCLUSIVE MODE NOWAIT")

    table.run("INSERT INTO t VALUES (1, 'a')")


def test_a_transaction_sees_what_was_committed_while_it_waited(
    server: Standin, table: Client, other: Client
) -> None:
    server.locks.timeout = 5
    assert other.value("SELECT COUNT(*) FROM t") == 0
    table.run("INSERT INTO t VALUES (1, 'a')")
    table.commit()

    assert other.rows("INSERT INTO t SELECT a + 1, b FROM t") == [[1]]
