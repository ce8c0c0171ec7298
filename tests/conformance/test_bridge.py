"""Bridges: what is kept up batch by batch is what would be made from scratch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from tests.conformance.as_of import batch_date, load_again, load_both
from tests.conformance.cases import Case
from tests.conformance.club import load, rows, shown
from tests.conformance.comparing import assert_equal
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.conformance.test_pit import FIXED
from tests.reference.bridge import BridgeDef, BridgeLink
from tests.reference.calendar import CalendarDef
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.hashing import HashRule
from tests.reference.pit import PitDef
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project
    from tests.reference.stage import Batch

AS_OF = CalendarDef("as_of", daily=2, weekly=1, monthly=1)
SALES = Model(
    sources=[
        SourceDef(
            "orders",
            {"order_no": "smallint", "customer": "varchar(9)", "seller": "varchar(9)"},
            [
                KeyUse("h_order", ["order_no"]),
                KeyUse("h_person", ["customer"]),
                KeyUse("h_person", ["seller"], "seller"),
            ],
        ),
        SourceDef(
            "lines",
            {"order_no": "smallint", "article": "date"},
            [KeyUse("h_order", ["order_no"]), KeyUse("h_article", ["article"])],
        ),
        SourceDef(
            "returned",
            {"order_no": "smallint", "article": "date"},
            [KeyUse("h_order", ["order_no"]), KeyUse("h_article", ["article"])],
        ),
        SourceDef(
            "families",
            {"parent": "varchar(9)", "child": "varchar(9)"},
            [KeyUse("h_person", ["parent"]), KeyUse("h_person", ["child"], "child")],
        ),
    ],
    hubs=[
        HubDef("h_order", [("order_no", "smallint")]),
        HubDef("h_person", [("person", "varchar(9)")]),
        HubDef("h_article", [("article", "date")]),
    ],
    links=[
        LinkDef(
            "l_order", [("h_order", None), ("h_person", None), ("h_person", "seller")], ["orders"]
        ),
        LinkDef("l_line", [("h_order", None), ("h_article", None)], ["lines", "returned"]),
        LinkDef("l_family", [("h_person", None), ("h_person", "child")], ["families"]),
    ],
)
ORDER = BridgeLink("l_order", ("h_person", None))
LINE = BridgeLink("l_line", ("h_order", None))
BRIDGES = [
    AS_OF,
    FIXED,
    BridgeDef("b_sales", "h_person", [ORDER, LINE]),
    # From the order both ways, and on from the last person: the seller's parents.
    BridgeDef(
        "b_parents",
        "h_order",
        [
            LINE,
            BridgeLink("l_order", ("h_order", None)),
            BridgeLink("l_family", ("h_person", "child")),
        ],
        "fixed",
    ),
]
# Who buys an order, and who sells it, from when to when.
HELD = Model(
    sources=[
        SourceDef(
            "orders",
            {"order_no": "smallint", "customer": "varchar(9)"},
            [KeyUse("h_order", ["order_no"]), KeyUse("h_person", ["customer"])],
            delivery="full",
        ),
        SourceDef(
            "lines",
            {"order_no": "smallint", "article": "date", "since": "timestamp", "until": "timestamp"},
            [KeyUse("h_order", ["order_no"]), KeyUse("h_article", ["article"])],
            not_null=frozenset({"since"}),
        ),
    ],
    hubs=SALES.hubs,
    links=[
        LinkDef("l_order", [("h_order", None), ("h_person", None)], ["orders"]),
        LinkDef("l_line", [("h_order", None), ("h_article", None)], ["lines"]),
    ],
    others=[
        EffectivityDef(
            "e_order",
            "orders",
            "l_order",
            [("h_order", None)],
            period=("valid_from", "valid_to"),
            open_end=datetime(9999, 12, 31),  # noqa: DTZ001 - the warehouse's time is UTC
        ),
        EffectivityDef("e_line", "lines", "l_line", start="since", end="until"),
        AS_OF,
        FIXED,
        BridgeDef("b_sales", "h_person", [ORDER._replace(effectivity="e_order"), LINE]),
        BridgeDef(
            "b_articles",
            "h_article",
            [
                BridgeLink("l_line", ("h_article", None), "e_line"),
                BridgeLink("l_order", ("h_order", None), "e_order"),
            ],
            "fixed",
        ),
    ],
)
# An order may lack its seller, who then is the zero key; a PIT has rows for it.
UNKNOWN = replace(
    SALES,
    links=[replace(SALES.links[0], optional=[("h_person", "seller")]), *SALES.links[1:]],
    satellites=[
        SatDef(
            "s_seller",
            "orders",
            "h_person",
            [("sold", "order_no")],
            role="seller",
            null_keys="zero_key",
        )
    ],
    others=[
        *BRIDGES,
        BridgeDef("b_sold", "h_person", [BridgeLink("l_order", ("h_person", "seller")), LINE]),
        PitDef("p_person", "h_person", ["s_seller"], "fixed"),
    ],
)
CASES = {
    "unknown": Case(UNKNOWN, share=0.7),
    "held": Case(HELD, share=1.2),
    "sales": Case(replace(SALES, others=BRIDGES), share=1.2),
    "sales, sha1 as hex": Case(
        replace(SALES, others=BRIDGES, rule=HashRule(algorithm="sha1")), store="hex", share=0.4
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_keeps_bridges_as_they_would_be_made_from_scratch(
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


@pytest.mark.parametrize("name", ["held", "sales"])
def test_files_keep_bridges_as_they_would_be_made_from_scratch(
    name: str, make: Callable[..., Project]
) -> None:
    """The last files come again with the same load date: no row is touched."""
    case = replace(CASES[name], share=0.25)
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


PERIODS = replace(
    HELD,
    others=[
        EffectivityDef("e_line", "lines", "l_line", start="since", end="until"),
        CalendarDef("as_of", dates=[day(12), day(15), day(18), day(25)]),
        BridgeDef("b_held", "h_order", [LINE._replace(effectivity="e_line")]),
    ],
)


def test_a_walk_leads_over_any_period_of_a_relationship_once(make: Callable[..., Project]) -> None:
    """From 11 to 14 and, told apart, from 17 and from 20 on: not at 15, and once at 25."""
    project = make(PERIODS)
    article = day(1).date()
    periods = [(1, article, day(11), day(14)), (1, article, day(17), None)]
    header = "order_no article since until"
    load(project, 10, lines=rows(header, *periods, (1, article, day(20), None)))
    assert shown(project, "b_held", "as_of_dt") == [(12,), (18,), (25,)]
    load(project, 16, lines=rows(header, periods[0]))
    assert shown(project, "b_held", "as_of_dt") == [(12,)]
