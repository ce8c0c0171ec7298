"""The real driver, used as carefully as it has to be."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import vertica_python
from vertica_python import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vertica_standin.server import Standin

Rows = list[list[Any]]


class Client:
    """A connection to a stand-in.

    Attributes:
        connection: the driver's.
        notices: the texts of the notices and warnings that came.
    """

    def __init__(self, server: Standin, **others: object) -> None:
        options = {
            "host": server.host,
            "port": server.port,
            "user": "dbadmin",
            "password": server.password,
            "database": "vdb",
            "tlsmode": "disable",
            "autocommit": False,
        }
        self.connection = vertica_python.connect(**{**options, **others})
        self.notices: list[str] = []
        # Without a handler the driver makes Python warnings of them.
        self.connection.notice_handler = lambda notice: self.notices.append(notice.message)
        self.cursor = self.connection.cursor()

    def rows(self, sql: str, *parameters: object, **options: object) -> Rows:
        """Run one statement to its end; anything less may hide an error."""
        return self.results(sql, *parameters, **options)[0]

    def results(self, sql: str, *parameters: object, **options: object) -> list[Rows]:
        """Run several statements in one text; return the rows of each."""
        self.cursor.execute(sql, *parameters, **options)
        found = [self.cursor.fetchall()]
        while self.cursor.nextset():
            found.append(self.cursor.fetchall())
        return found

    def value(self, sql: str) -> object:
        """Return the one value of a query."""
        return self.rows(sql)[0][0]

    def run(self, *statements: str) -> None:
        """Run statements, one after another."""
        for sql in statements:
            self.rows(sql)

    def copy(self, sql: str, data: object) -> None:
        """Run a COPY FROM STDIN."""
        self.cursor.copy(sql, data)

    def refused(
        self,
        sql: str,
        sqlstate: str | None = None,
        kind: type[Exception] = errors.QueryError,
        match: str | None = None,
    ) -> errors.QueryError:
        """Run a statement that is refused; the connection goes on."""
        with pytest.raises(kind, match=match) as raised:
            self.rows(sql)
        if sqlstate is not None:
            assert raised.value.sqlstate == sqlstate, raised.value
        assert self.value("SELECT 1") == 1
        return raised.value

    def commit(self) -> None:
        """Commit."""
        self.connection.commit()

    def rollback(self) -> None:
        """Roll back."""
        self.connection.rollback()


@contextlib.contextmanager
def connected(server: Standin, **others: object) -> Iterator[Client]:
    """Connect, and close at the end, also when the server has ended the connection."""
    client = Client(server, **others)
    try:
        yield client
    finally:
        # close() writes, and the driver does not know of connections that were dropped.
        with contextlib.suppress(errors.ConnectionError, OSError):
            client.connection.close()
