"""The manifest: what a run needs to know beside the SQL, and what the SQL was rendered from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dv_gen import __version__
from dv_gen.kinds import all_tables
from dv_gen.kinds.lacking_columns import later_columns, optional_columns
from dv_gen.metadata.sizes import bytes_of
from dv_gen.render.generated import FORMAT, input_digest

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.model.entities import Column, Model
    from dv_gen.model.project import Target
    from dv_gen.model.source import Source
    from dv_gen.render.rendering import RenderedFile, RenderedStep

_COMPACT = json.JSONEncoder(ensure_ascii=False)


def build_manifest(
    folder: Path, model: Model, target: Target, files: list[RenderedFile]
) -> dict[str, Any]:
    """Return the manifest of a target's rendered files, as plain JSON values."""
    project = model.project
    tables = all_tables(model)
    owners = {table.name: table.owner for table in tables}
    return {
        "format": FORMAT,
        "dv_gen": __version__,
        "project": project.name,
        "dialect": target.type,
        "inputs": input_digest(folder),
        "hash_rule": project.hash.version,
        "digests": {"bytes": project.hash.digest_bytes, "store": project.hash.store},
        "model": _model_digest(files),
        "schemas": asdict(project.schemas),
        "naming": asdict(project.naming),
        "sources": {
            source.name: _source(source, model, target) for source in model.sources.values()
        },
        "tables": {
            table.name: {
                "schema": getattr(project.schemas, table.schema),
                "is_view": table.is_view,
                "transient": table.transient,
                "entity": table.owner,
                "columns": {column.name: _declared(column) for column in table.columns},
                **({"location": str(table.location)} if table.built_from else {}),
                **({"built_from": table.built_from} if table.built_from else {}),
            }
            for table in tables
        },
        "files": {file.path: hashlib.sha256(file.content).hexdigest() for file in files},
        "steps": [_step(file.path, part, owners) for file in files for part in file.steps],
    }


def _declared(column: Column) -> str:
    """Return a column's type as the metadata writes it; the dialect says what that is there."""
    return f"{column.type}{'' if column.nullable else ' not null'}"


def _model_digest(files: list[RenderedFile]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda item: item.path):
        # Without the header: where the metadata stands and who rendered it changes nothing.
        digest.update(f"\0{file.path}\0".encode())
        digest.update(file.content.partition(b"\n\n")[2])
    return digest.hexdigest()


def _source(source: Source, model: Model, target: Target) -> dict[str, Any]:
    landing = target.settings.get("landing")
    of_target = landing.get("max_unpacked", 0) if isinstance(landing, dict) else 0
    max_unpacked = source.max_unpacked or bytes_of(of_target)
    return {
        "file": source.query.file if source.query else source.file,
        "location": str(source.location),
        "columns": [[column.name, column.header] for column in source.columns],
        "optional": optional_columns(source),
        "later": later_columns(source, model),
        "csv": asdict(source.csv),
        "max_rejects": source.max_rejects,
        "max_rejects_share": source.max_rejects_share,
        **({"max_unpacked": max_unpacked} if max_unpacked else {}),
        "record_source": source.record_source,
        "required": source.required,
        "needs_new_file": source.needs_new_file,
        "freshness": source.freshness,
        "ignore_case": source.ignore_case,
        "drift": source.drift,
        "delivery": source.delivery,
        "empty_delivery": source.empty_delivery,
        "parts": source.parts,
        "load_dt": source.load_dt,
        "load_src": source.load_src,
        "is_query": source.query is not None,
    }


def _step(path: str, part: RenderedStep, owners: dict[str, str]) -> dict[str, Any]:
    step = part.step
    return {
        "id": step.id,
        "kind": step.kind,
        "entity": step.entity,
        "phase": step.phase,
        "file": path,
        "table": step.table,
        "needs": list(dict.fromkeys(owners.get(name, name) for name in step.needs)),
        "sources": list(step.sources),
        "tags": list(step.tags),
        "location": str(step.location),
        "options": dict(step.options),
        "statements": [
            {
                "name": statement.name,
                "lines": [statement.first_line, statement.last_line],
                "parameters": list(statement.parameters),
            }
            for statement in part.statements
        ],
    }


def manifest_text(manifest: dict[str, Any]) -> str:
    """Return the manifest as the text that is written: the same bytes on every machine.

    One line an entry of the long parts, so that a diff shows what changed and no more.
    """
    lines = [f" {json.dumps(key)}: {_entries(value)}" for key, value in manifest.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entries(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, dict) and value:
        rows = [f"  {json.dumps(key)}: {_compact(item)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_compact(item)}" for item in value) + "\n ]"
    return _compact(value)


def _compact(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    return _COMPACT.encode(value)
