"""What does a fixed delta cost as the history grows?

    python benchmarks/growth.py [--rows 1000000 10000000] [--delta 10000] [--repeats 3]
                                [--work FOLDER] [--plot docs/growth.svg]

For each size: makes a project with one entity of every kind that is loaded by the keys of a batch,
loads a history of so many customers (and their phones and teams), then several days with the same
number of rows each: half of them new customers, half of them known ones with another name, team
and phone. On the first days the database stays open between the runs, so that its pages are
at hand: what is left is the work of the load statements. The other days are each a whole
``dv-gen run`` process, which opens the file anew. The first day of either is not counted. Prints
the least seconds of every kind's load statements and of the whole process, and how many times
they have grown. ``--plot`` draws them, which needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MEMORY = "12GB"
PROJECT = f"""\
name: growth
targets:
  here: {{type: duckdb, path: growth.duckdb, landing: landing, memory_limit: {MEMORY}}}
"""
MODEL = """\
sources:
  customers:
    file: customers/*.csv
    columns: {id: integer not null, name: varchar(50), city: varchar(50), team: integer not null}
    keys: {h_customer: id, h_team: team}
  phones:
    file: phones/*.csv
    columns: {id: integer not null, place: varchar(10), number: varchar(20)}
    keys: {h_customer: id}
hubs:
  h_customer: {key: customer_id}
  h_team: {key: team_id}
links:
  l_member: {source: customers, hubs: [h_customer, h_team]}
satellites:
  s_customer: {source: customers, parent: h_customer, columns: [name, city]}
  s_phone: {source: phones, parent: h_customer, child_keys: [place], columns: [number]}
  s_member: {source: customers, parent: l_member, driving_key: h_customer}
  t_customer: {type: record_tracking, source: customers, parent: h_customer}
calendars:
  month_ends: {dates: ['2026-01-31', '2026-02-28']}
pits:
  p_customer: {hub: h_customer, satellites: [s_customer, s_phone], calendar: month_ends}
"""
KINDS = {
    "h_customer": "hub",
    "l_member": "link",
    "s_customer": "satellite",
    "s_phone": "multi-active satellite",
    "s_member": "effectivity satellite",
    "t_customer": "record tracking satellite",
    "p_customer": "PIT",
}
WHOLE = "whole run"
LEAST_PIT = "PIT: at least"
LEAST_WHOLE = "whole run: at least"
LEAST = (LEAST_PIT, LEAST_WHOLE)
# What of each table is read for the rows of the batch's keys, and by which column these are found.
READ_BY_PIT = (
    ("load_dt", "h_customer", "hk_customer_id"),
    ("load_dt", "s_customer", "hk_customer_id"),
    ("load_dt", "s_phone", "hk_customer_id"),
    ("s_customer_load_dt", "p_customer", "hk_customer_id"),
)
READ = (
    *READ_BY_PIT,
    ("load_dt", "l_member", "hk_l_member"),
    ("hk_l_member", "l_member", "hk_customer_id"),
    ("hashdiff", "s_customer", "hk_customer_id"),
    ("hashdiff", "s_phone", "hk_customer_id"),
    ("load_dt", "s_member", "hk_l_member"),
)
FIND = """\
SELECT COUNT({column}) FROM vault.{table} WHERE {key} IN (SELECT {key} FROM stage.customers)"""
FIND_ALL = """\
import sys, duckdb
with duckdb.connect(sys.argv[1], config={"memory_limit": sys.argv[2]}) as session:
    for query in sys.argv[3:]:
        session.execute(query).fetchall()
"""
CUSTOMERS = """\
COPY (
  SELECT
    i AS id,
    'name ' || (i + {day} * 7) AS name,
    'city ' || i % 1000 AS city,
    (i + {day}) % {teams} AS team
  FROM ({ids}) AS ids(i)
) TO '{file}' (HEADER)
"""
PHONES = """\
COPY (
  SELECT i AS id, place, '+' || i || {day} AS number
  FROM ({ids}) AS ids(i), (VALUES ('home'), ('work')) AS places(place)
) TO '{file}' (HEADER)
"""


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--delta", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dv-gen-growth")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    found = {
        rows: _measured(given.work / str(rows), rows, given.delta, given.repeats)
        for rows in given.rows
    }
    print(_table(found), flush=True)
    if given.plot:
        _draw(found, given.delta, given.plot)


def _measured(folder: Path, rows: int, delta: int, repeats: int) -> dict[str, float]:
    """Return the least seconds of every kind and of the whole run, with so long a history."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "metadata").mkdir(parents=True)
    (folder / "metadata" / "project.yml").write_text(PROJECT, encoding="utf-8")
    (folder / "metadata" / "model.yml").write_text(MODEL, encoding="utf-8")
    _deliver(folder, 1, rows, f"SELECT * FROM range({rows})")
    _run(folder, 1)
    costs: dict[str, list[float]] = {}
    days = range(2, repeats + 3)
    with duckdb.connect(str(folder / "growth.duckdb"), config={"memory_limit": MEMORY}) as session:
        for day in days:
            _deliver_delta(folder, day, rows, delta)
            for kind, seconds in _statements(folder, day):
                if day > days.start:
                    costs.setdefault(kind, []).append(seconds)
            if day > days.start:
                costs.setdefault(LEAST_PIT, []).append(_found(session, _queries(READ_BY_PIT)))
    for day in range(days.stop, days.stop + len(days)):
        _deliver_delta(folder, day, rows, delta)
        wall = _run(folder, day)
        if day > days.stop:
            costs.setdefault(WHOLE, []).append(wall)
            costs.setdefault(LEAST_WHOLE, []).append(_found_anew(folder))
    shutil.rmtree(folder)
    # Whoever else uses the machine only ever adds to them.
    return {kind: min(seconds) for kind, seconds in costs.items()}


def _statements(folder: Path, day: int) -> Iterator[tuple[str, float]]:
    """Load a day in this process; yield the seconds of every kind's load."""
    load_date = datetime.fromisoformat(f"2026-01-{day:02}")
    options = RunOptions(load_date=load_date, threads=1, preview_rows=0)
    log = RunLog(io.StringIO(), f"day-{day}")
    result = run_project(RunRequest(folder, options=options), log, lambda *_: None)
    if result.exit_code:
        sys.exit(f"the load of day {day} failed")
    for step, outcome in result.batches[0].outcomes:
        if step.phase == "load" and step.entity in KINDS:
            yield KINDS[step.entity], outcome.seconds


def _deliver_delta(folder: Path, day: int, rows: int, delta: int) -> None:
    half = delta // 2
    first = rows + (day - 2) * half
    known = f"SELECT (r * 7919 + {day}) % {rows} FROM range({half}) AS known(r)"
    _deliver(folder, day, rows, f"{known} UNION SELECT * FROM range({first}, {first + half})")


def _deliver(folder: Path, day: int, rows: int, ids: str) -> None:
    with duckdb.connect() as session:
        for name, query in (("customers", CUSTOMERS), ("phones", PHONES)):
            file = folder / "landing" / name / f"{day}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            session.execute(query.format(day=day, teams=rows // 100, ids=ids, file=file))


def _run(folder: Path, day: int) -> float:
    """Run ``dv-gen run`` for a day of January 2026, steps one after the other; return seconds."""
    command = [sys.executable, "-m", "dv_gen", "run", "--project", str(folder), "--threads", "1"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--load-date", f"2026-01-{day:02}"], check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return time.perf_counter() - began


def _queries(read: Iterable[tuple[str, str, str]]) -> list[str]:
    return [FIND.format(column=column, table=table, key=key) for column, table, key in read]


def _found(session: duckdb.DuckDBPyConnection, queries: Iterable[str]) -> float:
    began = time.perf_counter()
    for query in queries:
        session.execute(query).fetchall()
    return time.perf_counter() - began


def _found_anew(folder: Path) -> float:
    """Return the seconds of a process that opens the file and only looks for the keys."""
    began = time.perf_counter()
    command = [sys.executable, "-c", FIND_ALL, str(folder / "growth.duckdb"), MEMORY]
    subprocess.run([*command, *_queries(READ)], check=True)
    return time.perf_counter() - began


def _table(found: dict[int, dict[str, float]]) -> str:
    sizes = list(found)
    kinds = list(found[sizes[0]])
    lines = [f"{'seconds of a delta':28}" + "".join(f"{size:>14,}" for size in sizes) + "   grown"]
    for kind in kinds:
        seconds = [found[size][kind] for size in sizes]
        cells = "".join(f"{value:14.3f}" for value in seconds)
        lines.append(f"{kind:28}{cells}{seconds[-1] / seconds[0]:8.2f}")
    return "\n".join(lines)


def _draw(found: dict[int, dict[str, float]], delta: int, file: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only for the picture

    mpl.use("svg")
    # The same bytes from the same figures.
    mpl.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    sizes = list(found)
    for kind in (kind for kind in found[sizes[0]] if kind not in LEAST):
        style = {"linewidth": 2.5, "color": "black"} if kind == WHOLE else {}
        axes.plot(sizes, [found[size][kind] for size in sizes], marker="o", label=kind, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("customers in the history")
    axes.set_ylabel(f"seconds for a delta of {delta:,}")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main()
