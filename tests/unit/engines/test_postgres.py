"""The engine on a real server: connections that break, locks, settings, files it cannot read."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from dv_gen.engines import open_engine, postgres
from dv_gen.engines.base import BadRecord, BulkFile
from dv_gen.engines.postgres_errors import as_engine_error
from dv_gen.engines.postgres_settings import read_settings
from dv_gen.errors import EngineError, LockedError, UsageError
from dv_gen.landing import CsvFormat
from tests import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.engines.postgres import Postgres

READ = """-- The records.
COPY "raw_t" (:columns) FROM STDIN (
  FORMAT csv, DELIMITER :csv_delimiter, QUOTE :csv_quote, NULL :csv_null
);"""
CREATE = """CREATE TEMPORARY TABLE "raw_t" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000), "a" TEXT, "b" TEXT
) ON COMMIT DROP"""


@pytest.fixture
def target() -> Iterator[dict[str, Any]]:
    server = postgres_server.shared()
    database = server.new_database()
    yield {**server.target, "database": database}
    server.drop_database(database)


@pytest.fixture
def engine(target: dict[str, Any], tmp_path: Path) -> Iterator[Postgres]:
    opened = open_engine("postgres", target, tmp_path)
    opened.connect("run-1")
    yield opened
    opened.close()


def end_all(target: dict[str, Any], name: str = "%") -> None:
    """End the sessions of a database, as an administrator may."""
    postgres_server.shared().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{target['database']}' AND application_name LIKE '{name}'"
    )


def read(
    engine: Postgres, path: Path, text: bytes, *columns: str
) -> tuple[tuple[int, list[BadRecord]], list[tuple[Any, ...]]]:
    path.write_bytes(text)
    session = engine.session()
    session.begin()
    session.execute(CREATE)
    file = BulkFile(path, columns or ("a", "b"), "\n", CsvFormat(), ("",), None)
    found = session.read_file(READ, file)
    rows = session.query('SELECT row_no, a, b FROM "raw_t" ORDER BY row_no')
    session.rollback()
    session.close()
    return found, rows


def test_what_does_not_fit_is_kept_and_the_rest_is_read_in_order(
    engine: Postgres, tmp_path: Path
) -> None:
    """One record too many, one with a NUL, one that is not UTF-8: the numbers have no gap."""
    text = b'a,b\n1,x\n2\n3,\0\n4,"y\nz"\n5,\xff\n6,"",\n7,"q"q\n8,\n'
    found, rows = read(engine, tmp_path / "t.csv", text)
    assert found == (
        3,
        [
            BadRecord(3, "", "1 values for 2 columns", "2"),
            BadRecord(4, "", "a NUL character, which no text of PostgreSQL can hold", "3,\0"),
            BadRecord(6, "", "byte 3 is not UTF-8", "5,\\xff"),
            BadRecord(7, "", "3 values for 2 columns", '6,"",'),
            BadRecord(8, "", "text behind the closing quote of a value", '7,"q"q'),
        ],
    )
    assert rows == [(1, "1", "x"), (2, "4", "y\nz"), (3, "8", None)]


@pytest.mark.parametrize("end", ["", "3,x,y\n"])  # as it is; parsed, for a record is too long
def test_columns_of_a_file_have_their_own_order_and_some_are_left_out(
    end: str, engine: Postgres, tmp_path: Path
) -> None:
    text = f"b,more,a\nx,,1\n,z,2\n{end}".encode()
    found, rows = read(engine, tmp_path / "t.csv", text, "b", "extra column 2", "a")
    assert rows[:2] == [(1, "1", "x"), (2, "2", None)]
    assert found[0] == len(rows)


def test_a_byte_order_mark_and_a_line_of_a_backslash_and_a_point_are_no_end(
    engine: Postgres, tmp_path: Path
) -> None:
    found, rows = read(engine, tmp_path / "t.csv", b"\xef\xbb\xbfa,b\n1,x\n\\.,y\n3,z\n")
    assert (found, [row[1] for row in rows]) == ((3, []), ["1", "\\.", "3"])


def test_a_connection_that_broke_is_lost_and_the_next_session_has_a_new_one(
    engine: Postgres, target: dict[str, Any]
) -> None:
    session = engine.session()
    session.begin()
    end_all(target)
    with pytest.raises(EngineError) as caught:
        session.query("SELECT 1")
    assert caught.value.lost
    assert caught.value.retryable
    session.close()
    again = engine.session()
    assert again.query("SELECT 1") == [(1,)]
    again.close()


def test_a_second_run_is_refused_until_the_first_has_closed(
    engine: Postgres, target: dict[str, Any], tmp_path: Path
) -> None:
    second = open_engine("postgres", target, tmp_path)
    told = rf"is held by run run-1 \(process {os.getpid()} on .+, server process \d+\) since 20"
    with pytest.raises(LockedError, match=told):
        second.connect("run-2")
    second.connect("looks", read_only=True)
    assert second.session().query("SELECT 1") == [(1,)]
    second.close()
    engine.close()
    second.connect("run-2")
    second.close()


def test_a_hold_that_was_lost_is_taken_again_unless_another_run_has_it(
    engine: Postgres, target: dict[str, Any], tmp_path: Path
) -> None:
    end_all(target)
    engine.session().close()
    end_all(target)
    other = open_engine("postgres", target, tmp_path)
    other.connect("run-2")
    with pytest.raises(LockedError, match="run-2"):
        engine.session()
    other.close()
    engine.session().close()


def test_who_only_looks_cannot_write(target: dict[str, Any], tmp_path: Path) -> None:
    engine = open_engine("postgres", target, tmp_path)
    engine.connect("looks", read_only=True)
    with pytest.raises(EngineError, match="read-only transaction"):
        engine.session().execute("CREATE TABLE t (a INTEGER)")
    engine.close()


def test_a_name_that_would_be_cut_is_an_error(engine: Postgres) -> None:
    session = engine.session()
    with pytest.raises(EngineError, match="PostgreSQL would cut a name: identifier"):
        session.execute(f'CREATE TEMPORARY TABLE "{"x" * 64}" (a INTEGER)')
    session.close()


def test_a_transaction_that_failed_is_not_committed(engine: Postgres) -> None:
    session = engine.session()
    session.begin()
    with pytest.raises(EngineError):
        session.execute("SELECT 1 / 0")
    with pytest.raises(EngineError, match="undone"):
        session.commit()
    session.close()


def test_errors_say_what_the_server_says_in_one_line(engine: Postgres) -> None:
    session = engine.session()
    session.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    with pytest.raises(EngineError) as caught:
        session.execute("INSERT INTO t VALUES (1), (1)")
    assert caught.value.message == (
        'duplicate key value violates unique constraint "t_pkey" '
        "(Key (a) already exists) (SQLSTATE 23505)"
    )
    assert not caught.value.retryable
    session.close()


@pytest.mark.parametrize(
    ("state", "retryable", "lost"),
    [
        ("40001", True, False),
        ("40P01", True, False),
        ("55P03", True, False),
        ("57014", False, False),
        ("57P01", True, True),
        ("08006", True, True),
        ("23505", False, False),
        ("42601", False, False),
    ],
)
def test_states_say_whether_to_try_again(state: str, *, retryable: bool, lost: bool) -> None:
    error = as_engine_error(psycopg.errors.lookup(state)("it failed"))
    assert (error.retryable, error.lost) == (retryable, lost)


def test_sha1_needs_an_extension(engine: Postgres) -> None:
    session = engine.session()
    with pytest.raises(EngineError) as caught:
        session.query("SELECT DIGEST('a', 'sha1')")
    assert "CREATE EXTENSION pgcrypto" in caught.value.hint
    session.close()


def test_the_server_must_be_new_enough(
    target: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_OLDEST", 99)
    engine = open_engine("postgres", target, tmp_path)
    with pytest.raises(EngineError, match=r"is PostgreSQL \d+, dv-gen needs 99 or newer"):
        engine.connect("run")


def test_the_encoding_must_be_utf8(target: dict[str, Any], tmp_path: Path) -> None:
    server = postgres_server.shared()
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    engine = open_engine("postgres", {**target, "database": "latin"}, tmp_path)
    with pytest.raises(EngineError, match="LATIN1, and dv-gen needs UTF8"):
        engine.connect("run")
    server.drop_database("latin")


def test_settings_of_the_server_hold_for_every_session(
    target: dict[str, Any], tmp_path: Path
) -> None:
    engine = open_engine("postgres", {**target, "settings": {"work_mem": "3MB"}}, tmp_path)
    engine.connect("run")
    session = engine.session()
    shown = "SELECT current_setting('work_mem'), current_setting('timezone')"
    assert session.query(shown) == [("3MB", "UTC")]
    engine.close()


@pytest.mark.parametrize(
    ("of_the_database", "of_the_target", "expected"),
    [
        ("", {}, "1.1"),
        ("2.5", {}, "2.5"),
        ("2.5", {"random_page_cost": "3"}, "3"),
        ("", {"random_page_cost": 4}, "4"),
    ],
)
def test_looking_up_a_key_is_cheap_unless_somebody_has_said_what_it_costs(
    of_the_database: str,
    of_the_target: dict[str, object],
    expected: str,
    target: dict[str, Any],
    tmp_path: Path,
) -> None:
    if of_the_database:
        setting = f"random_page_cost = {of_the_database}"
        postgres_server.shared().execute(f"ALTER DATABASE {target['database']} SET {setting}")
    engine = open_engine("postgres", {**target, "settings": of_the_target}, tmp_path)
    engine.connect("run")
    assert engine.session().query("SHOW random_page_cost") == [(expected,)]
    engine.close()


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"pasword": "x"}, "has no setting 'pasword'", "did you mean password?"),
        ({"settings": "fast"}, "are the server's, by name", "work_mem"),
        ({"settings": {"datestyle": "German"}}, "relies upon 'ISO, YMD'", "leave it out"),
        ({"settings": {"TIMEZONE": "Asia/Tokyo"}}, "relies upon 'UTC'", "leave it out"),
    ],
)
def test_settings_that_cannot_be(
    settings: dict[str, Any], message: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        open_engine("postgres", {"type": "postgres", **settings}, tmp_path)
    assert hint in caught.value.hint


def test_a_setting_that_the_server_does_not_know(target: dict[str, Any], tmp_path: Path) -> None:
    engine = open_engine("postgres", {**target, "settings": {"work_mems": "3MB"}}, tmp_path)
    with pytest.raises(UsageError, match='unrecognized configuration parameter "work_mems"'):
        engine.connect("run")


def test_without_the_driver_a_user_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError) as caught:
        open_engine("postgres", {"type": "postgres"}, tmp_path)
    assert caught.value.hint == "pip install 'dv-gen[postgres]'"


def test_a_password_is_in_no_error(target: dict[str, Any], tmp_path: Path) -> None:
    engine = open_engine("postgres", {**target, "password": "wr0ng-one"}, tmp_path)
    with pytest.raises(EngineError, match="password authentication failed") as caught:
        engine.connect("run")
    assert "wr0ng-one" not in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("said", "environment", "mode"),
    [
        ({"sslrootcert": "ca.pem"}, None, "verify-full"),
        ({"sslrootcert": "ca.pem", "sslmode": "require"}, None, "require"),
        ({"sslrootcert": "ca.pem"}, "verify-ca", None),
        ({}, None, None),
    ],
)
def test_whoever_names_a_certificate_is_told_of_a_server_without(
    said: dict[str, str],
    environment: str | None,
    mode: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not said here libpq looks up by itself."""
    monkeypatch.delenv("PGSSLMODE", raising=False)
    if environment:
        monkeypatch.setenv("PGSSLMODE", environment)
    assert read_settings(said).options.get("sslmode") == mode
