"""Statistics are made when a table has its first rows, and when it has grown by half since.

DuckDB needs none: the project brings the statement that another engine would have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.engines.duckdb_session import DuckDBSession
from dv_gen.errors import EngineError
from tests.e2e.small import Small

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODEL = """
sources:
  users:
    file: "users-*.csv"
    columns: {id: integer not null, city: varchar(20), seen_on: timestamp}
    keys: {h_users: id}
    load_dt: seen_on
hubs: {h_users: {key: user_id}}
satellites: {s_users: {source: users, parent: h_users, columns: [city]}}
"""
ANALYZE = "ANALYZE {{ sql.table(schemas.vault, table) }}\n"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return analysing(Small(tmp_path), ANALYZE)


def analysing(small: Small, statement: str) -> Small:
    template = small.folder / "templates/shared/statistics.sql.j2"
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(statement, encoding="utf-8")
    small.write(model__yml=MODEL)
    return small


def deliver(small: Small, number: int, *ids: int) -> None:
    rows = [f"{each},Berlin,2026-11-{number:02} 0{each % 10}:00:00" for each in ids]
    small.deliver(f"users-{number}.csv", "id,city,seen_on", *rows)


def made(small: Small) -> list[tuple[Any, ...]]:
    """The tables whose statistics were made, in order, and how many rows they had."""
    return small.query(
        "SELECT step, rows_staged FROM dv_meta.step_result WHERE step LIKE 'statistics:%' "
        "AND status = 'done' ORDER BY ended_at, step"
    )


def test_a_first_load_is_followed_by_statistics(small: Small) -> None:
    deliver(small, 1, 1, 2, 3, 4)

    assert small.run().exit_code == 0

    assert made(small) == [("statistics:h_users", 4), ("statistics:s_users", 4)]


def test_they_are_made_again_when_a_table_has_grown_by_half(small: Small) -> None:
    """4 rows, then 5: not yet; 6 are half more; 8 are less than half more than 6."""
    for number, ids in enumerate([(1, 2, 3, 4), (5,), (6,), (7, 8), (9,)], start=1):
        deliver(small, number, *ids)
        assert small.run().exit_code == 0

    hub = [rows for step, rows in made(small) if step == "statistics:h_users"]
    assert hub == [4, 6, 9]


def test_a_table_without_rows_has_none(small: Small) -> None:
    deliver(small, 1)

    assert small.run().exit_code == 0
    assert made(small) == []


def test_periods_of_one_run_count_as_they_come(small: Small) -> None:
    """Two rows, one more, two more: due at 2, at 3 and at 5."""
    deliver(small, 1, 1, 2)
    deliver(small, 2, 3)
    deliver(small, 3, 4, 5)

    assert small.run(by="load_dt:day").exit_code == 0

    hub = [rows for step, rows in made(small) if step == "statistics:h_users"]
    assert hub == [2, 3, 5]


def test_a_load_is_done_although_its_statistics_are_not(tmp_path: Path) -> None:
    """They are tried again when rows have been added, and only told in the log."""
    small = analysing(Small(tmp_path), "ANALYZE {{ sql.table(schemas.vault, 'nothing') }}\n")
    deliver(small, 1, 1, 2)

    ran = small.run()

    assert ran.exit_code == 0
    assert ran.inserted == {"h_users": 2, "s_users": 2}
    assert "statistics:h_users" in ran.log
    assert "nothing" in ran.log
    assert made(small) == []

    analysing(small, ANALYZE)
    deliver(small, 2, 3)
    assert small.run().exit_code == 0
    assert ("statistics:h_users", 3) in made(small)


def test_what_was_cut_off_between_a_load_and_its_statistics_is_made_up_for(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch stays open, for its satellite has failed; the hub is loaded, and not analysed."""
    real = DuckDBSession.execute

    def refuse(
        session: DuckDBSession, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> int:
        if 'INSERT INTO "vault"."s_users"' in sql or sql.startswith("ANALYZE"):
            raise EngineError("not now")
        return real(session, sql, parameters)

    deliver(small, 1, 1, 2, 3)
    with monkeypatch.context() as cut_off:
        cut_off.setattr(DuckDBSession, "execute", refuse)
        assert small.run().exit_code == 1
    assert made(small) == []

    assert small.run(retry=True).inserted == {"s_users": 3}

    assert made(small) == [("statistics:h_users", 3), ("statistics:s_users", 3)]


def test_an_engine_that_needs_none_has_no_such_step(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.write(model__yml=MODEL)
    deliver(small, 1, 1)

    assert small.run().exit_code == 0
    assert made(small) == []
    assert "statistics" not in (tmp_path / "generated/local/manifest.json").read_text("utf-8")
