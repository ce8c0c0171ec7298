"""Every statement rendered for PostgreSQL parses in a grammar beside the server's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from dv_gen.engines.binding import bind
from tests.vertica_rules import statements

REPOSITORY = Path(__file__).resolve().parents[3]
ROOTS = [
    REPOSITORY / "generated/postgres",
    *sorted(REPOSITORY.glob("tests/golden/*/expected/postgres")),
]
FOLDERS = [root.relative_to(REPOSITORY).as_posix() for root in ROOTS]
PARAMETERS = {
    "load_dt": "2026-11-23 06:00:00.000001",
    "load_src": "s3://bucket/it's/users.csv",
    "rows_before": 1000,
    "letters": "łß",
    "blanks": "  ",
    "period_start": "2026-11-01 00:00:00",
    "period_end": "2026-11-30 23:59:59.999999",
}
# What the grammar lacks and the server documents: the options of an identity, a temporary table's
# end, COPY's options in brackets, the columns of ANALYZE, and the language of a DO block.
_UNKNOWN = re.compile(r" \(CACHE 1000\)| ON COMMIT DROP")
_NOT_KNOWN = ("COPY ", "ANALYZE ", "DO ")
_MADE_TABLE = re.compile(r"CREATE (?:TEMPORARY )?TABLE [^;]*?\(\n(?P<columns>.*?)\n\)", re.DOTALL)
_TEXT = re.compile(r'"\w+" (?:VARCHAR\(\d+\)|TEXT|CHAR\(\d+\))(?P<rest>[^,\n]*)')


def rendered(folder: str) -> list[str]:
    return [
        sql
        for path in sorted((REPOSITORY / folder).rglob("*.sql"))
        for sql in statements(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_statement_parses(folder: str) -> None:
    found = rendered(folder)
    assert found
    for sql in found:
        if sql.startswith(_NOT_KNOWN):
            continue
        bound = _UNKNOWN.sub("", bind(sql, PARAMETERS))
        (parsed,) = sqlglot.parse(bound, dialect="postgres")
        assert parsed is not None, sql
        # A statement that the grammar does not know is kept as a text.
        assert not isinstance(parsed, exp.Command), sql


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_column_of_text_is_ordered_by_bytes(folder: str) -> None:
    """Which of two rows wins must not depend on the language of the database."""
    for sql in rendered(folder):
        for table in _MADE_TABLE.finditer(sql):
            for column in _TEXT.finditer(table["columns"]):
                assert column["rest"].startswith(' COLLATE "C"'), column[0]
