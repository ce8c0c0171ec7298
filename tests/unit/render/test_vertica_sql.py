"""Every statement that is rendered for Vertica parses in both grammars, and breaks no rule of ours.

No server is at hand, and neither grammar is an oracle: together with the rules they are what a
reviewer would notice. Statements that differ in names, numbers and texts only are parsed once,
and so are the columns of one statement.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlfluff.core import FluffConfig, Linter
from sqlglot.errors import SqlglotError

from dv_gen.kinds.reading import load_model
from dv_gen.render.rendering import render_target
from tests.vertica_rules import problems, statements, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.render.rendering import RenderedStatement

REPOSITORY = Path(__file__).resolve().parents[3]
ROOTS = [
    REPOSITORY / "generated/vertica",
    *sorted(REPOSITORY.glob("tests/golden/*/expected/vertica")),
]
# Where tables are stored as the metadata says.
OTHERWISE = {"tests/golden/physical/expected/vertica"}
FOLDERS = [root.relative_to(REPOSITORY).as_posix() for root in ROOTS]
# Where tables are made and filled; one case keeps its checks alone.
LOADING = [folder for folder in FOLDERS if "golden/checks/" not in folder]
# What a driver puts in the place of the parameters.
PARAMETERS = {
    "load_dt": "'2026-11-23 06:00:00.000001'",
    "load_src": "'s3://bucket/it''s/users.csv'",
    "rows_before": "1000",
    "file": "'s3://bucket/social/users.csv.gz'",
    "record_terminator": r"E'\r\n'",
    "rows": "1, 2, 3",
    "period_start": "'2026-11-01 00:00:00'",
    "period_end": "'2026-11-30 23:59:59.999999'",
    "letters": "'łß'",
    "blanks": "'  '",
}
# A grammar takes its time: in parts, several processes share it.
PARTS = 16
_LITERAL_OR_PARAMETER = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*)|(?<![:\w]):([a-z_]+)"""
)
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def bound(sql: str) -> str:
    return _LITERAL_OR_PARAMETER.sub(lambda found: found[1] or PARAMETERS[found[2]], sql)


def rendered(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((REPOSITORY / folder).rglob("*.sql")):
        for number, sql in enumerate(statements(path.read_text(encoding="utf-8")), start=1):
            yield f"{path.relative_to(REPOSITORY)}#{number}", bound(sql)


def shape(sql: str) -> str:
    """What a grammar sees of a statement."""
    kinds = {"name": '"n"', "string": "''", "number": "0", "hint": "/**/"}
    return " ".join(kinds.get(token.kind, token.text) for token in tokens(sql))


def _first_of_each(parts: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for part in parts:
        if (kind := shape(part)) not in seen:
            yield part
        seen.add(kind)


def _is_item(line: str) -> bool:
    # The last line of a CASE belongs to the lines above it.
    whole = line.count("(") == line.count(")") and not line.lstrip().startswith("END")
    return line.endswith(",") and whole


def thinned(sql: str) -> str:
    """Leave out columns, and parts of a joined text, that are like one before them."""
    kept: list[str] = []
    seen: set[str] = set()
    for whole in sql.split("\n"):
        line = " || ".join(_first_of_each(whole.split(" || ")))
        kind = shape(line)
        if not (_is_item(line) and kind in seen):
            kept.append(line)
        seen.add(kind)
    return "\n".join(kept)


@cache
def shapes() -> dict[str, tuple[str, str]]:
    """One statement of every shape, with the place where it was first seen."""
    found: dict[str, tuple[str, str]] = {}
    for folder in FOLDERS:
        for place, sql in rendered(folder):
            thin = thinned(sql)
            found.setdefault(shape(thin), (place, thin))
    return found


# Constructs that a grammar does not know, and the fact that allows them.


def for_sqlfluff(sql: str) -> str:
    # A6: COPY .. REJECTED DATA AS TABLE, PARSER and NO COMMIT are Vertica's (A3) and unknown here.
    sql = re.sub(r"\nREJECTED DATA AS TABLE .*", "", sql, flags=re.DOTALL)
    # A6: so is FROM 'file' GZIP.
    sql = re.sub(r"^(FROM '.*') GZIP$", r"\1", sql, flags=re.MULTILINE)
    # CREATE TEMPORARY TABLE (..) ON COMMIT .. ORDER BY .. SEGMENTED BY: the manual's order of 10.0
    # to 24.2; here nothing may follow ON COMMIT.
    sql = re.sub(r"( ON COMMIT PRESERVE ROWS)\nORDER BY .*", r"\1", sql, flags=re.DOTALL)
    # A backslash in a plain literal is itself (StandardConformingStrings is on by default); here it
    # would escape the quote.
    return _LITERAL.sub(lambda found: found[0].replace("\\", "/"), sql)


def for_sqlglot(sql: str) -> str:
    # A6: x::!TYPE, the cast that gives NULL where it cannot succeed (A4), is unknown here.
    # A6: an ALTER that renames several tables is passed on without a look.
    if sql.startswith("ALTER TABLE"):
        sql = re.sub(r"(ALTER TABLE [^,]+)(?:, .*)?(\nRENAME TO [^,]+)(?:, .*)?", r"\1\2", sql)
    sql = sql.replace("::!", "::")
    # A6: COPY takes its delimiter and its record terminator as E'\\001' too (A3), which it is not
    # prepared for.
    return re.sub(r"^(DELIMITER|RECORD TERMINATOR) E'", r"\1 '", sql, flags=re.MULTILINE)


def test_the_sample_model_and_every_golden_case_are_looked_at() -> None:
    assert "generated/vertica" in FOLDERS
    assert len(FOLDERS) > 10
    assert all(any(rendered(folder)) for folder in FOLDERS)


@pytest.mark.parametrize("part", range(PARTS))
def test_sqlfluff_parses_every_statement(part: int) -> None:
    linter = Linter(config=FluffConfig(overrides={"dialect": "vertica"}))
    wrong = {}
    for place, sql in list(shapes().values())[part::PARTS]:
        parsed = linter.parse_string(for_sqlfluff(sql) + ";")
        unparsable = [] if parsed.violations else list(parsed.tree.recursive_crawl("unparsable"))
        if parsed.violations or unparsable:
            wrong[place] = [*map(str, parsed.violations), *(item.raw for item in unparsable)]

    assert wrong == {}


def test_sqlglot_parses_every_statement_into_one_tree() -> None:
    wrong = {}
    for place, sql in shapes().values():
        try:
            trees = sqlglot.parse(for_sqlglot(sql), read="vertica")
        except SqlglotError as error:
            wrong[place] = str(error)
            continue
        # A command is text that the grammar passes on without a look.
        if len(trees) != 1 or type(trees[0]).__name__ == "Command":
            wrong[place] = repr(trees)[:200]

    assert wrong == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_statement_has_what_vertica_has_not(folder: str) -> None:
    wrong = {place: found for place, sql in rendered(folder) if (found := problems(sql))}

    assert wrong == {}


@pytest.mark.parametrize("folder", LOADING)
def test_every_change_and_nothing_else_has_a_label(folder: str) -> None:
    changing = ("INSERT", "DELETE", "COPY")
    changes = [sql for _, sql in rendered(folder) if sql.startswith(changing)]
    others = [sql for _, sql in rendered(folder) if not sql.startswith(changing)]

    assert changes
    assert all(re.match(r"\w+ /\*\+LABEL\('dv_gen:", sql) for sql in changes)
    assert not any("/*+" in sql for sql in others)


@pytest.mark.parametrize("folder", LOADING)
def test_every_table_says_how_it_is_sorted_and_where_its_rows_are(folder: str) -> None:
    # What is made from a query has no word for it: its columns are known to the query alone.
    tables = [
        sql for _, sql in rendered(folder) if re.match(r"CREATE .*TABLE .*\($", sql, re.MULTILINE)
    ]

    assert tables
    for sql in tables:
        tail = sql.partition("\n)")[2]
        assert re.match(
            r"( ON COMMIT PRESERVE ROWS)?\nORDER BY \".+\"\n"
            r"(SEGMENTED BY HASH\(\".+\"\)|UNSEGMENTED) ALL NODES(\n|\Z)",
            tail,
        ), sql


@pytest.mark.parametrize("folder", sorted(set(FOLDERS) - OTHERWISE))
def test_history_is_partitioned_by_its_date_and_what_is_looked_up_is_not(folder: str) -> None:
    dated = ("links", "satellites", "pits", "bridges")
    for place, sql in rendered(folder):
        if "\nORDER BY" not in sql or not sql.startswith("CREATE TABLE"):
            continue
        kind = place.split("/")[-2]
        is_dated = kind in dated and "_dates" not in sql.split("(")[0]
        date = "as_of_dt" if kind in ("pits", "bridges") else r"\w+"
        found = re.search(
            rf'\nPARTITION BY "({date})"::DATE\n'
            r'  GROUP BY CALENDAR_HIERARCHY_DAY\("\1"::DATE, 3, 2\)\Z',
            sql,
        )
        assert bool(found) == is_dated, place
        # A partition needs a value in every row.
        assert not found or f'"{found[1]}" TIMESTAMP NOT NULL' in sql


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_parent_and_its_satellites_have_their_rows_on_one_node(folder: str) -> None:
    """By the first column of its key: a hub, a link and their satellites join where they are."""
    for place, sql in rendered(folder):
        kind = place.split("/")[-2]
        if not sql.startswith("CREATE TABLE") or kind not in ("hubs", "links", "satellites"):
            continue
        ordered = re.search(r'\nORDER BY ("\w+")', sql)
        segmented = re.search(r"\nSEGMENTED BY HASH\((.+)\) ALL NODES", sql)
        assert ordered
        assert segmented is None or segmented[1] == ordered[1] or folder in OTHERWISE


def test_nothing_is_lasting_before_the_ledger_says_so() -> None:
    """DDL commits: in a step it comes before the first row, or a crash could leave half of one."""
    changing = re.compile(r"(INSERT|DELETE|COPY|UPDATE)\b")
    defining = re.compile(r"(CREATE|DROP|ALTER)\b")
    wrong = []
    for folder in FOLDERS:
        root = (REPOSITORY / folder).parents[1]
        project = REPOSITORY if folder.startswith("generated") else root
        model = load_model(project)
        target = next(item for item in model.project.targets if item.type == "vertica")
        for file in render_target(project, model, target):
            for step in file.steps:
                # A stage is made anew whenever its step is, so that what is half of one goes.
                if step.step.phase in ("stage", "query"):
                    continue
                sqls = [_bare(file.text, statement) for statement in step.statements]
                first = next((at for at, sql in enumerate(sqls) if changing.match(sql)), len(sqls))
                wrong += [f"{folder}: {sql[:60]}" for sql in sqls[first:] if defining.match(sql)]

    assert wrong == []


def _bare(text: str, statement: RenderedStatement) -> str:
    lines = text.split("\n")[statement.first_line - 1 : statement.last_line]
    return "\n".join(line for line in lines if not line.startswith("-- "))


def test_a_mart_is_never_missing_while_it_is_made_anew() -> None:
    """One ALTER gives the finished table the mart's name; nothing drops what bears it."""
    text = (REPOSITORY / "generated/vertica/marts/group_conversion.sql").read_text("utf-8")
    found = [sql for sql in statements(text) if not sql.startswith("CREATE TABLE")]

    assert [re.sub(r'"mart"\.', "", sql) for sql in found] == [
        'DROP TABLE IF EXISTS "group_conversion__new" CASCADE',
        (
            'ALTER TABLE "group_conversion", "group_conversion__new", "group_conversion__old"\n'
            'RENAME TO "group_conversion__old", "group_conversion", "group_conversion__new"'
        ),
        'DROP TABLE IF EXISTS "group_conversion__new" CASCADE',
    ]
