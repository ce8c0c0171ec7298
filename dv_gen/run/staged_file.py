"""What became of the records of a source's files: staged, rejected, or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError, RejectsError
from dv_gen.landing import CsvFormat
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import PlannedStep

_CHUNK = 10_000


@dataclass(frozen=True)
class Reject:
    """A record that was not staged: which, where in the file, why, and as it stands there."""

    source: str
    file: str
    line: int | None
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
    """What became of a file's records; ``read`` is our own count of them.

    The first and the last load date are None where no row was staged.
    """

    path: str
    sha256: str
    read: int
    staged: int
    rejected: int
    filtered: int = 0
    first_load_dt: datetime | None = None
    last_load_dt: datetime | None = None

    def row(self, source: str) -> dict[str, Any]:
        """Return it as the ledger stores it."""
        return {
            "source": source,
            "path": self.path,
            "sha256": self.sha256,
            "rows_read": self.read,
            "rows_staged": self.staged,
            "rows_rejected": self.rejected,
            "rows_filtered": self.filtered,
            "last_load_dt": self.last_load_dt,
        }


def csv_format(facts: Mapping[str, Any]) -> CsvFormat:
    """Return how a source's files are written, from the manifest's facts about it."""
    csv = facts["csv"]
    return CsvFormat(csv["delimiter"], csv["quote"], csv["escape"], header=csv["header"])


def check_limit(
    step: PlannedStep,
    facts: Mapping[str, Any],
    files: Sequence[StagedFile],
    rejects: Sequence[Reject],
) -> None:
    """Raise when more records were rejected than the source allows (S2).

    Args:
        step: the source's step.
        facts: what the manifest says of the source.
        files: what was staged of each file.
        rejects: the records, whose reasons may tell what to do.

    Raises:
        RejectsError: naming the source, the count and the limit.
    """
    rejected = sum(file.rejected for file in files)
    read = sum(file.read for file in files)
    limit = facts["max_rejects"] * (read if facts["max_rejects_share"] else 1)
    if rejected > limit:
        shown = f"{facts['max_rejects']:.2%}" if facts["max_rejects_share"] else f"{limit:.0f}"
        place = facts["location"]
        mend = "mend the file and run again"
        if any("utf-8" in reject.reason.lower() for reject in rejects):
            mend = f"say what the file is written in, csv: {{encoding: cp1252}} in {place}"
        raise RejectsError(
            f"{step.entity}: {rejected} of {read} rows rejected, {shown} allowed; the vault is "
            "untouched",
            hint=f"dv-gen show rejects; {mend}, or raise max_rejects in {place}",
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
        named = ", ".join(visible(file.path) for file in files)
        raise LandingError(
            f"{step.entity}: the full delivery has no row ({named}), which would end everything; "
            "the vault is untouched",
            hint="deliver the rows, or say empty_delivery: accept in " + facts["location"],
        )


def chunks(rejects: Sequence[Reject]) -> list[list[tuple[Any, ...]]]:
    """Return rejects as rows for the ledger, in portions that fit one statement."""
    rows = [reject.row() for reject in rejects]
    return [rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)]
