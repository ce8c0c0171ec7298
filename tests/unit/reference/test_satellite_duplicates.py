"""L5: several rows of one key and load date in one delivery, by worked examples."""

import pytest

from tests.reference.satellite import DuplicateKeysError
from tests.reference.tables import day, delivered, shown
from tests.unit.reference.one_satellite import duplicate_rows, load, vault


def test_the_last_row_wins_and_the_others_are_rejects() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), ("k", 1, "B"), ("k", 1, "C")) == [("k", 1, "C")]
    assert duplicate_rows(v) == [1, 2]


def test_exact_repeats_collapse_silently() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), ("K", 1, "A"), ("k", 1, "A")) == [("K", 1, "A")]
    assert duplicate_rows(v) == []


def test_a_repeated_loser_is_one_reject_told_by_its_last_row() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), ("k", 1, "A"), ("k", 1, "B")) == [("k", 1, "B")]
    assert duplicate_rows(v) == [2]


def test_a_row_like_the_winner_is_a_repeat_and_no_reject() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), ("k", 1, "B"), ("k", 1, "A")) == [("k", 1, "A")]
    assert duplicate_rows(v) == [2]


def test_order_by_goes_before_row_number_and_null_is_lowest() -> None:
    v = vault(order_by=["at"])
    v.load(
        {
            "s": delivered(
                "no load_dt v at",
                *(("k", 1, "A", 2), ("k", 1, "B", 1), ("k", 1, "C", None)),
                *(("m", 1, "A", 1), ("m", 1, "B", 1)),
                *(("n", 1, "A", -5), ("n", 1, "B", None)),
            )
        }
    )
    assert shown(v, "sat", "hk v") == [("k", "A"), ("m", "B"), ("n", "A")]
    assert duplicate_rows(v) == [2, 3, 4, 7]


def test_order_by_several_columns() -> None:
    v = vault(order_by=["other", "at"])
    v.load(
        {
            "s": delivered(
                "no load_dt v other at",
                *(("k", 1, "A", "x", 2), ("k", 1, "B", "x", 1), ("k", 1, "C", None, 9)),
            )
        }
    )
    assert shown(v, "sat", "hk v") == [("k", "A")]


def test_losers_do_not_stand_on_the_line() -> None:
    """B loses on day 2, so A on day 2 is no change."""
    v = vault()
    assert load(v, ("k", 1, "A"), ("k", 2, "B"), ("k", 2, "A"), ("k", 3, "B")) == [
        ("k", 1, "A"),
        ("k", 3, "B"),
    ]
    assert duplicate_rows(v) == [2]


def test_first_wins_when_asked() -> None:
    v = vault(duplicates="first")
    rows = [("k", 1, "A"), ("k", 1, "B"), ("k", 1, "B"), ("k", 1, "A")]
    assert load(v, *rows) == [("k", 1, "A")]
    assert duplicate_rows(v) == [3]


def test_stagger_keeps_them_all_a_microsecond_apart() -> None:
    v = vault(duplicates="stagger")
    rows = [("k", 1, "A"), ("k", 1, "A"), ("k", 1, "B"), ("k", 1, "A"), ("k", 2, "A")]
    expected = [("k", "1+1us", "B"), ("k", "1+2us", "A"), ("k", 1, "A")]
    assert load(v, *rows) == expected
    assert load(v, *rows) == expected
    assert duplicate_rows(v) == []


def test_staggered_rows_keep_their_places_when_the_first_is_no_change() -> None:
    """A 2 equals A 1; B still comes at 2 and one microsecond."""
    v = vault(duplicates="stagger")
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 2, "A"), ("k", 2, "B")) == [("k", "2+1us", "B"), ("k", 1, "A")]


def test_stagger_onto_a_load_date_that_is_staged_too_is_refused() -> None:
    v = vault(duplicates="stagger")
    rows = delivered("no load_dt v", ("k", 1, "A"), ("k", 1, "B"), ("k", 1, "C"))
    rows[2]["load_dt"] = day(1, microseconds=1)
    with pytest.raises(ValueError, match="rules are silent"):
        v.load({"s": rows})


def test_fail_raises_and_loads_nothing_at_all() -> None:
    v = vault(duplicates="fail")
    with pytest.raises(DuplicateKeysError):
        load(v, ("k", 1, "A"), ("k", 1, "B"))
    assert not any(v.tables().values())


def test_fail_raises_when_a_stored_row_says_otherwise() -> None:
    v = vault(duplicates="fail")
    load(v, ("k", 1, "A"))
    with pytest.raises(DuplicateKeysError):
        load(v, ("k", 1, "B"))


def test_fail_does_not_mind_exact_repeats() -> None:
    v = vault(duplicates="fail")
    assert load(v, ("k", 1, "A"), ("k", 1, "A")) == [("k", 1, "A")]
