from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dv_gen import __version__
from dv_gen.errors import MetadataError
from dv_gen.kinds.reading import load_model
from dv_gen.render.rendering import RenderedFile, RenderedStatement, render_target
from dv_gen.render.writing import render
from dv_gen.run.plan import read_compiled
from tests.projects import BOTH, dv_gen, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USERS = """\
sources:
  users:
    file: users.csv
    columns: {id: integer not null, city: varchar(50)}
    keys: {h_users: id}

hubs:
  h_users: {key: user_id}

satellites:
  s_users: {source: users, parent: h_users, columns: [city]}
"""


def statements_of(file: RenderedFile) -> list[RenderedStatement]:
    return [statement for part in file.steps for statement in part.statements]


def rendered(folder: Path, target: str = "duckdb") -> dict[str, RenderedFile]:
    model = load_model(folder)
    chosen = next(item for item in model.project.targets if item.name == target)
    return {file.path: file for file in render_target(folder, model, chosen)}


def project(folder: Path, text: str = USERS, **files: str) -> Path:
    return write_project(folder, {"metadata/model.yml": text, **files}, project=BOTH)


def written(folder: Path) -> dict[str, bytes]:
    root = folder / "generated"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_two_processes_in_different_surroundings_render_the_same_bytes(tmp_path: Path) -> None:
    one, other = project(tmp_path / "one"), project(tmp_path / "somewhere/else")

    first = dv_gen("render", cwd=one, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    second = dv_gen(
        "render", "-p", str(other), cwd=tmp_path, PYTHONHASHSEED="2", TZ="Asia/Tokyo", PASSWORD="x"
    )

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert written(one) == written(other)
    assert "duckdb/hubs/h_users.sql" in written(one)


def test_nothing_that_is_rendered_holds_a_time_or_a_path_of_this_machine(tmp_path: Path) -> None:
    folder = project(tmp_path)
    for target in load_model(folder).project.targets:
        render(folder, load_model(folder), target)

    for name, content in written(folder).items():
        text = content.decode()
        assert str(tmp_path) not in text, name
        # The ends of the calendar are the only dates.
        dates = set(re.findall(r"\d{4}-\d\d-\d\d", text)) - {"0001-01-01", "9999-12-31"}
        assert dates == set(), name


def test_statistics_are_those_of_the_template_where_a_project_has_one_of_its_own(
    tmp_path: Path,
) -> None:
    own = {"templates/shared/statistics.sql.j2": "ANALYZE {{ table | ident }}"}

    with_own = rendered(project(tmp_path / "own", **own))
    without = rendered(project(tmp_path / "plain"))

    assert 'ANALYZE "h_users";' in with_own["hubs/h_users.sql"].text
    assert 'ANALYZE "s_users";' in with_own["satellites/s_users.sql"].text
    assert not [file for file in without.values() if "ANALYZE" in file.text]


def test_a_header_names_the_kind_the_entity_the_version_and_the_place_in_the_metadata(
    tmp_path: Path,
) -> None:
    files = rendered(project(tmp_path))

    first_lines = {path: file.text.splitlines()[0] for path, file in files.items()}
    assert first_lines == {
        path: f"-- {what}: rendered by dv-gen {__version__} from metadata/{place}."
        for path, what, place in [
            ("ledger.sql", "ledger ledger", "project.yml:1"),
            ("stage/users.sql", "stage users", "model.yml:2"),
            ("hubs/h_users.sql", "hub h_users", "model.yml:8"),
            ("satellites/s_users.sql", "satellite s_users", "model.yml:11"),
            ("checks/h_users.sql", "check h_users", "model.yml:8"),
            ("checks/s_users.sql", "check s_users", "model.yml:11"),
        ]
    }


def test_the_header_of_a_stage_names_its_parameters_and_no_other_file_has_any(
    tmp_path: Path,
) -> None:
    for target, names in (
        ("duckdb", "file, columns, new_line, load_dt, load_src, rows_before"),
        ("vertica", "load_dt, load_src, rows_before"),
    ):
        files = rendered(project(tmp_path), target)

        with_parameters = {
            path: file.text.splitlines()[2]
            for path, file in files.items()
            if any(statement.parameters for statement in statements_of(file))
        }
        assert with_parameters == {"stage/users.sql": f"-- Parameters, bound by the run: {names}."}


def test_the_manifest_has_the_parameters_of_each_statement(tmp_path: Path) -> None:
    stage = rendered(project(tmp_path))["stage/users.sql"]

    assert {item.name: item.parameters for item in statements_of(stage) if item.parameters} == {
        "read": ("file", "columns", "new_line"),
        "load": ("load_dt", "load_src", "rows_before"),
    }


TRICKY = """\
sources:
  users:
    file: users.csv
    record_source: "it's :file; -- $columns"
    columns: {id: integer not null}
    keys: {h_users: id}
    derived:
      quoted: {constant: "O'Hara'); DROP TABLE users; --"}
      lines: {constant: "first ;  \\nsecond :load_src\\n-- third\\n"}
      odd: {constant: "a\\u2028b\\x85c\\fd\\re"}
      yes_or_no: {constant: true}
      one: {constant: 1}
      cast:
        expression: "CAST('12:30' AS VARCHAR(5)) || ':load_src' || id::varchar(11)"
        type: varchar(30)

hubs: {h_users: {key: user_id}}

marts:
  m: m.sql
"""
MART = """\
SELECT ':file; -- $columns' AS a, "b;c" AS d -- ; :load_dt
FROM {{ ref('h_users') }};
"""


def _tricky(folder: Path) -> Path:
    return project(folder, TRICKY, **{"metadata/m.sql": MART})


@pytest.mark.parametrize("target", ["duckdb", "vertica"])
def test_the_lines_of_a_statement_are_its_own_whatever_its_literals_hold(
    tmp_path: Path, target: str
) -> None:
    folder = _tricky(tmp_path)
    model = load_model(folder)
    chosen = next(item for item in model.project.targets if item.name == target)
    render(folder, model, chosen)

    compiled = read_compiled(folder, folder / "generated" / target)

    starts = ("CREATE", "DROP", "INSERT", "COPY", "WITH", "ALTER", "SELECT")
    for step in compiled.steps:
        for statement in step.statements:
            lines = [line for line in statement.sql.split("\n") if not line.startswith("-- ")]
            assert lines[0].startswith(starts), (step.file, statement.name)
            assert statement.sql.endswith(";"), (step.file, statement.name)


@pytest.mark.parametrize("target", ["duckdb", "vertica"])
def test_a_literal_is_rendered_as_it_was_written(tmp_path: Path, target: str) -> None:
    stage = rendered(_tricky(tmp_path), target)["stage/users.sql"]

    assert "CAST('it''s :file; -- $columns' AS VARCHAR(" in stage.text
    assert "CAST('O''Hara''); DROP TABLE users; --' AS VARCHAR(" in stage.text
    assert "CAST('first ;  \nsecond :load_src\n-- third\n' AS VARCHAR(" in stage.text
    assert "CAST('a\u2028b\x85c\fd\re' AS VARCHAR(" in stage.text
    assert 'CAST(TRUE AS BOOLEAN) AS "yes_or_no"' in stage.text
    assert 'CAST(1 AS INTEGER) AS "one"' in stage.text


@pytest.mark.parametrize("target", ["duckdb", "vertica"])
def test_what_stands_in_a_literal_is_no_parameter(tmp_path: Path, target: str) -> None:
    files = rendered(_tricky(tmp_path), target)

    load = next(item for item in statements_of(files["stage/users.sql"]) if item.name == "load")
    assert load.parameters == ("load_dt", "rows_before")
    assert {item.parameters for item in statements_of(files["marts/m.sql"])} == {()}


def test_a_query_loses_its_last_semicolon_and_keeps_its_comments(tmp_path: Path) -> None:
    mart = rendered(_tricky(tmp_path))["marts/m.sql"]

    assert (
        'CREATE TABLE "mart"."m__new" AS\n'
        "SELECT ':file; -- $columns' AS a, \"b;c\" AS d -- ; :load_dt\n"
        'FROM "vault"."h_users";\n'
    ) in mart.text


def test_quotes_in_the_files_dialect_stay_inside_their_literal(tmp_path: Path) -> None:
    text = """\
    sources:
      users:
        file: users.csv
        csv: {quote: "'", nulls: ["');--"], date_format: "%d'%m'%Y"}
        columns: {id: integer not null, born: date}
        keys: {h_users: id}
    hubs: {h_users: {key: user_id}}
    """

    stage = rendered(project(tmp_path, text))["stage/users.sql"].text

    assert "quote = ''''" in stage
    assert "nullstr = ['', ''');--']" in stage
    assert "'%d''%m''%Y'" in stage


def _mistakes() -> Iterator[tuple[str, str, str]]:
    yield ("an unknown name", "SELECT {{ nobody }}", "'nobody' is undefined")
    yield ("a way into Python", "SELECT {{ ref.__globals__ }}", "unsafe")
    yield ("a way round it", "SELECT {{ ''['__class__'] }}", "unsafe")
    yield ("a table by another name", "{% set r = ref %}SELECT {{ r('h_users') }}", "written out")
    yield ("arithmetic", "SELECT {{ 1 / 0 }}", "division by zero")


@pytest.mark.parametrize(
    ("sql", "said"), [pytest.param(sql, said, id=name) for name, sql, said in _mistakes()]
)
def test_a_query_that_cannot_be_rendered_is_told_with_its_line(
    tmp_path: Path, sql: str, said: str
) -> None:
    folder = write_project(
        tmp_path,
        {
            "metadata/model.yml": USERS + "marts: {m: m.sql}\n",
            "metadata/m.sql": f"-- first line\n{sql}\n",
        },
        project=BOTH,
    )

    with pytest.raises(MetadataError) as caught:
        rendered(folder)

    message = str(caught.value)
    assert message.startswith("metadata/m.sql:2:1: the query cannot be rendered: ")
    assert said in message


def test_a_projects_own_template_comes_before_ours_and_its_fragments_are_seen_by_all(
    tmp_path: Path,
) -> None:
    folder = write_project(
        tmp_path,
        {
            "metadata/model.yml": USERS,
            "templates/hub/create.sql.j2": "CREATE TABLE mine ({{ hub.name | ident }} INTEGER)\n",
        },
        project=BOTH,
    )

    files = rendered(folder)

    text = files["hubs/h_users.sql"].text
    assert '\n\nCREATE TABLE mine ("h_users" INTEGER);\n\n' in text
    assert "INSERT INTO" in text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ hub.__class__.__mro__ }}", "unsafe"),
        ("{{ hub.location.__init__.__globals__['os'] }}", "unsafe"),
        ("{{ project.targets[0].settings }}", "no element 0"),
        ("{{ lipsum() }}", "'lipsum' is undefined"),
        ("{{ [1, 2] | random }}", "No filter named 'random'"),
        ("{{ sql.nothing() }}", "no attribute 'nothing'"),
        ("{% include '../metadata/project.yml' %}", "../metadata/project.yml"),
        ("{% if %}", "Expected an expression"),
    ],
)
def test_a_projects_own_template_reaches_names_and_nothing_else(
    tmp_path: Path, template: str, said: str
) -> None:
    folder = write_project(
        tmp_path,
        {
            "metadata/model.yml": USERS,
            "templates/hub/create.sql.j2": f"SELECT 1\n\n{template}\n",
        },
        project=BOTH,
    )

    with pytest.raises(MetadataError) as caught:
        rendered(folder)

    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/templates/hub/create.sql.j2:3:1: the template")
    assert said in message
