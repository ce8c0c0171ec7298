"""The Vertica stand-in on a free port of this machine, for the tests of the engine.

    from tests.vertica_server import server, vertica_server

The context manager starts one where a test likes; the fixture gives one to a whole module.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import vertica_python

from tests.vertica_standin import Standin

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "dbadmin"
PASSWORD = "it's not a secret"
DATABASE = "vdb"


@dataclass(frozen=True)
class VerticaServer:
    """A running stand-in, and how to get there."""

    standin: Standin

    @property
    def options(self) -> dict[str, Any]:
        """What a target's `connection:` says, for this server."""
        return {
            "host": self.standin.host,
            "port": self.standin.port,
            "user": USER,
            "password": PASSWORD,
            "database": DATABASE,
        }

    def connect(self, **others: object) -> vertica_python.Connection:
        """Open a connection of the driver itself, for a look from outside."""
        options = {**self.options, "tlsmode": "disable", "autocommit": False, **others}
        return vertica_python.connect(**options)

    def query(self, sql: str, **others: object) -> list[list[Any]]:
        """Return the rows of one statement, on a connection of its own that commits."""
        with self.connect(autocommit=True, **others) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            rows = cursor.fetchall()
            while cursor.nextset():
                rows = cursor.fetchall()
            return [list(row) for row in rows]


@contextmanager
def server(**options: object) -> Iterator[VerticaServer]:
    """Start a stand-in, and stop it at the end; the options are those of `Standin`."""
    with Standin(**{"password": PASSWORD, "user": USER, "lock_timeout": 1.0, **options}) as standin:
        yield VerticaServer(standin)


@pytest.fixture(scope="module")
def vertica_server() -> Iterator[VerticaServer]:
    with server() as running:
        yield running
