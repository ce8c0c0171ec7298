"""The steps of a batch, one by one: each in a transaction that the ledger is part of."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from dv_gen.errors import EngineError, InterruptedRunError, RejectsError
from dv_gen.render.generated import DROPS
from dv_gen.run.checking import DIFFERS, ask
from dv_gen.run.clock import utc_now
from dv_gen.run.late_loads import LateLoads
from dv_gen.run.query_staging import stage_query
from dv_gen.run.records import StepOutcome
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from dv_gen.engines.base import Session
    from dv_gen.run.batch_files import BatchFiles
    from dv_gen.run.changes.views import Views
    from dv_gen.run.checking import Finding
    from dv_gen.run.delivery_order import DeliveryOrder
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import Batch


# Of the staged rows; where fewer were new, the table hardly holds them and no others.
_FIRST_LOAD = 0.9


class BatchSteps:
    """Does single steps of a batch, and remembers what the steps behind them have to know.

    Args:
        ledger: where every step is recorded, in the step's own transaction.
        batch: the plan.
        sources: the manifest's facts about every source.
        files: the batch's files.
        log: where events go.
        order: what is known of the deliveries behind a late one.
        views: the views of the target, which are made by the steps that publish.

    Attributes:
        period: the period that is being loaded, as the ledger's names of steps end; or empty.
        stopping: set when the run is to end early: no further statement is begun.
        unfit: whether files are not as they have to be, which no second attempt mends.
    """

    def __init__(
        self,
        ledger: Ledger,
        batch: Batch,
        sources: Mapping[str, Any],
        files: BatchFiles,
        log: RunLog,
        *,
        order: DeliveryOrder,
        views: Views,
    ) -> None:
        self._ledger = ledger
        self._batch = batch
        self._sources = sources
        self._files = files
        self._log = log
        self._views = views
        self.period = ""
        self.stopping = threading.Event()
        self.unfit = False
        self._late = LateLoads(order, ledger, batch, stopping=self.stopping, log=log)
        self._staged = dict(batch.staged)
        self._inserted: dict[str, int] = {}
        self._rejected: dict[str, int] = {}
        self._first_loads: set[str] = set()
        self._findings: dict[str, tuple[Finding, ...]] = {}

    def do(self, session: Session, step: PlannedStep, started: datetime) -> StepOutcome:
        """Do a step and commit it together with what the ledger says of it.

        Raises:
            InterruptedRunError: between two statements, when the run is to end.
            EngineError: when the database refuses a statement, with the place of its text.
            DvGenError: when files or rows are not as they have to be.
        """
        works = {"stage": self._stage, "query": self._ask, "check": self._check}
        return works.get(step.phase, self._load)(session, step, started)

    def inserted_before(self, step: PlannedStep) -> int:
        """Return how many rows the step has inserted in the earlier periods of the batch."""
        return 0 if self.period else self._inserted.get(step.id, 0)

    def add_period(self, outcomes: Mapping[str, StepOutcome]) -> None:
        """Remember what the steps have done in a period, for what is told of them in the end."""
        for name, outcome in outcomes.items():
            self._inserted[name] = self._inserted.get(name, 0) + outcome.rows_inserted
            self._rejected[name] = self._rejected.get(name, 0) + outcome.rows_rejected

    def ended(
        self,
        step: PlannedStep,
        status: str,
        *,
        started: datetime | None = None,
        inserted: int = 0,
        rejected: int = 0,
        filtered: int = 0,
        error: str = "",
        findings: tuple[Finding, ...] = (),
    ) -> StepOutcome:
        """Return how a step has ended, now."""
        now = utc_now()
        return StepOutcome(
            step=step.id + self.period,
            status=status,
            rows_staged=sum(self._staged.get(source, 0) for source in step.sources),
            rows_inserted=inserted + self.inserted_before(step),
            rows_rejected=rejected + (0 if self.period else self._rejected.get(step.id, 0)),
            started_at=started or now,
            ended_at=now,
            error=error,
            rows_filtered=filtered,
            findings=findings,
        )

    def record(self, session: Session, outcome: StepOutcome) -> None:
        """Tell the ledger of a step, in a transaction of its own."""
        session.begin()
        self._committed(session, outcome)

    def _committed(self, session: Session, outcome: StepOutcome) -> StepOutcome:
        self._ledger.record_step(session, self._batch, outcome)
        session.commit()
        return outcome

    def _stage(self, session: Session, step: PlannedStep, started: datetime) -> StepOutcome:
        session.begin()
        staged = self._files.stage(session, step)
        self._staged[step.entity] = staged.rows
        self.unfit |= bool(staged.error)
        outcome = self.ended(
            step,
            "failed" if staged.error else "done",
            started=started,
            rejected=staged.rejected,
            filtered=staged.filtered,
            error=staged.error,
        )
        return self._committed(session, outcome)

    def _ask(self, session: Session, step: PlannedStep, started: datetime) -> StepOutcome:
        facts = self._sources[step.entity]
        session.begin()
        staged, filtered = stage_query(session, step, facts, self._batch.load_dt)
        self._staged[step.entity] = staged
        if filtered:
            self._log.info(f"{step.entity}: {filtered} rows left out by where", step=step.id)
        outcome = self.ended(step, "done", started=started, filtered=filtered)
        return self._committed(session, outcome)

    def _load(self, session: Session, step: PlannedStep, started: datetime) -> StepOutcome:
        session.begin()
        inserted, rejected = self._late.load(session, step, lambda: self._execute(session, step))
        outcome = self.ended(step, "done", started=started, inserted=inserted, rejected=rejected)
        if inserted and inserted >= _FIRST_LOAD * outcome.rows_staged:
            self._first_loads.add(step.entity)
        self._committed(session, outcome)
        for done in (step, *self._late.steps_around(step)):
            _tidy_up(session, done)
        return outcome

    def _execute(self, session: Session, step: PlannedStep) -> tuple[int, int]:
        """Execute the statements of a load; return how many rows it has inserted and rejected."""
        inserted = rejected = 0
        for statement in step.statements:
            if self.stopping.is_set():
                raise InterruptedRunError(f"{step.id} was interrupted")
            try:
                count = self._send(session, step, statement.sql)
            except EngineError as error:
                error.location = error.location or statement.location
                raise
            if statement.name == "rejects":
                rejected = count
                self._refuse(session, step)
            elif statement.name in ("load", "build"):
                inserted = count
        return inserted, rejected

    def _send(self, session: Session, step: PlannedStep, sql: str) -> int:
        if step.phase == "publish":
            return self._views.publish(session, sql)
        return session.execute(sql)

    def _check(self, session: Session, step: PlannedStep, started: datetime) -> StepOutcome:
        session.begin()
        found = ask(session, step, probing=True, mirroring=step.entity in self._first_loads)
        # Nothing of a check lasts but what the ledger says of it.
        session.rollback()
        session.begin()
        # In one transaction with the end of the step: a run that is killed before asks again.
        period = self.period.strip()
        found = self._ledger.findings.record(session, found, self._batch.id, period)
        for finding in found:
            self._log.error(str(finding), step=step.id)
        # What an earlier period of the batch has shown stays found.
        findings = (*self._findings.get(step.id, ()), *found)
        if self.period:
            self._findings[step.id] = findings
        outcome = self.ended(
            step,
            DIFFERS if findings else "done",
            started=started,
            error="\n".join(map(str, findings)),
            findings=findings,
        )
        return self._committed(session, outcome)

    def _refuse(self, session: Session, step: PlannedStep) -> None:
        for option, reason in (("null_keys", "no key"), ("duplicates", "duplicate key")):
            if step.options.get(option) != "fail":
                continue
            found = self._ledger.rejects_of(session, self._batch, step.entity, reason)
            if found:
                # The rejects go with the step that is undone here: the first are told.
                shown = "".join(
                    f"\n  {visible(file)} row {row}"
                    + (f": {visible(text[:200])}" if self._files.shows_rows else "")
                    for file, row, text in found[:3]
                )
                raise RejectsError(
                    f"{step.entity}: {len(found)} rows with the reason '{reason}'{shown}",
                    hint=f"{option} says fail: mend the rows, or say something else there",
                )


def _tidy_up(session: Session, step: PlannedStep) -> None:
    """Drop the tables of the step's WITH queries: the session is kept, and would keep their rows.

    The step is done, whatever becomes of this: what is left goes with the session, or before the
    next such table is made.
    """
    with contextlib.suppress(EngineError):
        for statement in step.statements:
            if statement.name.startswith(DROPS):
                session.execute(statement.sql)


def mark(name: str) -> StepOutcome:
    """Return what the ledger says of something done that is no step of the plan."""
    now = utc_now()
    return StepOutcome(name, "done", 0, 0, 0, now, now)
