"""Effectivity satellites: random deliveries against the reference, and what other tools get wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import Case
from tests.conformance.club import load, load_stage, rejects, rows, shown
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.conformance.staged import fill_stage
from tests.reference.definitions import (
    LOAD_DT,
    HubDef,
    KeyUse,
    LinkDef,
    Model,
    SourceDef,
)
from tests.reference.effectivity import END_DT, EffectivityDef
from tests.reference.hashing import HashRule
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Report, Vault

if TYPE_CHECKING:
    from collections.abc import Callable

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
        others=[EffectivityDef("e_deal", "deals", "l_deal", start="since", end="until")],
    )


DELTA, FULL = _model("delta"), _model("full")
CASES = {
    "delta": Case(DELTA, share=1.5),
    "full": Case(FULL, share=1.5),
    "full, sha1 as hex": Case(_model("full", HashRule(algorithm="sha1")), store="hex", share=0.25),
    "classic": Case(_model("delta", HashRule(rule="classic")), share=0.25),
    "dates of the source": Case(_dated(), share=0.75),
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
        if not satellite.driving:
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
                if row[END_DT] is None
            ]
            assert len(holding) == len(set(holding))


@pytest.mark.parametrize("name", ["delta", "full", "dates of the source"])
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
