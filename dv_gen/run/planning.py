"""What a run has to do: which files are new, which steps they need, with which load date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import DvGenError, LandingError, MissingFileError, UsageError
from dv_gen.graph import Graph, Node
from dv_gen.landing import RemoteFile
from dv_gen.run.attempts import PAUSES
from dv_gen.run.casing import PHASE as CASING
from dv_gen.run.clock import utc_now
from dv_gen.run.delivery_order import DeliveryOrder, check_one_delivery
from dv_gen.run.recordable import check_recordable
from dv_gen.run.records import PlannedFile
from dv_gen.run.reloading import as_delivered, check_one_date

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from dv_gen.engines.base import Session
    from dv_gen.landing import Landing
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.records import Batch, StepOutcome


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
        defer_checks: leave the checks to ``dv-gen test``.
        by: load the history in order, ``load_dt``, ``load_dt:day`` or ``load_dt:month`` at a time.
        retry: only take up the batch that is open, load nothing new.
        pauses: seconds before a step is tried for the second time, the third, and so on (R6).
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    load_date: datetime | None = None
    threads: int = 2
    reload: bool = False
    allow_late: bool = False
    preview_rows: int = 10
    defer_checks: bool = False
    by: str = ""
    retry: bool = False
    pauses: tuple[float, ...] = PAUSES


def entity_graph(compiled: Compiled) -> Graph:
    """Return the graph of a rendered target's entities."""
    nodes: dict[str, Node] = {}
    for step in compiled.steps:
        if step.phase in ("create", CASING):
            continue
        if step.phase in ("stage", "query"):
            nodes[step.entity] = Node(step.entity, "stage", step.needs, tags=step.tags)
        elif step.entity not in nodes:
            parents = (*step.needs, *step.sources)
            nodes[step.entity] = Node(step.entity, step.kind, parents, step.sources, step.tags)
    return Graph(nodes.values())


def chosen_entities(compiled: Compiled, options: RunOptions) -> set[str]:
    """Return the names that the words of a run choose.

    Raises:
        UsageError: when a word selects nothing, or all of them only sources that are files: a
            run stages what its entities read.
    """
    chosen = entity_graph(compiled).select(options.select, options.exclude)
    files = {step.entity for step in compiled.of_phase("stage")}
    if options.select and chosen and chosen <= files:
        name = min(chosen)
        raise UsageError(
            f"nothing to load: only sources are selected ({', '.join(sorted(chosen))})",
            hint=f"a run stages what it loads; --select '{name}+' has all that is made from {name}",
        )
    return chosen


class Planner:
    """Plans the batches of a run.

    Args:
        compiled: the rendered target.
        ledger: what has been done before.
        options: what the caller asks for.
        log: where remarks go.
        checks: whether batches end with their checks.

    Attributes:
        chosen: the entities that the words of the run choose.
        checks: whether batches end with their checks.
        failures: files that cannot be loaded, each with what their sources have to wait for.

    Raises:
        UsageError: when the words of the selection select nothing that a run loads.
    """

    def __init__(
        self,
        compiled: Compiled,
        ledger: Ledger,
        options: RunOptions,
        log: RunLog,
        *,
        checks: bool = True,
    ) -> None:
        self._compiled = compiled
        self._ledger = ledger
        self._options = options
        self._log = log
        self.checks = checks
        self.chosen = chosen_entities(compiled, options)
        self.failures: list[str] = []

    def tell_late_comers(self, session: Session, planned: tuple[str, ...]) -> None:
        """Warn of entities that came after the files which feed them had been loaded."""
        newest = self._ledger.newest_load_dates(session)
        done = self._ledger.steps_ever_done(session)
        for step in self._compiled.of_phase("load"):
            # What is derived from the vault needs no file to come again.
            if step.id in done or step.options.get("derived"):
                continue
            if any(source in newest for source in step.sources):
                more = " before" if step.id in planned else ""
                select = " ".join(f"--select {name}" for name in self._with_derived(step.entity))
                self._log.warning(
                    f"{step.entity} has never been loaded{more}, but files that feed it have: "
                    f"dv-gen run --reload {select} loads them into it"
                )

    def _with_derived(self, entity: str) -> list[str]:
        """Return an entity and what is kept up from its rows, which a late load has to repair."""
        loads = self._compiled.of_phase("load")
        derived = [step for step in loads if step.options.get("derived")]
        return [entity, *(step.entity for step in derived if entity in step.needs)]

    def new_files(self, session: Session, landing: Landing) -> list[PlannedFile]:
        """Return the files that have not been loaded yet, those of one source together (R3)."""
        loaded = set() if self._options.reload else self._ledger.loaded_files(session)
        files = []
        for source in self.wanted_sources():
            facts = self._compiled.manifest["sources"][source]
            number = 0
            for remote in self._list(landing, source, facts):
                file = PlannedFile(
                    source, number + 1, remote.root, remote.path, remote.etag, remote.size
                )
                if file.identity not in loaded:
                    number += 1
                    files.append(file)
        sources = self._compiled.manifest["sources"]
        if self._options.reload:
            files = self._again(session, files)
        files = self._without_unfit(files)
        # What was one delivery when it was loaded stays one.
        check_one_delivery(sources, [file for file in files if file.load_dt is None])
        return files

    def _without_unfit(self, files: list[PlannedFile]) -> list[PlannedFile]:
        """Leave out the sources with a file that cannot be loaded: the order of files counts.

        Neither are those loaded that fetch columns from such a source.
        """
        sources = self._compiled.manifest["sources"]
        unfit = set()
        for file in files:
            remote = RemoteFile(file.root, file.path, file.etag, file.size)
            try:
                check_recordable(sources[file.source], remote)
            except LandingError as error:
                unfit.add(file.source)
                text = f"source {file.source} is left out of this run: {error}"
                self._log.error(text)
                self.failures.append(text)
        return [file for file in files if not unfit & self._with_prejoined({file.source})]

    def _again(self, session: Session, files: list[PlannedFile]) -> list[PlannedFile]:
        """Return the files that are loaded again, as the deliveries that they were.

        Raises:
            UsageError: when an entity would get an older delivery, and it is not known what the
                next one that it has held (L15).
        """
        sources = self._compiled.manifest["sources"]
        known = self._ledger.load_dates(session)
        if self._options.load_date is not None:
            check_one_date(sources, files, known)
            return files
        files = as_delivered(sources, files, known, self._log)
        if not self._options.allow_late:
            moments: dict[str, set[datetime]] = {}
            for file in files:
                if file.load_dt is not None:
                    moments.setdefault(file.source, set()).add(file.load_dt)
            order = DeliveryOrder(self._compiled, self._ledger)
            order.check_reload(session, self.chosen, moments)
        return files

    def _list(self, landing: Landing, source: str, facts: dict[str, Any]) -> Sequence[Any]:
        try:
            found = landing.list(facts["file"], ignore_case=facts["ignore_case"])
        except DvGenError as error:
            if not facts["required"] and isinstance(error, MissingFileError):
                self._log.info(f"source {source}: {error.message}")
                return []
            where = f"source {source} at {facts['location']}"
            error.hint = f"{error.hint}; {where}" if error.hint else where
            raise
        if not found:
            self._log.warning(f"source {source}: no file matches {facts['file']}")
        return found

    def wanted_sources(self) -> list[str]:
        """Return the sources to fetch; ``source:`` words alone keep the others out."""
        words = self._options.select
        reads = {
            source
            for step in self._compiled.of_phase("load")
            if step.entity in self.chosen
            for source in step.sources
        }
        if words and all(word.strip("+").startswith("source:") for word in words):
            reads &= self.chosen
        reads = self._with_prejoined(reads)
        sources = self._compiled.manifest["sources"]
        return [name for name, facts in sources.items() if name in reads and not facts["is_query"]]

    def _with_prejoined(self, sources: set[str]) -> set[str]:
        """Return sources and those that they fetch columns from, which are staged with them."""
        needs = {step.entity: step.needs for step in self._compiled.of_phase("stage")}
        found: set[str] = set()
        waiting = list(sources)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += needs.get(name, ())
        return found

    def steps(
        self,
        sources: set[str],
        chosen: Collection[str] | None = None,
        *,
        changed_model: bool = False,
        unfinished: Collection[str] = (),
    ) -> tuple[str, ...]:
        """Return the ids of the steps of a batch with files for these sources.

        Every source that a chosen entity reads is staged, if only with an empty table (S6). A
        query runs when something that it reads may have changed, when an entity that reads it
        has rows of another source, when it is asked for or unfinished, and when the model is
        another one.

        Args:
            sources: the sources with files.
            chosen: the entities to load; those that the options choose when None.
            changed_model: whether other SQL was run before.
            unfinished: queries whose result some entity lacks.
        """
        chosen = self.chosen if chosen is None else chosen
        publish = [step for step in self._compiled.of_phase("publish") if step.entity in chosen]
        every = [step for step in self._compiled.of_phase("load") if step.entity in chosen]
        read_by_chosen = {source for step in every for source in step.sources}
        if self._options.select:
            read_by_chosen |= set(chosen)
        queries = [
            step for step in self._compiled.of_phase("query") if step.entity in read_by_chosen
        ]
        touched = set(sources) | {step.entity for step in queries if step.entity in unfinished}
        if changed_model or self._options.select:
            touched |= {step.entity for step in queries}
        while True:
            loads = [step for step in every if touched & set(step.sources)]
            changed = {step.entity for step in loads}
            changed |= {step.entity for step in publish if step.kind == "mart"}
            read = {source for step in loads for source in step.sources}
            more = {
                step.entity
                for step in queries
                if step.entity in read or changed.intersection(step.needs)
            }
            if more <= touched:
                break
            touched |= more
        read = self._with_prejoined(read)
        stages = [step for step in self._compiled.of_phase("stage") if step.entity in read]
        asked = [step for step in queries if step.entity in touched]
        loaded = {step.entity for step in loads}
        checks = [step for step in self._compiled.of_phase("check") if step.entity in loaded]
        steps = (*stages, *asked, *loads, *publish, *(checks if self.checks else ()))
        return tuple(step.id for step in steps)

    def load_date(
        self, session: Session, files: Sequence[PlannedFile], steps: Sequence[str] = ()
    ) -> datetime:
        """Return the batch's load date (UTC).

        Sources with load dates of their own are looked at when they are staged.

        Args:
            session: the connection.
            files: the batch's files.
            steps: the batch's steps, among them those of queries.

        Raises:
            UsageError: when it is not after the newest one of a source, and nobody asked (L6).
        """
        load_dt = self._options.load_date or utc_now()
        last = self._ledger.newest_load_dates(session)
        queries = self._ledger.newest_query_dates(session)
        last |= {step.partition(":")[2]: moment for step, moment in queries.items()}
        names = [file.source for file in files if file.load_dt is None]
        names += [step.partition(":")[2] for step in steps if step.startswith("query:")]
        facts = self._compiled.manifest["sources"]
        order = DeliveryOrder(self._compiled, self._ledger)
        for source in dict.fromkeys(names):
            newest = None if facts[source]["load_dt"] else last.get(source)
            if newest is not None and load_dt <= newest and not self._options.allow_late:
                raise UsageError(
                    f"the load date {load_dt} is not after {newest}, "
                    f"with which {source} was loaded last",
                    hint="give a later --load-date; or "
                    + order.advice(session, self.chosen, source, {load_dt}),
                )
        return load_dt

    def fully_loaded(
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
