from __future__ import annotations

import pytest

from dv_gen.errors import UsageError
from dv_gen.graph import Graph, Node

GRAPH = Graph(
    [
        Node("users", "stage", (), tags=("crm",)),
        Node("log", "stage", ()),
        Node("h_users", "hub", ("users", "log"), sources=("users", "log")),
        Node("h_groups", "hub", ("log",), sources=("log",), tags=("daily",)),
        Node("l_members", "link", ("h_users", "h_groups", "log"), sources=("log",)),
        Node("s_users", "satellite", ("h_users", "users"), ("users",), ("daily", "pii")),
        Node("m_groups", "mart", ("l_members", "h_groups", "calendar")),
    ]
)


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], {"users", "log", "h_users", "h_groups", "l_members", "s_users", "m_groups"}),
        (["h_users"], {"h_users"}),
        (["h_*"], {"h_users", "h_groups"}),
        (["+l_members"], {"l_members", "h_users", "h_groups", "users", "log"}),
        (["h_groups+"], {"h_groups", "l_members", "m_groups"}),
        (["+s_users+"], {"s_users", "h_users", "users", "log"}),
        (["kind:hub"], {"h_users", "h_groups"}),
        (["kind:hub", "m_groups"], {"h_users", "h_groups", "m_groups"}),
        (["tag:daily"], {"h_groups", "s_users"}),
        (["tag:d*+"], {"h_groups", "s_users", "l_members", "m_groups"}),
        (["source:users"], {"users", "h_users", "s_users"}),
        (["users+"], {"users", "h_users", "s_users", "l_members", "m_groups"}),
    ],
)
def test_a_word_chooses_by_name_glob_kind_tag_or_source(words: list[str], chosen: set[str]) -> None:
    assert GRAPH.select(words) == chosen


def test_what_is_left_out_is_taken_from_what_is_chosen() -> None:
    assert GRAPH.select(["source:log"], ["kind:link", "log"]) == {"h_users", "h_groups"}
    assert GRAPH.select([], ["+m_groups", "s_*"]) == set()


def test_a_parent_that_is_no_entity_is_left_out_of_account() -> None:
    assert GRAPH.above("m_groups") == {"l_members", "h_groups", "h_users", "users", "log"}


def test_below_is_everything_that_is_made_from_an_entity() -> None:
    assert GRAPH.below("users") == {"h_users", "s_users", "l_members", "m_groups"}
    assert GRAPH.below("m_groups") == set()


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("h_user", "did you mean h_users?"),
        ("+h_groupz+", "did you mean h_groups?"),
        ("kind:view", "did you mean kind:?"),
        (
            "xyz",
            "there are users, log, h_users, h_groups, l_members, s_users or m_groups",
        ),
    ],
)
def test_a_word_that_chooses_nothing_is_a_mistake(word: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        GRAPH.select([word])

    assert caught.value.message == f"'{word}' selects nothing"
    assert caught.value.hint == hint
