"""What a run did: the closing table and run_results.json."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dv_gen import __version__
from dv_gen.errors import (
    EXIT_DIFFERENCE,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    DvGenError,
)
from dv_gen.filesystem import new_file
from dv_gen.texttable import json_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dv_gen.run.checking import Finding
    from dv_gen.run.findings import RecordedFinding
    from dv_gen.run.plan import PlannedStep
    from dv_gen.run.records import Batch, StepOutcome

RUN_RESULTS = "run_results.json"
INTERRUPTED = "interrupted"
_UNDONE = ("failed", "skipped")


@dataclass(frozen=True)
class BatchResult:
    """One batch and how its steps ended.

    ``status`` is ``done``, ``failed``, ``stopped`` or ``interrupted``.
    """

    batch: Batch
    status: str
    outcomes: tuple[tuple[PlannedStep, StepOutcome], ...]

    @property
    def rejected(self) -> int:
        """How many rows went to the rejects; a row that two entities refuse is there twice."""
        return sum(outcome.rows_rejected for _, outcome in self.outcomes)

    @property
    def unpublished(self) -> tuple[str, ...]:
        """What could not be done though the vault was loaded: marts, views, and what reads them."""
        names = (step.entity for step, outcome in self.outcomes if outcome.status in _UNDONE)
        return tuple(dict.fromkeys(names))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the checks have found."""
        return tuple(found for _, outcome in self.outcomes for found in outcome.findings)


@dataclass
class RunResult:
    """One run: its batches in order; none when there was nothing new.

    ``failures`` is what was wrong with the deliveries besides the batches: files that cannot be
    loaded, and what had to come and did not (R9).
    """

    run_id: str
    target: str
    started_at: datetime
    ended_at: datetime | None = None
    batches: list[BatchResult] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    error: str = ""
    open_findings: list[RecordedFinding] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when all is done, 130 after an interrupt, 3 when a check found something, else 1.

        What it found in an earlier run counts until it is settled.
        """
        if any(batch.status == INTERRUPTED for batch in self.batches):
            return EXIT_INTERRUPTED
        held_up = any(batch.status != "done" or batch.unpublished for batch in self.batches)
        if self.error or self.failures or held_up:
            return EXIT_FAILED
        found = self.open_findings or any(batch.findings for batch in self.batches)
        return EXIT_DIFFERENCE if found else EXIT_DONE

    def as_json(self) -> dict[str, Any]:
        """Return the run as plain JSON values; times in UTC, durations in seconds."""
        return {
            "run": self.run_id,
            "dv_gen": __version__,
            "target": self.target,
            "started_at": _time(self.started_at),
            "ended_at": _time(self.ended_at),
            "exit_code": self.exit_code,
            "error": self.error or None,
            "failures": self.failures,
            "open_findings": [item.as_json() for item in self.open_findings],
            "batches": [_batch(batch) for batch in self.batches],
        }

    def write(self, folder: Path) -> None:
        """Write run_results.json into ``generated/<target>/``, whole or not at all.

        Raises:
            DvGenError: when the folder takes no file.
        """
        text = json_text(self.as_json(), indent=1) + "\n"
        path = folder / RUN_RESULTS
        part = folder / f"{RUN_RESULTS}.part"
        try:
            # It shows rows in which checks have found something: it is for its owner alone.
            with os.fdopen(new_file(part, 0o600), "w", encoding="utf-8") as handle:
                handle.write(text)
            part.replace(path)
        except OSError as error:
            raise DvGenError(
                f"{path} cannot be written: {error.strerror}",
                hint="it is not of this run; what was loaded stands in the ledger",
            ) from None


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat("T", "microseconds") + "Z" if moment else None


def _batch(result: BatchResult) -> dict[str, Any]:
    return {
        "batch": result.batch.id,
        "load_dt": _time(result.batch.load_dt),
        "status": result.status,
        "files": [
            {"source": file.source, "path": file.path, "etag": file.etag, "size_bytes": file.size}
            for file in result.batch.files
        ],
        "steps": [
            {
                "step": step.id,
                "kind": step.kind,
                "entity": step.entity,
                "file": step.file,
                "status": outcome.status,
                "rows_staged": outcome.rows_staged,
                "rows_inserted": outcome.rows_inserted,
                "rows_rejected": outcome.rows_rejected,
                "rows_filtered": outcome.rows_filtered,
                "started_at": _time(outcome.started_at),
                "seconds": round(outcome.seconds, 6),
                "error": outcome.error or None,
                "findings": [finding_json(found) for found in outcome.findings],
            }
            for step, outcome in result.outcomes
        ],
    }


def finding_json(found: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON values; what is no text or number is written as text."""
    return {
        "check": found.check,
        "entity": found.entity,
        "rows": found.rows,
        "file": found.place.file,
        "line": found.place.line,
        "columns": list(found.columns),
        "sample": found.texts(),
    }


_HEADINGS = ("entity", "kind", "staged", "inserted", "rejected", "seconds", "status")


def closing_table(result: BatchResult) -> str:
    """Return the closing table of a batch: a line an entity, numbers right-aligned.

    Checks have a line where they are not done.
    """
    rows = [
        (
            step.entity,
            step.kind,
            f"{outcome.rows_staged:,}",
            "" if step.kind == "stage" else f"{outcome.rows_inserted:,}",
            f"{outcome.rows_rejected:,}",
            f"{outcome.seconds:.2f}",
            outcome.status,
        )
        for step, outcome in result.outcomes
        if step.kind != "view" and not (step.phase == "check" and outcome.status == "done")
    ]
    widths = [max(len(row[at]) for row in (_HEADINGS, *rows)) for at in range(len(_HEADINGS))]
    lines = [_line(_HEADINGS, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in rows]
    return "\n".join(lines)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.rjust(width) if 2 <= at <= 5 else cell.ljust(width)  # noqa: PLR2004 - the numbers' columns
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
