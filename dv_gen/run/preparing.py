"""Before a batch: the tables that it needs, and whether they are the ones it expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen import dialects
from dv_gen.dialects.base import quoted_table
from dv_gen.errors import EngineError, UsageError
from dv_gen.run.changes.applying import ask_for_names, make_changes, refuse
from dv_gen.run.changes.asking import ask_changes
from dv_gen.run.changes.definitions import columns_of
from dv_gen.run.changes.recording import record_tables
from dv_gen.run.changes.types import Storage
from dv_gen.run.hash_rule import way_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.engines.base import Catalog, Engine, Session, StoredColumn
    from dv_gen.run.changes.asking import Changes
    from dv_gen.run.changes.statements import Renderer
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.log import RunLog
    from dv_gen.run.plan import Compiled, PlannedStatement, PlannedStep

# The statement of a create step that also a table needs which stands already.
GHOSTS = "ghosts"
# The statements of the step that makes the ledger which make no table or view of it.
NO_TABLE = ("schema", "function")


@dataclass(frozen=True)
class Preparation:
    """How a warehouse is prepared.

    Attributes:
        render: makes the texts of changes.
        log: is told of changes.
        rows: whether tables get the ghost rows that belong to them.
        asks_first: whether also safe changes are left to the user (``changes: ask``).
    """

    render: Renderer
    log: RunLog
    rows: bool = True
    asks_first: bool = False


def prepare_warehouse(
    engine: Engine,
    session: Session,
    compiled: Compiled,
    ledger: Ledger,
    preparation: Preparation,
) -> Changes:
    """Make the tables that are missing, change what is safe to change, refuse what does not fit.

    Args:
        engine: the connected database.
        session: a connection to it.
        compiled: the rendered target.
        ledger: the ledger, to learn what was loaded.
        preparation: how.

    Returns:
        What had changed since the last run.

    Raises:
        ChangedModelError: when the metadata says something that the vault cannot become by itself.
        EngineError: when a table is missing that belongs to another one.
        UsageError: when the vault was loaded with another hash rule (H6).
    """
    manifest = compiled.manifest
    schemas = list(dict.fromkeys(manifest["schemas"].values()))
    present = engine.columns(schemas)
    meta = manifest["schemas"]["meta"]
    ledger_step = next(step for step in compiled.of_phase("create") if step.kind == "ledger")
    parts = {item.name for item in ledger_step.statements if item.name not in NO_TABLE}
    missing = _missing(compiled, present)
    unmade = any((meta, name) not in present for name in parts)
    if unmade:
        _make_ledger(session, ledger_step)
    _check_rule(session, compiled, ledger)
    _check_parts(compiled, missing)
    changes = ask_changes(session, compiled, present, preparation.render)
    refuse(changes, asks_first=preparation.asks_first)
    ask_for_names(changes, preparation.log)
    if missing and not unmade:
        # With it come the schemas of what is missing.
        _make_ledger(session, ledger_step)
    again = preparation.rows and _is_new(session, compiled, ledger)
    statements = [
        statement
        for step in compiled.of_phase("create")
        for statement in step.statements
        if statement.name != GHOSTS or preparation.rows
        if step.entity in missing | changes.rebuilt or (again and statement.name == GHOSTS)
    ]
    _make(session, changes, statements, meta, preparation.log)
    return changes


def _make_ledger(session: Session, step: PlannedStep) -> None:
    for statement in step.statements:
        _execute(session, statement)


def _missing(compiled: Compiled, present: Catalog) -> set[str]:
    return {
        name
        for name, facts in compiled.manifest["tables"].items()
        if not facts["is_view"] and not facts["transient"]
        if (facts["schema"], name) not in present
    }


def outdated(compiled: Compiled, present: Catalog) -> set[str]:
    """Return the quoted names of the transient tables that have other columns, or are not there.

    A run makes them anew, so that another shape is no error.
    """
    manifest = compiled.manifest
    storage = Storage.of_manifest(dialects.get(manifest["dialect"]), manifest)

    def fits(facts: Mapping[str, Any], live: Mapping[str, StoredColumn]) -> bool:
        return all(
            name in live and storage.live(live[name]) == storage.stored(column.type)
            for name, column in columns_of(facts["columns"]).items()
        )

    return {
        quoted_table(facts["schema"], name)
        for name, facts in manifest["tables"].items()
        if facts["transient"] and not fits(facts, present.get((facts["schema"], name), {}))
    }


def _check_rule(session: Session, compiled: Compiled, ledger: Ledger) -> None:
    known = ledger.hash_rules(session)
    rule = compiled.manifest["hash_rule"]
    if known and known != [rule]:
        raise UsageError(
            f"this vault was loaded with the hash rule {known[0]}, the project says {rule}",
            hint=way_on(known[0], rule),
        )


def _is_new(session: Session, compiled: Compiled, ledger: Ledger) -> bool:
    """Tell whether no batch has been done with this SQL since it last changed."""
    return bool(ledger.last_model(session) != compiled.manifest["model"])


def _make(
    session: Session,
    changes: Changes,
    statements: list[PlannedStatement],
    meta: str,
    log: RunLog,
) -> None:
    """Make the safe changes and the missing tables, and write down what all are built from (P1).

    Ghost rows are added only where they are not, so that nothing is lost by a crash in between:
    the next run does the same again, until a batch has been done with this SQL.
    """
    state = changes.state
    unrecorded = [
        table for key, table in state.expected.items() if state.recorded.get(key) != table
    ]
    if not statements and not unrecorded and not changes.safe:
        return
    session.begin()
    try:
        make_changes(session, changes, log)
        for statement in statements:
            _execute(session, statement)
        record_tables(session, meta, unrecorded)
    except EngineError:
        session.rollback()
        raise
    session.commit()


def _check_parts(compiled: Compiled, missing: set[str]) -> None:
    """Refuse an entity that has lost its second table: what the first one holds is not known."""
    for name in sorted(missing):
        facts = compiled.manifest["tables"][name]
        schema, entity = facts["schema"], facts["entity"]
        if entity not in missing:
            raise EngineError(
                f"the table {schema}.{name} is missing",
                hint=f"DROP TABLE {schema}.{entity}, and the next run makes both anew",
            )


def _execute(session: Session, statement: PlannedStatement) -> None:
    try:
        session.execute(statement.sql)
    except EngineError as error:
        error.location = error.location or statement.location
        raise
