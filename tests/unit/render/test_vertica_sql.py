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

from tests.vertica_rules import problems, statements, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[3]
ROOTS = [
    REPOSITORY / "generated/vertica",
    *sorted(REPOSITORY.glob("tests/golden/*/expected/vertica")),
]
FOLDERS = [root.relative_to(REPOSITORY).as_posix() for root in ROOTS]
# Where tables are made and filled; one case keeps its checks alone.
LOADING = [folder for folder in FOLDERS if "golden/checks/" not in folder]
# What a driver puts in the place of the parameters.
PARAMETERS = {
    "load_dt": "'2026-11-23 06:00:00.000001'",
    "load_src": "'s3://bucket/it''s/users.csv'",
    "rows_before": "1000",
    "period_start": "'2026-11-01 00:00:00'",
    "period_end": "'2026-11-30 23:59:59.999999'",
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
    # A backslash in a plain literal is itself (StandardConformingStrings is on by default); here it
    # would escape the quote.
    return _LITERAL.sub(lambda found: found[0].replace("\\", "/"), sql)


def for_sqlglot(sql: str) -> str:
    # A6: x::!TYPE, the cast that gives NULL where it cannot succeed (A4), is unknown here.
    return sql.replace("::!", "::")


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
def test_every_insert_and_nothing_else_has_a_label(folder: str) -> None:
    inserts = [sql for _, sql in rendered(folder) if sql.startswith("INSERT")]
    others = [sql for _, sql in rendered(folder) if not sql.startswith("INSERT")]

    assert inserts
    assert all(sql.startswith("INSERT /*+LABEL(dv_gen_") for sql in inserts)
    assert not any("/*+" in sql for sql in others)


@pytest.mark.parametrize("folder", LOADING)
def test_every_table_is_segmented_by_its_key_and_sorted(folder: str) -> None:
    tables = [
        sql
        for place, sql in rendered(folder)
        if sql.startswith("CREATE TABLE") and "/ledger.sql" not in place and "__new" not in sql
    ]

    assert tables
    for sql in tables:
        assert re.search(r"\nORDER BY .+\nSEGMENTED BY HASH\(\"\w+\"\) ALL NODES\Z", sql), sql
