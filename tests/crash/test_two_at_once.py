"""R5: two runs that start together on one warehouse; one works, the other is told who does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LockedError
from tests.crash.crashing import contents, in_child, run, together
from tests.crash.scenarios import STORES, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.scenarios import Scenario

MEMORY = Path("/dev/shm")
TIMES = 20


@pytest.fixture(params=sorted(STORES), scope="module")
def scenario(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        yield make(Path(root), STORES[request.param](Path(root)), 1)


def test_one_of_two_works_and_the_other_says_who_holds_the_lock(scenario: Scenario) -> None:
    def load() -> tuple[str, str]:
        try:
            run(scenario.folder, scenario.load_date)
        except LockedError as error:
            return "refused", str(error)
        return "loaded", ""

    refused = []
    for _ in range(TIMES):
        scenario.store.restore()
        said = [ended.result for ended in together(load, load)]
        refused += [message for what, message in said if what == "refused"]

        assert ("loaded", "") in said
        assert in_child(lambda: contents(scenario.folder)).result == scenario.expected

    # Where one was done before the other began there was nothing left to do.
    assert len(refused) > TIMES // 2
    assert all("held by" in message for message in refused)
    assert all("hint:" in message for message in refused)
