"""Every table of the warehouse against the reference model's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.checked import ONE_IN, differing
from tests.reference.definitions import LOAD_DT

if TYPE_CHECKING:
    from tests.conformance.projects import Project
    from tests.reference.vault import Vault

Tables = dict[str, list[dict[str, Any]]]


def tables(project: Project) -> Tables:
    """Every hub, link and satellite, rows sorted by key and load date."""
    model = project.model
    kinds = (model.hubs, model.links, model.satellites, model.others)
    names = [entity.name for kind in kinds for entity in kind]
    others = {other.name for other in model.others}
    return {
        name: _by_value(rows) if name in others else _sorted(rows)
        for name, rows in project.rows_of(names).items()
    }


def views(project: Project) -> Tables:
    """The views of every satellite with history, rows sorted by key and load date."""
    names = [
        f"{satellite.name}_{view}"
        for satellite in project.model.satellites
        if satellite.historized
        for view in ("history", "current")
    ]
    return {name: _sorted(rows) for name, rows in project.rows_of(names).items()}


def assert_equal(project: Project, vault: Vault) -> None:
    """All columns of all tables and views are the reference model's; some are checked as well."""
    expected = vault.tables()
    others = {other.name for other in project.model.others}
    assert tables(project) == {
        name: _by_value(rows) if name in others else rows for name, rows in expected.items()
    }
    for other in project.model.others:
        kept = other.views(vault)
        found = project.rows_of(list(kept))
        assert _all_by_value(found) == _all_by_value(kept)
    assert views(project) == {
        f"{satellite.name}_{view}": _sorted(getattr(vault, view)(satellite.name))
        for satellite in project.model.satellites
        if satellite.historized
        for view in ("history", "current")
    }
    # The same vaults whenever an example is tried again.
    if sum(map(len, expected.values())) % ONE_IN == 0:
        assert differing(project) == set()


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (next(iter(row.values())), row[LOAD_DT]))


def _all_by_value(tables: Tables) -> Tables:
    return {name: _by_value(rows) for name, rows in tables.items()}


def _by_value(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: sorted((name, repr(value)) for name, value in row.items()))
