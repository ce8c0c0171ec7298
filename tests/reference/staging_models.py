"""A model whose sources say much of their rows: dates, filter, tokens, columns made and fetched."""

from tests.reference.definitions import (
    Fetched,
    HubDef,
    Joined,
    KeyUse,
    LinkDef,
    Model,
    SatDef,
    SourceDef,
    Where,
)
from tests.reference.sql_types import Value


def _wanted(values: dict[str, Value]) -> bool | None:
    """`nights > 0 OR room = 'a'`, where a comparison with NULL is unknown."""
    some = None if values["nights"] is None else values["nights"] > 0
    room = None if values["room"] is None else values["room"] == "a"
    if some or room:
        return True
    return None if some is None or room is None else False


def hotel(*, fetched: bool = True) -> Model:
    """Bookings with load dates and record sources of their own, by several guests at once.

    Args:
        fetched: whether a booking refers to its order by a foreign key, or has its number itself.
    """
    columns = {
        "order_id": "smallint",
        "guest": "varchar(20)",
        "room": "varchar(10)",
        "nights": "smallint",
        "seen": "timestamp",
        "origin": "varchar(10)",
    }
    if not fetched:
        columns["order_no"] = "varchar(20)"
    bookings = SourceDef(
        "bookings",
        columns=columns,
        keys=[KeyUse("h_order", ["order_no"]), KeyUse("h_guest", ["guest"])],
        load_dt="seen",
        load_src="origin",
        null_tokens={"guest": "UNKNOWN"},
        where=Where("nights > 0 OR room = 'a'", _wanted),
        joined=[
            Joined("stay", ["room", "nights"], separator="-"),
            Joined("label", ["stay", "seen"], separator="/", longest=30, not_null=True),
        ],
        fetched=[Fetched("order_no", "orders", {"order_id": "id"}, "no", "varchar(20)")]
        if fetched
        else (),
    )
    orders = SourceDef(
        "orders",
        columns={"id": "smallint", "no": "varchar(20)", "changed": "date"},
        keys=[KeyUse("h_order", ["no"])],
        load_dt="changed",
    )
    return Model(
        sources=[bookings, orders] if fetched else [bookings],
        hubs=[
            HubDef("h_order", key=[("order_no", "varchar(20)")]),
            HubDef("h_guest", key=[("guest", "varchar(20)")]),
        ],
        links=[LinkDef("l_booking", [("h_order", None), ("h_guest", None)], ["bookings"])],
        satellites=[
            SatDef(
                "s_guest",
                source="bookings",
                parent="h_guest",
                columns=[("guest", "guest"), ("stay", "stay")],
            ),
            SatDef(
                "s_booking",
                source="bookings",
                parent="l_booking",
                columns=[("label", "label"), ("seen", "seen"), ("order", "order_no")],
                order_by=["nights"],
            ),
        ],
    )
