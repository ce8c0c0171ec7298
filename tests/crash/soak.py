"""Many batches of random files, each struck at random, beside a warehouse that nothing disturbs.

    python -m tests.crash.soak [--engine duckdb] [--batches 200] [--seed 1] [--minutes 20]

Every batch is run until it is done: killed, failed or interrupted up to three times on the way, at
any point; on Vertica's stand-in the connection is dropped as well, at any statement. After each
batch the vault and the ledger have to be those of the other warehouse.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.crash.crashing import contents, difference, in_child, run
from tests.crash.points import Points, fail, interrupt, kill
from tests.crash.shop import write_shop
from tests.crash.stores import STORES, VerticaStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.stores import Store

MEMORY = Path("/dev/shm")
STRIKES = {"killed": kill, "failed": fail, "interrupted": interrupt}
DROPPED, WHEN = "cut off", ("before", "after")
FIRST = date(2026, 3, 1)
NAMES = ("ann", "bob", "cid", "", '"d, e"', "ß|\\")
CITIES = ("Ulm", "Jena", "Kiel", "")


@dataclass
class Soak:
    """What was done by now.

    Attributes:
        batches: how many were loaded to their end.
        strikes: how often each kind of strike hit; a run may end before it comes so far.
        lost: rows of the undisturbed warehouse that the other has not.
        invented: rows that only the other one has.
    """

    batches: int = 0
    strikes: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    invented: int = 0


def soak(engine: str, *, batches: int, seed: int, seconds: float = 3600.0) -> Soak:
    """Load random batches with and without disturbance, and compare.

    Args:
        engine: one of the stores.
        batches: how many at most.
        seed: of all that is random.
        seconds: no batch is begun after so many.
    """
    chance = random.Random(seed)
    done = Soak()
    ends = time.monotonic() + seconds
    with ExitStack() as stack:
        memory = MEMORY if MEMORY.is_dir() else None
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=memory)))
        calm, _ = _project(root / "calm", engine, stack)
        struck, store = _project(root / "struck", engine, stack)
        server = store if isinstance(store, VerticaStore) else None
        kinds = [*sorted(STRIKES), *((DROPPED,) if server else ())]
        points = 400
        while done.batches < batches and time.monotonic() < ends:
            load_date = str(FIRST + timedelta(days=done.batches))
            for name, text in _files(chance, done.batches).items():
                for folder in (calm, struck):
                    (folder / "landing" / name).write_text(text, encoding="utf-8")
            in_child(lambda day=load_date: run(calm, day))
            for _ in range(chance.randrange(1, 4)):
                how = chance.choice(kinds)
                # Runs that take a batch up pass fewer points than whole ones.
                number = 1 + int(points * chance.random() * chance.random())
                if server and how == DROPPED:
                    # There are two points around most statements.
                    hit = _drop(server, struck, load_date, 1 + number // 2, chance.choice(WHEN))
                else:
                    hit = _strike(struck, load_date, number, STRIKES[how])
                if hit:
                    done.strikes[how] += 1
            points = max(points, len(in_child(lambda day=load_date: run(struck, day)).result))
            expected, found = (
                in_child(lambda folder=folder: contents(folder)).result for folder in (calm, struck)
            )
            lost, invented = difference(expected, found, retried=True)
            done.lost += lost
            done.invented += invented
            done.batches += 1
    return done


def _project(folder: Path, engine: str, stack: ExitStack) -> tuple[Path, Store]:
    folder.mkdir()
    store = stack.enter_context(closing(STORES[engine](folder)))
    write_shop(folder, store.target)
    model = load_model(folder)
    render(folder, model, choose_target(model.project, None))
    return folder, store


def _strike(folder: Path, load_date: str, number: int, strike: Callable[[], None]) -> bool:
    """Run, and be struck at a point; say whether the run came so far."""
    ended = in_child(lambda: run(folder, load_date, Points(number, strike)))
    return bool(ended.signal) or len(ended.result) >= number


def _drop(server: VerticaStore, folder: Path, load_date: str, number: int, when: str) -> bool:
    """Run, and lose the connection at a statement; say whether the run came so far."""
    server.drop(number, when)
    in_child(lambda: run(folder, load_date, disturbed=True))
    return server.dropped()


def _files(chance: random.Random, number: int) -> dict[str, str]:
    """Some of a day's files, with changes, repeats, empty fields, and rows that do not fit."""
    ids = [chance.randrange(1, 30) for _ in range(chance.randrange(12))]
    customers = [
        f"{one},{chance.choice(NAMES)},{chance.choice(CITIES)},{chance.choice(['', 1, 2, 3])}"
        for one in ids
    ]
    customers += ["x,,,", "1,2"][: chance.randrange(3)]
    phones = [f"{one},{chance.choice(['home', 'work'])},{chance.randrange(9)}" for one in ids]
    members = sorted({f"{one},{chance.choice(['gold', 'tin'])}" for one in range(1, 9)})
    texts = {
        "customers_a": "id,name,city,team\n" + "".join(f"{row}\n" for row in customers),
        "customers_b": "id,name,city,team\n" + "".join(f"{row}\n" for row in customers[::2]),
        "phones": "id,place,phone\n" + "".join(f"{row}\n" for row in phones),
        "members": "id,level\n" + "".join(f"{r}\n" for r in chance.sample(members, 4)),
        "countries": f"code,name\nDE,Germany {chance.randrange(3)}\nFR,France\n",
    }
    kept = chance.sample(sorted(texts), chance.randrange(1, len(texts) + 1))
    return {f"{name}_{number}.csv": texts[name] for name in kept}


def main() -> None:
    """Read the command line, soak, report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=sorted(STORES), default="duckdb")
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20)
    given = parser.parse_args()
    done = soak(given.engine, batches=given.batches, seed=given.seed, seconds=60 * given.minutes)
    strikes = ", ".join(f"{count} {how}" for how, count in sorted(done.strikes.items()))
    print(f"{done.batches} batches; {strikes}; {done.lost} rows lost, {done.invented} invented")
    sys.exit(bool(done.lost or done.invented))


if __name__ == "__main__":
    main()
