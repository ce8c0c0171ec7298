"""Trying a step again where that may help: a lock not given, a connection that broke (R6)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from dv_gen.errors import DvGenError, EngineError, InterruptedRunError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from dv_gen.engines.base import Engine, Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.records import Batch, StepOutcome

Answer = TypeVar("Answer")
# Seconds before the second attempt, the third, and so on.
PAUSES = (0.5, 2.0, 8.0, 30.0)


# Idle connections that a broken network may have left behind.
_AT_MOST = 16


def ask_until_connected(engine: Engine, question: Callable[[Session], Answer]) -> Answer:
    """Ask the database, on another connection where one has broken while nobody used it.

    Args:
        engine: the connected database.
        question: reads and writes nothing, so that it may be asked twice.

    Raises:
        EngineError: when it is refused, or there is no connection to be had.
    """
    for left in range(_AT_MOST, 0, -1):
        session = engine.session()
        try:
            return question(session)
        except EngineError as error:
            if not error.lost or left == 1:
                raise
        finally:
            session.close()
    raise AssertionError


class Attempts:
    """Does the steps of a batch, each on a connection of its own, as often as it takes.

    Every step is harmless twice: it commits once, at its end, together with what the ledger says of
    it. Where the answer to that COMMIT was lost, the ledger tells whether it happened.

    Args:
        engine: the connected database.
        ledger: where every step is recorded, in the step's own transaction.
        batch: the batch that the steps belong to.
        log: where attempts that failed are told.
        pauses: how many seconds to wait before each further attempt.
        stopping: set when the run is to end early: no further attempt is waited for.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        batch: Batch,
        *,
        log: RunLog,
        pauses: Sequence[float],
        stopping: threading.Event,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._batch = batch
        self._log = log
        self._pauses = pauses
        self._stopping = stopping

    def do(self, step: str, work: Callable[[Session], StepOutcome]) -> StepOutcome:
        """Return how a step ended.

        Args:
            step: the step as the ledger calls it.
            work: does it on a connection and commits; whatever it raises is undone.

        Raises:
            DvGenError: when it failed and will again, or has failed too often.
            InterruptedRunError: when the run is to end before the next attempt.
        """
        for number, pause in enumerate((*self._pauses, None)):
            try:
                return self._once(step, work, again=number > 0)
            except EngineError as error:
                if not error.retryable or pause is None:
                    raise
                self._log.warning(f"{step}: {error}; tried again in {pause:g} s", step=step)
                if self._stopping.wait(pause):
                    raise InterruptedRunError(f"{step} was interrupted") from error
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self, step: str, work: Callable[[Session], StepOutcome], *, again: bool
    ) -> StepOutcome:
        session = self._engine.session()
        try:
            if again or self._engine.holds > 1:
                if not self._batch.ended and not self._ledger.is_open(session, self._batch):
                    raise EngineError(
                        f"batch {self._batch.id} has been ended by another run",
                        hint="that run has loaded what was left; run again for what is new",
                    )
                known = self._ledger.outcome(session, self._batch, step)
                if known is not None:
                    return known
            return work(session)
        except DvGenError:
            with contextlib.suppress(EngineError):
                session.rollback()
            raise
        finally:
            session.close()
