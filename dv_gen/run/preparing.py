"""Before a batch: the tables that it needs, and whether they are the ones it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.dialects.base import quoted_table
from dv_gen.errors import EngineError, UsageError
from dv_gen.run.hash_rule import way_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dv_gen.engines.base import Engine, Session
    from dv_gen.run.ledger import Ledger
    from dv_gen.run.plan import Compiled, PlannedStatement

# The statement of a create step that also a table needs which stands already.
GHOSTS = "ghosts"
# The statements of the step that makes the ledger which make no table or view of it.
NO_TABLE = ("schema", "function")


def prepare_warehouse(
    engine: Engine, session: Session, compiled: Compiled, ledger: Ledger, *, rows: bool = True
) -> None:
    """Make the tables that are missing, refuse what does not fit.

    Args:
        engine: the connected database.
        session: a connection to it.
        compiled: the rendered target.
        ledger: the ledger, to learn what was loaded.
        rows: whether tables get the ghost rows that belong to them.

    Raises:
        EngineError: when a table lacks a column that the metadata has.
        UsageError: when the vault was loaded with another hash rule (H6).
    """
    schemas = list(dict.fromkeys(compiled.manifest["schemas"].values()))
    present = engine.columns(schemas)
    meta = compiled.manifest["schemas"]["meta"]
    ledger_step = next(step for step in compiled.of_phase("create") if step.kind == "ledger")
    parts = {item.name for item in ledger_step.statements if item.name not in NO_TABLE}
    unmade = any((meta, name) not in present for name in parts)
    missing = {
        name
        for name, facts in compiled.manifest["tables"].items()
        if not facts["is_view"] and not facts["transient"]
        if (facts["schema"], name) not in present
    }
    if unmade or missing:
        for step in compiled.of_phase("create"):
            if step.kind == "ledger":
                for statement in step.statements:
                    _execute(session, statement)
    _check_rule(session, compiled, ledger)
    _check_parts(compiled, missing)
    _check_columns(compiled, present)
    _create(session, compiled, missing, rows=rows, again=_is_new(session, compiled, ledger))


def outdated(compiled: Compiled, present: Mapping[tuple[str, str], Sequence[str]]) -> set[str]:
    """Return the quoted names of the transient tables that lack a column, or are not there.

    A run makes them anew, so that another shape is no error.
    """
    return {
        quoted_table(facts["schema"], name)
        for name, facts in compiled.manifest["tables"].items()
        if facts["transient"]
        if not set(facts["columns"]) <= set(present.get((facts["schema"], name), ()))
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


def _create(
    session: Session, compiled: Compiled, missing: set[str], *, rows: bool, again: bool
) -> None:
    """Make the missing tables, and add the ghost rows to them; to all that want them ``again``.

    Ghost rows are added only where they are not, so that nothing is lost by a crash in between:
    the next run does the same again, until a batch has been done with this SQL.
    """
    statements = [
        statement
        for step in compiled.of_phase("create")
        for statement in step.statements
        if statement.name != GHOSTS or rows
        if step.entity in missing or (again and statement.name == GHOSTS)
    ]
    if not statements:
        return
    session.begin()
    try:
        for statement in statements:
            _execute(session, statement)
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


def _check_columns(compiled: Compiled, present: dict[tuple[str, str], list[str]]) -> None:
    made_in = {step.entity: step for step in compiled.of_phase("create")}
    for name, facts in compiled.manifest["tables"].items():
        columns = present.get((facts["schema"], name))
        if columns is None or facts["is_view"] or facts["transient"] or not facts["columns"]:
            continue
        lacking = [column for column in facts["columns"] if column not in columns]
        if lacking:
            hint = (
                f"the metadata has gained it: ALTER TABLE {facts['schema']}.{name} "
                f'ADD COLUMN "{lacking[0]}" ... (the type stands in {made_in[name].file})'
            )
            if made_in[name].options.get("derived"):
                hint = (
                    f"the metadata has gained it: DROP TABLE {facts['schema']}.{name}, "
                    "and the next run makes it anew"
                )
            raise EngineError(
                f"the table {facts['schema']}.{name} lacks the column {', '.join(lacking)}",
                hint=hint,
            )


def _execute(session: Session, statement: PlannedStatement) -> None:
    try:
        session.execute(statement.sql)
    except EngineError as error:
        error.location = error.location or statement.location
        raise
