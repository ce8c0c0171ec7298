"""EXPLAIN: everything that running a statement checks before it starts, and a plan of sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tests.vertica_standin import changing, copying
from tests.vertica_standin.copy_statement import parse_copy
from tests.vertica_standin.errors import syntax
from tests.vertica_standin.lexing import lex
from tests.vertica_standin.reading import execute
from tests.vertica_standin.results import Result, text_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vertica_standin.session import Session

_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE")
_READING = ("SELECT", "WITH", "(")
# Words between EXPLAIN and the statement.
_OPTIONS = ("LOCAL", "VERBOSE", "JSON", "ANNOTATED")
_RULE = "-" * 30


def run(session: Session, sql: str) -> Result:
    """Check a statement without running it; no lock is taken and nothing is written."""
    tokens = [token for token in lex(sql) if token.kind != "hint"][1:]
    while tokens and tokens[0].word in _OPTIONS:
        tokens.pop(0)
    if not tokens:
        raise syntax("EOF")
    head, text = tokens[0].word, sql[tokens[0].start :]
    if head == "COPY":
        relations = [copying.checked(session, parse_copy(text)).label]
    elif head in _CHANGING or head in _READING:
        relations = list(_planned(session, text, head))
    else:
        raise syntax(tokens[0].text)
    plan = [_RULE, "QUERY PLAN DESCRIPTION:", _RULE, "", f"EXPLAIN {text}", "", "Access Path:"]
    for number, relation in enumerate(relations, start=1):
        word = head if number == 1 and head not in _READING else "STORAGE ACCESS for"
        plan.append(f"+-{word} {relation} [Cost: 1, Rows: 1] (PATH ID: {number})")
    plan.append("stand-in: no plan of Vertica's")
    return text_result("EXPLAIN", ("QUERY PLAN",), [(line,) for line in plan])


def _planned(session: Session, sql: str, head: str) -> Iterator[str]:
    statement = session.parsed(sql)
    if head in _CHANGING:
        duckdb = changing.change_sql(session, statement, head)
    else:
        duckdb = statement.duckdb
    execute(session.connection, f"EXPLAIN {duckdb}").fetchall()
    for table in statement.tree.find_all(exp.Table):
        yield f"{table.db}.{table.name}" if table.db else table.name
