"""Somebody's lasting tables of the names that a load's temporary tables have stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.conformance.checked import found
from tests.conformance.test_checks import EVERYTHING, FIRST, SECOND, load, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project

_TEMPORARY = re.compile(r'CREATE (?:LOCAL )?TEMPORARY TABLE ("[^"]+")')


def test_a_table_outside_of_the_vault_is_never_dropped(make: Callable[..., Project]) -> None:
    project = make(EVERYTHING)
    session = project.warehouse.session
    made = {
        name
        for step in project.compiled.steps
        for statement in step.statements
        for name in _TEMPORARY.findall(statement.sql)
    }
    names = sorted({*made, '"raw_people_rejected"', '"reject_errors"'})
    assert '"raw_people"' in names
    for name in names:
        session.execute(f'CREATE TABLE {name} ("kept" INTEGER)')
        session.execute(f"INSERT INTO {name} VALUES (7)")

    for number, delivery in enumerate((FIRST, SECOND), start=2):
        ran = load(project, number, delivery)
        assert ran.exit_code == 0, ran.log

    assert {name: session.query(f'SELECT "kept" FROM {name}') for name in names} == {
        name: [(7,)] for name in names
    }
    assert found(project, steps_of(project)) == set()
