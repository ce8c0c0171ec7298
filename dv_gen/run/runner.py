"""A run: resume what is open, then plan, fetch, stage, load, publish, close (R2)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dv_gen.engines import open_engine
from dv_gen.errors import DvGenError, EngineError, MissingFileError, UsageError
from dv_gen.graph import Graph, Node
from dv_gen.landing import open_landing
from dv_gen.metadata.project_file import expand
from dv_gen.run.batch import BatchRun
from dv_gen.run.clock import utc_now
from dv_gen.run.ledger import Batch, Ledger, PlannedFile
from dv_gen.run.results import BatchResult, RunResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dv_gen.engines.base import Engine, Session
    from dv_gen.landing import Landing
    from dv_gen.model.project import Target
    from dv_gen.run.ledger import StepOutcome
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStep

    Observer = Callable[[PlannedStep, StepOutcome | None], None]

WORKING = ".dv-gen"
STOPPED = "stopped"
ABANDONED = "abandoned"


@dataclass(frozen=True)
class RunOptions:
    """What the caller asks of a run.

    Attributes:
        select: words that choose entities; empty for all.
        exclude: words that leave entities out.
        load_date: the batch's load date (UTC); the time of planning when None.
        threads: how many steps run at once.
        reload: load files again that have been loaded already (R3).
        allow_late: load a batch that is not newer than what is loaded (L6).
        preview_rows: how many rows of each file go to the log.
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    load_date: datetime | None = None
    threads: int = 2
    reload: bool = False
    allow_late: bool = False
    preview_rows: int = 10


def entity_graph(compiled: Compiled) -> Graph:
    """Return the graph of a rendered target's entities."""
    nodes: dict[str, Node] = {}
    for step in compiled.steps:
        if step.phase == "create":
            continue
        if step.phase == "stage":
            nodes[step.entity] = Node(step.entity, "stage", (), tags=step.tags)
        elif step.entity not in nodes:
            parents = (*step.needs, *step.sources)
            nodes[step.entity] = Node(step.entity, step.kind, parents, step.sources, step.tags)
    return Graph(nodes.values())


class Runner:
    """Runs a rendered target.

    Args:
        folder: the project's folder.
        target: the target, its settings not yet expanded.
        compiled: what ``generated/<target>/`` holds.
        options: what the caller asks for.
        log: where events go.
        observer: told of every step, before it starts (without outcome) and after it has ended.
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
        self._ledger = Ledger(compiled.manifest["schemas"]["meta"])
        self._steps = {step.id: step for step in compiled.steps}

    def run(self) -> RunResult:
        """Load everything that is new and return what was done.

        Raises:
            LockedError: when another run holds the warehouse.
            UsageError: when settings, selection or load date cannot be.
            EngineError: when the database cannot be reached or prepared.
            LandingError: when the landing place cannot be listed.
            KeyboardInterrupt: when interrupted; the open batch is taken up by the next run.
        """
        chosen = self._chosen()
        result = RunResult(self._log.run_id, self._target.name, utc_now())
        settings = expand(self._target)
        engine = open_engine(self._target.type, settings, self._folder)
        engine.connect(self._log.run_id)
        try:
            session = engine.session()
            self._prepare(engine, session)
            landing = self._landing(settings)
            self._resume(engine, session, landing, result)
            if result.exit_code == 0:
                self._load_new(engine, session, landing, chosen, result)
            session.close()
        finally:
            engine.close()
        result.ended_at = utc_now()
        return result

    def _chosen(self) -> set[str]:
        graph = entity_graph(self._compiled)
        return graph.select(self._options.select, self._options.exclude)

    def _landing(self, settings: dict[str, Any]) -> Landing:
        place = settings.get("landing")
        if not place:
            raise UsageError(
                f"target {self._target.name} has no landing",
                hint="landing: a folder, or s3://bucket/prefix",
                location=self._target.location,
            )
        facts = {"root": place} if isinstance(place, str) else dict(place)
        root = str(facts.pop("root"))
        if "://" not in root:
            root = str(self._folder / root)
        options = {key: str(value) or None for key, value in facts.items()}
        return open_landing(root, working=self._folder / WORKING / "landing", **options)

    def _prepare(self, engine: Engine, session: Session) -> None:
        """Make what is missing, refuse what does not fit: columns and the hash rule (H6)."""
        schemas = list(dict.fromkeys(self._compiled.manifest["schemas"].values()))
        present = engine.columns(schemas)
        meta = self._compiled.manifest["schemas"]["meta"]
        missing = {
            name
            for name, facts in self._compiled.manifest["tables"].items()
            if not facts["is_view"] and not facts["transient"]
            if (facts["schema"], name) not in present
        }
        if (meta, "open_batch") not in present or missing:
            for step in self._compiled.of_phase("create"):
                if step.kind == "ledger" or step.entity in missing:
                    for statement in step.statements:
                        _execute(session, statement)
        self._check_columns(present)
        known = self._ledger.hash_rules(session)
        rule = self._compiled.manifest["hash_rule"]
        if known and known != [rule]:
            raise UsageError(
                f"this vault was loaded with the hash rule {known[0]}, the project says {rule}",
                hint="another rule gives other keys: keep the rule, or load a new vault",
            )

    def _check_columns(self, present: dict[tuple[str, str], list[str]]) -> None:
        for name, facts in self._compiled.manifest["tables"].items():
            columns = present.get((facts["schema"], name))
            if columns is None or facts["is_view"] or facts["transient"] or not facts["columns"]:
                continue
            lacking = [column for column in facts["columns"] if column not in columns]
            if lacking:
                raise EngineError(
                    f"the table {facts['schema']}.{name} lacks the column {', '.join(lacking)}",
                    hint=f"the metadata has gained it: ALTER TABLE {facts['schema']}.{name} "
                    f'ADD COLUMN "{lacking[0]}" ... (the type stands in ddl/{name}.sql)',
                )

    def _resume(
        self, engine: Engine, session: Session, landing: Landing, result: RunResult
    ) -> None:
        """Take up the batch that an earlier run left open, with its own load date (R4)."""
        batch = self._ledger.open_batch(session)
        if batch is None:
            return
        if batch.model != self._compiled.manifest["model"]:
            # Other SQL than the one that has run: all of it is run again, which is harmless.
            planned = self._plan_steps({file.source for file in batch.files}, set(self._names()))
            batch = replace(batch, steps=planned, done=frozenset())
        elif not all(step in self._steps for step in batch.steps):
            batch = replace(batch, steps=tuple(s for s in batch.steps if s in self._steps))
        staged = all(step in batch.done for step in batch.steps if step.startswith("stage:"))
        if not staged and not self._still_there(landing, batch):
            self._log.warning(
                f"batch {batch.id} was never staged and its files have changed: it is abandoned"
            )
            self._ledger.close(session, batch, ABANDONED, ())
            return
        self._log.info(f"resuming batch {batch.id}, load date {batch.load_dt}", batch=batch.id)
        self._finish(engine, session, landing, batch, result)

    def _names(self) -> list[str]:
        return [step.entity for step in self._compiled.steps]

    def _still_there(self, landing: Landing, batch: Batch) -> bool:
        try:
            listed = {
                (source, file.path, file.etag, file.size)
                for source in {file.source for file in batch.files}
                for file in landing.list(self._compiled.manifest["sources"][source]["file"])
            }
        except (DvGenError, KeyError):
            return False
        return all(file.identity in listed for file in batch.files)

    def _load_new(
        self,
        engine: Engine,
        session: Session,
        landing: Landing,
        chosen: set[str],
        result: RunResult,
    ) -> None:
        files = self._new_files(session, landing, chosen)
        steps = self._plan_steps({file.source for file in files}, chosen)
        self._tell_late_comers(session, steps)
        changed_model = self._ledger.last_model(session) != self._compiled.manifest["model"]
        if not files and not (changed_model and steps):
            message = "nothing new: every file has been loaded already"
            self._log.info(message)
            result.messages.append(message)
            return
        load_dt = self._load_date(session, files)
        batch = Batch(
            id=self._log.run_id,
            load_dt=load_dt,
            model=self._compiled.manifest["model"],
            files=tuple(files),
            steps=steps,
        )
        self._ledger.open(session, batch, self._compiled.manifest["hash_rule"])
        count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
        self._log.info(f"batch {batch.id}: {count}, load date {load_dt}", batch=batch.id)
        self._finish(engine, session, landing, batch, result)

    def _tell_late_comers(self, session: Session, planned: tuple[str, ...]) -> None:
        """Warn of entities that came after the files which feed them had been loaded."""
        newest = self._ledger.newest_load_dates(session)
        done = self._ledger.steps_ever_done(session)
        for step in self._compiled.of_phase("load"):
            if step.id not in done and any(source in newest for source in step.sources):
                more = " before" if step.id in planned else ""
                self._log.warning(
                    f"{step.entity} has never been loaded{more}, but files that feed it have: "
                    f"dv-gen run --reload --select {step.entity} loads them into it"
                )

    def _new_files(self, session: Session, landing: Landing, chosen: set[str]) -> list[PlannedFile]:
        loaded = set() if self._options.reload else self._ledger.loaded_files(session)
        files = []
        for source in self._wanted_sources(chosen):
            facts = self._compiled.manifest["sources"][source]
            number = 0
            for remote in self._list(landing, source, facts):
                file = PlannedFile(
                    source, number + 1, remote.root, remote.path, remote.etag, remote.size
                )
                if file.identity not in loaded:
                    number += 1
                    files.append(file)
        return files

    def _list(self, landing: Landing, source: str, facts: dict[str, Any]) -> Sequence[Any]:
        try:
            found = landing.list(facts["file"])
        except DvGenError as error:
            if not facts["required"] and isinstance(error, MissingFileError):
                self._log.info(f"source {source}: {error.message}")
                return []
            error.hint = error.hint or f"source {source} at {facts['location']}"
            raise
        if not found:
            self._log.warning(f"source {source}: no file matches {facts['file']}")
        return found

    def _wanted_sources(self, chosen: set[str]) -> list[str]:
        """Return the sources to fetch; ``source:`` words alone keep the others out."""
        words = self._options.select
        reads = {
            source
            for step in self._compiled.of_phase("load")
            if step.entity in chosen
            for source in step.sources
        }
        if words and all(word.strip("+").startswith("source:") for word in words):
            reads &= chosen
        return [name for name in self._compiled.manifest["sources"] if name in reads]

    def _plan_steps(self, sources: set[str], chosen: set[str]) -> tuple[str, ...]:
        """Return the ids of the steps of a batch with files for these sources.

        Every source that a chosen entity reads is staged, if only with an empty table (S6).
        """
        loads = [
            step
            for step in self._compiled.of_phase("load")
            if step.entity in chosen and sources & set(step.sources)
        ]
        read = {source for step in loads for source in step.sources}
        stages = [step for step in self._compiled.of_phase("stage") if step.entity in read]
        publish = [step for step in self._compiled.of_phase("publish") if step.entity in chosen]
        return tuple(step.id for step in (*stages, *loads, *publish))

    def _load_date(self, session: Session, files: Sequence[PlannedFile]) -> datetime:
        load_dt = self._options.load_date or utc_now()
        newest = self._ledger.newest_load_dates(session)
        for source in dict.fromkeys(file.source for file in files):
            if source in newest and load_dt <= newest[source] and not self._options.allow_late:
                raise UsageError(
                    f"the load date {load_dt} is not after {newest[source]}, "
                    f"with which {source} was loaded last",
                    hint="give a later --load-date, or let the rows take their place in the "
                    "history with --allow-late",
                )
        return load_dt

    def _finish(
        self,
        engine: Engine,
        session: Session,
        landing: Landing,
        batch: Batch,
        result: RunResult,
    ) -> None:
        work = BatchRun(
            engine,
            landing,
            self._ledger,
            self._compiled,
            batch,
            threads=self._options.threads,
            preview_rows=self._options.preview_rows,
            working=self._folder / WORKING / "landing",
            log=self._log,
            observer=self._observer,
        )
        outcomes, stopped = work.run()
        failed = any(outcome.status != "done" for _, outcome in outcomes)
        status = STOPPED if stopped else "failed" if failed else "done"
        if status != "failed":
            loaded = self._fully_loaded(batch, outcomes) if status == "done" else ()
            self._ledger.close(session, batch, status, loaded)
        if status == "done":
            landing.cleanup()
            shutil.rmtree(self._folder / WORKING / "landing", ignore_errors=True)
        result.batches.append(BatchResult(batch, status, tuple(outcomes)))

    def _fully_loaded(
        self, batch: Batch, outcomes: Sequence[tuple[PlannedStep, StepOutcome]]
    ) -> list[PlannedFile]:
        """Return the files that every entity they feed has been loaded from.

        With ``--select`` some entities are left out; their rows must come with a later run.
        """
        done = {step.id for step, outcome in outcomes if outcome.status == "done"} | batch.done
        complete = {
            source
            for source in {file.source for file in batch.files}
            if all(
                step.id in done
                for step in self._compiled.of_phase("load")
                if source in step.sources
            )
        }
        return [file for file in batch.files if file.source in complete]


def _execute(session: Session, statement: Any) -> int:  # noqa: ANN401 - a PlannedStatement
    try:
        return session.execute(statement.sql)
    except EngineError as error:
        error.location = error.location or statement.location
        raise
