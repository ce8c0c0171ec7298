from __future__ import annotations

import gc
import os
import shutil
import tempfile

import pytest

from tests import postgres_server

COMPILED = pytest.StashKey[str]()


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


def pytest_configure(config: pytest.Config) -> None:
    """Let the commands that tests start share what Python compiles, even where it may keep none.

    Each of hundreds would compile all of dv-gen and its templates anew.
    """
    if not hasattr(config, "workerinput"):
        config.stash[COMPILED] = tempfile.mkdtemp(prefix="dv-gen-compiled-")
        os.environ["PYTHONPYCACHEPREFIX"] = config.stash[COMPILED]
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """Look for rubbish less often, and not among what stays: modules, grammars, tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the database server of this process, if a test has wanted one."""
    postgres_server.stop_shared()
    if COMPILED in config.stash:
        shutil.rmtree(config.stash[COMPILED], ignore_errors=True)
