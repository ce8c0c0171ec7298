"""What a statement's text says of itself."""

from __future__ import annotations

import pytest

from dv_gen import dialects
from dv_gen.engines.statements import SqlText

TEMPORARY = 'CREATE LOCAL TEMPORARY TABLE "x" ON COMMIT PRESERVE ROWS AS\nWITH "a" AS (SELECT 1)\n'


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("-- Why; and 'how'.\nSELECT 1;", "SELECT"),
        ('WITH "a" AS (SELECT 1)\nSELECT * FROM "a"', "SELECT"),
        ('/* label */ INSERT /*+LABEL(x)*/ INTO "s"."t" SELECT 1', "INSERT"),
        ("(SELECT 1) UNION ALL (SELECT 2)", "SELECT"),
        ('DROP TABLE IF EXISTS "s"."t"', "DROP"),
    ],
)
def test_the_first_word_says_what_a_statement_does(text: str, word: str) -> None:
    assert SqlText(text).word == word


@pytest.mark.parametrize(
    ("text", "makes", "query", "temporary"),
    [
        ('CREATE TABLE IF NOT EXISTS "s"."t" (\n  "a" INTEGER\n)', '"s"."t"', "", False),
        ('CREATE TEMPORARY TABLE "raw_a" (\n  "a" VARCHAR\n)', '"raw_a"', "", True),
        ('CREATE OR REPLACE VIEW "s"."v" AS\nSELECT 1', '"s"."v"', "SELECT 1", False),
        (
            'CREATE TABLE "s"."t__new" AS\n-- Mine.\nSELECT 1;',
            '"s"."t__new"',
            "-- Mine.\nSELECT 1",
            False,
        ),
        (TEMPORARY + "SELECT 2", '"x"', 'WITH "a" AS (SELECT 1)\nSELECT 2', True),
        ('ALTER TABLE "s"."t__new" RENAME TO "t"', '"s"."t"', "", False),
        ('INSERT INTO "s"."t" SELECT 1', "", "", False),
    ],
)
def test_what_a_statement_makes_and_from_which_query(
    text: str, makes: str, query: str, *, temporary: bool
) -> None:
    found = SqlText(text)

    assert (found.makes, found.query, found.is_temporary) == (makes, query, temporary)


def test_the_layout_of_a_table_is_no_part_of_its_query() -> None:
    layout = 'SEGMENTED BY HASH("a") ALL NODES'
    found = SqlText(f'CREATE TABLE "s"."t" AS\nSELECT "a" FROM "s"."u"\n{layout};')

    assert found.query == 'SELECT "a" FROM "s"."u"'
    assert found.made_empty == (
        'CREATE TABLE "s"."t" AS\nSELECT *\nFROM (\nSELECT "a" FROM "s"."u"\n) AS "none"\n'
        f"WHERE 1 = 0\n{layout}"
    )


def test_the_order_of_a_view_is_part_of_its_query() -> None:
    query = 'SELECT "a" FROM "s"."u"\nORDER BY "a"'

    assert SqlText(f'CREATE VIEW "s"."v" AS\n{query}').query == query


def test_what_stands_in_literals_and_comments_names_no_table() -> None:
    found = SqlText("""SELECT '"a"."b"', t."c" -- "d"."e"\nFROM "s"."t" AS t /* "f"."g" */""")

    assert found.tables == ('"s"."t"',)
    assert found.names == ('"c"',)


def test_a_function_that_acts_is_not_explained() -> None:
    functions = dialects.get("vertica").meta_functions

    assert SqlText("SELECT ANALYZE_STATISTICS('s.t');").calls(functions)
    assert not SqlText('SELECT COUNT(*) FROM "s"."t"').calls(functions)
