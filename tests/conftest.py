from __future__ import annotations

import pytest

from tests import postgres_server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/golden/<case>/expected; a person reads the difference",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are rewritten instead of compared."""
    return bool(request.config.getoption("--update-golden"))


def pytest_unconfigure() -> None:
    """End the database server of this process, if a test has wanted one."""
    postgres_server.stop_shared()
