"""Making every table and view of a vault, and loading nothing (run --create-only)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.dialects.base import quoted_table
from dv_gen.engines.statements import SqlText
from dv_gen.errors import EngineError
from dv_gen.run.changes.views import Views
from dv_gen.run.preparing import outdated, prepare_warehouse

if TYPE_CHECKING:
    from dv_gen.engines.base import Engine, Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.preparing import Preparation


def create_all(
    engine: Engine,
    session: Session,
    compiled: Compiled,
    ledger: Ledger,
    steps: list[PlannedStep],
    preparation: Preparation,
) -> list[str]:
    """Make the schemas, tables and views that are missing, all of them empty.

    Args:
        engine: the database, held.
        session: a connection to it.
        compiled: the rendered target.
        ledger: the ledger; it is told what the tables are built from, and nothing else.
        steps: all steps, in an order in which they could run.
        preparation: how tables are made and changed.

    Returns:
        The quoted names of what was made.

    Raises:
        ChangedModelError: when the metadata says something that the vault cannot become by itself.
        EngineError: when the database refuses a statement.
        UsageError: when the vault was loaded with another hash rule (H6).
    """
    schemas = list(dict.fromkeys(compiled.manifest["schemas"].values()))
    before = {quoted_table(*table) for table in engine.columns(schemas)}
    prepare_warehouse(engine, session, compiled, ledger, preparation)
    views = Views(compiled)
    present = engine.columns(schemas)
    known = {quoted_table(*table) for table in present}
    stale = set() if ledger.open_batch(session) else outdated(compiled, present)
    for step in steps:
        if step.phase == "create":
            continue
        if step.phase == "publish":
            facts = compiled.manifest["tables"].get(step.entity)
            table = quoted_table(facts["schema"], step.entity) if facts else ""
            _publish(session, step, views, keep=table in known)
        else:
            _stage(session, step, known, stale)
    made = {quoted_table(*table) for table in engine.columns(schemas)} - before
    return sorted(made)


def _publish(session: Session, step: PlannedStep, views: Views, *, keep: bool) -> None:
    """Make views anew, and a mart that is not there yet; one that is there keeps its rows."""
    texts = [SqlText(statement.sql) for statement in step.statements]
    if keep and not all(text.is_view for text in texts):
        return
    # By a call of a function, on some engines.
    wanted = [
        place
        for place, text in enumerate(texts)
        if text.is_definition or step.statements[place].name == "publish"
    ]
    _run(session, step, wanted, views)


def _stage(session: Session, step: PlannedStep, known: set[str], stale: set[str]) -> None:
    """Make a source's transient tables; those that stand as other SQL has left them made anew."""
    texts = [SqlText(statement.sql) for statement in step.statements]
    wanted = {
        text.makes
        for text in texts
        if "." in text.makes and (text.makes not in known or text.makes in stale)
    }
    _run(
        session,
        step,
        [
            place
            for place, text in enumerate(texts)
            if text.makes in wanted or (text.word == "DROP" and wanted.intersection(text.tables))
        ],
    )


def _run(
    session: Session, step: PlannedStep, places: list[int], views: Views | None = None
) -> None:
    if not places:
        return
    session.begin()
    for place in places:
        statement = step.statements[place]
        text = SqlText(statement.sql)
        try:
            if text.is_view and views is not None:
                views.publish(session, text.body)
            else:
                session.execute(text.body if text.is_view else text.made_empty)
        except EngineError as error:
            error.location = error.location or statement.location
            session.rollback()
            raise
    session.commit()
