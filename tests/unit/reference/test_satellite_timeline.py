"""L4: the timeline of a satellite, by worked examples."""

from tests.reference.hashing import HashRule
from tests.unit.reference.one_satellite import duplicate_rows, load, vault


def test_a_row_is_inserted_when_it_differs_from_the_row_before_it() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), ("k", 2, "A"), ("k", 3, "B"), ("k", 4, "B"), ("k", 5, "A")) == [
        ("k", 1, "A"),
        ("k", 3, "B"),
        ("k", 5, "A"),
    ]


def test_a_change_and_a_change_back_in_one_batch_are_both_kept() -> None:
    """The peers' mistake: each row compared with the current one loses the second A."""
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 2, "B"), ("k", 3, "A")) == [("k", 1, "A"), ("k", 2, "B"), ("k", 3, "A")]


def test_a_change_back_to_a_historic_value_is_kept() -> None:
    """The peers' mistake: a batch row compared with any historic row."""
    v = vault()
    load(v, ("k", 1, "A"))
    load(v, ("k", 2, "B"))
    assert load(v, ("k", 3, "A")) == [("k", 1, "A"), ("k", 2, "B"), ("k", 3, "A")]


def test_the_first_row_of_a_batch_is_compared_with_the_stored_one() -> None:
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 2, "A"), ("k", 3, "B")) == [("k", 1, "A"), ("k", 3, "B")]


def test_delivery_order_of_the_rows_does_not_matter_for_load_dates() -> None:
    v = vault()
    assert load(v, ("k", 3, "B"), ("k", 1, "A"), ("k", 2, "A")) == [("k", 1, "A"), ("k", 3, "B")]


def test_keys_do_not_see_each_other() -> None:
    """Two keys of one batch with equal hashdiffs are two rows."""
    v = vault()
    assert load(v, ("k", 1, "A"), ("m", 2, "A")) == [("k", 1, "A"), ("m", 2, "A")]


def test_null_is_a_value() -> None:
    v = vault()
    assert load(v, ("k", 1, None), ("k", 2, None), ("k", 3, ""), ("k", 4, None)) == [
        ("k", 1, None),
        ("k", 3, ""),
        ("k", 4, None),
    ]


def test_a_change_of_case_or_of_a_leading_blank_is_a_change() -> None:
    """H2."""
    v = vault()
    assert load(v, ("k", 1, "a"), ("k", 2, "A"), ("k", 3, " A")) == [
        ("k", 1, "a"),
        ("k", 2, "A"),
        ("k", 3, " A"),
    ]


def test_classic_rule_sees_neither() -> None:
    """H6: blank equals NULL, case and outer blanks do not count."""
    v = vault(rule=HashRule(rule="classic"))
    rows = [("k", 1, "a"), ("k", 2, " A"), ("k", 3, None), ("k", 4, " ")]
    assert load(v, *rows) == [("k", 1, "a"), ("k", 3, None)]


def test_one_key_in_two_spellings_is_one_line() -> None:
    v = vault()
    assert load(v, ("k", 1, "A"), (" K ", 2, "A"), ("K", 3, "B")) == [("k", 1, "A"), ("k", 3, "B")]


def test_the_same_batch_twice_changes_nothing() -> None:
    v = vault()
    batch = [("k", 1, "A"), ("k", 2, "B"), ("k", 3, "B"), ("k", 4, "A"), ("m", 2, "A")]
    assert load(v, *batch) == load(v, *batch)


def test_a_late_row_takes_its_place_between_the_stored_ones() -> None:
    """L6: B on day 3 is compared with A on day 1; the stored C on day 5 is not touched."""
    v = vault()
    load(v, ("k", 1, "A"), ("k", 5, "C"))
    assert load(v, ("k", 3, "B"), ("k", 4, "B")) == [("k", 1, "A"), ("k", 3, "B"), ("k", 5, "C")]


def test_a_late_row_like_the_one_before_it_is_not_inserted() -> None:
    v = vault()
    load(v, ("k", 1, "A"), ("k", 5, "C"))
    assert load(v, ("k", 3, "A")) == [("k", 1, "A"), ("k", 5, "C")]


def test_a_late_row_before_all_others_is_inserted() -> None:
    """There is no row before it; the equal one after it stays."""
    v = vault()
    load(v, ("k", 5, "A"))
    assert load(v, ("k", 1, "A")) == [("k", 1, "A"), ("k", 5, "A")]


def test_a_late_row_like_the_one_after_it_is_inserted() -> None:
    v = vault()
    load(v, ("k", 1, "A"), ("k", 5, "B"))
    assert load(v, ("k", 3, "B")) == [("k", 1, "A"), ("k", 3, "B"), ("k", 5, "B")]


def test_staged_rows_are_compared_with_stored_ones_between_them() -> None:
    """A 3 stands after B 2 although the staged row before it is A 1."""
    v = vault()
    load(v, ("k", 2, "B"))
    assert load(v, ("k", 1, "A"), ("k", 3, "A")) == [("k", 1, "A"), ("k", 2, "B"), ("k", 3, "A")]


def test_a_row_at_exactly_the_newest_load_date_is_nothing_when_it_is_equal() -> None:
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 1, "A")) == [("k", 1, "A")]
    assert duplicate_rows(v) == []


def test_a_row_at_exactly_the_newest_load_date_is_a_reject_when_it_differs() -> None:
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("m", 1, "X"), ("k", 1, "B")) == [("k", 1, "A"), ("m", 1, "X")]
    assert duplicate_rows(v) == [2]


def test_a_rejected_row_does_not_stand_on_the_line() -> None:
    """B 1 is rejected, so B 2 is compared with A 1; else B would be lost from day 2 on."""
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 1, "B"), ("k", 2, "B")) == [("k", 1, "A"), ("k", 2, "B")]
    assert duplicate_rows(v) == [1]


def test_a_rejected_row_does_not_make_its_follower_a_change() -> None:
    v = vault()
    load(v, ("k", 1, "A"))
    assert load(v, ("k", 1, "B"), ("k", 2, "A")) == [("k", 1, "A")]
