from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vertica_standin import Standin
from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Standin]:
    with Standin(lock_timeout=0.3) as running:
        yield running


@pytest.fixture
def client(server: Standin) -> Iterator[Client]:
    with connected(server) as one:
        yield one


@pytest.fixture
def other(server: Standin) -> Iterator[Client]:
    with connected(server) as one:
        yield one


@pytest.fixture
def table(client: Client) -> Client:
    """A client whose database has a table `t`."""
    client.run("CREATE TABLE t (a INT, b VARCHAR(9))")
    return client
