from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from vertica_python import errors

from tests.vertica_standin import Standin
from tests.vertica_standin.client import Client, connected

REPOSITORY = Path(__file__).resolve().parents[2]
# A connection that fails leaves the driver's socket open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize("auth", ["password", "md5", "sha512"])
def test_only_the_right_password_comes_in(auth: str) -> None:
    with Standin(password="s3cret", auth=auth) as server:
        with connected(server) as client:
            assert client.rows("SELECT 1") == [[1]]
        with pytest.raises(errors.ConnectionError, match="Invalid username or password"):
            Client(server, password="nope")


def test_only_the_known_user_comes_in() -> None:
    with Standin(password="s3cret", user="loader") as server:
        with pytest.raises(errors.ConnectionError, match="Invalid username or password"):
            Client(server)
        with connected(server, user="loader") as client:
            assert client.value("SELECT CURRENT_USER") == "loader"


def test_a_refused_connection_is_an_error_of_the_connection(server: Standin) -> None:
    server.faults.refuse = True

    with pytest.raises(errors.ConnectionError):
        Client(server)


def test_a_backup_node_takes_over_and_balances(server: Standin) -> None:
    backup = [("127.0.0.1", server.port)]
    with connected(
        server, port=1, backup_server_node=backup, connection_load_balance=True
    ) as client:
        assert client.rows("SELECT 2") == [[2]]


def test_tls_is_refused_without_a_certificate(server: Standin) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with connected(server, tlsmode="prefer"):
            pass
    assert any("TLS is not configured" in str(warning.message) for warning in caught)
    with pytest.raises(errors.SSLNotSupported):
        Client(server, tlsmode="require")


def test_the_program_says_its_port_and_takes_faults(tmp_path: Path) -> None:
    options = ["--port", "0", "--db", str(tmp_path / "x.duckdb"), "--fail-regex", "boom"]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.vertica_standin", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as process:
        try:
            assert process.stdout is not None
            word, port = process.stdout.readline().split()
            assert word == "ready"
            reached = Standin(port=int(port))
            with connected(reached) as client:
                client.run("CREATE TABLE t (a INT)")
                client.refused("SELECT 'boom'", "55V03", errors.LockFailure)
            reached.database.close()
        finally:
            process.terminate()


def test_a_database_file_survives_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "v.duckdb")
    with Standin(db=path) as server, connected(server) as client:
        client.run("CREATE TABLE t (a VARCHAR(3))", "INSERT INTO t VALUES ('abc')")
        client.commit()
    with Standin(db=path) as server, connected(server) as client:
        assert client.rows("SELECT * FROM t") == [["abc"]]
        client.refused("INSERT INTO t VALUES ('abcd')", "22001")


def test_every_statement_is_in_the_log_with_its_label(table: Client, server: Standin) -> None:
    table.run("INSERT /*+LABEL('load 1')*/ INTO t VALUES (1, 'a')")

    assert server.log[-1]["label"] == "load 1"
    assert server.log[-1]["error"] is None
