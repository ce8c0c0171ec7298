"""A quick look at what is as the JSON Schema has it, so that nobody waits for the thorough one.

A schema becomes a tree of small functions. They know the few words that dv-gen's schemas use and
accept nothing where they meet another: then ``jsonschema`` decides, and finds the words for it.
What they accept, ``jsonschema`` accepts.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any], bool]

# True is an int to Python and no number to JSON, so a type is looked up exactly.
_TYPES: dict[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_SIZES = {"object": "Properties", "array": "Items", "string": "Length"}
_WITH_ENUM = {"enum", "description"}
# What tells the kinds of a section apart, see `dv_gen.kinds`.
_OF_CONDITIONS = {"required", "properties", "anyOf", "not"}
_WORDS = {
    *("$schema", "title", "description", "type", "enum"),
    *("properties", "additionalProperties", "required", "items", "pattern", "minimum"),
    *(bound + size for bound in ("min", "max") for size in _SIZES.values()),
}


def quick_check(schema: Mapping[str, Any] | bool) -> Check:  # noqa: FBT001 - as JSON has it
    """Return a function that tells whether a value is surely as the schema says.

    >>> check = quick_check({"type": "object", "additionalProperties": {"type": "string"}})
    >>> check({"a": "b"}), check({"a": 1})
    (True, False)
    """
    if isinstance(schema, bool):
        return _always if schema else _never
    if schema.keys() == {"if", "then", "else"}:
        return _either(schema["if"], quick_check(schema["then"]), quick_check(schema["else"]))
    if not schema.keys() <= _WORDS:
        return _never
    if "enum" in schema:
        return _one_of(schema["enum"]) if schema.keys() <= _WITH_ENUM else _never
    words = schema.get("type", [])
    names = [words] if isinstance(words, str) else words
    checks = {_TYPES[name]: _of_type(name, schema) for name in names if name in _TYPES}

    def check(value: Any) -> bool:  # noqa: ANN401 - what YAML can hold
        return checks.get(type(value), _never)(value)

    return check


def _either(condition: Mapping[str, Any], then: Check, otherwise: Check) -> Check:
    words = {word: part for word, part in condition.items() if word != "type"}
    holds = _condition(words) if condition.get("type") == "object" else None
    if holds is None:
        return _never

    def check(value: Any) -> bool:  # noqa: ANN401 - what YAML can hold
        return then(value) if type(value) is dict and holds(value) else otherwise(value)

    return check


def _condition(schema: Mapping[str, Any]) -> Check | None:
    """Return whether a map is as the schema says, and not only surely so, or None if unknown."""
    if not schema.keys() <= _OF_CONDITIONS:
        return None
    required = schema.get("required", [])
    constants = schema.get("properties", {})
    if not all(part.keys() == {"const"} for part in constants.values()):
        return None
    texts = {key: part["const"] for key, part in constants.items()}
    choices = [_condition(part) for part in schema.get("anyOf", [])]
    refused = _condition(schema["not"]) if "not" in schema else _never
    if refused is None or None in choices or not all(isinstance(t, str) for t in texts.values()):
        return None

    def holds(value: dict[str, Any]) -> bool:
        return (
            all(key in value for key in required)
            and all(key not in value or value[key] == text for key, text in texts.items())
            and (not choices or any(choice(value) for choice in choices if choice))
            and not refused(value)
        )

    return holds


def _never(_: object) -> bool:
    return False


def _always(_: object) -> bool:
    return True


def _one_of(choices: list[Any]) -> Check:
    # With their types: to Python True is among [1].
    known = {(type(choice), choice) for choice in choices if isinstance(choice, (str, int))}
    return lambda value: isinstance(value, (str, int)) and (type(value), value) in known


def _of_type(name: str, schema: Mapping[str, Any]) -> Check:
    check = _INSIDE[name](schema)
    size = _SIZES.get(name, "")
    least, most = schema.get(f"min{size}", 0), schema.get(f"max{size}", sys.maxsize)
    if not size or (least, most) == (0, sys.maxsize):
        return check
    return lambda value: least <= len(value) <= most and check(value)


def _map(schema: Mapping[str, Any]) -> Check:
    known = {key: quick_check(part) for key, part in schema.get("properties", {}).items()}
    other = quick_check(schema.get("additionalProperties", True))
    required = schema.get("required", [])

    def check(value: dict[str, Any]) -> bool:
        return all(key in value for key in required) and all(
            known.get(key, other)(item) for key, item in value.items()
        )

    return check


def _list(schema: Mapping[str, Any]) -> Check:
    check = quick_check(schema.get("items", True))
    return lambda value: all(check(item) for item in value)


def _text(schema: Mapping[str, Any]) -> Check:
    if "pattern" not in schema:
        return _always
    pattern = re.compile(schema["pattern"])
    return lambda value: pattern.search(value) is not None


def _number(schema: Mapping[str, Any]) -> Check:
    if "minimum" not in schema:
        return _always
    least = schema["minimum"]
    return lambda value: bool(value >= least)


def _plain(_: Mapping[str, Any]) -> Check:
    return _always


_INSIDE: dict[str, Callable[[Mapping[str, Any]], Check]] = {
    "object": _map,
    "array": _list,
    "string": _text,
    "integer": _number,
    "boolean": _plain,
    "null": _plain,
}
