"""Upper-casing: what a run asks of the engine that hashes keys in upper case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds import all_tables
from dv_gen.kinds.base import Statement, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.model.entities import Model

# Its step stands in no batch: it is asked before one.
PHASE = "casing"
VERSION, LETTERS = "version", "letters"


def steps(model: Model) -> Iterable[Step]:
    """Yield the step that asks how letters are upper-cased, where a stored text depends on it."""
    stored = dict(_upper_cased(model))
    if not stored:
        return
    yield Step(
        id=f"{PHASE}:ledger",
        kind="ledger",
        entity="ledger",
        phase=PHASE,
        path="casing.sql",
        location=model.project.location,
        statements=(
            Statement(VERSION, "casing/version.sql.j2", {}),
            Statement(LETTERS, "casing/letters.sql.j2", {}),
            *(
                Statement(table, "casing/stored.sql.j2", {"table": table, "columns": columns})
                for table, columns in stored.items()
            ),
        ),
    )


def _upper_cased(model: Model) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the tables with texts that are hashed in upper case, and these texts."""
    rule = model.project.hash
    if rule.rule == "classic":
        for table in all_tables(model):
            if table.schema == "vault" and not table.is_view:
                own = (column.name for column in table.columns if column.type.is_text)
                if names := tuple(name for name in own if name != model.project.naming.load_src):
                    yield table.name, names
    elif rule.case == "upper":
        for hub in model.hubs.values():
            if names := tuple(part.name for part in hub.key if part.type.is_text):
                yield hub.name, names
        for link in model.links.values():
            if names := tuple(part.name for part in link.child_keys if part.type.is_text):
                yield link.name, names
