"""What ``dv-gen accept`` does: a finding is taken on by name and reason, and how to go on (P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.engines import open_engine
from dv_gen.errors import EngineError, UsageError
from dv_gen.metadata.names import listed, nearest
from dv_gen.metadata.project_file import expand, load_project
from dv_gen.render.generated import choose_target
from dv_gen.run.findings import ACCEPTED, FindingLedger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dv_gen.run.findings import RecordedFinding
    from dv_gen.run.plan import Compiled
    from dv_gen.run.records import NewestBatch

# Findings that are named before it says how many more there are.
_SHOWN = 20
_LONGEST = 4000


def accept(folder: Path, target: str | None, run_id: str, name: str = "", reason: str = "") -> str:
    """Take on what a check has found; return what was done, or what is open when nothing is named.

    Args:
        folder: the project's folder.
        target: the target's name, None for the project's own.
        run_id: who asks.
        name: the entity and the check, ``s_users:reconciliation``.
        reason: why it may stay as it is; the ledger keeps it.

    Raises:
        UsageError: when nothing of that name is open, or there is no reason.
        LockedError: when a run holds the warehouse.
        EngineError: when the database cannot be reached, or has no findings yet.
    """
    reason = reason.strip()
    if name and not reason:
        raise UsageError(
            f"why may {name} stay as it is?",
            hint=f'the ledger keeps it: dv-gen accept {name} --reason "..."',
        )
    if reason and not name:
        raise UsageError("--reason of what?", hint="dv-gen accept lists what is open")
    if len(reason) > _LONGEST:
        raise UsageError(f"the reason has {len(reason)} characters, {_LONGEST} are kept at most")
    project = load_project(folder)
    chosen = choose_target(project, target)
    meta = project.schemas.meta
    engine = open_engine(chosen.type, expand(chosen), folder, meta=meta)
    engine.connect(run_id, read_only=not name)
    try:
        if (meta, "open_finding") not in engine.columns([meta]):
            raise EngineError(
                "the ledger is not there, or an older one", hint="dv-gen run makes it"
            )
        session = engine.session()
        ledger = FindingLedger(meta)
        found = ledger.open(session)
        if not name:
            return _listing(found)
        wanted = [
            item for item in ledger.unsettled(session) if item.name == name and not item.accepted
        ]
        if not wanted:
            raise UsageError(f"no check '{name}' has an open finding", hint=_meant(name, found))
        session.begin()
        ledger.settle(session, wanted, ACCEPTED, reason)
        session.commit()
    finally:
        engine.close()
    return "\n".join(f"accepted: {item}" for item in found if item.name == name)


def _meant(name: str, found: Sequence[RecordedFinding]) -> str:
    names = list(dict.fromkeys(item.name for item in found))
    meant = nearest(name, names)
    if meant:
        return f"did you mean {meant}?"
    return f"open are {listed(names)}" if names else "nothing is open"


def _listing(found: Sequence[RecordedFinding]) -> str:
    if not found:
        return "nothing is open"
    name = found[0].name
    lines = [str(item) for item in found]
    lines.append(f'take one on: dv-gen accept {name} --reason "..."')
    return "\n".join(lines)


def ways_on(
    found: Sequence[RecordedFinding], newest: NewestBatch | None, compiled: Compiled
) -> Iterable[str]:
    """Yield what is open, each with what can be done about it.

    Args:
        found: the open findings.
        newest: the batch that the stage holds.
        compiled: the rendered target.
    """
    for item in found[:_SHOWN]:
        accept_it = f'dv-gen accept {item.name} --reason "..." takes it on'
        if can_be_asked(item, newest, compiled):
            todo = f"dv-gen test --select {item.entity} asks again; {accept_it}"
        else:
            todo = f"no check can ask again about these rows; {accept_it}"
        yield f"open finding {item}\n  {todo}"
    if len(found) > _SHOWN:
        yield f"{len(found) - _SHOWN:,} more findings are open: dv-gen accept lists them"


def can_be_asked(item: RecordedFinding, newest: NewestBatch | None, compiled: Compiled) -> bool:
    """Tell whether ``dv-gen test`` can show that what was found is no more.

    A check of the whole table can. One of staged rows can as long as the stage holds them.
    """
    for step in compiled.steps:
        if step.entity != item.entity or not step.has(item.check):
            continue
        if step.phase == "test" or (step.phase == "check" and holds(item, newest, compiled)):
            return True
    return False


def holds(item: RecordedFinding, newest: NewestBatch | None, compiled: Compiled) -> bool:
    """Tell whether the stage holds the rows in which something was found."""
    return (
        newest is not None
        and newest.id == item.batch
        and newest.status == "done"
        and newest.model == compiled.manifest["model"]
        and not item.period
    )
