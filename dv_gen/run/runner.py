"""A run: resume what is open, then plan, fetch, stage, load, publish, close (R2)."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dv_gen.engines import open_engine
from dv_gen.errors import DvGenError, EngineError, MissingFileError, UsageError
from dv_gen.filesystem import refuse_links
from dv_gen.landing import open_landing
from dv_gen.metadata.project_file import expand
from dv_gen.run.accepting import ways_on
from dv_gen.run.adopting import check_hashes
from dv_gen.run.attempts import ask_until_connected
from dv_gen.run.batch import BatchRun
from dv_gen.run.casing import check_casing
from dv_gen.run.changes.asking import look_at
from dv_gen.run.changes.statements import change_renderer
from dv_gen.run.clock import utc_now
from dv_gen.run.expected import lacking_deliveries, unclaimed
from dv_gen.run.ledger import Ledger
from dv_gen.run.periods import check_dated, unit_of
from dv_gen.run.planning import Planner
from dv_gen.run.preparing import Preparation, prepare_warehouse
from dv_gen.run.publications import Publications, is_loaded
from dv_gen.run.records import Batch
from dv_gen.run.results import INTERRUPTED, BatchResult, RunResult
from dv_gen.run.steps import mark
from dv_gen.run.unfinished_queries import unfinished_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dv_gen.engines.base import Engine, Session
    from dv_gen.landing import Landing
    from dv_gen.model.project import Target
    from dv_gen.run.changes.asking import Changes
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.planning import RunOptions
    from dv_gen.run.records import StepOutcome

    Observer = Callable[[PlannedStep, StepOutcome | None], None]

WORKING = ".dv-gen"
DONE = "done"
FAILED = "failed"
STOPPED = "stopped"
ABANDONED = "abandoned"
# In the ledger: steps of the batch were done with other SQL than that with which it was opened.
OTHER_MODEL = "model:other"


def landing_of(folder: Path, target: Target, settings: Mapping[str, Any]) -> Landing:
    """Return the landing place of a target.

    Args:
        folder: the project's folder, where relative paths start.
        target: the target.
        settings: its settings, expanded.

    Raises:
        UsageError: when the target has none, or a link stands in the working folder.
        LandingError: when it is of a kind that is not known, or no folder.
    """
    place = settings.get("landing")
    if not place:
        raise UsageError(
            f"target {target.name} has no landing",
            hint="landing: a folder, or s3://bucket/prefix",
            location=target.location,
        )
    refuse_links(folder, WORKING)
    facts = {"root": place} if isinstance(place, str) else dict(place)
    root = str(facts.pop("root"))
    # It is rendered, with what the sources say of it.
    facts.pop("max_unpacked", None)
    if "://" not in root:
        root = str(folder / root)
    options = {key: str(value) or None for key, value in facts.items()}
    return open_landing(root, working=folder / WORKING / "landing", **options)


class Runner:
    """Runs a rendered target.

    Args:
        folder: the project's folder.
        target: the target, its settings not yet expanded.
        compiled: what ``generated/<target>/`` holds.
        options: what the caller asks for.
        log: where events go.
        observer: told of every step, before it starts (without outcome) and after it has ended.

    Attributes:
        result: what was done by now; None until the warehouse is held.
    """

    def __init__(
        self,
        folder: Path,
        target: Target,
        compiled: Compiled,
        *,
        options: RunOptions,
        log: RunLog,
        observer: Observer,
    ) -> None:
        self._folder = folder
        self._target = target
        self._compiled = compiled
        self._options = options
        self._log = log
        self._observer = observer
        self.result: RunResult | None = None
        self._ledger = Ledger(compiled.manifest["schemas"]["meta"])
        self._publications = Publications(compiled.manifest["schemas"]["meta"])
        self._steps = {step.id: step for step in compiled.steps}
        load_dt = compiled.manifest["naming"]["load_dt"]
        self._by = unit_of(options.by, load_dt) if options.by else ""

    def run(self) -> RunResult:
        """Load everything that is new and return what was done.

        Raises:
            LockedError: when another run holds the warehouse.
            UsageError: when settings, selection or load date cannot be.
            EngineError: when the database cannot be reached or prepared.
            LandingError: when the landing place cannot be listed.
            KeyboardInterrupt: when interrupted; the open batch is taken up by the next run.
        """
        settings = expand(self._target)
        defer = self._options.defer_checks or settings.get("checks") == "deferred"
        planner = Planner(self._compiled, self._ledger, self._options, self._log, checks=not defer)
        meta = self._compiled.manifest["schemas"]["meta"]
        engine = open_engine(self._target.type, settings, self._folder, meta=meta)
        engine.connect(self._log.run_id)
        result = self.result = RunResult(self._log.run_id, self._target.name, utc_now())
        try:
            session = engine.session()
            changes = self._prepare(engine, session, settings)
            check_hashes(session, self._compiled, self._ledger, self._log)
            check_casing(session, self._compiled, self._ledger, self._log)
            landing = landing_of(self._folder, self._target, settings)
            resumed = self._resume(engine, session, landing, planner, result)
            session.close()
            if not self._options.retry and all(batch.status == DONE for batch in result.batches):
                session = engine.session()
                # Asked before the batch, behind which the landing place is left.
                strangers = unclaimed(landing, self._compiled.manifest["sources"])
                self._load_new(engine, session, landing, planner, result)
                session.close()
                self._compare(engine, planner, result)
                if strangers:
                    self._log.warning(strangers)
            published = self._publish_owed(engine, landing, planner, result)
            if self._options.retry and not resumed and not published:
                self._tell(result, "nothing to retry: no batch is open")
            self._tell_findings(engine, result)
            self._tell_orphans(engine, changes, result)
        except DvGenError as error:
            result.error = str(error)
            raise
        finally:
            engine.close()
            result.ended_at = utc_now()
        return result

    def _compare(self, engine: Engine, planner: Planner, result: RunResult) -> None:
        """Compare what was delivered with what was expected (R9)."""
        sources = self._compiled.manifest["sources"]
        wanted = planner.wanted_sources()
        newest = {}
        if any(sources[name]["freshness"] for name in wanted):
            newest = ask_until_connected(engine, self._ledger.newest_deliveries)
        lacking = lacking_deliveries(
            sources,
            wanted,
            delivered={file.source for done in result.batches for file in done.batch.files},
            newest=newest,
            now=utc_now(),
        )
        for text in lacking:
            self._log.error(text)
            result.failures.append(text)
        result.failures += planner.failures

    def _tell_findings(self, engine: Engine, result: RunResult) -> None:
        """Name what checks have found, in this run or before, until it is settled (P7)."""
        result.open_findings = ask_until_connected(engine, self._ledger.findings.open)
        newest = ask_until_connected(engine, self._ledger.newest_batch)
        for message in ways_on(result.open_findings, newest, self._compiled):
            self._tell(result, message)

    def _prepare(self, engine: Engine, session: Session, settings: Mapping[str, Any]) -> Changes:
        preparation = Preparation(
            change_renderer(self._folder, self._target),
            self._log,
            asks_first=settings.get("changes") == "ask",
        )
        return prepare_warehouse(engine, session, self._compiled, self._ledger, preparation)

    def _tell_orphans(self, engine: Engine, changes: Changes, result: RunResult) -> None:
        """Name the tables that the metadata has forgotten (P6): they stay, and are not loaded."""
        if not changes.orphans:
            return
        render = change_renderer(self._folder, self._target)
        load_dt = self._compiled.manifest["naming"]["load_dt"]
        for table in changes.orphans:
            look = partial(look_at, table=table, load_dt=load_dt, render=render)
            self._tell(result, str(ask_until_connected(engine, look)))

    def _tell(self, result: RunResult, message: str) -> None:
        self._log.info(message)
        result.messages.append(message)

    def _resume(
        self,
        engine: Engine,
        session: Session,
        landing: Landing,
        planner: Planner,
        result: RunResult,
    ) -> bool:
        """Take up the batch that an earlier run left open, with its own load date (R4).

        Returns:
            Whether there was one.
        """
        batch = self._ledger.open_batch(session)
        if batch is None:
            return False
        touched = any(step.startswith("load:") for step in batch.done)
        anew = batch.model != self._compiled.manifest["model"] or OTHER_MODEL in batch.done
        if anew:
            # Other SQL than the one that has run: all of it is run again, which is harmless.
            everything = {step.entity for step in self._compiled.steps}
            sources = {file.source for file in batch.files}
            planned = planner.steps(sources, everything, changed_model=True)
            batch = replace(batch, steps=planned, done=frozenset())
        elif not all(step in self._steps for step in batch.steps):
            batch = replace(batch, steps=tuple(s for s in batch.steps if s in self._steps))
        if not planner.checks:
            # Also of a batch that was opened with its checks: they may be what does not end.
            asked = tuple(step for step in batch.steps if not step.startswith("check:"))
            batch = replace(batch, steps=asked)
        if not self._still_there(landing, batch):
            self._log.warning(
                f"batch {batch.id} {'is loaded in part' if touched else 'was never loaded'} and "
                "its files have changed: it is abandoned"
            )
            self._ledger.close(session, batch, ABANDONED, ())
            if touched or self._options.retry:
                # Somebody has to know: what is left of it will not come.
                result.batches.append(BatchResult(batch, ABANDONED, ()))
            return True
        if anew:
            since = self._ledger.begin_anew(session, batch, mark(OTHER_MODEL))
            batch = replace(batch, since=since)
        self._log.info(f"resuming batch {batch.id}, load date {batch.load_dt}", batch=batch.id)
        self._finish(engine, landing, planner, batch, result)
        return True

    def _still_there(self, landing: Landing, batch: Batch) -> bool:
        """Tell whether every file can be had that is not staged yet.

        Raises:
            LandingError: when the landing place cannot tell just now: the batch stays open.
        """
        wanted = [file for file in batch.files if f"stage:{file.source}" not in batch.done]
        sources = self._compiled.manifest["sources"]
        try:
            listed = {
                (source, file.path, file.etag, file.size)
                for source in {file.source for file in wanted}
                for file in landing.list(
                    sources[source]["file"], ignore_case=sources[source]["ignore_case"]
                )
            }
        except (MissingFileError, KeyError):
            return False
        return all(file.identity in listed for file in wanted)

    def _load_new(
        self,
        engine: Engine,
        session: Session,
        landing: Landing,
        planner: Planner,
        result: RunResult,
    ) -> None:
        files = planner.new_files(session, landing)
        changed_model = self._ledger.last_model(session) != self._compiled.manifest["model"]
        unfinished = unfinished_queries(session, self._ledger, self._compiled, planner.chosen)
        steps = planner.steps(
            {file.source for file in files}, changed_model=changed_model, unfinished=unfinished
        )
        planner.tell_late_comers(session, steps)
        asked = (unfinished or self._options.select) and any(
            step.startswith("query:") for step in steps
        )
        if not files and not asked and not (changed_model and steps):
            self._tell(result, "nothing new: every file has been loaded already")
            return
        facts = self._compiled.manifest["sources"]
        check_dated(self._options.by, [facts[file.source] for file in files])
        load_dt = planner.load_date(session, files, steps)
        batch = Batch(
            id=self._log.run_id,
            load_dt=load_dt,
            model=self._compiled.manifest["model"],
            files=tuple(files),
            steps=steps,
            # What is loaded again brings the same dates again.
            allow_late=self._options.allow_late or self._options.reload,
            by=self._by,
        )
        self._ledger.open(session, batch, self._compiled.manifest["hash_rule"])
        count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
        self._log.info(f"batch {batch.id}: {count}, load date {load_dt}", batch=batch.id)
        self._finish(engine, landing, planner, batch, result)

    def _finish(
        self,
        engine: Engine,
        landing: Landing,
        planner: Planner,
        batch: Batch,
        result: RunResult,
    ) -> None:
        work = self._work(engine, landing, batch)
        try:
            outcomes, stopped = work.run()
        except KeyboardInterrupt:
            result.batches.append(BatchResult(batch, INTERRUPTED, tuple(work.so_far)))
            raise
        loaded = is_loaded(outcomes, by_period=bool(batch.by))
        status = STOPPED if stopped else DONE if loaded else FAILED
        if status != FAILED:
            files = planner.fully_loaded(batch, outcomes) if status == DONE else ()
            # The connection that opened the batch may be broken by now.
            closing = engine.session()
            if engine.holds > 1 and not self._ledger.is_open(closing, batch):
                raise EngineError(f"batch {batch.id} has been ended by another run")
            self._ledger.close(closing, batch, status, files)
            closing.close()
        if status == DONE:
            landing.cleanup()
            # The digests of local files stay there for the next run.
            with contextlib.suppress(OSError):
                (self._folder / WORKING / "landing").rmdir()
        ended = BatchResult(batch, status, tuple(outcomes))
        result.batches.append(ended)
        if status == FAILED:
            self._tell(result, "the batch stays open: dv-gen retry does what failed or was skipped")
        elif status == DONE:
            self._tell_unpublished(result, ended)

    def _publish_owed(
        self, engine: Engine, landing: Landing, planner: Planner, result: RunResult
    ) -> bool:
        """Make the marts and views again that failed in a batch which has ended (R10).

        Returns:
            Whether there were any; those that this run has tried are left to the next.
        """
        if any(batch.status == FAILED for batch in result.batches):
            return False
        tried = {step.id for batch in result.batches for step, _ in batch.outcomes}
        untried = [step for step in self._compiled.of_phase("publish") if step.id not in tried]
        again = partial(
            self._publications.again, known=untried, chosen=planner.chosen, events=self._log
        )
        batch = ask_until_connected(engine, again)
        if batch is None:
            return False
        work = self._work(engine, landing, batch)
        try:
            outcomes, _ = work.run()
        except KeyboardInterrupt:
            result.batches.append(BatchResult(batch, INTERRUPTED, tuple(work.so_far)))
            raise
        ended = BatchResult(batch, DONE, tuple(outcomes))
        result.batches.append(ended)
        self._tell_unpublished(result, ended)
        return True

    def _tell_unpublished(self, result: RunResult, batch: BatchResult) -> None:
        if names := batch.unpublished:
            self._tell(
                result,
                f"the vault is loaded, but not what is made from it: {', '.join(names)}; "
                "every run tries again, and fails until it is right or left out by --exclude",
            )

    def _work(self, engine: Engine, landing: Landing, batch: Batch) -> BatchRun:
        return BatchRun(
            engine,
            landing,
            self._ledger,
            self._compiled,
            batch,
            threads=self._options.threads,
            preview_rows=self._options.preview_rows,
            pauses=self._options.pauses,
            working=self._folder / WORKING / "landing",
            log=self._log,
            observer=self._observer,
        )
