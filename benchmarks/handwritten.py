"""The social network's warehouse loaded by hand-written DuckDB SQL: what dv-gen is measured by.

    python benchmarks/handwritten.py DB FOLDER [--load-date '2026-01-01 00:00:00'] [--quiet]

loads one delivery (four CSV files) into a DuckDB file: stage, hubs, links, satellites, mart. The
statements are in handwritten.sql, as fast as we could make them; this file only runs them, two at
a time, and says how many rows each of them wrote.
"""

from __future__ import annotations

import argparse
import re
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).with_suffix(".sql")
STEP = re.compile(r"^-- step: (\w+)(?: after: (.+))?\n", re.MULTILINE)
CURSORS = 2


@dataclass(frozen=True)
class Step:
    """One piece of handwritten.sql and the steps it waits for."""

    name: str
    after: frozenset[str]
    sql: str


def steps(sql: Path = SQL) -> list[Step]:
    """Cut a file of statements into its steps, in the order written."""
    text = sql.read_text(encoding="utf-8")
    heads = list(STEP.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Step(head[1], frozenset((head[2] or "").split(", ")) - {""}, text[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
    ]


def load(database: Path, folder: Path, load_date: datetime) -> dict[str, tuple[int, float]]:
    """Load one delivery.

    Args:
        database: The DuckDB file; made if it is missing.
        folder: Where users.csv, groups.csv, dialogs.csv and group_log.csv are.
        load_date: The load date of every row of this delivery.

    Returns:
        For every step the rows it wrote and the seconds it took.
    """
    settings, tables, *rest = steps()
    values = {"folder": str(folder), "load_dt": load_date}
    with duckdb.connect(str(database)) as connection:
        connection.execute(tables.sql)
        cursors = [connection.cursor() for _ in range(CURSORS)]
        for cursor in cursors:
            cursor.execute(settings.sql)
        return _run(rest, cursors, values)


def _run(
    waiting: list[Step], cursors: list[duckdb.DuckDBPyConnection], values: dict[str, Any]
) -> dict[str, tuple[int, float]]:
    """Start each step as soon as those before it are done and a cursor is free."""
    done: dict[str, tuple[int, float]] = {}
    running: dict[Future[tuple[int, float]], tuple[Step, duckdb.DuckDBPyConnection]] = {}
    with ThreadPoolExecutor(len(cursors)) as pool:
        while waiting or running:
            for step in [step for step in waiting if step.after <= done.keys()][: len(cursors)]:
                waiting.remove(step)
                cursor = cursors.pop()
                running[pool.submit(_execute, cursor, step, values)] = (step, cursor)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step, cursor = running.pop(future)
                done[step.name] = future.result()
                cursors.append(cursor)
    return done


def _execute(
    cursor: duckdb.DuckDBPyConnection, step: Step, values: dict[str, Any]
) -> tuple[int, float]:
    began = time.perf_counter()
    named = {name: value for name, value in values.items() if f"${name}" in step.sql}
    counted = cursor.execute(step.sql, named).fetchone()
    rows = int(counted[0]) if counted else 0
    if step.name.startswith("stage_") and not rows:
        raise ValueError(f"{step.name} read no rows: is the file empty?")
    return rows, time.perf_counter() - began


def main() -> None:
    """Read the command line, load, and say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--load-date", type=datetime.fromisoformat)
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args()
    now = datetime.now(UTC).replace(tzinfo=None)
    written = load(given.database, given.folder, given.load_date or now)
    if not given.quiet:
        for name, (rows, seconds) in written.items():
            print(f"{name:28}{rows:>12,}{seconds:>8.2f} s")


if __name__ == "__main__":
    main()
