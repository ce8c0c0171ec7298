"""H7: the golden vectors, brought in files and hashed by the rendered stage SQL."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conformance.deliveries import as_delivery
from tests.reference.definitions import HubDef, KeyUse, Model, SatDef, SourceDef, Surrogate
from tests.reference.golden_vectors import ALGORITHMS, SurrogateVector, Vector, surrogates, vectors
from tests.reference.hashing import HashRule
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.conformance.projects import Project

# A surrogate's digits cannot be chosen: the last test here computes them.
VECTORS = [each for each in vectors() if all(part.type != "hash" for part in each.components)]
GROUPS = {
    f"{vector.rule} {' '.join(f'{k}={v}' for k, v in vector.options.items())}".strip(): vector
    for vector in VECTORS
}
every_digest = pytest.mark.parametrize(
    ("algorithm", "store"), [*((name, "native") for name in ALGORITHMS), ("md5", "hex")]
)


class Shape(NamedTuple):
    """What vectors of one source have in common."""

    kind: str
    columns: tuple[tuple[str, str], ...]


def shapes(given: Iterable[Vector]) -> dict[Shape, list[Vector]]:
    found: dict[Shape, list[Vector]] = defaultdict(list)
    for vector in given:
        columns = tuple((part.name, part.type) for part in vector.components)
        found[Shape(vector.kind, columns)].append(vector)
    return found


@every_digest
@pytest.mark.parametrize("group", GROUPS)
def test_stage_hashes_are_the_golden_digests(
    group: str, algorithm: str, store: str, make: Callable[..., Project]
) -> None:
    like = GROUPS[group]
    wanted = [v for v in VECTORS if (v.rule, v.options) == (like.rule, like.options)]
    found = shapes(wanted)
    project = make(model_of(found, like.hash_rule(algorithm)), store=store)
    files = {
        f"t{number}/a.csv": [
            {part.name: part.value for part in vector.components} | {"record": 1}
            for vector in given
        ]
        for number, given in enumerate(found.values())
    }
    delivery = as_delivery(project.model, day(1), files)
    project.deliver(delivery.files)
    ran = project.run(day(1), select=("kind:hub",))
    assert ran.exit_code == 0, ran.log
    assert project.stage_rejects(ran.batch) == []
    computed = {}
    for number, (shape, given) in enumerate(found.items()):
        column = "hk" if shape.kind == "key" else f"hashdiff_s_{number}"
        rows = sorted(project.rows(f"t{number}"), key=lambda row: row["row_no"])
        digests = [row[column] for row in rows]
        computed |= {v.name: digit for v, digit in zip(given, digests, strict=True)}
    assert computed == {vector.name: vector.digests[algorithm] for vector in wanted}


def model_of(found: dict[Shape, list[Vector]], rule: HashRule) -> Model:
    """A source for every shape: its columns are a hub's key, or a satellite's payload."""
    sources, hubs, satellites = [], [], []
    for number, (kind, columns) in enumerate(found):
        names = [name for name, _ in columns]
        key = columns if kind == "key" else (("record", "integer"),)
        use = KeyUse(f"h_{number}", [name for name, _ in key])
        sources.append(SourceDef(f"t{number}", dict(columns) | {"record": "integer"}, [use]))
        hubs.append(HubDef(f"h_{number}", key, hash_column="hk"))
        if kind == "hashdiff":
            payload = [(name, name) for name in names]
            satellites.append(SatDef(f"s_{number}", f"t{number}", f"h_{number}", payload))
    return Model(sources, hubs, (), satellites, rule)


@every_digest
def test_surrogates_are_the_golden_digests(
    algorithm: str, store: str, make: Callable[..., Project]
) -> None:
    """S4: the surrogate of a record, or of its n-th occurrence in a file."""
    given = surrogates()
    model = Model(
        sources=[surrogate_source(n, vector) for n, vector in enumerate(given)],
        hubs=[HubDef(f"h_{n}", [("id", "hash")], hash_column="hk") for n in range(len(given))],
        satellites=[SatDef(f"s_{n}", f"t{n}", f"h_{n}", [("id", "id")]) for n in range(len(given))],
        rule=HashRule(algorithm=algorithm),
    )
    project = make(model, store=store)
    files = {
        f"t{n}/a.csv": [{part.name: part.value for part in vector.components}] * vector.occurrence
        for n, vector in enumerate(given)
    }
    project.deliver(as_delivery(model, day(1), files).files)
    ran = project.run(day(1))
    assert ran.exit_code == 0, ran.log
    for n, vector in enumerate(given):
        row = max(project.rows(f"t{n}"), key=lambda row: row["row_no"])
        digits = digest(vector.input, algorithm)
        assert row["id"] == digits, vector.name
        assert algorithm != "md5" or digits == vector.md5
        # As a key and as payload it is the text of its digits.
        assert row["hk"] == digest(digits, algorithm), vector.name
        assert row[f"hashdiff_s_{n}"] == digest(f"id={digits}", algorithm), vector.name


def surrogate_source(number: int, vector: SurrogateVector) -> SourceDef:
    columns = {part.name: part.type for part in vector.components}
    surrogate = Surrogate("id", list(columns), keep_repeats=vector.occurrence > 1)
    return SourceDef(f"t{number}", columns, [KeyUse(f"h_{number}", ["id"])], surrogate=surrogate)


def digest(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
