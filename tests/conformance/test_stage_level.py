"""The load statements on a stage filled by hand: several load dates, record sources and ties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from tests.conformance.cases import CASES
from tests.conformance.comparing import assert_equal, tables
from tests.conformance.staged import fill_stage
from tests.reference.stage import Batch, stage_batch
from tests.reference.strategies import FIRST_DAY, deliveries
from tests.reference.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.projects import Project


@pytest.mark.parametrize("name", CASES)
def test_any_stage_loads_as_the_reference_model_loads_it(
    name: str, make: Callable[..., Project]
) -> None:
    """The last stage is loaded twice: the second time changes nothing, rejects the same rows."""
    case = replace(CASES[name], share=CASES[name].share * 0.4)
    project = make(case.model, store=case.store)
    project.create()

    @case.settings()
    @given(deliveries(case.model, max_deliveries=3))
    def load(batches: list[Batch]) -> None:
        project.clear()
        vault = Vault(case.model)
        for batch in batches:
            stage, _ = stage_batch(case.model, batch)
            fill_stage(project, stage)
            rejects = load_stage(project)
            report = vault.load_stage(stage)
            assert_equal(project, vault)
            assert rejects == sorted(report.rejects)
        assert load_stage(project) == rejects
        assert tables(project) == vault.tables()

    load()


def load_stage(project: Project) -> list[tuple[str, str, str, int]]:
    """Load the stage as a batch of its own; what the satellites did not take."""
    batch = project.open_batch(FIRST_DAY)
    project.load_stage()
    project.close_batch(batch, FIRST_DAY)
    return project.rejects(batch)
