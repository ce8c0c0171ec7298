"""S1 to S4: what a stage row is."""

import hashlib
from datetime import date, datetime

import pytest

from tests.reference.definitions import (
    Fetched,
    Joined,
    KeyUse,
    Model,
    SourceDef,
    Surrogate,
    Where,
)
from tests.reference.hashing import HashRule
from tests.reference.keys import key_value
from tests.reference.stage import Refused, Row, split_by_load_date, stage_batch, stage_rows
from tests.reference.tables import day, delivered

LOG = SourceDef(
    "log",
    columns={"grp": "integer", "event": "varchar(20)", "note": "varchar(20)"},
    keys=[KeyUse("h_log", ["log_id"])],
    not_null=frozenset({"grp"}),
    surrogate=Surrogate("log_id", ["grp", "event"]),
)
KEPT = SourceDef(
    "log",
    columns=LOG.columns,
    surrogate=Surrogate("log_id", ["grp", "event"], keep_repeats=True),
)


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_rows_are_numbered_in_the_order_they_came() -> None:
    rows, _ = stage_rows(LOG, delivered("grp load_dt", (1, 2), (2, 1)))
    assert [(row.row_no, row.values["grp"], row.load_dt) for row in rows] == [
        (1, 1, day(2)),
        (2, 2, day(1)),
    ]


def test_a_column_that_is_absent_is_null() -> None:
    rows, _ = stage_rows(LOG, delivered("grp load_dt", (1, 1)))
    assert rows[0].values["event"] is None


def test_an_unknown_column_or_source_is_an_error() -> None:
    with pytest.raises(ValueError, match="no column"):
        stage_rows(LOG, delivered("group load_dt", (1, 1)))
    with pytest.raises(KeyError, match="unknown sources"):
        stage_batch(Model([LOG]), {"logs": []})


def test_a_required_value_that_is_empty_refuses_the_row_and_no_other() -> None:
    """L3, S2."""
    rows, refused = stage_rows(
        LOG, delivered("grp event load_dt", (1, "add", 1), (None, "add", 1), (3, "add", 1))
    )
    assert [row.row_no for row in rows] == [1, 3]
    assert refused == [Refused("log", 2, "grp")]


def test_surrogate_is_the_same_for_the_same_natural_columns() -> None:
    """S4: the note is not among them; the row loaded again identifies the same record."""
    rows, _ = stage_rows(
        LOG,
        delivered(
            "grp event note load_dt",
            (1, "add", "x", 1),
            (1, "add", "y", 2),
            (1, "Add", "x", 1),
            (1, None, "x", 1),
        ),
    )
    assert [row.values["log_id"] for row in rows] == [
        md5("1|add"),
        md5("1|add"),
        md5("1|Add"),
        md5(r"1|\N"),
    ]


def test_surrogate_is_a_digest_by_the_algorithm_of_the_keys() -> None:
    rows, _ = stage_rows(
        LOG, delivered("grp event load_dt", (1, "add", 1)), HashRule(algorithm="sha1")
    )
    assert rows[0].values["log_id"] == hashlib.sha1(b"1|add").hexdigest()


def test_kept_repeats_are_counted_within_one_file() -> None:
    """S4: the second occurrence in a file is a record of its own; each file counts afresh."""
    rows, _ = stage_rows(
        KEPT,
        delivered(
            "grp event load_dt file",
            (1, "add", 1, "a"),
            (1, "leave", 1, "a"),
            (1, "add", 1, "a"),
            (1, "add", 1, "b"),
            (1, "add", 2, "a"),
        ),
    )
    assert [row.values["log_id"] for row in rows] == [
        md5("1|add"),
        md5("1|leave"),
        md5("1|add|2"),
        md5("1|add"),
        md5("1|add|3"),
    ]


def test_split_by_load_date_keeps_row_numbers_and_orders_the_dates() -> None:
    stage, _ = stage_batch(
        Model([LOG]), {"log": delivered("grp load_dt", (1, 3), (2, 1), (3, 3), (4, 2))}
    )
    parts = split_by_load_date(stage)
    assert [[row.row_no for row in part["log"]] for part in parts] == [[2], [4], [1, 3]]


BOOKINGS = SourceDef(
    "bookings",
    {
        "ref": "integer",
        "room": "varchar(9)",
        "nights": "integer",
        "seen": "date",
        "by": "varchar(9)",
    },
    keys=[KeyUse("h_room", ["room"])],
    load_dt="seen",
    load_src="by",
    null_tokens={"room": "NONE"},
    where=Where("nights > 0", lambda row: None if row["nights"] is None else row["nights"] > 0),
    joined=[Joined("stay", ["room", "nights"], "-", longest=5)],
    fetched=[Fetched("no", "orders", {"ref": "id"}, "no", "varchar(9)")],
)
ORDERS = SourceDef("orders", {"id": "integer", "no": "varchar(9)"})
SEEN = date(2024, 2, 29)


def bookings(*rows: tuple[object, ...]) -> list[dict[str, object]]:
    names = ("ref", "room", "nights", "seen", "by")
    return [dict(zip(names, row, strict=True)) for row in rows]


def orders(*rows: tuple[int, str | None]) -> dict[str, list[Row]]:
    return {"orders": [Row({"id": number, "no": no}, day(1), "f", 1) for number, no in rows]}


def test_a_row_is_staged_with_its_own_date_and_source_and_what_is_made_of_it() -> None:
    (row,), refused = stage_rows(
        BOOKINGS, bookings((1, None, 2, SEEN, "desk")), others=orders((1, "A"), (1, "A"))
    )

    assert refused == []
    assert (row.load_dt, row.load_src) == (datetime(2024, 2, 29), "desk")  # noqa: DTZ001
    assert (row.values["stay"], row.values["no"]) == ("-2", "A")
    assert key_value(BOOKINGS, row, "room") == "NONE"
    assert row.values["room"] is None


def test_rows_are_refused_before_the_filter_and_behind_it() -> None:
    rows, refused = stage_rows(
        BOOKINGS,
        bookings(
            (None, "a", 0, SEEN, None),  # no record source, which comes before the filter
            (None, "a", 0, SEEN, "x"),  # left out
            (None, "a", None, SEEN, "x"),  # left out: unknown
            (None, "abcd", 0, SEEN, "x"),  # left out, so that it may be too long
            (None, "abcd", 1, SEEN, "x"),
            (2, "a", 1, SEEN, "x"),  # two orders
            (3, "a", 1, SEEN, "x"),  # none
            (4, "a", 1, SEEN, "x"),  # one, and nothing beside it
            (None, "a", 1, SEEN, "x"),
        ),
        others=orders((2, "A"), (2, "B"), (4, "A"), (4, None)),
    )

    assert [(each.row_no, each.column) for each in refused] == [
        (1, "by"),
        (5, "stay"),
        (6, "no"),
        (7, "no"),
        (8, "no"),
    ]
    assert [(row.row_no, row.values["no"]) for row in rows] == [(9, None)]
