"""The doctor finds what is wrong: a fault is planted for each of its checks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pytest

from dv_gen.doctor.bulk import check_bulk_load
from dv_gen.doctor.examine import examine, visit_of
from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.doctor.project import check_settings
from dv_gen.doctor.questions import check_moments, check_order, check_text
from dv_gen.doctor.server import check_connection
from dv_gen.doctor.values import check_hashes, check_time_zone, check_types
from dv_gen.engines.duckdb import DuckDB
from dv_gen.engines.holder import Holder, Owner
from tests.e2e.small import PROJECT, Small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dv_gen.doctor.findings import Report
    from dv_gen.doctor.visit import Visit
    from tests.e2e.project import Project

FRAGMENTS = "templates/dialects/duckdb.sql.j2"
RIGHT = (Path(__file__).resolve().parents[2] / FRAGMENTS).read_text(encoding="utf-8")
CHECKS = {
    "text": check_text,
    "order and NULL": check_order,
    "moments": check_moments,
    "type checks": check_types,
    "time zone": check_time_zone,
    "hash keys": check_hashes,
    "hashdiffs": check_hashes,
}
MODEL = """\
sources:
  people:
    file: people.csv
    columns: {id: integer not null, name: varchar(20)}
    keys: {h_people: id}
hubs: {h_people: {key: id}}
satellites: {s_people: {source: people, parent: h_people, columns: [name]}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Small:
    project = Small(tmp_path)
    # Rendered by the tests that want it: the others need not wait for it.
    project.write_only(project__yml=PROJECT, model__yml=MODEL)
    project.deliver("people.csv", "id,name", "1,Ada")
    return project


def found(report: Report) -> dict[str, Finding]:
    return {item.name: item for item in report.findings}


def check(small: Small, name: str) -> Finding:
    """What the doctor finds of one thing; nothing else may fail with it."""
    report = examine(small.folder)
    others = [item for item in report.findings if item.status == FAILED and item.name != name]
    assert others == []
    return found(report)[name]


def configure(small: Small, project: str) -> None:
    """Give the project another project.yml; what was rendered for the old one is gone."""
    small.write_only(project__yml=project)
    shutil.rmtree(small.folder / "generated", ignore_errors=True)


def override(small: Small, template: str, text: str) -> None:
    """Put a template of the project's own in the place of dv-gen's."""
    path = small.folder / "templates" / template
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    shutil.rmtree(small.folder / "generated", ignore_errors=True)


def answers(folder: Path, fragments: str, check: Callable[[Visit], Iterable[Finding]]) -> Finding:
    """What one check finds with other fragments; the first that is wrong, if there are several."""
    for name, text in {"metadata/project.yml": PROJECT, FRAGMENTS: fragments}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    visit = visit_of(folder)
    try:
        for each in (check_settings, check_connection):
            list(each(visit))
        given = list(check(visit))
    finally:
        visit.leave()
    return next((item for item in given if item.status == FAILED), given[0])


def test_all_is_well_with_the_sample(project: Project) -> None:
    before = project.command("doctor")
    assert not project.database.exists()
    project.command("run")
    with duckdb.connect(str(project.database), read_only=True) as connection:
        tables = connection.execute("SELECT COUNT(*) FROM duckdb_tables()").fetchall()

    after = json.loads(project.command("doctor", "--json").stdout)

    assert before.stdout.splitlines()[-1] == "28 ok, 1 warning, 4 skipped"
    assert {item["status"] for item in after["checks"]} == {OK}
    assert (after["exit_code"], after["target"], after["type"]) == (0, "duckdb", "duckdb")
    with duckdb.connect(str(project.database), read_only=True) as connection:
        assert connection.execute("SELECT COUNT(*) FROM duckdb_tables()").fetchall() == tables


def test_what_cannot_be_named_is_a_mistake_of_the_command(project: Project) -> None:
    assert "no target 'nowhere'" in project.command("doctor", "-t", "nowhere", expect=2).stderr
    assert "no project here" in project.command("doctor", "-p", "nowhere", expect=2).stderr


# -- before there is a connection ----------------------------------------------------------


def test_wrong_metadata_is_told_with_its_place_and_the_database_is_asked_all_the_same(
    small: Small,
) -> None:
    small.write_only(model__yml=MODEL.replace("parent: h_people", "parent: h_peple"))

    report = examine(small.folder)

    assert report.exit_code == 1
    assert found(report)["metadata"].status == FAILED
    assert "metadata/model.yml:7:" in found(report)["metadata"].said
    assert [item.name for item in report.findings if item.status == FAILED] == ["metadata"]
    assert found(report)["hash keys"].status == OK


def test_stale_sql_fails_and_sql_that_is_not_rendered_yet_is_a_warning(small: Small) -> None:
    small.write(model__yml=MODEL)
    small.write_only(model__yml=MODEL.replace("varchar(20)", "varchar(30)"))
    assert check(small, "rendered SQL").status == FAILED

    shutil.rmtree(small.folder / "generated")
    assert check(small, "rendered SQL").status == WARNING


def test_a_variable_that_is_not_set_leaves_nothing_to_connect_to(small: Small) -> None:
    configure(small, PROJECT.replace("w.duckdb", "'${DV_GEN_NOT_SET}'"))

    report = examine(small.folder)

    assert found(report)["settings"].status == FAILED
    assert "DV_GEN_NOT_SET" in found(report)["settings"].said
    assert found(report)["connection"].status == SKIPPED
    assert found(report)["bulk load"] == Finding("bulk load", SKIPPED, "there is no connection")


def test_a_driver_that_is_missing_or_too_old(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda _: "1.5.3")
    old = check(small, "driver")
    assert (old.status, old.said) == (FAILED, "duckdb 1.5.3")

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert check(small, "driver").todo == "pip install duckdb"


def test_a_database_that_cannot_be_opened(small: Small) -> None:
    configure(small, PROJECT.replace("w.duckdb", "nowhere/w.duckdb"))
    assert "does not exist" in check(small, "connection").said

    configure(small, PROJECT)
    (small.folder / "w.duckdb").write_text("no database")
    assert check(small, "connection").status == FAILED


def test_a_database_that_a_run_has_open(small: Small) -> None:
    small.run()
    script = (
        f"import duckdb, sys; kept = duckdb.connect({str(small.folder / 'w.duckdb')!r}); "
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        finding = check(small, "connection")
        assert other.stdin is not None
        other.stdin.close()

    assert finding.status == FAILED
    assert f"process {other.pid}" in finding.said
    assert finding.todo == "a run has it: wait until it has finished"


# -- the server ----------------------------------------------------------------------------


def test_an_old_server_is_a_warning(small: Small) -> None:
    override(small, "doctor/version.sql.j2", "SELECT 'v1.4.0'")

    assert check(small, "server version").status == WARNING


def test_a_question_that_is_refused_fails_and_the_next_is_asked(small: Small) -> None:
    override(small, "doctor/who.sql.j2", "SELECT nobody")

    assert check(small, "user").status == FAILED


def test_a_run_that_holds_the_warehouse_is_a_warning(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder("w", Owner("r1", "loader", 7, "000000"), "noon")
    monkeypatch.setattr(DuckDB, "holder", lambda _: holder)

    finding = check(small, "lock")
    assert finding.status == WARNING
    assert finding.said == "w is held by run r1 (process 7 on loader) since noon"


@pytest.mark.parametrize(("there", "side"), [("+", "ahead"), ("-", "behind")])
def test_clocks_that_differ_are_a_warning(small: Small, there: str, side: str) -> None:
    text = "SELECT {{ sql.utc_now() }} " + there + " INTERVAL '1 hour'"
    override(small, "doctor/clock.sql.j2", text)

    finding = check(small, "clock")

    assert finding.status == WARNING
    seconds, word = finding.said.removeprefix("the server's is ").split(" s ")
    assert (abs(float(seconds) - timedelta(hours=1).total_seconds()) < 1, word) == (True, side)


# -- rights and the ledger -----------------------------------------------------------------


def test_a_schema_in_which_nothing_may_be_made(small: Small) -> None:
    override(small, "doctor/create_table.sql.j2", "SELECT no_right_in_{{ schema }}")
    override(small, "doctor/create_schema.sql.j2", "SELECT no_right_to_make_{{ schema }}")

    failed = [item for item in examine(small.folder).findings if item.status == FAILED]

    assert [item.name for item in failed] == [
        f"schema {name}" for name in ("stage", "vault", "mart", "dv_meta")
    ]
    assert "no_right_in_stage" in failed[0].said
    assert "no_right_to_make_stage" in failed[0].said


def test_a_schema_that_is_there(small: Small) -> None:
    assert check(small, "schema vault").said == "is not there yet, and can be made"
    small.run()
    assert check(small, "schema vault").said == "is there, and tables can be made in it"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("create_temporary", "CREATE TABLE nowhere.nothing (a INTEGER)"),
        ("fill_temporary", "INSERT INTO {{ table | ident }} SELECT 1 UNION ALL SELECT 2"),
    ],
)
def test_temporary_tables_that_cannot_be_made_or_filled(
    small: Small, template: str, text: str
) -> None:
    override(small, f"doctor/{template}.sql.j2", text)

    assert check(small, "temporary tables").status == FAILED


def test_tables_that_are_not_there_yet_are_a_warning(small: Small) -> None:
    assert check(small, "tables").status == WARNING
    small.run()
    assert check(small, "tables").status == OK


def test_another_hash_rule_than_the_vaults(small: Small) -> None:
    small.run()
    configure(small, PROJECT + "hash: {algorithm: sha256}\n")

    finding = check(small, "hash rule")

    assert finding.status == FAILED
    assert "dv_gen-2/md5" in finding.said
    assert "dv_gen-2/sha256" in finding.said


def test_a_batch_that_was_cut_off_is_a_warning(small: Small) -> None:
    small.run()
    with duckdb.connect(str(small.folder / "w.duckdb")) as connection:
        connection.execute("DELETE FROM dv_meta.batch_end")
        connection.execute("DELETE FROM dv_meta.step_result WHERE step = 'load:s_people'")

    finding = check(small, "open batch")

    assert finding.status == WARNING
    assert finding.said.endswith("has 1 of 6 steps to go")


# -- the engine's answers ------------------------------------------------------------------


class Fault(NamedTuple):
    """A fragment that is wrong, the first check that shows it, and what that says."""

    name: str
    body: str
    shown_by: str
    said: str


FAULTS = [
    Fault("escape(expression)", "{{ expression }}", "text", "escaping"),
    Fault("upper(expression)", "LOWER({{ expression }})", "text", "upper case"),
    Fault("trim(expression)", "TRIM({{ expression }}, chr(9) || ' ')", "text", "only blanks"),
    Fault("length(expression)", "STRLEN({{ expression }})", "text", "length counts characters"),
    Fault(
        "matches(expression, pattern)",
        "REGEXP_MATCHES({{ expression }}, {{ sql.literal('(?m)^(' ~ pattern ~ ')$') }})",
        "text",
        "in each line",
    ),
    Fault(
        "differs(left, right)", "{{ left }} <> {{ right }}", "order and NULL", "NULL is no value"
    ),
    Fault(
        "add_microseconds(moment, count)",
        "{{ moment }} + {{ count }} * INTERVAL '1 millisecond'",
        "moments",
        "a microsecond more",
    ),
    Fault(
        "timestamp_text(expression)",
        "STRFTIME({{ expression }}, '%Y-%m-%d %H:%M:%S')",
        "moments",
        "the first moment",
    ),
    Fault(
        "timestamp_text(expression)",
        "STRFTIME({{ expression }} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f')",
        "time zone",
        "a moment",
    ),
    Fault(
        "try_cast(expression, type)",
        "CAST({{ expression }} AS {{ type | column_type }})",
        "type checks",
        "Could not convert",
    ),
    Fault("in_range(expression, type)", "", "type checks", "infinity is no moment"),
    Fault("pattern(column)", ".*", "type checks", "a fraction is no integer"),
    Fault("hex_digest(expression)", "MD5({{ expression }} || ' ')", "hash keys", "integer key"),
    Fault(
        "join_text(parts, separator)",
        "{{ parts | join(\" || '/' || \") }}",
        "hash keys",
        "delimiter in text",
    ),
    Fault("constant_digest(digit)", "UNHEX(MD5('{{ digit }}'))::UUID", "hash keys", "the key of 0"),
    Fault(
        "canonical_decimal(expression, type)",
        "{{ sql.decimal_text(expression, type) }}",
        "hash keys",
        "decimal key has no zeros at its end",
    ),
    Fault(
        "canonical_decimal(expression, type)",
        "RTRIM({{ sql.decimal_text(expression, type) }}, '0.')",
        "hash keys",
        "decimal key keeps the zeros before the point",
    ),
    Fault(
        "canonical_timestamp(expression)",
        "{{ sql.timestamp_text(expression) }}",
        "hash keys",
        "timestamp key of a whole second",
    ),
    Fault(
        "canonical_date(expression)",
        "STRFTIME({{ expression }}, '%d.%m.%Y')",
        "hash keys",
        "date key",
    ),
    Fault(
        "or_nothing(text, item)", "{{ text }}", "hashdiffs", "hashdiff of a NULL is that of nothing"
    ),
    Fault(
        "named_value(item, before)",
        "{{ sql.literal(item.name ~ '=') }} || {{ sql.value_text(item) }}",
        "hashdiffs",
        "NULLs at the end are left out",
    ),
    Fault(
        "join_named(items)",
        "{% for item in items %}{{ ' || ' if not loop.first }}"
        "COALESCE({{ sql.named_value(item) }}, ''){% endfor %}",
        "hashdiffs",
        "an empty text is not NULL",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.shown_by}: {fault.said}")
def test_a_fragment_that_is_wrong_is_found(tmp_path: Path, fault: Fault) -> None:
    macro = f"\n{{%- macro {fault.name} -%}}{fault.body}{{%- endmacro -%}}\n"

    finding = answers(tmp_path, RIGHT + macro, CHECKS[fault.shown_by])

    assert (finding.name, finding.status) == (fault.shown_by, FAILED)
    assert "answers are not what dv-gen relies upon" in finding.said
    assert fault.said in finding.said


BULK_FAULTS = {
    "allow_quoted_nulls = false": ("allow_quoted_nulls = true", "('4', None, 'x')"),
    "quote = {{ sql.literal(source.csv.quote) }}": ("quote = '|'", "rows are said to be read"),
    "escape = {{ sql.literal(source.csv.escape) }}": ("escape = '\\'", "came back as"),
    "nullstr = [": ("nullstr = ['\\N', ", "('13', None"),
    "header = {{ 'true' if": ("header = {{ 'false' if", "a row came that should not"),
}


@pytest.mark.parametrize("right", BULK_FAULTS)
def test_a_bulk_load_that_alters_what_it_reads_is_found(tmp_path: Path, right: str) -> None:
    wrong, said = BULK_FAULTS[right]
    assert right in RIGHT

    finding = answers(tmp_path, RIGHT.replace(right, wrong), check_bulk_load)

    assert finding.status == FAILED
    assert said in finding.said


def test_a_bulk_load_that_is_refused(small: Small) -> None:
    override(small, "stage/read.sql.j2", "SELECT nothing")

    assert check(small, "bulk load").status == FAILED


def test_a_wrong_answer_about_an_empty_text_is_told_as_it_came(small: Small) -> None:
    override(small, "doctor/empty_text.sql.j2", "SELECT NULL")

    said = check(small, "text").said.splitlines()
    assert said[1] == "an empty text is not NULL: NULL in place of 'a text'"


# -- the landing place ---------------------------------------------------------------------


def test_a_landing_place_that_is_not_there_or_not_said(small: Small) -> None:
    configure(small, PROJECT.replace("landing: landing", "landing: nowhere"))
    assert "is not a folder" in check(small, "landing").said

    configure(small, PROJECT.replace(", landing: landing", ""))
    assert "has no landing" in check(small, "landing").said


def test_a_file_that_is_not_delivered(small: Small) -> None:
    (small.folder / "landing/people.csv").rename(small.folder / "landing/peple.csv")
    assert check(small, "source people").status == FAILED

    small.write_only(
        model__yml=MODEL.replace("file: people.csv", "file: people.csv\n    required: false")
    )
    assert check(small, "source people").status == WARNING

    small.write_only(model__yml=MODEL.replace("people.csv", "persons/*.csv"))
    assert check(small, "source people").said == "no file matches persons/*.csv"


def test_how_much_is_delivered(small: Small) -> None:
    small.write_only(model__yml=MODEL.replace("people.csv", "'*.csv'"))
    small.deliver("more.csv", "id,name", "2,Eve", "3,Zoe")

    assert check(small, "source people").said == "2 files, 34 bytes"


def test_a_working_folder_that_is_full_or_not_to_be_written(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(small.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3))
    assert check(small, "working folder").status == WARNING

    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    assert "cannot be written: Permission denied" in check(small, "working folder").said
