"""Every statement that is rendered for Vertica runs on the stand-in.

A file's statements run in their order; a file waits where it needs a table of another one. The
stages are empty, so what is proven is that the statements are understood and find their columns
and types: README.md says what that is worth.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlglot import exp
from vertica_python import errors

from dv_gen.engines.binding import bind
from tests.unit.render.test_vertica_sql import LOADING, REPOSITORY
from tests.vertica_rules import statements
from tests.vertica_standin.grammar import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vertica_standin.client import Client

PARAMETERS = {
    "load_dt": datetime(2026, 11, 23, 6, 0, 0, 1),  # noqa: DTZ001 - as a batch's load date
    "load_src": "s3://bucket/it's/users.csv",
    "rows_before": 1000,
    "letters": "łß",
    "blanks": "  ",
    "file": "s3://bucket/users.csv",
    "record_terminator": "\r\n",
    "rows": (1, 2, 3),
    "period_start": datetime(2026, 11, 1),  # noqa: DTZ001 - as above
    "period_end": datetime(2026, 11, 30, 23, 59, 59, 999999),  # noqa: DTZ001 - as above
}
LEDGER = REPOSITORY / "generated/vertica/ledger.sql"
# Tables that a model reads and does not make.
FOREIGN = ('CREATE TABLE "finance"."closing" ("closed_on" DATE)',)
_REJECTS = re.compile(r'("\w+")\."rejects"')
# A relation, or its schema, that is not there yet.
_MISSING = ("42V01", "3F000")

Queue = list[tuple[str, str]]


def _queues(folder: str) -> Iterator[Queue]:
    """Yield the statements of every file with their places; the ledger comes with every model."""
    texts = {
        path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((REPOSITORY / folder).rglob("*.sql"))
    }
    ledger = LEDGER.read_text(encoding="utf-8")
    rejects = next(filter(None, map(_REJECTS.search, texts.values())), None)
    if rejects is not None:
        ledger = ledger.replace('"dv_meta"', rejects[1])
    for place, text in {"ledger.sql": ledger, **texts}.items():
        found = enumerate(statements(text), start=1)
        yield [(f"{place}#{at}", bind(sql, PARAMETERS)) for at, sql in found]


def _schemas(queues: list[Queue]) -> set[str]:
    texts = [sql for queue in queues for _, sql in queue if not sql.startswith("COPY")]
    tables = [table for sql in texts for table in parsed(sql).tree.find_all(exp.Table)]
    return {table.db for table in tables if table.db} | {"finance"}


def _run(client: Client, sql: str) -> None:
    if not sql.startswith("COPY"):
        client.rows(sql)
    elif "FROM STDIN" in sql:
        client.copy(sql, "")
    # Files of S3 are read in tests/e2e/test_vertica_server_copy.py.


def _advance(client: Client, queue: Queue, wrong: dict[str, str]) -> bool:
    """Run a file up to the statement that needs another one; say whether it came further."""
    came = False
    while queue:
        place, sql = queue[0]
        try:
            _run(client, sql)
        except errors.QueryError as error:
            if error.sqlstate in _MISSING:
                return came
            wrong[place] = str(error)
        queue.pop(0)
        came = True
    return came


@pytest.mark.parametrize("folder", LOADING)
def test_every_statement_runs(client: Client, folder: str) -> None:
    queues = list(_queues(folder))
    schemas = sorted(_schemas(queues))
    client.run(*(f'CREATE SCHEMA IF NOT EXISTS "{schema}"' for schema in schemas), *FOREIGN)
    wrong: dict[str, str] = {}
    came = True
    while came:
        came = False
        for queue in queues:
            came |= _advance(client, queue, wrong)

    assert wrong == {}
    assert [queue[0] for queue in queues if queue] == []
