"""Satellites of several sources, and satellites without a hashdiff, against the reference model."""

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
from tests.conformance.test_full_path import assert_same_run, load_again
from tests.conformance.test_stage_level import load_stage as load_filled_stage
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

FACTS = [("vip", "vip"), ("score", "score")]


def two_registers(rule: HashRule | None = None) -> Model:
    """Customers and their shops in two files, the same columns in each; satellites of both."""
    return Model(
        sources=[
            SourceDef(
                "crm",
                {"customer": "varchar(9)", "shop": "integer", "vip": "boolean", "score": "integer"}
                | {"seen": "smallint"},
                [KeyUse("h_customer", ["customer"]), KeyUse("h_shop", ["shop"])],
            ),
            SourceDef(
                "web",
                {"client": "varchar(20)", "shop": "bigint", "seen": "integer", "vip": "boolean"}
                | {"score": "smallint", "referrer": "varchar(9)"},
                [
                    KeyUse("h_customer", ["client"]),
                    KeyUse("h_shop", ["shop"]),
                    KeyUse("h_customer", ["referrer"], "referrer"),
                ],
            ),
        ],
        hubs=[
            HubDef("h_customer", [("customer_no", "varchar(20)")]),
            HubDef("h_shop", [("shop_no", "bigint")]),
        ],
        links=[LinkDef("l_buys", [("h_customer", None), ("h_shop", None)], ["crm", "web"])],
        satellites=[
            _of_both("s_last", order_by=["seen"]),
            _of_both("s_first", duplicates="first", parent="l_buys"),
            _of_both("s_all", duplicates="stagger"),
            _of_both("s_event", historized=False, order_by=["seen"]),
            _of_both("s_compared", hashdiff=False),
            SatDef(
                "s_web_first",
                source="web",
                more_sources=["crm"],
                parent="h_customer",
                columns=[("is_vip", "vip")],
                hashdiff=False,
                duplicates="first",
            ),
            _of_both("s_compared_all", hashdiff=False, duplicates="stagger", parent="h_shop"),
        ],
        rule=rule or HashRule(),
    )


def _of_both(name: str, parent: str = "h_customer", **options: object) -> SatDef:
    return SatDef(name, "crm", parent, FACTS, more_sources=["web"], **options)


def weights() -> Model:
    """One source, no hashdiff: floating point, text and NULLs compared column by column.

    One of them is named as a column of the ledger is.
    """
    columns = [("kg", "weight"), ("opened_at", "unit")]
    return Model(
        sources=[
            SourceDef(
                "weights",
                {
                    "person": "varchar(9)",
                    "weight": "double",
                    "unit": "varchar(9)",
                    "at": "smallint",
                },
                [KeyUse("h_person", ["person"])],
            )
        ],
        hubs=[HubDef("h_person", [("person_no", "varchar(9)")])],
        satellites=[
            SatDef("s_last", "weights", "h_person", columns, order_by=["at"], hashdiff=False),
            SatDef(
                "s_first", "weights", "h_person", columns[::-1], duplicates="first", hashdiff=False
            ),
            SatDef("s_all", "weights", "h_person", columns, duplicates="stagger", hashdiff=False),
        ],
    )


CASES = {
    "two sources": Case(two_registers(), share=0.9),
    "two sources, sha1 as hex": Case(
        two_registers(HashRule(algorithm="sha1")), store="hex", share=0.35
    ),
    "no hashdiff": Case(weights(), share=0.9),
}
FULL_PATH = {
    "two sources": Case(two_registers(), share=0.3),
    "no hashdiff": Case(weights(), share=0.25),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_loads_as_the_reference_model_loads_it(
    name: str, make: Callable[..., Project]
) -> None:
    """The last stage is loaded twice: the second time changes nothing, rejects the same rows."""
    case = CASES[name]
    project = make(case.model, store=case.store)
    project.create()

    @case.settings()
    @given(deliveries(case.model, max_deliveries=3, max_rows=7))
    def load_all(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(case.model)
        for batch in batches:
            stage, _ = stage_batch(case.model, batch)
            fill_stage(project, stage)
            told = load_filled_stage(project)
            report = vault.load_stage(stage)
            assert_equal(project, vault)
            assert told == sorted(report.rejects)
        before = tables(project)
        assert load_filled_stage(project) == told
        assert tables(project) == before

    load_all()


@pytest.mark.parametrize("name", FULL_PATH)
def test_random_files_give_the_reference_vault(name: str, make: Callable[..., Project]) -> None:
    """Files in order, late or twice; then the last ones again, at once or a week later."""
    case = FULL_PATH[name]
    project = make(case.model)
    project.run(FIRST_DAY)

    @case.settings()
    @given(file_deliveries(case.model), st.booleans())
    def load_all(given_files: list[Delivery], later: bool) -> None:  # noqa: FBT001 - drawn
        project.clear()
        vault = Vault(case.model)
        for delivery in given_files:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
        if later:
            newest = max(delivery.load_dt for delivery in given_files) + timedelta(days=7)
            ran = project.run(newest, reload=True)
            report = vault.load(given_files[-1].at(newest).batch)
            assert_same_run(project, ran, report, vault)
        else:
            load_again(project, vault, given_files[-1])

    load_all()


# Named tests, rows by hand: the city of a customer, as two sources know it.

CITY = [("city", "city")]
BOTH = Model(
    sources=[
        SourceDef(
            name,
            {"no": "varchar(9)", "city": "varchar(9)", "at": "integer"},
            [KeyUse("h_customer", ["no"])],
        )
        for name in ("crm", "web")
    ],
    hubs=[HubDef("h_customer", [("customer_no", "varchar(9)")])],
    satellites=[
        SatDef("s_last", "crm", "h_customer", CITY, more_sources=["web"]),
        SatDef("s_first", "crm", "h_customer", CITY, more_sources=["web"], duplicates="first"),
        SatDef("s_all", "crm", "h_customer", CITY, more_sources=["web"], duplicates="stagger"),
        SatDef("s_ordered", "crm", "h_customer", CITY, more_sources=["web"], order_by=["at"]),
        SatDef("s_turned", "web", "h_customer", CITY, more_sources=["crm"], hashdiff=False),
        SatDef("s_once", "crm", "h_customer", CITY, more_sources=["web"], historized=False),
        SatDef("s_crm", "crm", "h_customer", [*CITY, ("at", "at")], hashdiff=False),
    ],
)
DAYS = "no day city"


@pytest.fixture(scope="module")
def both(make: Callable[..., Project]) -> Project:
    made = make(BOTH)
    made.create()
    return made


@pytest.fixture
def project(both: Project) -> Project:
    both.clear()
    return both


def cities(project: Project, satellite: str = "s_last") -> list[tuple]:
    return shown(project, satellite, "hk load_dt city")


def test_tie_between_sources_on_one_load_date(project: Project) -> None:
    """The order in the satellite decides; the loser is told with its own source and file."""
    given = rows("no city at", ("x", "Rome", 2))
    other = rows("no city at", ("y", "Bonn", 1), ("x", "Oslo", 1))
    ran = load(project, 1, crm=given, web=other)
    assert cities(project) == [("x", 1, "Oslo"), ("y", 1, "Bonn")]
    assert cities(project, "s_first") == [("x", 1, "Rome"), ("y", 1, "Bonn")]
    assert cities(project, "s_ordered") == [("x", 1, "Rome"), ("y", 1, "Bonn")]
    assert cities(project, "s_turned") == [("x", 1, "Rome"), ("y", 1, "Bonn")]
    assert cities(project, "s_once") == [("x", 1, "Rome"), ("y", 1, "Bonn")]
    assert cities(project, "s_all") == [("x", "1+1us", "Oslo"), ("x", 1, "Rome"), ("y", 1, "Bonn")]
    told = project.warehouse.session.query(
        'SELECT "entity", "source", "file", "row_no", "record" '
        f"FROM {project.ledger_table('rejects')} WHERE \"reason\" = 'duplicate key'"
    )
    assert sorted(told) == [
        ("s_first", "web", "web/1.csv", 2, "x|Oslo|1"),
        ("s_last", "crm", "crm/1.csv", 1, "x|Rome|2"),
        ("s_ordered", "web", "web/1.csv", 2, "x|Oslo|1"),
        ("s_turned", "web", "web/1.csv", 2, "x|Oslo|1"),
    ]
    before = tables(project)
    again = project.run(day(1), allow_late=True, reload=True)
    assert tables(project) == before
    assert project.rejects(again.batch) == project.rejects(ran.batch)


def test_two_sources_that_say_the_same_are_one_row(project: Project) -> None:
    """Also on another day: one line over both of them."""
    same = rows("no city", ("x", "Rome"))
    ran = load(project, 1, crm=same, web=same)
    assert rejects(project, ran.batch) == []
    load(project, 2, web=same)
    for name in ("s_last", "s_first", "s_all", "s_ordered", "s_turned", "s_once"):
        assert cities(project, name) == [("x", 1, "Rome")], name


def test_back_and_forth_between_sources_in_one_stage_keeps_every_turn(project: Project) -> None:
    """A-B-A: the middle one from the other source; equal row numbers in both."""
    crm = rows(DAYS, ("x", 3, "Rome"), ("x", 1, "Rome"))
    web = rows(DAYS, ("x", 2, "Oslo"), ("x", 4, "Rome"))
    assert load_stage(project, crm=crm, web=web) == []
    for name in ("s_last", "s_first", "s_all", "s_turned"):
        assert cities(project, name) == [("x", 1, "Rome"), ("x", 2, "Oslo"), ("x", 3, "Rome")]


def test_a_return_to_an_earlier_value_is_a_change_whoever_says_it(project: Project) -> None:
    """A row is compared with the row before it, not with any historic row."""
    load(project, 1, crm=rows("no city", ("x", "Rome")))
    load(project, 2, web=rows("no city", ("x", "Oslo")))
    load(project, 3, web=rows("no city", ("x", "Rome")))
    for name in ("s_last", "s_turned"):
        assert cities(project, name) == [("x", 1, "Rome"), ("x", 2, "Oslo"), ("x", 3, "Rome")]
    assert cities(project, "s_once") == [("x", 1, "Rome")]


def test_a_row_exactly_at_the_newest_load_date_of_the_other_source(project: Project) -> None:
    """What is stored stands: the same again is nothing new, another value is rejected."""
    load_stage(project, crm=rows(DAYS, ("x", 3, "Rome"), ("y", 3, "Rome")))
    web = rows(DAYS, ("x", 3, "Oslo"), ("y", 3, "Rome"), ("x", 4, "Oslo"), ("z", 3, "Bonn"))
    assert load_stage(project, web=web) == [
        (name, "duplicate key", 1)
        for name in ("s_all", "s_first", "s_last", "s_ordered", "s_turned")
    ]
    for name in ("s_last", "s_all", "s_turned"):
        assert cities(project, name) == [
            *(("x", 3, "Rome"), ("x", 4, "Oslo")),
            *(("y", 3, "Rome"), ("z", 3, "Bonn")),
        ]


def test_null_is_a_value_also_where_columns_are_compared(project: Project) -> None:
    """No row before is not a row of NULLs before; NULL again is nothing new, text is a change."""
    days = [None, None, "Rome", None, ""]
    for number, city in enumerate(days, start=1):
        load(project, number, crm=rows("no city", ("x", city), ("y", None)))
    expected = [("x", 1, None), ("x", 3, "Rome"), ("x", 4, None), ("x", 5, ""), ("y", 1, None)]
    for name in ("s_last", "s_turned", "s_crm"):
        assert cities(project, name) == expected


def test_a_change_of_any_compared_column_is_a_change(project: Project) -> None:
    header = "no day city at"
    crm = rows(header, ("x", 1, "Rome", 1), ("x", 2, "Rome", 2), ("x", 3, "Oslo", 2))
    load_stage(project, crm=[*crm, *rows(header, ("x", 4, "Oslo", None), ("x", 5, "Oslo", None))])
    assert shown(project, "s_crm", "load_dt city at") == [
        (1, "Rome", 1),
        (2, "Rome", 2),
        (3, "Oslo", 2),
        (4, "Oslo", None),
    ]


def test_two_keys_that_say_the_same_are_both_kept(project: Project) -> None:
    load(project, 1, crm=rows("no city", ("x", "Rome")), web=rows("no city", ("y", "Rome")))
    load(project, 2, crm=rows("no city", ("y", "Oslo")), web=rows("no city", ("x", "Oslo")))
    for name in ("s_last", "s_turned"):
        assert cities(project, name) == [
            *(("x", 1, "Rome"), ("x", 2, "Oslo")),
            *(("y", 1, "Rome"), ("y", 2, "Oslo")),
        ]


def test_a_late_source_takes_its_place_on_the_line(project: Project) -> None:
    load(project, 1, crm=rows("no city", ("x", "Rome")))
    load(project, 5, crm=rows("no city", ("x", "Oslo")))
    load(project, 2, web=rows("no city", ("x", "Rome")))
    load(project, 3, web=rows("no city", ("x", "Bonn")))
    for name in ("s_last", "s_turned"):
        assert shown(project, f"{name}_history", "city load_dt load_end_dt") == [
            ("Bonn", 3, 5),
            ("Oslo", 5, None),
            ("Rome", 1, 3),
        ]


def test_a_row_without_a_key_is_rejected_with_its_own_source(project: Project) -> None:
    ran = load(project, 1, crm=rows("no city", ("x", "Rome")), web=rows("no city", (None, "Oslo")))
    names = ("s_all", "s_first", "s_last", "s_once", "s_ordered", "s_turned")
    assert [tuple(each) for each in project.rejects(ran.batch)] == [
        (name, "no key", "web", 1) for name in names
    ]
