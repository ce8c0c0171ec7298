"""L16: what is one delivery; and files that are loaded again, each as the delivery that it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from tests.conformance.checked import differing
from tests.conformance.club import shown
from tests.conformance.comparing import tables
from tests.conformance.projects import remade
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.multi_active import MultiActiveDef
from tests.reference.reference import RefDef
from tests.reference.status_tracking import StatusDef
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

NAME = [("name", "name")]
MEMBERS = SourceDef(
    "members",
    {"no": "varchar(9)", "name": "varchar(9)", "team": "integer"},
    [KeyUse("h_member", ["no"]), KeyUse("h_team", ["team"])],
    delivery="full",
    parts=False,
)
# Changes, each file of which has a load date of its own, too.
LETTERS = SourceDef("letters", {"no": "varchar(9)", "name": "varchar(9)"}, [MEMBERS.keys[0]])
BEFORE = Model(
    sources=[MEMBERS, LETTERS],
    hubs=[HubDef("h_member", [("member", "varchar(9)")]), HubDef("h_team", [("team", "integer")])],
    links=[LinkDef("l_team", [("h_member", None), ("h_team", None)], ["members"])],
)
AFTER = replace(
    BEFORE,
    satellites=[
        SatDef("s_name", "members", "h_member", NAME),
        SatDef("s_both", "members", "h_member", NAME, more_sources=["letters"]),
    ],
    others=[
        MultiActiveDef("s_names", "members", "h_member", ["team"], NAME),
        StatusDef("t_member", "members", "h_member", columns=["name"]),
        EffectivityDef("e_team", "members", "l_team", [("h_member", None)]),
        RefDef("r_names", "members", ["no"], NAME),
    ],
)
ADDED = ("s_name", "s_both", "s_names", "t_member", "e_team", "r_names")
# A change and the way back, somebody who is gone and comes back, an empty delivery.
FILES = {
    1: {"members/1.csv": "no,name,team\nx,A,1\ny,Y,1\n"},
    2: {"members/2.csv": "no,name,team\nx,B,2\n", "letters/2.csv": "no,name\nx,C\nz,Z\n"},
    3: {"members/3.csv": "no,name,team\n"},
    4: {"members/4.csv": "no,name,team\nx,A,1\ny,Y,\n", "letters/4.csv": "no,name\nx,D\n"},
}


def started(project: Project) -> Project:
    project.create()
    project.clear()
    return project


def load_each(project: Project) -> dict[str, str]:
    """Load the deliveries as they come; nothing is taken out of the landing folder."""
    there: dict[str, str] = {}
    for number, files in FILES.items():
        there |= files
        project.deliver(there)
        assert project.run(day(number)).exit_code == 0
    return there


@pytest.fixture(scope="module")
def before(make: Callable[..., Project]) -> Project:
    return make(BEFORE)


@pytest.fixture(scope="module")
def from_the_start(make: Callable[..., Project]) -> Project:
    return make(AFTER)


@pytest.fixture
def added(before: Project) -> Project:
    """The satellites were added when all was loaded, and are still without a row."""
    project = remade(before, AFTER)
    project.create()
    project.clear()
    project = remade(project, BEFORE)
    load_each(project)
    return remade(project, AFTER)


def test_what_is_added_later_gets_the_history_it_would_have_had(
    added: Project, from_the_start: Project
) -> None:
    load_each(started(from_the_start))

    ran = added.run(None, reload=True, select=ADDED, defer_checks=False)

    assert ran.exit_code == 0, ran.log
    assert differing(added) == set()
    assert tables(added) == tables(from_the_start)
    assert shown(added, "t_member", "hk load_dt status") == [
        ("x", 1, "I"),
        ("x", 2, "U"),
        ("x", 3, "D"),
        ("x", 4, "I"),
        ("y", 1, "I"),
        ("y", 2, "D"),
        ("y", 4, "I"),
    ]
    assert set(added.run(None, reload=True).inserted.values()) == {0}
    assert tables(added) == tables(from_the_start)


def test_a_reload_that_was_cut_off_goes_on_with_the_rest(
    added: Project, from_the_start: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_each(started(from_the_start))
    stopped = monkeypatch.context()
    with stopped as patch:
        patch.setattr("dv_gen.run.steps.BatchSteps._execute", _fails_for("t_member"))
        cut = added.run(None, reload=True, select=ADDED, pauses=())
    assert cut.exit_code == 1
    assert tables(added) != tables(from_the_start)

    retried = added.run(None, retry=True)

    assert retried.exit_code == 0, retried.log
    assert tables(added) == tables(from_the_start)


def _fails_for(entity: str):  # noqa: ANN202 - a method
    from dv_gen.errors import RejectsError  # noqa: PLC0415 - beside what it stands in for
    from dv_gen.run.steps import BatchSteps  # noqa: PLC0415

    whole = BatchSteps._execute

    def execute(self, session, step):  # noqa: ANN001, ANN202 - as the method
        if step.entity == entity:
            raise RejectsError("cut off")
        return whole(self, session, step)

    return execute


def test_a_delivery_that_is_not_there_any_more_is_named_and_can_come_after_all(
    added: Project, from_the_start: Project
) -> None:
    there = load_each(started(from_the_start))
    added.deliver({path: text for path, text in there.items() if path != "members/2.csv"})

    ran = added.run(None, reload=True, select=ADDED)

    assert ran.exit_code == 0
    assert (
        "members: 1 of 4 deliveries cannot be loaded again, because files of them are not in the "
        "landing place any more: 2024-01-02 00:00:00 (members/2.csv)"
    ) in ran.log
    assert [row for row in shown(added, "s_name", "hk load_dt name") if row[0] == "x"] == [
        ("x", 1, "A")
    ]
    added.deliver(there)
    assert added.run(None, reload=True, select=ADDED).exit_code == 0
    assert shown(added, "s_name", "hk load_dt name") == shown(
        from_the_start, "s_name", "hk load_dt name"
    )
    # What was stored stays: that y is gone was told by the delivery of 3 at first.
    assert [row for row in shown(added, "t_member", "hk load_dt status") if row[0] == "y"] == [
        ("y", 1, "I"),
        ("y", 2, "D"),
        ("y", 3, "D"),
        ("y", 4, "I"),
    ]


def test_older_deliveries_alone_are_refused_where_the_next_is_not_known(added: Project) -> None:
    """s_name has the deliveries of 1 and 4; that of 2 changes x, which 4 has not changed back."""
    names = ("s_name",)
    there = {path: text for files in FILES.values() for path, text in files.items()}
    untracked = replace(AFTER, others=[])
    project = remade(added, untracked)
    project.deliver({path: there[path] for path in ("members/1.csv", "members/4.csv")})
    assert project.run(None, reload=True, select=names).exit_code == 0
    project.deliver({path: there[path] for path in ("members/1.csv", "members/2.csv")})

    with pytest.raises(UsageError, match="s_name has the delivery of members at 2024-01-04"):
        project.run(None, reload=True, select=names)

    project.deliver(there)
    assert project.run(None, reload=True, select=names).exit_code == 0
    assert [row for row in shown(project, "s_name", "hk load_dt name") if row[0] == "x"] == [
        ("x", 1, "A"),
        ("x", 2, "B"),
        ("x", 4, "A"),
    ]


def test_a_new_file_waits_for_a_run_without_reload(added: Project) -> None:
    there = {path: text for files in FILES.values() for path, text in files.items()}
    added.deliver({**there, "members/5.csv": "no,name,team\nx,E,1\n"})

    ran = added.run(None, reload=True, select=ADDED)

    assert "not loaded yet, and so not loaded again: members/5.csv" in ran.log
    assert ("x", 5, "E") not in shown(added, "s_name", "hk load_dt name")
    assert added.run(day(5)).exit_code == 0
    assert shown(added, "s_name", "hk load_dt name")[-2:] == [("x", 5, "E"), ("y", 1, "Y")]


# L16.


def parts_of(project: Project, number: int, *parts: str) -> None:
    texts = {
        f"members/{number}{at}.csv": f"no,name,team\n{part}\n" for at, part in enumerate(parts)
    }
    project.deliver(texts)


def test_three_deliveries_together_are_not_taken_for_one(from_the_start: Project) -> None:
    project = started(from_the_start)
    parts_of(project, 1, "x,A,1", "x,B,1", "x,C,1")
    before = project.warehouse.session.query(f"SELECT * FROM {project.ledger_table('batch')}")

    with pytest.raises(UsageError, match="3 files of it came together") as refused:
        project.run(day(1))

    assert refused.value.exit_code == 2
    assert refused.value.hint is not None
    assert "parts: true in metadata/model.yml:" in refused.value.hint
    after = project.warehouse.session.query(f"SELECT * FROM {project.ledger_table('batch')}")
    assert list(after) == list(before) == []


def test_who_loads_them_one_by_one_has_their_history(from_the_start: Project) -> None:
    project = started(from_the_start)
    files = {f"members/{at}.csv": f"no,name,team\nx,{at},1\n" for at in (1, 2, 3)}
    for number in (1, 2, 3):
        project.deliver({path: files[path] for path in sorted(files)[:number]})
        assert project.run(day(number)).exit_code == 0
    assert shown(project, "s_name", "hk load_dt name") == [
        ("x", 1, "1"),
        ("x", 2, "2"),
        ("x", 3, "3"),
    ]


def test_parts_are_one_delivery_and_are_loaded_again_as_one(make: Callable[..., Project]) -> None:
    model = replace(AFTER, sources=[replace(MEMBERS, parts=True), LETTERS])
    project = started(make(model))
    parts_of(project, 1, "x,A,1", "y,Y,1")
    assert project.run(day(1)).exit_code == 0
    parts_of(project, 2, "x,A,1", "z,Z,1")
    assert project.run(day(2)).exit_code == 0
    before = tables(project)
    assert shown(project, "t_member", "hk load_dt status") == [
        ("x", 1, "I"),
        ("y", 1, "I"),
        ("y", 2, "D"),
        ("z", 2, "I"),
    ]

    # One of the parts of the delivery of 2 is missing: what it lacks has not vanished.
    (project.landing / "members/21.csv").unlink()
    ran = project.run(None, reload=True)

    assert "1 of 2 deliveries" not in ran.log
    assert "2 of 2 deliveries cannot be loaded again" in ran.log
    assert tables(project) == before


def test_a_delivery_that_lacks_a_part_is_not_loaded_again(make: Callable[..., Project]) -> None:
    """What is added later is not told that the missing part's keys were never there."""
    parted = [replace(MEMBERS, parts=True), LETTERS]
    project = started(make(replace(AFTER, sources=parted)))
    project = remade(project, replace(BEFORE, sources=parted))
    parts_of(project, 1, "x,A,1", "y,Y,1")
    assert project.run(day(1)).exit_code == 0
    (project.landing / "members/11.csv").unlink()
    after = remade(project, replace(AFTER, sources=parted))

    ran = after.run(None, reload=True, select=("t_member",))

    assert "1 of 1 deliveries cannot be loaded again" in ran.log
    assert shown(after, "t_member", "hk load_dt status") == []


def test_rows_with_load_dates_of_their_own_need_no_parts(make: Callable[..., Project]) -> None:
    dated = replace(MEMBERS, columns={**MEMBERS.columns, "at": "date"}, load_dt="at")
    project = started(make(replace(AFTER, sources=[dated, LETTERS])))
    rows = {1: "x,A,1,2024-01-01", 2: "x,B,1,2024-01-02"}
    project.deliver({f"members/{at}.csv": f"no,name,team,at\n{row}\n" for at, row in rows.items()})
    assert project.run(day(9)).exit_code == 0
    assert shown(project, "s_name", "hk load_dt name") == [("x", 1, "A"), ("x", 2, "B")]
