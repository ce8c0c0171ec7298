"""What the checks (R8) say of a warehouse that the reference model has found to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.run.checking import ask

if TYPE_CHECKING:
    from tests.conformance.projects import Project


def found(project: Project, *, probing: bool = False) -> set[tuple[str, str]]:
    """Entity and name of every check that finds something, of the batch and of the vault."""
    session = project.warehouse.session
    steps = [step for step in project.compiled.steps if step.phase in ("check", "test")]
    return {
        (finding.entity, finding.check)
        for step in steps
        for finding in ask(session, step, probing=probing)
    }
