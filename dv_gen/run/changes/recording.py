"""What the ledger keeps of tables: what each was built from (P1), and whether it was loaded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dv_gen import __version__
from dv_gen.dialects.base import quoted_table
from dv_gen.run.changes.definitions import read_definition
from dv_gen.run.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.engines.base import Session
    from dv_gen.run.changes.compare import Tables
    from dv_gen.run.changes.definitions import Definition

DEFINITIONS = "table_definition"
_COLUMNS = ("schema_name", "table_name", "definition", "dv_gen", "recorded_at")
_AFTER = timedelta(microseconds=1)
_LOAD = "load:"


def recorded_tables(session: Session, meta: str) -> Tables:
    """Return what every table was built from, as far as the ledger knows it.

    Args:
        session: a connection to the warehouse.
        meta: the ledger's schema.
    """
    # The newest row of a table comes last, and counts.
    rows = session.query(
        'SELECT "schema_name", "table_name", "definition" '
        f"FROM {quoted_table(meta, DEFINITIONS)} "
        'ORDER BY "recorded_at", "schema_name", "table_name"'
    )
    return {(schema, name): read_definition(schema, name, text) for schema, name, text in rows}


def record_tables(session: Session, meta: str, tables: Iterable[Definition]) -> None:
    """Write down what tables are built from, in the caller's transaction."""
    table = quoted_table(meta, DEFINITIONS)
    wanted = list(tables)
    if not wanted:
        return
    newest = session.query(f'SELECT MAX("recorded_at") FROM {table}')[0][0]
    now = utc_now()
    # Definitions are told apart by it: a clock that was set back must not turn their order.
    moment = now if newest is None else max(now, newest + _AFTER)
    rows = [(item.schema, item.name, item.text, __version__, moment) for item in wanted]
    session.insert(table, _COLUMNS, rows)


def loaded_entities(session: Session, meta: str) -> set[str]:
    """Return the entities that a batch has loaded, be it without a row."""
    rows = session.query(
        f'SELECT DISTINCT "step" FROM {quoted_table(meta, "step_result")} '
        f"WHERE \"status\" = 'done' AND \"step\" LIKE '{_LOAD}%'"
    )
    return {str(row[0]).removeprefix(_LOAD).partition(" in the ")[0] for row in rows}
