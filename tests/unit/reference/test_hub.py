"""L1 and L3: hubs, by worked examples."""

from collections.abc import Mapping

from tests.reference.definitions import HubDef, KeyUse, Model, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.tables import delivered, shown
from tests.reference.vault import Vault

PEOPLE = SourceDef(
    "people", columns={"no": "varchar(9)", "born": "integer"}, keys=[KeyUse("h", ["no"])]
)
MAILS = SourceDef(
    "mails",
    columns={"sender": "varchar(9)", "receiver": "varchar(9)"},
    keys=[KeyUse("h", ["sender"]), KeyUse("h", ["receiver"], role="receiver")],
)
COLUMNS = "no born load_dt load_src"


def vault(*sources: SourceDef, extra: Mapping[str, Mapping[str, str]] | None = None) -> Vault:
    given = {"born": {"people": "born"}} if extra is None else extra
    return Vault(Model(sources or [MAILS, PEOPLE], [HubDef("h", [("no", "varchar(9)")], given)]))


def test_one_row_per_key_with_the_earliest_load_date() -> None:
    v = vault(PEOPLE)
    v.load(
        {
            "people": delivered(
                "no born load_dt load_src",
                ("a", 1, 2, "x"),
                ("a", 2, 1, "y"),
                ("b", 3, 3, "x"),
            )
        }
    )
    assert shown(v, "h", COLUMNS) == [("a", 2, 1, "y"), ("b", 3, 3, "x")]


def test_a_key_that_is_there_stays_as_it_is() -> None:
    """Insert-only: not even an earlier load date touches the stored row."""
    v = vault(PEOPLE)
    v.load({"people": delivered("no born load_dt", ("a", 1, 5))})
    report = v.load({"people": delivered("no born load_dt", ("a", 2, 1), ("b", 3, 6))})
    assert shown(v, "h", "no born load_dt") == [("a", 1, 5), ("b", 3, 6)]
    assert report.inserted == {"h": 1}


def test_keys_that_differ_by_case_and_outer_blanks_are_one_key_as_first_delivered() -> None:
    """H2: the business key is stored as delivered, neither trimmed nor upper-cased."""
    v = vault(PEOPLE)
    v.load({"people": delivered("no born load_dt", (" aB ", 1, 1), ("AB", 2, 2), ("a b", 3, 1))})
    assert shown(v, "h", "no born") == [(" aB ", 1), ("a b", 3)]


def test_every_use_in_every_role_feeds_the_hub() -> None:
    v = vault()
    v.load({"mails": delivered("sender receiver load_dt", ("a", "b", 1), ("b", "c", 2))})
    assert shown(v, "h", "no born load_dt") == [("a", None, 1), ("b", None, 1), ("c", None, 2)]


def test_a_use_that_does_not_feed_makes_no_row() -> None:
    quiet = SourceDef("q", {"no": "varchar(9)"}, [KeyUse("h", ["no"], feeds=False)])
    v = vault(quiet)
    v.load({"q": delivered("no load_dt", ("a", 1))})
    assert shown(v, "h", "no") == []


def test_on_one_load_date_the_feed_with_the_extra_columns_wins() -> None:
    """L1: although `mails` comes first in the metadata."""
    v = vault()
    v.load(
        {
            "mails": delivered("sender receiver load_dt", ("a", "b", 1)),
            "people": delivered("no born load_dt", ("a", 7, 1), ("b", 8, 2)),
        }
    )
    assert shown(v, "h", "no born load_dt") == [("a", 7, 1), ("b", None, 1)]


def test_a_feed_that_lacks_fewer_extra_columns_wins() -> None:
    one = SourceDef("one", {"no": "varchar(9)", "x": "integer"}, [KeyUse("h", ["no"])])
    two = SourceDef(
        "two", {"no": "varchar(9)", "x": "integer", "y": "integer"}, [KeyUse("h", ["no"])]
    )
    v = vault(one, two, extra={"x": {"one": "x", "two": "x"}, "y": {"two": "y"}})
    v.load(
        {
            "one": delivered("no x load_dt", ("a", 1, 1)),
            "two": delivered("no x y load_dt", ("a", None, None, 1)),
        }
    )
    assert shown(v, "h", "no x y") == [("a", None, None)]


def test_an_extra_column_describes_the_key_without_a_role_where_there_is_one() -> None:
    """The born of `a` is not the born of the boss `b`; a source with the boss alone means him."""
    types = {"no": "varchar(9)", "boss": "varchar(9)", "born": "integer"}
    plain = SourceDef("plain", types, [KeyUse("h", ["no"]), KeyUse("h", ["boss"], "boss")])
    alone = SourceDef("alone", types, [KeyUse("h", ["boss"], "boss")])
    v = vault(plain, alone, extra={"born": {"plain": "born", "alone": "born"}})
    v.load({"plain": delivered("no boss born load_dt", ("a", "b", 7, 1))})
    v.load({"alone": delivered("no boss born load_dt", ("x", "c", 8, 1))})
    assert shown(v, "h", "no born") == [("a", 7), ("b", None), ("c", 8)]


def test_ties_go_by_source_order_then_record_source_then_own_values() -> None:
    """Section 5: values ascending, NULL last."""
    twin = SourceDef("twin", PEOPLE.columns, PEOPLE.keys)
    v = vault(PEOPLE, twin, extra={"born": {"people": "born", "twin": "born"}})
    v.load(
        {
            "twin": delivered("no born load_dt load_src", ("a", 1, 1, "a.csv")),
            "people": delivered(
                "no born load_dt load_src",
                ("a", 5, 1, "z.csv"),
                ("b", 5, 1, "z.csv"),
                ("b", 9, 1, "y.csv"),
                ("c", None, 1, "y.csv"),
                ("c", 9, 1, "y.csv"),
                ("c", 8, 1, "y.csv"),
                ("d", 4, 1, "y.csv"),
                ("D", 5, 1, "y.csv"),
            ),
        }
    )
    assert shown(v, "h", COLUMNS) == [
        ("D", 5, 1, "y.csv"),
        ("a", 5, 1, "z.csv"),
        ("b", 9, 1, "y.csv"),
        ("c", 8, 1, "y.csv"),
    ]


def test_an_empty_key_identifies_nothing_and_is_counted() -> None:
    """L3, H4."""
    v = vault(PEOPLE)
    report = v.load(
        {
            "people": delivered(
                "no born load_dt", (None, 1, 1), ("", 2, 1), ("  ", 3, 1), ("a", 4, 1)
            )
        }
    )
    assert shown(v, "h", "no") == [("a",)]
    assert report.no_key == {"h": 3}
    assert report.rejects == []


def test_a_partly_null_composite_key_is_a_key() -> None:
    """H4."""
    hub = HubDef("h", [("shop", "varchar(9)"), ("no", "integer")])
    source = SourceDef("s", dict(hub.key), [KeyUse("h", ["shop", "no"])])
    v = Vault(Model([source], [hub]))
    report = v.load(
        {
            "s": delivered(
                "shop no load_dt",
                *(("de", 1, 1), ("de", None, 1), (None, 1, 1), ("", 1, 1), (" ", 1, 2)),
                *((None, None, 1), ("", None, 1)),
            )
        }
    )
    assert sorted(shown(v, "h", "shop no"), key=repr) == [
        ("", 1),
        ("de", 1),
        ("de", None),
        (None, 1),
    ]
    assert report.no_key == {"h": 2}


def test_an_integer_key_meets_its_text() -> None:
    """Design 2: the hub declares the key's type, sources are cast to it."""
    numbers = SourceDef("numbers", {"id": "bigint"}, [KeyUse("h", ["id"])])
    v = vault(PEOPLE, numbers)
    v.load(
        {
            "people": delivered("no load_dt", ("7", 2), ("07", 2)),
            "numbers": delivered("id load_dt", (7, 1), (8, 1)),
        }
    )
    assert shown(v, "h", "no load_dt") == [("07", 2), ("7", 1), ("8", 1)]


def test_hash_key_column_is_named_after_the_business_key() -> None:
    v = vault(PEOPLE)
    v.load({"people": delivered("no born load_dt", ("a", 1, 1))})
    assert list(v.rows("h")[0]) == ["hk_no", "no", "born", "load_dt", "load_src"]
    assert v.rows("h")[0]["hk_no"] == HashRule().key([("a", "varchar(9)")])


def test_classic_rule_keeps_delivered_keys_and_classic_hashes() -> None:
    """H6."""
    model = Model([PEOPLE], [HubDef("h", [("no", "varchar(9)")])], rule=HashRule(rule="classic"))
    v = Vault(model)
    v.load({"people": delivered("no load_dt", (" ab|", 1), ("AB|", 1), ("", 1))})
    assert shown(v, "h", "no") == [(" ab|",)]
    assert v.rows("h")[0]["hk_no"] == "fb08e61a2f023f94e7bf9924f5e5c4a1"  # MD5 of `AB|`
