"""A batch in which something failed: the rest goes on, and `retry` does exactly what is left."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dv_gen.engines.duckdb_session import DuckDBSession
from dv_gen.errors import EngineError, LandingError
from dv_gen.landing.local import LocalLanding
from dv_gen.run import ledger, steps
from tests.e2e.project import Project, copy_project
from tests.e2e.small import Small

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from dv_gen.engines.base import BadRecord, BulkFile
    from dv_gen.landing import RemoteFile

MODEL = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer, city: varchar(20)}
        keys: {h_users: id}
      orders:
        file: orders*.csv
        columns: {number: integer, buyer: integer}
        keys: {h_orders: number, h_users: buyer}
    hubs: {h_users: {key: user_id}, h_orders: {key: order_no}}
    links: {l_orders: {source: orders, hubs: [h_orders, h_users]}}
    satellites: {s_users: {source: users, parent: h_users, columns: all}}
"""
# What names h_orders in its needs, the link, and the checks of both.
LEFT = ["check:h_orders", "check:l_orders", "load:h_orders", "load:l_orders"]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    made = Small(tmp_path)
    made.write(model__yml=MODEL)
    made.deliver("users.csv", "id,city", "1,Ulm", "2,Jena")
    made.deliver("orders.csv", "number,buyer", "7,1", "8,2")
    return made


class Fault:
    """Statements on a table that fail; `times` is how often."""

    def __init__(self) -> None:
        self.schema = "vault"
        self.table = ""
        self.times = 1_000
        self.error = EngineError("no space left")


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fault]:
    """Let INSERTs into one table of the vault fail."""
    found = Fault()
    real = DuckDBSession.execute

    def execute(
        session: DuckDBSession, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> int:
        if found.table and f'INSERT INTO "{found.schema}"."{found.table}"' in sql and found.times:
            found.times -= 1
            raise found.error
        return real(session, sql, parameters)

    monkeypatch.setattr(DuckDBSession, "execute", execute)
    return found


def test_what_does_not_depend_on_a_failed_entity_goes_on(small: Small, fault: Fault) -> None:
    fault.table = "h_orders"

    ran = small.run()

    assert ran.exit_code == 1
    assert small.table("s_users", "city") == [("Jena",), ("Ulm",)]
    assert small.table("h_orders", "order_no") == []
    assert {name: o.status for name, o in ran.outcomes.items() if o.status != "done"} == {
        "load:h_orders": "failed",
        "load:l_orders": "skipped",
        "check:h_orders": "skipped",
        "check:l_orders": "skipped",
    }
    failed = ran.outcomes["load:h_orders"]
    assert failed.error.startswith("generated/local/hubs/h_orders.sql:")
    assert "no space left" in failed.error
    assert "dv-gen retry" in ran.result.messages[-1]


def test_retry_does_exactly_the_failed_and_the_skipped_steps(small: Small, fault: Fault) -> None:
    fault.table = "h_orders"
    first = small.run()
    fault.table = ""
    small.deliver("users2.csv", "id,city", "3,Bonn")

    again = small.run(retry=True)

    assert again.exit_code == 0
    assert sorted(again.outcomes) == LEFT
    assert again.result.batches[0].batch.load_dt == first.result.batches[0].batch.load_dt
    assert again.outcomes["load:h_orders"].rows_staged == 2
    assert small.table("h_orders", "order_no") == [(7,), (8,)]
    assert small.table("l_orders", "count(*)") == [(2,)]
    # The new file waits for the next run.
    assert small.table("s_users", "city") == [("Jena",), ("Ulm",)]
    assert small.run().exit_code == 0
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",), ("Ulm",)]


def test_retry_after_retry_and_after_success_is_harmless(small: Small, fault: Fault) -> None:
    fault.table = "h_orders"
    assert small.run().exit_code == 1
    for _ in range(2):
        assert sorted(small.run(retry=True).outcomes) == LEFT
    fault.table = ""
    assert small.run(retry=True).exit_code == 0
    before = small.query("SELECT count(*) FROM dv_meta.step_result")

    idle = small.run(retry=True)

    assert idle.exit_code == 0
    assert idle.result.batches == []
    assert idle.result.messages == ["nothing to retry: no batch is open"]
    assert small.query("SELECT count(*) FROM dv_meta.step_result") == before


def test_a_stage_that_the_database_failed_at_is_taken_up_with_its_load_date(
    small: Small, fault: Fault
) -> None:
    """R4: only files that are not as they should be end a batch before the vault."""
    fault.schema, fault.table = "stage", "orders"
    first = small.run(load_date=datetime.fromisoformat("2026-01-05"))
    assert first.exit_code == 1
    assert first.result.batches[0].status == "failed"
    fault.table = ""

    again = small.run(retry=True)

    assert again.exit_code == 0
    assert "stage:users" not in again.outcomes
    assert again.outcomes["load:s_users"].rows_staged == 2
    assert small.table("s_users", "load_dt") == 2 * [(datetime.fromisoformat("2026-01-05"),)]


ULM_IS_NULL = MODEL.replace("file: users*.csv", "file: users*.csv\n        csv: {nulls: [Ulm]}")


def test_what_other_sql_has_staged_is_no_part_of_the_batch(small: Small, fault: Fault) -> None:
    """A model, another one, and the first again: what the second has staged is not the first's."""
    fault.table = "s_users"
    assert small.run().exit_code == 1
    small.write(model__yml=ULM_IS_NULL)
    assert small.run().exit_code == 1
    small.write(model__yml=MODEL)
    fault.table = ""

    assert small.run().exit_code == 0
    assert small.table("s_users", "city") == [("Jena",), ("Ulm",)]


def test_a_second_attempt_does_not_take_other_sqls_step_for_its_own(
    small: Small, fault: Fault
) -> None:
    fault.table = "s_users"
    assert small.run().exit_code == 1
    small.write(model__yml=ULM_IS_NULL)
    fault.schema, fault.table, fault.times = "stage", "users", 1
    fault.error = EngineError("a lock was not given", retryable=True)

    assert small.run(pauses=(0, 0, 0)).exit_code == 0
    assert {city for (city,) in small.table("s_users", "city")} == {None, "Jena"}


@pytest.mark.parametrize("preview_rows", [0, 10])
def test_rows_that_fail_a_load_are_shown_only_where_rows_are(
    preview_rows: int, small: Small
) -> None:
    twice = MODEL.replace("columns: all}", "columns: all, duplicates: fail}")
    small.write(model__yml=twice)
    small.deliver("users.csv", "id,city", "1,Ulm", "1,Secretville")

    ran = small.run(preview_rows=preview_rows)

    assert ran.exit_code == 1
    assert "duplicate key" in ran.log
    assert ("Ulm" in ran.outcomes["load:s_users"].error) == bool(preview_rows)
    assert ("Ulm" in ran.log) == bool(preview_rows)


def test_checks_that_cannot_be_asked_are_said_and_can_be_deferred(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that was opened with its checks is no prisoner of theirs."""

    def ask(*_: object, **__: object) -> None:
        raise EngineError("canceling statement due to statement timeout")

    monkeypatch.setattr(steps, "ask", ask)
    ran = small.run()
    assert ran.exit_code == 1
    assert "4 could not be asked" in ran.log

    assert small.run(defer_checks=True).exit_code == 0
    small.deliver("users2.csv", "id,city", "3,Bonn")
    assert small.run(defer_checks=True).exit_code == 0
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",), ("Ulm",)]


def test_what_is_staged_is_loaded_though_its_file_was_replaced_since(
    small: Small, fault: Fault
) -> None:
    """The rows of the first file are nowhere but in the stage: they come before the new file's."""
    fault.schema, fault.table = "stage", "orders"
    assert small.run().exit_code == 1
    fault.table = ""
    small.deliver("users.csv", "id,city", "1,Bonn", "2,Jena")

    again = small.run()

    assert again.exit_code == 0
    assert [batch.status for batch in again.result.batches] == ["done", "done"]
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",), ("Ulm",)]


@pytest.mark.parametrize("retry", [False, True])
def test_a_landing_that_cannot_be_listed_just_now_ends_no_batch(
    small: Small, fault: Fault, monkeypatch: pytest.MonkeyPatch, *, retry: bool
) -> None:
    fault.schema, fault.table = "stage", "orders"
    first = small.run(load_date=datetime.fromisoformat("2026-01-05"))
    fault.table = ""
    with monkeypatch.context() as patched:

        def unreachable(_landing: LocalLanding, _pattern: str, **_: object) -> list[RemoteFile]:
            raise LandingError("the endpoint cannot be reached")

        patched.setattr(LocalLanding, "list", unreachable)
        with pytest.raises(LandingError, match="cannot be reached"):
            small.run(retry=retry)

    again = small.run(retry=retry)

    assert again.exit_code == 0
    assert again.result.batches[0].batch.id == first.result.batches[0].batch.id
    assert small.table("s_users", "load_dt") == 2 * [(datetime.fromisoformat("2026-01-05"),)]


def test_a_batch_whose_files_are_gone_before_they_were_staged_is_abandoned(
    small: Small, fault: Fault
) -> None:
    """Nothing of it was loaded; `run` goes on with what is there, `retry` says that it is over."""
    for retry in (False, True):
        small.deliver("orders.csv", "number,buyer", "7,1")
        fault.schema, fault.table = "stage", "orders"
        assert small.run(reload=True).exit_code == 1
        fault.table = ""
        small.deliver("orders.csv", "number,buyer", "9,1")

        ran = small.run(retry=retry)

        assert "was never loaded and its files have changed: it is abandoned" in ran.log
        assert ran.exit_code == (1 if retry else 0)
        assert small.run().exit_code == 0
        assert small.table("h_orders", "order_no") == [(9,)]


def test_a_batch_that_is_loaded_in_part_is_never_given_up_in_silence(
    small: Small, fault: Fault
) -> None:
    """Other SQL wants all files again; where they are gone the run says so by its exit code."""
    fault.table = "l_orders"
    assert small.run().exit_code == 1
    fault.table = ""
    small.write(model__yml=MODEL.replace("varchar(20)", "varchar(30)"))
    small.deliver("orders.csv", "number,buyer", "9,1")

    ran = small.run()

    assert "is loaded in part and its files have changed: it is abandoned" in ran.log
    assert ran.exit_code == 1
    assert [batch.status for batch in ran.result.batches] == ["abandoned"]
    assert small.run().exit_code == 0
    assert small.table("l_orders", "count(*)") == [(1,)]


def test_a_clock_that_was_set_back_makes_no_older_file_the_newest(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3: a file that is brought back to what it was is a change back, whatever the clock says."""
    for day, hour, city in ((1, 12, "Ulm"), (2, 9, "Bonn"), (3, 9, "Ulm")):
        moment = datetime.fromisoformat(f"2026-01-05T{hour:02}:00")
        monkeypatch.setattr(ledger, "utc_now", lambda now=moment: now)
        small.deliver("users.csv", "id,city", f"1,{city}")
        load_date = datetime.fromisoformat(f"2026-02-0{day}")

        assert len(small.run(load_date=load_date).result.batches) == 1
        assert small.run(load_date=load_date).result.batches == []

    assert [row[1] for row in small.table("s_users", "load_dt", "city")] == ["Ulm", "Bonn", "Ulm"]
    assert small.query(
        "SELECT count(*) FROM dv_meta.newest_batch JOIN dv_meta.batch USING (batch_id) "
        "WHERE load_dt = '2026-02-03'"
    ) == [(1,)]


def test_a_record_that_the_database_has_not_seen_stops_the_batch(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S2: what was read is counted by us too, and nothing is loaded where the counts differ."""
    real = DuckDBSession.read_file

    def forgetful(session: DuckDBSession, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
        read, refused = real(session, sql, file)
        session.execute('DELETE FROM "raw_users" WHERE "id" = \'2\'')
        return read - 1, refused

    monkeypatch.setattr(DuckDBSession, "read_file", forgetful)

    ran = small.run(select=("s_users",))

    assert ran.exit_code == 1
    assert "users.csv holds 2 records, but the database saw 1" in ran.log
    assert small.table("s_users", "city") == []


def test_what_may_succeed_later_is_tried_again_within_the_run(small: Small, fault: Fault) -> None:
    """R6; the second attempt is the whole step, on a new connection."""
    fault.table, fault.times = "h_orders", 2
    fault.error = EngineError("timed out waiting for a lock", retryable=True)

    ran = small.run(pauses=(0.01, 0.01))

    assert ran.exit_code == 0
    assert ran.log.count("load:h_orders: ") == 2
    assert "timed out waiting for a lock" in ran.log
    assert small.table("h_orders", "order_no") == [(7,), (8,)]


def test_an_interrupt_does_not_wait_for_the_next_attempt(small: Small, fault: Fault) -> None:
    fault.table, fault.times = "h_orders", 1
    fault.error = EngineError("timed out waiting for a lock", retryable=True)
    began = time.monotonic()
    # A process that was started in the background ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            small.run(pauses=(60.0,))
    finally:
        signal.signal(signal.SIGINT, before)

    assert time.monotonic() - began < 50
    assert small.run().exit_code == 0
    assert small.table("h_orders", "order_no") == [(7,), (8,)]


def test_what_will_not_succeed_later_fails_at_once(small: Small, fault: Fault) -> None:
    fault.table, fault.times = "h_orders", 1

    assert small.run(pauses=(600.0,)).exit_code == 1


def test_an_interrupt_ends_between_two_statements_with_130_and_a_batch_to_resume(
    tmp_path: Path,
) -> None:
    """A real process, the signal of Ctrl-C, while the stage of 50,000 messages is loading."""
    project = copy_project(tmp_path)
    landing = tmp_path / "landing"
    landing.mkdir()
    for source in (project.folder / "metadata/sample").glob("*.csv"):
        text = source.read_bytes()
        head, _, body = text.partition(b"\n")
        many = body * (20 if source.stem == "dialogs" else 1)
        (landing / source.name).write_bytes(head + b"\n" + many)
    process = project.start("run", "--threads", "1", landing=landing)
    assert process.stderr
    for line in process.stderr:
        if "stage users: done" in line:
            break
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)

    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert "the next run takes up what is open" in rest
    results = json.loads((project.folder / "generated/duckdb/run_results.json").read_text())
    assert results["exit_code"] == 130
    assert results["batches"][0]["status"] == "interrupted"
    assert {step["status"] for step in results["batches"][0]["steps"]} == {"done"}
    assert project.query("SELECT count(*) FROM dv_meta.open_batch") == [(1,)]

    project.command("retry", landing=landing)
    interrupted = project.vault()
    undisturbed = copy_project(tmp_path / "other")
    undisturbed.command("run", "--load-date", load_date(project), landing=landing)
    assert interrupted == undisturbed.vault()


def load_date(project: Project) -> str:
    """The load date of the only batch, as the command line takes it."""
    return str(project.query("SELECT load_dt FROM dv_meta.batch")[0][0].isoformat())


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """However long a statement takes; what it had done is undone, as after a crash."""
    project = copy_project(tmp_path)
    # A mart that would take minutes.
    (project.folder / "metadata/vault/slow.sql").write_text(
        "SELECT count(*) AS n FROM range(1000000) a(i), range(1000000) b(j) WHERE (i * j) % 7 = 3\n"
    )
    with (project.folder / "metadata/vault/slow.yml").open("w") as file:
        file.write("marts: {slow: {sql: slow.sql, materialized: table}}\n")
    project.command("render", "--target", "duckdb")
    process = project.start("run", "--select", "slow")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)

    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
