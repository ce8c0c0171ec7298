"""The quick look at the shape of the metadata, against the JSON Schema as jsonschema reads it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dv_gen.kinds import metadata_schema
from dv_gen.metadata.project_file import PROJECT_FILE, project_schema
from dv_gen.metadata.quick_check import quick_check
from dv_gen.metadata.yaml_reader import read_yaml_file
from tests.projects import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = {True: project_schema(), False: metadata_schema()}
QUICK = {of_project: quick_check(schema) for of_project, schema in SCHEMAS.items()}
THOROUGH = {of_project: Draft202012Validator(schema) for of_project, schema in SCHEMAS.items()}


def _documents() -> Iterator[tuple[bool, Any]]:
    for place in ("metadata", "tests/golden/*/metadata"):
        for path in sorted(REPOSITORY.glob(f"{place}/**/*.yml")):
            tree = read_yaml_file(path, path.name, [])
            assert tree is not None
            yield path.name == PROJECT_FILE, tree.data


DOCUMENTS = list(_documents())
# What a file may hold that is nearly right: other types, nothing, too much, words of the schema.
words = st.sampled_from(
    [
        *("", "a", "1%", "-1", "columns", "type", "feeds", "key", "last", "reject", "keep", "sha1"),
        *(";;", "multi_active", "child_keys", "effectivity"),
    ]
)
scalars = st.one_of(
    words, st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([1.0, 1.5])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)
)


def _places(value: object) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a document."""
    if isinstance(value, dict | list):
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        return [(value, key) for key in keys] + [
            place for key in keys for place in _places(value[key])
        ]
    return []


@st.composite
def nearly_right(draw: st.DrawFn) -> tuple[bool, Any]:
    """A document with up to three things changed: replaced, left out, added or renamed."""
    of_project, document = draw(st.sampled_from(DOCUMENTS))
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        places = _places(document)
        if not places:
            break
        container, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["replace", "remove", "add", "move"]))
        if change == "replace":
            container[key] = draw(values)
        elif change == "remove":
            del container[key]
        elif change == "add":
            if isinstance(container, dict):
                container[draw(words)] = draw(values)
            else:
                container.append(draw(values))
        elif isinstance(container, dict):
            container[draw(words)] = container.pop(key)
    return of_project, document


@settings(deadline=None, max_examples=300)
@given(nearly_right())
def test_what_is_nearly_right_is_judged_as_jsonschema_judges_it(case: tuple[bool, Any]) -> None:
    of_project, document = case
    thorough = THOROUGH[of_project].is_valid(document)

    if "1.0" in str(document):
        # A whole number to jsonschema; the quick look leaves that to it.
        assert thorough or not QUICK[of_project](document)
    else:
        assert QUICK[of_project](document) == thorough


@pytest.mark.parametrize("number", range(len(DOCUMENTS)))
def test_what_is_right_is_accepted_at_a_glance(number: int) -> None:
    of_project, document = DOCUMENTS[number]

    assert QUICK[of_project](document)


bounds = st.integers(0, 2)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    types = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])
    parts = st.dictionaries(words, inner, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
            "enum": st.lists(scalars, min_size=1, max_size=3),
            "properties": parts,
            "additionalProperties": inner | st.booleans(),
            "required": st.lists(words, max_size=2, unique=True),
            "items": inner | st.booleans(),
            "pattern": st.sampled_from(["a", "^1", "%$"]),
            "minimum": st.integers(-1, 1),
            "minLength": bounds,
            "maxLength": bounds,
            "minItems": bounds,
            "maxItems": bounds,
            "minProperties": bounds,
            "maxProperties": bounds,
            # Words that it does not know.
            "const": scalars,
            "not": inner,
            "maximum": bounds,
            "uniqueItems": st.booleans(),
            "prefixItems": st.lists(inner, min_size=1, max_size=1),
            "patternProperties": parts,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
        },
    )


@settings(deadline=None, max_examples=500)
@given(st.recursive(st.just({}), _schemas, max_leaves=6), values)
@example({"type": "integer"}, True)
@example({"enum": [1]}, True)
@example({"enum": [1, 2]}, 1)
@example({"enum": ["a"], "pattern": "b"}, "a")
@example({"type": "object", "items": False, "minLength": 3}, {})
def test_it_never_accepts_what_jsonschema_refuses(schema: dict[str, Any], value: object) -> None:
    if quick_check(schema)(value):
        assert Draft202012Validator(schema).is_valid(value)


conditions = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "required": st.lists(words, max_size=2, unique=True),
            "properties": st.dictionaries(words, words.map(lambda word: {"const": word})),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"anyOf": st.lists(inner, min_size=1, max_size=2), "not": inner}
    ),
    max_leaves=4,
)
maps = st.dictionaries(words, words | scalars, max_size=3)


@settings(deadline=None, max_examples=300)
@given(conditions, maps | values)
def test_a_condition_is_judged_as_jsonschema_judges_it(
    condition: dict[str, Any], value: object
) -> None:
    schema = {
        "if": {"type": "object", **condition},
        "then": {"type": "object", "maxProperties": 1},
        "else": {"type": ["object", "null"], "minProperties": 1},
    }
    assert quick_check(schema)(value) == Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"if": {"type": "object", "minProperties": 1}, "then": {}, "else": {}}, {}),
        ({"type": "array", "uniqueItems": True}, []),
        ({"type": "string", "enum": ["a"]}, "a"),
        ({}, "a"),
        ({"type": "number"}, 1.5),
        ({"type": "integer"}, 1.0),
        ({"enum": [1]}, 1.0),
    ],
)
def test_what_it_does_not_know_it_leaves_to_jsonschema(
    schema: dict[str, Any], value: object
) -> None:
    assert Draft202012Validator(schema).is_valid(value)
    assert not quick_check(schema)(value)
