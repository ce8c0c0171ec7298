"""Are two DuckDB warehouses the same? Every vault table and the mart, row by row.

    python benchmarks/compare.py ONE OTHER

Tables are those of ONE's schemas vault and mart; OTHER may keep them in any schema but stage.
Rows are compared as they are except for load_dt and load_src, duplicates counted. Prints a line
for each table and exits with 1 if any differ.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb

NOT_COMPARED = {"load_dt", "load_src"}


def differences(one: Path, other: Path) -> dict[str, str | None]:
    """Compare two databases.

    Args:
        one: The database whose tables decide what is compared.
        other: The database that should hold the same rows.

    Returns:
        For every table what differs, or None.
    """
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{one}' AS one (READ_ONLY)")
        connection.execute(f"ATTACH '{other}' AS other (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'one'"
            " AND schema_name IN ('vault', 'mart') ORDER BY schema_name DESC, table_name"
        ).fetchall()
        return {table: _difference(connection, schema, table) for schema, table in tables}


def _difference(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str | None:
    elsewhere = connection.execute(
        "SELECT table_schema FROM information_schema.tables WHERE table_catalog = 'other'"
        " AND table_name = ? AND table_schema <> 'stage'",
        [table],
    ).fetchall()
    if len(elsewhere) != 1:
        return "missing" if not elsewhere else f"found {len(elsewhere)} times"
    here, there = f"one.{schema}.{table}", f"other.{elsewhere[0][0]}.{table}"
    described = (connection.execute(f"DESCRIBE {name}").fetchall() for name in (here, there))
    ours, theirs = ([row[0] for row in rows if row[0] not in NOT_COMPARED] for rows in described)
    if set(ours) != set(theirs):
        return f"columns {', '.join(sorted(set(ours) ^ set(theirs)))}"
    columns = ", ".join(ours)
    lacking, extra = (
        connection.execute(
            f"SELECT count(*) FROM"
            f" (SELECT {columns} FROM {left} EXCEPT ALL SELECT {columns} FROM {right})"
        ).fetchall()[0][0]
        for left, right in ((here, there), (there, here))
    )
    return f"{lacking:,} rows lacking, {extra:,} extra" if lacking or extra else None


def main() -> None:
    """Compare the databases named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    given = parser.parse_args()
    found = differences(given.one, given.other)
    for table, difference in found.items():
        print(f"{table:28}{difference or 'same'}")
    sys.exit(1 if any(found.values()) or not found else 0)


if __name__ == "__main__":
    main()
