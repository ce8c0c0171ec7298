"""The foundation of every warehouse: its schemas and the ledger's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import Statement, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.model.entities import Model

LEDGER = (
    "batch",
    "batch_end",
    "batch_file",
    "batch_step",
    "step_result",
    "file_result",
    "file_loaded",
    "delivery",
    "rejects",
    "casing",
    "open_batch",
    "delivered_whole",
    "newest_batch",
    "unfinished_file",
    "loaded_delivery",
    "finding",
    "finding_resolution",
    "open_finding",
    "table_definition",
)
# What the load and mart statements of some engines call.
FUNCTIONS = ("lift_key", "put_key", "publish_table")


def steps(model: Model) -> Iterable[Step]:
    """Yield the one step that makes schemas and ledger; it comes before all others."""
    schemas = model.project.schemas
    names = dict.fromkeys((schemas.stage, schemas.vault, schemas.mart, schemas.meta))
    yield Step(
        id="create:ledger",
        kind="ledger",
        entity="ledger",
        phase="create",
        path="ledger.sql",
        location=model.project.location,
        statements=(
            *(Statement("schema", "ledger/schema.sql.j2", {"schema": name}) for name in names),
            *(Statement(name, f"ledger/{name}.sql.j2", {}) for name in LEDGER),
            *(Statement("function", f"ledger/{name}.sql.j2", {}) for name in FUNCTIONS),
        ),
    )
