"""Models that many tests share; a conformance test writes the same ones as YAML."""

from tests.reference.definitions import (
    HubDef,
    KeyUse,
    LinkDef,
    Model,
    SatDef,
    SourceDef,
    Surrogate,
)
from tests.reference.hashing import HashRule


def shop(rule: HashRule | None = None) -> Model:
    """A small shop that has everything the base kinds offer.

    One hub fed by five sources, twice by one of them, where one has the text key as an integer;
    composite keys, integer in one source and bigint in another; a hub with extra columns; a link of
    three hubs with two roles; links of several sources, with and without child keys; satellites on
    hubs, in a role, and on links, by every policy for duplicates but `fail`; events with a
    surrogate.
    """
    return Model(
        sources=[CUSTOMERS, CRM, ORDERS, RETURNS, VISITS],
        hubs=[
            HubDef(
                "h_customer",
                key=[("customer_no", "varchar(20)")],
                extra={"registered": {"customers": "registered", "returns": "returned"}},
            ),
            HubDef("h_order", key=[("shop", "varchar(10)"), ("order_id", "bigint")]),
            HubDef("h_visit", key=[("visit_id", "hash")], extra={"at": {"visits": "at"}}),
        ],
        links=[
            LinkDef(
                "l_order_customer",
                hubs=[("h_order", None), ("h_customer", None)],
                sources=["orders", "returns"],
            ),
            LinkDef(
                "l_order_gift",
                hubs=[("h_customer", "recipient"), ("h_order", None), ("h_customer", None)],
                sources=["orders"],
            ),
            LinkDef(
                "l_order_line",
                hubs=[("h_order", None), ("h_customer", None)],
                sources=["returns", "orders"],
                child_keys=[("line", "smallint"), ("article", "varchar(20)")],
                child_columns={"article": {"returns": "returned_article"}},
            ),
            LinkDef(
                "l_visit_customer",
                hubs=[("h_visit", None), ("h_customer", None)],
                sources=["visits"],
            ),
        ],
        satellites=SATELLITES,
        rule=rule or HashRule(),
    )


CUSTOMERS = SourceDef(
    "customers",
    columns={
        "customer_no": "varchar(20)",
        "name": "varchar(50)",
        "born": "date",
        "registered": "timestamp",
    },
    keys=[KeyUse("h_customer", ["customer_no"])],
)
CRM = SourceDef(
    "crm",
    columns={"client": "integer", "score": "decimal(10,2)", "vip": "boolean"},
    keys=[KeyUse("h_customer", ["client"])],
)
ORDERS = SourceDef(
    "orders",
    columns={
        "shop": "varchar(10)",
        "order_id": "integer",
        "buyer": "varchar(20)",
        "gift_for": "varchar(20)",
        "line": "smallint",
        "article": "varchar(20)",
        "amount": "decimal(10,2)",
        "paid": "boolean",
        "note": "varchar(100)",
    },
    keys=[
        KeyUse("h_order", ["shop", "order_id"]),
        KeyUse("h_customer", ["buyer"]),
        KeyUse("h_customer", ["gift_for"], role="recipient"),
    ],
)
RETURNS = SourceDef(
    "returns",
    columns={
        "shop": "varchar(10)",
        "order_id": "bigint",
        "buyer": "varchar(20)",
        "line": "smallint",
        "returned_article": "varchar(20)",
        "returned": "timestamp",
        "reason": "varchar(100)",
    },
    keys=[KeyUse("h_order", ["shop", "order_id"]), KeyUse("h_customer", ["buyer"])],
    not_null=frozenset({"order_id"}),
)
VISITS = SourceDef(
    "visits",
    columns={"who": "varchar(20)", "page": "varchar(100)", "at": "timestamp", "seconds": "integer"},
    keys=[KeyUse("h_visit", ["visit_id"]), KeyUse("h_customer", ["who"])],
    surrogate=Surrogate("visit_id", ["who", "page", "at"]),
)

SATELLITES = [
    SatDef(
        "s_customer",
        source="customers",
        parent="h_customer",
        columns=[("name", "name"), ("born", "born")],
        order_by=["registered"],
    ),
    SatDef(
        "s_customer_first",
        source="customers",
        parent="h_customer",
        columns=[("name", "name")],
        order_by=["born", "registered"],
        duplicates="first",
    ),
    SatDef(
        "s_customer_all",
        source="customers",
        parent="h_customer",
        columns=[("registered", "registered"), ("full_name", "name")],
        duplicates="stagger",
    ),
    SatDef(
        "s_crm", source="crm", parent="h_customer", columns=[("vip", "vip"), ("score", "score")]
    ),
    SatDef(
        "s_order",
        source="orders",
        parent="h_order",
        columns=[("paid", "paid"), ("amount", "amount"), ("note", "note")],
    ),
    SatDef(
        "s_gift",
        source="orders",
        parent="h_customer",
        role="recipient",
        columns=[("gift_note", "note")],
        order_by=["order_id"],
    ),
    SatDef(
        "s_order_line",
        source="orders",
        parent="l_order_line",
        columns=[("amount", "amount")],
        duplicates="stagger",
        order_by=["paid"],
    ),
    SatDef(
        "s_return",
        source="returns",
        parent="l_order_customer",
        columns=[("reason", "reason"), ("returned", "returned")],
        order_by=["returned"],
    ),
    SatDef(
        "s_return_event",
        source="returns",
        parent="l_order_line",
        columns=[("why", "reason")],
        historized=False,
        order_by=["returned"],
    ),
    SatDef(
        "s_visit",
        source="visits",
        parent="h_visit",
        columns=[("page", "page"), ("seconds", "seconds")],
        historized=False,
    ),
]
