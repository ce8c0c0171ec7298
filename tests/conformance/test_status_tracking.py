"""Status tracking: random full deliveries against the reference, and rows written by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import Case
from tests.conformance.club import load, load_stage, rejects, rows, shown
from tests.conformance.comparing import assert_equal
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.conformance.staged import fill_stage
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.stage import Batch, stage_batch
from tests.reference.status_tracking import StatusDef
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

PERSON, TEAM = ("h_person", None), ("h_team", None)


def _model(rule: HashRule | None = None) -> Model:
    return Model(
        sources=[
            SourceDef(
                "people",
                {
                    "no": "varchar(9)",
                    "boss": "varchar(9)",
                    "team": "integer",
                    "name": "varchar(30)",
                },
                [
                    KeyUse("h_person", ["no"]),
                    KeyUse("h_person", ["boss"], "boss"),
                    KeyUse("h_team", ["team"]),
                ],
                delivery="full",
            )
        ],
        hubs=[
            HubDef("h_person", [("person", "varchar(9)")]),
            HubDef("h_team", [("team", "integer")]),
        ],
        links=[LinkDef("l_team", [PERSON, TEAM], ["people"])],
        rule=rule or HashRule(),
        others=[
            StatusDef("t_there", "people", "h_person"),
            StatusDef("t_person", "people", "h_person", columns=["name", "team"]),
            StatusDef("t_boss", "people", "h_person", role="boss"),
            StatusDef(
                "t_team",
                "people",
                "l_team",
                columns=["name"],
                order_by=["boss"],
                duplicates="first",
            ),
        ],
    )


CASES = {
    "people": Case(_model(), share=1.7),
    "people, sha1 as hex": Case(_model(HashRule(algorithm="sha1")), store="hex", share=0.5),
    "people, classic": Case(_model(HashRule(rule="classic")), share=0.5),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_loads_as_the_reference_model_loads_it(
    name: str, make: Callable[..., Project]
) -> None:
    """Several load dates, late, repeated, empty; every stage again changes nothing."""
    case = CASES[name]
    project = make(case.model, store=case.store)
    project.create()

    @case.settings()
    @given(deliveries(case.model, max_deliveries=4))
    def load_all(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(case.model)
        for number, batch in enumerate(batches):
            load_dt = FIRST_DAY + timedelta(days=number)
            stage, _ = stage_batch(case.model, batch, load_dt)
            fill_stage(project, stage)
            for _ in ("once", "and again, which changes nothing"):
                opened = project.open_batch(load_dt, stage)
                project.load_stage()
                project.close_batch(opened, load_dt)
                report = vault.load_stage(stage)
                assert_equal(project, vault)
                assert project.rejects(opened) == sorted(report.rejects)
            assert set(report.inserted.values()) == {0}

    load_all()


def test_random_deliveries_of_files_give_the_reference_vault(make: Callable[..., Project]) -> None:
    model = _model()
    project = make(model)
    project.run(FIRST_DAY)  # with nothing to load it makes the tables

    @Case(model, share=0.5).settings()
    @given(given_files=file_deliveries(model), again=st.booleans())
    def load_all(given_files: list[Delivery], again: bool) -> None:  # noqa: FBT001 - hypothesis'
        project.clear()
        vault = Vault(model)
        for delivery in given_files:
            project.deliver(delivery.files)
            for reload in (False, True) if again else (False,):
                ran = project.run(delivery.load_dt, allow_late=True, reload=reload)
                report = vault.load(delivery.batch, delivery.load_dt)
                assert ran.exit_code == 0, ran.log
                assert project.rejects(ran.batch) == sorted(report.rejects)
                assert_equal(project, vault)
                assert not reload or set(ran.inserted.values()) == {0}

    load_all()


# Rows written by hand.


@pytest.fixture(scope="module")
def people(make: Callable[..., Project]) -> Project:
    made = make(_model())
    made.create()
    return made


@pytest.fixture
def project(people: Project) -> Project:
    people.clear()
    return people


def statuses(project: Project, name: str = "t_person") -> list[tuple]:
    return shown(project, name, "hk load_dt status")


def test_the_example_of_the_guide(project: Project) -> None:
    """docs/entities/status_tracking.md."""
    one, two, moved = ("C1", "Berlin"), ("C2", "Paris"), ("C2", "Rome")
    for number, people in enumerate(
        ((one, two), (one, moved), (moved,), (moved,), (one, moved)), start=1
    ):
        load(project, number, people=rows("no name", *people))
    assert statuses(project) == [
        ("C1", 1, "I"),
        ("C1", 3, "D"),
        ("C1", 5, "I"),
        ("C2", 1, "I"),
        ("C2", 2, "U"),
    ]


def test_keys_appear_change_vanish_and_return(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A"), ("y", "A")))
    load(project, 2, people=rows("no name", ("x", "B"), ("y", "A")))
    load(project, 3, people=rows("no name", ("y", "A")))
    load(project, 4, people=rows("no name", ("y", "A")))
    load(project, 5, people=rows("no name", ("x", "B"), ("y", "A")))
    assert shown(project, "t_person", "hk load_dt status load_src") == [
        ("x", 1, "I", "people/1.csv"),
        ("x", 2, "U", "people/2.csv"),
        ("x", 3, "D", "people"),
        ("x", 5, "I", "people/5.csv"),
        ("y", 1, "I", "people/1.csv"),
    ]
    # Without columns nothing changes.
    assert statuses(project, "t_there") == [
        ("x", 1, "I"),
        ("x", 3, "D"),
        ("x", 5, "I"),
        ("y", 1, "I"),
    ]
    assert statuses(project, "t_person_current") == [("x", 5, "I"), ("y", 1, "I")]


def test_what_is_gone_has_no_hashdiff(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A")))
    load(project, 2, people=[])
    found = {row["status"]: row["hashdiff"] for row in project.rows("t_person")}
    assert found["D"] is None
    assert found["I"] is not None


def test_every_load_date_of_a_stage_is_a_set_of_its_own(project: Project) -> None:
    given = rows(
        "no name day", ("x", "A", 1), ("y", "A", 1), ("y", "B", 2), ("x", "A", 3), ("y", "A", 3)
    )
    expected = [
        ("x", 1, "I"),
        ("x", 2, "D"),
        ("x", 3, "I"),
        ("y", 1, "I"),
        ("y", 2, "U"),
        ("y", 3, "U"),
    ]
    for _ in ("once", "again"):
        load_stage(project, people=given)
        assert statuses(project) == expected


def test_an_empty_delivery_that_is_accepted_ends_every_key(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A"), ("y", "A")))
    load(project, 2, people=[])
    load(project, 3, people=[])
    assert statuses(project) == [("x", 1, "I"), ("x", 2, "D"), ("y", 1, "I"), ("y", 2, "D")]


def test_a_source_that_is_not_delivered_ends_no_key(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A")))
    load_stage(project)
    assert statuses(project) == [("x", 1, "I")]


def test_a_delivery_with_a_reject_ends_no_key(project: Project) -> None:
    load(project, 1, people=rows("no name", ("x", "A"), ("y", "A")))
    project.deliver({"people/2.csv": "no,boss,team,name\nz,,,A\nx,,seven,A\n"})
    assert project.run(day(2)).exit_code == 0
    assert statuses(project) == [("x", 1, "I"), ("y", 1, "I"), ("z", 2, "I")]
    load(project, 3, people=rows("no name", ("x", "A"), ("z", "A")))
    assert ("y", 3, "D") in statuses(project)


def test_of_two_rows_of_one_key_one_counts_and_the_other_is_rejected(project: Project) -> None:
    ran = load(project, 1, people=rows("no name", ("x", "A"), ("x", "B"), ("x", "B")))
    assert statuses(project) == [("x", 1, "I")]
    assert ("t_person", "duplicate key", 1) in rejects(project, ran.batch)
    assert not [each for each in rejects(project, ran.batch) if each[0] == "t_there"]
    load(project, 2, people=rows("no name", ("x", "B")))
    assert statuses(project) == [("x", 1, "I")]


def test_a_late_delivery_takes_its_place(project: Project) -> None:
    """What is stored stays: the return at 3 is told as a change, as it was then."""
    load(project, 1, people=rows("no name", ("x", "A")))
    load(project, 3, people=rows("no name", ("x", "B")))
    load(project, 2, people=rows("no name", ("y", "A")))
    assert statuses(project) == [
        ("x", 1, "I"),
        ("x", 2, "D"),
        ("x", 3, "U"),
        ("y", 2, "I"),
        # The delivery of 3 has not brought it.
        ("y", 3, "D"),
    ]
    load(project, 4, people=rows("no name", ("x", "B")))
    assert statuses(project)[-1] == ("y", 3, "D")


def test_a_row_without_a_key_is_rejected_and_is_nobodys_status(project: Project) -> None:
    ran = load(project, 1, people=rows("no boss name", ("x", "y", "A"), (None, " ", "B")))
    assert statuses(project) == [("x", 1, "I")]
    assert statuses(project, "t_boss") == [("y", 1, "I")]
    found = rejects(project, ran.batch)
    assert [each for each in found if each[0] in ("t_person", "t_boss")] == [
        ("t_boss", "no key", 2),
        ("t_person", "no key", 2),
    ]
