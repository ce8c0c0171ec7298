"""Reading a mart or a table back, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted_table
from dv_gen.engines import open_engine
from dv_gen.errors import EngineError, UsageError
from dv_gen.metadata.names import listed, nearest
from dv_gen.metadata.project_file import expand
from dv_gen.run.preparing import NO_TABLE
from dv_gen.texttable import json_text

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.model.project import Target
    from dv_gen.run.plan import Compiled


@dataclass(frozen=True)
class Rows:
    """Rows of a table with their column names."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def texts(self) -> list[list[str]]:
        """Return the rows as text; NULL is empty."""
        return [["" if cell is None else _text(cell) for cell in row] for row in self.rows]

    def as_csv(self) -> str:
        """Return the rows as CSV with a header; NULL is an empty field."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.texts())
        return text.getvalue()

    def as_json(self) -> str:
        """Return the rows as a JSON list of objects."""
        rows = [
            {
                name: cell if _is_plain(cell) else _text(cell)
                for name, cell in zip(self.columns, row, strict=True)
            }
            for row in self.rows
        ]
        return json_text(rows, indent=1) + "\n"


def _is_plain(cell: object) -> bool:
    return cell is None or isinstance(cell, bool | int | float | str)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def show(folder: Path, target: Target, compiled: Compiled, name: str, *, limit: int) -> Rows:
    """Return the rows of a mart, table or view; a mart in its own order.

    Args:
        folder: the project's folder.
        target: where to read.
        compiled: what ``generated/<target>/`` holds.
        name: the table's name; ``rejects`` and the ledger's tables too.
        limit: rows at most; 0 for all.

    Raises:
        UsageError: when there is no such table in the metadata.
        EngineError: when it cannot be read.
    """
    schemas = compiled.manifest["schemas"]
    ledger = [item.entity for item in compiled.of_phase("create") if item.kind == "ledger"]
    tables = {key: facts["schema"] for key, facts in compiled.manifest["tables"].items()}
    for step in compiled.of_phase("create"):
        if step.entity in ledger:
            names = [item.name for item in step.statements if item.name not in NO_TABLE]
            tables.update(dict.fromkeys(names, schemas["meta"]))
    if name not in tables:
        meant = nearest(name, tables)
        hint = f"did you mean {meant}?" if meant else f"there are {listed(tables)}"
        raise UsageError(f"no table '{name}'", hint=hint)
    order = next(
        (
            str(step.options.get("order_by", ""))
            for step in compiled.steps
            if step.id == f"publish:{name}"
        ),
        "",
    )
    query = f"SELECT * FROM {quoted_table(tables[name], name)}"
    query += f" ORDER BY {order}" if order else ""
    query += f" LIMIT {limit:d}" if limit else ""
    engine = open_engine(target.type, expand(target), folder, meta=schemas["meta"])
    engine.connect("show", read_only=True)
    try:
        session = engine.session()
        if (tables[name], name) not in engine.columns([tables[name]]):
            raise EngineError(
                f"{tables[name]}.{name} does not exist yet", hint="dv-gen run makes it"
            )
        return Rows(session.describe(query), session.query(query))
    finally:
        engine.close()
