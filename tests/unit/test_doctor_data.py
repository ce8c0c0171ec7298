"""What the doctor takes for right is right: by hand, by hashlib and by the reference."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import dv_gen.doctor
from dv_gen.doctor.values import hash_probes, type_checks
from dv_gen.model.project import HashRule
from tests.reference.golden_vectors import ALGORITHMS, PATH
from tests.reference.hashing import full_text
from tests.reference.sql_types import parse_value

DATA = Path(dv_gen.doctor.__file__).with_name("data")
VECTORS = json.loads((DATA / "hash_vectors.json").read_text(encoding="utf-8"))
CHECKS = json.loads((DATA / "type_checks.json").read_text(encoding="utf-8"))


def test_the_vectors_are_the_golden_ones() -> None:
    golden = {entry["name"]: entry for entry in json.loads(PATH.read_text("utf-8"))["vectors"]}
    without_surrogates = {
        name
        for name, entry in golden.items()
        if all(column["type"] != "hash" for column in entry["columns"])
    }

    assert {entry["name"] for entry in VECTORS} == without_surrogates
    for entry in VECTORS:
        assert entry == golden[entry["name"]]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_digests_are_those_of_the_texts(algorithm: str) -> None:
    for entry in VECTORS:
        text = entry["input"]
        digest = None if text is None else hashlib.new(algorithm, text.encode()).hexdigest()
        assert entry[algorithm] == digest, entry["name"]


@pytest.mark.parametrize("entry", [e for e in CHECKS if e["value"]], ids=lambda e: e["name"])
def test_a_value_is_its_own_text(entry: dict[str, str]) -> None:
    text, kind = entry["value"], entry["type"]
    plain = {"true": True, "false": False}.get(text, text)
    value = parse_value(int(text) if kind.endswith("int") or kind == "integer" else plain, kind)

    assert full_text(value, kind) == text


def test_every_type_is_asked_about_with_values_and_misfits() -> None:
    for name in ("smallint", "integer", "bigint", "decimal", "date", "timestamp", "boolean"):
        answers = {e["value"] is None for e in CHECKS if e["type"].partition("(")[0] == name}
        assert False in answers or name == "smallint"
        assert True in answers, name
    assert len(type_checks()) == len(CHECKS)


@pytest.mark.parametrize(
    "rule",
    [
        HashRule(),
        HashRule(case="preserve"),
        HashRule(trim=False),
        HashRule(case="preserve", trim=False),
        HashRule(rule="classic"),
        HashRule(mode="natural"),
    ],
    ids=lambda rule: rule.version,
)
def test_every_hash_rule_has_vectors_of_its_own(rule: HashRule) -> None:
    assert hash_probes(rule, "key")
    assert hash_probes(rule, "hashdiff")
