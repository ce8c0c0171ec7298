"""From YAML and CSV files to the vault: what dv-gen loads is what the reference model loads."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.cases import CASES
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.deliveries import Delivery, file_deliveries
from tests.reference.strategies import FIRST_DAY
from tests.reference.vault import Report, Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project, Ran

A_WEEK = timedelta(days=7)
AGAIN = ("not", "same load date", "later load date")


@pytest.mark.parametrize("name", CASES)
def test_random_deliveries_give_the_reference_vault(
    name: str, make: Callable[..., Project]
) -> None:
    """Files in order, late or twice; then perhaps the last ones again, whatever the date."""
    # Several whole runs each: a part of what a stage alone is loaded with.
    case = replace(CASES[name], share=CASES[name].share * 0.25)
    project = make(case.model, store=case.store)
    project.run(FIRST_DAY)  # with nothing to load it makes the tables

    @case.settings()
    @given(deliveries=file_deliveries(case.model), again=st.sampled_from(AGAIN))
    def load(deliveries: list[Delivery], again: str) -> None:
        project.clear()
        vault = Vault(case.model)
        for delivery in deliveries:
            project.deliver(delivery.files)
            ran = project.run(delivery.load_dt, allow_late=True)
            assert_same_run(project, ran, vault.load(delivery.batch), vault)
        newest = max(delivery.load_dt for delivery in deliveries)
        if again == "same load date":
            load_again(project, vault, deliveries[-1])
        elif again == "later load date":
            load_again_later(project, vault, deliveries, newest + A_WEEK)

    load()


def load_again(project: Project, vault: Vault, delivery: Delivery) -> None:
    """The same files with the same load date change nothing."""
    before = vault.tables()
    ran = project.run(delivery.load_dt, allow_late=True, reload=True)
    report = vault.load(delivery.batch)
    assert set(ran.inserted.values()) == {0}
    assert_same_run(project, ran, report, vault)
    assert vault.tables() == before


def load_again_later(
    project: Project, vault: Vault, deliveries: list[Delivery], load_dt: datetime
) -> None:
    """With a later load date they change nothing if they were the newest, except staggered rows.

    What came late, or at a moment that was stored already, is news when it comes once more; of
    staggered rows the first differs from the last.
    """
    before = tables(project)
    ran = project.run(load_dt, reload=True)
    report = vault.load(deliveries[-1].at(load_dt).batch)
    assert_same_run(project, ran, report, vault)
    earlier = [delivery.load_dt for delivery in deliveries[:-1]]
    if all(deliveries[-1].load_dt > each for each in earlier):
        staggered = {s.name for s in vault.model.satellites if s.duplicates == "stagger"}
        after = tables(project)
        assert {name: after[name] for name in after if name not in staggered} == {
            name: before[name] for name in before if name not in staggered
        }


def assert_same_run(project: Project, ran: Ran, report: Report, vault: Vault) -> None:
    """The run's outcome, its rejects and everything in the vault are the reference model's."""
    assert ran.exit_code == 0, ran.log
    assert project.stage_rejects(ran.batch) == sorted(report.refused)
    assert project.rejects(ran.batch) == sorted(report.rejects)
    # An entity whose sources have brought nothing is no part of the batch.
    assert ran.inserted.items() <= report.inserted.items()
    assert all(report.inserted[name] == 0 for name in report.inserted.keys() - ran.inserted.keys())
    assert_equal(project, vault)
