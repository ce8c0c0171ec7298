"""The JSON Schema check, with messages for the person who wrote the YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import Problem
from dv_gen.metadata.names import listed, nearest
from dv_gen.metadata.quick_check import quick_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jsonschema.exceptions import ValidationError

    from dv_gen.metadata.yaml_reader import Path, Tree

_WORDS = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def schema_check(
    schema: Mapping[str, Any],
) -> Callable[[Tree, list[Problem]], set[Path]]:
    """Return a function that checks a file: it appends what is wrong and returns where."""
    is_right = quick_check(schema)

    def check(tree: Tree, problems: list[Problem]) -> set[Path]:
        return set() if is_right(tree.data) else _what_is_wrong(tree, schema, problems)

    return check


def _what_is_wrong(tree: Tree, schema: Mapping[str, Any], problems: list[Problem]) -> set[Path]:
    # Thorough and slow; just to import it takes 0.1 s.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    wrong: set[Path] = set()
    # What YAML itself has misread is told already; what it was read as would only confuse.
    told = {problem.location for problem in problems}
    for error in Draft202012Validator(schema).iter_errors(tree.data):
        wrong.add(tuple(error.absolute_path))
        problems.extend(found for found in _explain(error, tree) if found.location not in told)
    return wrong


def _explain(error: ValidationError, tree: Tree) -> list[Problem]:
    path = list(error.absolute_path)
    rule = str(error.validator)
    value: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    if rule == "additionalProperties":
        known = list(schema.get("properties", {}))
        return [
            Problem(
                tree.location([*path, key], key=True),
                f"unknown key '{key}'",
                "" if nearest(key, known) else listed(known),
                nearest(key, known),
            )
            for key in instance
            if key not in known
        ]
    place = tree.location(path)
    if rule == "type":
        words = [value] if isinstance(value, str) else value
        expected = listed(_word(word, schema) for word in words if word != "null")
        return [Problem(place, f"{_shown(instance)} does not fit here", expected)]
    if rule == "required":
        known = list(schema.get("properties", {}))
        # A key that is misspelt is told where it stands, if any other key is one too many.
        closed = schema.get("additionalProperties") is False
        misspelt = {nearest(key, known) for key in instance if key not in known and closed}
        missing = [key for key in value if key not in instance and key not in misspelt]
        spot = tree.location(path, key=True)
        return [Problem(spot, f"the key '{key}' is missing", _help(error, key)) for key in missing]
    if rule in ("enum", "const"):
        choices = [str(item) for item in (value if rule == "enum" else [value])]
        meant = nearest(str(instance), choices)
        return [Problem(place, f"{_shown(instance)} is not known", listed(choices), meant)]
    expected = str(schema.get("description", ""))
    return [Problem(place, f"{_shown(instance)} does not fit here", expected)]


def _word(name: str, schema: Any) -> str:  # noqa: ANN401 - a JSON Schema
    if name == "object" and "required" in schema:
        return f"{_WORDS[name]} with {' and '.join(schema['required'])}"
    return _WORDS[name]


def _help(error: ValidationError, key: str) -> str:
    schema: Any = error.schema
    described = schema.get("properties", {}).get(key, {}).get("description", "")
    return f"{key}: {described}" if described else ""


def _shown(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, dict | list):
        kind = "map" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'"
