"""What the vault withstood: runs struck and started together, bad input, faults in the program.

    python -m tests.crash.report [--engines duckdb postgres] [--every 4] [--batches 50]
                                 [--mutations FILE] [--write docs/reliability.md]

Everything is done anew while it is told, the engines at once; ``FILE`` is what
``python -m tests.mutations`` wrote.
"""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, StrictUndefined

from dv_gen.errors import LockedError
from tests import postgres_server
from tests.conformance.test_bad_files import FILES, REFUSED
from tests.crash.crashing import contents, in_child, run, together
from tests.crash.scenarios import make
from tests.crash.soak import soak
from tests.crash.stores import STORES
from tests.projects import read_cases
from tests.unit.metadata.test_fuzz import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.crashing import Vault

MEMORY = Path("/dev/shm")
REPOSITORY = Path(__file__).parents[2]
PAGE = Path(__file__).parent / "reliability.md.j2"
TIMES = 20


class Row(NamedTuple):
    """A line of the report."""

    what: str
    engine: str
    faults: int
    runs: int
    lost: int
    invented: int


def difference(expected: Vault, found: Vault) -> tuple[int, int]:
    """How many rows are only in the one, and only in the other."""
    lost = invented = 0
    for name, rows in expected.items():
        here, there = Counter(rows), Counter(found.get(name, []))
        lost += (here - there).total()
        invented += (there - here).total()
    return lost, invented


def killed(engine: str, day: int, every: int) -> Row:
    """Kill a run at every so manieth point, and let the next one go through."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        scenario = make(Path(root), STORES[engine](Path(root)), day)
        numbers = range(1, len(scenario.points) + 1, every)
        lost = invented = 0
        for number in numbers:
            ended, found = scenario.crash(number)
            assert ended.signal, scenario.points[number - 1]
            more = difference(scenario.expected, found)
            lost, invented = lost + more[0], invented + more[1]
    load = ("a first load", "a second load")[day]
    what = f"{load} killed at one in {every} of its {len(scenario.points)} points"
    return Row(what, engine, len(numbers), 2 * len(numbers), lost, invented)


def at_once(engine: str) -> Row:
    """Start two runs together, again and again."""

    def load(folder: Path, date: str) -> bool:
        try:
            run(folder, date)
        except LockedError:
            return False
        return True

    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root:
        scenario = make(Path(root), STORES[engine](Path(root)), 1)
        lost = invented = refused = 0
        for _ in range(TIMES):
            scenario.store.restore()
            both = [lambda: load(scenario.folder, scenario.load_date)] * 2
            refused += sum(not ended.result for ended in together(*both))
            found = in_child(lambda: contents(scenario.folder)).result
            more = difference(scenario.expected, found)
            lost, invented = lost + more[0], invented + more[1]
    what = f"two runs started together, the second refused {refused} times of {TIMES}"
    return Row(what, engine, TIMES, 2 * TIMES, lost, invented)


def soaked(engine: str, batches: int) -> Row:
    """Random batches with random faults beside an undisturbed warehouse."""
    done = soak(engine, batches=batches, seed=int(time.time()) % 10_000)
    strikes = done.strikes.total()
    kinds = ", ".join(f"{count} {how}" for how, count in sorted(done.strikes.items()))
    what = f"{done.batches} random batches, struck at random: {kinds}"
    return Row(what, engine, strikes, strikes + 2 * done.batches, done.lost, done.invented)


def struck(engine: str, every: int, batches: int) -> list[Row]:
    """All that an engine has to withstand."""
    try:
        rows = [killed(engine, day, every) for day in (0, 1)]
        return [*rows, at_once(engine), soaked(engine, batches)]
    finally:
        postgres_server.stop_shared()


def tests_of(path: Path) -> int:
    """How many test functions a module has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in tree.body
    )


def report(rows: Sequence[Row], mutations: dict[str, bool], command: str) -> str:
    """The page."""
    broken = (REPOSITORY / "tests/unit/metadata/broken").glob("*.txt")
    landing = ("s3", "s3_seaweed", "s3_errors", "local", "prepare")
    page = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    return page.from_string(PAGE.read_text(encoding="utf-8")).render(
        command=command,
        rows=rows,
        mutations=mutations,
        files=len(FILES),
        refused=len(REFUSED),
        fuzzed=EXAMPLES,
        broken=sum(len(read_cases(path)) for path in broken),
        storage=sum(
            tests_of(REPOSITORY / f"tests/unit/landing/test_{name}.py") for name in landing
        ),
    )


def main() -> None:
    """Read the command line, do it all, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engines", nargs="+", choices=sorted(STORES), default=sorted(STORES))
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--batches", type=int, default=50)
    parser.add_argument("--mutations", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    rows = []
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        strike = partial(struck, every=given.every, batches=given.batches)
        for found in pool.map(strike, given.engines):
            rows += found
            print(*found, sep="\n", flush=True)
    mutations = json.loads(given.mutations.read_text()) if given.mutations else {}
    words = [f"--engines {' '.join(given.engines)} --every {given.every}"]
    words += [f"--batches {given.batches} --mutations FILE --write docs/reliability.md"]
    command = " ".join(["python -m tests.crash.report", *words])
    page = report(rows, mutations, command)
    if given.write:
        given.write.write_text(page, encoding="utf-8")
    bad = sum(row.lost + row.invented for row in rows) + sum(not ok for ok in mutations.values())
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
