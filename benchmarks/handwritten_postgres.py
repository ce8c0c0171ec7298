"""The social network loaded by hand-written PostgreSQL SQL, as handwritten.py does on DuckDB.

    python benchmarks/handwritten_postgres.py DSN FOLDER [--load-date '2026-01-01 00:00:00']

loads one delivery (four CSV files) from stage to mart. The statements are those of
handwritten_postgres.sql; this file runs them, two at a time, and says how many rows each wrote.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from handwritten import Step, steps

SQL = Path(__file__).with_suffix(".sql")
CONNECTIONS = 2
_BLOCK = 1 << 20


def load(dsn: str, folder: Path, load_date: datetime) -> dict[str, tuple[int, float]]:
    """Load one delivery; return for every step the rows it wrote and the seconds it took."""
    settings, tables, *waiting = steps(SQL)
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.execute(settings.sql.encode())
    connections[0].execute(tables.sql.encode())
    done: dict[str, tuple[int, float]] = {}
    running: dict[Future[tuple[int, float]], tuple[Step, psycopg.Connection]] = {}
    idle = list(connections)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        while waiting or running:
            for step in [step for step in waiting if step.after <= done.keys()][: len(idle)]:
                waiting.remove(step)
                connection = idle.pop()
                future = pool.submit(_execute, connection, step, folder, load_date)
                running[future] = (step, connection)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step, connection = running.pop(future)
                done[step.name] = future.result()
                idle.append(connection)
    for connection in connections:
        connection.close()
    return done


def _execute(
    connection: psycopg.Connection, step: Step, folder: Path, load_date: datetime
) -> tuple[int, float]:
    began = time.perf_counter()
    if step.name.startswith("copy_"):
        file = folder / f"{step.name.removeprefix('copy_')}.csv"
        with connection.cursor() as cursor, file.open("rb") as handle:
            with cursor.copy(step.sql.strip().rstrip(";").encode()) as copy:
                while block := handle.read(_BLOCK):
                    copy.write(block)
            return cursor.rowcount, time.perf_counter() - began
    sql = step.sql.replace("%(load_dt)s", f"'{load_date}'")
    cursor = connection.execute(sql.encode())
    return max(cursor.rowcount, 0), time.perf_counter() - began


def main() -> None:
    """Read the command line, load, and say what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dsn")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--load-date", type=datetime.fromisoformat)
    given = parser.parse_args()
    now = datetime.now(UTC).replace(tzinfo=None)
    for name, (rows, seconds) in load(given.dsn, given.folder, given.load_date or now).items():
        print(f"{name:28}{rows:>12,}{seconds:>8.2f} s")


if __name__ == "__main__":
    main()
