"""Calendars, PIT tables and bridges on rows written by hand: the examples of the docs, and more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.errors import ChangedModelError, EngineError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.conformance.as_of import load_again
from tests.conformance.club import rows
from tests.conformance.deliveries import Rows, as_delivery
from tests.conformance.metadata_text import metadata_text
from tests.conformance.staged import fill_stage
from tests.reference.bridge import BridgeDef, BridgeLink
from tests.reference.calendar import AS_OF, CalendarDef
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.pit import PitDef
from tests.reference.stage import stage_batch
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project, Ran

GHOST = datetime(1, 1, 1)  # noqa: DTZ001 - a warehouse timestamp is UTC without saying so
END = timedelta(days=1, microseconds=-1)
DAILY = CalendarDef("as_of", daily=3)
# A load date of day 2 is exactly at the second of these moments.
EXACT = CalendarDef("exact", dates=[day(2) - timedelta(microseconds=1), day(2)])
SHOP = Model(
    sources=[
        SourceDef(
            "customers", {"no": "varchar(9)", "city": "varchar(9)"}, [KeyUse("h_customer", ["no"])]
        ),
        SourceDef(
            "profiles", {"no": "varchar(9)", "nick": "varchar(9)"}, [KeyUse("h_customer", ["no"])]
        ),
        SourceDef(
            "orders",
            {"order": "integer", "buyer": "varchar(9)"},
            [KeyUse("h_order", ["order"]), KeyUse("h_customer", ["buyer"])],
        ),
        SourceDef(
            "lines",
            {"order": "integer", "product": "varchar(9)"},
            [KeyUse("h_order", ["order"]), KeyUse("h_product", ["product"])],
        ),
    ],
    hubs=[
        HubDef("h_customer", [("customer", "varchar(9)")]),
        HubDef("h_order", [("order", "integer")]),
        HubDef("h_product", [("product", "varchar(9)")]),
    ],
    links=[
        LinkDef("l_order", [("h_order", None), ("h_customer", None)], ["orders"]),
        LinkDef("l_line", [("h_order", None), ("h_product", None)], ["lines"]),
    ],
    satellites=[
        SatDef("s_customer", "customers", "h_customer", [("city", "city")]),
        SatDef("s_profile", "profiles", "h_customer", [("nick", "nick")]),
    ],
    others=[
        EffectivityDef("e_order", "orders", "l_order", [("h_order", None)]),
        DAILY,
        EXACT,
        PitDef("p_customer", "h_customer", ["s_customer", "s_profile"]),
        PitDef("p_exact", "h_customer", ["s_profile"], "exact"),
        BridgeDef(
            "b_sales",
            "h_customer",
            [
                BridgeLink("l_order", ("h_customer", None), "e_order"),
                BridgeLink("l_line", ("h_order", None)),
            ],
        ),
        BridgeDef(
            "b_seen",
            "h_customer",
            [
                BridgeLink("l_order", ("h_customer", None)),
                BridgeLink("l_line", ("h_order", None)),
            ],
        ),
    ],
)


@pytest.fixture(scope="module")
def made(make: Callable[..., Project]) -> Project:
    project = make(SHOP)
    project.run(day(1))
    return project


@pytest.fixture
def shop(made: Project) -> Project:
    made.clear()
    return made


def load(project: Project, number: int, **sources: Rows) -> Ran:
    files = {f"{name}/{number}-{len(given)}.csv": given for name, given in sources.items()}
    project.deliver(as_delivery(project.model, day(number), files).files)
    ran = project.run(day(number), allow_late=True)
    assert ran.exit_code == 0, ran.log
    return ran


def shown(project: Project, name: str, header: str) -> list[tuple[Any, ...]]:
    """The columns of a table, rows sorted: keys as business keys, dates as days of January."""
    known: dict[Any, Any] = {}
    for hub in project.model.hubs:
        column = hub.key[0][0]
        known |= {row[hub.hash_key]: row[column] for row in project.rows(hub.name)}
    return sorted(
        tuple(_readable(row[column], known) for column in header.split())
        for row in project.rows(name)
    )


def _readable(value: Any, known: dict[Any, Any]) -> Any:  # noqa: ANN401 - whatever a column holds
    if value in (GHOST, "0" * 32):
        return "-"
    if isinstance(value, datetime):
        passed = value - day(0)
        return f"{passed.days} end" if passed % timedelta(days=1) else str(passed.days)
    return str(known.get(value, value))


POINTERS = "as_of_dt hk_customer s_customer_key s_customer_load_dt s_profile_key s_profile_load_dt"
WALKS = "as_of_dt hk_customer hk_order hk_product"


def two_days(project: Project) -> None:
    load(project, 1, customers=rows("no city", ("C1", "Rome"), ("C2", "Oslo")))
    load(
        project,
        2,
        customers=rows("no city", ("C1", "Paris")),
        profiles=rows("no nick", ("C1", "ann")),
    )


def test_a_pit_points_to_the_newest_rows_or_to_the_ghost(shop: Project) -> None:
    two_days(shop)
    assert shown(shop, "p_customer", POINTERS) == [
        ("1 end", "C1", "C1", "1", "-", "-"),
        ("1 end", "C2", "C2", "1", "-", "-"),
        ("2 end", "C1", "C1", "2", "C1", "2"),
        ("2 end", "C2", "C2", "1", "-", "-"),
    ]


def test_a_late_row_repairs_exactly_the_rows_that_it_affects(shop: Project) -> None:
    two_days(shop)
    ran = load(shop, 1, profiles=rows("no nick", ("C2", "bob")))
    assert shown(shop, "p_customer", POINTERS) == [
        ("1 end", "C1", "C1", "1", "-", "-"),
        ("1 end", "C2", "C2", "1", "C2", "1"),
        ("2 end", "C1", "C1", "2", "C1", "2"),
        ("2 end", "C2", "C2", "1", "C2", "1"),
    ]
    assert ran.inserted["p_customer"] == 2


def test_a_late_row_that_is_the_newest_at_no_date_repairs_nothing(shop: Project) -> None:
    """C1 of day 0 is older than what day 1 has, and at the end of day 0 C1 was not known."""
    two_days(shop)
    ran = load(shop, 0, customers=rows("no city", ("C1", "Bonn")))
    assert ran.inserted["s_customer"] == 1
    assert ran.inserted["p_customer"] == 0


def test_a_late_key_has_rows_from_its_load_date_on(shop: Project) -> None:
    two_days(shop)
    load(shop, 1, profiles=rows("no nick", ("C3", "cy")))
    assert [row for row in shown(shop, "p_customer", POINTERS) if row[1] == "C3"] == [
        ("1 end", "C3", "-", "-", "C3", "1"),
        ("2 end", "C3", "-", "-", "C3", "1"),
    ]


def test_a_second_batch_of_a_day_repairs_what_the_day_shows(shop: Project) -> None:
    load(shop, 1, customers=rows("no city", ("C1", "Rome")))
    project_day = day(1) + timedelta(hours=9)
    files = {"profiles/again.csv": rows("no nick", ("C1", "ann"))}
    shop.deliver(as_delivery(shop.model, project_day, files).files)
    assert shop.run(project_day).exit_code == 0
    (row,) = shop.rows("p_customer")
    assert (row[AS_OF], row["s_profile_load_dt"]) == (day(1) + END, project_day)


def test_a_row_exactly_at_the_as_of_moment_is_seen(shop: Project) -> None:
    two_days(shop)
    assert [
        (row[AS_OF], row["s_profile_load_dt"])
        for row in sorted(shop.rows("p_exact"), key=lambda row: row[AS_OF])
        if row["s_profile_load_dt"] != GHOST
    ] == [(day(2), day(2))]


def partly(project: Project, number: int, *select: str, **sources: Rows) -> None:
    """Load some entities alone from files of a day, which then are not in the landing any more."""
    files = {f"{name}/{number}.csv": given for name, given in sources.items()}
    project.deliver(as_delivery(project.model, day(number), files).files)
    assert project.run(day(number), select=select).exit_code == 0


def test_a_satellite_that_came_before_its_hub_knew_the_key_is_pointed_to(shop: Project) -> None:
    """The row of day 1 has an older load date than all that the batch of day 2 brings."""
    load(shop, 0, customers=rows("no city", ("C9", "Bonn")))
    partly(shop, 1, "s_customer", customers=rows("no city", ("C1", "Rome")))
    load(shop, 2, profiles=rows("no nick", ("C1", "ann")))
    assert [row for row in shown(shop, "p_customer", POINTERS) if row[1] == "C1"] == [
        ("2 end", "C1", "C1", "1", "C1", "2"),
    ]


def test_what_a_batch_has_left_out_is_pointed_to_where_the_dates_stand_already(
    shop: Project,
) -> None:
    """No new date makes the rows anew: the repair itself has to read what came before its batch."""
    load(shop, 0, customers=rows("no city", ("C9", "Bonn")))
    partly(shop, 1, "s_customer", customers=rows("no city", ("C1", "Rome")))
    load(shop, 3, lines=rows("order product", (7, "tea")))
    late = rows("no nick", ("C1", "ann"))
    shop.deliver(as_delivery(shop.model, day(2), {"profiles/2.csv": late}).files)
    ran = shop.run(day(2), allow_late=True)
    assert ran.exit_code == 0, ran.log
    assert [row for row in shown(shop, "p_customer", POINTERS) if row[1] == "C1"] == [
        ("2 end", "C1", "C1", "1", "C1", "2"),
        ("3 end", "C1", "C1", "1", "C1", "2"),
    ]


def test_a_pit_that_was_left_out_has_all_rows_when_its_files_come_again(shop: Project) -> None:
    """The hub and the satellite of a key are of day 1, and so are rows of the PIT from then on."""
    load(shop, 3, lines=rows("order product", (7, "tea")))
    late = rows("no nick", ("C1", "ann"))
    shop.deliver(as_delivery(shop.model, day(1), {"profiles/1.csv": late}).files)
    ran = shop.run(day(1), select=("h_customer", "s_profile"), allow_late=True)
    assert ran.exit_code == 0, ran.log
    assert shown(shop, "p_customer", POINTERS) == []
    assert shop.run(day(4)).exit_code == 0
    assert shown(shop, "p_customer", POINTERS) == [
        ("1 end", "C1", "-", "-", "C1", "1"),
        ("2 end", "C1", "-", "-", "C1", "1"),
        ("3 end", "C1", "-", "-", "C1", "1"),
        ("4 end", "C1", "-", "-", "C1", "1"),
    ]


def test_pit_with_an_empty_stage_keeps_its_history(shop: Project) -> None:
    """Once with the same load date, when nothing changes; once with a later one: a new slice."""
    two_days(shop)
    before = shown(shop, "p_customer", POINTERS)
    third = [("3 end", "C1", "C1", "2", "C1", "2"), ("3 end", "C2", "C2", "1", "-", "-")]
    for number, more in ((2, []), (3, third)):
        stage, _ = stage_batch(shop.model, {}, day(number))
        fill_stage(shop, stage)
        load_again(shop, stage)
        assert shown(shop, "p_customer", POINTERS) == before + more


def test_a_source_that_a_pit_does_not_read_brings_it_the_new_date(shop: Project) -> None:
    two_days(shop)
    load(shop, 5, lines=rows("order product", (7, "tea")))
    dates = {row[0] for row in shown(shop, "p_customer", POINTERS)}
    assert dates == {"1 end", "2 end", "3 end", "4 end", "5 end"}


def test_dates_that_leave_their_window_stay(shop: Project) -> None:
    two_days(shop)
    load(shop, 20, lines=rows("order product", (7, "tea")))
    found = [row[0] for row in shown(shop, "as_of", AS_OF)]
    assert found == ["-1 end", "0 end", "1 end", "18 end", "19 end", "2 end", "20 end"]
    load(shop, 1, profiles=rows("no nick", ("C2", "bob")))
    assert ("1 end", "C2", "C2", "1", "C2", "1") in shown(shop, "p_customer", POINTERS)


@pytest.mark.parametrize("gone", ["DELETE FROM", "DROP TABLE"])
def test_a_pit_and_a_bridge_without_their_rows_are_made_anew(shop: Project, gone: str) -> None:
    two_days(shop)
    load(shop, 3, orders=rows("order buyer", (7, "C1")), lines=rows("order product", (7, "tea")))
    before = {name: shop.rows(name) for name in ("p_customer", "b_seen", "b_sales")}
    for name, kept in before.items():
        assert kept
        shop.warehouse.session.execute(f"{gone} {shop.table(name)}")
    # A link's row that none of them has anything of.
    load(shop, 3, lines=rows("order product", (99, "tea")))
    for name, kept in before.items():
        assert sorted(map(repr, shop.rows(name))) == sorted(map(repr, kept)), name


def test_a_pit_without_its_dates_says_what_to_drop(shop: Project) -> None:
    two_days(shop)
    before = sorted(map(repr, shop.rows("p_customer")))
    shop.warehouse.session.execute(f"DROP TABLE {shop.table('p_customer_dates')}")
    with pytest.raises(EngineError) as caught:
        load(shop, 2, lines=rows("order product", (99, "tea")))
    assert "the table vault.p_customer_dates is missing" in str(caught.value)
    assert "DROP TABLE vault.p_customer, and the next run makes both anew" in str(caught.value)
    shop.warehouse.session.execute(f"DROP TABLE {shop.table('p_customer')}")
    load(shop, 2, lines=rows("order product", (99, "tea")))
    assert sorted(map(repr, shop.rows("p_customer"))) == before


def test_a_pit_that_gains_a_satellite_says_what_to_drop(make: Callable[..., Project]) -> None:
    less = Model(
        **{
            **vars(SHOP),
            "others": [DAILY, PitDef("p_customer", "h_customer", ["s_customer"])],
        }
    )
    project = make(less)
    load(project, 1, customers=rows("no city", ("C1", "Rome")))
    more = Model(**{**vars(less), "others": [DAILY, SHOP.others[3]]})
    (project.folder / "metadata/model.yml").write_text(metadata_text(more), "utf-8")
    read = load_model(project.folder)
    render(project.folder, read, choose_target(read.project, None))
    with pytest.raises(ChangedModelError) as caught:
        project.run(day(2))
    assert "lacks the column s_profile_key, s_profile_load_dt" in str(caught.value)
    dropped = 'DROP TABLE IF EXISTS "vault"."p_customer"'
    assert dropped in str(caught.value)
    project.warehouse.session.execute(dropped)
    assert project.run(day(2)).exit_code == 0
    assert len(project.rows("p_customer")) == 2


def test_a_bridge_follows_a_relationship_that_turns(shop: Project) -> None:
    load(shop, 1, orders=rows("order buyer", (7, "C1")), lines=rows("order product", (7, "tea")))
    load(shop, 2, orders=rows("order buyer", (7, "C2")), lines=rows("order product", (7, "milk")))
    assert shown(shop, "b_sales", WALKS) == [
        ("1 end", "C1", "7", "tea"),
        ("2 end", "C2", "7", "milk"),
        ("2 end", "C2", "7", "tea"),
    ]
    assert ("2 end", "C1", "7", "tea") in shown(shop, "b_seen", WALKS)


def test_a_late_turn_takes_walks_out_and_puts_others_in(shop: Project) -> None:
    load(shop, 1, orders=rows("order buyer", (7, "C1")), lines=rows("order product", (7, "tea")))
    load(shop, 3, lines=rows("order product", (8, "tea")))
    assert ("3 end", "C1", "7", "tea") in shown(shop, "b_sales", WALKS)
    load(shop, 2, orders=rows("order buyer", (7, "C2")))
    assert shown(shop, "b_sales", WALKS) == [
        ("1 end", "C1", "7", "tea"),
        ("2 end", "C2", "7", "tea"),
        ("3 end", "C2", "7", "tea"),
    ]


def test_a_late_line_reaches_the_customer_behind_two_links(shop: Project) -> None:
    load(shop, 1, orders=rows("order buyer", (7, "C1")))
    load(shop, 2, lines=rows("order product", (7, "tea")))
    ran = load(shop, 1, lines=rows("order product", (7, "milk")))
    assert shown(shop, "b_sales", WALKS) == [
        ("1 end", "C1", "7", "milk"),
        ("2 end", "C1", "7", "milk"),
        ("2 end", "C1", "7", "tea"),
    ]
    assert ran.inserted["b_sales"] == 2


WINDOWS = [
    (CalendarDef("c", daily=2), ["02-28", "02-29"]),
    (CalendarDef("c", weekly=2), ["02-18", "02-25"]),
    (CalendarDef("c", weekly=2, week_day="friday"), ["02-16", "02-23"]),
    (CalendarDef("c", weekly=1, week_day="thursday"), ["02-29"]),
    (CalendarDef("c", monthly=2), ["01-31", "02-29"]),
    (CalendarDef("c", monthly=2, month_day="first"), ["01-01", "02-01"]),
    (CalendarDef("c", daily=40, start=date(2024, 2, 28)), ["02-28", "02-29"]),
    (CalendarDef("c", daily=1, weekly=1, week_day="thursday", monthly=1), ["02-29"]),
]


@pytest.mark.parametrize(("calendar", "expected"), WINDOWS)
def test_windows_count_back_from_the_newest_day(
    calendar: CalendarDef, expected: list[str], make: Callable[..., Project]
) -> None:
    """The newest load date is 2024-02-29 06:00, a Thursday; each day stands for its end."""
    project = make(Model(sources=SHOP.sources[:1], hubs=SHOP.hubs[:1], others=[calendar]))
    newest = datetime(2024, 2, 29, 6)  # noqa: DTZ001 - as above
    files = {"customers/1.csv": rows("no", ("C1",))}
    project.deliver(as_delivery(project.model, newest, files).files)
    assert project.run(newest).exit_code == 0
    moments = sorted(row[AS_OF] for row in project.rows("c"))
    assert moments == [datetime.fromisoformat(f"2024-{text}") + END for text in expected]
