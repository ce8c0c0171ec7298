from __future__ import annotations

import time

import pytest

from dv_gen.errors import LandingError
from dv_gen.landing import HeaderMatch, match_header


def test_names_match_after_trimming_and_case_folding() -> None:
    found = ("\ufeffUser ID ", "NAME", "Straße")
    wanted = {"name": "name", "user_id": "user id", "street": "STRASSE "}
    assert match_header(found, wanted) == HeaderMatch(("user_id", "name", "street"), ())


def test_extra_columns_are_told_and_left_to_the_caller() -> None:
    match = match_header(["id", "note", ""], {"id": "id"})
    assert match == HeaderMatch(columns=("id", None, None), extra=("note", ""))


def test_missing_columns_are_named_with_the_nearest_there() -> None:
    with pytest.raises(LandingError) as caught:
        match_header(["id", "chat-name", "x"], {"id": "id", "chat": "chat_name", "age": "age"})
    assert caught.value.message == "The header lacks 'chat_name', 'age'."
    assert caught.value.hint == (
        "'chat_name' may be 'chat-name'; the file has 'id', 'chat-name', 'x'"
    )


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id;name", 'csv: {delimiter: ";"}'),
        ("id\tname", 'csv: {delimiter: "\\t"}'),
        ("id|name", 'csv: {delimiter: "|"}'),
    ],
)
def test_a_header_that_is_one_name_may_have_another_delimiter(header: str, said: str) -> None:
    with pytest.raises(LandingError) as caught:
        match_header([header], {"id": "id", "name": "name"})
    assert said in str(caught.value.hint)


def test_a_name_twice_in_the_header_is_refused() -> None:
    with pytest.raises(LandingError, match="holds 'id' more than once"):
        match_header(["id", "ID "], {"id": "id"})


def test_two_columns_cannot_ask_for_one_name() -> None:
    with pytest.raises(LandingError, match="a and b both ask for the header 'X'"):
        match_header(["x"], {"a": "x", "b": "X"})


def test_a_hundred_thousand_names_are_matched_at_once() -> None:
    """Each was looked for among all, and all of them stood in the message."""
    names = [f"c{number}" for number in range(100_000)]
    began = time.process_time()
    match = match_header(names, {"last": "C99999"})
    assert match.columns[-1] == "last"
    assert len(match.extra) == 99_999
    with pytest.raises(LandingError) as caught:
        match_header(
            [*names, "x" * 5_000_000], {f"m{number}": f"m{number}" for number in range(100)}
        )
    assert time.process_time() - began < 5
    assert len(str(caught.value)) < 4000
    assert "'m49' and 50 more" in caught.value.message
    assert "the file has 'c0', 'c1'" in caught.value.hint
    assert caught.value.hint.endswith("'c49' and 99,951 more")
