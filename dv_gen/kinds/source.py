"""Sources: what a file holds and which hubs its columns identify."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import stage
from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, as_list
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.source import (
    CsvDialect,
    DerivedColumn,
    KeyUse,
    Source,
    SourceColumn,
    Surrogate,
)
from dv_gen.model.types import BIGINT, BOOLEAN, HASH, INTEGER, SqlType, parse_column_type

if TYPE_CHECKING:
    from dv_gen.metadata.spec import Spec

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_INTEGER_LIMIT = 2**31
_FORMAT_TOKENS = ("%Y", "%m", "%d", "%H", "%M", "%S", "%f")
_CHARACTER = {"type": "string", "minLength": 1, "maxLength": 1, "description": "one character"}
_CSV = {
    "type": "object",
    "description": "how the file is written; RFC 4180 with a header unless said otherwise",
    "additionalProperties": False,
    "properties": {
        "delimiter": _CHARACTER,
        "quote": {"type": "string", "maxLength": 1, "description": "one character, or nothing"},
        "escape": {"type": "string", "maxLength": 1, "description": "one character, or nothing"},
        "encoding": TEXT,
        "header": {"type": "boolean"},
        "nulls": {**NAMES, "description": "unquoted texts that mean NULL besides the empty one"},
        "trim": {"type": "boolean"},
        "decimal": {"enum": [".", ","]},
        "date_format": TEXT,
        "timestamp_format": TEXT,
    },
}
_COMMON = {
    "csv": _CSV,
    "max_rejects": {
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": _SHARE.pattern,
        "description": "rows, or a percentage like '1%'",
    },
    "record_source": {**TEXT, "description": "a constant for load_src instead of the file's name"},
    "required": {"type": "boolean", "description": "whether a missing file is an error"},
    "drift": {"enum": ["fail", "warn", "ignore"], "description": "for unknown columns in a file"},
    "tags": TAGS,
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file", "columns"],
    "properties": {
        "file": {**TEXT, "minLength": 1, "description": "a file's name, a folder/ or a glob"},
        "columns": {
            "type": "object",
            "minProperties": 1,
            "description": "column: type [not null]",
            "additionalProperties": {
                "type": ["string", "object"],
                "required": ["type"],
                "additionalProperties": False,
                "properties": {
                    "type": TEXT,
                    "header": TEXT,
                    "format": TEXT,
                    "decimal": {"enum": [".", ","]},
                    "trim": {"type": "boolean"},
                },
            },
        },
        "keys": {
            "type": "object",
            "description": "hub or hub.role: the columns that identify it",
            "additionalProperties": {
                "type": ["string", "array", "object"],
                "items": TEXT,
                "minItems": 1,
                "required": ["columns"],
                "additionalProperties": False,
                "properties": {"columns": NAMES, "feeds": {"type": "boolean"}},
            },
        },
        "surrogate": {
            "type": "object",
            "description": "name: the natural columns that it is made of",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {
                "type": ["array", "object"],
                "items": TEXT,
                "minItems": 1,
                "required": ["columns"],
                "additionalProperties": False,
                "properties": {"columns": NAMES, "repeats": {"enum": ["collapse", "keep"]}},
            },
        },
        "derived": {
            "type": "object",
            "description": "column: {constant: value} or {expression: sql, type: type}",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "constant": {"type": ["boolean", "integer", "string"]},
                    "expression": TEXT,
                    "type": TEXT,
                },
            },
        },
        **_COMMON,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    settings = {**spec.data.get("csv", {})}
    columns = tuple(
        column
        for name in spec.data["columns"]
        if (column := _column(spec, name, settings)) is not None
    )
    derived = tuple(
        made for name in spec.get("derived", {}) if (made := _derived(spec, name)) is not None
    )
    surrogate = _surrogate(spec, [column.name for column in columns])
    names = [column.name for column in columns] + [column.name for column in derived]
    names += [surrogate.name] if surrogate else []
    share = _SHARE.fullmatch(str(spec.get("max_rejects", 0)))
    source = Source(
        name=spec.name,
        location=spec.location,
        file=spec.data["file"],
        columns=columns,
        keys=tuple(
            use for label in spec.get("keys", {}) if (use := _key(spec, label, names, draft))
        ),
        surrogate=surrogate,
        derived=derived,
        csv=_csv(settings),
        max_rejects=float(share[1]) / 100 if share else float(spec.get("max_rejects", 0)),
        max_rejects_share=share is not None,
        record_source=spec.get("record_source", ""),
        required=spec.get("required", True),
        drift=spec.get("drift", "fail"),
        tags=tuple(spec.get("tags", [])),
        columns_location=spec.at("columns", key=True),
    )
    draft.sources[spec.name] = source


def _csv(settings: dict[str, Any]) -> CsvDialect:
    chosen = {
        key: settings[key]
        for key in ("delimiter", "quote", "escape", "encoding", "header")
        if key in settings
    }
    if "quote" in chosen and "escape" not in chosen:
        chosen["escape"] = chosen["quote"]
    return replace(CsvDialect(nulls=("", *as_list(settings.get("nulls")))), **chosen)


def _column(spec: Spec, name: str, settings: dict[str, Any]) -> SourceColumn | None:
    entry = spec.data["columns"][name]
    details: dict[str, Any] = entry if isinstance(entry, dict) else {"type": entry}
    if not is_identifier(name):
        expected = f"{IDENTIFIER_RULE} ({{name: {{header: '{name}', type: ...}}}} maps it)"
        spec.complain(
            f"'{name}' cannot name a column", "columns", name, key=True, expected=expected
        )
    found = _type(spec, details["type"], "columns", name)
    if found is None:
        return None
    kind, nullable = found
    form = details.get("format", settings.get(f"{kind.name}_format", ""))
    if form and kind.name not in ("date", "timestamp"):
        what = f"a {kind.name} takes no format"
        spec.complain(what, "columns", name, expected="a date or timestamp")
    unknown = [token for token in re.findall(r"%.", form) if token not in _FORMAT_TOKENS]
    if unknown:
        what = f"unknown token {unknown[0]} in the format"
        spec.complain(what, "columns", name, expected=" ".join(_FORMAT_TOKENS))
    return SourceColumn(
        name=name,
        type=kind,
        nullable=nullable,
        header=details.get("header", name),
        format=form,
        decimal=details.get("decimal", settings.get("decimal", ".")),
        trim=details.get("trim", settings.get("trim", False)),
    )


def _type(spec: Spec, text: str, *path: str) -> tuple[SqlType, bool] | None:
    try:
        return parse_column_type(text)
    except ValueError as error:
        spec.complain(
            str(error), *path, expected="integer, bigint, decimal(10,2), varchar(200), ..."
        )
        return None


def _derived(spec: Spec, name: str) -> DerivedColumn | None:
    entry = spec.data["derived"][name]
    place = ("derived", name)
    if not is_identifier(name):
        spec.complain(f"'{name}' cannot name a column", *place, key=True, expected=IDENTIFIER_RULE)
    if ("constant" in entry) == ("expression" in entry):
        spec.complain(
            f"'{name}' is neither this nor that", *place, expected="constant or expression"
        )
        return None
    if "expression" in entry:
        if "type" not in entry:
            spec.complain(f"the expression of '{name}' needs a type", *place, expected="type: ...")
            return None
        found = _type(spec, entry["type"], *place, "type")
        return DerivedColumn(name, *found, expression=entry["expression"]) if found else None
    value = entry["constant"]
    found = (
        _type(spec, entry["type"], *place, "type") if "type" in entry else (_type_of(value), False)
    )
    return DerivedColumn(name, found[0], nullable=False, constant=value) if found else None


def _type_of(value: bool | int | str) -> SqlType:  # noqa: FBT001 - a constant of the user's
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER if abs(value) < _INTEGER_LIMIT else BIGINT
    return SqlType("varchar", length=max(len(value), 1))


def _surrogate(spec: Spec, columns: list[str]) -> Surrogate | None:
    for name, entry in spec.get("surrogate", {}).items():
        details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
        if name in columns:
            spec.complain(f"'{name}' is a column already", "surrogate", name, key=True)
        chosen = as_list(details["columns"])
        for position, column in enumerate(chosen):
            if column not in columns:
                path = [
                    "surrogate",
                    name,
                    *(["columns"] if isinstance(entry, dict) else []),
                    position,
                ]
                spec.unknown("column", column, columns, *path)
        return Surrogate(name, tuple(chosen), keep_repeats=details.get("repeats") == "keep")
    return None


def _key(spec: Spec, label: str, columns: list[str], draft: Draft) -> KeyUse | None:
    entry = spec.data["keys"][label]
    details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
    hub, _, role = label.partition(".")
    place = ("keys", label)
    if role and not is_identifier(role):
        spec.complain(f"'{role}' cannot name a role", *place, key=True, expected=IDENTIFIER_RULE)
    if hub not in draft.known("hubs"):
        spec.unknown("hub", hub, draft.known("hubs"), *place, key=True)
        return None
    chosen = as_list(details["columns"])
    for column in chosen:
        if column not in columns:
            spec.unknown("column", column, columns, *place)
            return None
    return KeyUse(hub, role, tuple(chosen), details.get("feeds", True), spec.at(*place, key=True))


def column_type(source: Source, name: str) -> tuple[SqlType, bool] | None:
    """Return the type of a source's column and whether it may be NULL, or None if unknown."""
    for column in source.given:
        if column.name == name:
            return column.type, column.nullable
    if source.surrogate and source.surrogate.name == name:
        return HASH, False
    return None


KIND = Kind(
    name="stage",
    section="sources",
    order=10,
    description="files, their columns and the hubs that these identify",
    schema=_SCHEMA,
    read=_read,
    tables=stage.tables,
    steps=stage.steps,
    extra_sections={
        "defaults": {
            "description": "settings for all sources of this file",
            "type": "object",
            "additionalProperties": False,
            "properties": _COMMON,
        }
    },
)
