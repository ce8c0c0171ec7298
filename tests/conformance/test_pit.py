"""PIT tables and calendars: what is kept up batch by batch is what would be made from scratch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from tests.conformance.as_of import batch_date, load_again, load_both
from tests.conformance.cases import Case, part
from tests.conformance.comparing import assert_equal
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.reference.calendar import CalendarDef
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.hashing import HashRule
from tests.reference.models import shop
from tests.reference.multi_active import MultiActiveDef
from tests.reference.pit import PitDef
from tests.reference.status_tracking import StatusDef
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project
    from tests.reference.stage import Batch

A_DAY = timedelta(days=1)
AS_OF = CalendarDef("as_of", daily=3, weekly=2, week_day="friday", monthly=2)
FIXED = CalendarDef(
    "fixed",
    dates=[
        FIRST_DAY,
        FIRST_DAY + A_DAY - timedelta(microseconds=1),
        FIRST_DAY + 3 * A_DAY,
        FIRST_DAY + 400 * A_DAY,
    ],
)
STARTED = CalendarDef("started", daily=4, monthly=1, month_day="first", start=date(2024, 3, 1))


def with_pits(model: Model, *pits: PitDef) -> Model:
    return replace(model, others=[AS_OF, FIXED, STARTED, *pits])


ORDERS = SourceDef(
    "orders",
    {"no": "integer", "buyer": "varchar(9)", "shop": "varchar(9)", "paid": "boolean"},
    [KeyUse("h_order", ["no"]), KeyUse("h_buyer", ["buyer"])],
    delivery="full",
)
# What is closed or vanishes has no row in the stage.
TRACKED = Model(
    sources=[ORDERS],
    hubs=[HubDef("h_order", [("order", "integer")]), HubDef("h_buyer", [("buyer", "varchar(9)")])],
    links=[LinkDef("l_buyer", [("h_order", None), ("h_buyer", None)], ["orders"])],
    satellites=[SatDef("s_order", "orders", "h_order", [("paid", "paid")])],
    others=[
        EffectivityDef("e_buyer", "orders", "l_buyer", [("h_order", None)]),
        StatusDef("t_order", "orders", "h_order", columns=["paid"]),
        MultiActiveDef("m_buyer", "orders", "h_buyer", ["shop"], [("paid", "paid")]),
        AS_OF,
        FIXED,
        PitDef("p_orders", "h_order", ["s_order", "t_order"]),
        PitDef("p_buyers", "h_buyer", ["m_buyer"], "fixed"),
        PitDef("p_links", "l_buyer", ["e_buyer"], "fixed"),
    ],
)
CASES = {
    "customers": Case(
        with_pits(
            part(shop(), "customers", "crm"),
            PitDef("p_customers", "h_customer", ["s_customer_first", "s_crm"]),
            PitDef("p_fixed", "h_customer", ["s_crm"], "fixed"),
            PitDef("p_started", "h_customer", ["s_customer", "s_customer_all"], "started"),
        ),
        share=1,
    ),
    "orders, sha1 as hex": Case(
        with_pits(
            part(shop(HashRule(algorithm="sha1")), "orders", "returns"),
            PitDef("p_orders", "h_order", ["s_order"], "fixed"),
            PitDef("p_customers", "h_customer", ["s_gift"]),
            PitDef("p_returns", "l_order_customer", ["s_return"]),
            PitDef("p_lines", "l_order_line", ["s_order_line"], "fixed"),
        ),
        store="hex",
        share=0.9,
    ),
    "tracked": Case(TRACKED, share=0.9),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_keeps_pits_as_they_would_be_made_from_scratch(
    name: str, make: Callable[..., Project]
) -> None:
    """Late rows, new keys, empty batches; the last stage is loaded twice."""
    case = CASES[name]
    project = make(case.model, store=case.store)
    project.create()

    @case.settings()
    @given(deliveries(case.model, max_deliveries=4))
    def load(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(case.model)
        for batch in batches:
            stage = load_both(project, vault, batch, batch_date(batch))
            assert_equal(project, vault)
        load_again(project, stage)
        assert_equal(project, vault)

    load()


@pytest.mark.parametrize("name", CASES)
def test_files_keep_pits_as_they_would_be_made_from_scratch(
    name: str, make: Callable[..., Project]
) -> None:
    """The last files come again with the same load date: no row is touched."""
    case = replace(CASES[name], share=CASES[name].share / 4)
    project = make(case.model, store=case.store)
    project.run(FIRST_DAY)

    @case.settings()
    @given(deliveries=file_deliveries(case.model))
    def load(deliveries: list[Delivery]) -> None:
        project.clear()
        vault = Vault(case.model)
        for delivery in deliveries:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert ran.exit_code == 0, ran.log
            vault.load(delivery.batch, delivery.load_dt if ran.result.batches else None)
            assert_equal(project, vault)
        ran = project.run(deliveries[-1].load_dt, allow_late=True, reload=True)
        assert set(ran.inserted.values()) <= {0}
        assert_equal(project, vault)

    load()
