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
        name: _by_value(project.rows(name)) if name in others else _sorted(project.rows(name))
        for name in names
    }


def views(project: Project) -> Tables:
    """The views of every satellite with history, rows sorted by key and load date."""
    return {
        f"{satellite.name}_{view}": _sorted(project.rows(f"{satellite.name}_{view}"))
        for satellite in project.model.satellites
        if satellite.historized
        for view in ("history", "current")
    }


def assert_equal(project: Project, vault: Vault) -> None:
    """All columns of all tables and views are the reference model's; some are checked as well."""
    expected = vault.tables()
    others = {other.name for other in project.model.others}
    assert tables(project) == {
        name: _by_value(rows) if name in others else rows for name, rows in expected.items()
    }
    for other in project.model.others:
        for name, rows in other.views(vault).items():
            assert _by_value(project.rows(name)) == _by_value(rows)
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


def _by_value(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: sorted((name, repr(value)) for name, value in row.items()))
