"""Sources: what a file holds and which hubs its columns identify."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import stage
from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, as_list
from dv_gen.kinds.source_checks import (
    check_delivery,
    check_file,
    check_headers,
    check_names,
    csv_place,
    fits_type,
)
from dv_gen.kinds.source_codes import PART, PARTS, key_columns, read_codes, type_of
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, nearest
from dv_gen.metadata.type_words import EXAMPLES, explain_type
from dv_gen.model.source import (
    CsvDialect,
    DerivedColumn,
    KeyUse,
    Source,
    SourceColumn,
    Surrogate,
)
from dv_gen.model.types import SqlType, parse_column_type

if TYPE_CHECKING:
    from dv_gen.errors import Location
    from dv_gen.metadata.spec import Spec

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
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
    "delivery": {"enum": ["delta", "full"], "description": "full: what it lacks has vanished"},
    "empty_delivery": {
        "enum": ["error", "accept"],
        "description": "what a full delivery without a row is",
    },
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
                    "type": {**TEXT, "description": "integer, varchar(200), ..."},
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
                "items": PART,
                "minItems": 1,
                "required": ["columns"],
                "additionalProperties": False,
                "properties": {"columns": PARTS, "feeds": {"type": "boolean"}},
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
    csv = _csv(settings)
    check_file(spec, csv)
    check_delivery(spec)
    check_names(spec, draft)
    columns = tuple(
        column
        for name in spec.data["columns"]
        if (column := _column(spec, name, settings)) is not None
    )
    if csv.header:
        check_headers(spec, columns)
    derived = tuple(
        made for name in spec.get("derived", {}) if (made := _derived(spec, name)) is not None
    )
    share = _SHARE.fullmatch(str(spec.get("max_rejects", 0)))
    source = Source(
        name=spec.name,
        location=spec.location,
        file=spec.data["file"],
        columns=columns,
        keys=tuple(use for label in spec.get("keys", {}) if (use := _key(spec, label, draft))),
        surrogate=_surrogate(spec),
        derived=(*derived, *read_codes(spec, draft)),
        csv=csv,
        max_rejects=float(share[1]) / 100 if share else float(spec.get("max_rejects", 0)),
        max_rejects_share=share is not None,
        record_source=spec.get("record_source", ""),
        required=spec.get("required", True),
        drift=spec.get("drift", "fail"),
        delivery=spec.get("delivery", "delta"),
        empty_delivery=spec.get("empty_delivery", "error"),
        tags=tuple(spec.get("tags", [])),
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
    path = ("columns", name)
    if not is_identifier(name):
        expected = f"{IDENTIFIER_RULE} ({{name: {{header: '{name}', type: ..}}}} maps it)"
        spec.complain(f"'{name}' cannot name a column", *path, key=True, expected=expected)
    found = _type(spec, details["type"], *path, *(("type",) if isinstance(entry, dict) else ()))
    if found is None:
        return None
    kind, nullable = found
    form = details.get("format", settings.get(f"{kind.name}_format", ""))
    if form:
        own = "format" in details
        place = spec.at(*path, "format") if own else csv_place(spec, f"{kind.name}_format")
        _check_format(spec, place, form, kind)
    return SourceColumn(
        name=name,
        type=kind,
        nullable=nullable,
        header=details.get("header", name),
        format=form,
        decimal=details.get("decimal", settings.get("decimal", ".")),
        trim=details.get("trim", settings.get("trim", False)),
    )


def _check_format(spec: Spec, place: Location, form: str, kind: SqlType) -> None:
    if kind.name not in ("date", "timestamp"):
        what = f"a column of type {kind} takes no format"
        spec.complain_at(place, what, expected="a date or timestamp")
    unknown = [token for token in re.findall(r"%.?", form) if token not in _FORMAT_TOKENS]
    if unknown:
        what = f"unknown token {unknown[0]} in the format"
        spec.complain_at(place, what, expected=" ".join(_FORMAT_TOKENS))
    missing = [token for token in ("%Y", "%m", "%d") if token not in form]
    if missing and not unknown and kind.name in ("date", "timestamp"):
        spec.complain_at(place, f"the format '{form}' has no {missing[0]}", expected="a whole date")


def _type(spec: Spec, text: str, *path: str) -> tuple[SqlType, bool] | None:
    found, what, meant = explain_type(text, parse_column_type)
    if found is None:
        spec.complain(what, *path, expected="" if meant else EXAMPLES, meant=meant)
    return found


def _derived(spec: Spec, name: str) -> DerivedColumn | None:
    entry = spec.data["derived"][name]
    place = ("derived", name)
    if not is_identifier(name):
        spec.complain(f"'{name}' cannot name a column", *place, key=True, expected=IDENTIFIER_RULE)
    if ("constant" in entry) == ("expression" in entry):
        has = "both a constant and an" if "constant" in entry else "neither a constant nor an"
        spec.complain(f"'{name}' has {has} expression", *place, key=True, expected="one of the two")
        return None
    if "expression" in entry:
        if "type" not in entry:
            what = f"the expression of '{name}' has no type"
            spec.complain(what, *place, key=True, expected="type: integer, varchar(200), ...")
            return None
        typed = _type(spec, entry["type"], *place, "type")
        return DerivedColumn(name, *typed, expression=entry["expression"]) if typed else None
    value = entry["constant"]
    found = (
        _type(spec, entry["type"], *place, "type") if "type" in entry else (type_of(value), False)
    )
    if found is None:
        return None
    if not fits_type(value, found[0]):
        shown = f"'{value}'" if isinstance(value, str) else str(value).lower()
        spec.complain(
            f"{shown} is no {found[0]}", *place, "constant", expected="a value of its type"
        )
    return DerivedColumn(name, found[0], nullable=False, constant=value)


def _surrogate(spec: Spec) -> Surrogate | None:
    for name, entry in spec.get("surrogate", {}).items():
        details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
        path = ("surrogate", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=True, expected=IDENTIFIER_RULE)
        inner = ("columns",) if isinstance(entry, dict) else ()
        known = list(spec.data["columns"])
        _known_columns(spec, details["columns"], known, *path, *inner)
        chosen = tuple(as_list(details["columns"]))
        return Surrogate(name, chosen, keep_repeats=details.get("repeats") == "keep")
    return None


def _known_columns(spec: Spec, named: Any, known: list[str], *path: str) -> bool:  # noqa: ANN401 - one or several
    # A constant is no column.
    parts = [item for item in enumerate(as_list(named)) if not isinstance(item[1], dict)]
    unknown = [item for item in parts if item[1] not in known]
    for position, name in unknown:
        spec.unknown(
            "column", name, known, *path, *((position,) if isinstance(named, list) else ())
        )
    return not unknown


def _key(spec: Spec, label: str, draft: Draft) -> KeyUse | None:
    entry = spec.data["keys"][label]
    details: dict[str, Any] = entry if isinstance(entry, dict) else {"columns": entry}
    hub, _, role = label.partition(".")
    place = ("keys", label)
    if role and not is_identifier(role):
        spec.complain(f"'{role}' cannot name a role", *place, key=True, expected=IDENTIFIER_RULE)
    if hub not in draft.specs["hubs"]:
        spec.unknown("hub", hub, draft.known("hubs"), *place, key=True)
        draft.misspelt.add(nearest(hub, draft.known("hubs")))
        return None
    # A column whose type is wrong has its complaint; naming it is not wrong too.
    known = draft.columns_of(spec.name)
    inner = ("columns",) if isinstance(entry, dict) else ()
    if not _known_columns(spec, details["columns"], known, *place, *inner):
        return None
    chosen = key_columns(spec, draft, label)
    return KeyUse(hub, role, chosen, details.get("feeds", True), spec.at(*place, key=True))


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
