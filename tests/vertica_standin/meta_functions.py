"""Meta-functions: they do something, and stand alone in a SELECT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tests.vertica_standin.errors import VerticaError
from tests.vertica_standin.lexing import ident
from tests.vertica_standin.names import table_named
from tests.vertica_standin.reading import execute
from tests.vertica_standin.results import Result, count_result, text_result
from tests.vertica_standin.vocabulary import META_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vertica_standin.names import Table
    from tests.vertica_standin.session import Session

_CLOSED = "Session close command sent. Check v_monitor.sessions for progress."
_VIOLATIONS = (
    *("Schema Name", "Table Name", "Column Names", "Constraint Name", "Constraint Type"),
    "Column Values",
)


def found(tree: exp.Expression) -> exp.Anonymous | None:
    """Return the call of a meta-function that a query consists of."""
    if not isinstance(tree, exp.Select) or tree.args.get("from_") or len(tree.expressions) != 1:
        return None
    item = tree.expressions[0].unalias()
    is_meta = isinstance(item, exp.Anonymous) and item.name.upper() in META_FUNCTIONS
    return item if is_meta else None


def run(session: Session, function: exp.Anonymous) -> Result:
    """Do what a meta-function does; what is only about storage does nothing."""
    name = function.name.upper()
    arguments = [argument.name for argument in function.expressions]
    if name == "CLOSE_SESSION":
        return _close_session(session, arguments[0] if arguments else "")
    table = session.names.table(table_named(arguments[0])) if arguments and arguments[0] else None
    if name == "ANALYZE_CONSTRAINTS" and table is not None:
        return text_result("SELECT", _VIOLATIONS, list(_violations(session, table)))
    if name.startswith("ANALYZE_STATISTICS") and table is not None:
        session.server.analyzed.append(table.label)
    return count_result("SELECT", 0, name.lower())


def _close_session(session: Session, wanted: str) -> Result:
    if not session.server.close_session(wanted):
        raise VerticaError(  # [?] code and text
            2001, "22023", f'Session "{wanted}" does not exist'
        )
    return text_result("SELECT", ("close_session",), [(_CLOSED,)])


def _violations(session: Session, table: Table) -> Iterator[tuple[str, ...]]:
    for key in table.meta.get("cons", []):
        columns = ", ".join(map(ident, key["cols"]))
        rows = execute(
            session.connection,
            f"SELECT {columns} FROM {table.sql} GROUP BY {columns} HAVING count(*) > 1",
        ).fetchall()
        kind = "PRIMARY" if key["type"] == "p" else "UNIQUE"
        for row in rows:
            values = ", ".join(f"'{value}'" for value in row)
            names = ", ".join(key["cols"])
            yield table.schema, table.name, names, key["name"], kind, f"({values})"
