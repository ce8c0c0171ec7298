"""Staging a source: every record of its files ends in the stage table or in the rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import BulkFile
from dv_gen.errors import DvGenError, LandingError, RejectsError
from dv_gen.landing import (
    CsvFormat,
    count_exactly,
    inspect,
    match_header,
    mixed_newline,
    scan,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dv_gen.engines.base import BadRecord, Session
    from dv_gen.landing import FileShape, LocalFile
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep

_MAX_LOAD_SRC = 255
_CHUNK = 10_000


@dataclass(frozen=True)
class Reject:
    """A record that was not staged: which, where in the file, why, and as it stands there."""

    source: str
    file: str
    line: int
    row_no: int | None
    column: str | None
    reason: str
    record: str

    def row(self) -> tuple[Any, ...]:
        """Return it as the ledger stores it."""
        record = self.record.replace("\0", "\\x00")
        return (self.source, self.file, self.line, self.row_no, self.column, self.reason, record)


@dataclass(frozen=True)
class StagedFile:
    """What became of a file's records; ``read`` is our own count of them."""

    path: str
    sha256: str
    read: int
    staged: int
    rejected: int

    def row(self, source: str) -> dict[str, Any]:
        """Return it as the ledger stores it."""
        return {
            "source": source,
            "path": self.path,
            "sha256": self.sha256,
            "rows_read": self.read,
            "rows_staged": self.staged,
            "rows_rejected": self.rejected,
        }


def csv_format(facts: Mapping[str, Any]) -> CsvFormat:
    """Return how a source's files are written, from the manifest's facts about it."""
    csv = facts["csv"]
    return CsvFormat(csv["delimiter"], csv["quote"], csv["escape"], header=csv["header"])


class Stager:
    """Stages the files of one source on one session, inside the caller's transaction.

    Args:
        session: the connection.
        step: the source's rendered stage step.
        facts: the manifest's facts about the source.
        load_dt: the batch's load date (UTC).
        log: where drift is told.
    """

    def __init__(
        self,
        session: Session,
        step: PlannedStep,
        facts: Mapping[str, Any],
        *,
        load_dt: datetime,
        log: RunLog,
    ) -> None:
        self._session = session
        self._step = step
        self._facts = facts
        self._load_dt = load_dt
        self._log = log
        self._format = csv_format(facts)
        self._rows_before = 0
        # With a header the file itself says how wide it is.
        self._declared_width = None if self._format.header else len(facts["columns"])

    def empty(self) -> None:
        """Make the stage table anew (S6)."""
        for name in ("drop", "create", "drop_repeats", "create_repeats"):
            self._execute(name)

    def finish(self) -> None:
        """Find the rows that share their key, once every file is staged."""
        if self._rows_before:
            self._execute("find_repeats")

    def add(self, file: LocalFile) -> tuple[StagedFile, list[Reject]]:
        """Stage one file.

        Returns:
            The counts, and the records that did not fit, in the file's order.

        Raises:
            LandingError: when the header does not match, or records are unaccounted for.
            EngineError: when the database refuses a statement.
        """
        shape = inspect(file.path, self._format, columns=self._declared_width)
        columns = self._columns(file, shape)
        self._check_shape(file, shape)
        self._execute("drop_raw")
        self._execute("create_raw")
        bulk = BulkFile(file.path, columns, shape.newline)
        accepted = 0
        refused: list[BadRecord] = []
        if shape.records:
            read = self._step.statement("read")
            try:
                accepted, refused = self._session.read_file(read.sql, bulk)
            except DvGenError as error:
                error.location = error.location or read.location
                raise
        self._account(file, shape, accepted + len(refused))
        load_src = self._load_src(file)
        staged = self._execute(
            "load",
            load_dt=self._load_dt,
            load_src=load_src,
            rows_before=self._rows_before,
        )
        misfits: list[tuple[Any, ...]] = []
        if staged != accepted:
            misfits = self._session.query(self._step.statement("rejects").sql)
        if staged + len(misfits) != accepted:
            raise LandingError(
                f"{file.remote.uri}: {accepted} records were read, but {staged} were staged and "
                f"{len(misfits)} rejected",
                hint="nothing was loaded; this is an error of dv-gen, please report it",
            )
        rejects = self._rejects(file, refused, misfits)
        self._rows_before += accepted
        counts = StagedFile(
            file.remote.path, file.sha256, accepted + len(refused), staged, len(rejects)
        )
        return counts, rejects

    def _execute(self, name: str, **values: Any) -> int:  # noqa: ANN401 - bound parameters
        statement = self._step.statement(name)
        wanted = {key: values[key] for key in statement.parameters}
        try:
            return self._session.execute(statement.sql, wanted)
        except DvGenError as error:
            error.location = error.location or statement.location
            raise

    def _load_src(self, file: LocalFile) -> str:
        path = file.remote.path
        if not self._facts["record_source"] and len(path) > _MAX_LOAD_SRC:
            raise LandingError(
                f"the name of {file.remote.uri} is too long for a record source: {len(path)} "
                f"characters of at most {_MAX_LOAD_SRC}",
                hint="give the source a record_source",
            )
        return path

    def _columns(self, file: LocalFile, shape: FileShape) -> tuple[str, ...]:
        declared = dict(self._facts["columns"])
        if not self._format.header or shape.header is None:
            return tuple(declared)
        try:
            match = match_header(shape.header, declared)
        except LandingError as error:
            raise LandingError(f"{file.remote.uri}: {error.message}", hint=error.hint) from error
        if match.extra and self._facts["drift"] != "ignore":
            what = f"{file.remote.uri} has columns that are not declared: {', '.join(match.extra)}"
            if self._facts["drift"] == "fail":
                hint = f"declare them in {self._facts['location']}, or say drift: warn or ignore"
                raise LandingError(what, hint=hint)
            self._log.warning(what)
        # A name that no declared column can have, for what is left out.
        return tuple(
            name or f"extra column {position}" for position, name in enumerate(match.columns, 1)
        )

    def _check_shape(self, file: LocalFile, shape: FileShape) -> None:
        if self._format.header and shape.header is None:
            raise LandingError(
                f"{file.remote.uri} is empty: not even a header",
                hint="a delivery without rows has its header alone",
            )
        if shape.open_quote is not None:
            raise LandingError(
                f"{file.remote.uri}: a quote opens on line {shape.open_quote} and never closes, so "
                "that the rest of the file would be taken for one value",
                hint="mend the file, or declare another quote: csv: {quote: ''}",
            )
        if shape.mixed_newlines:
            line = mixed_newline(file.path, self._format)
            raise LandingError(
                f"{file.remote.uri}: line {line} ends in another way than the lines before it",
                hint="write the file with one kind of line end",
            )

    def _account(self, file: LocalFile, shape: FileShape, seen: int) -> None:
        if seen == shape.records:
            return
        exact = count_exactly(file.path, self._format, columns=self._declared_width)
        if seen == exact:
            return
        raise LandingError(
            f"{file.remote.uri} holds {exact} records, but the database saw {seen}",
            hint="nothing was loaded; check the quotes of the file",
        )

    def _rejects(
        self, file: LocalFile, refused: Sequence[BadRecord], misfits: Sequence[tuple[Any, ...]]
    ) -> list[Reject]:
        if not refused and not misfits:
            return []
        source, path = self._step.entity, file.remote.path
        by_place = {item.line: item for item in refused}
        by_row = {int(row_no): (column, reason) for row_no, column, reason in misfits}
        found = []
        row = 0
        for record in scan(file.path, self._format, columns=self._declared_width):
            bad = by_place.pop(record.place, None)
            if bad is not None:
                column, reason, row_no = bad.column or None, bad.reason, None
            else:
                row += 1
                if row not in by_row:
                    continue
                column, reason = by_row.pop(row)
                row_no = self._rows_before + row
            found.append(Reject(source, path, record.line, row_no, column, reason, record.text))
        # What the scan cannot place is kept all the same, as the database told it.
        found.extend(
            Reject(source, path, item.line, None, item.column or None, item.reason, item.text)
            for item in by_place.values()
        )
        if by_row:
            raise LandingError(f"{path}: {len(by_row)} rejected rows cannot be found in the file")
        return found


def check_limit(step: PlannedStep, facts: Mapping[str, Any], files: Sequence[StagedFile]) -> None:
    """Raise when more records were rejected than the source allows (S2).

    Raises:
        RejectsError: naming the source, the count and the limit.
    """
    rejected = sum(file.rejected for file in files)
    read = sum(file.read for file in files)
    limit = facts["max_rejects"] * (read if facts["max_rejects_share"] else 1)
    if rejected > limit:
        shown = f"{facts['max_rejects']:.2%}" if facts["max_rejects_share"] else f"{limit:.0f}"
        raise RejectsError(
            f"{step.entity}: {rejected} of {read} rows rejected, {shown} allowed; the vault is "
            "untouched",
            hint="dv-gen show rejects; mend the file and run again, or raise max_rejects in "
            f"{facts['location']}",
        )


def check_delivery(
    step: PlannedStep, facts: Mapping[str, Any], files: Sequence[StagedFile], *, log: RunLog
) -> None:
    """Raise when a full delivery has no row, warn when it is not whole (L9, L10).

    Raises:
        LandingError: for an empty delivery, unless the source accepts it.
    """
    if facts["delivery"] != "full":
        return
    rejected = sum(file.rejected for file in files)
    if rejected:
        # Nobody knows which keys the rejected rows have: they would seem to have vanished.
        what = (
            f"{step.entity}: {rejected} rows were rejected, so the delivery is not whole: "
            "what it lacks is not taken for vanished"
        )
        log.warning(what)
    elif not any(file.staged for file in files) and facts["empty_delivery"] != "accept":
        named = ", ".join(file.path for file in files)
        raise LandingError(
            f"{step.entity}: the full delivery has no row ({named}), which would end everything; "
            "the vault is untouched",
            hint="deliver the rows, or say empty_delivery: accept in " + facts["location"],
        )


def chunks(rejects: Sequence[Reject]) -> list[list[tuple[Any, ...]]]:
    """Return rejects as rows for the ledger, in portions that fit one statement."""
    rows = [reject.row() for reject in rejects]
    return [rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)]
