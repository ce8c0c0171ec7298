"""A mart that fails holds up nothing: the batch closes, every run tries the mart again (R10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dv_gen.engines.duckdb_session import DuckDBSession
from dv_gen.errors import EngineError
from tests.e2e.small import ENGINES, Small, open_small
from tests.e2e.vertica_project import Orders
from tests.projects import dv_gen
from tests.vertica_server import PASSWORD, USER, server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

MODEL = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: user_id}}
    satellites: {s_users: {source: users, parent: h_users, columns: [city]}}
    marts:
      cities: {sql: cities.sql}
      seen: {sql: seen.sql, materialized: view}
      other: {sql: other.sql}
"""
# No number any more as soon as a second user is there.
CITIES = (
    "SELECT CAST(CASE WHEN COUNT(*) > 1 THEN 'many' ELSE '1' END AS INTEGER) AS n\n"
    "FROM {{ ref('h_users') }}\n"
)
RIGHT = "SELECT CAST(COUNT(*) AS INTEGER) AS n FROM {{ ref('h_users') }}\n"
SEEN = "SELECT n FROM {{ ref('cities') }}\n"
OTHER = "SELECT COUNT(*) AS n FROM {{ ref('s_users') }}\n"


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as made:
        made.write(model__yml=MODEL, cities__sql=CITIES, seen__sql=SEEN, other__sql=OTHER)
        made.deliver("users1.csv", "id,city", "1,Ulm")
        assert made.run().exit_code == 0
        made.deliver("users2.csv", "id,city", "2,Jena")
        yield made


def statuses(small: Small) -> list[str]:
    """How the batches have ended, in their order."""
    asked = "SELECT status FROM dv_meta.batch_end ORDER BY ended_at"
    return [str(row[0]) for row in small.query(asked)]


def test_a_mart_that_fails_leaves_no_batch_open_and_the_exit_code_is_1(small: Small) -> None:
    ran = small.run()

    assert ran.exit_code == 1
    assert {name: o.status for name, o in ran.outcomes.items() if o.status != "done"} == {
        "publish:cities": "failed",
        "publish:seen": "skipped",
    }
    assert statuses(small) == ["done", "done"]
    assert [batch.status for batch in ran.result.batches] == ["done"]
    assert small.query("SELECT n FROM mart.other") == [(2,)]
    # What was right once stays to be read.
    assert small.query("SELECT n FROM mart.cities") == [(1,)]
    assert "not what is made from it: cities, seen" in ran.result.messages[-1]


def test_the_next_delivery_is_loaded_though_the_mart_is_still_wrong(small: Small) -> None:
    small.run()
    small.deliver("users3.csv", "id,city", "3,Bonn")

    ran = small.run()

    assert ran.exit_code == 1
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",), ("Ulm",)]
    assert statuses(small) == ["done", "done", "done"]
    assert [outcome.status for name, outcome in ran.outcomes.items() if name == "publish:cities"]


@pytest.mark.parametrize("retry", [False, True])
def test_every_run_and_retry_tries_it_again_until_it_is_right(small: Small, *, retry: bool) -> None:
    small.run()

    for _ in range(2):
        again = small.run(retry=retry)
        assert again.exit_code == 1
        assert again.outcomes.keys() == {"publish:cities", "publish:seen"}
    # The data are put right, past dv-gen.
    harm(small, "DELETE FROM vault.h_users WHERE user_id = 2")
    right = small.run(retry=retry)

    assert right.exit_code == 0, right.log
    assert right.outcomes.keys() == {"publish:cities", "publish:seen"}
    assert small.query("SELECT n FROM mart.seen") == [(1,)]
    assert small.run(retry=retry).outcomes == {}
    assert statuses(small) == ["done", "done"]


def harm(small: Small, sql: str) -> None:
    """Change a row, past dv-gen."""
    from dv_gen.engines import open_engine  # noqa: PLC0415

    engine = open_engine(small.target["type"], small.target, small.folder)
    engine.connect("harm")
    engine.session().execute(sql)
    engine.close()


def test_a_mart_put_right_is_run_without_a_new_file(small: Small) -> None:
    small.run()
    small.write(cities__sql=RIGHT)

    ran = small.run()

    assert ran.exit_code == 0, ran.log
    assert small.query("SELECT n FROM mart.seen") == [(2,)]
    assert small.run().outcomes == {}


def test_a_mart_that_is_left_out_fails_nobody_and_is_not_forgotten(small: Small) -> None:
    small.run()
    small.deliver("users3.csv", "id,city", "3,Bonn")

    assert small.run(exclude=("cities", "seen")).exit_code == 0
    nothing_new = small.run(exclude=("cities", "seen"))
    assert nothing_new.exit_code == 0
    assert "not selected, and still to be made again: cities, seen" in nothing_new.log

    assert small.run().exit_code == 1


def test_the_failure_stands_in_run_results(small: Small) -> None:
    small.run()
    small.run()

    results = json.loads((small.folder / "generated/local/run_results.json").read_text("utf-8"))

    assert results["exit_code"] == 1
    (batch,) = results["batches"]
    assert [(step["step"], step["status"]) for step in batch["steps"]] == [
        ("publish:cities", "failed"),
        ("publish:seen", "skipped"),
    ]


def test_the_stage_of_the_batch_can_still_be_checked(small: Small) -> None:
    """A mart that is made again opens no batch, so that the newest is the one that was staged."""
    small.run()
    small.run()

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "not compared" not in tested.stdout


def test_a_failing_view_of_a_satellite_holds_up_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Small(tmp_path)
    small.write(model__yml=MODEL, cities__sql=RIGHT, seen__sql=SEEN, other__sql=OTHER)
    small.deliver("users1.csv", "id,city", "1,Ulm")
    real = DuckDBSession.execute

    def execute(
        session: DuckDBSession, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> int:
        if 'VIEW "vault"."s_users_history"' in sql:
            raise EngineError("no view today")
        return real(session, sql, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(DuckDBSession, "execute", execute)
        assert small.run().exit_code == 1
        small.deliver("users2.csv", "id,city", "2,Jena")
        assert small.run().exit_code == 1
    assert small.table("s_users", "city") == [("Jena",), ("Ulm",)]

    assert small.run().exit_code == 0
    assert len(small.query("SELECT * FROM vault.s_users_history")) == 2
    # A mart that reads the satellite was skipped with its views.
    assert small.query("SELECT n FROM mart.other") == [(2,)]


COMPUTED = """
    sources:
      counted:
        query: counted.sql
        columns: {user_id: integer not null, n: integer}
        keys: {h_users: {columns: user_id, feeds: false}}
    satellites: {s_counted: {source: counted, parent: h_users, columns: [n]}}
"""
COUNTED = "SELECT h.user_id, c.n FROM {{ ref('h_users') }} h CROSS JOIN {{ ref('cities') }} c\n"


def test_a_query_that_reads_the_mart_is_asked_again_by_a_later_batch(small: Small) -> None:
    small.write(computed__yml=COMPUTED, counted__sql=COUNTED, cities__sql=CITIES + "-- Other.\n")
    ran = small.run()
    assert {name: o.status for name, o in ran.outcomes.items() if o.status != "done"} == {
        "publish:cities": "failed",
        "publish:seen": "skipped",
        "query:counted": "skipped",
        "load:s_counted": "skipped",
        "check:s_counted": "skipped",
    } | ({"publish:s_counted": "skipped"})
    assert statuses(small) == ["done", "done"]
    small.deliver("users3.csv", "id,city", "3,Bonn")
    assert small.run().exit_code == 1
    assert small.table("h_users", "user_id") == [(1,), (2,), (3,)]

    harm(small, "DELETE FROM vault.h_users WHERE user_id > 1")
    harm(small, "DELETE FROM vault.s_users WHERE city <> 'Ulm'")
    right = small.run()

    assert right.exit_code == 0, right.log
    assert small.table("s_counted", "n") == [(1,)]
    assert small.run().outcomes == {}


PIT = (
    COMPUTED
    + """
    calendars: {ends: {dates: ['2030-01-01']}}
    pits: {p_users: {hub: h_users, satellites: [s_users, s_counted], calendar: ends}}
"""
)


def test_a_pit_over_what_the_query_fills_holds_up_nothing(small: Small) -> None:
    """It is repaired from the vault: what the query brings later comes into it then."""
    small.write(computed__yml=PIT, counted__sql=COUNTED, cities__sql=CITIES + "-- Other.\n")
    assert small.run().exit_code == 1
    assert statuses(small) == ["done", "done"]
    small.deliver("users3.csv", "id,city", "3,Bonn")

    ran = small.run()

    assert ran.exit_code == 1
    assert ran.outcomes["load:p_users"].status == "done"
    assert small.table("h_users", "user_id") == [(1,), (2,), (3,)]
    assert len(small.table("p_users", "s_users_load_dt")) == 3

    small.write(cities__sql=RIGHT)
    assert small.run().exit_code == 0
    assert small.run().exit_code == 0
    assert len(small.table("s_counted", "n")) == 3
    assert None not in [each for (each,) in small.table("p_users", "s_counted_load_dt")]


BOTH = """
    sources:
      counted:
        query: counted.sql
        columns: {user_id: integer not null, city: varchar(20)}
        keys: {h_users: {columns: user_id, feeds: false}}
    satellites:
      s_counted: {source: [counted, users], parent: h_users, columns: [city]}
"""


def test_what_files_feed_as_well_keeps_the_batch_open(small: Small) -> None:
    """A batch that was closed without them would have lost their rows."""
    small.write(
        computed__yml=BOTH,
        counted__sql=COUNTED.replace("c.n", "CAST(c.n AS VARCHAR(20)) AS city"),
        cities__sql=CITIES + "-- Other.\n",
    )

    ran = small.run()

    assert ran.exit_code == 1
    assert ran.outcomes["load:s_counted"].status == "skipped"
    assert [batch.status for batch in ran.result.batches] == ["failed"]


def test_a_killed_run_makes_the_mart_again(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off behind the mart's failure and before the batch is closed: nothing is forgotten."""
    from dv_gen.run.ledger import Ledger  # noqa: PLC0415

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "close", killed)
        with pytest.raises(KeyboardInterrupt):
            small.run()

    again = small.run()

    assert again.exit_code == 1
    assert again.outcomes["publish:cities"].status == "failed"
    assert statuses(small) == ["done", "done"]
    assert small.run().outcomes.keys() == {"publish:cities", "publish:seen"}


def test_a_failing_mart_holds_up_nothing_on_vertica(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Orders(tmp_path)
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/wrong.sql").write_text(
        "SELECT CAST(\"customer\" AS INTEGER) AS n FROM {{ ref('h_customer') }}\n", "utf-8"
    )
    project.write(("hubs:\n", "marts:\n  wrong: {sql: wrong.sql}\nhubs:\n"))
    with server() as running:
        monkeypatch.setenv("ORDERS_PORT", str(running.standin.port))
        monkeypatch.setenv("ORDERS_USER", USER)
        monkeypatch.setenv("ORDERS_PASSWORD", PASSWORD)
        first, log = project.run("first")
        assert first.exit_code == 1, log
        assert running.query("SELECT status FROM dv_meta.batch_end") == [["done"]]

        again, log = project.run("again")

        assert again.exit_code == 1, log
        assert [step.id for step, _ in again.batches[0].outcomes] == ["publish:wrong"]
        (tmp_path / "landing/orders/3.csv").write_text("order_id,customer,amount\n9,zoe,1\n")
        third, log = project.run("third", allow_late=True)
        assert third.exit_code == 1, log
        assert ["zoe"] in running.query("SELECT customer FROM vault.h_customer")
