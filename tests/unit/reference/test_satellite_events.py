"""L7: satellites without history, by worked examples."""

from tests.reference.satellite import Reject
from tests.reference.tables import delivered, shown
from tests.unit.reference.one_satellite import load, vault


def test_an_event_is_kept_once_and_its_payload_is_never_compared() -> None:
    v = vault(historized=False)
    assert load(v, ("k", 2, "B"), ("k", 1, "A"), ("m", 3, "C")) == [("k", 1, "A"), ("m", 3, "C")]
    assert load(v, ("k", 3, "D"), ("k", 0, "E")) == [("k", 1, "A"), ("m", 3, "C")]
    assert v.rejects == []
    assert "hashdiff" not in v.rows("sat")[0]


def test_of_events_on_one_load_date_the_first_by_order_by_then_row_number_is_kept() -> None:
    v = vault(historized=False, order_by=["at"])
    v.load(
        {
            "s": delivered(
                "no load_dt v at",
                *(("k", 1, "A", 2), ("k", 1, "B", 1), ("k", 1, "C", 1)),
                *(("m", 1, "A", 2), ("m", 1, "B", None)),
            )
        }
    )
    assert shown(v, "sat", "hk v") == [("k", "B"), ("m", "B")]


def test_an_event_without_a_key_is_a_reject() -> None:
    v = vault(historized=False)
    load(v, (None, 1, "A"))
    assert v.rejects == [Reject("sat", "no key", "s", 1)]
