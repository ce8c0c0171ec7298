"""What is done around the load of an entity when deliveries may come late (L15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.errors import EngineError, InterruptedRunError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from typing import Any

    from dv_gen.engines.base import Session
    from dv_gen.run.delivery_order import DeliveryOrder
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStatement, PlannedStep
    from dv_gen.run.records import Batch

_COUNT = "doubtful_keys"


class LateLoads:
    """Restores what deliveries behind a late one held, and counts the keys of which nobody knows.

    Args:
        order: what is known of the deliveries.
        ledger: what the batch has delivered.
        batch: the batch; one that may not be late has nothing to restore.
        stopping: set when the run is to end early.
        log: where the warnings go.
    """

    def __init__(
        self,
        order: DeliveryOrder,
        ledger: Ledger,
        batch: Batch,
        *,
        stopping: threading.Event,
        log: RunLog,
    ) -> None:
        self._order = order
        self._ledger = ledger
        self._batch = batch
        self._stopping = stopping
        self._log = log

    def steps_around(self, step: PlannedStep) -> tuple[PlannedStep, ...]:
        """Return what is done around a load of this batch, if anything is."""
        around = self._order.step(step.entity) if self._batch.allow_late else None
        return () if around is None else (around,)

    def load(
        self, session: Session, step: PlannedStep, work: Callable[[], tuple[int, int]]
    ) -> tuple[int, int]:
        """Do the work of a load inside the caller's transaction, and what belongs around it.

        Args:
            session: the connection.
            step: the load.
            work: executes its statements; returns how many rows are inserted and rejected.

        Returns:
            The same, with the rows that were restored.
        """
        around = next(iter(self.steps_around(step)), None)
        if around is None:
            return work()
        restored = 0
        for statement in around.statements:
            if self._stopping.is_set():
                raise InterruptedRunError(f"{step.id} was interrupted")
            if statement.name != _COUNT:
                count = _asked(session.execute, statement)
                restored += count if statement.name == around.phase else 0
        moments = self._ledger.deliveries_of(session, self._batch)
        doubts = self._order.doubts(session, {step.entity}, moments)
        counting = around.statement(_COUNT)
        before = _asked(session.query, counting)[0][0] if doubts else 0
        inserted, rejected = work()
        if doubts:
            more = int(_asked(session.query, counting)[0][0]) - int(before)
            if more > 0:
                self._log.warning(
                    f"{step.entity}: {more} key{'' if more == 1 else 's'} of a late delivery hold "
                    f"beyond the next one, that of {doubts[0].source} at {doubts[0].following}: "
                    "what it held of them is not known",
                    step=step.id,
                )
        return inserted + restored, rejected


def _asked(ask: Callable[[str], object], statement: PlannedStatement) -> Any:  # noqa: ANN401 - a count, or rows
    try:
        return ask(statement.sql)
    except EngineError as error:
        error.location = error.location or statement.location
        raise
