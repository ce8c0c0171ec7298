"""What the doctor finds: one line a check, each with what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dv_gen import __version__
from dv_gen.errors import EXIT_DONE, EXIT_FAILED
from dv_gen.texttable import aligned, json_text, visible

OK = "ok"
WARNING = "warning"
FAILED = "failed"
SKIPPED = "skipped"
_WIDTH = 110


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: what was checked.
        status: ``ok``, ``warning``, ``failed``, or ``skipped`` where it could not be asked.
        said: what was found.
        todo: what to do about it, or an empty string.
    """

    name: str
    status: str
    said: str
    todo: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that was found about a target, in the order of the checks."""

    target: str
    type: str
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """1 when a check failed, else 0: a warning stops nobody."""
        return EXIT_FAILED if self.count(FAILED) else EXIT_DONE

    def count(self, status: str) -> int:
        """Return how many checks ended with that status."""
        return sum(item.status == status for item in self.findings)

    def as_text(self) -> str:
        """Return a table for people: what to do stands below the check that asks for it."""
        rows = []
        for item in self.findings:
            first, *more = item.said.splitlines() or [""]
            rows.append([item.name, item.status, visible(first)])
            rows += [["", "", visible(line.strip())] for line in more]
            if item.todo:
                rows.append(["", "", f"-> {visible(item.todo)}"])
        counts = [
            f"{self.count(status)} {status}"
            for status in (OK, WARNING, FAILED, SKIPPED)
            if status == OK or self.count(status)
        ]
        table = aligned(["check", "status", "found"], rows, width=_WIDTH)
        return f"target {self.target} ({self.type})\n{table}\n{', '.join(counts)}\n"

    def as_json(self) -> str:
        """Return the same for machines."""
        report: dict[str, Any] = {
            "dv_gen": __version__,
            "target": self.target,
            "type": self.type,
            "exit_code": self.exit_code,
            "checks": [asdict(item) for item in self.findings],
        }
        return json_text(report, indent=1) + "\n"
