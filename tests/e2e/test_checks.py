"""The checks at the end of a batch and with `dv-gen test`: exit codes, report, ledger (R8)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.e2e.small import PROJECT, Small
from tests.projects import dv_gen

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
sources:
  people:
    file: people.csv
    columns: {id: integer not null, name: varchar(20)}
    keys: {h_people: id}
hubs:
  h_people: {key: person}
satellites:
  s_people: {source: people, parent: h_people, columns: [name]}
"""
ALL_CHECKS = {"check:h_people", "check:s_people"}
# A project's own template that loses every row.
LOSES_ALL = "-- Nothing.\nSELECT 1\n"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    made = Small(tmp_path)
    made.write(model__yml=MODEL)
    made.deliver("people.csv", "id,name", "1,Ann", "2,Bob")
    return made


def break_load(small: Small, kind: str) -> None:
    path = small.folder / "templates" / kind / "load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text(LOSES_ALL, encoding="utf-8")
    small.write(model__yml=MODEL)


def harm(small: Small, sql: str) -> None:
    with duckdb.connect(str(small.folder / "w.duckdb")) as connection:
        connection.execute(sql)


def test_the_checks_are_steps_of_the_batch(small: Small) -> None:
    ran = small.run()

    assert ran.exit_code == 0, ran.log
    assert {name for name in ran.outcomes if name.startswith("check:")} == ALL_CHECKS
    assert "checks of 2 entities: no difference" in ran.log
    done = small.query("SELECT step, status FROM dv_meta.step_result WHERE step LIKE 'check:%'")
    assert set(done) == {(name, "done") for name in ALL_CHECKS}
    planned = small.query("SELECT step FROM dv_meta.batch_step ORDER BY step_no")
    assert {step for (step,) in planned[-2:]} == ALL_CHECKS


def test_a_load_that_loses_rows_ends_with_3_and_a_batch_that_is_done(small: Small) -> None:
    break_load(small, "satellite")

    ran = small.run()

    assert ran.exit_code == 3, ran.log
    assert [batch.status for batch in ran.result.batches] == ["done"]
    (found,) = ran.result.batches[0].findings
    assert (found.entity, found.check, found.rows) == ("s_people", "reconciliation", 2)
    assert found.columns == ("source", "row_no", "hk_person", "load_dt")
    assert [row[:2] for row in found.sample] == [("people", 1), ("people", 2)]
    line = (small.folder / found.place.file).read_text("utf-8").splitlines()[found.place.line - 1]
    assert line.startswith("-- Batch: staged rows that can neither be read back")
    assert "s_people: reconciliation: 2 rows" in ran.log


def test_what_was_found_stands_in_ledger_and_results(small: Small) -> None:
    break_load(small, "hub")

    ran = small.run()

    ((status, error),) = small.query(
        "SELECT status, error FROM dv_meta.step_result WHERE step = 'check:h_people'"
    )
    assert status == "differs"
    assert "h_people: reconciliation: 2 rows (generated/local/checks/h_people.sql:" in error
    results = json.loads((small.folder / "generated/local/run_results.json").read_text("utf-8"))
    assert results["exit_code"] == 3
    (step,) = [step for step in results["batches"][0]["steps"] if step["step"] == "check:h_people"]
    assert step["status"] == "differs"
    (found,) = step["findings"]
    assert (found["check"], found["rows"]) == ("reconciliation", 2)
    assert found["file"] == "generated/local/checks/h_people.sql"
    assert len(found["sample"]) == 2
    assert ran.result.exit_code == 3
    # The batch is done: its files are not loaded again.
    assert small.run().result.messages[0] == "nothing new: every file has been loaded already"


def test_checks_can_be_deferred(small: Small) -> None:
    break_load(small, "satellite")

    ran = small.run(defer_checks=True)

    assert ran.exit_code == 0, ran.log
    assert not ALL_CHECKS & ran.outcomes.keys()
    tested = dv_gen("test", cwd=small.folder)
    assert tested.returncode == 3, tested.stderr
    assert "s_people: reconciliation: 2 rows" in tested.stdout


def test_a_target_can_defer_its_checks(small: Small) -> None:
    project = PROJECT.replace("threads: 1", "threads: 1, checks: deferred")
    (small.folder / "metadata/project.yml").write_text(project, encoding="utf-8")
    rendered = dv_gen("render", cwd=small.folder)
    assert rendered.returncode == 0, rendered.stderr

    ran = small.run()

    assert ran.exit_code == 0, ran.log
    assert not ALL_CHECKS & ran.outcomes.keys()


def test_the_checks_of_what_was_not_loaded_are_skipped(small: Small) -> None:
    path = small.folder / "templates/satellite/load.sql.j2"
    path.parent.mkdir(parents=True)
    path.write_text("SELECT 1 FROM nowhere\n", encoding="utf-8")
    small.write(model__yml=MODEL)

    ran = small.run()

    assert ran.exit_code == 1
    assert ran.outcomes["check:s_people"].status == "skipped"
    assert ran.outcomes["check:h_people"].status == "done"


def test_selected_entities_are_checked_alone(small: Small) -> None:
    ran = small.run(select=("h_people",))

    assert {name for name in ran.outcomes if name.startswith("check:")} == {"check:h_people"}


def test_columns_may_be_named_as_a_statement_names_its_own(small: Small) -> None:
    model = MODEL.replace("name: varchar", "opened_at: varchar").replace("[name]", "[opened_at]")
    model = model.replace("key: person}", "key: person, hash_key: place}")
    phones = "  m_people: {source: people, parent: h_people, child_keys: [opened_at]}\n"
    small.write(model__yml=model.replace("columns: [o", "hashdiff: false, columns: [o") + phones)
    small.deliver("people.csv", "id,opened_at", "1,Ann", "1,Ann", "2,Bob")
    small.run()
    small.deliver("people.csv", "id,opened_at", "1,Ann", "2,Bea")
    assert small.run().exit_code == 0

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert small.query("SELECT opened_at FROM vault.s_people ORDER BY 1") == [
        ("Ann",),
        ("Bea",),
        ("Bob",),
    ]
    assert small.query("SELECT count(*) FROM vault.m_people") == [(3,)]


def test_what_has_no_checks_cannot_be_checked(small: Small) -> None:
    small.run()

    ended = dv_gen("test", "--select", "people", cwd=small.folder)

    assert ended.returncode == 2
    assert "nothing to check: people has no checks" in ended.stderr
    assert "--select 'people+' reaches some that have" in ended.stderr


def test_dv_gen_test_passes_and_counts(small: Small) -> None:
    small.run()

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 0, tested.stderr
    assert re.fullmatch(r"\d+ checks of 2 entities: no difference\n", tested.stdout)


def test_dv_gen_test_finds_what_has_changed_since(small: Small) -> None:
    small.run()
    harm(small, "DELETE FROM vault.h_people WHERE person = 2")

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 3, tested.stderr
    assert "h_people: reconciliation: 1 row (generated/local/checks/h_people.sql:" in tested.stdout
    assert "s_people: parents_exist: 1 row (generated/local/checks/s_people.sql:" in tested.stdout
    only = dv_gen("test", "--select", "h_people", cwd=small.folder)
    assert "parents_exist" not in only.stdout
    assert only.stdout.endswith("of 1 entities: 1 found a difference\n")


def test_dv_gen_test_changes_nothing(small: Small) -> None:
    small.run()
    before = (small.folder / "w.duckdb").read_bytes()

    assert dv_gen("test", cwd=small.folder).returncode == 0

    assert (small.folder / "w.duckdb").read_bytes() == before


def test_the_stage_of_a_batch_that_was_stopped_is_not_compared(small: Small) -> None:
    small.run()
    small.deliver("people.csv", "id,name", "x,Ann", "3,Cid")
    assert small.run().exit_code == 1

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 0, tested.stdout
    assert "is stopped: its staged rows are not compared with the vault" in tested.stdout


def test_an_entity_that_is_new_is_not_checked(small: Small) -> None:
    small.run()
    small.write(
        model__yml=MODEL + "  s_more: {source: people, parent: h_people, columns: [name]}\n"
    )

    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 0, tested.stdout
    assert "s_more has never been loaded and is not checked" in tested.stdout
    assert "was loaded with other SQL" in tested.stdout


def test_before_the_first_run_there_is_nothing_to_check(small: Small) -> None:
    tested = dv_gen("test", cwd=small.folder)

    assert tested.returncode == 1
    assert "does not exist yet" in tested.stderr


def test_every_check_is_a_query(small: Small) -> None:
    """What is asked can change nothing, whatever the rights of the user who asks."""
    for path in (small.folder / "generated/local/checks").iterdir():
        statements = path.read_text("utf-8").split(";\n")
        for statement in statements[:-1]:
            lines = [line for line in statement.splitlines() if line and not line.startswith("--")]
            assert lines[0] in ("SELECT", "WITH")
            assert lines[-1] in ("LIMIT 5", ") AS probed") or lines[-1].endswith(" AS whole")
