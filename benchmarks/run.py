"""How long does dv-gen take next to hand-written SQL that does the same work?

    python benchmarks/run.py [--records 100000 1000000] [--repeats 3] [--work FOLDER]
                             [--engine duckdb|postgres]
                             [--dv-gen 'python -m dv_gen run --project .']

From the repository's folder, or with a --project that says where the model is.

For each size: makes two days of data (data.py), then loads them with handwritten.py and with
dv-gen in turn, each into a database of its own that is new for every repeat, each as a whole
process: start-up, reading the metadata and closing the database count. Four runs on a database:

    first load    day 1
    delta         day 2: 1 % new, 0.5 % changed, repeats
    reload        day 2 once more, dv-gen with --reload: everything staged and compared again
    nothing new   day 2 once more, dv-gen as ever; next to hand-written SQL, which reads the files

On PostgreSQL both load into databases of one server, which is started for the purpose; CPU time is
then that of the program and of the server together (where /proc tells it), memory that of the
program alone. The hand-written SQL has logged tables with primary keys, as dv-gen's are; it has no
rejects, no checks, no statistics of the vault and no ledger.

Prints medians and their ratios, then compares every vault table of the two databases. The seconds
of a shared machine are noise; the ratio of runs taken in turn is what to look at, and CPU time.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from warehouses import KINDS, Warehouses

HERE = Path(__file__).parent
PHASES = {
    "first load": ("day1", []),
    "delta": ("day2", []),
    "reload": ("day2", ["--reload"]),
    "nothing new": ("day2", []),
}


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds on the clock, seconds of CPU, megabytes at its peak."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dv-gen-bench")
    parser.add_argument("--dv-gen", default=f"{shlex.quote(sys.executable)} -m dv_gen run")
    parser.add_argument("--engine", choices=sorted(KINDS), default="duckdb")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    same = True
    warehouses: Warehouses = KINDS[given.engine](given.work)
    try:
        for records in given.records:
            data = _data(given.work, records)
            costs: defaultdict[tuple[str, str], list[Cost]] = defaultdict(list)
            for _ in range(given.repeats):
                warehouses.renew()
                _measure(data, given.work, warehouses, shlex.split(given.dv_gen), costs)
            head = f"{given.engine}: {records:,} log records, median of {given.repeats}"
            print(f"\n{head}\n{_table(costs)}", flush=True)
            same &= _compare(warehouses)
    finally:
        warehouses.close()
    sys.exit(0 if same else 1)


def _data(work: Path, records: int) -> Path:
    """Make the two days unless they are there; in another process, which then gives back memory."""
    folder = work / str(records)
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, HERE / "data.py", folder, "--records", str(records)]
        subprocess.run(command, check=True)
        (folder / "complete").touch()
    return folder


def _measure(
    data: Path,
    work: Path,
    warehouses: Warehouses,
    dv_gen: list[str],
    costs: defaultdict[tuple[str, str], list[Cost]],
) -> None:
    """Run every phase once, by hand and with dv-gen in turn."""
    for phase, (day, options) in PHASES.items():
        folder = data / day
        costs[phase, "hand"].append(_run(warehouses.by_hand(folder), {}, work, warehouses))
        variables = {**warehouses.variables(), "DV_GEN_LANDING": str(folder)}
        command = [*dv_gen, *warehouses.options, *options]
        costs[phase, "dv-gen"].append(_run(command, variables, work, warehouses))


def _run(command: list[str], variables: dict[str, str], work: Path, warehouses: Warehouses) -> Cost:
    """Run one process to its end; what it prints goes to a file and is shown if it fails."""
    log = work / "last-run.log"
    by_server = warehouses.server_cpu()
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=_environment() | variables, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        sys.exit(f"{shlex.join(command)} ended with {process.returncode}:\n{tail}")
    by_server = warehouses.server_cpu() - by_server
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, by_server + used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6)


def _environment() -> dict[str, str]:
    """Return this process's own, less what keeps Python from storing bytecode.

    An installed program has its bytecode; where none may be written it is compiled at every run.
    """
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _table(costs: dict[tuple[str, str], list[Cost]]) -> str:
    """Write the medians side by side."""
    lines = [
        f"{'':13}{'wall s':^26}{'CPU s':^26}{'peak MB':^26}",
        f"{'':13}" + f"{'hand':>8}{'dv-gen':>8}{'ratio':>8}  " * 3,
    ]
    for phase in PHASES:
        line = f"{phase:13}"
        for figure, digits in (("wall", 2), ("cpu", 2), ("peak", 0)):
            hand, ours = (
                [getattr(cost, figure) for cost in costs[phase, who]] for who in ("hand", "dv-gen")
            )
            # The ratio of each pair, taken in turn, and of these the median: load comes and goes.
            ratio = statistics.median(b / a for a, b in zip(hand, ours, strict=True))
            one, other = statistics.median(hand), statistics.median(ours)
            line += f"{one:8.{digits}f}{other:8.{digits}f}{ratio:8.2f}  "
        lines.append(line.rstrip())
    return "\n".join(line.rstrip() for line in lines)


def _compare(warehouses: Warehouses) -> bool:
    """Compare the two databases; say which tables differ."""
    count, differences = warehouses.differences()
    if differences:
        print(f"The two warehouses differ:\n{differences}", flush=True)
        return False
    print(f"The two warehouses are the same: {count} tables, row by row.", flush=True)
    return True


if __name__ == "__main__":
    main()
