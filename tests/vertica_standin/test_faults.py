from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from tests.vertica_standin import Standin

# The driver leaves the socket of a connection that was dropped to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
LOAD = ("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)", "COMMIT", "INSERT INTO t VALUES (2)")
# How many rows are there when the connection ends before and after each statement of LOAD.
ROWS = {"before": [None, 0, 0, 1], "after": [0, 0, 1, 1]}


@pytest.mark.parametrize("when", ROWS)
@pytest.mark.parametrize("nth", range(1, len(LOAD) + 1))
def test_a_connection_ends_before_and_after_every_statement(
    server: Standin, when: str, nth: int
) -> None:
    with connected(server) as client:
        server.faults.drop_nth, server.faults.drop_when = nth, when
        client.run(*LOAD[: nth - 1])
        with pytest.raises(errors.ConnectionError, match="Connection closed by Vertica"):
            client.rows(LOAD[nth - 1])
        assert not client.connection.closed()  # the driver does not notice: it is thrown away
    with connected(server) as client:
        if ROWS[when][nth - 1] is None:
            client.refused("SELECT * FROM t", "42V01")
        else:
            assert client.value("SELECT COUNT(*) FROM t") == ROWS[when][nth - 1]


def test_the_answer_to_a_commit_is_lost(server: Standin, table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")
    server.faults.drop_nth, server.faults.drop_when = 1, "after"
    with pytest.raises(errors.ConnectionError):
        table.commit()
    with connected(server) as client:
        assert client.rows("SELECT a FROM t") == [[1]]


def test_the_nth_of_the_statements_that_match(server: Standin, table: Client) -> None:
    server.faults.drop_nth, server.faults.drop_regex = 2, "INSERT"
    table.run("INSERT INTO t VALUES (1, 'a')", "SELECT 1")

    with pytest.raises(errors.ConnectionError):
        table.run("INSERT INTO t VALUES (2, 'b')")


def test_every_statement_that_matches(server: Standin) -> None:
    server.faults.drop_regex = "'boom'"
    for _ in range(2):
        with connected(server) as client:
            client.run("SELECT 1")
            with pytest.raises(errors.ConnectionError):
                client.run("SELECT 'boom'")


def test_the_connection_ends_while_data_are_sent(server: Standin, table: Client) -> None:
    server.faults.drop_in_copy = True
    with pytest.raises(errors.ConnectionError):
        table.copy("COPY t FROM STDIN DELIMITER ','", "5,x\n")
    server.faults.drop_in_copy = False
    with connected(server) as client:
        assert client.value("SELECT COUNT(*) FROM t") == 0


def test_a_statement_fails_as_often_as_it_is_told(server: Standin, table: Client) -> None:
    server.faults.fail_regex, server.faults.fail_times = "INTO t", 1

    table.refused("INSERT INTO t VALUES (1, 'a')", "55V03", errors.LockFailure)
    assert table.rows("INSERT INTO t VALUES (1, 'a')") == [[1]]


def test_a_slow_statement_meets_the_clients_timeout(server: Standin) -> None:
    server.faults.delay, server.faults.delay_regex = 1.0, "slow"
    with (
        connected(server, connection_timeout=0.3) as client,
        pytest.raises(errors.ConnectionError),
    ):
        client.run("SELECT 'slow'")


def test_many_connections_load_at_once(server: Standin, table: Client) -> None:
    server.locks.timeout = 10
    failures: list[Exception] = []

    def load(worker: int) -> None:
        try:
            with connected(server) as client:
                for number in range(10):
                    client.run(f"INSERT INTO t (a) SELECT {worker * 100 + number}")
                    client.commit()
        except errors.Error as error:
            failures.append(error)

    workers = [threading.Thread(target=load, args=[worker]) for worker in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failures == []
    assert table.rows("SELECT COUNT(*), COUNT(DISTINCT a) FROM t") == [[60, 60]]
