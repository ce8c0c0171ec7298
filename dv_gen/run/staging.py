"""Staging a source: every record of its files ends in the stage table or in the rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import BulkFile
from dv_gen.errors import DvGenError, LandingError
from dv_gen.landing import (
    count_exactly,
    inspect,
    match_header,
    mixed_newline,
    scan,
    shown_names,
)
from dv_gen.run.recordable import record_source
from dv_gen.run.staged_file import Reject, StagedFile, csv_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dv_gen.engines.base import BadRecord, Session
    from dv_gen.landing import FileShape, HeaderMatch, LocalFile
    from dv_gen.run.later_columns import LaterColumns
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep


class Stager:
    """Stages the files of one source on one session, inside the caller's transaction.

    Args:
        session: the connection.
        step: the source's rendered stage step.
        facts: the manifest's facts about the source.
        load_dt: the batch's load date (UTC).
        log: where drift is told.
        later: tells of columns that came later than a file.

    Attributes:
        load_dt: the load date of the next file's rows.
    """

    def __init__(
        self,
        session: Session,
        step: PlannedStep,
        facts: Mapping[str, Any],
        *,
        load_dt: datetime,
        log: RunLog,
        later: LaterColumns | None = None,
    ) -> None:
        self._session = session
        self._step = step
        self._facts = facts
        self.load_dt = load_dt
        self._log = log
        self._later = later
        self._format = csv_format(facts)
        self._rows_before = 0
        self._raw_is_plain = False
        # With a header the file itself says how wide it is.
        self._declared_width = None if self._format.header else len(facts["columns"])

    def empty(self) -> None:
        """Make the stage table anew (S6)."""
        for name in ("drop", "create", "drop_repeats", "create_repeats"):
            self._execute(name)

    def finish(self) -> None:
        """Find the rows that share their key, once every file is staged."""
        for text in self._later.warnings() if self._later else ():
            self._log.warning(text)
        if self._rows_before:
            if self._step.has("analyze"):
                self._execute("analyze")
            self._execute("find_repeats")

    def deliveries(self) -> list[tuple[Any, ...]]:
        """Return the load dates of a full source's rows, each with their record source if one."""
        return self._query("deliveries")

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
        self._make_raw(columns)
        bulk = BulkFile(
            path=file.path,
            columns=columns,
            new_line=shape.newline,
            csv=self._format,
            nulls=tuple(self._facts["csv"]["nulls"]),
            width=self._declared_width,
            declared=tuple(dict(self._facts["columns"])),
        )
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
        staged, misfits, filtered = self._load(file, accepted)
        rejects = self._rejects(file, refused, misfits)
        numbers = accepted + sum(bad.numbered for bad in refused)
        read_rows = accepted + len(refused)
        return self._counted(
            file, read=read_rows, staged=staged, filtered=filtered, rejects=rejects, numbers=numbers
        )

    def _make_raw(self, columns: Sequence[str]) -> None:
        """Give the file an empty table for its texts, which may be that of the file before."""
        if self._raw_is_plain and self._step.has("empty_raw"):
            self._execute("empty_raw")
        else:
            self._execute("drop_raw")
            self._execute("create_raw")
        # A reader may add columns that are not declared, for this one file.
        declared = {name for name, _ in self._facts["columns"]}
        self._raw_is_plain = declared.issuperset(columns)

    def _load(self, file: LocalFile, accepted: int) -> tuple[int, list[tuple[Any, ...]], int]:
        """Stage what was read; return how many rows, those that do not fit, and those left out."""
        load_src = record_source(self._facts, file.remote)
        staged = self._execute(
            "load",
            load_dt=self.load_dt,
            load_src=load_src,
            rows_before=self._rows_before,
        )
        misfits: list[tuple[Any, ...]] = []
        filtered = 0
        if staged != accepted:
            misfits = self._query("rejects")
            if self._step.has("filtered"):
                filtered = int(self._query("filtered")[0][0])
        if staged + len(misfits) + filtered != accepted:
            raise LandingError(
                f"{file.remote.shown}: {accepted} records were read, but {staged} were staged, "
                f"{len(misfits)} rejected and {filtered} left out",
                hint="nothing was loaded; this is an error of dv-gen, please report it",
            )
        if filtered:
            self._log.info(
                f"{self._step.entity}: {filtered} of {accepted} rows of {file.remote.shown_path} "
                "left out by where"
            )
        return staged, misfits, filtered

    def _counted(
        self,
        file: LocalFile,
        *,
        read: int,
        staged: int,
        filtered: int,
        rejects: list[Reject],
        numbers: int,
    ) -> tuple[StagedFile, list[Reject]]:
        """Return what became of a file; ``numbers`` is how many row numbers it has taken."""
        first, last = self._load_dates(self._rows_before)
        self._rows_before += numbers
        counts = StagedFile(
            path=file.remote.path,
            sha256=file.sha256,
            read=read,
            staged=staged,
            rejected=len(rejects),
            filtered=filtered,
            first_load_dt=first,
            last_load_dt=last,
        )
        return counts, rejects

    def _query(self, name: str) -> list[tuple[Any, ...]]:
        statement = self._step.statement(name)
        try:
            return self._session.query(statement.sql)
        except DvGenError as error:
            error.location = error.location or statement.location
            raise

    def _load_dates(self, rows_before: int) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last load date of the rows behind the first so many."""
        if not self._facts["load_dt"]:
            return self.load_dt, self.load_dt
        statement = self._step.statement("load_dates")
        first, last = self._session.query(statement.sql, {"rows_before": rows_before})[0]
        return first, last

    def _execute(self, name: str, **values: Any) -> int:  # noqa: ANN401 - bound parameters
        statement = self._step.statement(name)
        wanted = {key: values[key] for key in statement.parameters}
        try:
            return self._session.execute(statement.sql, wanted)
        except DvGenError as error:
            error.location = error.location or statement.location
            raise

    def _columns(self, file: LocalFile, shape: FileShape) -> tuple[str, ...]:
        declared = dict(self._facts["columns"])
        if not self._format.header or shape.header is None:
            return tuple(declared)
        match = self._match(file, shape.header, declared)
        if match.extra and self._facts["drift"] != "ignore":
            names = shown_names([name.strip() or "one without a name" for name in match.extra])
            what = f"{file.remote.shown} has columns that are not declared: {names}"
            if self._facts["drift"] == "fail":
                hint = f"declare them in {self._facts['location']}, or say drift: warn or ignore"
                raise LandingError(what, hint=hint)
            self._log.warning(what)
        # A name that no declared column can have, for what is left out.
        return tuple(
            name or f"extra column {position}" for position, name in enumerate(match.columns, 1)
        )

    def _match(
        self, file: LocalFile, header: Sequence[str], declared: Mapping[str, str]
    ) -> HeaderMatch:
        try:
            return match_header(header, declared, optional=self._facts["optional"])
        except LandingError as error:
            match = self._later.match(file, header) if self._later else None
            if match is not None:
                return match
            hint = f"{error.hint}; the source is at {self._facts['location']}"
            if self._may_be_optional(header, declared):
                hint += "; a column that files may lack says optional: true"
            raise LandingError(f"{file.remote.shown}: {error.message}", hint=hint) from error

    def _may_be_optional(self, header: Sequence[str], declared: Mapping[str, str]) -> bool:
        """Tell whether ``optional`` would do: nothing else is wrong, and no name is misspelt."""
        can_lack = [*self._facts["optional"], *self._facts["later"]]
        try:
            return not match_header(header, declared, optional=can_lack).extra
        except LandingError:
            return False

    def _check_shape(self, file: LocalFile, shape: FileShape) -> None:
        if self._format.header and shape.header is None:
            raise LandingError(
                f"{file.remote.shown} is empty: not even a header",
                hint="a delivery without rows has its header alone",
            )
        if shape.open_quote is not None:
            raise LandingError(
                f"{file.remote.shown}: a quote opens on line {shape.open_quote} and never closes, "
                "so that the rest of the file would be taken for one value",
                hint="mend the file, or declare another quote: csv: {quote: ''}",
            )
        if shape.mixed_newlines:
            line = mixed_newline(file.path, self._format)
            raise LandingError(
                f"{file.remote.shown}: line {line} ends in another way than the lines before it",
                hint="write the file with one kind of line end",
            )

    def _account(self, file: LocalFile, shape: FileShape, seen: int) -> None:
        if seen == shape.records:
            return
        exact = count_exactly(file.path, self._format, columns=self._declared_width)
        if seen == exact:
            return
        raise LandingError(
            f"{file.remote.shown} holds {exact} records, but the database saw {seen}",
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
                if bad.numbered:
                    row += 1
                    row_no = self._rows_before + row
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
            raise LandingError(
                f"{file.remote.shown}: {len(by_row)} rejected rows cannot be found in the file"
            )
        return found
