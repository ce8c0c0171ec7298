"""L15 by hand: the 14th, the 28th, then the 21st; what is restored, refused, counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from dv_gen.errors import UsageError
from tests.conformance.checked import differing
from tests.conformance.club import shown
from tests.conformance.projects import remade
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.multi_active import MultiActiveDef
from tests.reference.reference import RefDef
from tests.reference.status_tracking import StatusDef
from tests.reference.tables import day
from tests.reference.tracking import TrackDef

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project, Ran

MEMBERS = SourceDef(
    "members",
    {"no": "varchar(9)", "kind": "varchar(9)", "name": "varchar(9)", "team": "integer"},
    [KeyUse("h_member", ["no"]), KeyUse("h_team", ["team"])],
    not_null=frozenset({"kind"}),
    delivery="full",
    parts=False,
)
NAME = [("name", "name")]
PLAIN = Model(
    sources=[MEMBERS],
    hubs=[HubDef("h_member", [("member", "varchar(9)")]), HubDef("h_team", [("team", "integer")])],
    links=[LinkDef("l_team", [("h_member", None), ("h_team", None)], ["members"])],
    satellites=[SatDef("s_name", "members", "h_member", NAME)],
    others=[MultiActiveDef("s_names", "members", "h_member", ["kind"], NAME)],
)
TRACKED = replace(
    PLAIN,
    others=[
        *PLAIN.others,
        StatusDef("t_member", "members", "h_member", columns=["name"]),
        EffectivityDef("e_team", "members", "l_team", [("h_member", None)]),
    ],
)
HEADER = "no,kind,name,team\n"


def deliver(project: Project, number: int, *lines: str) -> None:
    source = project.model.sources[0].name
    project.deliver({f"{source}/{number}.csv": HEADER + "".join(f"{line}\n" for line in lines)})


def late_one(project: Project, *late: str) -> Ran:
    """The 14th and the 28th, which say the same, then the 21st, which does not."""
    for number in (14, 28):
        deliver(project, number, "x,a,A,1", "y,a,Y,1")
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, *late)
    return project.run(day(21), allow_late=True, defer_checks=False)


def current(project: Project, name: str = "s_name") -> dict[str, str]:
    return {row[0]: row[1] for row in shown(project, f"{name}_current", "hk name")}


@pytest.fixture(scope="module")
def plain(make: Callable[..., Project]) -> Project:
    return make(PLAIN)


@pytest.fixture(scope="module")
def tracked(make: Callable[..., Project]) -> Project:
    return make(TRACKED)


def started(project: Project) -> Project:
    project.create()
    project.clear()
    return project


def test_the_state_of_the_28th_is_current_whatever_the_21st_has_brought(tracked: Project) -> None:
    ran = late_one(started(tracked), "x,a,B,2")

    assert ran.exit_code == 0, ran.log
    assert "is not known" not in ran.log
    assert differing(tracked) == set()
    assert current(tracked) == {"x": "A", "y": "Y"}
    assert shown(tracked, "s_name", "hk load_dt name load_src") == [
        ("x", 14, "A", "members/14.csv"),
        ("x", 21, "B", "members/21.csv"),
        ("x", 28, "A", "members/28.csv"),
        ("y", 14, "Y", "members/14.csv"),
    ]
    assert shown(tracked, "s_names", "hk load_dt name") == [
        ("x", 14, "A"),
        ("x", 21, "B"),
        ("x", 28, "A"),
        ("y", 14, "Y"),
    ]
    assert shown(tracked, "t_member", "hk load_dt status") == [
        ("x", 14, "I"),
        ("x", 21, "U"),
        ("x", 28, "U"),
        ("y", 14, "I"),
        ("y", 21, "D"),
        ("y", 28, "I"),
    ]
    open_at = {
        (key, at) for key, at, end in shown(tracked, "e_team", "hk load_dt end_dt") if end is None
    }
    assert open_at == {
        ("x & 1", 14),
        ("x & 2", 21),
        ("x & 1", 28),
        ("y & 1", 14),
        ("y & 1", 28),
    }


def test_a_late_set_with_a_member_more_or_less_holds_until_the_28th(tracked: Project) -> None:
    project = started(tracked)
    for number in (14, 28):
        deliver(project, number, "x,a,A,1", "x,b,B,1", "y,a,A,1")
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, "x,a,A,1", "y,a,A,1", "y,b,B,1")
    assert project.run(day(21), allow_late=True).exit_code == 0

    assert shown(project, "s_names", "hk load_dt kind name") == [
        ("x", 14, "a", "A"),
        ("x", 14, "b", "B"),
        ("x", 21, "a", "A"),
        ("x", 28, "a", "A"),
        ("x", 28, "b", "B"),
        ("y", 14, "a", "A"),
        ("y", 21, "a", "A"),
        ("y", 21, "b", "B"),
        ("y", 28, "a", "A"),
    ]


def test_a_key_that_the_next_deliveries_lack_is_restored_where_it_comes_back(
    tracked: Project,
) -> None:
    project = started(tracked)
    for number, lines in ((1, ["x,a,A,1"]), (3, ["y,a,Y,1"]), (5, ["x,a,A,1", "y,a,Y,1"])):
        deliver(project, number, *lines)
        assert project.run(day(number)).exit_code == 0
    deliver(project, 2, "x,a,B,1")
    assert project.run(day(2), allow_late=True).exit_code == 0

    # The delivery of 3 has not brought it, and a satellite does not tell what is gone.
    assert [row for row in shown(project, "s_name", "hk load_dt name") if row[0] == "x"] == [
        ("x", 1, "A"),
        ("x", 2, "B"),
        ("x", 5, "A"),
    ]


def test_a_late_delivery_again_changes_nothing(tracked: Project) -> None:
    late_one(started(tracked), "x,a,B,2")
    names = ["s_name", "s_names", "t_member", "e_team"]
    before = {name: len(rows) for name, rows in tracked.rows_of(names).items()}

    ran = tracked.run(day(21), allow_late=True, reload=True)

    assert set(ran.inserted.values()) == {0}
    assert {name: len(rows) for name, rows in tracked.rows_of(names).items()} == before


def test_without_tracking_a_late_delivery_is_refused_or_its_keys_are_counted(
    plain: Project,
) -> None:
    project = started(plain)
    for number in (14, 28):
        deliver(project, number, "x,a,A,1", "y,a,Y,1")
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, "x,a,B,1", "y,a,Y,1")

    with pytest.raises(UsageError, match="is not after") as refused:
        project.run(day(21))

    hint = refused.value.hint
    assert hint is not None
    assert "the delivery of members at 2024-01-28 00:00:00 held of s_name is not known" in hint
    assert "{type: status_tracking, source: members, parent: h_member}" in hint
    taken = project.run(day(21), allow_late=True)
    assert "s_name: 1 key of a late delivery hold" in taken.log
    assert "s_names: 1 key of a late delivery hold" in taken.log


def test_who_follows_the_hint_has_the_state_of_the_28th(make: Callable[..., Project]) -> None:
    project = started(make(PLAIN))
    files = {}
    for number in (14, 28):
        files[f"members/{number}.csv"] = f"{HEADER}x,a,A,1\n"
        project.deliver(files)
        assert project.run(day(number)).exit_code == 0
    files["members/21.csv"] = f"{HEADER}x,a,B,1\n"
    project.deliver(files)
    with pytest.raises(UsageError) as refused:
        project.run(day(21))
    assert refused.value.hint is not None
    lines = refused.value.hint.splitlines()
    at = lines.index("  satellites:")
    told = yaml.safe_load("\n".join(lines[at : at + 3]))["satellites"]
    assert told == {
        "t_members_h_member": {
            "type": "status_tracking",
            "source": "members",
            "parent": "h_member",
        }
    }

    tracking = StatusDef("t_members_h_member", "members", "h_member")
    project = remade(project, replace(PLAIN, others=[*PLAIN.others, tracking]))
    given = project.run(None, reload=True, select=("t_members_h_member",))
    assert given.exit_code == 0
    assert "not loaded yet, and so not loaded again: members/21.csv" in given.log
    taken = project.run(day(21), allow_late=True)

    assert taken.exit_code == 0, taken.log
    assert "is not known" not in taken.log
    assert shown(project, "s_name", "hk load_dt name") == [
        ("x", 14, "A"),
        ("x", 21, "B"),
        ("x", 28, "A"),
    ]


def test_a_delivery_that_was_not_whole_tells_nothing(make: Callable[..., Project]) -> None:
    """The rejected row of the 28th may be anybody's."""
    project = started(make(TRACKED))

    deliver(project, 14, "x,a,A,1", "y,a,Y,1")
    assert project.run(day(14)).exit_code == 0
    deliver(project, 28, "x,a,A,1", ",,Y,1")
    project.run(day(28))
    deliver(project, 21, "x,a,B,1", "y,a,Y,1")

    with pytest.raises(UsageError) as refused:
        project.run(day(21))

    assert refused.value.hint is not None
    assert "not in the whole of that delivery" in refused.value.hint
    assert "held of t_member is not known, because that delivery was not whole" in (
        refused.value.hint
    )
    assert "s_name: 1 key of a late delivery" in project.run(day(21), allow_late=True).log


def test_record_tracking_tells_which_delivery_has_brought_a_key(
    make: Callable[..., Project],
) -> None:
    record = TrackDef("r_member", "h_member", watched=["members"])
    project = started(make(replace(PLAIN, others=[*PLAIN.others, record])))

    ran = late_one(project, "x,a,B,1")

    assert "is not known" not in ran.log
    assert current(project) == {"x": "A", "y": "Y"}


def test_the_codes_of_a_reference_table_are_tracked_by_nobody(
    make: Callable[..., Project],
) -> None:
    codes = RefDef("r_codes", "members", ["no"], NAME)
    project = started(make(replace(TRACKED, others=[*TRACKED.others, codes])))
    for number in (14, 28):
        deliver(project, number, "x,a,A,1")
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, "x,a,B,1")

    with pytest.raises(UsageError) as refused:
        project.run(day(21))

    assert refused.value.hint is not None
    assert "held of r_codes is not known, because nothing can track its keys" in refused.value.hint
    assert "s_name" not in refused.value.hint
    assert "r_codes: 1 key of a late" in project.run(day(21), allow_late=True).log


def test_the_keys_of_a_late_delta_are_counted(make: Callable[..., Project]) -> None:
    delta = replace(MEMBERS, delivery="delta")
    project = started(make(replace(PLAIN, sources=[delta])))
    for number, lines in ((14, ["x,a,A,1", "y,a,Y,1"]), (28, ["y,a,Z,1"])):
        deliver(project, number, *lines)
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, "x,a,B,1", "y,a,V,1")
    with pytest.raises(UsageError, match="is not after"):
        project.run(day(21))

    taken = project.run(day(21), allow_late=True)

    # Of y the delivery of 28 has told what holds then.
    assert "s_name: 1 key of a late delivery hold" in taken.log
    assert current(project) == {"x": "B", "y": "Z"}


def test_a_late_set_of_rows_with_load_dates_of_their_own(make: Callable[..., Project]) -> None:
    """The ledger knows each load date of a file, also those that left no row."""
    dated = replace(MEMBERS, columns={**MEMBERS.columns, "at": "date"}, load_dt="at")
    project = started(make(replace(TRACKED, sources=[dated])))
    header = "no,kind,name,team,at\n"
    rows = [f"{no},a,A,1,2024-01-{at}\n" for at in (14, 28) for no in "xy"]
    project.deliver({"members/1.csv": header + "".join(rows)})
    assert project.run(day(30)).exit_code == 0
    project.deliver({"members/2.csv": f"{header}x,a,B,1,2024-01-21\n"})

    refused = project.run(day(31))
    taken = project.run(day(31), allow_late=True)

    assert refused.exit_code == 1
    assert "let the rows take their place in the history with --allow-late" in refused.log
    assert taken.exit_code == 0, taken.log
    assert "is not known" not in taken.log
    assert shown(project, "s_name", "hk load_dt name") == [
        ("x", 14, "A"),
        ("x", 21, "B"),
        ("x", 28, "A"),
        ("y", 14, "A"),
    ]
    assert shown(project, "t_member", "hk load_dt status") == [
        ("x", 14, "I"),
        ("x", 21, "U"),
        ("x", 28, "U"),
        ("y", 14, "I"),
        ("y", 21, "D"),
        ("y", 28, "I"),
    ]


def test_no_tracking_is_advised_where_it_would_not_help(make: Callable[..., Project]) -> None:
    """A source of changes beside the full one; rows under the zero key."""
    letters = SourceDef("letters", {"no": "varchar(9)", "name": "varchar(9)"}, [MEMBERS.keys[0]])
    model = replace(
        TRACKED,
        sources=[MEMBERS, letters],
        hubs=[replace(hub, ghosts=True) for hub in TRACKED.hubs],
        satellites=[
            SatDef("s_both", "members", "h_member", NAME, more_sources=["letters"]),
            SatDef("s_zero", "members", "h_member", NAME, null_keys="zero_key"),
        ],
    )
    project = started(make(model))
    for number in (14, 28):
        members = {f"members/{number}.csv": f"{HEADER}x,a,A,1\n"}
        project.deliver({**members, f"letters/{number}.csv": "no,name\ny,A\n"})
        assert project.run(day(number)).exit_code == 0
    deliver(project, 21, "x,a,B,1")

    with pytest.raises(UsageError) as refused:
        project.run(day(21))

    hint = refused.value.hint
    assert hint is not None
    assert "held of s_zero is not known, because nothing can track its keys" in hint
    assert "held of s_both is not known, because letters delivers changes alone" in hint
    assert "status_tracking" not in hint
