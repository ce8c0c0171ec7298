"""What goes wrong between dv-gen and Vertica: nothing is lost, nothing is loaded twice."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from dv_gen.engines import open_engine, vertica_hold
from dv_gen.errors import DvGenError, EngineError, LockedError, UsageError
from tests.e2e.vertica_project import Orders, facts
from tests.vertica_server import PASSWORD, USER, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.engines.base import Engine
    from tests.vertica_server import VerticaServer

# Of the statements of a run: all of them, or every COMMIT and every sixth of the others.
STEP = 1 if os.environ.get("DV_GEN_HYPOTHESIS") == "long" else 20


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    project = Orders(tmp_path_factory.mktemp("orders"))
    project.write()
    return project


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[VerticaServer]:
    with server() as running:
        point_to(running, monkeypatch)
        yield running


def point_to(running: VerticaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_PORT", str(running.standin.port))
    monkeypatch.setenv("ORDERS_USER", USER)
    monkeypatch.setenv("ORDERS_PASSWORD", PASSWORD)


def test_an_undisturbed_run_loads_what_fits_and_keeps_the_rest(
    orders: Orders, fresh: VerticaServer
) -> None:
    result, log = orders.run("first")

    assert result.exit_code == 0, log
    found = facts(fresh)
    assert [len(found[name]) for name in ("h_order", "h_customer", "l_order_customer")] == [3, 2, 2]
    # Of the two amounts of order 1 with one load date the last wins; and two ghosts.
    assert len(found["s_order"]) == 3 + 2
    assert [row[1:] for row in found["rejects"] if row[0] == "stage"] == [
        ["orders/1.csv", 4, "order_id", "not an integer", "x,ann,3"],
        ["orders/2.csv", 3, None, "3 columns expected, 2 found", "4,ann"],
    ]


def test_the_tables_of_a_load_are_dropped_when_it_is_committed(
    orders: Orders, fresh: VerticaServer
) -> None:
    assert orders.run("first")[0].exit_code == 0
    sent = [entry["sql"] for entry in fresh.standin.log]

    made = [at for at, sql in enumerate(sent) if 'TABLE "s_order_stored" ON COMMIT' in sql]
    drop = 'DROP TABLE IF EXISTS v_temp_schema."s_order_st'
    dropped = [at for at, sql in enumerate(sent) if sql.startswith(drop)]
    assert len(made) == 1
    assert len(dropped) == 2
    assert dropped[0] < made[0] < sent.index("COMMIT", made[0]) < dropped[1]


def test_a_wrong_password_is_said_in_one_line_without_it(
    orders: Orders, fresh: VerticaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_PASSWORD", "guessed")

    with pytest.raises(EngineError) as caught:
        orders.run("first")

    place = f"127.0.0.1:{fresh.standin.port}"
    assert str(caught.value) == (
        f"{place} turns dbadmin away: Invalid username or password (SQLSTATE 28000)\n"
        "  hint: check user and password of the target"
    )
    assert not caught.value.retryable


def test_a_server_that_is_not_there(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as running:
        point_to(running, monkeypatch)
        port = running.standin.port

    with pytest.raises(EngineError) as caught:
        orders.run("first")

    assert caught.value.message == f"nobody answers at 127.0.0.1:{port}"


def test_a_server_without_tls_where_it_is_required(fresh: VerticaServer, tmp_path: Path) -> None:
    target = {**fresh.options, "type": "vertica", "tlsmode": "require"}
    engine = open_engine("vertica", target, tmp_path)

    with pytest.raises(EngineError) as caught:
        engine.connect("first")

    place = f"127.0.0.1:{fresh.standin.port}"
    assert caught.value.message == f"tlsmode is require, but {place} does not offer TLS"


def test_a_setting_that_does_not_exist(fresh: VerticaServer, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_engine("vertica", {**fresh.options, "resourcepool": "x"}, tmp_path)

    assert str(caught.value) == (
        "a vertica target has no setting 'resourcepool'\n  hint: did you mean resource_pool?"
    )


def test_a_lock_that_is_not_given_at_first(orders: Orders, fresh: VerticaServer) -> None:
    fresh.standin.faults.fail_regex = r'INTO "vault"."h_order"'
    fresh.standin.faults.fail_times = 2

    result, log = orders.run("first")

    assert result.exit_code == 0, log
    assert log.count("tried again") == 2


def test_a_second_run_is_told_who_holds_the_vault(
    orders: Orders, fresh: VerticaServer, tmp_path: Path
) -> None:
    target = {**fresh.options, "type": "vertica", "tlsmode": "disable"}
    engine = open_engine("vertica", target, tmp_path)
    engine.connect("monday")
    try:
        with pytest.raises(
            LockedError, match=r"dv_meta is held by run monday \(.+, user dbadmin\)"
        ):
            orders.run("tuesday")
    finally:
        engine.close()
    assert orders.run("tuesday")[0].exit_code == 0


def test_a_hold_whose_session_has_ended_is_taken_again_or_lost(
    fresh: VerticaServer, tmp_path: Path
) -> None:
    target = {**fresh.options, "type": "vertica", "tlsmode": "disable"}
    first, second = (open_engine("vertica", target, tmp_path) for _ in range(2))
    try:
        first.connect("monday")
        end_holder(fresh)
        first.session().close()
        with pytest.raises(LockedError):
            second.connect("tuesday")
        end_holder(fresh)
        second.connect("tuesday")
        with pytest.raises(LockedError, match="held by run tuesday"):
            first.session()
    finally:
        first.close()
        second.close()


def test_a_lock_that_another_has_is_seen_before_it_is_waited_for(
    fresh: VerticaServer, tmp_path: Path
) -> None:
    """FOR UPDATE would wait as long as LockTimeout says: five minutes, unless set otherwise."""
    first, second = (_engine(fresh, tmp_path) for _ in range(2))
    try:
        first.connect("monday")
        asked = len(fresh.standin.log)
        with pytest.raises(LockedError, match="held by run monday"):
            second.connect("tuesday")
    finally:
        first.close()
        second.close()
    assert not any("FOR UPDATE" in entry["sql"] for entry in fresh.standin.log[asked:])


@pytest.mark.parametrize("state", ["55V03", "55P03", "57014"])
def test_a_lock_that_is_refused_is_one_that_another_has(
    state: str, fresh: VerticaServer, tmp_path: Path
) -> None:
    """Two runs that looked at the same moment: the second is refused while it waits."""
    fresh.standin.faults.fail_regex = "FOR UPDATE"
    fresh.standin.faults.fail_with = (5157, state, "Unavailable: no lock")
    engine = _engine(fresh, tmp_path)
    try:
        with pytest.raises(LockedError, match="dv_meta is held by another run"):
            engine.connect("tuesday")
    finally:
        engine.close()


def test_the_session_with_the_lock_is_used_now_and_then(
    fresh: VerticaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IDLESESSIONTIMEOUT ends a session that only holds a lock while a long load runs."""
    monkeypatch.setattr(vertica_hold, "USED_EVERY", 0.05)
    engine = _engine(fresh, tmp_path)
    engine.connect("monday")
    try:
        deadline = time.monotonic() + 20
        while _uses(fresh) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _uses(fresh) >= 3
    finally:
        engine.close()
    time.sleep(0.2)
    ended = _uses(fresh)
    time.sleep(0.2)
    assert _uses(fresh) == ended


def _uses(fresh: VerticaServer) -> int:
    held = [entry for entry in fresh.standin.log if entry["session"].startswith("dv-gen holds")]
    return sum(entry["sql"] == "SELECT 1" for entry in held)


def _engine(fresh: VerticaServer, folder: Path) -> Engine:
    return open_engine(
        "vertica", {**fresh.options, "type": "vertica", "tlsmode": "disable"}, folder
    )


def end_holder(running: VerticaServer) -> None:
    for session in running.standin.sessions():
        if session.label.startswith("dv-gen holds"):
            running.standin.close_session(session.id)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("table", ["p_order", "p_order_dates"])
def test_a_pit_whose_making_is_broken_off_is_made_by_the_next_run(
    table: str, when: str, fresh: VerticaServer, tmp_path: Path
) -> None:
    """DDL commits itself: of the two tables of a PIT there may be one."""
    project = Orders(tmp_path)
    calendars = "calendars: {ends: {dates: ['2026-11-30']}}"
    pits = "pits: {p_order: {hub: h_order, satellites: [s_order], calendar: ends}}"
    project.write(("satellites:\n", f"{calendars}\n{pits}\nsatellites:\n"))
    fresh.standin.faults.drop_regex = f'CREATE TABLE IF NOT EXISTS "vault"."{table}" '
    fresh.standin.faults.drop_nth, fresh.standin.faults.drop_when = 1, when
    with pytest.raises(DvGenError):
        project.run("broken off")

    result, log = project.run("next")

    assert result.exit_code == 0, log
    assert fresh.query('SELECT COUNT(*) FROM "vault"."p_order"') == [[3]]


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_dropped_at_any_statement_changes_nothing_in_the_end(
    when: str, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4, R6: the run itself or the next one finishes; each row once, each file once."""
    with server() as running:
        point_to(running, monkeypatch)
        assert orders.run("undisturbed")[0].exit_code == 0
        sent = [entry["sql"] for entry in running.standin.log]
        expected = facts(running)
    assert any(sql == "COMMIT" for sql in sent)
    resumed = 0
    shift = 0 if when == "before" else STEP // 2
    for number, sql in enumerate(sent, start=1):
        if sql != "COMMIT" and (number + shift) % STEP:
            continue
        with server() as running:
            point_to(running, monkeypatch)
            running.standin.faults.drop_nth = number
            running.standin.faults.drop_when = when
            try:
                finished = orders.run("cut off")[0].exit_code == 0
            except DvGenError:
                finished = False
            resumed += not finished
            again, log = orders.run("resumed")
            assert again.exit_code == 0, (number, sql, log)
            assert facts(running) == expected, (number, sql)
    assert resumed
