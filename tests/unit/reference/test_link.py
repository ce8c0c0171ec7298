"""L2 and L3: links, by worked examples."""

from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SourceDef
from tests.reference.tables import delivered, shown
from tests.reference.vault import Vault

ORDERS = SourceDef(
    "orders",
    columns={"id": "integer", "buyer": "varchar(9)", "gift": "varchar(9)", "line": "integer"},
    keys=[KeyUse("h_order", ["id"]), KeyUse("h_cust", ["buyer"]), KeyUse("h_cust", ["gift"], "to")],
)
RETURNS = SourceDef(
    "returns",
    columns={"id": "integer", "buyer": "varchar(9)", "row": "integer"},
    keys=[KeyUse("h_order", ["id"]), KeyUse("h_cust", ["buyer"])],
)
HUBS = [HubDef("h_order", [("id", "integer")]), HubDef("h_cust", [("no", "varchar(9)")])]
ORDER_CUST = [("h_order", None), ("h_cust", None)]


def vault(link: LinkDef) -> Vault:
    return Vault(Model([ORDERS, RETURNS], HUBS, [link]))


def test_one_row_per_combination_from_the_earliest_row() -> None:
    v = vault(LinkDef("l", ORDER_CUST, ["orders"]))
    v.load(
        {
            "orders": delivered(
                "id buyer load_dt", (1, "a", 2), (1, "A ", 1), (1, "b", 1), (2, "a", 3)
            )
        }
    )
    assert shown(v, "l", "hk_id hk_no load_dt") == [
        ("1", "A ", 1),
        ("1", "b", 1),
        ("2", "A ", 3),
    ]
    assert list(v.rows("l")[0]) == ["hk_l", "hk_id", "hk_no", "load_dt", "load_src"]


def test_a_hub_without_a_key_makes_no_link_row() -> None:
    """L2, L3."""
    v = vault(LinkDef("l", [("h_order", None), ("h_cust", "to")], ["orders"]))
    report = v.load(
        {
            "orders": delivered(
                "id buyer gift load_dt", (1, "a", None, 1), (2, "a", " ", 1), (None, "a", "b", 1)
            )
        }
    )
    assert shown(v, "l", "hk") == []
    assert report.no_key["l"] == 3
    assert report.inserted == {"h_order": 2, "h_cust": 2, "l": 0}


def test_roles_show_in_column_names_only_where_a_hub_is_there_twice() -> None:
    """Design 2: a same-as link."""
    v = vault(LinkDef("l", [("h_cust", None), ("h_cust", "to")], ["orders"]))
    v.load({"orders": delivered("id buyer gift load_dt", (1, "a", "b", 1), (2, "b", "a", 1))})
    assert shown(v, "l", "hk_no hk_no_to") == [("a", "b"), ("b", "a")]


def test_a_role_of_a_hub_that_is_there_once_keeps_the_plain_name() -> None:
    v = vault(LinkDef("l", [("h_order", None), ("h_cust", "to")], ["orders"]))
    v.load({"orders": delivered("id buyer gift load_dt", (1, "a", "b", 1))})
    assert shown(v, "l", "hk_id hk_no") == [("1", "b")]


def test_child_keys_are_part_of_the_key_and_may_be_null() -> None:
    """H4."""
    v = vault(LinkDef("l", ORDER_CUST, ["orders"], [("line", "integer")]))
    v.load(
        {
            "orders": delivered(
                "id buyer line load_dt", (1, "a", 1, 1), (1, "a", 2, 1), (1, "a", None, 1)
            )
        }
    )
    assert shown(v, "l", "hk_id hk_no line") == [
        ("1", "a", 1),
        ("1", "a", 2),
        ("1", "a", None),
    ]


def test_ties_go_by_the_links_source_order_then_record_source() -> None:
    link = LinkDef(
        "l", ORDER_CUST, ["returns", "orders"], [("line", "integer")], {"line": {"returns": "row"}}
    )
    v = vault(link)
    v.load(
        {
            "orders": delivered("id buyer line load_dt load_src", (1, "a", 5, 1, "a.csv")),
            "returns": delivered(
                "id buyer row load_dt load_src",
                *((1, "a", 5, 1, "z.csv"), (1, "a", 5, 1, "y.csv"), (1, "a", 5, 2, "b.csv")),
            ),
        }
    )
    assert shown(v, "l", "hk load_dt load_src") == [("1 & a & 5", 1, "y.csv")]


def test_ties_of_text_child_keys_go_by_their_own_values() -> None:
    """The child key is stored as delivered: of ' x', 'X' and 'x' the lowest."""
    source = SourceDef("s", {"id": "integer", "kind": "varchar(9)"}, [KeyUse("h_order", ["id"])])
    link = LinkDef("l", [("h_order", None)], ["s"], [("kind", "varchar(9)")])
    v = Vault(Model([source], HUBS[:1], [link]))
    v.load({"s": delivered("id kind load_dt", (1, "x", 1), (1, "X", 1), (1, " x", 1))})
    assert shown(v, "l", "hk_id kind") == [("1", " x")]


def test_a_stored_link_stays_as_it_is() -> None:
    v = vault(LinkDef("l", ORDER_CUST, ["orders"]))
    v.load({"orders": delivered("id buyer load_dt", (1, "a", 5))})
    report = v.load({"orders": delivered("id buyer load_dt", (1, "a", 1), (1, "a", 9))})
    assert shown(v, "l", "hk load_dt") == [("1 & a", 5)]
    assert report.inserted["l"] == 0
