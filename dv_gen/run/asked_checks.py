"""What a test asked and found, held against what the ledger knows of earlier findings (P7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dv_gen.errors import EXIT_DIFFERENCE, EXIT_DONE, EXIT_FAILED
from dv_gen.run.checking import SPARING
from dv_gen.run.findings import PASSED

if TYPE_CHECKING:
    from dv_gen.engines.base import Session
    from dv_gen.run.checking import Finding
    from dv_gen.run.findings import FindingLedger, RecordedFinding
    from dv_gen.run.plan import PlannedStep


@dataclass
class TestResult:
    """What was asked and found.

    Attributes:
        checks: how many checks were asked.
        entities: of how many entities.
        findings: what they have found.
        errors: checks that could not be asked, each with the reason.
        messages: what was left out, and why.
        accepted: what was found and somebody has taken on.
        still_open: what was found before and could not be asked about.
        unrecorded: why the ledger does not know of this test, or an empty string.
    """

    checks: int = 0
    entities: int = 0
    findings: list[Finding] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)
    still_open: list[RecordedFinding] = field(default_factory=list)
    unrecorded: str = ""

    __test__ = False

    @property
    def exit_code(self) -> int:
        """0 when nothing was found, 3 when something was, 1 when something could not be asked."""
        if self.errors:
            return EXIT_FAILED
        if self.findings or self.still_open:
            return EXIT_DIFFERENCE
        return EXIT_FAILED if self.unrecorded else EXIT_DONE

    @property
    def summary(self) -> str:
        """One line for the end."""
        ending = f"{len(self.findings)} found a difference" if self.findings else "no difference"
        ending += f", {len(self.accepted)} accepted" if self.accepted else ""
        ending += f", {len(self.still_open)} open from before" if self.still_open else ""
        failed = f", {len(self.errors)} entities could not be checked" if self.errors else ""
        return f"{self.checks} checks of {self.entities} entities: {ending}{failed}"


@dataclass
class AskedChecks:
    """What a test asked, held against what the ledger knows.

    Attributes:
        result: what is told of it.
        batch: the batch that the stage holds.
        unsettled: what was found before, and no check has passed since.
        found: what each check found, by the batch whose staged rows it looked at, if it did.
        passed: the checks that found nothing, likewise.
    """

    result: TestResult
    batch: str
    unsettled: list[RecordedFinding]
    found: dict[str, list[Finding]] = field(default_factory=dict)
    passed: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, step: PlannedStep, findings: list[Finding]) -> None:
        """Add what the checks of a step have found."""
        batch = self.batch if step.phase == "check" else ""
        self.found.setdefault(batch, []).extend(findings)
        failed = {item.check for item in findings}
        self.passed |= {
            (batch, step.entity, statement.name)
            for statement in step.statements
            if statement.name not in SPARING and statement.name not in failed
        }

    def settled(self) -> list[RecordedFinding]:
        """Return what is no more: its check has passed, of the whole table or of the same rows.

        Not where the same check of the entity has found something in another way.
        """
        again = {(item.entity, item.check) for found in self.found.values() for item in found}
        return [
            item
            for item in self.unsettled
            if (item.entity, item.check) not in again
            if ("", item.entity, item.check) in self.passed
            or (
                item.batch
                and not item.period
                and (item.batch, item.entity, item.check) in self.passed
            )
        ]

    def compare(self) -> None:
        """Tell what is accepted from what is not, and name what could not be asked about."""
        settled = {item.id for item in self.settled()}
        for batch, found in self.found.items():
            for item in found:
                known = self._known(item, batch)
                accepted = known is not None and known.accepted
                (self.result.accepted if accepted else self.result.findings).append(item)
        again = {(item.entity, item.check) for item in self.result.findings}
        self.result.still_open = [
            item
            for item in self.unsettled
            if not item.accepted and item.id not in settled
            if (item.entity, item.check) not in again
        ]

    def _known(self, found: Finding, batch: str) -> RecordedFinding | None:
        return next((item for item in self.unsettled if item.is_of(found, batch)), None)

    def is_news(self) -> bool:
        """Tell whether the ledger has to learn of it."""
        return bool(self.settled()) or any(
            self._known(item, batch) is None
            for batch, found in self.found.items()
            for item in found
        )

    def keep(self, session: Session, ledger: FindingLedger) -> None:
        """Write it, in one transaction."""
        session.begin()
        for batch, found in self.found.items():
            ledger.record(session, found, batch)
        ledger.settle(session, self.settled(), PASSED)
        session.commit()
        session.close()
