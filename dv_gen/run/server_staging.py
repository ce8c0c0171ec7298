"""Staging files that the server reads from S3 by itself: nothing passes through this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from dv_gen.engines.base import RemoteReader
from dv_gen.errors import DvGenError, LandingError, UsageError
from dv_gen.landing import RemoteLanding, inspect
from dv_gen.model.row_numbers import BUCKETS
from dv_gen.run.staged_file import Reject, StagedFile
from dv_gen.run.staging import Stager

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from dv_gen.engines.base import Session
    from dv_gen.landing import FileShape, Landing, LocalFile, RemoteFile
    from dv_gen.run.later_columns import LaterColumns
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep

# What the server would take for a pattern in an address, and read other files too.
_PATTERN = re.compile(r"[*?\[\]{}]")
# Rows that are asked for at once.
_AT_ONCE = 1000


def reads_itself(step: PlannedStep) -> bool:
    """Tell whether a source was rendered for a server that reads its files by itself."""
    return step.has("number_given")


def remote(landing: Landing) -> RemoteLanding:
    """Return the landing place as one that the server can reach, too.

    Raises:
        UsageError: when it cannot.
    """
    if not isinstance(landing, RemoteLanding):
        raise UsageError(
            f"copy: server reads from S3, but the landing is {landing.root}",
            hint="landing: s3://bucket/prefix, or copy: client",
        )
    return landing


def address(file: RemoteFile) -> str:
    """Return the address by which the server reads a file: its key percent-encoded.

    Raises:
        LandingError: when the server would take the address for a pattern.
    """
    found = _PATTERN.search(file.uri)
    if found:
        raise LandingError(
            f"{file.shown}: the server would take '{found[0]}' in the name for a pattern",
            hint="deliver it by another name, or say copy: client",
        )
    return "s3://" + quote(file.uri.removeprefix("s3://"), safe="/")


class ServerStager(Stager):
    """Stages the files of one source, of which only the first lines are on this machine.

    Args:
        session: the connection.
        step: the source's rendered stage step.
        facts: the manifest's facts about the source.
        load_dt: the batch's load date (UTC).
        log: where drift is told.
        landing: tells whether a file is still the one that was listed.
        later: tells of columns that came later than a file.
    """

    def __init__(
        self,
        session: Session,
        step: PlannedStep,
        facts: Mapping[str, Any],
        *,
        load_dt: datetime,
        log: RunLog,
        landing: RemoteLanding,
        later: LaterColumns | None = None,
    ) -> None:
        super().__init__(session, step, facts, load_dt=load_dt, log=log, later=later)
        self._landing = landing

    def add(self, file: LocalFile) -> tuple[StagedFile, list[Reject]]:
        """Stage one file.

        Returns:
            The counts, which are the server's, and the records that did not fit.

        Raises:
            LandingError: when the header does not match, or the file has changed meanwhile.
            EngineError: when the database refuses a statement.
        """
        newline = self._check_head(file)
        for name in ("drop_raw", "create_raw", "drop_given", "create_given"):
            self._execute(name)
        accepted, refused = self._read(file, newline)
        self._landing.check_unchanged(file.remote)
        numbered = self._execute("number_given")
        if numbered != accepted:
            raise LandingError(
                f"{file.remote.shown}: {accepted} records were read, but {numbered} were numbered",
                hint="nothing was loaded; this is an error of dv-gen, please report it",
            )
        staged, misfits, filtered = self._load(file, accepted)
        source, path = self._step.entity, file.remote.path
        rejects = [
            Reject(source, path, bad.line, None, bad.column or None, bad.reason, bad.text)
            for bad in refused
        ]
        rejects += self._misfits(source, path, {int(row): rest for row, *rest in misfits})
        return self._counted(
            file,
            read=accepted + len(refused),
            staged=staged,
            filtered=filtered,
            rejects=rejects,
            # No bucket has more rows than there are.
            numbers=accepted * BUCKETS,
        )

    def _read(self, file: LocalFile, newline: str) -> tuple[int, list[Any]]:
        if not isinstance(self._session, RemoteReader):
            raise UsageError("this engine reads no files from S3", hint="copy: client")
        read = self._step.statement("read")
        if file.remote.path.lower().endswith(".gz") != (" GZIP" in read.sql):
            raise LandingError(
                f"{file.remote.shown}: the server is told by the source's file name whether to "
                "decompress it",
                hint=f"let {self._facts['file']} end with .gz for files that do, and for no others",
            )
        try:
            given = {"file": address(file.remote), "record_terminator": newline}
            return self._session.read_remote(read.sql, given)
        except DvGenError as error:
            error.location = error.location or read.location
            raise

    def _misfits(self, source: str, path: str, bad: Mapping[int, list[Any]]) -> Iterator[Reject]:
        rows = sorted(bad)
        statement = self._step.statement("records")
        for start in range(0, len(rows), _AT_ONCE):
            asked = tuple(rows[start : start + _AT_ONCE])
            for row, record in self._session.query(statement.sql, {"rows": asked}):
                column, reason = bad[int(row)]
                number = self._rows_before + int(row)
                yield Reject(source, path, None, number, column, reason, record)

    def _check_head(self, file: LocalFile) -> str:
        """Look at the first lines: what the server would take for something else is refused.

        Returns:
            How the first record ends, which the server is told: its manual's pages differ on what
            the parser takes for the end of a record by itself.
        """
        shape: FileShape = inspect(file.path, self._format, columns=self._declared_width)
        if shape.bom:
            raise LandingError(
                f"{file.remote.shown} begins with a byte order mark, which the server would take "
                "for a part of the first name",
                hint="write the file without it, or say copy: client",
            )
        if shape.newline == "\r" or shape.mixed_newlines:
            raise LandingError(
                f"{file.remote.shown}: its lines do not all end in the same way, by LF or CR LF",
                hint="write them so, or say copy: client",
            )
        if not self._format.header:
            return shape.newline
        if shape.header is None:
            raise LandingError(
                f"{file.remote.shown} is empty: not even a header",
                hint="a delivery without rows has its header alone",
            )
        self._columns(file, shape)
        known = {name.strip().casefold() for _, name in self._facts["columns"]}
        blank = [
            name
            for name in shape.header
            if name != name.strip() and name.strip().casefold() in known
        ]
        if blank:
            raise LandingError(
                f"{file.remote.shown}: the server does not find the column '{blank[0]}', which has "
                "blanks around its name",
                hint="write the header without them, or say copy: client",
            )
        return shape.newline
