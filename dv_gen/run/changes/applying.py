"""The safe changes, which a run makes by itself before anything is staged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.errors import ChangedModelError
from dv_gen.run.changes.asking import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.engines.base import Session
    from dv_gen.run.changes.asking import Changes
    from dv_gen.run.changes.difference import Difference
    from dv_gen.run.log import RunLog


def refuse(changes: Changes, *, asks_first: bool) -> None:
    """Refuse to load while something differs that a run does not resolve by itself.

    Args:
        changes: what differs.
        asks_first: whether also what is safe is left to the user (``changes: ask``).

    Raises:
        ChangedModelError: with every difference and what there is to do about it.
    """
    if changes.stopping:
        head = "the vault is not what the metadata says; nothing was written"
        raise ChangedModelError(_listed(head, changes.stopping))
    wanted = [item for item in changes.safe if item.texts]
    if asks_first and wanted:
        head = "the model has changed and the target says 'changes: ask'; nothing was written"
        hint = "run the statements and run again, or leave 'changes: ask' away for one run"
        raise ChangedModelError(_listed(head, wanted), hint=hint)


def _listed(head: str, found: Iterable[Difference]) -> str:
    return "\n".join([head, *(str(item) for item in found)])


def make_changes(session: Session, changes: Changes, events: RunLog) -> None:
    """Make the safe changes, in the caller's transaction.

    Killed anywhere, it leaves what the next run compares anew: what was done is no difference, and
    what was not is done then.

    Args:
        session: a connection to the warehouse, held.
        changes: what differs; nothing of it stops a run.
        events: is told of every change.

    Raises:
        EngineError: when the database refuses a statement.
    """
    for item in changes.safe:
        done = "".join(f"; {text}" for text in item.texts)
        events.info(f"model change: {item.said}{done}")

    def work() -> None:
        for item in changes.safe:
            for text in item.texts:
                session.execute(text)

    if changes.touched:
        changes.views.change(session, changes.own_views, changes.altered, work)


def ask_for_names(changes: Changes, events: RunLog) -> None:
    """Ask whether an entity that is new is one that the metadata no longer names."""
    for old, new in renamed(changes):
        events.warning(
            f"{new.place}: {new.shown} is new, and {old.shown}, a {old.kind} too, is no longer in "
            f"the metadata: is it renamed? Then name it {old.name} again, and load what came "
            f"since: dv-gen run --reload --select {old.name}"
        )
