"""R5: a run whose hold is lost while a statement runs, and another that begins meanwhile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.engines.postgres_session import PostgresSession
from dv_gen.engines.vertica import VerticaSession
from tests import postgres_server
from tests.e2e.small import Ran, Small, open_small
from tests.vertica_server import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Place = tuple[Small, type[PostgresSession | VerticaSession], Callable[[], None]]

MODEL = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: user_id}}
    satellites: {s_users: {source: users, parent: h_users, columns: all}}
"""
END_HOLDER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = '{}')
"""
# Seconds in which the other run comes as far as it can.
_LONG = 4.0


@contextmanager
def on_postgres(folder: Path) -> Iterator[Place]:
    with open_small(folder, "postgres") as small:

        def end() -> None:
            postgres_server.shared().execute(END_HOLDER.format(small.target["database"]))

        yield small, PostgresSession, end


@contextmanager
def on_vertica(folder: Path) -> Iterator[Place]:
    with server() as running:
        target = {"type": "vertica", "tlsmode": "disable", **running.options}

        def end() -> None:
            for session in running.standin.sessions():
                if session.label.startswith("dv-gen holds"):
                    running.standin.close_session(session.id)

        yield Small(folder, target), VerticaSession, end


@pytest.mark.parametrize("place", [on_postgres, on_vertica])
def test_what_a_run_without_its_hold_has_done_is_undone(
    place: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall drops the hold's idle connection, and no other, while a long load runs."""
    with place(tmp_path) as (small, session_class, end_holder):
        small.write(model__yml=MODEL)
        small.deliver("users.csv", "id,city", "1,Ulm", "2,Jena")
        real: Callable[..., int] = session_class.execute
        begun: list[threading.Thread] = []
        others: list[Ran] = []

        def other() -> None:
            others.append(small.run(threads=1, pauses=(_LONG, _LONG, _LONG)))

        def execute(
            session: PostgresSession | VerticaSession,
            sql: str,
            parameters: Mapping[str, Any] | None = None,
        ) -> int:
            count = real(session, sql, parameters)
            if 'INTO "vault"."h_users"' in sql and not begun:
                begun.append(threading.Thread(target=other))
                end_holder()
                begun[0].start()
                # Where keys are enforced it waits for this run's transaction.
                begun[0].join(_LONG)
            return count

        monkeypatch.setattr(session_class, "execute", execute)

        first = small.run(threads=1, pauses=(_LONG, _LONG, _LONG))
        begun[0].join()

        assert [ran.exit_code for ran in others] == [0]
        assert list(map(tuple, small.table("h_users", "count(*)"))) == [(2,)]
        assert list(map(tuple, small.table("s_users", "count(*)"))) == [(2,)]
        done = small.query("SELECT step FROM dv_meta.step_result WHERE status = 'done'")
        assert len(done) == len(set(map(tuple, done)))
        for table in ("batch_end", "file_loaded", "file_result"):
            assert small.query(f"SELECT count(*) FROM dv_meta.{table}")[0][0] == 1
        assert first.exit_code == 1
        assert "has been ended by another run" in first.log
