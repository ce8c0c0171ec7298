"""L3: whose rows a satellite's are, by worked examples."""

from tests.reference.satellite import Reject
from tests.reference.tables import delivered, shown
from tests.unit.reference.one_satellite import load, vault


def test_a_row_whose_parent_has_no_key_is_a_reject() -> None:
    v = vault()
    assert load(v, (None, 1, "A"), ("k", 1, "B"), ("  ", 1, "C")) == [("k", 1, "B")]
    assert v.rejects == [Reject("sat", "no key", "s", 1), Reject("sat", "no key", "s", 3)]


def test_a_satellite_in_a_role_hangs_on_that_roles_key() -> None:
    v = vault(role="other")
    v.load({"s": delivered("no other load_dt v", ("k", "m", 1, "A"), ("k", None, 1, "B"))})
    assert shown(v, "sat", "hk v") == [("m", "A")]
    assert v.rejects == [Reject("sat", "no key", "s", 2)]


def test_a_satellite_on_a_link_hangs_on_the_links_key() -> None:
    v = vault(parent="l")
    v.load(
        {
            "s": delivered(
                "no other load_dt v",
                *(("k", "m", 1, "A"), ("m", "k", 1, "A"), ("K", "m", 2, "B"), ("k", None, 1, "C")),
            )
        }
    )
    assert shown(v, "sat", "hk load_dt v") == [
        ("k & m", 1, "A"),
        ("k & m", 2, "B"),
        ("m & k", 1, "A"),
    ]
    assert v.rejects == [Reject("sat", "no key", "s", 4)]


def test_columns_of_a_satellite_stand_in_order() -> None:
    v = vault(columns=[("val", "v"), ("at", "at")])
    v.load({"s": delivered("no load_dt v at", ("k", 1, "A", None))})
    (row,) = v.rows("sat")
    assert list(row) == ["hk_no", "val", "at", "hashdiff", "load_dt", "load_src"]
    assert row["hashdiff"] == "442cc4b97361a22ffe72b05ffd56ae9b"  # MD5 of `val=A`: H3a
