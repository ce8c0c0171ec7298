"""A first load is compared by fingerprints where the engine has them: that spares no fault.

The tables of a first load hold the staged rows and no others, so that one look at either side tells
whether they do. Whatever differs, the checks are asked as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import EngineError
from dv_gen.run.checking import MIRROR
from tests.conformance.checked import found, steps_of
from tests.conformance.club import rows
from tests.conformance.deliveries import as_delivery
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.projects import Project

ORDERS = Model(
    sources=[
        SourceDef(
            "orders",
            {"no": "integer", "who": "varchar(9)", "note": "varchar(30)", "paid": "boolean"},
            [KeyUse("h_order", ["no"]), KeyUse("h_person", ["who"])],
        )
    ],
    hubs=[
        HubDef("h_order", [("order", "integer")]),
        HubDef("h_person", [("person", "varchar(9)")]),
    ],
    links=[LinkDef("l_buyer", [("h_order", None), ("h_person", None)], ["orders"])],
    satellites=[
        SatDef("s_note", "orders", "h_order", [("note", "note"), ("paid", "paid")]),
        SatDef("s_plain", "orders", "h_order", [("note", "note")], hashdiff=False),
        SatDef("s_deal", "orders", "l_buyer", [("paid", "paid")]),
        SatDef("s_event", "orders", "h_order", [("note", "note")], historized=False),
    ],
)
MIRRORED = {"h_order", "l_buyer", "s_note", "s_plain", "s_event"}
# One row is there twice, one has no buyer.
DELIVERED = rows(
    "no who note paid",
    (1, "x", "a", True),
    (2, "y", "b", False),
    (3, "y", None, None),
    (4, None, "b", True),
    (2, "y", "b", False),
)
LATER = rows("no who note paid", (5, "z", "e", True))


def order(number: int) -> str:
    return f'"hk_order" IN (SELECT "hk_order" FROM {{h_order}} WHERE "order" = {number})'


def twice(table: str, condition: str) -> str:
    return f"INSERT INTO {{{table}}} SELECT * FROM {{{table}}} WHERE {condition}"


def exchanged(table: str, column: str, one: int, other: int) -> str:
    """Give each of two orders the value of the other."""
    value = f'(SELECT held."{column}" FROM {{{table}}} AS held WHERE held.'
    chosen = f"CASE WHEN {order(one)} THEN {value}{order(other)}) ELSE {value}{order(one)}) END"
    return f'UPDATE {{{table}}} SET "{column}" = {chosen} WHERE {order(one)} OR {order(other)}'


# What is done, and the checks of the batch that find it; those of the whole vault are not asked.
FAULTS = {
    "lost hub row": ('DELETE FROM {h_order} WHERE "order" = 3', {("h_order", "reconciliation")}),
    "hub row twice": (twice("h_order", '"order" = 2'), {("h_order", "unique_keys")}),
    "other business key": (
        'UPDATE {h_order} SET "order" = 33 WHERE "order" = 3',
        {("h_order", "hash_collisions")},
    ),
    "lost link row": (f"DELETE FROM {{l_buyer}} WHERE {order(1)}", {("l_buyer", "reconciliation")}),
    "link row twice": (twice("l_buyer", order(2)), {("l_buyer", "unique_keys")}),
    "one row of the link for another": (
        f"{twice('l_buyer', order(1))}; DELETE FROM {{l_buyer}} WHERE {order(2)}",
        {("l_buyer", "unique_keys"), ("l_buyer", "reconciliation")},
    ),
    "link to another": (exchanged("l_buyer", "hk_person", 1, 2), {("l_buyer", "reconciliation")}),
    "lost value": (f"DELETE FROM {{s_note}} WHERE {order(4)}", {("s_note", "reconciliation")}),
    "value twice": (twice("s_note", order(2)), {("s_note", "unique_keys")}),
    "NULL for a value": (
        f'UPDATE {{s_note}} SET "note" = NULL WHERE {order(1)}',
        {("s_note", "reconciliation")},
    ),
    "exchanged values": (exchanged("s_note", "note", 1, 2), {("s_note", "reconciliation")}),
    "exchanged hashdiffs": (exchanged("s_note", "hashdiff", 1, 2), {("s_note", "reconciliation")}),
    "a value without hashdiff": (
        f"UPDATE {{s_plain}} SET \"note\" = 'c' WHERE {order(1)}",
        {("s_plain", "reconciliation")},
    ),
    "a satellite of a link": (
        'UPDATE {s_deal} SET "paid" = NOT "paid" WHERE "paid"',
        {("s_deal", "reconciliation")},
    ),
    "lost event": (f"DELETE FROM {{s_event}} WHERE {order(1)}", {("s_event", "reconciliation")}),
    "event twice": (twice("s_event", order(2)), {("s_event", "unique_keys")}),
}


def load(project: Project, number: int, given: list) -> None:
    project.deliver(as_delivery(project.model, day(number), {f"orders/{number}.csv": given}).files)
    ran = project.run(day(number), defer_checks=False)
    assert ran.exit_code == 0, ran.log


@pytest.fixture(scope="module")
def loaded(make: Callable[..., Project]) -> Project:
    made = make(ORDERS)
    load(made, 2, DELIVERED)
    return made


@pytest.fixture
def project(loaded: Project) -> Iterator[Project]:
    """The loaded vault; what a test does to it is undone."""
    loaded.warehouse.session.begin()
    yield loaded
    loaded.warehouse.session.rollback()


def has_mirror(project: Project) -> bool:
    return any(step.has(MIRROR) for step in steps_of(project))


def mirrored(project: Project) -> set[str]:
    """Entities whose tables are said to hold the staged rows and no others."""
    session = project.warehouse.session
    return {
        step.entity
        for step in steps_of(project)
        if step.has(MIRROR) and session.query(step.statement(MIRROR).sql) == [(1,)]
    }


def batch_finds(project: Project, *, probing: bool) -> set[tuple[str, str]]:
    steps = [step for step in steps_of(project) if step.phase == "check"]
    return found(project, steps, probing=probing)


def plant(project: Project, sql: str) -> None:
    """Do the harm; an engine that keeps its keys by itself does not let it happen."""
    tables = {name: project.table(name) for name in project.compiled.manifest["tables"]}
    for statement in sql.format(**tables).split("; "):
        try:
            assert project.warehouse.session.execute(statement) > 0
        except EngineError as error:
            if "unique constraint" not in str(error):
                raise
            pytest.skip(f"the engine refuses it: {error}")


def test_a_first_load_is_known_by_its_fingerprint(project: Project) -> None:
    assert mirrored(project) == (MIRRORED if has_mirror(project) else set())
    assert batch_finds(project, probing=True) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_differs_is_found(name: str, project: Project) -> None:
    sql, expected = FAULTS[name]
    if "held." in sql and not has_mirror(project):
        pytest.skip("not every such engine can exchange values in one statement")
    plant(project, sql)
    assert batch_finds(project, probing=True) == expected
    assert batch_finds(project, probing=False) == expected


def test_rows_of_another_load_prevent_it(make: Callable[..., Project]) -> None:
    made = make(ORDERS)
    load(made, 2, DELIVERED)
    load(made, 3, LATER)
    assert mirrored(made) == set()
    assert batch_finds(made, probing=True) == set()
