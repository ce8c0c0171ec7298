"""R5: two runs that start together on one warehouse; one works, the other is told who does."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LockedError
from tests.crash.crashing import contents, in_child, run, together
from tests.crash.scenarios import make
from tests.crash.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.scenarios import Scenario

MEMORY = Path("/dev/shm")
# A run on the stand-in takes seconds, and its lock is one that tests of its own know.
FEWER = {"vertica": 3} if os.environ.get("DV_GEN_HYPOTHESIS") != "long" else {}
# A lock does not know how much is loaded under it.
LOADED = ("h_customer", "s_customer", "t_customer")
TIMES = {engine: FEWER.get(engine, 20) for engine in STORES}


@pytest.fixture(params=sorted(STORES), scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def scenario(engine: str) -> Iterator[Scenario]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root,
        closing(STORES[engine](Path(root))) as store,
    ):
        yield make(Path(root), store, 1, LOADED)


def test_one_of_two_works_and_the_other_says_who_holds_the_lock(
    scenario: Scenario, engine: str
) -> None:
    def load() -> tuple[str, str]:
        try:
            run(scenario.folder, scenario.load_date, select=LOADED)
        except LockedError as error:
            return "refused", str(error)
        return "loaded", ""

    refused = []
    for _ in range(TIMES[engine]):
        scenario.store.restore()
        said = [ended.result for ended in together(load, load)]
        refused += [message for what, message in said if what == "refused"]

        assert ("loaded", "") in said
        assert in_child(lambda: contents(scenario.folder)).result == scenario.expected

    # Where one was done before the other began there was nothing left to do.
    assert len(refused) > TIMES[engine] // 2
    for message in refused:
        told = r"is held by run run-[0-9a-f-]+ \(process \d+ on .+\) since 20"
        assert re.search(told, message), message
        assert "dv-gen unlock" in message
