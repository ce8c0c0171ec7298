"""PIT tables over satellites whose rows may have come without them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dv_gen.run.periods import StagedHistory
from tests.e2e.small import ENGINES, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.engines.base import Session
    from dv_gen.run.periods import Period

MODEL = """
    sources:
      users:
        file: users*.csv
        required: false
        columns: {id: integer not null}
        keys: {h_users: id}
      towns:
        file: towns*.csv
        required: false
        columns: {town: varchar(9) not null, mayor: varchar(9)}
        keys: {h_towns: town}
      mayors:
        query: mayors.sql
        columns: {id: integer not null, mayor: varchar(9)}
        keys: {h_users: {columns: id, feeds: false}}
    hubs: {h_users: {key: id}, h_towns: {key: town}}
    satellites:
      s_towns: {source: towns, parent: h_towns, columns: [mayor]}
      s_mayors: {source: mayors, parent: h_users, columns: [mayor]}
    calendars: {ends: {dates: ['2024-01-09']}}
    pits: {p_users: {hub: h_users, satellites: [s_mayors], calendar: ends}}
"""
MAYORS = """
    SELECT u.id, t.mayor
    FROM {{ ref('h_users') }} AS u
    CROSS JOIN {{ ref('s_towns_current') }} AS t
"""


def day(number: int) -> datetime:
    return datetime(2024, 1, number)  # noqa: DTZ001 - the vault's times are UTC without a zone


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        (tmp_path / "metadata").mkdir()
        project.write_only(mayors__sql=MAYORS)
        project.write(model__yml=MODEL)
        yield project


def test_a_row_of_a_query_that_was_loaded_alone_is_pointed_to_by_the_next_batch(
    small: Small,
) -> None:
    """The batch of day 4 brings no news of user 1, whose newest row came without the PIT."""
    small.deliver("users1.csv", "id", "1")
    small.deliver("towns1.csv", "town,mayor", "Ulm,ann")
    assert small.run(load_date=day(1)).exit_code == 0
    small.deliver("towns2.csv", "town,mayor", "Ulm,bob")
    assert small.run(load_date=day(2), exclude=("s_mayors+",)).exit_code == 0
    assert small.run(load_date=day(3), select=("s_mayors",)).inserted == {"s_mayors": 1}
    small.deliver("users2.csv", "id", "2")
    assert small.run(load_date=day(4)).exit_code == 0

    assert small.query(
        "SELECT id, s_mayors_load_dt FROM vault.p_users JOIN vault.h_users USING (hk_id) "
        "ORDER BY id"
    ) == [(1, day(3)), (2, day(4))]


BY_PERIOD = """
    sources:
      users:
        file: users*.csv
        required: false
        columns: {id: integer not null}
        keys: {h_users: id}
      scores:
        file: scores*.csv
        required: false
        columns: {id: integer not null, score: integer, at: timestamp not null}
        load_dt: at
        keys: {h_users: id}
    hubs: {h_users: {key: id}}
    satellites: {s_scores: {source: scores, parent: h_users, columns: [score]}}
    calendars: {ends: {dates: ['2024-01-09']}}
    pits: {p_users: {hub: h_users, satellites: [s_scores], calendar: ends}}
"""


def test_rows_that_were_loaded_alone_by_periods_are_pointed_to(small: Small) -> None:
    """The batch of day 5 brings the hub a key of which the satellite has older rows."""
    small.write(model__yml=BY_PERIOD)
    small.deliver("users1.csv", "id", "1")
    assert small.run(load_date=day(1)).exit_code == 0
    small.deliver(
        "scores1.csv", "id,score,at", "2,10,2024-01-02 00:00:00", "2,20,2024-01-03 00:00:00"
    )
    assert small.run(load_date=day(4), by="load_dt", select=("s_scores",)).exit_code == 0
    (small.folder / "landing/scores1.csv").unlink()
    small.deliver("users2.csv", "id", "2")
    assert small.run(load_date=day(5)).exit_code == 0

    assert small.query(
        "SELECT id, s_scores_load_dt FROM vault.p_users JOIN vault.h_users USING (hk_id) "
        "WHERE id = 2"
    ) == [(2, day(3))]


def test_rows_of_a_batch_that_was_given_up_between_two_periods_are_pointed_to(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its steps stand in the ledger under the names of their periods only."""
    small.write(model__yml=BY_PERIOD)
    small.deliver("users1.csv", "id", "1")
    assert small.run(load_date=day(1)).exit_code == 0
    small.deliver(
        "scores1.csv", "id,score,at", "2,10,2024-01-02 00:00:00", "2,20,2024-01-03 00:00:00"
    )
    take, taken = StagedHistory.take, []

    def interrupted(self: StagedHistory, session: Session, period: Period) -> set[str]:
        taken.append(period)
        if len(taken) == 2:
            raise KeyboardInterrupt
        return take(self, session, period)

    with monkeypatch.context() as patched:
        patched.setattr(StagedHistory, "take", interrupted)
        with pytest.raises(KeyboardInterrupt):
            small.run(load_date=day(4), by="load_dt", select=("s_scores",))
    (small.folder / "landing/scores1.csv").unlink()
    small.write(model__yml=BY_PERIOD.replace("'2024-01-09'", "'2024-01-09', '2024-01-10'"))
    assert [batch.status for batch in small.run().result.batches] == ["abandoned", "done"]
    small.deliver("users2.csv", "id", "2")
    assert small.run(load_date=day(5)).exit_code == 0

    assert small.query(
        "SELECT id, s_scores_load_dt FROM vault.p_users JOIN vault.h_users USING (hk_id) "
        "WHERE id = 2"
    ) == 2 * [(2, day(2))]
