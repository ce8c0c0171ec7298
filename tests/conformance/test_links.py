"""Links of every shape, on rows written by hand: of many hubs, between rows of one hub, events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.club import load, load_stage, rows, shown
from tests.reference.definitions import Code, HubDef, KeyUse, LinkDef, Model, SourceDef
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

PERSON, BOSS, TWIN = ("h_person", None), ("h_person", "boss"), ("h_person", "twin")
SHOP, ARTICLE = ("h_shop", None), ("h_article", None)
SALES = {
    "shop": "integer",
    "who": "varchar(9)",
    "article": "varchar(9)",
    "line": "integer",
    "feed": "varchar(9)",
    "at": "integer",
}
KEYS = [
    KeyUse("h_shop", ["shop"]),
    KeyUse("h_person", ["who"]),
    KeyUse("h_article", ["article"]),
]
OFFICE = Model(
    sources=[
        SourceDef(
            "people",
            {"no": "varchar(9)", "boss": "varchar(9)", "twin": "varchar(9)"},
            [
                KeyUse("h_person", ["no"]),
                KeyUse("h_person", ["boss"], "boss"),
                KeyUse("h_person", ["twin"], "twin"),
            ],
        ),
        SourceDef("sales", SALES, KEYS),
        SourceDef("returns", SALES, KEYS),
    ],
    hubs=[
        # Names that a careless statement would use for itself.
        HubDef("h_person", [("person", "varchar(9)")], extra={"place": {"sales": "feed"}}),
        HubDef("h_shop", [("shop", "integer")]),
        HubDef("h_article", [("article", "varchar(9)")]),
    ],
    links=[
        LinkDef("l_boss", [PERSON, BOSS], ["people"], optional=[BOSS]),
        LinkDef("l_same", [PERSON, TWIN], ["people"]),
        LinkDef("l_three", [SHOP, PERSON, ARTICLE], ["sales"]),
        LinkDef("l_line", [SHOP, PERSON], ["sales"], child_keys=[("line", "integer")]),
        LinkDef(
            "l_sale",
            [SHOP, PERSON],
            ["sales", "returns"],
            child_keys=[("line", "integer")],
            columns=[("place", "feed"), ("row_number", "at")],
            order_by=["at"],
        ),
        LinkDef("l_once", [SHOP], ["sales"], columns=[("said", "feed")]),
    ],
)


@pytest.fixture(scope="module")
def shared(make: Callable[..., Project]) -> Project:
    return make(OFFICE)


@pytest.fixture
def project(shared: Project) -> Project:
    shared.run(day(1))
    shared.clear()
    return shared


def test_a_hierarchy_is_a_link_between_two_roles_of_one_hub(project: Project) -> None:
    """Whoever is at the top has nobody above, and the tree is whole."""
    load(project, 1, people=rows("no boss", ("a", "b"), ("b", None), ("c", "b")))
    found = shown(project, "l_boss", "hk_person hk_person_boss")
    assert found == [("a", "b"), ("b", "None"), ("c", "b")]


def test_two_keys_of_one_person_are_told_to_be_the_same(project: Project) -> None:
    """In the direction in which they were delivered; a key may be its own twin."""
    load(project, 1, people=rows("no twin", ("a", "b"), ("b", "a"), ("c", "c"), ("d", None)))
    assert shown(project, "l_same", "hk_person hk_person_twin") == [
        ("a", "b"),
        ("b", "a"),
        ("c", "c"),
    ]


def test_a_link_of_three_hubs_needs_all_of_them(project: Project) -> None:
    sales = rows("shop who article", (1, "a", "x"), (1, "a", "y"), (1, None, "x"), (1, "a", None))
    load(project, 1, sales=sales)
    assert shown(project, "l_three", "hk_shop hk_person hk_article") == [
        ("1", "a", "x"),
        ("1", "a", "y"),
    ]


def test_a_child_key_tells_relationships_of_the_same_hubs_apart(project: Project) -> None:
    """A missing child key is one more child, not a missing key."""
    sales = rows("shop who line", (1, "a", 1), (1, "a", 2), (1, "a", None), (1, "a", 1))
    load(project, 1, sales=sales)
    assert sorted(row[0] or 0 for row in shown(project, "l_line", "line")) == [0, 1, 2]


def test_an_event_is_kept_once_and_what_comes_later_is_not_compared(project: Project) -> None:
    sales = rows("shop who line feed", (1, "a", 1, "old"))
    assert load(project, 1, sales=sales).inserted["l_sale"] == 1
    sales = rows("shop who line feed", (1, "a", 1, "new"), (1, "a", 2, "new"))
    assert load(project, 2, sales=sales).inserted["l_sale"] == 1
    assert shown(project, "l_sale", "line place load_dt") == [(1, "old", 1), (2, "new", 2)]


def test_of_equal_events_of_one_batch_the_first_to_arrive_is_kept(project: Project) -> None:
    """By load date, then the metadata's first source, then order_by with NULL first, then line."""
    header = "shop who line feed at day"
    load_stage(
        project,
        returns=rows(header, (1, "a", 1, "r", None, 2), (1, "a", 3, "first", 9, 1)),
        sales=rows(
            header,
            (1, "a", 1, "late", None, 3),
            (1, "a", 1, "second", 5, 2),
            (1, "a", 1, "first", 4, 2),
            (1, "a", 2, "second", 1, 2),
            (1, "a", 2, "first", None, 2),
            (1, "a", 2, "third", None, 2),
            (1, "a", 3, "second", 1, 2),
        ),
    )
    assert shown(project, "l_sale", "line place row_number") == [
        (1, "first", 4),
        (2, "first", None),
        (3, "first", 9),
    ]


def test_a_link_of_one_hub_keeps_one_event_a_key(project: Project) -> None:
    load(project, 1, sales=rows("shop feed", (1, "a"), (1, "b"), (None, "c"), (2, "d")))
    assert shown(project, "l_once", "hk_shop said") == [("1", "a"), ("2", "d")]


def test_columns_may_be_named_as_a_statement_names_its_own(project: Project) -> None:
    """`place` in a hub that several sources feed."""
    load(project, 1, sales=rows("who feed", ("a", "x")), people=rows("no", ("a",)))
    assert shown(project, "h_person", "person place")[:1] == [("a", "x")]


def test_a_code_tells_equal_keys_apart_and_is_no_key_itself(make: Callable[..., Project]) -> None:
    de, fr = (
        SourceDef(name, {"no": "integer"}, [KeyUse("h_buyer", [Code(name), "no"])])
        for name in ("de", "fr")
    )
    project = make(
        Model([de, fr], [HubDef("h_buyer", [("shop", "varchar(9)"), ("no", "integer")])])
    )
    load(project, 1, de=rows("no", (7,), (None,)), fr=rows("no", (7,), (None,)))
    assert shown(project, "h_buyer", "shop no") == [("de", 7), ("fr", 7)]


def test_a_late_relationship_is_added_and_a_stored_one_stays_as_it_is(project: Project) -> None:
    """L6: insert-only; what is known has the load date that it was stored with."""
    load(project, 3, sales=rows("shop who article line", (1, "a", "x", 1)))
    load(project, 2, sales=rows("shop who article line", (1, "a", "x", 1), (1, "a", "y", 2)))
    assert shown(project, "l_three", "hk_article load_dt") == [("x", 3), ("y", 2)]
    assert shown(project, "l_sale", "line load_dt") == [(1, 3), (2, 2)]
