"""The files of a batch: fetched, shown, and staged source by source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.errors import RejectsError, UsageError
from dv_gen.landing import MAX_UNPACKED, RemoteFile, prepare, preview
from dv_gen.run.delivery_order import deliveries
from dv_gen.run.lateness import check_late
from dv_gen.run.later_columns import LaterColumns
from dv_gen.run.server_staging import ServerStager, remote
from dv_gen.run.staged_file import (
    Reject,
    StagedFile,
    check_delivery,
    check_limit,
    chunks,
    csv_format,
)
from dv_gen.run.staging import Stager
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from dv_gen.engines.base import Session
    from dv_gen.landing import Landing, LocalFile
    from dv_gen.run.delivery_order import DeliveryOrder
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import Batch, Delivery, PlannedFile


@dataclass(frozen=True)
class StagedSource:
    """What became of a source's records: rows staged, rejected and left out, and what was wrong."""

    rows: int
    rejected: int
    filtered: int
    error: str = ""


class BatchFiles:
    """The files of a batch.

    Args:
        landing: where they come from.
        ledger: where is written what was read from each.
        sources: the manifest's facts about every source.
        batch: the plan.
        order: what is known of the deliveries behind a late one.
        preview_rows: how many rows of each file go to the log.
        working: a folder of ours for prepared files.
        by_server: whether the server reads the files by itself.
        log: where the rows and the first rejects go.
    """

    def __init__(
        self,
        landing: Landing,
        ledger: Ledger,
        sources: Mapping[str, Any],
        batch: Batch,
        *,
        order: DeliveryOrder,
        preview_rows: int,
        working: Path,
        by_server: bool,
        log: RunLog,
    ) -> None:
        self._landing = landing
        self._ledger = ledger
        self._sources = sources
        self._batch = batch
        self._order = order
        self._preview_rows = preview_rows
        # Who wants no rows in the log wants none that are wrong there either.
        self.shows_rows = bool(preview_rows)
        self._working = working
        self._by_server = by_server
        self._log = log
        # Each with the load date of its rows.
        self._files: dict[str, list[tuple[LocalFile, datetime]]] = {}

    def fetch(self, sources: set[str]) -> None:
        """Fetch the files of these sources, and show their first rows.

        Raises:
            LandingError: when one of them cannot be had as it was listed.
        """
        planned = [file for file in self._batch.files if file.source in sources]
        files = [RemoteFile(file.root, file.path, file.etag, file.size) for file in planned]
        fetched = self._heads(files) if self._by_server else self._fetched(planned, files)
        for file, local in zip(planned, fetched, strict=True):
            load_dt = file.load_dt or self._batch.load_dt
            self._files.setdefault(file.source, []).append((local, load_dt))
            if self.shows_rows:
                self._show(file.source, local)

    def _fetched(
        self, planned: Sequence[PlannedFile], files: Sequence[RemoteFile]
    ) -> Iterator[LocalFile]:
        for file, whole in zip(planned, self._landing.fetch(files, threads=8), strict=True):
            facts = self._sources[file.source]
            yield prepare(
                whole,
                encoding=facts["csv"]["encoding"],
                max_unpacked=facts.get("max_unpacked", MAX_UNPACKED),
                working=self._working,
            )

    def _heads(self, files: Sequence[RemoteFile]) -> Iterator[LocalFile]:
        """Fetch the first lines alone: the server reads the files by itself."""
        landing = remote(self._landing)
        return (landing.head(file) for file in files)

    def _show(self, source: str, file: LocalFile) -> None:
        form = csv_format(self._sources[source])
        rows = preview(file.path, form, rows=self._preview_rows)
        head = f"{source}: {file.remote.shown} ({file.remote.size:,} bytes), first rows:"
        self._log.info(f"{head}\n{rows}", source=source, file=file.remote.uri)

    def stage(self, session: Session, step: PlannedStep) -> StagedSource:
        """Stage the files of a source inside the caller's transaction.

        Raises:
            LandingError: when a file cannot be staged as a whole, or a full delivery is empty.
            EngineError: when the database refuses a statement.
        """
        facts = self._sources[step.entity]
        stager = self._stager(session, step, facts)
        done: list[StagedFile] = []
        rejects: list[Reject] = []
        stager.empty()
        for file, stager.load_dt in self._files.get(step.entity, ()):
            counts, bad = stager.add(file)
            done.append(counts)
            rejects += bad
        stager.finish()
        # When all is staged: the next file's raw table would make them lasting where DDL commits.
        self._ledger.record_files(
            session, self._batch, [counts.row(step.entity) for counts in done]
        )
        delivered = self._delivered(stager, step, facts, done)
        self._ledger.record_deliveries(session, self._batch, delivered)
        for rows in chunks(rejects):
            self._ledger.record_rejects(session, self._batch, rows)
        error = ""
        if done:
            check_delivery(step, facts, done, log=self._log)
        try:
            check_limit(step, facts, done, rejects)
            if facts["load_dt"] and not self._batch.allow_late:
                newest = self._ledger.newest_load_dates(session)
                check_late(
                    step.entity,
                    done,
                    newest.get(step.entity),
                    lambda: self._advice(session, step.entity, delivered),
                )
        except (RejectsError, UsageError) as problem:
            # The rejects stay for the person who has to mend the file.
            error = str(problem)
            self._log.error(error, step=step.id)
            if isinstance(problem, RejectsError):
                self._tell_rejects(rejects)
        return StagedSource(
            rows=sum(file.staged for file in done),
            rejected=len(rejects),
            filtered=sum(file.filtered for file in done),
            error=error,
        )

    def _delivered(
        self,
        stager: Stager,
        step: PlannedStep,
        facts: Mapping[str, Any],
        files: Sequence[StagedFile],
    ) -> list[Delivery]:
        full = facts["delivery"] == "full"
        brought = stager.deliveries() if full and files else ()
        return deliveries(step.entity, files, brought, full=full, dated=bool(facts["load_dt"]))

    def _advice(self, session: Session, source: str, delivered: Sequence[Delivery]) -> str:
        loaded = {step.partition(":")[2] for step in self._batch.steps if step.startswith("load:")}
        moments = {delivery.load_dt for delivery in delivered}
        return self._order.advice(session, loaded, source, moments)

    def _stager(self, session: Session, step: PlannedStep, facts: Mapping[str, Any]) -> Stager:
        load_dt, log = self._batch.load_dt, self._log
        later = LaterColumns(
            step.entity,
            facts,
            csv_format(facts),
            files=[file for file, _ in self._files.get(step.entity, ())],
            loaded_files=lambda: self._ledger.loaded_files(session),
        )
        if not self._by_server:
            return Stager(session, step, facts, load_dt=load_dt, log=log, later=later)
        landing = remote(self._landing)
        return ServerStager(
            session, step, facts, load_dt=load_dt, log=log, landing=landing, later=later
        )

    def _tell_rejects(self, rejects: list[Reject]) -> None:
        for reject in rejects[:3]:
            where = f"{visible(reject.file)}:{reject.line}"
            what = f"{reject.column}: {reject.reason}" if reject.column else reject.reason
            shown = f": {reject.record[:200]!r}" if self.shows_rows else ""
            self._log.error(f"{where}: {visible(what)}{shown}")
