"""The questions about typed values: what the type checks let pass, and what is hashed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dv_gen.doctor.findings import FAILED, OK, Finding
from dv_gen.doctor.probes import Probe, ask_all
from dv_gen.doctor.visit import told
from dv_gen.errors import EngineError
from dv_gen.kinds.stage_hashes import Component, HashColumn, in_hashed_order
from dv_gen.model.source import SourceColumn
from dv_gen.model.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit
    from dv_gen.model.project import HashRule

_DATA = Path(__file__).with_name("data")
_TODO = "do not load with this target; report the line above: a fragment of the dialect is wrong"
_HASH_TODO = "do not load with this target: its hash keys would not be those of other engines"


def _entries(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((_DATA / name).read_text(encoding="utf-8"))
    return entries


def type_checks() -> list[Probe]:
    """Return the questions about the type checks: the canonical value, or NULL for a misfit."""
    probes = []
    for entry in _entries("type_checks.json"):
        column = SourceColumn(
            "given",
            parse_type(entry["type"]),
            format=entry.get("format", ""),
            decimal=entry.get("decimal", "."),
            trim=entry.get("trim", False),
        )
        context = {"column": column, "text": entry["text"]}
        probes.append(Probe(entry["name"], "type_check", entry["value"], context))
    return probes


def hash_probes(rule: HashRule, kind: str) -> list[Probe]:
    """Return the golden vectors of a project's hash rule as questions.

    Args:
        rule: the project's hash rule; vectors of other ways to treat a key's text are left out.
        kind: ``key`` or ``hashdiff``.
    """
    own = {"case": rule.case, "trim": rule.trim}
    plain = rule.is_natural and kind == "key"
    probes = []
    for entry in _entries("hash_vectors.json"):
        options = {"case": "upper", "trim": True, **entry["options"]}
        if (entry["rule"], entry["kind"]) != (rule.rule, kind) or (
            kind == "key" and rule.rule == "dv_gen" and options != own
        ):
            continue
        columns = _columns(entry)
        answer = entry["input" if plain else rule.algorithm]
        # Where no NULL can come, the statement is a shorter one.
        for declared in (False, True):
            column = _column(entry, rule, declared=declared)
            context = {"column": column, "columns": columns}
            name = f"{entry['name']}, not null" if declared else entry["name"]
            probes.append(Probe(name, "hash", answer, {**context, "plain": plain}))
    return probes


def _columns(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": column["name"],
            "type": parse_type(column["type"]),
            "text": None if column["value"] is None else _text(column["value"]),
        }
        for column in entry["columns"]
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(entry: dict[str, Any], rule: HashRule, *, declared: bool) -> HashColumn:
    """Return the hash column; ``declared`` says not null of every value that is none."""
    components = tuple(
        Component(
            column["name"],
            column["type"],
            column["type"],
            nullable=not declared or column["text"] is None,
            name=column["name"],
        )
        for column in _columns(entry)
    )
    is_key = entry["kind"] == "key"
    return HashColumn(
        entry["kind"],
        (components,) if is_key else (),
        () if is_key else in_hashed_order(components, rule),
        nullable=True,
    )


def check_types(visit: Visit) -> Iterable[Finding]:
    """Ask which texts are a value of which type, and what that value is."""
    yield ask_all(visit, "type checks", type_checks(), _TODO)


def check_hashes(visit: Visit) -> Iterable[Finding]:
    """Ask for the digests of the golden vectors (H7), and for the constant ones (L11)."""
    rule = visit.project.hash
    digits = 2 * rule.digest_bytes
    constants = [
        Probe(f"the key of {digit}", "constant_digest", digit * digits, {"digit": digit})
        for digit in "0f"
    ]
    yield ask_all(visit, "hash keys", [*hash_probes(rule, "key"), *constants], _HASH_TODO)
    yield ask_all(visit, "hashdiffs", hash_probes(rule, "hashdiff"), _HASH_TODO)


def check_time_zone(visit: Visit) -> Iterable[Finding]:
    """Ask about moments once more in a session of another time zone: nothing may change."""
    probes = [probe for probe in type_checks() if probe.context["column"].type.name == "timestamp"]
    try:
        visit.do("set_time_zone")
        try:
            found = ask_all(visit, "time zone", probes, _TODO)
        finally:
            visit.do("reset_time_zone")
    except EngineError as error:
        yield Finding("time zone", FAILED, told(error), "the session's time zone cannot be set")
        return
    said = "moments are the same whatever the session's time zone is"
    yield Finding("time zone", OK, said) if found.status == OK else found
