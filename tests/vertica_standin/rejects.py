"""The records that a COPY did not load, kept in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.vertica_standin.catalog import TEMPORARY
from tests.vertica_standin.lexing import lit
from tests.vertica_standin.names import comment_sql, creating, quoted
from tests.vertica_standin.transactions import Temporary
from tests.vertica_standin.vtypes import vtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.vertica_standin.copy_statement import Copy
    from tests.vertica_standin.session import Session

_COLUMNS = {
    "node_name": "VARCHAR(128)",
    "file_name": "VARCHAR(8192)",
    "session_id": "VARCHAR(128)",
    "transaction_id": "BIGINT",
    "statement_id": "BIGINT",
    "batch_number": "BIGINT",
    "row_number": "BIGINT",
    "rejected_data": "LONG VARCHAR(131072)",
    "rejected_data_orig_length": "BIGINT",
    "rejected_reason": "VARCHAR(8192)",
}


@dataclass(frozen=True)
class Rejected:
    """A record that was not loaded.

    Attributes:
        source: the file it stands in; empty for STDIN.
        number: its place there, from one.
        text: the record as it stands there.
        reason: why, as Vertica words it.
    """

    source: str
    number: int
    text: str
    reason: str


def save_rejects(session: Session, copy: Copy, rejected: Sequence[Rejected]) -> None:
    """Write the rejected records into the table that the statement names.

    When there is none yet it is made: with NO COMMIT as a LOCAL TEMP table.
    """
    if copy.rejected_table is None:
        return
    schema, name = session.names.resolve(copy.rejected_table)
    if not session.names.exists(schema, name):
        temporary = "nocommit" in copy.flags
        schema = TEMPORARY if temporary else schema
        making = _making(schema, name)
        for sql in making:
            session.transaction.run(sql, write=not temporary)
        if temporary:
            session.transaction.keep_temporary(name, Temporary(making, kept=True))
            text = f'Table "{name}" is created as a LOCAL TEMP table'
            session.notices.append((7728, text))  # [?] code
        else:
            session.server.changes.expect(schema, name)
            session.names.forget()
    for record in rejected:
        text = record.text.encode("utf-8", "replace").decode()
        session.transaction.run(
            f"INSERT INTO {quoted(schema, name)} VALUES ('v_standin_node0001', "
            f"{lit(record.source)}, {lit(session.id)}, {session.transaction.number}, 1, 0, "
            f"{record.number}, {lit(text)}, {len(text)}, {lit(record.reason)})",
            write=True,
        )


def _making(schema: str, name: str) -> list[str]:
    types = {column: vtype(spelled) for column, spelled in _COLUMNS.items()}
    columns = ", ".join(f"{column} {known.duck}" for column, known in types.items())
    meta = {"cols": {column: {"t": known.sql, "oid": known.oid} for column, known in types.items()}}
    return [
        f"{creating(schema, name)} ({columns})",
        comment_sql(schema, name, meta),
    ]
