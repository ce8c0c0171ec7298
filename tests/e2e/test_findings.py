"""A check that found a difference stays found, until it passes or somebody takes it on (P7)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dv_gen.doctor.examine import examine
from dv_gen.engines import open_engine
from dv_gen.errors import Location
from dv_gen.run.checking import Finding
from dv_gen.run.findings import FindingLedger, RecordedFinding, first_rows
from tests.e2e.small import ENGINES, Small, open_small
from tests.e2e.vertica_project import Orders
from tests.projects import dv_gen
from tests.vertica_server import PASSWORD, USER, server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """\
sources:
  people:
    file: people*.csv
    columns: {id: integer not null, name: varchar(20)}
    keys: {h_people: id}
hubs:
  h_people: {key: person}
satellites:
  s_people: {source: people, parent: h_people, columns: [name]}
"""
# A project's own template that loses every row.
LOSES_ALL = "-- Nothing.\nSELECT 1\n"
# What it should have loaded, by hand.
MENDED = (
    "INSERT INTO vault.s_people (hk_person, load_dt, load_src, hashdiff, name) "
    "SELECT hk_person, load_dt, load_src, hashdiff_s_people, name FROM stage.people"
)
NAME = "s_people:reconciliation"


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as made:
        made.write(model__yml=MODEL)
        made.deliver("people1.csv", "id,name", "1,Ann", "2,Bob")
        yield made


@pytest.fixture
def losing(small: Small) -> Small:
    """A project whose satellite loses all rows, run once."""
    path = small.folder / "templates/satellite/load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES_ALL, encoding="utf-8")
    small.write(model__yml=MODEL)
    assert small.run().exit_code == 3
    return small


def harm(small: Small, sql: str) -> None:
    """Change the warehouse, past dv-gen."""
    engine = open_engine(small.target["type"], small.target, small.folder)
    engine.connect("harm")
    engine.session().execute(sql)
    engine.close()


def accept(small: Small, name: str = NAME, reason: str = "an old export") -> str:
    ended = dv_gen("accept", name, "--reason", reason, cwd=small.folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def ask(small: Small, *words: str) -> subprocess.CompletedProcess[str]:
    return dv_gen("test", *words, cwd=small.folder)


def test_runs_and_retries_go_on_exiting_with_3(losing: Small) -> None:
    for retry in (False, True):
        again = losing.run(retry=retry)
        assert again.exit_code == 3
        assert again.outcomes == {}
        assert f"open finding {NAME}: 2 rows of batch run-" in again.log
    harm(losing, MENDED)
    (losing.folder / "templates/satellite/load.sql.j2").unlink()
    losing.write(model__yml=MODEL)
    losing.deliver("people2.csv", "id,name", "3,Cid")

    delivered = losing.run()

    assert delivered.exit_code == 3
    assert {outcome.status for outcome in delivered.outcomes.values()} == {"done"}


def test_it_is_over_when_test_passes(losing: Small) -> None:
    """The hint of the run is followed, and is right."""
    told = losing.run().result.messages[-1]
    words = re.search(r"dv-gen (test --select \w+) asks again", told)
    assert words, told
    assert dv_gen(*words[1].split(), cwd=losing.folder).returncode == 3
    harm(losing, MENDED)

    passed = dv_gen(*words[1].split(), cwd=losing.folder)

    assert passed.returncode == 0, passed.stdout
    assert losing.run().exit_code == 0
    assert losing.query("SELECT resolution, reason FROM dv_meta.finding_resolution") == [
        ("passed", None)
    ]
    assert losing.query("SELECT entity, check_name, rows_found FROM dv_meta.finding") == [
        ("s_people", "reconciliation", 2)
    ]


def test_a_test_of_another_entity_settles_nothing(losing: Small) -> None:
    harm(losing, MENDED)

    assert ask(losing, "--select", "h_people").returncode == 0

    assert losing.run().exit_code == 3


def test_what_is_accepted_is_over_and_the_reason_stays(losing: Small) -> None:
    """The hint of the run is followed, and is right."""
    told = losing.run().result.messages[-1]
    words = re.search(r'dv-gen accept (\S+) --reason "\.\.\." takes it on', told)
    assert words, told

    assert f"accepted: {NAME}: 2 rows" in accept(losing, words[1], "  two of the old export  ")

    assert losing.run().exit_code == 0
    assert losing.run(retry=True).exit_code == 0
    assert losing.query("SELECT resolution, reason FROM dv_meta.finding_resolution") == [
        ("accepted", "two of the old export")
    ]
    again = ask(losing)
    assert again.returncode == 0, again.stdout
    assert f"accepted: {NAME.replace(':', ': ')}: 2 rows" in again.stdout
    assert "no difference, 1 accepted" in again.stdout


def test_what_is_accepted_of_one_batch_is_not_of_the_next(losing: Small) -> None:
    """As many rows, but others."""
    accept(losing)
    losing.deliver("people2.csv", "id,name", "3,Cid", "4,Dan")

    assert losing.run().exit_code == 3

    assert losing.query("SELECT COUNT(*) FROM dv_meta.open_finding") == [(1,)]


def test_no_check_can_pass_for_rows_that_the_stage_holds_no_more(losing: Small) -> None:
    harm(losing, MENDED)
    (losing.folder / "templates/satellite/load.sql.j2").unlink()
    losing.write(model__yml=MODEL)
    losing.deliver("people2.csv", "id,name", "3,Cid")
    told = losing.run().result.messages[-1]
    assert "no check can ask again about these rows; dv-gen accept" in told

    still = ask(losing)

    assert still.returncode == 3, still.stdout
    assert f"not asked, and open since: {NAME}: 2 rows" in still.stdout
    assert losing.run().exit_code == 3
    accept(losing, reason="loaded by hand")
    assert ask(losing).returncode == 0
    assert losing.run().exit_code == 0


def test_what_test_finds_stays_found_with_deferred_checks(small: Small) -> None:
    assert small.run(defer_checks=True).exit_code == 0
    harm(small, "DELETE FROM vault.h_people WHERE person = 2")

    assert ask(small).returncode == 3

    again = small.run(defer_checks=True)
    assert again.exit_code == 3
    assert "open finding s_people:parents_exist: 1 row, found" in again.log
    assert "open finding h_people:reconciliation: 1 row of batch" in again.log


def test_what_is_found_twice_is_written_once(small: Small) -> None:
    small.run()
    harm(small, "DELETE FROM vault.h_people WHERE person = 2")

    for _ in range(2):
        assert ask(small).returncode == 3

    assert small.query("SELECT COUNT(*) FROM dv_meta.finding") == [(2,)]


def orphan(small: Small, person: int) -> None:
    """Take the parent of a satellite's row away."""
    harm(small, f"DELETE FROM vault.h_people WHERE person = {person}")


@pytest.fixture
def orphaned(small: Small) -> Small:
    """A vault in which somebody took on a satellite's row without its parent."""
    small.deliver("people1.csv", "id,name", "1,Ann", "2,Bob", "3,Cid")
    small.run()
    small.deliver("people2.csv", "id,name", "9,Zoe")
    small.run()
    orphan(small, 1)
    assert ask(small).returncode == 3
    accept(small, "s_people:parents_exist")
    assert small.run().exit_code == 0
    assert ask(small).returncode == 0
    return small


def test_more_rows_than_were_accepted_are_open(orphaned: Small) -> None:
    orphan(orphaned, 2)

    assert ask(orphaned).returncode == 3

    assert orphaned.run().exit_code == 3
    assert "s_people:parents_exist: 2 rows" in dv_gen("accept", cwd=orphaned.folder).stdout


def test_as_many_other_rows_are_open(orphaned: Small) -> None:
    hub = "SELECT hk_person, 1, load_dt, load_src FROM vault.s_people WHERE name = 'Ann'"
    harm(orphaned, f"INSERT INTO vault.h_people (hk_person, person, load_dt, load_src) {hub}")
    orphan(orphaned, 2)

    assert ask(orphaned).returncode == 3

    assert orphaned.run().exit_code == 3


def test_the_identity_of_a_finding_is_what_was_found_where() -> None:
    """An acceptance of the one is none of the other."""
    place = Location("checks/s.sql", 1)
    found = Finding("unique_keys", "s_people", 7, ("id",), ((1,), (2,)), place)
    recorded = RecordedFinding(
        *("x", "s_people", "unique_keys", "b1", "", 7, first_rows(found), "checks/s.sql", 1),
        datetime(2026, 1, 1),  # noqa: DTZ001 - as the ledger has it
    )

    assert recorded.is_of(found, "b1")
    assert not recorded.is_of(found, "b2")
    assert not recorded.is_of(found, "b1", "in the period 2026-01-01")
    assert not recorded.is_of(replace(found, rows=8), "b1")
    assert not recorded.is_of(replace(found, sample=((1,), (3,))), "b1")
    assert not recorded.is_of(replace(found, entity="h_people"), "b1")
    assert not recorded.is_of(replace(found, check="no_repeats"), "b1")
    # The line of the query may be another one.
    assert recorded.is_of(replace(found, place=Location("checks/s.sql", 9)), "b1")


def test_what_has_passed_since_is_accepted_no_more(orphaned: Small) -> None:
    hub = "SELECT hk_person, 1, load_dt, load_src FROM vault.s_people WHERE name = 'Ann'"
    harm(orphaned, f"INSERT INTO vault.h_people (hk_person, person, load_dt, load_src) {hub}")
    passed = ask(orphaned)
    assert passed.returncode == 0
    assert "accepted" not in passed.stdout
    orphan(orphaned, 1)

    assert ask(orphaned).returncode == 3

    assert orphaned.run().exit_code == 3


def test_a_check_of_the_whole_table_passes_for_that_of_an_earlier_batch(small: Small) -> None:
    """`unique_keys` is asked of the whole table too, `reconciliation` of staged rows alone."""
    small.run()
    for check in ("unique_keys", "reconciliation"):
        harm(
            small,
            f"INSERT INTO dv_meta.finding VALUES ('{check}', 's_people', '{check}', 'run-0', '', "
            "1, '', 'generated/local/checks/s_people.sql', 1, TIMESTAMP '2026-01-01', '0')",
        )
    told = small.run()
    assert told.exit_code == 3
    unique, reconciliation = sorted(told.result.messages[-2:], reverse=True)
    assert "dv-gen test --select s_people asks again" in unique
    assert "no check can ask again" in reconciliation

    assert ask(small).returncode == 3

    assert small.query("SELECT finding_id, resolution FROM dv_meta.finding_resolution") == [
        ("unique_keys", "passed")
    ]


def test_the_finding_of_an_earlier_period_is_not_settled_by_the_last(tmp_path: Path) -> None:
    """The stage holds the rows of the last period alone."""
    small = Small(tmp_path)
    model = MODEL.replace("file: people*.csv", "file: people*.csv\n    load_dt: seen")
    model = model.replace("name: varchar(20)}", "name: varchar(20), seen: timestamp not null}")
    path = small.folder / "templates/satellite/load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES_ALL, encoding="utf-8")
    small.write(model__yml=model)
    small.deliver("people1.csv", "id,name,seen", "1,Ann,2026-01-01", "2,Bob,2026-02-01")
    ran = small.run(by="load_dt:month")
    assert ran.exit_code == 3
    rows = small.query("SELECT check_name, period FROM dv_meta.finding ORDER BY period")
    assert [check for check, _ in rows] == ["reconciliation", "reconciliation"]
    assert [bool(period) for _, period in rows] == [False, True]
    harm(small, MENDED)

    last = ask(small)

    assert last.returncode == 3
    assert last.stdout.count("not asked, and open since") == 1
    ran = small.run()
    assert ran.exit_code == 3
    assert ", in the period 2026-01-01" in ran.log
    assert "no check can ask again" in ran.log
    accept(small)
    assert small.run().exit_code == 0


def test_a_run_that_is_killed_before_it_is_written_asks_again(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small.folder / "templates/satellite/load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES_ALL, encoding="utf-8")
    small.write(model__yml=MODEL)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(FindingLedger, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            small.run()
    assert small.query("SELECT COUNT(*) FROM dv_meta.open_batch") == [(1,)]

    assert small.run().exit_code == 3
    assert small.query("SELECT check_name FROM dv_meta.open_finding") == [("reconciliation",)]


def test_a_run_that_is_killed_before_the_batch_is_closed_forgets_nothing(
    losing: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dv_gen.run.ledger import Ledger  # noqa: PLC0415

    accept(losing)
    losing.deliver("people2.csv", "id,name", "3,Cid")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "close", killed)
        with pytest.raises(KeyboardInterrupt):
            losing.run()
    assert losing.query("SELECT check_name FROM dv_meta.open_finding") == [("reconciliation",)]

    assert losing.run().exit_code == 3
    assert losing.query("SELECT check_name FROM dv_meta.open_finding") == [("reconciliation",)]


def test_it_stands_in_run_results_and_with_the_doctor(losing: Small) -> None:
    losing.run()

    results = json.loads((losing.folder / "generated/local/run_results.json").read_text("utf-8"))
    assert results["exit_code"] == 3
    (found,) = results["open_findings"]
    assert (found["finding"], found["rows"]) == (NAME, 2)
    assert found["file"] == "generated/local/checks/s_people.sql"
    report = examine(losing.folder)
    (said,) = [item for item in report.findings if item.name == "open findings"]
    assert said.status == "warning"
    assert said.said.startswith(f"{NAME}: 2 rows of batch run-")
    assert report.exit_code == 0
    accept(losing)
    (said,) = [item for item in examine(losing.folder).findings if item.name == "open findings"]
    assert (said.status, said.said) == ("ok", "none")


def test_accept_lists_and_helps(losing: Small) -> None:
    listed = dv_gen("accept", cwd=losing.folder)
    assert listed.returncode == 0
    assert listed.stdout.startswith(f"{NAME}: 2 rows of batch run-")
    assert f"take one on: dv-gen accept {NAME} --reason" in listed.stdout
    for arguments, told in (
        (("s_peple:reconciliation", "--reason", "x"), f"did you mean {NAME}?"),
        (("zzz", "--reason", "x"), f"open are {NAME}"),
        ((NAME,), f'dv-gen accept {NAME} --reason "..."'),
        ((NAME, "--reason", "  "), "why may"),
        (("--reason", "x"), "dv-gen accept lists what is open"),
        ((NAME, "--reason", "x" * 4001), "4000 are kept at most"),
    ):
        refused = dv_gen("accept", *arguments, cwd=losing.folder)
        assert refused.returncode == 2, refused.stdout
        assert told in refused.stderr
    accept(losing)
    assert dv_gen("accept", cwd=losing.folder).stdout == "nothing is open\n"
    refused = dv_gen("accept", NAME, "--reason", "x", cwd=losing.folder)
    assert refused.returncode == 2
    assert "nothing is open" in refused.stderr


def test_what_left_the_model_can_be_accepted(losing: Small) -> None:
    losing.write(model__yml=MODEL.partition("satellites:")[0])
    assert losing.run().exit_code == 3
    assert ask(losing).returncode == 3

    accept(losing)

    assert losing.run().exit_code == 0
    assert ask(losing).returncode == 0


def test_a_test_beside_a_run_says_that_the_ledger_does_not_know(tmp_path: Path) -> None:
    """On a server they can be at work together; the run has the lock."""
    with open_small(tmp_path, "postgres") as small:
        small.write(model__yml=MODEL)
        small.deliver("people1.csv", "id,name", "1,Ann", "2,Bob")
        small.run()
        engine = open_engine("postgres", small.target, small.folder)
        engine.connect("other")
        try:
            assert ask(small).returncode == 0
            session = engine.session()
            session.execute("DELETE FROM vault.h_people WHERE person = 2")
            session.close()

            found = ask(small)

            assert found.returncode == 3
            assert "the ledger does not know of this test: " in found.stdout
            assert "is held by run other" in found.stdout
        finally:
            engine.close()
        assert ask(small).returncode == 3
        assert small.run().exit_code == 3


def test_findings_on_vertica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Orders(tmp_path)
    path = tmp_path / "templates/satellite/load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES_ALL, encoding="utf-8")
    project.write()
    with server() as running:
        monkeypatch.setenv("ORDERS_PORT", str(running.standin.port))
        monkeypatch.setenv("ORDERS_USER", USER)
        monkeypatch.setenv("ORDERS_PASSWORD", PASSWORD)
        first, log = project.run("first")
        assert first.exit_code == 3, log
        again, log = project.run("again")
        assert again.exit_code == 3, log
        assert dv_gen("test", cwd=tmp_path).returncode == 3
        assert running.query("SELECT COUNT(*) FROM dv_meta.finding") == [[1]]
        accepted = dv_gen("accept", "s_order:reconciliation", "--reason", "x", cwd=tmp_path)
        assert accepted.returncode == 0, accepted.stderr
        over, log = project.run("over")
        assert over.exit_code == 0, log
        assert dv_gen("test", cwd=tmp_path).returncode == 0
