"""The first contact with a database: every plan asked for, every table made, no row loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from dv_gen.run.command import RunRequest
from dv_gen.run.explaining import NEEDS, OK, REFUSED, Explanation
from dv_gen.run.first_contact import create_project, explain_project, write_plans
from dv_gen.run.planning import RunOptions
from tests.e2e.small import Small

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.project import Project

MODEL = """\
sources:
  people:
    file: people.csv
    columns: {id: integer not null, name: varchar(20)}
    keys: {h_people: id}
hubs: {h_people: {key: id}}
satellites: {s_people: {source: people, parent: h_people, columns: [name]}}
marts: {report: report.sql}
"""
REPORT = "SELECT name FROM {{ ref('s_people') }}"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    project = Small(tmp_path)
    project.write(model__yml=MODEL, report__sql=REPORT)
    project.deliver("people.csv", "id,name", "1,Ada")
    return project


def explain(folder: Path, **options: tuple[str, ...]) -> Explanation:
    return explain_project(RunRequest(folder, options=RunOptions(**options)), "explain")


def create(folder: Path) -> list[str]:
    return create_project(RunRequest(folder), "create")


def content(database: Path) -> dict[str, int]:
    """How many rows every table and view has."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        return {
            f"{schema}.{name}": connection.execute(
                f'SELECT COUNT(*) FROM "{schema}"."{name}"'
            ).fetchall()[0][0]
            for schema, name in found
        }


def test_an_empty_database_needs_tables_which_is_no_error(small: Small) -> None:
    found = explain(small.folder)

    assert found.exit_code == 0
    assert not found.of(REFUSED)
    needs = {item.step.entity: item.said for item in found.of(NEEDS) if item.step.phase == "load"}
    assert needs["h_people"] == '"vault"."h_people", "stage"."people", "stage"."people_repeats"'
    assert not (small.folder / "w.duckdb").exists()


def test_the_tables_are_made_without_a_row_and_then_every_plan_is_told(small: Small) -> None:
    made = create(small.folder)

    assert {'"vault"."h_people"', '"stage"."people"', '"mart"."report"'} <= set(made)
    rows = content(small.folder / "w.duckdb")
    # What the tables were built from is known with them.
    assert rows.pop("dv_meta.table_definition") == 2
    assert set(rows.values()) == {0}
    found = explain(small.folder)
    assert (found.exit_code, found.of(REFUSED), found.of(NEEDS)) == (0, [], [])
    assert {item.step.entity for item in found.of(OK)} >= {
        "people",
        "h_people",
        "s_people",
        "report",
    }
    assert small.run().inserted == {"h_people": 1, "s_people": 1}


def test_what_is_there_keeps_its_rows(small: Small) -> None:
    small.run()
    before = content(small.folder / "w.duckdb")

    assert create(small.folder) == []
    explain(small.folder)

    assert content(small.folder / "w.duckdb") == before
    assert before["mart.report"] == 1


def test_a_statement_that_the_database_refuses_is_told_with_its_place(small: Small) -> None:
    create(small.folder)
    small.write(model__yml=MODEL, report__sql=REPORT.replace("name", "nobody"))

    found = explain(small.folder)

    assert found.exit_code == 1
    refused = {item.statement.location.file for item in found.of(REFUSED)}
    assert refused == {"generated/local/marts/report.sql"}
    assert all("nobody" in item.said for item in found.of(REFUSED))


def test_a_table_that_is_not_what_the_metadata_says_is_told(small: Small) -> None:
    small.run()
    with duckdb.connect(str(small.folder / "w.duckdb")) as connection:
        connection.execute(
            "ALTER TABLE vault.s_people ALTER COLUMN name SET DATA TYPE DATE USING NULL"
        )

    found = explain(small.folder)

    assert (found.exit_code, found.of(REFUSED)) == (1, [])
    assert [item.said for item in found.differences] == [
        'vault.s_people."name" is date, and the metadata says varchar(20)'
    ]


def test_a_table_that_nobody_makes_is_the_databases_to_refuse(small: Small) -> None:
    small.write(model__yml=MODEL, report__sql='SELECT * FROM "vault"."nowhere"')

    found = explain(small.folder, select=("report",))

    assert ["nowhere" in item.said for item in found.of(REFUSED)] == [True]


def test_a_stage_of_other_columns_is_made_anew_by_a_run(small: Small) -> None:
    create(small.folder)
    small.write(model__yml=MODEL.replace("name: varchar(20)", "name: varchar(20), age: integer"))

    found = explain(small.folder, select=("h_people",))
    assert {item.said for item in found.of(NEEDS)} == {'"stage"."people"'}

    create(small.folder)
    assert explain(small.folder, select=("h_people",)).of(NEEDS) == []


def test_a_stage_is_left_alone_while_its_batch_is_open(small: Small) -> None:
    small.run()
    with duckdb.connect(str(small.folder / "w.duckdb")) as connection:
        connection.execute("DELETE FROM dv_meta.batch_end")
    small.write(model__yml=MODEL.replace("name: varchar(20)", "name: varchar(20), age: integer"))

    create(small.folder)

    assert content(small.folder / "w.duckdb")["stage.people"] == 1


def test_a_temporary_table_that_cannot_be_made_is_what_others_need(small: Small) -> None:
    templates = small.folder / "templates" / "stage"
    templates.mkdir(parents=True)
    (templates / "create_raw.sql.j2").write_text("CREATE TEMPORARY TABLE {{ raw | ident }} (oops)")
    small.write(model__yml=MODEL, report__sql=REPORT)
    create(small.folder)

    found = explain(small.folder, select=("h_people",))

    assert [item.statement.name for item in found.of(REFUSED)] == ["create_raw"]
    needs = {item.statement.name: item.said for item in found.of(NEEDS)}
    assert needs["load"] == '"raw_people", which was refused'


def test_ghost_rows_come_with_the_first_run(small: Small) -> None:
    small.write(
        model__yml=MODEL.replace("{key: id}", "{key: id, ghosts: true}"), report__sql=REPORT
    )

    create(small.folder)
    assert content(small.folder / "w.duckdb")["vault.h_people"] == 0

    small.run()
    assert content(small.folder / "w.duckdb")["vault.h_people"] == 3


def test_whole_plans_are_written_beside_their_places(small: Small, tmp_path: Path) -> None:
    create(small.folder)

    count = write_plans(explain(small.folder), tmp_path / "plans")

    texts = list((tmp_path / "plans" / "local").rglob("*.sql.txt"))
    assert len(texts) == count == 7
    hub = (tmp_path / "plans/local/hubs/h_people.sql.txt").read_text(encoding="utf-8")
    assert "== generated/local/hubs/h_people.sql:" in hub
    assert "Insert" in hub


def test_the_commands_say_what_they_did(project: Project) -> None:
    empty = project.command("run", "--explain")
    assert "hint: dv-gen run --create-only makes the tables" in empty.stdout

    made = project.command("run", "--create-only")
    assert made.stdout.splitlines()[-1] == "57 tables or views made, nothing loaded"

    plans = project.command("run", "--explain-to", "plans", "--select", "h_users").stdout
    assert " 0 refused, 0 need a table, " in plans
    assert "generated/duckdb/hubs/h_users.sql\n" in plans
    assert (project.folder / "plans/duckdb/hubs/h_users.sql.txt").is_file()


def test_one_way_to_look_at_a_time(project: Project) -> None:
    both = project.command("run", "--explain", "--dry-run", expect=2)
    part = project.command("run", "--create-only", "--select", "h_users", expect=2)

    assert "each go alone" in both.stderr
    assert "--create-only makes every table" in part.stderr
