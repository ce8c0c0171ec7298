"""The JSON Schema check, with messages for the person who wrote the YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import Problem
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError

    from dv_gen.metadata.yaml_reader import Tree

_WORDS = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def check_schema(tree: Tree, schema: Mapping[str, Any], problems: list[Problem]) -> bool:
    """Check a file against the schema; append what is wrong, return whether it is right."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 0.1 s that --help need not pay

    found = False
    for error in Draft202012Validator(schema).iter_errors(tree.data):
        found = True
        problems.extend(_explain(error, tree))
    return not found


def _explain(error: ValidationError, tree: Tree) -> list[Problem]:
    path = list(error.absolute_path)
    rule = str(error.validator)
    value: Any = error.validator_value
    if rule == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        return [
            Problem(
                tree.location([*path, key], key=True),
                f"unknown key '{key}'",
                "" if nearest(key, known) else listed(known),
                nearest(key, known),
            )
            for key in error.instance
            if key not in known
        ]
    place = tree.location(path)
    if rule == "type":
        words = [_WORDS[word] for word in ([value] if isinstance(value, str) else value)]
        return [Problem(place, f"{_shown(error.instance)} does not fit here", listed(words))]
    if rule == "required":
        missing = [key for key in value if key not in error.instance]
        spot = tree.location(path, key=True)
        return [Problem(spot, f"the key '{key}' is missing", _help(error, key)) for key in missing]
    if rule in ("enum", "const"):
        choices = [str(item) for item in (value if rule == "enum" else [value])]
        meant = nearest(str(error.instance), choices)
        return [Problem(place, f"{_shown(error.instance)} is not known", listed(choices), meant)]
    if rule in ("propertyNames", "pattern") or error.parent is not None:
        spot = tree.location([*path, str(error.instance)], key=True)
        expected = str(error.schema.get("description", "another form"))
        return [Problem(spot, f"{_shown(error.instance)} cannot stand here", expected)]
    expected = str(error.schema.get("description", ""))
    return [Problem(place, f"{_shown(error.instance)} does not fit here", expected)]


def _help(error: ValidationError, key: str) -> str:
    described = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f"{key}: {described}" if described else ""


def _shown(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'"
