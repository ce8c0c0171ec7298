"""A session: one statement after another."""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from tests.vertica_standin import (
    altering,
    changing,
    controls,
    copying,
    explaining,
    monitor,
    queries,
    tables,
)
from tests.vertica_standin.catalog import SYSTEM_TABLES
from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.errors import VerticaError, no_column, not_emulated, syntax
from tests.vertica_standin.grammar import Statement, parsed
from tests.vertica_standin.lexing import lit, tokens
from tests.vertica_standin.names import Names
from tests.vertica_standin.reading import execute
from tests.vertica_standin.results import Result
from tests.vertica_standin.transactions import Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.vertica_standin.copying import CopyStream
    from tests.vertica_standin.server import Standin

log = logging.getLogger("vertica_standin")
_DEFINING = ("CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT", "GRANT", "REVOKE")
_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE")
_READING = ("SELECT", "WITH", "(")
_numbers = itertools.count(0xA1)


class Session:
    """What a connection is to the database.

    Args:
        server: whose session it is.
        parameters: what the client said when it connected.
        peer: where it connected from.
    """

    def __init__(self, server: Standin, parameters: Mapping[str, str], peer: str = "") -> None:
        self.server = server
        self.connection = server.database.cursor()
        # A plan for tables of a few rows costs more than it saves.
        execute(self.connection, "PRAGMA disable_optimizer")
        self.id = f"v_standin_node0001-{server.port}:0x{next(_numbers):x}"
        self.parameters = parameters
        self.peer = peer
        self.user = parameters.get("user", "")
        self.label = parameters.get("client_label", "")
        self.database = parameters.get("database") or "standin"
        self.autocommit = parameters.get("autocommit") == "on"
        self.settings: dict[str, str] = {}
        self.notices: list[tuple[int | str, str]] = []
        self.since = datetime.now(UTC)
        self.current: tuple[str, datetime] | None = None
        self.last = ""
        self.transaction = Transaction(self.connection, server.locks, server.changes, self.id)
        self.names = Names(self.connection, self.transaction, server.changes, server.shared)
        execute(self.connection, "SET search_path = 'public,v_catalog,v_monitor,main'")
        self.variable("v_label", lit(self.label))
        self.variable("v_user", lit(self.user))
        self.variable("v_database", lit(self.database))
        self.variable("v_session", lit(self.id))
        self.variable("v_pools", f"[{', '.join(map(lit, server.resource_pools))}]")
        self.counted(0, 0)

    def variable(self, name: str, sql: str) -> None:
        """Set what a translated statement reads of the session."""
        execute(self.connection, f"SET VARIABLE {name} = {sql}")

    def counted(self, accepted: int, rejected: int) -> None:
        """Note how many rows the last COPY took and refused."""
        self.variable("v_accepted", f"CAST({accepted} AS BIGINT)")
        self.variable("v_rejected", f"CAST({rejected} AS BIGINT)")

    def execute(self, sql: str, stream: CopyStream | None = None) -> Result:
        """Run one statement.

        Args:
            sql: the statement.
            stream: where the data of a COPY come from.

        Raises:
            VerticaError: in Vertica's words; what had to be undone is undone.
        """
        words = _first_words(sql)
        defining = words[0] in _DEFINING
        self.current = sql, datetime.now(UTC)
        try:
            return self._dispatch(words, sql, stream)
        except (duckdb.Error, VerticaError) as error:
            self.names.forget()
            answer = error if isinstance(error, VerticaError) else from_duckdb(error, ddl=defining)
            alone = self.autocommit and not self.transaction.explicit
            if answer.severity == "ROLLBACK" or defining or alone:
                self.transaction.rollback()
            else:
                self.transaction.undo_statement()
            raise answer from error
        finally:
            self.current, self.last = None, sql

    def _dispatch(self, words: Sequence[str], sql: str, stream: CopyStream | None) -> Result:
        head = words[0]
        if head in controls.HEADS or (head == "ALTER" and words[1] == "SESSION"):
            return controls.run(self, words, sql)
        template = parsed(sql).template if head in _READING else None
        if not (template and template.is_constant and self.transaction.is_open):
            # What names no table may ask for the time, or of one in a text.
            self.transaction.start(anew=template is not None and not template.has_tables)
        if head == "COPY":
            if stream is None:
                raise syntax("COPY")
            return copying.run(self, sql, stream)
        if head == "EXPLAIN":
            return self.finished(explaining.run(self, sql))
        if head in _DEFINING:
            return self._define(words, sql)
        statement = self.parsed(sql)
        if head in _CHANGING:
            return self.finished(changing.run(self, statement, head))
        if head in _READING:
            return self.finished(queries.run(self, statement))
        if isinstance(statement.tree, exp.Command):
            raise syntax(words[0])
        raise not_emulated(head)

    def finished(self, result: Result) -> Result:
        """Commit after a statement where nobody has begun a transaction."""
        if self.autocommit and not self.transaction.explicit:
            self.transaction.commit()
        return result

    def parsed(self, sql: str) -> Statement:
        """Parse a statement, and refuse what Vertica would not find in its catalog.

        Raises:
            VerticaError: in Vertica's words.
        """
        statement = parsed(sql)
        for database in statement.template.databases:
            if database != self.database.lower():
                raise VerticaError(  # [?] code
                    2085, "3D000", f'Cannot reference database "{database}"'
                )
        for name in statement.template.system_tables - SYSTEM_TABLES:
            raise not_emulated(name)
        for loose in statement.template.loose:
            found = [self.names.column_names(table) for table in loose.tables]
            columns = [name for names in found for name in names or ()]
            if None not in found and loose.name.lower() not in columns:
                raise no_column(loose.name)
        monitor.publish(self, statement.template.relations)
        return statement

    def _define(self, words: Sequence[str], sql: str) -> Result:
        """Run DDL: it commits what was pending, and itself, but for a temporary table."""
        temporary = words[0] == "CREATE" and tables.is_temporary(words)
        if not temporary and not self.transaction.is_untouched:
            self.transaction.commit()
            self.transaction.start()
        statement = self.parsed(sql)
        changed = altering.run(self, statement)
        if words[0] not in ("CREATE", "DROP"):
            self.names.forget()
        if not temporary:
            self.transaction.commit()
        self.names.settle()
        for schema, name in changed:
            self.server.changes.touch(schema, name)
        result = Result(" ".join(word for word in words[:2] if word))
        return self.finished(result)

    def close(self) -> None:
        """Undo what is open, and let go of everything."""
        self.transaction.rollback()
        self.connection.close()


@lru_cache(maxsize=4096)
def _first_words(sql: str) -> tuple[str, ...]:
    """Return the first words of a statement, at least four: empty ones where it has none."""
    words = [token.word for token in islice(tokens(sql), 6) if token.kind != "hint"]
    return (*words, *[""] * (4 - len(words)))
