"""Multi-active satellites: random sets against the reference model, and the field's mistakes."""

from __future__ import annotations

from dataclasses import replace
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
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.multi_active import MultiActiveDef
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.tables import day
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project


def phone_book(rule: HashRule | None = None) -> Model:
    """Phones of customers, and of customers in shops: by type, by two child keys, sets of types."""
    return Model(
        sources=[
            SourceDef(
                "phones",
                {
                    "no": "varchar(9)",
                    "shop": "integer",
                    "owner": "varchar(9)",
                    "kind": "boolean",
                    "place": "varchar(9)",
                    "number": "varchar(9)",
                    "at": "smallint",
                },
                [
                    KeyUse("h_customer", ["no"]),
                    KeyUse("h_shop", ["shop"]),
                    KeyUse("h_customer", ["owner"], "owner"),
                ],
            )
        ],
        hubs=[
            HubDef("h_customer", [("customer_no", "varchar(9)")]),
            HubDef("h_shop", [("shop_no", "integer")]),
        ],
        links=[LinkDef("l_buys", [("h_customer", None), ("h_shop", None)], ["phones"])],
        rule=rule or HashRule(),
        others=[
            MultiActiveDef(
                "s_phone", "phones", "h_customer", ["kind"], [("number", "number"), ("at", "at")]
            ),
            MultiActiveDef(
                "s_first",
                "phones",
                "h_customer",
                ["kind", "place"],
                [("phone", "number")],
                role="owner",
                order_by=["at"],
                duplicates="first",
            ),
            MultiActiveDef("s_kinds", "phones", "l_buys", ["kind", "at"], order_by=["number"]),
        ],
    )


def own_hashdiffs(rule: HashRule | None = None) -> Model:
    """The same phones under hashdiffs of their own, as other tools have made them (H6).

    One is made of the key too and not of all that is stored; one lacks the child key, which may be
    shared; one lacks both child keys, so that they tell members apart beside it.
    """
    book = phone_book(rule)
    own = [
        MultiActiveDef(
            "s_phone",
            "phones",
            "h_customer",
            ["kind"],
            [("number", "number"), ("since", "at")],
            hashed=["number", "no", "kind"],
            hashdiff="phone_hashdiff",
        ),
        MultiActiveDef(
            "s_all",
            "phones",
            "h_customer",
            ["kind"],
            [("number", "number"), ("at", "at")],
            duplicates="keep",
            hashed=["number"],
        ),
        MultiActiveDef("s_kept", "phones", "l_buys", ["place"], [("at", "at")], duplicates="keep"),
        MultiActiveDef(
            "s_first",
            "phones",
            "h_customer",
            ["kind", "place"],
            [("phone", "number"), ("at", "at")],
            role="owner",
            order_by=["at"],
            duplicates="first",
            hashed=["number"],
        ),
    ]
    return replace(book, others=own)


CASES = {
    "own hashdiffs": Case(own_hashdiffs(), share=0.7),
    "own hashdiffs, classic": Case(own_hashdiffs(HashRule(rule="classic")), share=0.7),
    "md5": Case(phone_book(), share=1.3),
    "classic, sha1 as hex": Case(
        phone_book(HashRule(rule="classic", algorithm="sha1")), store="hex", share=1.3
    ),
}
FULL_PATH = {
    "md5": Case(phone_book(), share=0.4),
    "own hashdiffs": Case(own_hashdiffs(), share=0.3),
}


@pytest.mark.parametrize("name", CASES)
def test_any_stage_of_sets_loads_as_the_reference_model_loads_it(
    name: str, make: Callable[..., Project]
) -> None:
    """The last stage is loaded twice: the second time changes nothing, rejects the same rows."""
    case = CASES[name]
    project = make(case.model, store=case.store)
    project.create()

    @case.settings()
    @given(deliveries(case.model, max_deliveries=3, max_rows=10))
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
def test_random_files_of_sets_give_the_reference_vault(
    name: str, make: Callable[..., Project]
) -> None:
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


# Named tests, rows by hand: a book of phones with one satellite, a set of (kind, number) a key.

BOOK = Model(
    sources=[
        SourceDef(
            "phones",
            {"no": "varchar(9)", "kind": "varchar(9)", "number": "varchar(9)"},
            [KeyUse("h_customer", ["no"])],
        )
    ],
    hubs=[HubDef("h_customer", [("customer_no", "varchar(9)")])],
    others=[
        MultiActiveDef("s_phone", "phones", "h_customer", ["kind"], [("number", "number")]),
        MultiActiveDef("s_kind", "phones", "h_customer", ["kind"], duplicates="first"),
    ],
)
PHONE = "no day kind number"


@pytest.fixture(scope="module")
def book(make: Callable[..., Project]) -> Project:
    made = make(BOOK)
    made.create()
    return made


@pytest.fixture
def project(book: Project) -> Project:
    book.clear()
    return book


def phones(project: Project, view: str = "") -> list[tuple]:
    return shown(project, f"s_phone{view}", "hk load_dt kind number")


def test_a_set_of_rows_is_kept_whole_and_the_same_set_again_is_nothing_new(
    project: Project,
) -> None:
    load_stage(project, phones=rows(PHONE, ("x", 1, "home", "1"), ("x", 1, "work", "2")))
    load_stage(project, phones=rows(PHONE, ("x", 2, "work", "2"), ("x", 2, "home", "1")))
    assert phones(project) == [("x", 1, "home", "1"), ("x", 1, "work", "2")]


def test_a_set_that_shrinks_and_returns_is_three_sets(project: Project) -> None:
    """The removal of a member is a change (adv#50), and so is the return (d4d PR#486)."""
    whole = [("home", "1"), ("work", "2")]
    for number, members in enumerate((whole, whole[:1], whole), start=1):
        load(project, number, phones=rows("no kind number", *(("x", *each) for each in members)))
    assert phones(project) == [
        ("x", 1, "home", "1"),
        ("x", 1, "work", "2"),
        ("x", 2, "home", "1"),
        ("x", 3, "home", "1"),
        ("x", 3, "work", "2"),
    ]
    assert phones(project, "_current") == [("x", 3, "home", "1"), ("x", 3, "work", "2")]


def test_a_return_to_an_earlier_set_is_a_change(project: Project) -> None:
    """A set is compared with the set before it, not with any set that ever was (d4d#221)."""
    for number, phone in enumerate("121", start=1):
        load(project, number, phones=rows("no kind number", ("x", "home", phone)))
    assert phones(project) == [
        ("x", 1, "home", "1"),
        ("x", 2, "home", "2"),
        ("x", 3, "home", "1"),
    ]


def test_several_load_dates_of_one_stage_are_not_one_set(project: Project) -> None:
    """Each is a set of its own, compared with the one before it, stored or staged (d4d#97)."""
    load_stage(project, phones=rows(PHONE, ("x", 1, "home", "1")))
    given = [
        *(("x", 2, "home", "1"), ("x", 2, "work", "2")),
        *(("x", 3, "work", "2"), ("x", 3, "home", "1")),
        ("x", 4, "work", "2"),
        *(("x", 5, "home", "1"), ("x", 5, "work", "2")),
    ]
    assert load_stage(project, phones=rows(PHONE, *given[::-1])) == []
    assert phones(project) == [
        ("x", 1, "home", "1"),
        ("x", 2, "home", "1"),
        ("x", 2, "work", "2"),
        ("x", 4, "work", "2"),
        ("x", 5, "home", "1"),
        ("x", 5, "work", "2"),
    ]
    before = tables(project)
    assert load_stage(project, phones=rows(PHONE, *given)) == []
    assert tables(project) == before


def test_a_member_may_leave_while_another_comes(project: Project) -> None:
    """As many members as before, but not the same ones."""
    load_stage(project, phones=rows(PHONE, ("x", 1, "home", "1"), ("x", 1, "work", "2")))
    load_stage(project, phones=rows(PHONE, ("x", 2, "home", "1"), ("x", 2, "fax", "2")))
    assert phones(project)[2:] == [("x", 2, "fax", "2"), ("x", 2, "home", "1")]


def test_the_same_members_under_exchanged_child_keys_are_another_set(project: Project) -> None:
    """The child keys are part of the hashdiff: home and work have changed places."""
    load_stage(project, phones=rows(PHONE, ("x", 1, "home", "1"), ("x", 1, "work", "2")))
    load_stage(project, phones=rows(PHONE, ("x", 2, "home", "2"), ("x", 2, "work", "1")))
    assert phones(project)[2:] == [("x", 2, "home", "2"), ("x", 2, "work", "1")]


def test_equal_sets_of_two_keys_are_both_kept(project: Project) -> None:
    given = [(key, 1, kind, "1") for key in "xy" for kind in ("home", "work")]
    load_stage(project, phones=rows(PHONE, *given))
    load_stage(project, phones=rows(PHONE, ("y", 2, "home", "1")))
    assert phones(project) == sorted([*given, ("y", 2, "home", "1")])


def test_a_set_is_compared_with_its_own_keys_set_before(project: Project) -> None:
    """On the first day y had what x has on the second."""
    load_stage(project, phones=rows(PHONE, ("x", 1, "home", "1"), ("y", 1, "work", "2")))
    load_stage(project, phones=rows(PHONE, ("x", 2, "work", "2"), ("y", 2, "work", "2")))
    assert phones(project) == [
        ("x", 1, "home", "1"),
        ("x", 2, "work", "2"),
        ("y", 1, "work", "2"),
    ]


def test_the_sets_of_a_new_key_are_compared_with_each_other(project: Project) -> None:
    days = [("x", number, kind, "1") for number in (1, 2, 3) for kind in ("home", "work")]
    load_stage(project, phones=rows(PHONE, *days, ("y", 2, "home", "1"), ("y", 4, "home", "1")))
    assert phones(project) == [*days[:2], ("y", 2, "home", "1")]


def test_null_is_a_child_key_like_any_other(project: Project) -> None:
    given = [(None, None), ("home", None), ("", "1")]
    for number in (1, 2):
        load(project, number, phones=rows("no kind number", *(("x", *each) for each in given)))
    assert phones(project) == sorted([("x", 1, *each) for each in given], key=repr)
    load(project, 3, phones=rows("no kind number", ("x", "home", None), ("x", "", "1")))
    assert phones(project, "_current") == [("x", 3, "", "1"), ("x", 3, "home", None)]


def test_of_two_rows_of_one_member_one_wins_and_the_other_is_rejected(project: Project) -> None:
    given = rows(PHONE, ("x", 1, "home", "1"), ("x", 1, "home", "2"), ("x", 1, "home", "2"))
    assert load_stage(project, phones=given) == [("s_phone", "duplicate key", 1)]
    assert phones(project) == [("x", 1, "home", "2")]
    assert load_stage(project, phones=given) == [("s_phone", "duplicate key", 1)]
    assert phones(project) == [("x", 1, "home", "2")]


def test_a_set_that_is_stored_stands_whole(project: Project) -> None:
    """Part of it is nothing new, more is rejected; neither is a set before another one."""
    stored = [("x", 3, "home", "1"), ("x", 3, "work", "2")]
    load_stage(project, phones=rows(PHONE, *stored))
    assert load_stage(project, phones=rows(PHONE, ("x", 3, "home", "1"))) == []
    more = rows(PHONE, *stored, ("x", 3, "fax", "3"), ("x", 4, "home", "1"), ("y", 3, "fax", "3"))
    assert load_stage(project, phones=more) == [
        ("s_kind", "duplicate key", 3),
        ("s_phone", "duplicate key", 3),
    ]
    contradicting = rows(PHONE, ("x", 3, "home", "9"), ("x", 4, "home", "1"))
    assert load_stage(project, phones=contradicting) == [("s_phone", "duplicate key", 1)]
    assert phones(project) == [*stored, ("x", 4, "home", "1"), ("y", 3, "fax", "3")]


def test_a_late_set_takes_its_place_and_stored_sets_stay(project: Project) -> None:
    load(project, 1, phones=rows("no kind number", ("x", "home", "1"), ("x", "work", "2")))
    load(project, 5, phones=rows("no kind number", ("x", "work", "2")))
    load(project, 3, phones=rows("no kind number", ("x", "work", "2")))
    load(project, 2, phones=rows("no kind number", ("x", "work", "2"), ("x", "home", "1")))
    header = "hk kind number load_dt load_end_dt is_current"
    assert shown(project, "s_phone_history", header) == [
        ("x", "home", "1", 1, 3, False),
        ("x", "work", "2", 1, 3, False),
        ("x", "work", "2", 3, 5, False),
        ("x", "work", "2", 5, None, True),
    ]


def test_a_row_without_a_key_is_rejected_and_stops_no_other(project: Project) -> None:
    ran = load(project, 1, phones=rows("no kind number", (None, "home", "1"), ("x", "home", "1")))
    assert rejects(project, ran.batch) == [("s_kind", "no key", 1), ("s_phone", "no key", 1)]
    again = load(project, 2, phones=rows("no kind number", (" ", "a", "1"), ("x", "home", "2")))
    assert rejects(project, again.batch) == [("s_kind", "no key", 1), ("s_phone", "no key", 1)]
    assert phones(project) == [("x", 1, "home", "1"), ("x", 2, "home", "2")]


def test_a_key_that_is_not_delivered_keeps_its_set(project: Project) -> None:
    load(project, 1, phones=rows("no kind number", ("x", "home", "1"), ("y", "home", "1")))
    load(project, 2, phones=rows("no kind number", ("y", "work", "1")))
    assert phones(project, "_current") == [("x", 1, "home", "1"), ("y", 2, "work", "1")]


def test_a_set_with_two_rows_of_one_member_may_be_forbidden(make: Callable[..., Project]) -> None:
    strict = [replace(each, duplicates="fail") for each in BOOK.others]
    project = make(replace(BOOK, others=strict))
    project.deliver({"phones/1.csv": "no,kind,number\nx,home,1\nx,home,2\ny,home,1\n"})
    ran = project.run(day(1))
    assert ran.exit_code == 1
    assert "s_phone: 1 rows with the reason 'duplicate key'" in ran.log
    assert phones(project) == []
    assert shown(project, "s_kind", "hk kind") == [("x", "home"), ("y", "home")]


# Hashdiffs as another tool has made them: over the key, and not over all that is stored.

KEPT = Model(
    sources=[
        SourceDef(
            "phones",
            {"no": "varchar(9)", "kind": "varchar(9)", "number": "varchar(9)", "since": "integer"},
            [KeyUse("h_customer", ["no"])],
        )
    ],
    hubs=[HubDef("h_customer", [("customer_no", "varchar(9)")])],
    others=[
        MultiActiveDef(
            "s_phone",
            "phones",
            "h_customer",
            ["kind"],
            [("number", "number"), ("since", "since")],
            duplicates="keep",
            hashed=["no", "number"],
            hashdiff="phone_hashdiff",
        )
    ],
)
SINCE = "no kind number since"


@pytest.fixture(scope="module")
def kept(make: Callable[..., Project]) -> Project:
    made = make(KEPT)
    made.create()
    return made


def test_a_column_that_is_kept_and_not_compared_is_no_change_of_a_set(kept: Project) -> None:
    kept.clear()
    load(kept, 1, phones=rows(SINCE, ("x", "home", "1", 1), ("x", "work", "2", 1)))
    load(kept, 2, phones=rows(SINCE, ("x", "work", "2", 2), ("x", "home", "1", 2)))
    assert shown(kept, "s_phone", "hk load_dt kind number since") == [
        ("x", 1, "home", "1", 1),
        ("x", 1, "work", "2", 1),
    ]
    load(kept, 3, phones=rows(SINCE, ("x", "home", "1", 3)))
    assert shown(kept, "s_phone_current", "hk load_dt kind number since") == [
        ("x", 3, "home", "1", 3)
    ]


def test_rows_that_share_their_child_keys_are_members_of_one_set(kept: Project) -> None:
    """Three numbers of one kind: all stay, equal ones once; one fewer is another set."""
    kept.clear()
    three = [("x", "home", "1", 1), ("x", "home", "2", 1), ("x", "work", "2", 1)]
    ran = load(kept, 1, phones=rows(SINCE, *three, three[0]))
    assert rejects(kept, ran.batch) == []
    load(kept, 2, phones=rows(SINCE, *three[::-1]))
    load(kept, 3, phones=rows(SINCE, *three[:2]))
    assert shown(kept, "s_phone", "hk load_dt kind number") == [
        ("x", 1, "home", "1"),
        ("x", 1, "home", "2"),
        ("x", 1, "work", "2"),
        ("x", 3, "home", "1"),
        ("x", 3, "home", "2"),
    ]


def test_a_child_key_outside_the_hashdiff_tells_members_apart(kept: Project) -> None:
    """The same number under another kind, or under none, is another member."""
    kept.clear()
    load(kept, 1, phones=rows(SINCE, ("x", "home", "1", 1), ("x", None, "1", 1)))
    load(kept, 2, phones=rows(SINCE, ("x", None, "1", 1), ("x", "home", "1", 1)))
    load(kept, 3, phones=rows(SINCE, ("x", "work", "1", 1), ("x", None, "1", 1)))
    assert shown(kept, "s_phone", "hk load_dt kind number") == [
        ("x", 1, "home", "1"),
        ("x", 1, None, "1"),
        ("x", 3, "work", "1"),
        ("x", 3, None, "1"),
    ]
