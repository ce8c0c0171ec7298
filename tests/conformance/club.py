"""A small model for worked examples, and the vault as a person would write it down.

People (with a boss, who is one too), a register of members that brings more people, orders and
bookings with a key of two parts, and a log of events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.deliveries import Rows, as_delivery
from tests.conformance.staged import fill_stage
from tests.reference.definitions import (
    LOAD_DT,
    LOAD_SRC,
    HubDef,
    KeyUse,
    LinkDef,
    Model,
    SatDef,
    SourceDef,
    Surrogate,
)
from tests.reference.stage import stage_batch
from tests.reference.tables import NEW_YEAR, day

if TYPE_CHECKING:
    from datetime import datetime

    from tests.conformance.projects import Project, Ran
    from tests.reference.sql_types import Value

CLUB = Model(
    sources=[
        SourceDef(
            "register",
            {"member": "varchar(9)", "since": "date"},
            [KeyUse("h_person", ["member"])],
        ),
        SourceDef(
            "people",
            {
                "no": "varchar(9)",
                "boss": "varchar(9)",
                "name": "varchar(30)",
                "town": "varchar(30)",
                "at": "integer",
            },
            [KeyUse("h_person", ["no"]), KeyUse("h_person", ["boss"], "boss")],
        ),
        SourceDef(
            "bookings",
            {"shop": "varchar(9)", "no": "integer", "buyer": "varchar(9)"},
            [KeyUse("h_order", ["shop", "no"]), KeyUse("h_person", ["buyer"])],
        ),
        SourceDef(
            "orders",
            {"shop": "varchar(9)", "no": "integer", "buyer": "varchar(9)", "sum": "decimal(9,2)"},
            [KeyUse("h_order", ["shop", "no"]), KeyUse("h_person", ["buyer"])],
        ),
        SourceDef(
            "log",
            {"who": "varchar(9)", "what": "varchar(30)", "at": "integer", "note": "varchar(30)"},
            [KeyUse("h_event", ["id"]), KeyUse("h_person", ["who"])],
            surrogate=Surrogate("id", ["who", "what", "at"]),
        ),
    ],
    hubs=[
        HubDef("h_person", [("person", "varchar(9)")], extra={"town": {"people": "town"}}),
        HubDef("h_order", [("shop", "varchar(9)"), ("no", "integer")]),
        HubDef("h_event", [("event", "hash")]),
    ],
    links=[
        LinkDef("l_boss", [("h_person", None), ("h_person", "boss")], ["people"]),
        LinkDef("l_order", [("h_order", None), ("h_person", None)], ["orders", "bookings"]),
    ],
    satellites=[
        SatDef("s_last", "people", "h_person", [("name", "name"), ("town", "town")]),
        SatDef("s_ordered", "people", "h_person", [("name", "name")], order_by=["at"]),
        SatDef("s_first", "people", "h_person", [("name", "name")], duplicates="first"),
        SatDef("s_all", "people", "h_person", [("name", "name")], duplicates="stagger"),
        SatDef("s_order", "orders", "h_order", [("sum", "sum")]),
        SatDef("s_event", "log", "h_event", [("what", "what"), ("note", "note")], historized=False),
    ],
)

Lines = list[tuple["Value", ...]]


def rows(header: str, *lines: tuple[Value, ...]) -> Rows:
    """Rows of a source: column names, then a tuple a row; a column that is absent is NULL."""
    return [dict(zip(header.split(), line, strict=True)) for line in lines]


def load(project: Project, number: int, /, **sources: Rows) -> Ran:
    """Deliver rows as one file a source and run, on a day of January 2024, late if need be."""
    files = {f"{name}/{number}.csv": given for name, given in sources.items()}
    project.deliver(as_delivery(project.model, day(number), files).files)
    ran = project.run(day(number), allow_late=True)
    assert ran.exit_code == 0, ran.log
    return ran


def load_stage(project: Project, **sources: Rows) -> list[tuple[str, str, int]]:
    """Load a stage whose rows say their own `day`; what the satellites did not take."""
    batch = {name: [_dated(row) for row in given] for name, given in sources.items()}
    stage, _ = stage_batch(project.model, batch, day(1))
    fill_stage(project, stage)
    opened = project.open_batch(day(1), stage)
    project.load_stage()
    project.close_batch(opened, day(1))
    return rejects(project, opened)


def _dated(row: dict[str, Value]) -> dict[str, Value]:
    own = {column: value for column, value in row.items() if column != "day"}
    return {LOAD_SRC: "f.csv"} | own | {LOAD_DT: day(row["day"])}


def rejects(project: Project, batch: str) -> list[tuple[str, str, int]]:
    """Satellite, reason and row number of what a batch did not take."""
    return [(each.satellite, each.reason, each.row_no) for each in project.rejects(batch)]


def shown(project: Project, name: str, header: str) -> Lines:
    """The columns of a table that an example shows, rows sorted; `hk` is its own hash key.

    Hash keys are shown as the business keys behind them, load dates as days of January 2024.
    """
    known = _business_keys(project)
    result = []
    for row in project.rows(name):
        readable = {column: _readable(value, known) for column, value in row.items()}
        readable["hk"] = next(iter(readable.values()))
        result.append(tuple(readable[column] for column in header.split()))
    return sorted(result, key=repr)


def _business_keys(project: Project) -> dict[Any, str]:
    known: dict[Any, str] = {}
    for hub in project.model.hubs:
        for row in project.rows(hub.name):
            known[row[hub.hash_key]] = "/".join(str(row[column]) for column, _ in hub.key)
    for link in project.model.links:
        for row in project.rows(link.name):
            hubs = [known[row[column]] for column in project.model.link_hub_columns(link)]
            known[row[link.hash_key]] = " & ".join(hubs)
    return known


def _readable(value: Any, known: dict[Any, str]) -> Any:  # noqa: ANN401 - whatever a column holds
    if hasattr(value, "microsecond"):
        return _day(value)
    return known.get(value, value)


def _day(moment: datetime) -> int | str:
    passed = moment - NEW_YEAR
    return f"{passed.days}+{passed.microseconds}us" if passed.microseconds else passed.days
