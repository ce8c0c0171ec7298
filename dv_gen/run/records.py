"""What the ledger tells of batches, their files and their steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dv_gen.run.checking import Finding


@dataclass(frozen=True)
class PlannedFile:
    """A file of a batch: which source it feeds, its place in order and its identity.

    ``load_dt`` is the load date of its rows where it is another than the batch's: a file that is
    loaded again is the delivery that it was.
    """

    source: str
    file_no: int
    root: str
    path: str
    etag: str
    size: int
    load_dt: datetime | None = None

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What makes it the same file as an earlier one (R3)."""
        return (self.source, self.path, self.etag, self.size)


@dataclass(frozen=True)
class Delivery:
    """A load date that a source has delivered rows of, and whether all of them fitted.

    ``load_src`` is None where the rows have several record sources, or there is no row.
    """

    source: str
    load_dt: datetime
    load_src: str | None
    is_whole: bool


@dataclass(frozen=True)
class Batch:
    """One batch: its load date (UTC), its plan, and the steps that are done already.

    ``allow_late`` and ``by`` are for sources that bring load dates of their own: whether these may
    be late, and the unit of the periods that are loaded one after the other, if there is one.
    ``staged`` is how many rows of each source an earlier run of the batch has staged. ``ended``
    says that it is closed, and that only its marts and views are made again. What was done until
    ``since`` was done with other SQL, and counts for nothing.
    """

    id: str
    load_dt: datetime
    model: str
    files: tuple[PlannedFile, ...]
    steps: tuple[str, ...]
    done: frozenset[str] = frozenset()
    allow_late: bool = False
    by: str = ""
    staged: Mapping[str, int] = field(default_factory=dict)
    ended: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class NewestBatch:
    """The batch that the stage holds: how it has ended, and which of its steps were done."""

    id: str
    model: str
    status: str
    steps: frozenset[str]


@dataclass(frozen=True)
class StepOutcome:
    """How a step ended; times in UTC; ``findings`` are what its checks have found."""

    step: str
    status: str
    rows_staged: int
    rows_inserted: int
    rows_rejected: int
    started_at: datetime
    ended_at: datetime
    error: str = ""
    rows_filtered: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it took, in seconds."""
        return (self.ended_at - self.started_at).total_seconds()
