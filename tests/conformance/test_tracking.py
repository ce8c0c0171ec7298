"""L10: record tracking and extended record tracking, drawn at random and written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import Case, part
from tests.conformance.club import CLUB, load, load_stage, rows, shown
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.conformance.staged import fill_stage
from tests.conformance.test_full_path import assert_same_run, load_again
from tests.conformance.test_stage_level import load_stage as load_as_batch
from tests.reference.definitions import SatDef
from tests.reference.models import shop
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tracking import ExtendedDef, TrackDef
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

# Five uses of one hub in three sources, one of them in a role; a link of two sources.
SHOP = part(shop(), "customers", "orders", "returns")
TRACKED = replace(
    SHOP,
    satellites=[
        *(each for each in SHOP.satellites if each.name in ("s_customer", "s_gift", "s_return")),
        SatDef("s_line", "orders", "h_customer", [("line", "line")], more_sources=["returns"]),
        SatDef("s_paid", "orders", "h_customer", [("paid", "paid")], hashdiff=False),
    ],
    others=[
        TrackDef("t_customer", "h_customer"),
        TrackDef("t_recipient", "h_customer", role="recipient"),
        TrackDef("t_buyer", "h_customer", watched=["returns", "orders"]),
        TrackDef("t_order_customer", "l_order_customer"),
        TrackDef("t_returned", "l_order_customer", watched=["returns"]),
        ExtendedDef("x_customer", "h_customer"),
        ExtendedDef("x_gift", "h_customer", tracked=["s_gift", "s_customer"]),
        ExtendedDef("x_order_customer", "l_order_customer"),
    ],
)


def test_any_stage_is_tracked_as_the_reference_model_tracks_it(
    make: Callable[..., Project],
) -> None:
    """The last stage is loaded twice: the second time adds nothing."""
    project = make(TRACKED)
    project.create()

    @Case(TRACKED, share=3.65).settings()
    @given(deliveries(TRACKED, max_deliveries=3))
    def draw(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(TRACKED)
        for batch in batches:
            stage, _ = stage_batch(TRACKED, batch)
            fill_stage(project, stage)
            load_as_batch(project)
            vault.load_stage(stage)
            assert_equal(project, vault)
        before = tables(project)
        load_as_batch(project)
        assert tables(project) == before

    draw()


def test_random_files_are_tracked_as_the_reference_model_tracks_them(
    make: Callable[..., Project],
) -> None:
    project = make(TRACKED)
    project.run(FIRST_DAY)

    @Case(TRACKED, share=0.5).settings()
    @given(given_files=file_deliveries(TRACKED), again=st.booleans())
    def draw(given_files: list[Delivery], again: bool) -> None:  # noqa: FBT001 - drawn
        project.clear()
        vault = Vault(TRACKED)
        for delivery in given_files:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
        if again:
            load_again(project, vault, given_files[-1])

    draw()


CLUB_TRACKED = replace(
    CLUB,
    others=[
        TrackDef("t_person", "h_person"),
        TrackDef("t_plain", "h_person", watched=["people"]),
        TrackDef("t_boss", "h_person", role="boss"),
        TrackDef("t_order", "l_order"),
        ExtendedDef("x_person", "h_person", tracked=["s_last", "s_first"]),
        ExtendedDef("x_order", "h_order"),
    ],
)


@pytest.fixture(scope="module")
def club(make: Callable[..., Project]) -> Project:
    made = make(CLUB_TRACKED)
    made.create()
    return made


@pytest.fixture
def project(club: Project) -> Project:
    club.clear()
    return club


def appearances(project: Project, table: str = "t_person") -> list[tuple]:
    return shown(project, table, "hk load_dt load_src")


def test_every_appearance_of_a_key_is_a_row(project: Project) -> None:
    """Also where nothing has changed, and where the key only stands in another's row."""
    load(project, 1, people=rows("no boss name", ("x", "y", "A")))
    load(project, 2, people=rows("no boss name", ("x", "y", "A")), register=rows("member", ("x",)))
    assert appearances(project) == [
        ("x", 1, "people/1.csv"),
        ("x", 2, "people/2.csv"),
        ("x", 2, "register/2.csv"),
        ("y", 1, "people/1.csv"),
        ("y", 2, "people/2.csv"),
    ]
    assert [row[0] for row in appearances(project, "t_plain")] == ["x", "x"]
    assert [row[0] for row in appearances(project, "t_boss")] == ["y", "y"]


def test_a_key_that_stands_twice_in_a_file_has_appeared_once(project: Project) -> None:
    load(project, 1, people=rows("no boss name", ("x", "x", "A"), ("x ", None, "B")))
    assert appearances(project) == [("x", 1, "people/1.csv")]


def test_a_row_without_a_key_is_no_appearance(project: Project) -> None:
    load_stage(
        project,
        people=rows("no boss day name", (None, "  ", 1, "A"), ("x", None, 1, "A")),
        orders=rows("shop no buyer day", ("de", 1, None, 1), ("de", 1, "x", 1)),
    )
    assert [row[0] for row in appearances(project)] == ["x"]
    assert appearances(project, "t_order") == [("de/1 & x", 1, "f.csv")]
    assert [row[0] for row in shown(project, "x_person", "hk load_dt")] == ["x", "x"]


def test_two_sources_at_one_load_date_are_two_appearances_of_which_one_is_current(
    project: Project,
) -> None:
    given = [("x", 1, "b.csv"), ("x", 1, "a.csv"), ("x", 3, "a.csv"), ("y", 1, "a.csv")]
    load_stage(project, people=rows("no day load_src", *given))
    assert shown(project, "t_plain_history", "hk load_dt load_src load_end_dt is_current") == [
        ("x", 1, "a.csv", 1, False),
        ("x", 1, "b.csv", 3, False),
        ("x", 3, "a.csv", None, True),
        ("y", 1, "a.csv", None, True),
    ]
    assert appearances(project, "t_plain_current") == [("x", 3, "a.csv"), ("y", 1, "a.csv")]


def test_a_late_delivery_is_an_appearance_of_its_own_date(project: Project) -> None:
    load(project, 3, register=rows("member", ("x",)))
    load(project, 1, register=rows("member", ("x",)))
    assert appearances(project) == [("x", 1, "register/1.csv"), ("x", 3, "register/3.csv")]


def test_two_keys_of_one_hashdiff_are_both_recorded(project: Project) -> None:
    """Peers forget the key when they look for what is recorded, and lose one of them."""
    load(project, 1, people=rows("no name", ("x", "A"), ("y", "A")))
    load(project, 2, people=rows("no name", ("x", "A"), ("y", "A"), ("z", "A")))
    header = "hk load_dt satellite_name"
    assert [row for row in shown(project, "x_person", header) if row[2] == "s_last"] == [
        ("x", 1, "s_last"),
        ("x", 2, "s_last"),
        ("y", 1, "s_last"),
        ("y", 2, "s_last"),
        ("z", 2, "s_last"),
    ]
    # The town is NULL, so that the hashdiffs of both satellites are one too (L14).
    assert len({row["hashdiff"] for row in project.rows("x_person")}) == 1
    assert len(project.rows("x_person")) == 10


def test_a_key_with_one_hashdiff_in_two_satellites_is_recorded_for_both(project: Project) -> None:
    """And a row that a satellite does not take for want of news is recorded all the same."""
    load(project, 1, people=rows("no name", ("x", "A")))
    load(project, 2, people=rows("no name", ("x", "A")))
    assert shown(project, "s_last", "hk load_dt") == [("x", 1)]
    assert shown(project, "x_person", "hk load_dt satellite_name") == [
        ("x", 1, "s_first"),
        ("x", 1, "s_last"),
        ("x", 2, "s_first"),
        ("x", 2, "s_last"),
    ]


def test_the_newest_arrival_is_told_per_satellite(project: Project) -> None:
    load(project, 1, people=rows("no name town", ("x", "A", "Rome")))
    load(project, 2, people=rows("no name town", ("x", "A", "Oslo")), orders=rows("shop no sum"))
    assert shown(project, "x_person_current", "hk load_dt satellite_name") == [
        ("x", 2, "s_first"),
        ("x", 2, "s_last"),
    ]
    assert shown(project, "x_person_history", "hk load_dt load_end_dt satellite_name") == [
        ("x", 1, 2, "s_first"),
        ("x", 1, 2, "s_last"),
        ("x", 2, None, "s_first"),
        ("x", 2, None, "s_last"),
    ]


def test_the_same_stage_of_several_load_dates_again_records_nothing(project: Project) -> None:
    people = rows("no day name", ("x", 1, "A"), ("x", 2, "B"), ("x", 2, "C"), ("y", 2, "A"))
    load_stage(project, people=people)
    before = tables(project)
    load_stage(project, people=people)
    assert tables(project) == before


def test_a_late_row_is_recorded_with_its_own_date(project: Project) -> None:
    load(project, 3, people=rows("no name", ("x", "A")))
    load(project, 1, people=rows("no name", ("x", "A")))
    load(project, 1, people=rows("no name", ("x", "A")))
    header = "hk load_dt load_end_dt satellite_name"
    assert shown(project, "x_person_history", header) == [
        ("x", 1, 3, "s_first"),
        ("x", 1, 3, "s_last"),
        ("x", 3, None, "s_first"),
        ("x", 3, None, "s_last"),
    ]
