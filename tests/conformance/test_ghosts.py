"""Ghost rows (L11): two, typed, once, whenever they are asked for, and in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import EngineError
from tests.conformance.club import CLUB, load, rows, shown
from tests.conformance.projects import make_project
from tests.conformance.warehouses import WAREHOUSES
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conformance.projects import Project
    from tests.conformance.warehouses import Warehouse

ZERO, ERROR = "0" * 32, "f" * 32
WITH_GHOSTS = replace(
    CLUB,
    hubs=[replace(hub, ghosts=hub.name == "h_person") for hub in CLUB.hubs],
    satellites=[
        replace(each, ghosts=each.name in ("s_last", "s_event")) for each in CLUB.satellites
    ],
)


@pytest.fixture(scope="module")
def shared(make: Callable[..., Project]) -> Project:
    return make(WITH_GHOSTS)


@pytest.fixture
def project(shared: Project) -> Project:
    shared.run(day(1))
    shared.clear()
    return shared


@pytest.fixture
def warehouse(engine: str, tmp_path: Path) -> Iterator[Warehouse]:
    made = WAREHOUSES[engine](tmp_path)
    yield made
    made.close()


def test_a_hub_has_one_row_for_the_unknown_and_one_for_the_wrong(project: Project) -> None:
    """Zero bytes, no ASCII zeros; at the first moment there is, without any time zone."""
    first = datetime(1, 1, 1)  # noqa: DTZ001 - a warehouse timestamp is UTC without saying so
    standard = {"person": None, "town": None, "load_dt": first, "load_src": "ghost"}
    assert sorted(project.rows("h_person"), key=lambda row: row["hk_person"]) == [
        {"hk_person": ZERO, **standard},
        {"hk_person": ERROR, **standard},
    ]
    assert project.rows("h_order") == []


def test_a_satellite_has_ghosts_with_a_hashdiff_and_events_without(project: Project) -> None:
    history = project.rows("s_last")
    assert sorted(row["hashdiff"] for row in history) == [ZERO, ERROR]
    assert {(row["name"], row["town"], row["load_src"]) for row in history} == {
        (None, None, "ghost")
    }
    events = project.rows("s_event")
    assert sorted(row["hk_event"] for row in events) == [ZERO, ERROR]
    assert all("hashdiff" not in row for row in events)
    assert project.rows("s_first") == []


def test_the_views_show_ghosts_as_rows_of_the_table(project: Project) -> None:
    assert [row["is_current"] for row in project.rows("s_last_history")] == [True, True]
    assert len(project.rows("s_last_current")) == 2


def test_loads_leave_the_ghosts_alone(project: Project) -> None:
    """A row of NULLs is no ghost, and the load date of the ghosts is nobody's newest one."""
    people = rows("no name town", ("a", None, None), (None, "nobody", "x"))
    ran = load(project, 1, people=people)
    assert ran.inserted["h_person"] == 1
    assert ran.inserted["s_last"] == 1
    ran = load(project, 2, people=people)
    assert ran.inserted["s_last"] == 0
    found = shown(project, "s_last", "hk name load_src")
    assert len(found) == 3
    assert ("a", None, "people/1.csv") in found


def test_they_are_added_when_the_option_is_switched_on_and_only_then(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    before = make_project(tmp_path / "before", CLUB, warehouse)
    load(before, 1, people=rows("no name", ("a", "Ann")))
    assert len(before.rows("h_person")) == 1
    after = make_project(tmp_path / "after", WITH_GHOSTS, warehouse)
    after.run(day(2))
    assert len(after.rows("h_person")) == 3
    assert len(after.rows("s_last")) == 3
    for number in (3, 4):
        load(after, number, people=rows("no name", ("a", "Ann")))
    assert len(after.rows("h_person")) == 3
    assert len(after.rows("s_last")) == 3


def test_a_crash_before_the_first_batch_loses_none(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run dies after the hub's table, or between the two: the next one has both."""
    project = make_project(tmp_path / "p", WITH_GHOSTS, warehouse)
    session = getattr(warehouse, "sessions", type(warehouse.session))
    execute = session.execute
    left = [3]

    def dying(self: object, sql: str, *arguments: object) -> int:
        if "'ghost'" in sql:
            left[0] -= 1
        if left[0] == 0:
            raise EngineError("the connection is gone")
        return execute(self, sql, *arguments)

    monkeypatch.setattr(session, "execute", dying)
    with pytest.raises(EngineError, match="gone"):
        project.run(day(1))
    monkeypatch.undo()
    project.run(day(1))
    assert len(project.rows("h_person")) == 2
    assert len(project.rows("s_last")) == 2
    assert len(project.rows("s_event")) == 2


def test_a_table_dropped_by_hand_comes_back_with_its_ghosts(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", WITH_GHOSTS, warehouse)
    load(project, 1, people=rows("no name", ("a", "Ann")))
    warehouse.session.execute(f"DROP TABLE {project.table('h_person')}")
    project.run(day(2))
    assert sorted(row["hk_person"] for row in project.rows("h_person")) == [ZERO, ERROR]
