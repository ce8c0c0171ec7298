"""Whether the vault is what the metadata says: the question that a run asks first (P2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, SKIPPED, WARNING, Finding
from dv_gen.run.changes.asking import ask_changes, look_at, renamed
from dv_gen.run.changes.statements import render_change
from dv_gen.run.command import RunRequest, in_memory
from dv_gen.run.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit
    from dv_gen.run.changes.difference import Change

_NAME = "changes of the model"


def check_changes(visit: Visit) -> Iterable[Finding]:
    """Compare metadata, tables and ledger, and name the tables that the metadata has forgotten."""
    assert visit.session is not None  # noqa: S101 - there is no check without a connection
    if visit.model is None or not visit.tables:
        why = "there are no tables yet" if visit.model else "the metadata is wrong"
        yield Finding(_NAME, SKIPPED, why)
        return

    known = Ledger(visit.project.schemas.meta)
    if (visit.project.schemas.meta, "batch") in visit.tables:
        rules = known.hash_rules(visit.session)
        if rules and rules != [visit.project.hash.version]:
            yield Finding(_NAME, SKIPPED, "another hash rule makes other tables")
            return

    def render(change: Change) -> str:
        return render_change(visit.environment, change)

    # As the metadata is now, whatever is rendered.
    compiled = in_memory(RunRequest(visit.folder, visit.target.name, render_first=True))
    changes = ask_changes(visit.session, compiled, visit.tables, render)
    for item in changes.found:
        way = "\n".join([item.todo, *(f"{text};" for text in item.texts)]).strip()
        todo = way if item.stops else f"dv-gen run does it\n{way}".strip()
        yield Finding(_NAME, FAILED if item.stops else WARNING, f"{item.place}: {item.said}", todo)
    for old, new in renamed(changes):
        said = f"{new.shown} is new, and {old.shown} is no longer in the metadata"
        yield Finding(_NAME, WARNING, said, f"if it is renamed, leave its name {old.name}")
    for table in changes.orphans:
        found = look_at(visit.session, table, compiled.manifest["naming"]["load_dt"], render)
        yield Finding("orphans", WARNING, str(found))
    if not changes.found:
        yield Finding(_NAME, OK, "the tables are what the metadata says")
