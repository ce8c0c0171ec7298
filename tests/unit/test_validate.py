"""`validate` refuses all that `render` refuses, and notes what may be meant otherwise."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import MetadataError
from dv_gen.kinds.query_text import query_fault, without_end
from dv_gen.kinds.reading import load_model
from dv_gen.render.rendering import render_target
from tests.projects import dv_gen

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

PROJECT = """\
name: small
target: local
targets:
  local: {type: duckdb, path: w.duckdb}
  server: {type: postgres, host: h, database: d, user: u}
"""
MODEL = """\
sources:
  users:
    file: users.csv
    columns: {id: integer, age: integer}
    keys: {h_users: id}
hubs: {h_users: {key: user_id}}
marts: {m: {sql: m.sql}}
"""


def write(folder: Path, query: str, **templates: str) -> None:
    texts = {"metadata/project.yml": PROJECT, "metadata/model.yml": MODEL, "metadata/m.sql": query}
    texts |= {name.replace("__", "/") + ".sql.j2": text for name, text in templates.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


def validated(folder: Path) -> subprocess.CompletedProcess[str]:
    return dv_gen("validate", cwd=folder)


def refused_by_render(folder: Path) -> bool:
    """Whether some target cannot be rendered."""
    try:
        model = load_model(folder)
        for target in model.project.targets:
            render_target(folder, model, target)
    except MetadataError:
        return True
    return False


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "SELECT 1 AS one\nWHERE '{{ env_var('HOME') }}' <> ''",
            "metadata/m.sql:2:1: the query cannot be rendered: 'env_var' is undefined",
        ),
        ("{% import 'x.sql' as x %}SELECT 1 AS one", "metadata/m.sql:1:1: the query cannot be"),
        ("{% include 'x.sql' %}", "metadata/m.sql:1:1: the query cannot be rendered"),
        ("SELECT {{ 1 // 0 }} AS one", "metadata/m.sql:1:1: the query cannot be rendered"),
        ("SELECT {{ ().__class__ }} AS one", "metadata/m.sql:1:1: the query cannot be rendered"),
        # Of the second target alone.
        (
            "SELECT {% if dialect.name == 'postgres' %}{{ missing }}{% endif %} 1 AS one",
            "'missing' is undefined",
        ),
        # What no place in the file says.
        (
            "{% set end = ';' %}SELECT 1 AS one{{ end }}\nDROP TABLE x",
            (
                "metadata/m.sql:1:1: a second statement begins at 'DROP', on line 2 of what the "
                "template becomes, expected one query"
            ),
        ),
        ("{{ 'DROP TABLE x' }}", "metadata/m.sql:1:1: 'DROP' begins no query, on line 1"),
        ("{% if false %}SELECT 1{% endif %}", "there is no query in it"),
    ],
)
def test_a_query_that_cannot_be_rendered_is_refused(tmp_path: Path, query: str, told: str) -> None:
    write(tmp_path, query)

    ended = validated(tmp_path)

    assert ended.returncode == 2, ended.stdout
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert refused_by_render(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{{ env_var('HOME') }}",
        "{% import 'nowhere.sql.j2' as n %}",
        "{{ hub.nothing }}",
        "{% if %}",
    ],
)
def test_a_template_that_cannot_be_rendered_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, "SELECT 1 AS one", templates__hub__load=text)

    ended = validated(tmp_path)

    assert ended.returncode == 2, ended.stdout
    assert "hub/load.sql.j2" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert refused_by_render(tmp_path)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ';' AS a, $$;$$ AS b, E'\\';' AS c, \"a;\" FROM t -- ;\n/* ; */ ;; -- the end\n",
        "{# ; #}(SELECT 1 AS one);",
        "{% set x = ';' %}WITH a AS (SELECT 1 AS one) SELECT * FROM a",
        "VALUES (1)",
        "SELECT {% if dialect.name == 'postgres' %}1{% else %}2{% endif %} AS one",
        "{{ 'SELECT 1' }}",
        "SELECT COUNT(delete) AS n, (update) FROM t WHERE (insert = 1)",
    ],
)
def test_one_query_is_one_whatever_stands_in_its_texts(tmp_path: Path, query: str) -> None:
    write(tmp_path, query)

    ended = validated(tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert "note" not in ended.stdout
    assert not refused_by_render(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;SELECT 2",
        "SELECT 1 /* /* */ ; DROP TABLE x -- */",
        "SELECT E'\\\\'; DROP TABLE x --'",
        "SELECT '\\'; DROP TABLE x --'",
        "SELECT $a$ $b$; $a$; DROP TABLE x",
        "SELECT 1 /* no end ; DROP TABLE x",
        "SELECT typE'a\\'; DROP TABLE x --'",
        'SELECT "a""b"; DROP TABLE x',
        'WITH x AS (UPDATE ONLY "s"."t" AS u SET a = 1 RETURNING a) SELECT * FROM x',
        "WITH x AS ( -- why\n MERGE INTO t USING u ON 1 = 1) SELECT * FROM x",
        "WITH x AS (insert into t VALUES (1) RETURNING 1) SELECT * FROM x",
        "COPY t TO 'out.csv'",
        "(DROP TABLE x)",
    ],
)
def test_a_second_statement_or_a_changing_one_is_found(text: str) -> None:
    assert query_fault(text) is not None


def test_the_end_of_a_query_is_no_part_of_the_statement_around_it() -> None:
    assert without_end("SELECT ';' AS a; -- The end; really.\n;\n") == (
        "SELECT ';' AS a -- The end; really."
    )


def test_a_table_without_ref_is_noted_and_stops_nobody(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
        -- vault.h_users is no table here, nor is 'vault.h_users'.
        SELECT u.user_id, 'vault.h_users' AS said
        FROM {{ ref('h_users') }} AS u
        JOIN Vault.H_Users AS v ON v.user_id = u.user_id
        JOIN "stage"."users" AS s ON s.id = u.user_id
        JOIN other.h_users AS o ON o.user_id = u.user_id
        """,
    )

    ended = validated(tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[:-1] == [
        (
            "note: metadata/m.sql:4:6: the table h_users is named without ref(), and may be read "
            "before it is loaded, expected {{ ref('h_users') }}"
        ),
        (
            "note: metadata/m.sql:5:6: the table users is a stage table, which the next batch "
            "empties, expected a table of the vault, or a mart"
        ),
    ]
    assert ended.stdout.splitlines()[-1].startswith("small: valid; ")


def test_what_a_target_cannot_have_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "SELECT 1 AS one")
    (tmp_path / "metadata/model.yml").write_text(
        MODEL.replace("file: users.csv", "file: users.csv\n    csv: {delimiter: ';'}"), "utf-8"
    )
    assert validated(tmp_path).returncode == 0
    server = (
        "  far: {type: vertica, host: h, database: d, user: u, copy: server, landing: 's3://b'}\n"
    )
    (tmp_path / "metadata/project.yml").write_text(PROJECT + server, "utf-8")

    ended = validated(tmp_path)

    assert refused_by_render(tmp_path)
    assert ended.returncode == 2, ended.stdout
    assert "the server of target far cannot read the files of users" in ended.stderr
