"""Loading batches with a date of their own, as tests of calendars, PIT tables and bridges do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.staged import fill_stage
from tests.reference.definitions import LOAD_DT
from tests.reference.stage import stage_batch
from tests.reference.strategies import FIRST_DAY

if TYPE_CHECKING:
    from datetime import datetime

    from tests.conformance.projects import Project
    from tests.reference.stage import Batch, StageOfBatch
    from tests.reference.vault import Vault


def batch_date(batch: Batch) -> datetime:
    """The newest load date of a batch's rows, as if each came on its day."""
    return max((row[LOAD_DT] for rows in batch.values() for row in rows), default=FIRST_DAY)


def load_both(project: Project, vault: Vault, batch: Batch, load_dt: datetime) -> StageOfBatch:
    """Load a batch into the warehouse by way of the stage, and into the reference vault."""
    stage, _ = stage_batch(project.model, batch, load_dt)
    fill_stage(project, stage)
    load_again(project, stage)
    vault.load_stage(stage)
    return stage


def load_again(project: Project, stage: StageOfBatch) -> None:
    """Load the stage as it stands as one more batch."""
    load_dt = stage.load_dt
    assert load_dt is not None
    opened = project.open_batch(load_dt, stage)
    project.load_stage()
    project.close_batch(opened, load_dt)
