"""L16: reference tables of a source that is delivered whole; what is gone is ended."""

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
from tests.reference.definitions import HubDef, KeyUse, Model, SourceDef
from tests.reference.reference import RefDef
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

# The hubs make the codes keys for the random rows; the reference tables know nothing of them.
CODES = Model(
    sources=[
        SourceDef(
            "countries",
            {"code": "varchar(9)", "name": "varchar(30)", "at": "integer"},
            [KeyUse("h_country", ["code"])],
            delivery="full",
        ),
        SourceDef(
            "rates",
            {"currency": "varchar(9)", "year": "integer", "rate": "decimal(9,4)"},
            [KeyUse("h_rate", ["currency", "year"])],
            delivery="full",
        ),
    ],
    hubs=[
        HubDef("h_country", [("country", "varchar(9)")]),
        HubDef("h_rate", [("currency", "varchar(9)"), ("of_year", "integer")]),
    ],
    others=[
        RefDef("r_last", "countries", ["code"], [("name", "name"), ("at", "at")]),
        RefDef(
            "r_first",
            "countries",
            ["code"],
            [("title", "name")],
            order_by=["at"],
            duplicates="first",
        ),
        RefDef("r_all", "countries", ["code"], [("name", "name")], duplicates="stagger"),
        RefDef("r_rates", "rates", ["currency", "year"], [("rate", "rate")]),
    ],
)


def test_any_full_stage_of_codes_loads_as_the_reference_model_loads_it(
    make: Callable[..., Project],
) -> None:
    """Several load dates, late, repeated, empty; every stage again changes nothing."""
    project = make(CODES)
    project.create()

    @Case(CODES, share=0.5).settings()
    @given(deliveries(CODES, max_deliveries=4))
    def load_all(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(CODES)
        for number, batch in enumerate(batches):
            load_dt = FIRST_DAY + timedelta(days=number)
            stage, _ = stage_batch(CODES, batch, load_dt)
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


def test_full_files_of_codes_give_the_reference_vault(make: Callable[..., Project]) -> None:
    project = make(CODES)
    project.run(FIRST_DAY)

    @Case(CODES, share=0.2).settings()
    @given(given_files=file_deliveries(CODES), again=st.booleans())
    def load_all(given_files: list[Delivery], again: bool) -> None:  # noqa: FBT001 - hypothesis'
        project.clear()
        vault = Vault(CODES)
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


@pytest.fixture(scope="module")
def codes(make: Callable[..., Project]) -> Project:
    made = make(CODES)
    made.create()
    return made


@pytest.fixture
def project(codes: Project) -> Project:
    codes.clear()
    return codes


def names(project: Project, view: str = "") -> list[tuple]:
    return shown(project, f"r_last{view}", "code load_dt name load_src")


def test_a_code_that_a_full_delivery_lacks_is_ended_and_comes_back(project: Project) -> None:
    """The example of docs/entities/reference.md. No change is no row, also of what is gone."""
    east, west, one = ("dd", "East"), ("de", "West"), ("de", "One")
    for number, given_rows in enumerate(
        ((east, west), (one,), (one,), (east, one), (east,)), start=1
    ):
        load(project, number, countries=rows("code name", *given_rows))
    assert names(project) == [
        ("dd", 1, "East", "countries/1.csv"),
        ("dd", 2, None, "countries"),
        ("dd", 4, "East", "countries/4.csv"),
        ("de", 1, "West", "countries/1.csv"),
        ("de", 2, "One", "countries/2.csv"),
        ("de", 5, None, "countries"),
    ]
    assert names(project, "_current") == [("dd", 4, "East", "countries/4.csv")]
    periods = shown(project, "r_last_history", "code name load_dt load_end_dt is_current")
    assert periods == [
        ("dd", "East", 1, 2, False),
        ("dd", "East", 4, None, True),
        ("de", "One", 2, 5, False),
        ("de", "West", 1, 2, False),
    ]
    found = [row for row in project.rows("r_last") if row["name"] is None]
    assert [row["hashdiff"] for row in found] == [None, None]


def test_a_code_that_only_has_no_values_is_not_ended(project: Project) -> None:
    load(project, 1, countries=rows("code name", ("de", None)))
    load(project, 2, countries=rows("code name", ("de", None)))
    assert names(project, "_current") == [("de", 1, None, "countries/1.csv")]


def test_every_load_date_of_a_stage_is_a_delivery_of_codes(project: Project) -> None:
    """A code of the first is ended by the second, and comes back with the third."""
    given_rows = rows("code name day", ("a", "A", 1), ("b", "B", 2), ("a", "A", 3), ("b", "B", 3))
    for _ in ("once", "again"):
        load_stage(project, countries=given_rows)
        assert shown(project, "r_last", "code load_dt name") == [
            ("a", 1, "A"),
            ("a", 2, None),
            ("a", 3, "A"),
            ("b", 2, "B"),
        ]


def test_a_source_that_is_not_delivered_ends_no_code(project: Project) -> None:
    load(project, 1, countries=rows("code name", ("a", "A")))
    load(project, 2, rates=rows("currency year rate", ("EUR", 2024, None)))
    assert len(names(project)) == 1
    load(project, 3, countries=[])
    load(project, 4, countries=[])
    assert [row[:2] for row in names(project)] == [("a", 1), ("a", 3)]


def test_a_delivery_with_a_reject_ends_no_code(project: Project) -> None:
    """Nobody knows which code the row has that was refused."""
    load(project, 1, countries=rows("code name", ("a", "A"), ("b", "B")))
    project.deliver({"countries/2.csv": "code,name,at\nc,C,\na,A,seven\n"})
    assert project.run(day(2)).exit_code == 0
    assert [row[:2] for row in names(project)] == [("a", 1), ("b", 1), ("c", 2)]


def test_a_row_of_a_moment_at_which_its_code_had_gone_is_kept_in_the_rejects(
    project: Project,
) -> None:
    load(project, 1, countries=rows("code name", ("a", "A"), ("b", "B")))
    load(project, 2, countries=rows("code name", ("a", "A")))
    ran = load(project, 2, countries=rows("code name", ("a", "A"), ("b", "B")))
    assert [row[:3] for row in names(project)] == [("a", 1, "A"), ("b", 1, "B"), ("b", 2, None)]
    assert ("r_last", "duplicate key", 2) in rejects(project, ran.batch)
