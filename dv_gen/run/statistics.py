"""Statistics of the tables that a run has filled: made when they are due, told in the ledger.

A table is due with its first rows, and again when it has grown by half since. How many rows it has
is what its steps have inserted, as the ledger says: nothing is counted.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.errors import DvGenError, EngineError
from dv_gen.run.clock import utc_now
from dv_gen.run.records import StepOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.engines.base import Engine
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import Batch

# New statistics for a table of this many times the rows that it had at the last ones.
GROWTH = 1.5


@dataclass
class _Rows:
    """How many rows a table has, and how many it had when its statistics were made."""

    now: int = 0
    told: int = 0

    @property
    def is_due(self) -> bool:
        return self.now > 0 and self.now >= GROWTH * self.told


class Statistics:
    """Makes the statistics of the tables that need them.

    Args:
        engine: the connected database.
        ledger: what has been inserted, and when statistics were made.
        batch: the batch that is being loaded.
        steps: the steps of a rendered target; those of statistics say how they are made.
        log: where it is told what was made, and what could not be.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        batch: Batch,
        steps: Iterable[PlannedStep],
        log: RunLog,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._batch = batch
        self._steps = {step.entity: step for step in steps if step.phase == "statistics"}
        self._log = log
        self._lock = threading.Lock()
        self._rows: dict[str, _Rows] = {}

    def count(self) -> None:
        """Ask the ledger how many rows the tables have, before any step of the run adds to them.

        Statistics that an earlier run of this batch has not come to are made now.
        """
        if not self._steps:
            return
        session = self._engine.session()
        try:
            inserted, told = self._ledger.table_rows(session)
        finally:
            session.close()
        for entity, rows in inserted.items():
            self._rows[entity] = _Rows(rows, told.get(entity, 0))
        # An earlier run of this batch may have ended between a load and its statistics.
        for entity in sorted({_entity(step) for step in self._batch.done}):
            self._make_if_due(entity)

    def after(self, entity: str, inserted: int) -> None:
        """Make the statistics of a table if they are due now; a step that has failed has no part.

        Args:
            entity: whose step has been committed.
            inserted: how many rows it has inserted.
        """
        if entity not in self._steps or not inserted:
            return
        with self._lock:
            rows = self._rows.setdefault(entity, _Rows())
        # The steps of one entity never run at once.
        rows.now += inserted
        self._make_if_due(entity)

    def _make_if_due(self, entity: str) -> None:
        step, rows = self._steps.get(entity), self._rows.get(entity)
        if step is None or rows is None or not rows.is_due:
            return
        try:
            self._make(step, rows)
        except DvGenError as error:
            # The rows are there; a plan may be worse than it could be.
            self._log.warning(f"{step.id}: {error}; tried again when it has grown", step=step.id)

    def _make(self, step: PlannedStep, rows: _Rows) -> None:
        started = utc_now()
        (statement,) = step.statements
        session = self._engine.session()
        try:
            session.begin()
            session.execute(statement.sql)
            done = StepOutcome(step.id, "done", rows.now, 0, 0, started, utc_now())
            self._ledger.record_step(session, self._batch, done)
            session.commit()
        except EngineError as error:
            error.location = error.location or statement.location
            with contextlib.suppress(EngineError):
                session.rollback()
            raise
        finally:
            session.close()
        rows.told = rows.now
        self._log.info(f"statistics of {step.entity}: {rows.now} rows", step=step.id)


def _entity(step: str) -> str:
    """Return whose step it is, also where its name tells the period that it has loaded."""
    return step.partition(":")[2].partition(" in the ")[0]
