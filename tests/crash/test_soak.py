"""A short soak: a few random batches, struck at random, beside a warehouse that nothing disturbs.

`python -m tests.crash.soak` soaks for long.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.crash.soak import soak
from tests.crash.stores import STORES

# A batch on the stand-in takes longer than three on PostgreSQL.
BATCHES = {"duckdb": 3, "postgres": 3, "vertica": 2}


@pytest.mark.parametrize("engine", sorted(STORES))
def test_no_row_is_lost_or_invented_however_the_runs_end(engine: str) -> None:
    seed = 1 if os.environ.get("CI") else random.randrange(1_000_000)

    done = soak(engine, batches=BATCHES[engine], seed=seed)

    assert done.batches == BATCHES[engine]
    assert (done.lost, done.invented) == (0, 0), f"seed {seed}"
