"""Natural keys on rows written by hand: the key is the business key, text as it would be hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.cases import natural
from tests.conformance.club import CLUB, load, rows
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project


@pytest.fixture(scope="module")
def shared(make: Callable[..., Project]) -> Project:
    return make(natural(CLUB))


@pytest.fixture
def project(shared: Project) -> Project:
    shared.run(day(1))
    shared.clear()
    return shared


def column(project: Project, table: str, name: str) -> list[str]:
    return sorted(row[name] for row in project.rows(table))


def test_a_text_key_is_kept_trimmed_and_in_upper_case_and_a_blank_one_not(project: Project) -> None:
    load(project, 1, people=rows("no name", (" ab1", "x"), ("AB1 ", "x"), ("  ", "y"), (None, "z")))
    assert column(project, "h_person", "person") == ["AB1"]
    assert column(project, "s_last", "person") == ["AB1"]


def test_a_link_names_the_keys_and_joins_them(project: Project) -> None:
    load(project, 1, people=rows("no boss", ("a|b", "c"), ("d", None)))
    assert column(project, "l_boss", "key_l_boss") == [r"A\|B|C"]
    assert column(project, "l_boss", "person") == ["A|B"]
    assert column(project, "l_boss", "person_boss") == ["C"]


def test_a_key_of_two_columns_is_their_text_and_zero_is_a_key(project: Project) -> None:
    orders = rows("shop no buyer", ("x", 0, "a"), (None, 0, "a"), (None, None, "a"))
    load(project, 1, orders=orders)
    assert column(project, "h_order", "key_shop_no") == sorted(["X|0", r"\N|0"])
    assert column(project, "l_order", "key_l_order") == sorted(["X|0|A", r"\N|0|A"])
