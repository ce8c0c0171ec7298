"""L12: the views over a satellite, by worked examples."""

from tests.reference.tables import shown
from tests.unit.reference.one_satellite import load, vault


def test_history_has_half_open_periods_and_one_current_row_per_key() -> None:
    v = vault()
    load(v, ("k", 1, "A"), ("k", 3, "B"), ("m", 2, "C"))
    assert shown(v, "sat", "hk v load_dt load_end_dt is_current", view="history") == [
        ("k", "A", 1, 3, False),
        ("k", "B", 3, None, True),
        ("m", "C", 2, None, True),
    ]
    assert shown(v, "sat", "hk v load_dt", view="current") == [("k", "B", 3), ("m", "C", 2)]
    assert "is_current" not in v.current("sat")[0]


def test_the_views_of_an_empty_satellite_are_empty() -> None:
    v = vault()
    assert v.history("sat") == []
    assert v.current("sat") == []


def test_a_late_row_ends_where_its_stored_successor_begins() -> None:
    v = vault()
    load(v, ("k", 1, "A"), ("k", 5, "C"))
    load(v, ("k", 3, "B"))
    assert shown(v, "sat", "v load_dt load_end_dt", view="history") == [
        ("A", 1, 3),
        ("B", 3, 5),
        ("C", 5, None),
    ]
