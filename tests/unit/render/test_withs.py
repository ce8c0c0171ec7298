"""WITH queries of Vertica: tables where they are used twice, brackets where an INSERT has them.

Vertica computes a WITH query wherever it is used; see docs/vertica.md. What the tables hold is
shown by the conformance suite; here is shown which are made, where, and from what text.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from dv_gen import dialects
from dv_gen.dialects.base import quoted
from dv_gen.engines.statements import SqlText
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import DROPS
from dv_gen.render.rendering import render_target
from dv_gen.render.with_clauses import dedented, read_with
from dv_gen.render.withs import MAKES, WithTables, fitted

REPOSITORY = Path(__file__).resolve().parents[3]
PROJECTS = [REPOSITORY, *sorted(path.parent for path in REPOSITORY.glob("tests/golden/*/metadata"))]


def split(
    *statements: tuple[str, str],
    entity: str = "s",
    phase: str = "load",
    taken: tuple[str, ...] = (),
) -> list[tuple[str, str]]:
    environment = Environment(
        loader=DictLoader(
            {
                "shared/with_table.sql.j2": "CREATE {{ table | ident }} AS\n{{ query }}",
                "shared/drop_with.sql.j2": "DROP {{ table | ident }}",
            }
        )
    )
    environment.filters["ident"] = quoted
    tables = WithTables(dialects.get("vertica"), environment, taken)
    return tables.split(phase, entity, list(statements))


def load(withs: str, query: str) -> tuple[str, str]:
    return "load", f'INSERT INTO "v"."t" ("k")\nWITH\n{withs}\n{query}'


def temporary(withs: str, query: str) -> tuple[str, str]:
    head = 'CREATE LOCAL TEMPORARY TABLE "t" ON COMMIT PRESERVE ROWS AS'
    return "load", f"{head}\nWITH\n{withs}\n{query}"


def texts(found: list[tuple[str, str]]) -> list[str]:
    return [text for _, text in found]


def test_a_query_that_is_used_twice_becomes_a_table() -> None:
    found = split(
        load(
            '-- Why.\n"a" AS (\n  SELECT "k"\n  FROM "v"."x"\n)',
            'SELECT "k" FROM "a"\nUNION ALL\nSELECT other."k" FROM "a" AS other',
        )
    )

    assert found == [
        ("drop with:a", 'DROP "s_a"'),
        ("with:a", '-- Why.\nCREATE "s_a" AS\nSELECT "k"\nFROM "v"."x"'),
        (
            "load",
            (
                'INSERT INTO "v"."t" ("k")\nSELECT "k" FROM "s_a"\nUNION ALL\n'
                'SELECT other."k" FROM "s_a" AS other'
            ),
        ),
    ]


def test_what_is_used_once_stays_where_it_is() -> None:
    statement = temporary('"a" AS (SELECT "k" FROM "v"."x")', 'SELECT "k" FROM "a"')

    assert split(statement) == [statement]


def test_an_insert_has_its_queries_in_brackets() -> None:
    """A literal of two lines stays as it is, and a query that has an alias keeps it."""
    found = split(
        load(
            '"a" AS (\n  SELECT "k", \'x\n  y\' AS "l"\n  FROM "v"."x"\n),\n'
            '-- Why.\n"b" AS (\n  SELECT "k"\n  FROM "a"\n)',
            'SELECT "k"\nFROM "b" AS c\nWHERE "k" = 1',
        )
    )

    assert texts(found) == [
        (
            'INSERT INTO "v"."t" ("k")\nSELECT "k"\nFROM (\n  -- Why.\n  SELECT "k"\n  FROM (\n'
            '    SELECT "k", \'x\n  y\' AS "l"\n    FROM "v"."x"\n  ) AS "a"\n) AS c\nWHERE "k" = 1'
        )
    ]


def test_a_condition_reads_a_table_where_the_query_has_conditions_itself() -> None:
    found = split(
        load(
            '"a" AS (SELECT "k" FROM "v"."x" WHERE "k" IN (SELECT "k" FROM "v"."y")),\n'
            '"b" AS (SELECT "k" FROM "a")',
            'SELECT "k" FROM "v"."z" AS z WHERE NOT EXISTS (SELECT 1 FROM "b" WHERE "k" = z."k")',
        )
    )

    assert [name for name, _ in found] == ["drop with:b", "with:b", "load"]
    assert 'FROM "s_b" WHERE' in found[2][1]


def test_what_a_table_alone_uses_goes_with_it() -> None:
    """Used are b twice, a once by b: as a part of b's table it is computed once."""
    found = split(
        load(
            '"a" AS (SELECT "k" FROM "v"."x"),\n-- Of a.\n"b" AS (\n  SELECT "k" FROM "a"\n)',
            'SELECT one."k" FROM "b" AS one JOIN "b" AS two ON one."k" = two."k"',
        )
    )

    assert texts(found) == [
        'DROP "s_b"',
        '-- Of a.\nCREATE "s_b" AS\nWITH\n"a" AS (SELECT "k" FROM "v"."x")\nSELECT "k" FROM "a"',
        (
            'INSERT INTO "v"."t" ("k")\n'
            'SELECT one."k" FROM "s_b" AS one JOIN "s_b" AS two ON one."k" = two."k"'
        ),
    ]


def test_a_table_is_read_by_the_queries_that_stay() -> None:
    found = split(
        load(
            '"a" AS (SELECT "k" FROM "v"."x"),\n"b" AS (SELECT "k" FROM "a")',
            'SELECT "k" FROM "b" WHERE "k" IN (SELECT "k" FROM "a")',
        )
    )

    assert texts(found)[2] == (
        'INSERT INTO "v"."t" ("k")\n'
        'SELECT "k" FROM (\n  SELECT "k" FROM "s_a"\n) AS "b" WHERE "k" IN (SELECT "k" FROM "s_a")'
    )


def test_constants_are_no_table() -> None:
    statement = temporary(
        '"digits" AS (SELECT 0 AS "k" UNION ALL SELECT 1)',
        'SELECT a."k" FROM "digits" AS a CROSS JOIN "digits" AS b',
    )

    assert split(statement) == [statement]


@pytest.mark.parametrize(
    "query",
    [
        """SELECT 'FROM "a"' AS "k" FROM "a" """,
        """SELECT E'it\\'s FROM "a"' AS "k" FROM "a" """,
        'SELECT "k" -- FROM "a"\nFROM "a"',
        'SELECT "k" /* JOIN "a" */ FROM "a"',
        'SELECT "a" FROM "a"',
        'SELECT "a"."k" FROM "a"',
        """SELECT TRIM(BOTH ' ' FROM "a") FROM "a" """,
        'SELECT EXTRACT(DAY FROM "a") FROM "a"',
        'SELECT "k" FROM "a" WHERE "k" IS DISTINCT FROM "a"',
        'SELECT "k" FROM "v"."a" CROSS JOIN "a"',
        'SELECT "k" FROM "a" GROUP BY "k", "a"',
    ],
)
def test_only_tables_count(query: str) -> None:
    """The name stands twice in each, and once as a table."""
    statement = temporary('"a" AS (SELECT "k" FROM "v"."x")', query.strip())

    assert split(statement) == [statement]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('SELECT 1 FROM "a", "a" AS b', 'SELECT 1 FROM "s_a", "s_a" AS b'),
        ('SELECT 1 FROM "A" JOIN "a" b ON TRUE', 'SELECT 1 FROM "s_a" JOIN "s_a" b ON TRUE'),
        (
            'SELECT "a"."k" FROM "a" CROSS JOIN "a" AS b',
            'SELECT "a"."k" FROM "s_a" AS "a" CROSS JOIN "s_a" AS b',
        ),
        (
            'SELECT a."k" FROM "a" WHERE EXISTS (SELECT 1 FROM "a" AS b)',
            'SELECT a."k" FROM "s_a" AS "a" WHERE EXISTS (SELECT 1 FROM "s_a" AS b)',
        ),
        (
            'SELECT a."k" FROM "a" -- Which?\nAS a JOIN "a" AS b ON TRUE',
            'SELECT a."k" FROM "s_a" -- Which?\nAS a JOIN "s_a" AS b ON TRUE',
        ),
    ],
)
def test_columns_find_their_table(query: str, expected: str) -> None:
    found = split(load('"a" AS (SELECT "k" FROM "v"."x")', query))

    assert texts(found)[-1] == f'INSERT INTO "v"."t" ("k")\n{expected}'


@pytest.mark.parametrize(
    "query",
    [
        'SELECT 1 FROM "a" JOIN (WITH "a" AS (SELECT 2) SELECT 1 FROM "a") AS b ON TRUE',
        'SELECT 1 FROM "a" JOIN (WITH a AS (SELECT 2) SELECT 1 FROM "a") AS b ON TRUE',
    ],
)
def test_a_name_that_is_given_anew_inside_is_left_alone(query: str) -> None:
    statement = load('"a" AS (SELECT "k" FROM "v"."x")', query)

    assert split(statement) == [statement]


def test_a_query_may_hide_a_table_of_its_own_name() -> None:
    """What stands in the brackets of "a" is no WITH query yet: it is a table of the session."""
    found = split(
        load('"a" AS (SELECT "k" FROM "a")', 'SELECT 1 FROM "a" AS b CROSS JOIN "a" AS c')
    )

    assert texts(found)[1] == 'CREATE "s_a" AS\nSELECT "k" FROM "a"'


def test_views_and_queries_are_one_statement() -> None:
    query = 'WITH\n"a" AS (SELECT "k" FROM "v"."x")\nSELECT 1 FROM "a" AS b CROSS JOIN "a" AS c'
    statements = [("view", f'CREATE VIEW "v"."w" AS\n{query}'), ("ask", query)]

    assert split(*statements) == statements


def test_what_is_not_a_load_stays_one_statement() -> None:
    statement = load(
        '"a" AS (SELECT "k" FROM "v"."x")', 'SELECT 1 FROM "a" AS b CROSS JOIN "a" AS c'
    )
    bracket = '(\n  SELECT "k" FROM "v"."x"\n)'

    assert split(statement, phase="stage") == [
        (
            "load",
            f'INSERT INTO "v"."t" ("k")\nSELECT 1 FROM {bracket} AS b CROSS JOIN {bracket} AS c',
        )
    ]


REJECTS = (
    'INSERT INTO "m"."rejects" ("k")\nWITH\n"a" AS (\n  SELECT "k" FROM {}\n)\nSELECT "k" FROM "a"'
)


def test_statements_share_a_query_that_is_the_same() -> None:
    found = split(
        ("rejects", REJECTS.format('"v"."x"')),
        load('"a" AS (\n  -- The same.\n  SELECT "k"\n  FROM "v"."x"\n)', 'SELECT "k" FROM "a"'),
    )

    assert [name for name, _ in found] == ["drop with:a", "with:a", "rejects", "load"]
    assert texts(found)[2:] == [
        'INSERT INTO "m"."rejects" ("k")\nSELECT "k" FROM "s_a"',
        'INSERT INTO "v"."t" ("k")\nSELECT "k" FROM "s_a"',
    ]


def test_queries_of_one_name_that_differ_have_tables_of_two_names() -> None:
    twice = 'SELECT 1 FROM "a" AS b CROSS JOIN "a" AS c'
    found = split(
        ("rejects", REJECTS.format('"v"."y"') + f"\nUNION ALL\n{twice}"),
        load('"a" AS (SELECT "k" FROM "v"."x")', twice),
    )

    assert [text for text in texts(found) if text.startswith("CREATE")] == [
        'CREATE "s_a" AS\nSELECT "k" FROM "v"."y"',
        'CREATE "s_load_a" AS\nSELECT "k" FROM "v"."x"',
    ]
    assert [name for name, _ in found][-2:] == ["rejects", "load"]


def test_what_reads_what_the_step_has_written_is_not_computed_before() -> None:
    """Query b reads a, and a reads the rejects: neither may be made before they are written."""
    statement = load(
        '"a" AS (SELECT "k" FROM "m"."rejects"),\n"b" AS (SELECT "k" FROM "a")',
        'SELECT 1 FROM "b" AS b CROSS JOIN "b" AS c CROSS JOIN "a" AS d',
    )
    before = ("rejects", REJECTS.format('"v"."x"'))

    assert [name for name, _ in split(before, statement)] == ["rejects", "load"]


def test_what_is_computed_several_times_by_one_that_stays_is_a_table() -> None:
    """Query b stays and is used twice; a, which it uses once, would be computed twice."""
    found = split(
        ("rejects", REJECTS.format('"v"."y"')),
        load(
            '"a" AS (SELECT "k" FROM "v"."x"),\n'
            '"b" AS (SELECT "k" FROM "a" WHERE "k" IN (SELECT "k" FROM "m"."rejects"))',
            'SELECT 1 FROM "b" AS b CROSS JOIN "b" AS c',
        ),
    )

    assert [name for name, _ in found] == ["drop with:a", "with:a", "rejects", "load"]


def test_a_temporary_table_is_split_where_it_is_made() -> None:
    """What it reads was made by the statement before."""
    made = 'CREATE LOCAL TEMPORARY TABLE "{}" ON COMMIT PRESERVE ROWS AS\n{}'
    found = split(
        ("find", made.format("at", 'SELECT "k" FROM "v"."x"')),
        (
            "walk",
            made.format(
                "fresh",
                'WITH\n"a" AS (SELECT "k" FROM "at")\nSELECT 1 FROM "a" AS b CROSS JOIN "a" AS c',
            ),
        ),
        ("load", 'INSERT INTO "v"."t" ("k")\nSELECT "k" FROM "fresh"'),
    )

    assert [name for name, _ in found] == ["find", "drop with:a", "with:a", "walk", "load"]


def test_no_table_hides_one_of_the_model() -> None:
    """DROP would find that one where there is none of the session yet."""
    found = split(
        load('"a" AS (SELECT "k" FROM "v"."x")', 'SELECT 1 FROM "a" AS b CROSS JOIN "a" AS c'),
        taken=("S_A", "s_load_a"),
    )

    assert texts(found)[0] == 'DROP "s_load_a_2"'


def test_a_long_name_is_shortened_to_the_limit() -> None:
    found = split(
        load(
            '"a b" AS (SELECT "k" FROM "v"."x")', 'SELECT 1 FROM "a b" AS b CROSS JOIN "a b" AS c'
        ),
        entity="ü" * 63,
    )
    name = texts(found)[0].split('"')[1]

    assert len(name.encode()) <= 128
    assert re.fullmatch(r"ü+_[0-9a-f]{8}", name)
    assert fitted("a" * 128, 128) == "a" * 128


def test_literals_of_several_lines_are_not_moved() -> None:
    text = "\n  SELECT 'a\n  b', \"c\n  d\"\n    FROM x -- Why\n"

    assert dedented(text) == "\nSELECT 'a\n  b', \"c\n  d\"\n  FROM x -- Why\n"


def test_what_is_written_otherwise_than_ours_is_left_alone() -> None:
    assert read_with('INSERT INTO "t" WITH RECURSIVE "a" AS (SELECT 1) SELECT 1') is None
    assert read_with('INSERT INTO "t" WITH "a" AS (SELECT (1 SELECT 1') is None
    assert read_with('INSERT INTO "t" WITH "a" ("k") AS (SELECT 1) SELECT 1') is None


@pytest.fixture(scope="module", params=PROJECTS, ids=lambda path: path.name)
def steps(request: pytest.FixtureRequest) -> list[tuple[str, list[tuple[str, SqlText]]]]:
    folder: Path = request.param
    model = load_model(folder)
    target = next(target for target in model.project.targets if target.type == "vertica")
    found = []
    for file in render_target(folder, model, target):
        lines = file.text.split("\n")
        for part in file.steps:
            if part.step.phase in ("load", "publish") and part.step.kind != "mart":
                statements = [
                    (it.name, SqlText("\n".join(lines[it.first_line - 1 : it.last_line])))
                    for it in part.statements
                ]
                found.append((part.step.id, statements))
    return found


def test_no_ddl_stands_behind_the_first_row_of_a_step(
    steps: list[tuple[str, list[tuple[str, SqlText]]]],
) -> None:
    for step, statements in steps:
        kinds = [text.is_definition for _, text in statements]
        assert kinds == sorted(kinds, reverse=True), step


def test_every_table_is_dropped_before_it_is_made_and_has_a_name_of_its_own(
    steps: list[tuple[str, list[tuple[str, SqlText]]]],
) -> None:
    made = Counter(
        text.makes
        for _, statements in steps
        for name, text in statements
        if name.startswith(MAKES) and text.is_temporary
    )
    for _, statements in steps:
        for (name, text), (_, following) in pairwise(statements):
            if name.startswith(DROPS):
                assert text.body == f"DROP TABLE IF EXISTS v_temp_schema.{following.makes}"

    assert set(made.values()) <= {1}


def test_no_load_computes_a_query_twice(
    steps: list[tuple[str, list[tuple[str, SqlText]]]],
) -> None:
    for step, statements in steps:
        for _, text in statements:
            found = read_with(text.text)
            queries = [found.main, *(it.query for it in found.clauses)] if found else []
            used = Counter(table.name for query in queries for table in query.reads)
            twice = [it.name for it in found.clauses if used[it.name] > 1] if found else []
            assert set(twice) <= {'"digits"'}, step
