"""`dv-gen unlock`: a dead run's hold is released, a living one's is not (R5)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from vertica_python import errors as vertica_errors

from dv_gen.engines import open_engine, postgres
from dv_gen.engines.holder import WAIT, Owner
from dv_gen.errors import EngineError, LockedError
from dv_gen.run.unlocking import FREE, unlock
from tests import postgres_server
from tests.e2e.project import Project
from tests.e2e.small import Small
from tests.vertica_server import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.vertica_server import VerticaServer

MODEL = """
sources:
  users:
    file: users.csv
    columns: {id: integer not null}
    keys: {h_users: id}
hubs: {h_users: {key: user_id}}
"""
ELSEWHERE = Owner("monday", "loader", 4711, "000000")


@pytest.fixture(scope="module")
def dead() -> Owner:
    """A process of this machine that is no more."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return replace(Owner.here("monday"), pid=process.pid)


@pytest.fixture
def alive() -> Owner:
    return Owner.here("monday")


def made(folder: Path, target: dict[str, Any]) -> Small:
    small = Small(folder, target)
    small.write(model__yml=MODEL)
    small.deliver("users.csv", "id", "1", "2")
    return small


@dataclass
class OnServer:
    """A project, and how another program takes its lock.

    Attributes:
        hold: takes the lock under a label; gives what tells whether its session is still there.
        label: what the session of an owner is called.
    """

    small: Small
    hold: Callable[[str], Callable[[], bool]]
    label: Callable[[Owner], str]

    def unlock(self, *, force: bool = False) -> str:
        return unlock(self.small.folder, None, "unlock", force=force)


@pytest.fixture(params=["postgres", "vertica"])
def on_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnServer]:
    opened = on_postgres if request.param == "postgres" else on_vertica
    with opened(tmp_path) as found:
        yield found


@contextlib.contextmanager
def on_postgres(folder: Path) -> Iterator[OnServer]:
    running = postgres_server.shared()
    database = running.new_database()
    opened = []

    def hold(label: str) -> Callable[[], bool]:
        connection = psycopg.connect(
            **{key: value for key, value in running.target.items() if key != "type"},
            dbname=database,
            application_name=label,
            autocommit=True,
        )
        opened.append(connection)
        connection.execute("SELECT pg_advisory_lock({}, {})".format(*postgres._LOCK))

        def is_there() -> bool:
            with contextlib.suppress(psycopg.OperationalError):
                connection.execute("SELECT 1")
            return not connection.closed

        return is_there

    small = made(folder, {**running.target, "database": database})
    yield OnServer(small, hold, lambda owner: owner.label(63))
    for connection in opened:
        connection.close()
    running.drop_database(database)


@contextlib.contextmanager
def on_vertica(folder: Path) -> Iterator[OnServer]:
    opened = []
    with server() as running:
        make_lock(running)

        def hold(label: str) -> Callable[[], bool]:
            connection = running.connect(session_label=label)
            opened.append(connection)
            cursor = connection.cursor()
            cursor.execute("LOCK TABLE dv_meta.run_lock IN EXCLUSIVE MODE")
            cursor.fetchall()

            def is_there() -> bool:
                try:
                    cursor.execute("SELECT 1")
                    cursor.fetchall()
                except vertica_errors.ConnectionError:
                    return False
                return True

            return is_there

        target = {"type": "vertica", "tlsmode": "disable", **running.options}
        small = made(folder, target)
        yield OnServer(small, hold, lambda owner: f"dv-gen holds dv_meta: {owner.label(100)}")
        for connection in opened:
            with contextlib.suppress(Exception):
                connection.close()


def make_lock(running: VerticaServer) -> None:
    with running.connect() as connection:
        cursor = connection.cursor()
        for sql in ("CREATE SCHEMA dv_meta", "CREATE TABLE dv_meta.run_lock (held BOOLEAN)"):
            cursor.execute(sql)
            cursor.fetchall()


# -- servers -------------------------------------------------------------------------------


def test_nobody_holds_it(on_server: OnServer) -> None:
    assert on_server.unlock() == FREE


@pytest.mark.parametrize("force", [False, True])
def test_the_hold_of_a_living_run_is_refused_whatever_is_said(
    on_server: OnServer, alive: Owner, *, force: bool
) -> None:
    is_there = on_server.hold(on_server.label(alive))

    with pytest.raises(LockedError) as caught:
        on_server.unlock(force=force)

    told = f"is held by run monday (process {os.getpid()} on {socket.gethostname()}"
    assert told[:60] in caught.value.message
    assert caught.value.message.endswith(", which lives")
    assert f"ps -p {os.getpid()}" in caught.value.hint
    assert caught.value.exit_code == 1
    assert is_there()


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_hold_of_a_dead_run_is_released_and_the_next_run_loads(
    on_server: OnServer, dead: Owner
) -> None:
    is_there = on_server.hold(on_server.label(dead))

    told = on_server.unlock()

    assert told.startswith("released: ")
    assert f"is held by run monday (process {dead.pid} on " in told
    assert not is_there()
    assert on_server.small.run().exit_code == 0


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_run_of_another_machine_is_released_only_by_force(on_server: OnServer) -> None:
    is_there = on_server.hold(on_server.label(ELSEWHERE))

    with pytest.raises(LockedError) as caught:
        on_server.unlock()

    assert "is held by run monday (process 4711 on loader, " in caught.value.message
    assert caught.value.message.endswith("whether that lives cannot be seen from here")
    assert "look on loader: ps -p 4711" in caught.value.hint
    assert "dv-gen unlock --force" in caught.value.hint
    assert is_there()

    on_server.unlock(force=True)

    assert not is_there()


def test_a_hold_without_our_label_is_not_released(on_server: OnServer) -> None:
    on_server.hold("someone's tool")

    with pytest.raises(LockedError, match="is held by another run") as caught:
        on_server.unlock()

    assert "look at its session on the server" in caught.value.hint


def test_a_run_waits_for_a_hold_whose_process_has_just_died(
    on_server: OnServer, dead: Owner
) -> None:
    """The server needs a moment to notice: no run is refused because of one that is no more."""
    small = on_server.small
    holder = threading.Event()
    label = on_server.label(dead)

    def die_slowly() -> None:
        with contextlib.suppress(Exception):
            is_there = on_server.hold(label)
            holder.set()
            release.wait(10)
            assert is_there()
            unlock(small.folder, None, "unlock")

    release = threading.Event()
    dying = threading.Thread(target=die_slowly)
    dying.start()
    assert holder.wait(10)
    timer = threading.Timer(0.3, release.set)
    timer.start()
    ran = small.run()
    dying.join()
    timer.join()

    assert ran.exit_code == 0


def test_a_second_run_is_told_of_the_process_and_of_unlock(
    on_server: OnServer, tmp_path: Path
) -> None:
    target = on_server.small.target
    first, second = (open_engine(target["type"], target, tmp_path) for _ in range(2))
    first.connect("monday")
    try:
        with pytest.raises(LockedError) as caught:
            second.connect("tuesday")
    finally:
        second.close()
        first.close()

    assert f"is held by run monday (process {os.getpid()} on " in caught.value.message
    assert " since 20" in caught.value.message
    assert caught.value.hint == WAIT


def test_who_is_not_shown_the_session_cannot_end_it(tmp_path: Path) -> None:
    """On Vertica v_monitor shows it to a superuser only: the table's lock tells that it is held."""
    with on_vertica(tmp_path) as found:
        found.hold("hidden")

        with pytest.raises(EngineError, match="v_monitor does not show who holds dv_meta"):
            found.unlock(force=True)


# -- DuckDB --------------------------------------------------------------------------------

HOLDING = """
import sys
from pathlib import Path
from dv_gen.engines import open_engine
engine = open_engine("duckdb", {"path": "w.duckdb"}, Path(sys.argv[1]))
engine.connect("monday")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the project's file."""
    made(tmp_path, {"type": "duckdb", "path": "w.duckdb"})
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_living_process_keeps_its_file_and_a_dead_one_leaves_a_note(
    held: subprocess.Popen[str], tmp_path: Path
) -> None:
    project = Project(tmp_path)

    refused = project.command("unlock", "--force", expect=1)

    host = socket.gethostname()
    told = f"w.duckdb is held by run monday (process {held.pid} on {host}) since 20"
    assert refused.stderr.startswith(told)
    assert ", which lives\n  hint: ps shows the process" in refused.stderr

    held.send_signal(signal.SIGKILL)
    held.wait()
    assert (tmp_path / "w.duckdb.lock").exists()

    assert project.command("unlock").stdout == (
        f"{FREE}; removed w.duckdb.lock of run monday, which has ended\n"
    )
    assert not (tmp_path / "w.duckdb.lock").exists()
    assert project.command("unlock").stdout == f"{FREE}\n"


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    made(tmp_path, {"type": "duckdb", "path": "w.duckdb"})

    assert unlock(tmp_path, None, "unlock") == FREE
    assert not (tmp_path / "w.duckdb").exists()


def test_a_note_that_is_none_is_removed(tmp_path: Path) -> None:
    made(tmp_path, {"type": "duckdb", "path": "w.duckdb"})
    (tmp_path / "w.duckdb.lock").write_text('{"pid": 1, "run": "old"}', encoding="utf-8")

    assert unlock(tmp_path, None, "unlock") == f"{FREE}; removed w.duckdb.lock, which has ended"
