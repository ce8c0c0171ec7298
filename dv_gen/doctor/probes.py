"""Questions to the SQL engine whose answers are known, in groups of one line of the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, Finding
from dv_gen.doctor.visit import told
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dv_gen.doctor.visit import Visit

# Wrong answers that are told for a group.
_SHOWN = 5


@dataclass(frozen=True)
class Probe:
    """One question.

    Attributes:
        name: what it is about, as a phrase.
        template: the template of ``templates/doctor`` that asks it.
        answer: the text that has to come back, None for NULL.
        context: the template's variables.
    """

    name: str
    template: str
    answer: str | None
    context: Mapping[str, Any] = field(default_factory=dict)


def ask_all(visit: Visit, group: str, probes: Sequence[Probe], todo: str) -> Finding:
    """Ask every question of a group.

    Args:
        visit: an open connection.
        group: the group's name.
        probes: its questions.
        todo: what a wrong answer means.
    """
    if not probes:
        return Finding(group, SKIPPED, "the project's settings ask for none")
    wrong = []
    for probe in probes:
        try:
            answer = visit.ask(probe.template, **probe.context)
        except EngineError as error:
            if error.lost:
                raise
            wrong.append(f"{probe.name}: {told(error)}")
            if visit.session is not None:
                visit.session.rollback()
            continue
        if (answer if answer is None else str(answer)) != probe.answer:
            wrong.append(f"{probe.name}: {_shown(answer)} in place of {_shown(probe.answer)}")
    if not wrong:
        return Finding(group, OK, f"{len(probes)} answers, all as expected")
    more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
    head = f"{len(wrong)} of {len(probes)} answers are not what dv-gen relies upon"
    return Finding(group, FAILED, "\n".join([head, *wrong[:_SHOWN], *more]), todo)


def _shown(answer: object) -> str:
    return "NULL" if answer is None else repr(str(answer))
