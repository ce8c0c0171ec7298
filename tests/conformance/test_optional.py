"""Optional references (L2) and rows kept without a key (L3), on rows written by hand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.conformance.club import load, load_stage, rows, shown
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

ZERO = "0" * 32
BUYER, VOUCHER, ORDER = ("h_buyer", None), ("h_voucher", None), ("h_order", None)
SHOP = Model(
    sources=[
        SourceDef(
            "orders",
            {"voucher": "varchar(9)", "no": "integer", "shop": "varchar(9)", "buyer": "integer"},
            # The source's own key is the one that most rows lack.
            [
                KeyUse("h_voucher", ["voucher"]),
                KeyUse("h_order", ["no"]),
                KeyUse("h_buyer", ["shop", "buyer"]),
            ],
        )
    ],
    hubs=[
        HubDef("h_voucher", [("voucher", "varchar(9)")]),
        HubDef("h_order", [("no", "integer")]),
        HubDef("h_buyer", [("shop", "varchar(9)"), ("buyer", "integer")]),
    ],
    links=[
        LinkDef("l_order", [ORDER, VOUCHER], ["orders"], optional=[VOUCHER]),
        LinkDef("l_any", [BUYER, VOUCHER], ["orders"], optional=[VOUCHER, BUYER]),
    ],
    satellites=[
        SatDef("s_order", "orders", "l_order", [("shop", "shop")]),
        SatDef("s_voucher", "orders", "h_voucher", [("no", "no")], null_keys="zero_key"),
        SatDef(
            "s_each",
            "orders",
            "h_voucher",
            [("no", "no")],
            null_keys="zero_key",
            duplicates="stagger",
            ghosts=True,
        ),
    ],
)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def shared(make: Callable[..., Project]) -> Project:
    return make(SHOP)


@pytest.fixture
def project(shared: Project) -> Project:
    shared.run(day(1))
    shared.clear()
    return shared


def keys(project: Project, name: str, column: str = "") -> list[str]:
    return sorted(row[column or f"hk_{name}"] for row in project.rows(name))


def test_a_row_without_an_optional_key_makes_a_link_with_the_zero_key(project: Project) -> None:
    """The key's text has NULL in its place, and the zero key is a row of the hub."""
    load(project, 1, orders=rows("no voucher", (1, "SPRING"), (2, None)))
    assert keys(project, "l_order") == sorted([md5("1|SPRING"), md5(r"2|\N")])
    assert keys(project, "l_order", "hk_voucher") == sorted([md5("SPRING"), ZERO])
    assert ZERO in keys(project, "h_voucher", "hk_voucher")


def test_a_blank_key_is_missing_as_an_empty_one_is(project: Project) -> None:
    load(project, 1, orders=rows("no voucher", (2, "  "), (2, None), (2, "")))
    assert keys(project, "l_order") == [md5(r"2|\N")]


def test_rows_that_lack_their_own_key_are_one_relationship(project: Project) -> None:
    """Found as repeats in one batch, and against the table in the next."""
    for number in (1, 2):
        load(project, number, orders=rows("no voucher", (2, None), (2, None), (2, None)))
    assert keys(project, "l_order") == [md5(r"2|\N")]
    assert shown(project, "l_order", "load_dt") == [(1,)]
    assert len(project.rows("s_order")) == 1


def test_a_row_without_a_key_that_is_needed_makes_no_link(project: Project) -> None:
    load(project, 1, orders=rows("no voucher", (None, "SPRING")))
    assert keys(project, "l_order") == []


def test_a_row_without_any_key_makes_no_link(project: Project) -> None:
    load(project, 1, orders=rows("shop voucher", (None, None), (" ", " ")))
    assert keys(project, "l_any") == []


def test_a_part_of_a_key_is_a_key_also_where_it_is_optional(project: Project) -> None:
    """A blank part stays blank in a key that is one; in a missing key every part is NULL."""
    lines = ((" ", 7, None), (None, 7, None), (" ", None, "V"), (None, None, "V"))
    load(project, 1, orders=rows("shop buyer voucher", *lines))
    assert keys(project, "l_any") == sorted([md5(r"|7|\N"), md5(r"\N|7|\N"), md5(r"\N|\N|V")])


def test_a_satellite_of_such_a_link_has_its_key(project: Project) -> None:
    orders = rows("no voucher shop", (2, None, "a"), (None, None, "b"))
    load(project, 1, orders=orders)
    assert [(row["hk_l_order"], row["shop"]) for row in project.rows("s_order")] == [
        (md5(r"2|\N"), "a")
    ]


def test_rows_without_a_key_are_kept_under_the_zero_key(project: Project) -> None:
    """One timeline for all of them: a change, none, a change back; nothing goes to the rejects."""
    for number, no in enumerate((7, 8, 8, 7), start=1):
        load(project, number, orders=rows("no voucher", (no, None)))
    assert keys(project, "s_voucher", "hk_voucher") == [ZERO] * 3
    assert shown(project, "s_voucher", "no load_dt") == [(7, 1), (7, 4), (8, 2)]
    assert ZERO in keys(project, "h_voucher", "hk_voucher")


def test_of_several_rows_without_a_key_the_duplicates_rule_keeps_one_or_all(
    project: Project,
) -> None:
    """They share no key of their own, so that only the zero key tells that they repeat."""
    orders = rows("no voucher day", (7, None, 1), (8, " ", 1), (8, None, 1))
    assert load_stage(project, orders=orders) == [("s_voucher", "duplicate key", 1)]
    assert shown(project, "s_voucher", "no load_dt") == [(8, 1)]
    mine = [row for row in shown(project, "s_each", "no load_dt load_src") if row[2] != "ghost"]
    assert [row[:2] for row in mine] == [(7, 1), (8, "1+1us")]


def test_a_row_of_nulls_without_a_key_is_no_ghost(project: Project) -> None:
    load(project, 1, orders=rows("no voucher shop", (None, None, "x")))
    found = [row for row in project.rows("s_each") if row["hk_voucher"] == ZERO]
    assert sorted(row["load_src"] for row in found) == ["ghost", "orders/1.csv"]
