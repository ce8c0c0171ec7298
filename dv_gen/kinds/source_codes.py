"""Collision codes: constants in a key, that tell equal keys of several sources apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import TEXT, as_list
from dv_gen.kinds.source_checks import fits_type
from dv_gen.metadata.type_words import explain_type
from dv_gen.model.source import DerivedColumn
from dv_gen.model.types import BIGINT, BOOLEAN, INTEGER, SqlType, parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec

Value = bool | int | str
# One part of a key in JSON Schema: a column, or a constant.
PART = {
    **TEXT,
    "type": ["string", "object"],
    "required": ["constant"],
    "additionalProperties": False,
    "properties": {"constant": {"type": ["boolean", "integer", "string"]}},
}
PARTS = {"type": ["string", "array"], "items": PART, "minItems": 1}


def read_codes(spec: Spec, draft: Draft) -> Iterator[DerivedColumn]:
    """Yield a column of the stage for every constant in a source's keys."""
    for label in spec.get("keys", {}):
        for position, part in enumerate(_parts(spec, label)):
            if isinstance(part, dict):
                value = part["constant"]
                name = _name(draft, label, position)
                kind = _type(draft, label, position, value)
                yield DerivedColumn(name, kind, nullable=False, constant=value, code=True)


def key_columns(spec: Spec, draft: Draft, label: str) -> tuple[str, ...]:
    """Return the stage columns of a key, in their order; complain about constants alone."""
    parts = _parts(spec, label)
    if all(isinstance(part, dict) for part in parts):
        what = f"the key '{label}' is a constant, the same in every row"
        spec.complain(what, "keys", label, key=True, expected="a column besides")
    return tuple(
        _name(draft, label, position) if isinstance(part, dict) else part
        for position, part in enumerate(parts)
    )


def _parts(spec: Spec, label: str) -> list[Any]:
    entry = spec.data["keys"][label]
    return as_list(entry["columns"] if isinstance(entry, dict) else entry)


def _hub_key(draft: Draft, label: str) -> tuple[list[str], dict[str, str]]:
    spec = draft.specs["hubs"].get(label.partition(".")[0])
    key = (spec.get("key") if spec else None) or []
    return as_list(list(key) if isinstance(key, dict) else key), key if isinstance(
        key, dict
    ) else {}


def _name(draft: Draft, label: str, position: int) -> str:
    names, _ = _hub_key(draft, label)
    part = names[position] if position < len(names) else str(position + 1)
    return f"{label.replace('.', '_')}_{part}"


def _type(draft: Draft, label: str, position: int, value: Value) -> SqlType:
    """Return the hub's declared type if the constant is a value of it, else its own."""
    names, declared = _hub_key(draft, label)
    text = declared.get(names[position], "") if position < len(names) else ""
    kind = explain_type(text, parse_type)[0] if text else None
    return kind if kind and fits_type(value, kind) else type_of(value)


def type_of(value: Value) -> SqlType:
    """Return the narrowest type of a constant.

    >>> str(type_of("DE")), str(type_of(7))
    ('varchar(2)', 'integer')
    """
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER if fits_type(value, INTEGER) else BIGINT
    return SqlType("varchar", length=max(len(value), 1))
