"""Each check finds the fault that it is for, and nothing where there is none (R8).

A vault of every kind of entity is loaded from files, twice. Then one fault at a time is planted
behind dv-gen's back, the checks are asked, and the fault is undone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import EngineError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from dv_gen.run.checking import SPARING
from tests.conformance.checked import found, steps_of
from tests.conformance.club import CLUB, rows
from tests.conformance.deliveries import as_delivery
from tests.reference.bridge import BridgeDef, BridgeLink
from tests.reference.calendar import CalendarDef
from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.effectivity import EffectivityDef
from tests.reference.multi_active import MultiActiveDef
from tests.reference.pit import PitDef
from tests.reference.reference import RefDef
from tests.reference.status_tracking import StatusDef
from tests.reference.tables import day
from tests.reference.tracking import ExtendedDef, TrackDef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.projects import Project, Ran

PERSON = [KeyUse("h_person", ["who"])]
EVERYTHING = Model(
    sources=[
        SourceDef("people", {"who": "varchar(9)", "name": "varchar(30)", "at": "integer"}, PERSON),
        SourceDef(
            "orders",
            {"no": "integer", "who": "varchar(9)", "paid": "boolean", "note": "varchar(30)"},
            [KeyUse("h_order", ["no"]), *PERSON],
            delivery="full",
        ),
        SourceDef(
            "deals",
            {"no": "integer", "who": "varchar(9)", "since": "date", "until": "date"},
            [KeyUse("h_order", ["no"]), *PERSON],
            not_null=frozenset({"since"}),
        ),
        SourceDef(
            "phones",
            {"who": "varchar(9)", "kind": "varchar(9)", "number": "varchar(9)"},
            PERSON,
        ),
        SourceDef("codes", {"code": "varchar(9)", "meaning": "varchar(30)"}),
    ],
    hubs=[
        HubDef("h_person", [("person", "varchar(9)")], ghosts=True),
        HubDef("h_order", [("order", "integer")]),
    ],
    links=[
        LinkDef("l_buyer", [("h_order", None), ("h_person", None)], ["orders"]),
        LinkDef("l_deal", [("h_person", None), ("h_order", None)], ["deals"]),
    ],
    satellites=[
        SatDef("s_name", "people", "h_person", [("name", "name"), ("at", "at")], ghosts=True),
        SatDef("s_apart", "people", "h_person", [("name", "name")], duplicates="stagger"),
        SatDef("s_plain", "people", "h_person", [("name", "name")], hashdiff=False),
        SatDef("s_note", "orders", "h_order", [("note", "note")], historized=False),
    ],
    others=[
        MultiActiveDef("m_phone", "phones", "h_person", ["kind"], [("number", "number")]),
        EffectivityDef("e_buyer", "orders", "l_buyer", [("h_order", None)]),
        EffectivityDef("e_deal", "deals", "l_deal", start="since", end="until"),
        StatusDef("t_order", "orders", "h_order", columns=["paid"]),
        TrackDef("r_person", "h_person"),
        ExtendedDef("x_person", "h_person"),
        RefDef("c_code", "codes", ["code"], [("meaning", "meaning")]),
        RefDef("c_fixed", "codes", ["code"], [("meaning", "meaning")], historized=False),
        CalendarDef("as_of", dates=[day(2), day(5)]),
        PitDef("p_order", "h_order", ["t_order"]),
        BridgeDef("b_person", "h_person", [BridgeLink("l_buyer", ("h_person", None), "e_buyer")]),
    ],
)
# The first of two deliveries, and the second: something new, changed, the same, and gone.
FIRST = {
    "people": rows("who name at", ("x", "Ann", 1), ("y", "Bob", 1)),
    "orders": rows(
        "no who paid note", (1, "x", True, "a"), (2, "y", False, "b"), (4, "x", True, "d")
    ),
    "deals": rows("no who since until", (1, "x", day(1).date(), None)),
    "phones": rows("who kind number", ("x", "home", "1"), ("x", "work", "2"), ("y", "home", "3")),
    "codes": rows("code meaning", ("a", "alpha"), ("b", "beta")),
}
SECOND = {
    "people": rows("who name at", ("x", "Anna", 1), ("y", "Bob", 1), ("z", "Zoe", 1)),
    "orders": rows(
        "no who paid note", (1, "y", True, "a"), (2, "y", True, "b"), (3, "z", True, "c")
    ),
    "deals": rows("no who since until", (1, "x", day(1).date(), day(9).date())),
    "phones": rows("who kind number", ("x", "home", "1"), ("y", "home", "3"), ("z", "home", "4")),
    "codes": rows("code meaning", ("a", "alef"), ("c", "gamma")),
}


def load(project: Project, number: int, delivery: dict[str, list]) -> Ran:
    files = {f"{name}/{number}.csv": given for name, given in delivery.items()}
    project.deliver(as_delivery(project.model, day(number), files).files)
    return project.run(day(number), defer_checks=False)


@pytest.fixture(scope="module")
def loaded(make: Callable[..., Project]) -> Project:
    made = make(EVERYTHING)
    for number, delivery in enumerate((FIRST, SECOND), start=2):
        ran = load(made, number, delivery)
        assert ran.exit_code == 0, ran.log
    return made


@pytest.fixture
def project(loaded: Project) -> Iterator[Project]:
    """The loaded vault; what a test does to it is undone."""
    loaded.warehouse.session.begin()
    yield loaded
    loaded.warehouse.session.rollback()


@dataclass(frozen=True)
class Fault:
    """Statements that do harm, and the checks that find it.

    Attributes:
        name: what is wrong then.
        sql: one statement or several, with the tables' plain names.
        found: entity and check.
    """

    name: str
    sql: str
    found: set[tuple[str, str]]


def twice(table: str, condition: str) -> str:
    return f"INSERT INTO {{{table}}} SELECT * FROM {{{table}}} WHERE {condition}"


def of_order(number: int, key: str = "hk_order") -> str:
    return f'"{key}" IN (SELECT "hk_order" FROM {{h_order}} WHERE "order" = {number})'


def of_person(name: str) -> str:
    return f'"hk_person" IN (SELECT "hk_person" FROM {{h_person}} WHERE "person" = \'{name}\')'


OF_Z = of_person("z")
NEWEST = f"\"load_dt\" = TIMESTAMP '{day(3)}'"
FAULTS = [
    # Hubs.
    Fault(
        "a hub has lost a key of the batch",
        'DELETE FROM {h_order} WHERE "order" = 3',
        {
            ("h_order", "reconciliation"),
            ("l_buyer", "parents_exist"),
            ("s_note", "parents_exist"),
            ("t_order", "parents_exist"),
            ("p_order", "parents_exist"),
        },
    ),
    Fault(
        "a hub has lost a key that was not in the batch",
        'DELETE FROM {h_order} WHERE "order" = 4',
        {
            ("l_buyer", "parents_exist"),
            ("s_note", "parents_exist"),
            ("t_order", "parents_exist"),
            ("p_order", "parents_exist"),
        },
    ),
    Fault(
        "a hub holds a key twice",
        twice("h_order", '"order" = 3'),
        {("h_order", "unique_keys"), ("h_order", "unique_business_keys")},
    ),
    Fault(
        "a hub holds a business key under two hashes",
        'UPDATE {h_order} SET "order" = 4 WHERE "order" = 3',
        {("h_order", "unique_business_keys"), ("h_order", "hash_collisions")},
    ),
    Fault(
        "a hash stands for two business keys",
        'UPDATE {h_order} SET "order" = 33 WHERE "order" = 3',
        {("h_order", "hash_collisions")},
    ),
    Fault(
        "a hub has lost a ghost row",
        'DELETE FROM {h_person} WHERE "hk_person" = ERROR',
        {("h_person", "ghosts"), ("s_name", "parents_exist")},
    ),
    # Links.
    Fault(
        "a link has lost a relationship",
        f"DELETE FROM {{l_buyer}} WHERE {of_order(3)}",
        {
            ("l_buyer", "reconciliation"),
            ("e_buyer", "parents_exist"),
            ("b_person", "pointers_exist"),
        },
    ),
    Fault(
        "a link holds a relationship twice",
        twice("l_buyer", of_order(3)),
        {("l_buyer", "unique_keys"), ("l_buyer", "unique_relationships")},
    ),
    Fault(
        "a link leads to a key that is not there",
        f'UPDATE {{l_buyer}} SET "hk_person" = WRONG WHERE {of_order(3)}',
        {("l_buyer", "reconciliation"), ("l_buyer", "parents_exist")},
    ),
    # Satellites.
    Fault(
        "a satellite has lost the newest row of a key",
        f"DELETE FROM {{s_name}} WHERE {OF_Z}",
        {("s_name", "reconciliation")},
    ),
    Fault(
        "a satellite says something else than was staged",
        f"UPDATE {{s_name}} SET \"name\" = 'Zora' WHERE {OF_Z}",
        {("s_name", "reconciliation")},
    ),
    Fault(
        "one column of a row has become empty",
        f'UPDATE {{s_name}} SET "at" = NULL WHERE {OF_Z}',
        {("s_name", "reconciliation")},
    ),
    Fault(
        "a row that was unchanged has become another behind its hashdiff",
        f"UPDATE {{s_name}} SET \"name\" = 'Rob' WHERE {of_person('y')}",
        {("s_name", "reconciliation")},
    ),
    Fault(
        "a satellite without a hashdiff says something else",
        f"UPDATE {{s_plain}} SET \"name\" = 'Zora' WHERE {OF_Z}",
        {("s_plain", "reconciliation")},
    ),
    Fault(
        "a satellite of staggered rows has lost one",
        f"DELETE FROM {{s_apart}} WHERE {OF_Z}",
        {("s_apart", "reconciliation")},
    ),
    Fault(
        "a satellite holds a row twice",
        twice("s_name", OF_Z),
        {("s_name", "unique_keys")},
    ),
    Fault(
        "a satellite holds an old row twice",
        twice("s_name", of_person("y")),
        {("s_name", "unique_keys")},
    ),
    Fault(
        "a satellite has a row that says the same as the one before it",
        'INSERT INTO {s_name} ("hk_person", "name", "at", "hashdiff", "load_dt", "load_src") '
        f'SELECT "hk_person", "name", "at", "hashdiff", TIMESTAMP \'{day(3)}\', "load_src" '
        f"FROM {{s_name}} WHERE {of_person('y')}",
        {("s_name", "no_repeats")},
    ),
    Fault(
        "a satellite without a hashdiff repeats itself",
        'INSERT INTO {s_plain} ("hk_person", "name", "load_dt", "load_src") '
        f'SELECT "hk_person", "name", TIMESTAMP \'{day(3)}\', "load_src" '
        f"FROM {{s_plain}} WHERE {of_person('y')}",
        {("s_plain", "no_repeats")},
    ),
    Fault(
        "a satellite of staggered rows repeats itself",
        'INSERT INTO {s_apart} ("hk_person", "name", "hashdiff", "load_dt", "load_src") '
        f'SELECT "hk_person", "name", "hashdiff", TIMESTAMP \'{day(3)}\', "load_src" '
        f"FROM {{s_apart}} WHERE {of_person('y')}",
        {("s_apart", "no_repeats")},
    ),
    Fault(
        "a satellite has a row of a key that is not there",
        f'UPDATE {{s_plain}} SET "hk_person" = WRONG WHERE {OF_Z}',
        {("s_plain", "parents_exist"), ("s_plain", "reconciliation")},
    ),
    Fault(
        "a satellite has lost a ghost row",
        'DELETE FROM {s_name} WHERE "hk_person" = ERROR',
        {("s_name", "ghosts")},
    ),
    Fault(
        "an event is lost",
        f"DELETE FROM {{s_note}} WHERE {of_order(3)}",
        {("s_note", "reconciliation")},
    ),
    Fault(
        "an event is there twice",
        twice("s_note", of_order(3)),
        {("s_note", "unique_keys")},
    ),
    # Multi-active satellites.
    Fault(
        "a member of a set is lost",
        f"DELETE FROM {{m_phone}} WHERE {OF_Z}",
        {("m_phone", "reconciliation")},
    ),
    Fault(
        "a member of a set says something else",
        f"UPDATE {{m_phone}} SET \"number\" = '5' WHERE {OF_Z}",
        {("m_phone", "reconciliation")},
    ),
    Fault(
        "a member of a set is there twice",
        twice("m_phone", OF_Z),
        {("m_phone", "unique_keys")},
    ),
    Fault(
        "a set says the same as the one before it",
        'INSERT INTO {m_phone} ("hk_person", "kind", "number", "hashdiff", "load_dt", "load_src") '
        f'SELECT "hk_person", "kind", "number", "hashdiff", TIMESTAMP \'{day(3)}\', "load_src" '
        f"FROM {{m_phone}} WHERE {of_person('y')}",
        {("m_phone", "no_repeats")},
    ),
    # Effectivity satellites.
    Fault(
        "two relationships of a driving key are open",
        f'DELETE FROM {{e_buyer}} WHERE "end_dt" = TIMESTAMP \'{day(3)}\' AND "hk_l_buyer" IN '
        f'(SELECT "hk_l_buyer" FROM {{l_buyer}} WHERE {of_order(1)})',
        {("e_buyer", "one_open")},
    ),
    Fault(
        "a relationship of the batch does not hold",
        f'UPDATE {{e_buyer}} SET "end_dt" = TIMESTAMP \'{day(3)}\' WHERE {NEWEST} AND "hk_l_buyer" '
        f'IN (SELECT "hk_l_buyer" FROM {{l_buyer}} WHERE {of_order(3)})',
        {("e_buyer", "reconciliation")},
    ),
    Fault(
        "a relationship opens twice",
        twice(
            "e_buyer",
            f'"hk_l_buyer" IN (SELECT "hk_l_buyer" FROM {{l_buyer}} WHERE {of_order(3)})',
        ),
        {("e_buyer", "unique_keys")},
    ),
    Fault(
        "the end of a relationship that the source has told is lost",
        'DELETE FROM {e_deal} WHERE "end_dt" IS NOT NULL',
        {("e_deal", "reconciliation")},
    ),
    Fault(
        "the dates of a relationship say the same as before",
        f"UPDATE {{e_deal}} SET \"end_dt\" = TIMESTAMP '{day(9)}'",
        {("e_deal", "no_repeats")},
    ),
    # Tracking.
    Fault(
        "a change of status is lost",
        f"DELETE FROM {{t_order}} WHERE {of_order(2)} AND {NEWEST}",
        {("t_order", "reconciliation"), ("p_order", "pointers_exist")},
    ),
    Fault(
        "a key that was delivered has vanished",
        f"UPDATE {{t_order}} SET \"status\" = 'D' WHERE {of_order(3)}",
        {("t_order", "reconciliation")},
    ),
    Fault(
        "a key that has vanished vanishes again",
        'INSERT INTO {t_order} ("hk_order", "status", "hashdiff", "load_dt", "load_src") '
        f'SELECT "hk_order", "status", "hashdiff", TIMESTAMP \'{day(4)}\', "load_src" '
        f"FROM {{t_order}} WHERE \"status\" = 'D'",
        {("t_order", "no_repeats")},
    ),
    Fault(
        "a status is there twice",
        twice("t_order", of_order(3)),
        {("t_order", "unique_keys")},
    ),
    Fault(
        "an appearance is not recorded",
        f"DELETE FROM {{r_person}} WHERE {OF_Z} AND \"load_src\" = 'people/3.csv'",
        {("r_person", "reconciliation")},
    ),
    Fault(
        "an appearance is recorded twice",
        twice("r_person", f"{OF_Z} AND \"load_src\" = 'people/3.csv'"),
        {("r_person", "unique_keys")},
    ),
    Fault(
        "a row of one satellite is not recorded",
        f"DELETE FROM {{x_person}} WHERE {OF_Z} AND \"satellite_name\" = 's_name'",
        {("x_person", "reconciliation")},
    ),
    # Reference tables.
    Fault(
        "a code is lost",
        "DELETE FROM {c_code} WHERE \"code\" = 'c'",
        {("c_code", "reconciliation")},
    ),
    Fault(
        "a code means something else",
        "UPDATE {c_code} SET \"meaning\" = 'delta' WHERE \"code\" = 'c'",
        {("c_code", "reconciliation")},
    ),
    Fault(
        "a code is there twice",
        twice("c_code", "\"code\" = 'c'"),
        {("c_code", "unique_keys")},
    ),
    Fault(
        "a code without history is lost",
        "DELETE FROM {c_fixed} WHERE \"code\" = 'c'",
        {("c_fixed", "reconciliation")},
    ),
    Fault(
        "a code without history is there twice",
        twice("c_fixed", "\"code\" = 'b'"),
        {("c_fixed", "unique_keys")},
    ),
    Fault(
        "a code says the same as before",
        'INSERT INTO {c_code} ("code", "meaning", "hashdiff", "load_dt", "load_src") '
        f'SELECT "code", "meaning", "hashdiff", TIMESTAMP \'{day(3)}\', "load_src" '
        "FROM {c_code} WHERE \"code\" = 'b'",
        {("c_code", "no_repeats")},
    ),
    # What the engines go by that compare a first load by its fingerprint.
    Fault(
        "staged rows that share their key are not known to do so",
        twice("people", "\"who\" = 'z'"),
        {("h_person", "listed_repeats")},
    ),
    # PIT tables and bridges.
    Fault(
        "a PIT points to a row that is not there",
        f"UPDATE {{p_order}} SET \"t_order_load_dt\" = TIMESTAMP '{day(1)}' WHERE {of_order(2)}",
        {("p_order", "pointers_exist")},
    ),
    Fault(
        "a PIT has a row twice",
        twice("p_order", of_order(3)),
        {("p_order", "unique_keys")},
    ),
    Fault(
        "a bridge leads over a relationship that is not there",
        f'UPDATE {{b_person}} SET "hk_l_buyer" = WRONG WHERE {OF_Z}',
        {("b_person", "pointers_exist")},
    ),
    Fault(
        "a bridge has a walk twice",
        twice("b_person", OF_Z),
        {("b_person", "unique_keys")},
    ),
]


def plant(project: Project, fault: Fault) -> None:
    """Do the harm; an engine that keeps its keys by itself does not let it happen."""
    algorithm = project.model.rule.algorithm
    for word, digit in (("ERROR", "f"), ("WRONG", "9")):
        digest = project.warehouse.digest(digit * 32, algorithm=algorithm, store=project.store)
        value = f"HEX_TO_BINARY('{digest}')" if digest.startswith("0x") else f"'{digest}'"
        fault = replace(fault, sql=fault.sql.replace(word, value))
    tables = {name: project.table(name) for name in project.compiled.manifest["tables"]}
    try:
        changed = project.warehouse.session.execute(fault.sql.format(**tables))
    except EngineError as error:
        if "unique constraint" not in str(error):
            raise
        pytest.skip(f"the engine refuses it: {error}")
    assert changed > 0


def test_a_vault_without_a_fault_passes(project: Project) -> None:
    assert found(project, steps_of(project)) == set()
    assert found(project, steps_of(project), probing=True) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_by_the_checks_it_is_for(fault: Fault, project: Project) -> None:
    if not {check for _, check in fault.found} <= asked_of(project):
        pytest.skip("this engine does not ask it")
    plant(project, fault)
    batch = [step for step in steps_of(project) if step.phase == "check"]
    vault = [step for step in steps_of(project) if step.phase == "test"]
    in_vault = found(project, vault)
    assert found(project, batch) | in_vault == fault.found
    # Whatever the probes spare at the end of a batch, nothing is missed in the end.
    assert found(project, batch, probing=True) | in_vault == fault.found


def asked_of(project: Project) -> set[str]:
    return {
        statement.name
        for step in steps_of(project)
        for statement in step.statements
        if statement.name not in SPARING
    }


def test_every_check_has_a_fault_that_it_finds(loaded: Project) -> None:
    planted = {check for fault in FAULTS for _, check in fault.found}
    assert planted - asked_of(loaded) <= {"listed_repeats"}
    assert asked_of(loaded) <= planted


def test_what_a_check_finds_ends_with_3(make: Callable[..., Project]) -> None:
    """A run whose load loses every row of a satellite, where one without harm ends with 0."""
    project = make(replace(CLUB, satellites=[CLUB.satellite("s_last")]))
    assert load(project, 2, {"people": rows("no name", ("x", "A"))}).exit_code == 0
    template = project.folder / "templates/satellite/load.sql.j2"
    template.parent.mkdir(parents=True)
    template.write_text("-- Nothing.\nSELECT 1\n", encoding="utf-8")
    read = load_model(project.folder)
    render(project.folder, read, choose_target(read.project, None))

    ran = load(project, 3, {"people": rows("no name", ("y", "B"))})

    assert ran.exit_code == 3, ran.log
    assert "s_last: reconciliation: 1 row" in ran.log
