"""`run --by`: a history that is loaded a period at a time gives the vault that it gives at once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dv_gen.errors import UsageError
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.ledger import Ledger
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from tests.conformance.cases import Case
from tests.conformance.club import CLUB, rows, shown
from tests.conformance.comparing import assert_equal
from tests.conformance.deliveries import Delivery, as_delivery, file_deliveries
from tests.conformance.test_full_path import assert_same_run
from tests.reference.definitions import HubDef, KeyUse, Model, SatDef, SourceDef
from tests.reference.staging_models import hotel
from tests.reference.status_tracking import StatusDef
from tests.reference.strategies import FIRST_DAY
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import StepOutcome
    from tests.conformance.projects import Project

UNITS = ("load_dt", "load_dt:day", "load_dt:month")
# Two sources that are delivered whole at each of their own dates, and one that has none.
DATED = Model(
    sources=[
        SourceDef(
            "staff",
            {"no": "varchar(9)", "desk": "varchar(9)", "at": "timestamp"},
            [KeyUse("h_person", ["no"])],
            load_dt="at",
            delivery="full",
        ),
        SourceDef(
            "members",
            {"no": "varchar(9)", "at": "timestamp"},
            [KeyUse("h_person", ["no"])],
            load_dt="at",
            delivery="full",
        ),
        SourceDef(
            "calls", {"no": "varchar(9)", "note": "varchar(9)"}, [KeyUse("h_person", ["no"])]
        ),
    ],
    hubs=[HubDef("h_person", [("person", "varchar(9)")])],
    satellites=[
        SatDef("s_desk", "staff", "h_person", [("desk", "desk")]),
        SatDef("s_call", "calls", "h_person", [("note", "note")]),
    ],
    others=[
        StatusDef("t_staff", "staff", "h_person"),
        StatusDef("t_members", "members", "h_person"),
    ],
)


def test_random_histories_are_loaded_in_order_as_they_are_at_once(
    make: Callable[..., Project],
) -> None:
    """By moment, day or month; the last files again, in order too, add nothing."""
    case = Case(hotel(), share=0.7)
    project = make(case.model)
    project.run(FIRST_DAY)

    @case.settings()
    @given(drawn=file_deliveries(case.model), by=st.sampled_from(UNITS))
    def load(drawn: list[Delivery], by: str) -> None:
        project.clear()
        vault = Vault(case.model)
        for delivery in drawn:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True, by=by)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
        again = project.run(drawn[-1].load_dt, reload=True, by=by)
        assert again.exit_code == 0, again.log
        assert set(again.inserted.values()) <= {0}
        assert_equal(project, vault)

    load()


@pytest.fixture(scope="module")
def dated(make: Callable[..., Project]) -> Project:
    made = make(DATED)
    made.create()
    return made


@pytest.fixture
def project(dated: Project) -> Project:
    dated.clear()
    return dated


def history(project: Project) -> Delivery:
    """Staff on three days, members on the first alone, calls without a date."""
    staff = [("x", "A", 1), ("y", "A", 1), ("x", "B", 2), ("x", "A", 3), ("y", "A", 3)]
    files = {
        "staff/1.csv": rows("no desk at", *((no, desk, day(at)) for no, desk, at in staff)),
        "members/1.csv": rows("no at", ("x", day(1)), ("z", day(1))),
        "calls/1.csv": rows("no note", ("x", "hello"), ("w", "bye")),
    }
    return as_delivery(project.model, day(9), files)


EXPECTED = {
    "h_person": [("w", 9), ("x", 1), ("y", 1), ("z", 1)],
    "s_desk": [("x", 1, "A"), ("x", 2, "B"), ("x", 3, "A"), ("y", 1, "A")],
    "t_staff": [("x", 1, "I"), ("y", 1, "I"), ("y", 2, "D"), ("y", 3, "I")],
    # Not delivered on the other days, so nobody has vanished there.
    "t_members": [("x", 1, "I"), ("z", 1, "I")],
}


def vault_of(project: Project) -> dict[str, list[tuple]]:
    return {
        "h_person": shown(project, "h_person", "person load_dt"),
        "s_desk": shown(project, "s_desk", "hk load_dt desk"),
        "t_staff": shown(project, "t_staff", "hk load_dt status"),
        "t_members": shown(project, "t_members", "hk load_dt status"),
    }


@pytest.mark.parametrize("by", ["", *UNITS])
def test_what_a_period_lacks_has_not_vanished(project: Project, by: str) -> None:
    project.deliver(history(project).files)
    ran = project.run(day(9), by=by)
    assert ran.exit_code == 0, ran.log
    assert vault_of(project) == EXPECTED
    assert ran.inserted == {
        "h_person": 4,
        "s_desk": 4,
        "s_call": 2,
        "t_staff": 4,
        "t_members": 2,
    }


def test_a_run_that_is_cut_off_goes_on_with_the_period_that_was_not_done(project: Project) -> None:
    """The first period is done and is not loaded again."""
    project.deliver(history(project).files)

    def cut(_: PlannedStep, outcome: StepOutcome | None) -> None:
        if outcome is not None and outcome.step.startswith("load:s_desk in the period 2024-01-02"):
            raise KeyboardInterrupt

    options = RunOptions(load_date=day(9), by="load_dt", preview_rows=0)
    with pytest.raises(KeyboardInterrupt):
        run_project(
            RunRequest(project.folder, options=options), RunLog(io.StringIO(), "cut-1"), cut
        )
    assert vault_of(project)["s_desk"] == [("x", 1, "A"), ("x", 2, "B"), ("y", 1, "A")]

    ran = project.run(day(10))

    assert ran.exit_code == 0, ran.log
    assert "loading period 2024-01-01" not in ran.log
    assert vault_of(project) == EXPECTED


def test_a_run_that_is_cut_off_when_all_is_loaded_has_only_to_be_closed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was set aside is gone by then, and is not asked for again."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    project.deliver(history(project).files)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "close", cut)
        with pytest.raises(KeyboardInterrupt):
            project.run(day(9), by="load_dt")

    ran = project.run(day(10))

    assert ran.exit_code == 0, ran.log
    assert vault_of(project) == EXPECTED


def test_what_was_set_aside_is_gone_in_the_end(project: Project) -> None:
    project.deliver(history(project).files)
    project.run(day(9), by="load_dt:day")
    left = [table for _, table in project.warehouse.columns(["stage"]) if table.endswith("whole")]
    assert left == []


def test_without_dates_of_their_own_rows_have_no_order(make: Callable[..., Project]) -> None:
    project = make(CLUB)
    project.deliver(as_delivery(CLUB, day(1), {"people/1.csv": rows("no name", ("x", "A"))}).files)
    with pytest.raises(UsageError, match="nothing to go by"):
        project.run(day(1), by="load_dt:month")
    with pytest.raises(UsageError, match="--by load_dt:week says no period"):
        project.run(day(1), by="load_dt:week")
