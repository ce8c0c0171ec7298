"""A run that is killed anywhere, and one more: the vault and the ledger of an undisturbed run.

CI kills at a part of the points, everybody else at others every time; `python -m tests.crash`
kills at all of them.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.scenarios import make
from tests.crash.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.scenarios import Scenario

MEMORY = Path("/dev/shm")
# One point of so many: three or four of a load; fewer where each statement takes the longest.
SHARES = {"duckdb": 216, "postgres": 216, "vertica": 432}
# Behind so many of its commits: what is done and not told of shows there alone.
COMMITS = 3


@pytest.fixture(params=sorted(STORES), scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[0, 1], ids=["first load", "second load"], scope="module")
def scenario(request: pytest.FixtureRequest, engine: str) -> Iterator[Scenario]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root,
        closing(STORES[engine](Path(root))) as store,
    ):
        yield make(Path(root), store, request.param)


def test_a_killed_run_and_one_more_are_an_undisturbed_run(scenario: Scenario, engine: str) -> None:
    """Every statement, ledger write, download: a part of the places before and behind them."""
    assert len(scenario.points) > 300
    share = SHARES[engine]
    start = 0 if os.environ.get("CI") else random.randrange(share)
    for number in sorted(
        {*range(1 + start, len(scenario.points) + 1, share), *behind_commits(scenario, start)}
    ):
        killed, found = scenario.crash(number)

        assert killed.signal == signal.SIGKILL, scenario.points[number - 1]
        assert found == scenario.expected, f"killed {scenario.points[number - 1]}"


def behind_commits(scenario: Scenario, start: int) -> list[int]:
    commits = [
        number
        for number, name in enumerate(scenario.points, start=1)
        if name.startswith("after commit")
    ]
    # An odd distance: a step has a commit or two.
    distance = len(commits) // COMMITS | 1
    return commits[start % distance :: distance]


def test_every_kind_of_point_is_passed(scenario: Scenario) -> None:
    kinds = {name.partition(":")[0] for name in scenario.points}

    assert kinds >= {"before fetch", "before prepare", "after commit", "before results"}
    assert kinds >= {f"{when} {call}" for when in ("before", "after") for call in CALLS}


CALLS = ("execute", "query", "insert", "read_file", "commit", "close")
