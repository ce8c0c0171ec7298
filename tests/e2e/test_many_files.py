"""Many files of one source in a batch: each counted by itself, at an even cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.engines.postgres_session import PostgresSession
from tests.e2e.small import ENGINES, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = """
    sources:
      parts:
        file: parts/
        drift: ignore
        max_rejects: 100%
        columns: {part_no: varchar(5) not null, pieces: integer}
        keys: {h_parts: part_no}
    hubs: {h_parts: {key: part_no}}
    satellites: {s_parts: {source: parts, parent: h_parts, columns: [pieces]}}
"""


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        yield project


def test_files_of_every_sort_follow_one_another(small: Small) -> None:
    """What one file left behind (a column of its own, rejects, numbers) is not seen by the next."""
    small.write(model__yml=PARTS)
    small.deliver("parts/1.csv", "part_no,pieces", "A,1", "B,2")
    # Columns that are not declared, in another order each time.
    small.deliver("parts/2.csv", "note,part_no,pieces", "x,C,3")
    small.deliver("parts/3.csv", "part_no,pieces,note", "D,4,y")
    # A record that a bulk load refuses, a value that does not fit, a quote in the middle.
    small.deliver("parts/4.csv", "part_no,pieces", "E,5", "F,6,7", "G,many", "H,8")
    small.deliver("parts/5.csv", "part_no,pieces", '"I",9', "toolong,1")
    small.deliver("parts/6.csv", "part_no,pieces")
    small.deliver("parts/7.csv", "part_no,pieces", "J,10")

    assert small.run().exit_code == 0
    staged = small.query("SELECT part_no, pieces, load_src FROM stage.parts ORDER BY row_no")
    assert staged == [
        ("A", 1, "parts/1.csv"),
        ("B", 2, "parts/1.csv"),
        ("C", 3, "parts/2.csv"),
        ("D", 4, "parts/3.csv"),
        ("E", 5, "parts/4.csv"),
        ("H", 8, "parts/4.csv"),
        ("I", 9, "parts/5.csv"),
        ("J", 10, "parts/7.csv"),
    ]
    numbers = [row[0] for row in small.query("SELECT row_no FROM stage.parts ORDER BY row_no")]
    assert numbers[:4] == [1, 2, 3, 4]
    assert small.query(
        "SELECT file, line, column_name FROM dv_meta.rejects ORDER BY file, line"
    ) == [
        ("parts/4.csv", 3, None),
        ("parts/4.csv", 4, "pieces"),
        ("parts/5.csv", 3, "part_no"),
    ]
    assert small.query(
        "SELECT path, rows_read, rows_staged, rows_rejected FROM dv_meta.file_result ORDER BY path"
    ) == [
        ("parts/1.csv", 2, 2, 0),
        ("parts/2.csv", 1, 1, 0),
        ("parts/3.csv", 1, 1, 0),
        ("parts/4.csv", 4, 2, 2),
        ("parts/5.csv", 2, 1, 1),
        ("parts/6.csv", 0, 0, 0),
        ("parts/7.csv", 1, 1, 0),
    ]
    rejected = small.query("SELECT row_no FROM dv_meta.rejects WHERE column_name = 'pieces'")
    after = small.query("SELECT MIN(row_no) FROM stage.parts WHERE part_no = 'H'")
    assert rejected[0][0] + 1 == after[0][0]


def test_on_postgres_the_files_of_a_source_share_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table for each file, dropped behind it, costs the transaction more from file to file."""
    made: list[str] = []
    execute = PostgresSession.execute

    def counting(session: PostgresSession, sql: str, parameters: Any = None) -> int:  # noqa: ANN401 - as the session takes them
        made.extend(line for line in sql.splitlines() if line.startswith("CREATE TEMPORARY TABLE"))
        return execute(session, sql, parameters)

    monkeypatch.setattr(PostgresSession, "execute", counting)
    with open_small(tmp_path, "postgres") as small:
        small.write(model__yml=PARTS)
        for number in range(9):
            small.deliver(f"parts/{number}.csv", "part_no,pieces", f"A{number},1")
        assert small.run().exit_code == 0
        assert small.table("h_parts", "part_no") == [(f"A{number}",) for number in range(9)]
    assert [line for line in made if "raw_parts" in line] == [
        'CREATE TEMPORARY TABLE "raw_parts" ('
    ]
