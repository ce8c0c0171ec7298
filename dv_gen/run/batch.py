"""One batch: its stages, its loads as soon as their parents are done, the marts, the checks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dv_gen.errors import (
    DvGenError,
    EngineError,
    InterruptedRunError,
    LandingError,
    LockedError,
)
from dv_gen.run.attempts import Attempts
from dv_gen.run.batch_files import BatchFiles
from dv_gen.run.changes.views import Views
from dv_gen.run.checking import DIFFERS
from dv_gen.run.clock import utc_now
from dv_gen.run.delivery_order import DeliveryOrder
from dv_gen.run.periods import SET_ASIDE, StagedHistory
from dv_gen.run.publications import is_loaded
from dv_gen.run.query_staging import make_empty
from dv_gen.run.scheduler import Scheduler
from dv_gen.run.server_staging import reads_itself
from dv_gen.run.statistics import Statistics
from dv_gen.run.steps import BatchSteps, mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dv_gen.engines.base import Engine, Session
    from dv_gen.landing import Landing
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.periods import Period
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.records import Batch, StepOutcome

    Observer = Callable[[PlannedStep, StepOutcome | None], None]
    Outcomes = list[tuple[PlannedStep, StepOutcome]]


class BatchRun:
    """Runs the steps of a batch that are not done yet.

    Args:
        engine: the connected database.
        landing: where the files come from.
        ledger: where every step is recorded, in the step's own transaction.
        compiled: the rendered target.
        batch: the plan.
        threads: how many steps run at once.
        preview_rows: how many rows of each file go to the log.
        pauses: seconds before each further attempt of a step.
        working: a folder of ours for prepared files.
        log: where events go.
        observer: told of every step, before and after.
    """

    def __init__(
        self,
        engine: Engine,
        landing: Landing,
        ledger: Ledger,
        compiled: Compiled,
        batch: Batch,
        *,
        threads: int,
        preview_rows: int,
        pauses: Sequence[float],
        working: Path,
        log: RunLog,
        observer: Observer,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        sources = compiled.manifest["sources"]
        order = DeliveryOrder(compiled, ledger)
        self._batch = batch
        self._threads = threads
        self._log = log
        self._files = BatchFiles(
            landing,
            ledger,
            sources,
            batch,
            preview_rows=preview_rows,
            working=working,
            order=order,
            by_server=any(reads_itself(step) for step in compiled.of_phase("stage")),
            log=log,
        )
        self._observer = observer
        self._statistics = Statistics(engine, ledger, batch, compiled.steps, log)
        self._known = {step.id: step for step in compiled.steps}
        self._steps = {step: self._known[step] for step in batch.steps if step not in batch.done}
        views = Views(compiled)
        self._work = BatchSteps(ledger, batch, sources, self._files, log, order=order, views=views)
        self._attempts = Attempts(
            engine, ledger, batch, log=log, pauses=pauses, stopping=self._work.stopping
        )
        self._ended_steps: dict[str, StepOutcome] = {}

    def run(self) -> tuple[Outcomes, bool]:
        """Run every step.

        Returns:
            How each step ended, in the plan's order, and whether the batch was stopped before
            the vault was touched: files that cannot be staged, or too many rejects. A stage that
            the database failed at stops nothing for good: it may be tried again.
        """
        self._statistics.count()
        stages = [step for step in self._steps.values() if step.phase == "stage"]
        try:
            self._files.fetch({step.entity for step in stages})
        except LandingError as error:
            self._log.error(str(error))
            failed = [self._work.ended(step, "failed", error=str(error)) for step in stages]
            return list(zip(stages, failed, strict=True)), True
        names = [step.id for step in stages]
        outcomes = self._schedule(names, self._needs(names))
        if any(outcome.status != "done" for outcome in outcomes.values()):
            return self._in_order(outcomes), self._work.unfit
        rest = [step.id for step in self._steps.values() if step.phase not in ("stage", "check")]
        if self._batch.by and rest:
            outcomes |= self._by_period(rest)
        else:
            outcomes |= self._schedule(rest, self._needs(rest))
            outcomes |= self._derive_without_queries(outcomes)
        outcomes |= self._check_loaded(outcomes)
        return self._in_order(outcomes), False

    def _is_loaded(self, outcomes: dict[str, StepOutcome]) -> bool:
        """Tell whether the vault has what it was to get; a mart or view holds up nothing (R10)."""
        return all(
            outcome.status == "done" or self._steps[name].phase == "publish"
            for name, outcome in outcomes.items()
        )

    def _derive_without_queries(self, outcomes: dict[str, StepOutcome]) -> dict[str, StepOutcome]:
        """Keep up from the vault what waits for nothing but a query that a mart holds up (R10).

        When the query is asked again, what it brings is repaired there like late rows.
        """
        skipped = {
            name
            for name, outcome in outcomes.items()
            if outcome.status == "skipped" and self._steps[name].options.get("derived")
        }
        others = [item for item in self._in_order(outcomes) if item[0].id not in skipped]
        if not skipped or not is_loaded(others, by_period=False):
            return {}
        # What stands already is repaired in any case; new dates wait for their calendar.
        lacking = {
            self._steps[name].entity
            for name, outcome in outcomes.items()
            if outcome.status != "done" and self._steps[name].kind in ("mart", "calendar")
        }
        names = [
            name
            for name, step in self._steps.items()
            if name in skipped
            and (step.phase == "load" or not lacking.intersection((step.entity, *step.needs)))
        ]
        session = self._engine.session()
        try:
            session.begin()
            for name, outcome in outcomes.items():
                if outcome.status == "skipped" and self._steps[name].phase == "query":
                    make_empty(session, self._steps[name])
            session.commit()
        finally:
            session.close()
        return self._schedule(names, self._needs(names))

    def _check_loaded(self, outcomes: dict[str, StepOutcome]) -> dict[str, StepOutcome]:
        """Ask the checks of what has been loaded; those of what has not are skipped."""
        if self._batch.by and not self._is_loaded(outcomes):
            return {}
        checks = [step for step in self._steps.values() if step.phase == "check"]
        lacking = {
            self._steps[name].entity: name
            for name, outcome in outcomes.items()
            if outcome.status != "done" and self._steps[name].phase == "load"
        }
        ready = [step.id for step in checks if step.entity not in lacking]
        skipped = {
            step.id: self._skip(step.id, lacking[step.entity])
            for step in checks
            if step.entity in lacking
        }
        found = self._schedule(ready, {})
        differing = sum(outcome.status == DIFFERS for outcome in found.values())
        if found:
            unasked = sum(outcome.status == "failed" for outcome in found.values())
            told = f"{differing} found a difference" if differing else "no difference"
            told += f", {unasked} could not be asked" if unasked else ""
            self._log.info(f"checks of {len(found)} entities: {told}")
        return found | skipped

    def _by_period(self, rest: list[str]) -> dict[str, StepOutcome]:
        """Load the periods of the staged rows in order; the last one with all that comes after."""
        planned = [self._known[name] for name in self._batch.steps]
        history = StagedHistory(
            [step for step in planned if step.phase == "stage"],
            [step for step in planned if step.phase == "query"],
        )
        session = self._engine.session()
        try:
            if SET_ASIDE not in self._batch.done:
                session.begin()
                history.set_aside(session)
                self._ledger.record_step(session, self._batch, mark(SET_ASIDE))
                session.commit()
            outcomes = self._in_turn(session, history, rest)
            if self._is_loaded(outcomes):
                history.forget(session)
        finally:
            session.close()
        return outcomes

    def _in_turn(
        self, session: Session, history: StagedHistory, rest: list[str]
    ) -> dict[str, StepOutcome]:
        found = history.periods(session, self._batch.by)
        loads = [name for name in rest if self._steps[name].phase == "load"]
        for period in found[:-1]:
            if period.mark in self._batch.done:
                continue
            filled = self._take(session, history, period)
            wanted = [name for name in loads if filled & set(self._steps[name].sources)]
            self._work.period = f" in the {period.mark}"
            outcomes = self._schedule(wanted, self._needs(wanted))
            self._work.period = ""
            self._work.add_period(outcomes)
            if any(outcome.status != "done" for outcome in outcomes.values()):
                return outcomes
            self._check_period(period, filled)
            self._work.record(session, mark(period.mark))
        here = history.without_rows(session)
        here |= {step.entity for step in self._known.values() if step.phase == "query"}
        if found:
            here |= self._take(session, history, found[-1])
        # What has no rows in the last period is done: its stage is empty, but not its delivery.
        idle = [name for name in loads if not here & set(self._steps[name].sources)]
        outcomes = {name: self._work.ended(self._steps[name], "done") for name in idle}
        for outcome in outcomes.values():
            self._work.record(session, outcome)
        last = [name for name in rest if name not in outcomes]
        return outcomes | self._schedule(last, self._needs(last))

    def _check_period(self, period: Period, filled: set[str]) -> None:
        """Ask the checks of what a period has loaded, while the stage holds it."""
        checks = [step for step in self._steps.values() if step.phase == "check"]
        wanted = [step.id for step in checks if filled & set(step.sources)]
        self._work.period = f" in the {period.mark}"
        self._schedule(wanted, {})
        self._work.period = ""

    def _take(self, session: Session, history: StagedHistory, period: Period) -> set[str]:
        self._log.info(f"loading {period.mark}")
        session.begin()
        filled = history.take(session, period)
        session.commit()
        return filled

    def _in_order(self, outcomes: dict[str, StepOutcome]) -> Outcomes:
        return [(step, outcomes[name]) for name, step in self._steps.items() if name in outcomes]

    def _needs(self, names: list[str]) -> dict[str, set[str]]:
        by_entity: dict[str, set[str]] = {}
        for name in names:
            by_entity.setdefault(self._steps[name].entity, set()).add(name)
        needs = {}
        for name in names:
            step = self._steps[name]
            made_from = (*step.needs, *step.sources)
            wanted = {need for entity in made_from for need in by_entity.get(entity, ())}
            if step.phase == "publish":
                wanted |= {other for other in by_entity[step.entity] if other.startswith("load:")}
            needs[name] = wanted - {name}
        return needs

    def _schedule(self, names: list[str], needs: dict[str, set[str]]) -> dict[str, StepOutcome]:
        scheduler = Scheduler(
            work=self._do,
            skip=self._skip,
            succeeded=lambda outcome: outcome.status == "done",
            threads=self._threads,
            stop=self._work.stopping.set,
        )
        return scheduler.run(names, needs)

    @property
    def so_far(self) -> Outcomes:
        """How the steps ended that have ended by now, in the plan's order."""
        return self._in_order(dict(self._ended_steps))

    def _do(self, name: str) -> StepOutcome:
        step = self._steps[name]
        self._observer(step, None)
        started = utc_now()
        try:
            outcome = self._attempts.do(
                step.id + self._work.period, lambda session: self._work.do(session, step, started)
            )
        except InterruptedRunError:
            raise
        except DvGenError as error:
            outcome = self._work.ended(step, "failed", started=started, error=str(error))
            self._work.unfit |= not isinstance(error, EngineError)
            self._log.error(f"{step.id}: {error}", step=step.id)
            self._record_unless_lost(outcome)
        self._ended_steps[name] = outcome
        if outcome.status == "done":
            inserted = outcome.rows_inserted - self._work.inserted_before(step)
            self._statistics.after(step.entity, inserted)
        self._observer(step, outcome)
        return outcome

    def _skip(self, name: str, failed: str) -> StepOutcome:
        step = self._steps[name]
        outcome = self._work.ended(step, "skipped", error=f"{failed} did not succeed")
        self._record_unless_lost(outcome)
        self._ended_steps[name] = outcome
        self._observer(step, outcome)
        return outcome

    def _record_unless_lost(self, outcome: StepOutcome) -> None:
        """Tell the ledger of a step that was not done; one that is not told is not done either."""
        with contextlib.suppress(EngineError, LockedError):
            session = self._engine.session()
            try:
                self._work.record(session, outcome)
            finally:
                session.close()
