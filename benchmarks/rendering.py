"""How long does dv-gen take to validate and render a big model, and how does it grow?

    python benchmarks/rendering.py [--entities 1000 10000] [--hubs-a-source 10] [--repeats 3]
        [--dialect duckdb]

Makes projects of N hubs and N satellites in YAML, fed by N / 10 sources, in a file for every
hundred hubs. Times ``dv-gen render`` for one target as a whole process, into an empty folder and
once more with nothing to write, and ``dv-gen --help``. Prints medians of wall and CPU seconds, and
the least CPU seconds: that is what to compare on a shared machine.

Python keeps what it has compiled, as it does for whoever uses dv-gen: the first run counts for
nothing. Rendered files are moved away, not deleted: a file system may look for long whether it can
have the place of a file again that was deleted a moment ago.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PER_FILE = 100
PROJECT = "name: big\ntargets: {{big: {{type: {dialect}, {settings}, landing: landing}}}}\n"
SETTINGS = {
    "duckdb": "path: big.duckdb",
    "postgres": "host: localhost, user: dv, database: big",
    "vertica": "host: localhost, user: dv, database: big",
}
COLUMNS = "id_{n}: integer not null, name_{n}: varchar(100), city_{n}: varchar(100), born_{n}: date"
SOURCE = "  src_{n}:\n    file: src_{n}.csv\n    columns: {{{columns}}}\n    keys: {{{keys}}}\n"
HUB = "  h_{n}: {{key: id_{n}}}\n"
SATELLITE = (
    "  s_{n}: {{source: src_{source}, parent: h_{n}, columns: [name_{n}, city_{n}, born_{n}]}}\n"
)


def write_project(folder: Path, entities: int, hubs_a_source: int, dialect: str = "duckdb") -> None:
    """Write a project of so many hubs and satellites, and the sources that feed them."""
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)
    project = PROJECT.format(dialect=dialect, settings=SETTINGS[dialect])
    (metadata / "project.yml").write_text(project, encoding="utf-8")
    for start in range(0, entities, PER_FILE):
        numbers = range(start, min(start + PER_FILE, entities))
        sources, hubs, satellites = ["sources:\n"], ["hubs:\n"], ["satellites:\n"]
        for first in range(start, numbers.stop, hubs_a_source):
            fed = range(first, min(first + hubs_a_source, numbers.stop))
            columns = ", ".join(COLUMNS.format(n=number) for number in fed)
            keys = ", ".join(f"h_{number}: id_{number}" for number in fed)
            sources.append(SOURCE.format(n=first, columns=columns, keys=keys))
            hubs += [HUB.format(n=number) for number in fed]
            satellites += [SATELLITE.format(n=number, source=first) for number in fed]
        text = "".join([*sources, *hubs, *satellites])
        (metadata / f"part_{start:06}.yml").write_text(text, encoding="utf-8")


def cost(kept: Path, *arguments: str) -> tuple[float, float]:
    """Run ``dv-gen`` and return the wall and CPU seconds of the process.

    Args:
        kept: where Python keeps its compiled code.
        arguments: what is on the command line.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(kept)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dv_gen", *arguments], stdout=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - before
    if status:
        raise SystemExit(f"dv-gen {' '.join(arguments)} ended with {status}")
    return wall, usage.ru_utime + usage.ru_stime


def told(name: str, costs: list[tuple[float, float]]) -> None:
    """Print the medians of several runs, and the least CPU time."""
    wall, cpu = (statistics.median(column) for column in zip(*costs, strict=True))
    least = min(cpu for _, cpu in costs)
    print(f"{name:44} {wall:7.2f} s wall {cpu:7.2f} s CPU {least:7.2f} s least CPU")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entities", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--hubs-a-source", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dialect", choices=SETTINGS, default="duckdb")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        kept, away = Path(name) / "kept", Path(name) / "away"
        away.mkdir()
        cost(kept, "--help")
        told("dv-gen --help", [cost(kept, "--help") for _ in range(given.repeats)])
        for entities in given.entities:
            folder = Path(name) / str(entities)
            write_project(folder, entities, given.hubs_a_source, given.dialect)
            first, again = [], []
            for number in range(given.repeats + 1):
                first.append(cost(kept, "render", "--project", str(folder)))
                again.append(cost(kept, "render", "--check", "--project", str(folder)))
                (folder / "generated").rename(away / f"{entities} {number}")
            told(f"render {entities:,} hubs and satellites", first[1:])
            told(f"render --check {entities:,}", again[1:])


if __name__ == "__main__":
    main()
