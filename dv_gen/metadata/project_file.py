"""project.yml: names, schemas, the hash rule and the targets."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dv_gen import dialects
from dv_gen.errors import Location, MetadataError, Problem, UsageError
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, listed, nearest
from dv_gen.metadata.schema_check import schema_check
from dv_gen.metadata.sizes import SIZE
from dv_gen.metadata.yaml_reader import SECRETS, read_yaml_file
from dv_gen.model.project import HashRule, Naming, Project, Schemas, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dv_gen.metadata.yaml_reader import Tree

PROJECT_FILE = "project.yml"
_TARGET_NAME = re.compile(r"\w[\w-]*")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_NOTHING_BUT_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-)?\}")


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema of project.yml, for the dialects that are installed."""
    text, known = {"type": "string"}, dialects.names()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dv-gen project.yml",
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "targets"],
        "properties": {
            "name": {**text, "description": "the project's name"},
            "schemas": _texts(Schemas, "the database schemas"),
            "naming": _texts(Naming, "the names of the standard columns"),
            "hash": {
                "description": "how a row becomes a digest",
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "rule": {"enum": ["dv_gen", "classic"]},
                    "algorithm": {"enum": ["md5", "sha1", "sha256"]},
                    "store": {"enum": ["native", "binary", "hex", "upper_hex"]},
                },
            },
            "keys": {
                "description": "how business keys become keys: hash, natural, or a map",
                "type": ["object", "string"],
                "pattern": "^(hash|natural)$",
                "additionalProperties": False,
                "properties": {
                    "mode": {"enum": ["hash", "natural"]},
                    "case": {"enum": ["upper", "preserve"]},
                    "trim": {"type": "boolean"},
                },
            },
            "ghosts": {
                "description": "whether hubs and satellites have ghost rows",
                "type": "boolean",
            },
            "target": {**text, "description": "the target that is used when none is named"},
            "targets": {
                "description": "the places to load into, {name: {type: ..}}",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {
                        "type": {"enum": list(known), "description": listed(known)},
                        "checks": {
                            "description": "when the checks of a batch run",
                            "enum": ["batch", "deferred"],
                        },
                        "changes": {
                            "description": "whether a run makes safe changes of the model itself",
                            "enum": ["make", "ask"],
                        },
                        "landing": {
                            "description": "a folder or s3://bucket/prefix",
                            "type": ["string", "object"],
                            "required": ["root"],
                            "additionalProperties": False,
                            "properties": {
                                "root": {**text, "description": "a folder or s3://bucket/prefix"},
                                "endpoint": text,
                                "region": text,
                                "profile": text,
                                "max_unpacked": SIZE,
                            },
                        },
                        "physical": {
                            "description": "how all tables are stored, if nothing else is said",
                            "type": "object",
                            "additionalProperties": False,
                            "minProperties": 1,
                            "properties": {
                                "ksafe": {
                                    "enum": [0, 1, 2],
                                    "description": "how many nodes may fail",
                                },
                                "partitions": {
                                    "type": "boolean",
                                    "description": "whether history is partitioned by its date",
                                },
                            },
                        },
                    },
                },
            },
        },
    }


def _texts(shape: type, description: str) -> dict[str, Any]:
    names = [field.name for field in fields(shape)]
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"type": "string"} for name in names},
    }


def load_project(folder: Path) -> Project:
    """Return what ``metadata/project.yml`` says.

    Raises:
        UsageError: when there is no such file.
        MetadataError: with everything that is wrong in it.
    """
    problems: list[Problem] = []
    project = read_project(folder, problems)
    if project is None or problems:
        raise MetadataError(problems)
    return project


def read_project(folder: Path, problems: list[Problem]) -> Project | None:
    """Return the project that ``folder/metadata/project.yml`` describes.

    Args:
        folder: the project's folder.
        problems: what is wrong is appended here; the result is then None or incomplete.

    Raises:
        UsageError: when there is no such file.
    """
    path = folder / "metadata" / PROJECT_FILE
    shown = f"metadata/{PROJECT_FILE}"
    if not path.exists():
        raise UsageError(
            f"no project here: {shown} does not exist",
            hint="go to the project's folder, name it with --project, or start one: dv-gen init",
        )
    tree = read_yaml_file(path, shown, problems)
    if tree is None or schema_check(project_schema())(tree, problems):
        return None
    data: dict[str, Any] = tree.data
    said = data.get("keys", {})
    keys = {"mode": said} if isinstance(said, str) else said
    naming = data.get("naming", {})
    if keys.get("mode") == "natural":
        naming = {"hash_key_prefix": "key_", **naming}
    project = Project(
        name=data["name"],
        location=Location(shown),
        schemas=Schemas(**data.get("schemas", {})),
        naming=Naming(**naming),
        hash=HashRule(**data.get("hash", {}), **keys),
        ghosts=data.get("ghosts", False),
        targets=tuple(
            Target(name, spec["type"], spec, tree.location(("targets", name), key=True))
            for name, spec in data["targets"].items()
        ),
        default_target=data.get("target", next(iter(data["targets"]))),
    )
    problems.extend(_name_problems(project, data, tree))
    names = [target.name for target in project.targets]
    if project.default_target not in names:
        meant = nearest(project.default_target, names)
        place = tree.location(("target",))
        what = f"unknown target '{project.default_target}'"
        problems.append(Problem(place, what, "" if meant else listed(names), meant))
    return project


def _name_problems(project: Project, data: dict[str, Any], tree: Tree) -> Iterator[Problem]:
    for section in ("schemas", "naming"):
        for key, name in data.get(section, {}).items():
            if not is_identifier(name):
                place = tree.location((section, key))
                yield Problem(place, f"'{name}' cannot be a name", IDENTIFIER_RULE)
    seen: dict[str, str] = {}
    for key in ("load_dt", "load_src", "hashdiff"):
        name = getattr(project.naming, key)
        if (other := seen.setdefault(name.casefold(), key)) != key:
            spot = key if key in data["naming"] else other
            what = f"'{name}' would be both {other} and {key}"
            yield Problem(tree.location(("naming", spot)), what, "a name for each of them")
    if project.hash.is_natural and project.hash.rule == "classic":
        what = "the classic rule hashes its keys"
        yield Problem(tree.location(("keys",)), what, "keys: hash, or another rule")
    if project.hash.is_natural and project.ghosts:
        what = "natural keys have no zero key, which ghost rows would stand for"
        yield Problem(tree.location(("ghosts",)), what, "keys: hash, or no ghosts")
    for target in project.targets:
        yield from _target_problems(target, tree)


def _target_problems(target: Target, tree: Tree) -> Iterator[Problem]:
    # The name is that of a folder below generated/.
    if not _TARGET_NAME.fullmatch(target.name):
        what = f"'{target.name}' cannot name a target"
        yield Problem(target.location, what, "letters, digits, underscores and hyphens")
    yield from _lacking_settings(target, tree)
    for key in SECRETS:
        value = target.settings.get(key)
        said = isinstance(value, str) and _NOTHING_BUT_VARIABLE.fullmatch(value)
        if value not in (None, "") and not said:
            place = tree.location(("targets", target.name, key))
            what = f"a {key} is written down"
            yield Problem(place, what, f"a variable of the environment: {key}: ${{NAME}}")


def _lacking_settings(target: Target, tree: Tree) -> Iterator[Problem]:
    for rule in dialects.get(target.type).needed_settings:
        value = target.settings.get(rule.setting)
        if value not in rule.values or target.settings.get(rule.needs):
            continue
        place = tree.location(("targets", target.name, rule.setting))
        what = f"{rule.setting}: {value} needs {rule.needs}, {rule.reason}"
        yield Problem(place, what, f"{rule.needs}: path of a PEM file")


def expand(target: Target, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the target's settings with every ``${VAR}`` and ``${VAR:-default}`` replaced.

    An empty variable counts as unset, as in a shell's ``:-``.

    Raises:
        UsageError: when a variable without a default is not set.
    """
    known = os.environ if environment is None else environment

    def replace(found: re.Match[str]) -> str:
        name, default = found.group(1), found.group(2)
        value = known.get(name) or default
        if value is None:
            raise UsageError(
                f"target {target.name} needs the environment variable {name}, which is not set",
                hint=f"export {name}=..., or give a default: ${{{name}:-value}}",
                location=target.location,
            )
        return value

    def walk(value: object) -> object:
        if isinstance(value, str):
            return _VARIABLE.sub(replace, value)
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return value

    return {key: walk(value) for key, value in target.settings.items()}
