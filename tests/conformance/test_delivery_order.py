"""L15: full deliveries in any order give what they give in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import Case
from tests.conformance.comparing import assert_equal
from tests.conformance.deliveries import Rows, as_delivery
from tests.reference.definitions import (
    HASHDIFF,
    LOAD_DT,
    LOAD_SRC,
    HubDef,
    KeyUse,
    LinkDef,
    Model,
    SatDef,
    SourceDef,
)
from tests.reference.effectivity import END_DT, EffectivityDef
from tests.reference.multi_active import MultiActiveDef
from tests.reference.status_tracking import STATUS, StatusDef
from tests.reference.tables import day
from tests.reference.tracking import TrackDef
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from tests.conformance.deliveries import Delivery
    from tests.conformance.projects import Project
    from tests.reference.sql_types import Value

PERSON, TEAM = ("h_person", None), ("h_team", None)
PEOPLE = {
    "no": "varchar(9)",
    "team": "integer",
    "name": "varchar(9)",
    "since": "date",
    "until": "date",
}
KEY = KeyUse("h_person", ["no"])
# Status tracking tells of people and phones whether a delivery has brought a key, record tracking
# of visits.
MODEL = Model(
    sources=[
        SourceDef(
            "people",
            PEOPLE,
            [KEY, KeyUse("h_team", ["team"])],
            not_null=frozenset({"since"}),
            delivery="full",
        ),
        SourceDef(
            "phones",
            {"no": "varchar(9)", "kind": "varchar(9)", "number": "integer"},
            [KEY],
            delivery="full",
        ),
        SourceDef("visits", {"no": "varchar(9)", "name": "varchar(9)"}, [KEY], delivery="full"),
    ],
    hubs=[HubDef("h_person", [("person", "varchar(9)")]), HubDef("h_team", [("team", "integer")])],
    links=[LinkDef("l_team", [PERSON, TEAM], ["people"])],
    satellites=[
        SatDef("s_name", "people", "h_person", [("name", "name"), ("team", "team")]),
        SatDef("s_compared", "people", "h_person", [("name", "name")], hashdiff=False),
        SatDef("s_of_link", "people", "l_team", [("name", "name")], duplicates="first"),
        SatDef("s_visit", "visits", "h_person", [("name", "name")]),
        SatDef("s_both", "people", "h_person", [("name", "name")], more_sources=["visits"]),
    ],
    others=[
        MultiActiveDef("s_phones", "phones", "h_person", ["kind"], [("number", "number")]),
        EffectivityDef("e_team", "people", "l_team", [PERSON]),
        EffectivityDef("e_dated", "people", "l_team", start="since", end="until"),
        StatusDef("t_people", "people", "h_person"),
        StatusDef("t_changes", "people", "h_person", columns=["name"]),
        StatusDef("t_phones", "phones", "h_person"),
        StatusDef("t_teams", "people", "l_team"),
        TrackDef("r_visits", "h_person", watched=["visits"]),
    ],
)


@dataclass(frozen=True)
class Given:
    """Deliveries in the order of their load dates, and the places in which they come."""

    deliveries: list[Delivery]
    order: list[int]


@st.composite
def in_some_order(draw: st.DrawFn) -> Given:
    """Up to five deliveries; a source is missing now and then, or has no row at all."""
    numbers = range(1, draw(st.integers(2, 5)) + 1)
    found = [as_delivery(MODEL, day(number), _files(draw, number)) for number in numbers]
    order = draw(st.permutations(range(len(found))))
    return Given(found, list(order))


def _files(draw: st.DrawFn, number: int) -> dict[str, Rows]:
    keys = st.lists(st.sampled_from("ab"), unique=True)
    files: dict[str, Rows] = {}
    if draw(st.integers(0, 3)):
        files[f"people/{number}.csv"] = [
            {
                "no": no,
                "team": draw(st.sampled_from([1, 2, None])),
                "name": draw(st.sampled_from(["A", "B"])),
                "since": day(draw(st.integers(1, 2))).date(),
                "until": draw(st.sampled_from([None, day(9).date()])),
            }
            for no in draw(keys)
        ]
    if draw(st.booleans()):
        files[f"phones/{number}.csv"] = [
            {"no": no, "kind": kind, "number": draw(st.integers(1, 2))}
            for no in draw(keys)
            for kind in draw(st.lists(st.sampled_from("xy"), min_size=1, unique=True))
        ]
    if draw(st.booleans()):
        files[f"visits/{number}.csv"] = [
            {"no": no, "name": draw(st.sampled_from(["A", "B"]))} for no in draw(keys)
        ]
    return files


def test_full_deliveries_in_any_order_give_what_they_give_in_order(
    make: Callable[..., Project],
) -> None:
    project = make(MODEL)
    project.run(day(1))  # with nothing to load it makes the tables

    @Case(MODEL, share=0.6).settings()
    @given(in_some_order())
    def load_all(given_deliveries: Given) -> None:
        project.clear()
        ordered, found = Vault(MODEL), Vault(MODEL)
        for delivery in given_deliveries.deliveries:
            ordered.load(delivery.batch, delivery.load_dt)
        for place in given_deliveries.order:
            delivery = given_deliveries.deliveries[place]
            if not delivery.files:
                continue
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert ran.exit_code == 0, ran.log
            assert "is not known" not in ran.log
            found.load(delivery.batch, delivery.load_dt)
            assert_equal(project, found)
        moments = [delivery.load_dt for delivery in given_deliveries.deliveries]
        names = [each.name for each in (*MODEL.satellites, *MODEL.others)]
        rows = project.rows_of(names)
        for name in names:
            assert states(name, rows[name], moments) == states(name, ordered.rows(name), moments)

    load_all()


def states(
    name: str, rows: list[dict[str, Value]], moments: list[datetime]
) -> dict[datetime, dict[Value, Any]]:
    """What a table says of every key at every moment, whoever says it and in how many rows."""
    found: dict[datetime, dict[Value, Any]] = {}
    for moment in moments:
        newest: dict[Value, tuple[datetime, set]] = {}
        for row in rows:
            key = next(iter(row.values()))
            at = row[LOAD_DT]
            if at > moment:
                continue
            told = newest.get(key)
            if told is None or at > told[0]:
                told = newest[key] = (at, set())
            if at == told[0]:
                told[1].add(_said(name, row))
        found[moment] = {key: said for key, (_, said) in newest.items() if said != {None}}
    return found


def _said(name: str, row: dict[str, Value]) -> Any:  # noqa: ANN401 - whatever a kind says
    if name.startswith("r_"):
        return ("appeared", row[LOAD_DT])
    if STATUS in row:
        # A key that has come back is told as new, or as changed where it was thought to be there.
        return None if row[STATUS] == "D" else ("there", row.get(HASHDIFF))
    if name == "e_team":
        return None if row[END_DT] is not None else "open"
    return tuple(value for column, value in row.items() if column not in (LOAD_DT, LOAD_SRC))
