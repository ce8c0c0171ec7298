"""Effectivity satellites: random deliveries against the reference, and rows written by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dv_gen.errors import EngineError
from dv_gen.run.steps import BatchSteps
from tests.conformance.cases import Case
from tests.conformance.club import load, load_stage, rejects, rows, shown
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, as_delivery, file_deliveries
from tests.conformance.staged import fill_stage
from tests.reference.definitions import (
    LOAD_DT,
    HubDef,
    KeyUse,
    LinkDef,
    Model,
    SourceDef,
)
from tests.reference.effectivity import EffectivityDef
from tests.reference.hashing import HashRule
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Report, Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from dv_gen.run.records import StepOutcome
    from tests.conformance.projects import Project, Ran

ORDER, SHOP, BUYER = ("h_order", None), ("h_shop", None), ("h_buyer", None)
COLUMNS = {"no": "integer", "shop": "varchar(9)", "buyer": "varchar(9)", "at": "integer"}
KEYS = [KeyUse("h_order", ["no"]), KeyUse("h_shop", ["shop"]), KeyUse("h_buyer", ["buyer"])]
HUBS = [
    HubDef("h_order", [("order", "integer")]),
    HubDef("h_shop", [("shop", "varchar(9)")]),
    HubDef("h_buyer", [("buyer", "varchar(9)")]),
]
DATED = {"no": "integer", "buyer": "varchar(9)", "since": "date", "until": "timestamp"}
NEVER = datetime(9999, 12, 31)  # noqa: DTZ001 - the warehouse's time is UTC


def _model(delivery: str, rule: HashRule | None = None) -> Model:
    """Orders of a buyer in a shop; one buyer an order, or one order a buyer and shop."""
    return Model(
        sources=[SourceDef("orders", COLUMNS, KEYS, delivery=delivery)],
        hubs=HUBS,
        links=[
            LinkDef("l_buyer", [ORDER, BUYER], ["orders"]),
            LinkDef("l_all", [BUYER, ORDER, SHOP], ["orders"]),
        ],
        rule=rule or HashRule(),
        others=[
            EffectivityDef("e_buyer", "orders", "l_buyer", [ORDER]),
            EffectivityDef("e_order", "orders", "l_all", [SHOP, BUYER], order_by=["at"]),
            EffectivityDef("e_rest", "orders", "l_all", [ORDER], duplicates="first"),
        ],
    )


def _dated() -> Model:
    keys = [KEYS[0], KEYS[2]]
    return Model(
        sources=[SourceDef("deals", DATED, keys, not_null=frozenset({"since"}))],
        hubs=[HUBS[0], HUBS[2]],
        links=[LinkDef("l_deal", [ORDER, BUYER], ["deals"])],
        others=[
            EffectivityDef("e_deal", "deals", "l_deal", start="since", end="until"),
            EffectivityDef(
                "e_first",
                "deals",
                "l_deal",
                start="since",
                end="until",
                duplicates="first",
                columns=[("place", "no")],
                hubs=[("buyer_fk", BUYER)],
                period=("valid_from", "valid_to"),
            ),
        ],
    )


def _started(delivery: str) -> Model:
    """As another tool has built it: names of its own, no end but the end of days, more columns."""
    columns = {**COLUMNS, "since": "date", "note": "varchar(9)"}
    return Model(
        sources=[
            SourceDef("orders", columns, KEYS, delivery=delivery, not_null=frozenset({"since"}))
        ],
        hubs=HUBS,
        links=[
            LinkDef("l_buyer", [ORDER, BUYER], ["orders"]),
            LinkDef("l_all", [BUYER, ORDER, SHOP], ["orders"]),
        ],
        others=[
            EffectivityDef(
                "e_buyer",
                "orders",
                "l_buyer",
                [ORDER],
                start="since",
                columns=[("note", "note"), ("effective_from", "since")],
                hubs=[("order_fk", ORDER), ("buyer_fk", BUYER)],
                period=("start_date", "end_date"),
                open_end=NEVER,
            ),
            EffectivityDef(
                "e_rest",
                "orders",
                "l_all",
                [ORDER],
                duplicates="first",
                columns=[("at", "at")],
                open_end=NEVER,
            ),
            EffectivityDef("e_own", "orders", "l_all", [SHOP], start="since", order_by=["at"]),
        ],
    )


def _parallel(delivery: str) -> Model:
    """Orders that have several buyers at a time, and may lose some of them."""
    columns = {**COLUMNS, "since": "date", "note": "varchar(9)"}
    return Model(
        sources=[
            SourceDef("orders", columns, KEYS, delivery=delivery, not_null=frozenset({"since"}))
        ],
        hubs=HUBS,
        links=[
            LinkDef("l_buyer", [ORDER, BUYER], ["orders"]),
            LinkDef("l_all", [BUYER, ORDER, SHOP], ["orders"]),
        ],
        others=[
            EffectivityDef("e_buyer", "orders", "l_buyer", [ORDER], parallel=True),
            EffectivityDef(
                "e_rest",
                "orders",
                "l_all",
                [ORDER, SHOP],
                start="since",
                duplicates="first",
                columns=[("note", "note")],
                hubs=[("buyer_fk", BUYER)],
                open_end=NEVER,
                parallel=True,
            ),
        ],
    )


DELTA, FULL = _model("delta"), _model("full")
CASES = {
    "delta": Case(DELTA, share=0.5),
    "full": Case(FULL, share=0.4),
    "full, sha1 as hex": Case(_model("full", HashRule(algorithm="sha1")), store="hex", share=0.25),
    "classic": Case(_model("delta", HashRule(rule="classic")), share=0.25),
    "dates of the source": Case(_dated(), share=0.5),
    "starts of the source": Case(_started("delta"), share=0.4),
    "several at a time": Case(_parallel("delta"), share=0.5),
    "several at a time, full": Case(_parallel("full"), share=0.4),
    "starts of the source, full": Case(_started("full"), share=0.3),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_loads_as_the_reference_model_loads_it(
    name: str, make: Callable[..., Project]
) -> None:
    """Several load dates, late, repeated, empty; the last stage again changes nothing."""
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
            assert_one_at_a_time(vault)

    load_all()


def assert_one_at_a_time(vault: Vault) -> None:
    """At no moment does the table say of a driving key that two relationships hold."""
    for satellite in vault.model.others:
        if not satellite.driving or satellite.parallel:
            continue
        link = vault.model.link(satellite.parent)
        columns = dict(zip(link.hubs, vault.model.link_hub_columns(link), strict=True))
        known = vault.rows(satellite.name)
        for moment in {row[LOAD_DT] for row in known}:
            newest = {}
            for row in sorted(known, key=lambda row: row[LOAD_DT]):
                if row[LOAD_DT] <= moment:
                    newest[row[link.hash_key]] = row
            holding = [
                tuple(vault.links[link.name][key][columns[use]] for use in satellite.driving)
                for key, row in newest.items()
                if satellite.is_open(row)
            ]
            assert len(holding) == len(set(holding))


@pytest.mark.parametrize(
    "name", ["delta", "full", "dates of the source", "starts of the source", "several at a time"]
)
def test_random_deliveries_of_files_give_the_reference_vault(
    name: str, make: Callable[..., Project]
) -> None:
    case = CASES[name]
    project = make(case.model)
    project.run(FIRST_DAY)  # with nothing to load it makes the tables

    @Case(case.model, share=0.25).settings()
    @given(given_files=file_deliveries(case.model), again=st.booleans())
    def load_all(given_files: list[Delivery], again: bool) -> None:  # noqa: FBT001 - hypothesis'
        project.clear()
        vault = Vault(case.model)
        for delivery in given_files:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert_same(project, ran, vault.load(delivery.batch, delivery.load_dt), vault)
        if again:
            last = given_files[-1]
            ran = project.run(last.load_dt, allow_late=True, reload=True)
            assert set(ran.inserted.values()) == {0}
            assert_same(project, ran, vault.load(last.batch, last.load_dt), vault)

    load_all()


def assert_same(project: Project, ran: Ran, report: Report, vault: Vault) -> None:
    assert ran.exit_code == 0, ran.log
    assert project.rejects(ran.batch) == sorted(report.rejects)
    assert_equal(project, vault)


# What other tools get wrong; every expected row is written by hand.

HEADER = "no buyer day"
PERIOD = "hk start_dt end_dt load_dt"


@pytest.fixture(scope="module")
def delta(make: Callable[..., Project]) -> Project:
    made = make(DELTA)
    made.create()
    return made


@pytest.fixture(scope="module")
def full(make: Callable[..., Project]) -> Project:
    made = make(FULL)
    made.create()
    return made


@pytest.fixture(scope="module")
def dated(make: Callable[..., Project]) -> Project:
    made = make(_dated())
    made.create()
    return made


def test_the_example_of_the_guide(delta: Project) -> None:
    """docs/entities/effectivity.md."""
    delta.clear()
    for number, buyer in enumerate(("Ann", "Ann", "Bob", "Ann", None), start=1):
        load(delta, number, orders=rows("no buyer", (7, buyer)))
    assert shown(delta, "e_buyer", PERIOD) == [
        ("7 & Ann", 1, 3, 3),
        ("7 & Ann", 1, None, 1),
        ("7 & Ann", 4, 5, 5),
        ("7 & Ann", 4, None, 4),
        ("7 & Bob", 3, 4, 4),
        ("7 & Bob", 3, None, 3),
    ]
    assert shown(delta, "e_buyer_current", PERIOD) == [("7 & Ann", 4, 5, 5), ("7 & Bob", 3, 4, 4)]


def test_the_very_first_load_ends_what_ended_within_it(delta: Project) -> None:
    delta.clear()
    load_stage(delta, orders=rows(HEADER, (1, "A", 1), (1, "B", 2), (2, "C", 2)))
    assert shown(delta, "e_buyer", PERIOD) == [
        ("1 & A", 1, 2, 2),
        ("1 & A", 1, None, 1),
        ("1 & B", 2, None, 2),
        ("2 & C", 2, None, 2),
    ]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_return_to_the_first_relationship_leaves_exactly_one_open(
    delta: Project, *, at_once: bool
) -> None:
    """A, B, A: B is closed, and so is the first A; in one stage, or a stage each."""
    delta.clear()
    given = rows(HEADER, (1, "A", 1), (1, "B", 2), (1, "A", 3))
    for part in [given] if at_once else [[row] for row in given]:
        load_stage(delta, orders=part)
    assert shown(delta, "e_buyer", PERIOD) == [
        ("1 & A", 1, 2, 2),
        ("1 & A", 1, None, 1),
        ("1 & A", 3, None, 3),
        ("1 & B", 2, 3, 3),
        ("1 & B", 2, None, 2),
    ]
    assert shown(delta, "e_buyer_current", PERIOD) == [
        ("1 & A", 3, None, 3),
        ("1 & B", 2, 3, 3),
    ]


def test_several_changes_of_one_batch_go_on_from_what_is_stored(delta: Project) -> None:
    delta.clear()
    load_stage(delta, orders=rows(HEADER, (1, "A", 1)))
    given = rows(HEADER, (1, "A", 2), (1, "B", 3), (1, "B", 4), (1, "C", 5))
    load_stage(delta, orders=given)
    expected = [
        ("1 & A", 1, 3, 3),
        ("1 & A", 1, None, 1),
        ("1 & B", 3, 5, 5),
        ("1 & B", 3, None, 3),
        ("1 & C", 5, None, 5),
    ]
    assert shown(delta, "e_buyer", PERIOD) == expected
    load_stage(delta, orders=given)
    assert shown(delta, "e_buyer", PERIOD) == expected


def test_two_relationships_on_one_load_date_are_never_both_open(delta: Project) -> None:
    delta.clear()
    load(delta, 1, orders=rows("no buyer", (1, "A"), (1, "B"), (1, "B")))
    assert shown(delta, "e_buyer", PERIOD) == [("1 & B", 1, None, 1)]
    ran = load(delta, 2, orders=rows("no shop buyer", (1, "x", "C"), (1, "x", "B")))
    assert shown(delta, "e_buyer", PERIOD) == [("1 & B", 1, None, 1)]
    assert shown(delta, "e_rest", PERIOD) == [("C & 1 & x", 2, None, 2)]
    assert rejects(delta, ran.batch) == [
        ("e_buyer", "duplicate key", 1),
        ("e_rest", "duplicate key", 2),
    ]


def test_a_row_without_the_other_key_ends_the_relationship(delta: Project) -> None:
    """Also where only one of two other keys is missing; a row without the driving key is kept."""
    delta.clear()
    load(delta, 1, orders=rows("no shop buyer", (1, "x", "A"), (2, "x", "A")))
    ran = load(delta, 2, orders=rows("no shop buyer", (1, "x", None), (None, "x", "A")))
    assert shown(delta, "e_buyer", PERIOD) == [
        ("1 & A", 1, 2, 2),
        ("1 & A", 1, None, 1),
        ("2 & A", 1, None, 1),
    ]
    assert shown(delta, "e_rest_current", PERIOD) == [
        ("A & 1 & x", 1, 2, 2),
        ("A & 2 & x", 1, None, 1),
    ]
    assert ("e_buyer", "no key", 2) in rejects(delta, ran.batch)
    load(delta, 3, orders=rows("no buyer", (1, "A")))
    assert shown(delta, "e_buyer_current", PERIOD) == [("1 & A", 3, None, 3), ("2 & A", 1, None, 1)]


def test_two_keys_drive_together(delta: Project) -> None:
    """One order at a time for a buyer in a shop; in another shop he has another one."""
    delta.clear()
    header = "shop buyer no"
    load(delta, 1, orders=rows(header, ("x", "A", 1), ("y", "A", 2), ("x", "B", 3)))
    load(delta, 2, orders=rows(header, ("x", "A", 4)))
    load(delta, 3, orders=rows(header, ("y", "A", None)))
    assert shown(delta, "e_order_current", PERIOD) == [
        ("A & 1 & x", 1, 2, 2),
        ("A & 2 & y", 1, 3, 3),
        ("A & 4 & x", 2, None, 2),
        ("B & 3 & x", 1, None, 1),
    ]


def test_a_delta_that_lacks_a_key_ends_nothing(delta: Project) -> None:
    delta.clear()
    load(delta, 1, orders=rows("no buyer", (1, "A"), (2, "B")))
    load(delta, 2, orders=rows("no buyer", (1, "A")))
    assert shown(delta, "e_buyer", PERIOD) == [("1 & A", 1, None, 1), ("2 & B", 1, None, 1)]


def test_a_full_delivery_ends_what_it_lacks(full: Project) -> None:
    full.clear()
    load(full, 1, orders=rows("no buyer", (1, "A"), (2, "B")))
    load(full, 2, orders=rows("no buyer", (1, "A")))
    load(full, 3, orders=rows("no buyer", (1, "C"), (2, "B")))
    assert shown(full, "e_buyer", f"{PERIOD} load_src") == [
        ("1 & A", 1, 3, 3, "orders/3.csv"),
        ("1 & A", 1, None, 1, "orders/1.csv"),
        ("1 & C", 3, None, 3, "orders/3.csv"),
        ("2 & B", 1, 2, 2, "orders"),
        ("2 & B", 1, None, 1, "orders/1.csv"),
        ("2 & B", 3, None, 3, "orders/3.csv"),
    ]


def test_full_deliveries_of_several_load_dates_in_one_stage_are_sets_of_their_own(
    full: Project,
) -> None:
    full.clear()
    given = rows(HEADER, (1, "A", 1), (2, "B", 1), (1, "A", 2), (2, "B", 3), (2, "B", 4))
    load_stage(full, orders=given)
    expected = [
        ("1 & A", 1, 3, 3),
        ("1 & A", 1, None, 1),
        ("2 & B", 1, 2, 2),
        ("2 & B", 1, None, 1),
        ("2 & B", 3, None, 3),
    ]
    assert shown(full, "e_buyer", PERIOD) == expected
    load_stage(full, orders=given)
    assert shown(full, "e_buyer", PERIOD) == expected


def test_a_later_set_of_one_stage_ends_what_an_earlier_one_has(full: Project) -> None:
    """New and gone within the stage; stored, there once more, and gone."""
    full.clear()
    load_stage(full, orders=rows(HEADER, (1, "A", 1), (2, "B", 1)))
    load_stage(full, orders=rows(HEADER, (1, "A", 2), (2, "B", 2), (3, "C", 2), (2, "B", 3)))
    assert shown(full, "e_buyer_current", PERIOD) == [
        ("1 & A", 1, 3, 3),
        ("2 & B", 1, None, 1),
        ("3 & C", 2, 3, 3),
    ]


def test_an_empty_full_delivery_that_is_accepted_ends_everything(full: Project) -> None:
    full.clear()
    load(full, 1, orders=rows("no buyer", (1, "A"), (2, "B")))
    load(full, 2, orders=[])
    expected = [("1 & A", 1, 2, 2), ("2 & B", 1, 2, 2)]
    assert shown(full, "e_buyer_current", PERIOD) == expected
    load(full, 3, orders=[])
    assert shown(full, "e_buyer_current", PERIOD) == expected


def test_a_batch_that_is_taken_up_again_knows_what_was_delivered(
    full: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty delivery, cut off between stage and vault: it ends everything with its own date."""
    full.clear()
    load(full, 1, orders=rows("no buyer", (1, "A"), (2, "B")))
    full.deliver(as_delivery(full.model, day(2), {"orders/2.csv": []}).files)

    def cut_off(*_: object) -> StepOutcome:
        raise EngineError("the connection is gone")

    with monkeypatch.context() as patched:
        patched.setattr(BatchSteps, "_load", cut_off)
        assert full.run(day(2)).exit_code == 1
    assert full.run(day(5)).exit_code == 0
    assert shown(full, "e_buyer_current", PERIOD) == [("1 & A", 1, 2, 2), ("2 & B", 1, 2, 2)]


def test_a_source_that_is_not_delivered_ends_nothing(full: Project) -> None:
    """Its stage is as empty as after an empty delivery."""
    full.clear()
    load(full, 1, orders=rows("no buyer", (1, "A")))
    load_stage(full)
    assert shown(full, "e_buyer", PERIOD) == [("1 & A", 1, None, 1)]


def test_a_full_delivery_with_a_reject_ends_nothing(full: Project) -> None:
    full.clear()
    load(full, 1, orders=rows("no buyer", (1, "A"), (2, "B")))
    full.deliver({"orders/2.csv": "no,shop,buyer,at\n1,,C,\nx,,B,\n"})
    assert full.run(day(2)).exit_code == 0
    assert shown(full, "e_buyer_current", PERIOD) == [
        ("1 & A", 1, 2, 2),
        ("1 & C", 2, None, 2),
        ("2 & B", 1, None, 1),
    ]
    load(full, 3, orders=rows("no buyer", (1, "C")))
    assert ("2 & B", 1, 3, 3) in shown(full, "e_buyer_current", PERIOD)


def test_a_late_relationship_takes_its_place(delta: Project) -> None:
    """B since 1 and C since 3 are stored; A at 2 comes late: B ends at 2, A holds until 3."""
    delta.clear()
    load(delta, 1, orders=rows("no buyer", (1, "B")))
    load(delta, 3, orders=rows("no buyer", (1, "C")))
    load(delta, 2, orders=rows("no buyer", (1, "A")))
    assert shown(delta, "e_buyer", PERIOD) == [
        ("1 & A", 2, 3, 3),
        ("1 & A", 2, None, 2),
        ("1 & B", 1, 2, 2),
        ("1 & B", 1, 3, 3),  # as it was told at 3, and left as it is
        ("1 & B", 1, None, 1),
        ("1 & C", 3, None, 3),
    ]
    # The end of A at 3 is told by the late file, which brought A.
    assert ("1 & A", 2, 3, 3, "orders/2.csv") in shown(delta, "e_buyer", f"{PERIOD} load_src")
    load(delta, 5, orders=rows("no buyer", (1, None)))
    assert ("1 & C", 3, 5, 5) in shown(delta, "e_buyer", PERIOD)


def test_a_late_relationship_that_was_known_already_adds_nothing(delta: Project) -> None:
    delta.clear()
    load(delta, 1, orders=rows("no buyer", (1, "B")))
    load(delta, 3, orders=rows("no buyer", (1, "C")))
    load(delta, 2, orders=rows("no buyer", (1, "B")))
    assert len(shown(delta, "e_buyer", PERIOD)) == 3


def test_a_late_start_is_the_start_that_a_later_end_tells(delta: Project) -> None:
    delta.clear()
    load(delta, 3, orders=rows("no buyer", (1, "A")))
    load(delta, 2, orders=rows("no buyer", (1, "A")))
    load(delta, 4, orders=rows("no buyer", (1, "B")))
    assert shown(delta, "e_buyer", PERIOD) == [
        ("1 & A", 2, 4, 4),
        ("1 & A", 2, None, 2),
        ("1 & A", 3, None, 3),
        ("1 & B", 4, None, 4),
    ]


def test_a_moment_that_is_stored_stands(delta: Project) -> None:
    delta.clear()
    load(delta, 1, orders=rows("no buyer", (1, "A")))
    before = tables(delta)["e_buyer"]
    delta.deliver({"orders/1b.csv": "no,shop,buyer,at\n1,,B,\n"})
    ran = delta.run(day(1), allow_late=True)
    assert ("e_buyer", "duplicate key", 1) in rejects(delta, ran.batch)
    assert tables(delta)["e_buyer"] == before


def test_the_dates_of_the_source_are_kept_as_they_are(dated: Project) -> None:
    """Two relationships of one order at once: the source says so. A change of a date is a row."""
    dated.clear()
    header = "no buyer since until"
    load(dated, 1, deals=rows(header, (1, "A", day(7).date(), None), (1, "B", day(8).date(), None)))
    load(dated, 2, deals=rows(header, (1, "A", day(7).date(), None)))
    load(dated, 3, deals=rows(header, (1, "A", day(7).date(), day(9))))
    load(
        dated,
        4,
        deals=rows(header, (1, "A", day(7).date(), None), (None, "B", day(1).date(), None)),
    )
    assert shown(dated, "e_deal", PERIOD) == [
        ("1 & A", 7, 9, 3),
        ("1 & A", 7, None, 1),
        ("1 & A", 7, None, 4),
        ("1 & B", 8, None, 1),
    ]


DEAL = "no buyer since until"


def test_two_periods_of_one_relationship_in_one_load_are_both_kept(dated: Project) -> None:
    """Left, and come again (adv#64): neither replaces the other, and the set again adds nothing."""
    dated.clear()
    left = (1, "A", day(3).date(), day(5))
    again = (1, "A", day(8).date(), None)
    ran = load(dated, 10, deals=rows(DEAL, left, again, (2, "B", day(4).date(), None)))
    assert rejects(dated, ran.batch) == []
    expected = [("1 & A", 3, 5, 10), ("1 & A", 8, None, 10), ("2 & B", 4, None, 10)]
    assert shown(dated, "e_deal", PERIOD) == expected
    assert shown(dated, "e_deal_current", PERIOD) == expected
    load(dated, 11, deals=rows(DEAL, again, left))
    assert shown(dated, "e_deal", PERIOD) == expected


def test_a_corrected_start_leaves_no_second_open_period(dated: Project) -> None:
    """The periods of a load date are one state: the wrong one is history, not another period."""
    dated.clear()
    load(dated, 10, deals=rows(DEAL, (1, "A", day(3).date(), None)))
    load(dated, 11, deals=rows(DEAL, (1, "A", day(4).date(), None)))
    assert shown(dated, "e_deal_current", PERIOD) == [("1 & A", 4, None, 11)]
    assert shown(dated, "e_deal_history", f"{PERIOD} load_end_dt") == [
        ("1 & A", 3, None, 10, 11),
        ("1 & A", 4, None, 11, None),
    ]


def test_two_ends_of_one_period_are_one_too_many(dated: Project) -> None:
    dated.clear()
    ends = rows(DEAL, (1, "A", day(3).date(), day(5)), (1, "A", day(3).date(), None))
    ran = load(dated, 10, deals=ends)
    assert rejects(dated, ran.batch) == [
        ("e_deal", "duplicate key", 1),
        ("e_first", "duplicate key", 2),
    ]
    assert shown(dated, "e_deal", PERIOD) == [("1 & A", 3, None, 10)]
    assert shown(dated, "e_first", "hk valid_from valid_to load_dt") == [("1 & A", 3, 5, 10)]


@pytest.fixture(scope="module")
def started(make: Callable[..., Project]) -> Project:
    made = make(_started("delta"))
    made.create()
    return made


def test_the_next_start_of_the_source_is_the_end_of_what_held(started: Project) -> None:
    """An open end is the end of days; what is beside the dates is that of the opening row."""
    started.clear()
    header = "no buyer since note"
    load(started, 10, orders=rows(header, (1, "A", day(7).date(), "x")))
    load(started, 11, orders=rows(header, (1, "A", day(7).date(), "y")))
    load(started, 12, orders=rows(header, (1, "B", day(9).date(), "z")))
    load(started, 13, orders=rows(header, (1, None, day(11).date(), None)))
    never = (NEVER - day(0)).days
    columns = "hk start_date end_date note order_fk buyer_fk load_dt"
    assert shown(started, "e_buyer", columns) == [
        ("1 & A", 7, never, "x", "1", "A", 10),
        ("1 & A", 7, 9, "x", "1", "A", 12),
        ("1 & B", 9, 11, "z", "1", "B", 13),
        ("1 & B", 9, never, "z", "1", "B", 12),
    ]


def test_another_start_of_what_holds_is_said_and_ends_nothing(started: Project) -> None:
    started.clear()
    header = "no buyer since"
    load(started, 10, orders=rows(header, (1, "A", day(7).date())))
    load(started, 11, orders=rows(header, (1, "A", day(6).date())))
    load(started, 12, orders=rows(header, (1, "B", day(12).date())))
    never = (NEVER - day(0)).days
    assert shown(started, "e_buyer", "hk start_date end_date load_dt") == [
        ("1 & A", 6, 12, 12),
        ("1 & A", 6, never, 11),
        ("1 & A", 7, never, 10),
        ("1 & B", 12, never, 12),
    ]


@pytest.fixture(scope="module")
def parallel(make: Callable[..., Project]) -> Project:
    made = make(_parallel("delta"))
    made.create()
    return made


def test_a_driving_key_may_have_several_relationships_at_a_time(parallel: Project) -> None:
    """What comes together holds; what is not among it has ended; what stays says nothing."""
    parallel.clear()
    header = "no buyer since"

    def buyers(*names: str | None, no: int = 1) -> list[tuple]:
        return [(no, name, day(1).date()) for name in names]

    load(parallel, 1, orders=rows(header, *buyers("A", "B"), *buyers("A", no=2)))
    load(parallel, 2, orders=rows(header, *buyers("B", "A", "B")))
    load(parallel, 3, orders=rows(header, *buyers("B", "C")))
    expected = [
        ("1 & A", 1, 3, 3),
        ("1 & A", 1, None, 1),
        ("1 & B", 1, None, 1),
        ("1 & C", 3, None, 3),
        ("2 & A", 1, None, 1),
    ]
    assert shown(parallel, "e_buyer", PERIOD) == expected
    load(parallel, 4, orders=rows(header, *buyers("B", "C")))
    assert shown(parallel, "e_buyer", PERIOD) == expected
    load(parallel, 5, orders=rows(header, *buyers(None)))
    assert shown(parallel, "e_buyer_current", PERIOD) == [
        ("1 & A", 1, 3, 3),
        ("1 & B", 1, 5, 5),
        ("1 & C", 3, 5, 5),
        ("2 & A", 1, None, 1),
    ]


def test_a_late_set_of_relationships_takes_its_place(parallel: Project) -> None:
    """B alone at 2: A ends there, and is back at 4, when C came and A was known to hold."""
    parallel.clear()
    header = "no buyer since"
    one = day(1).date()
    load(parallel, 1, orders=rows(header, (1, "A", one), (1, "B", one)))
    load(parallel, 4, orders=rows(header, (1, "A", one), (1, "B", one), (1, "C", one)))
    load(parallel, 2, orders=rows(header, (1, "B", one)))
    assert shown(parallel, "e_buyer", f"{PERIOD} load_src") == [
        ("1 & A", 1, 2, 2, "orders/2.csv"),
        ("1 & A", 1, None, 1, "orders/1.csv"),
        ("1 & A", 4, None, 4, "orders/2.csv"),
        ("1 & B", 1, None, 1, "orders/1.csv"),
        ("1 & C", 4, None, 4, "orders/4.csv"),
    ]
