"""Kill a run at every point and say what came of it.

python -m tests.crash [--engine duckdb] [--day 0|1] [--every N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.scenarios import make
from tests.crash.stores import STORES

if TYPE_CHECKING:
    from tests.crash.crashing import Vault

MEMORY = Path("/dev/shm")


def main() -> None:
    """Read the command line, kill, report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=sorted(STORES), default="duckdb")
    parser.add_argument("--day", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="only one point of so many")
    given = parser.parse_args()
    wrong = 0
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root,
        closing(STORES[given.engine](Path(root))) as store,
    ):
        scenario = make(Path(root), store, given.day)
        numbers = range(1, len(scenario.points) + 1, given.every)
        began = time.monotonic()
        for number in numbers:
            killed, found = scenario.crash(number)
            if not killed.signal or found != scenario.expected:
                wrong += 1
                difference = _difference(scenario.expected, found)
                print(f"point {number}, {scenario.points[number - 1]}: {difference}")
        seconds = time.monotonic() - began
    print(
        f"{len(scenario.points)} points, {len(numbers)} runs killed, {wrong} with another result; "
        f"{seconds:.0f} s"
    )
    sys.exit(bool(wrong))


def _difference(expected: Vault, found: Vault) -> str:
    return "; ".join(
        f"{name}: lost {[r for r in rows if r not in found.get(name, [])][:3]}, "
        f"more {[r for r in found.get(name, []) if r not in rows][:3]}"
        for name, rows in expected.items()
        if rows != found.get(name)
    )


if __name__ == "__main__":
    main()
