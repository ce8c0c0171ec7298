"""What the vault withstood: runs struck and started together, bad input, faults in the program.

    python -m tests.crash.report [--engines duckdb postgres vertica] [--parts kill drop race soak]
                                 [--loads first second] [--every 4]
                                 [--batches 50] [--minutes 60] [--seed 1]
                                 [--results FILE] [--with FILE ...]
                                 [--mutations FILE] [--write docs/reliability.md]

Everything is done anew while it is told, the engines at once. Every load that is struck, and the
soak, begin nothing more after so many minutes. What ``--results`` writes goes into the page of a
later command by ``--with``: a whole page takes hours. ``--mutations`` is what ``python -m
tests.mutations`` wrote.
"""

from __future__ import annotations

import argparse
import ast
import json
import multiprocessing
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, StrictUndefined

from dv_gen.errors import LockedError
from tests import postgres_server
from tests.conformance.test_bad_files import FILES, REFUSED
from tests.crash.crashing import contents, difference, in_child, run, together
from tests.crash.scenarios import make
from tests.crash.soak import WHEN, soak
from tests.crash.stores import STORES, VerticaStore
from tests.projects import read_cases
from tests.unit.metadata.test_fuzz import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.crash.scenarios import Scenario

MEMORY = Path("/dev/shm")
REPOSITORY = Path(__file__).parents[2]
PAGE = Path(__file__).parent / "reliability.md.j2"
TIMES = 20
PARTS = ["kill", "drop", "race", "soak"]
NAMES = ["first", "second"]
LOADS = [f"a {name} load" for name in NAMES]


class Row(NamedTuple):
    """A line of the report."""

    what: str
    engine: str
    faults: int
    runs: int
    lost: int
    invented: int


class Limits(NamedTuple):
    """How much is done: parts of it, one of so many points, so many batches, so long a part.

    Attributes:
        days: the loads that are struck, by their place in LOADS.
    """

    parts: Sequence[str]
    days: Sequence[int]
    every: int
    batches: int
    seconds: float
    seed: int


def chosen(count: int, limits: Limits) -> Iterator[int]:
    """Yield one in so many numbers from 1 to the count, in random order, while there is time."""
    numbers = list(range(1, count + 1, limits.every))
    # Where time ends it, what was done is spread over the whole run.
    random.Random(limits.seed).shuffle(numbers)
    ends = time.monotonic() + limits.seconds
    for number in numbers:
        if time.monotonic() > ends:
            return
        yield number


def killed(engine: str, day: int, limits: Limits) -> Row:
    """Kill a run at many points, and let the next one go through after each."""
    with _scenario(engine, day) as scenario:
        faults = lost = invented = 0
        for number in chosen(len(scenario.points), limits):
            ended, found = scenario.crash(number)
            assert ended.signal, scenario.points[number - 1]
            more = difference(scenario.expected, found)
            _tell(more, engine, day, f"killed at {number}, {scenario.points[number - 1]}")
            faults, lost, invented = faults + 1, lost + more[0], invented + more[1]
    what = f"{LOADS[day]} killed at {faults} of its {len(scenario.points)} points"
    return Row(what, engine, faults, 2 * faults, lost, invented)


def cut_off(engine: str, day: int, limits: Limits) -> Row:
    """Drop the connection before and after many statements, and let the next run finish."""
    with _scenario(engine, day) as scenario:
        server = scenario.store
        assert isinstance(server, VerticaStore)
        sent = scenario.sent(server)
        faults = lost = invented = 0
        for number, when in ((each, when) for each in chosen(sent, limits) for when in WHEN):
            hit, found = scenario.cut_off(server, number, when)
            assert hit, (number, sent)
            more = difference(scenario.expected, found, retried=True)
            _tell(more, engine, day, f"cut off {when} statement {number}")
            faults, lost, invented = faults + 1, lost + more[0], invented + more[1]
    what = f"{LOADS[day]} cut off before and after {faults // 2} of its {sent} statements"
    return Row(what, engine, faults, 2 * faults, lost, invented)


def _tell(more: tuple[int, int], engine: str, day: int, where: str) -> None:
    if any(more):
        print(f"{engine}, {LOADS[day]} {where}: lost and invented {more}", flush=True)


@contextmanager
def _scenario(engine: str, day: int) -> Iterator[Scenario]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as root,
        closing(STORES[engine](Path(root))) as store,
    ):
        yield make(Path(root), store, day)


def at_once(engine: str) -> Row:
    """Start two runs together, again and again."""

    def load(folder: Path, date: str) -> bool:
        try:
            run(folder, date)
        except LockedError:
            return False
        return True

    with _scenario(engine, 1) as scenario:
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


def soaked(engine: str, limits: Limits) -> Row:
    """Random batches with random faults beside an undisturbed warehouse."""
    done = soak(engine, batches=limits.batches, seed=limits.seed, seconds=limits.seconds)
    strikes = done.strikes.total()
    kinds = ", ".join(f"{count} {how}" for how, count in sorted(done.strikes.items()))
    what = f"{done.batches} random batches, struck at random: {kinds}"
    return Row(what, engine, strikes, strikes + 2 * done.batches, done.lost, done.invented)


def _works(engine: str, limits: Limits) -> Iterator[Callable[[], Row]]:
    striking = [killed] if "kill" in limits.parts else []
    if "drop" in limits.parts and STORES[engine] is VerticaStore:
        striking.append(cut_off)
    for strike in striking:
        yield from (partial(strike, engine, day, limits) for day in limits.days)
    if "race" in limits.parts:
        yield partial(at_once, engine)
    if "soak" in limits.parts:
        yield partial(soaked, engine, limits)


def struck(engine: str, limits: Limits) -> list[Row]:
    """All that an engine has to withstand, or parts of it."""
    began = time.monotonic()
    rows = []
    try:
        for row in _works(engine, limits):
            rows.append(row())
            print(f"{(time.monotonic() - began) / 60:5.1f} min", *rows[-1], sep=" | ", flush=True)
    finally:
        postgres_server.stop_shared()
    return rows


def tests_of(path: Path) -> int:
    """How many test functions a module has."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in tree.body
    )


def report(rows: Sequence[Row], mutations: dict[str, bool], commands: Sequence[str]) -> str:
    """The page."""
    broken = (REPOSITORY / "tests/unit/metadata/broken").glob("*.txt")
    landing = ("s3", "s3_seaweed", "s3_errors", "local", "prepare")
    page = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    return page.from_string(PAGE.read_text(encoding="utf-8")).render(
        commands=commands,
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
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--loads", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--batches", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--with", dest="earlier", nargs="+", type=Path, default=[])
    parser.add_argument("--mutations", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    rows: list[Row] = []
    days = [NAMES.index(name) for name in given.loads]
    limits = Limits(given.parts, days, given.every, given.batches, 60 * given.minutes, given.seed)
    with ProcessPoolExecutor(
        len(given.engines), mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        for found in pool.map(partial(struck, limits=limits), given.engines):
            rows += found
    mutations = json.loads(given.mutations.read_text()) if given.mutations else {}
    words = [f"--engines {' '.join(given.engines)}"]
    if given.parts != PARTS:
        words += [f"--parts {' '.join(given.parts)}"]
    if given.loads != NAMES:
        words += [f"--loads {' '.join(given.loads)}"]
    words += [f"--every {given.every} --batches {given.batches}"]
    words += [f"--minutes {given.minutes:g} --seed {given.seed}"]
    commands = [" ".join(["python -m tests.crash.report", *words])]
    if given.results:
        kept = {"commands": commands, "rows": rows}
        given.results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for file in reversed(given.earlier):
        kept = json.loads(file.read_text(encoding="utf-8"))
        commands = [*kept["commands"], *commands]
        rows = [*(Row(*row) for row in kept["rows"]), *rows]
    if given.write:
        rows.sort(key=lambda row: row.engine)
        given.write.write_text(report(rows, mutations, commands), encoding="utf-8")
    bad = sum(row.lost + row.invented for row in rows) + sum(not ok for ok in mutations.values())
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
