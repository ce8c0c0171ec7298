"""L11: reference tables, with history and without, on random deliveries and on known mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dv_gen.errors import RejectsError
from tests.conformance.cases import Case
from tests.conformance.club import load, load_stage, rows, shown
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.conformance.staged import fill_stage
from tests.conformance.test_full_path import assert_same_run, load_again
from tests.conformance.test_stage_level import load_stage as load_as_batch
from tests.reference.definitions import HubDef, KeyUse, Model, SourceDef
from tests.reference.reference import RefDef
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

# The hubs make the codes keys for the random rows; the reference tables know nothing of them.
CODES = Model(
    sources=[
        SourceDef(
            "countries",
            {"code": "varchar(9)", "name": "varchar(30)", "area": "decimal(9,2)", "at": "integer"},
            [KeyUse("h_country", ["code"])],
        ),
        SourceDef(
            "rates",
            {"currency": "varchar(9)", "year": "integer", "rate": "decimal(9,4)", "on": "date"},
            [KeyUse("h_rate", ["currency", "year"])],
        ),
    ],
    hubs=[
        HubDef("h_country", [("country", "varchar(9)")]),
        HubDef("h_rate", [("currency", "varchar(9)"), ("of_year", "integer")]),
    ],
    others=[
        RefDef("r_last", "countries", ["code"], [("name", "name"), ("area", "area")]),
        RefDef(
            "r_first",
            "countries",
            ["code"],
            [("title", "name")],
            order_by=["at", "area"],
            duplicates="first",
        ),
        RefDef("r_all", "countries", ["code"], [("name", "name")], duplicates="stagger"),
        RefDef(
            "r_fixed",
            "countries",
            ["code"],
            [("name", "name"), ("at", "at")],
            historized=False,
            order_by=["at"],
        ),
        RefDef("r_rates", "rates", ["currency", "year"], [("rate", "rate"), ("day", "on")]),
        RefDef(
            "r_rates_fixed", "rates", ["year", "currency"], [("rate", "rate")], historized=False
        ),
    ],
)
COUNTRY = "code day name"


def test_any_stage_of_codes_loads_as_the_reference_model_loads_it(
    make: Callable[..., Project],
) -> None:
    """The last stage is loaded twice: the second time changes nothing, rejects the same rows."""
    project = make(CODES)
    project.create()

    @Case(CODES, share=3.6).settings()
    @given(deliveries(CODES, max_deliveries=3))
    def draw(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(CODES)
        for batch in batches:
            stage, _ = stage_batch(CODES, batch)
            fill_stage(project, stage)
            refused = load_as_batch(project)
            report = vault.load_stage(stage)
            assert_equal(project, vault)
            assert refused == sorted(report.rejects)
        before = tables(project)
        assert load_as_batch(project) == refused
        assert tables(project) == before

    draw()


def test_random_files_of_codes_give_the_reference_vault(make: Callable[..., Project]) -> None:
    project = make(CODES)
    project.run(FIRST_DAY)

    @Case(CODES, share=0.6).settings()
    @given(given_files=file_deliveries(CODES), again=st.booleans())
    def draw(given_files: list[Delivery], again: bool) -> None:  # noqa: FBT001 - drawn
        project.clear()
        vault = Vault(CODES)
        for delivery in given_files:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
        if again:
            load_again(project, vault, given_files[-1])

    draw()


@pytest.fixture(scope="module")
def codes(make: Callable[..., Project]) -> Project:
    made = make(CODES)
    made.create()
    return made


@pytest.fixture
def project(codes: Project) -> Project:
    codes.clear()
    return codes


def names(project: Project, table: str = "r_last") -> list[tuple]:
    column = "title" if table == "r_first" else "name"
    return shown(project, table, f"code load_dt {column}")


def test_a_code_keeps_what_it_first_meant_without_history(project: Project) -> None:
    load(project, 1, countries=rows("code name", ("de", "Germany")))
    load(project, 2, countries=rows("code name", ("de", "Deutschland"), ("fr", "France")))
    assert names(project, "r_fixed") == [("de", 1, "Germany"), ("fr", 2, "France")]
    assert names(project) == [("de", 1, "Germany"), ("de", 2, "Deutschland"), ("fr", 2, "France")]


def test_a_code_that_stands_twice_in_one_batch_is_loaded_once(project: Project) -> None:
    """Peers look for it in the table only, where it is not yet (d4d#62)."""
    given = rows("code name", ("de", "Germany"), ("de", "Germany"), ("fr", "France"))
    load(project, 1, countries=given)
    load(project, 2, countries=given)
    for table in ("r_last", "r_first", "r_all", "r_fixed"):
        assert names(project, table) == [("de", 1, "Germany"), ("fr", 1, "France")]


def test_of_two_meanings_in_one_batch_the_other_is_kept_in_the_rejects(project: Project) -> None:
    given = rows(COUNTRY, ("de", 1, "Germany"), ("de", 1, "Deutschland"))
    refused = load_stage(project, countries=given)
    assert names(project) == [("de", 1, "Deutschland")]
    assert names(project, "r_first") == [("de", 1, "Germany")]
    assert names(project, "r_all") == [("de", "1+1us", "Deutschland"), ("de", 1, "Germany")]
    assert refused == [("r_first", "duplicate key", 2), ("r_last", "duplicate key", 1)]


def test_a_meaning_that_comes_back_is_a_change(project: Project) -> None:
    given = [("de", 3, "A"), ("de", 1, "A"), ("de", 2, "B"), ("fr", 2, "B")]
    load_stage(project, countries=rows(COUNTRY, *given))
    assert names(project) == [("de", 1, "A"), ("de", 2, "B"), ("de", 3, "A"), ("fr", 2, "B")]


def test_codes_are_compared_as_they_were_delivered(project: Project) -> None:
    given = rows("code name", ("de", "small"), ("DE", "capital"), (" de", "blank before"))
    load(project, 1, countries=given)
    assert names(project, "r_fixed") == [
        (" de", 1, "blank before"),
        ("DE", 1, "capital"),
        ("de", 1, "small"),
    ]


def test_a_row_without_a_code_goes_to_the_rejects(project: Project) -> None:
    """Also where a part of the code is missing: it would join to nothing."""
    countries = rows(COUNTRY, (None, 1, "nothing"), ("  ", 1, "blanks"), ("de", 1, "Germany"))
    rates = rows("currency year day", ("eur", None, 1), (None, 2024, 1), ("eur", 2024, 1))
    refused = load_stage(project, countries=countries, rates=rates)
    assert [entry for entry in refused if entry[0] in ("r_fixed", "r_rates")] == [
        ("r_fixed", "no key", 1),
        ("r_fixed", "no key", 2),
        ("r_rates", "no key", 1),
        ("r_rates", "no key", 2),
    ]
    assert names(project) == [("de", 1, "Germany")]
    assert shown(project, "r_rates_fixed", "currency year load_dt") == [("eur", 2024, 1)]


def test_the_views_show_every_meaning_and_the_newest(project: Project) -> None:
    load_stage(project, countries=rows(COUNTRY, ("de", 1, "A"), ("de", 4, "B"), ("fr", 2, "C")))
    header = "code load_dt load_end_dt is_current name"
    assert shown(project, "r_last_history", header) == [
        ("de", 1, 4, False, "A"),
        ("de", 4, None, True, "B"),
        ("fr", 2, None, True, "C"),
    ]
    assert shown(project, "r_last_current", "code load_dt name") == [("de", 4, "B"), ("fr", 2, "C")]


def test_duplicates_fail_stops_the_table_and_tells_the_rows(make: Callable[..., Project]) -> None:
    strict = Model(
        sources=CODES.sources,
        hubs=CODES.hubs,
        others=[RefDef("r_strict", "countries", ["code"], [("name", "name")], duplicates="fail")],
    )
    project = make(strict)
    project.run(FIRST_DAY)
    project.deliver({"countries/1.csv": "code,name,area,at\nde,A,,\nde,B,,\n"})
    ran = project.run(FIRST_DAY)
    assert ran.exit_code == RejectsError.exit_code
    assert "r_strict: 1 rows with the reason 'duplicate key'" in ran.log
    assert project.rows("r_strict") == []


def test_a_late_meaning_takes_its_place_and_stored_ones_stay(project: Project) -> None:
    load(project, 1, countries=rows("code name", ("de", "A")))
    load(project, 5, countries=rows("code name", ("de", "B")))
    load(project, 3, countries=rows("code name", ("de", "B"), ("fr", "C")))
    load(project, 2, countries=rows("code name", ("de", "A")))
    assert shown(project, "r_last_history", "code name load_dt load_end_dt") == [
        ("de", "A", 1, 3),
        ("de", "B", 3, 5),
        ("de", "B", 5, None),
        ("fr", "C", 3, None),
    ]
    # Without history the first to be stored stands, also over an earlier one.
    load(project, 4, countries=rows("code name", ("it", "D")))
    load(project, 2, countries=rows("code name", ("it", "E")))
    assert ("it", 4, "D") in names(project, "r_fixed")
