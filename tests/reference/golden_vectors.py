"""H7: the golden vectors, `hash_vectors.json`: typed values, the text they become, its digests.

Every input text was written by hand, and its digests computed by hashlib from that text, so that
the reference model is tested against them like any engine. The file holds two lists.

`vectors`, each with

- `name`: a sentence for the test report;
- `rule`: `dv_gen` or `classic`; `kind`: `key` or `hashdiff`;
- `columns`: `{name, type, value}` in component order (a classic hashdiff sorts them by name);
  `value` is JSON's own, and a string for decimal, date and timestamp;
- `options`: `case` and `trim` for keys of the `dv_gen` rule, where they are not `upper` and true;
- `input`: the text, null for no key; `md5`, `sha1`, `sha256`: its digests, null for no key.

`surrogates` (S4), each with `name`, `columns`, `occurrence`, `input` and `md5`.

To add one, write the input by hand and let `python -m tests.reference.golden_vectors` print its
digests: it reads the text from standard input.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.reference.hashing import Component, HashRule, digest
from tests.reference.sql_types import parse_value

PATH = Path(__file__).with_name("hash_vectors.json")
ALGORITHMS = ("md5", "sha1", "sha256")


@dataclass(frozen=True)
class Vector:
    """One golden vector, its values typed."""

    name: str
    rule: str
    kind: str
    components: tuple[Component, ...]
    options: dict[str, str | bool]
    input: str | None
    digests: dict[str, str | None]

    def hash_rule(self, algorithm: str = "md5") -> HashRule:
        """The rule this vector is to be hashed by."""
        return HashRule(rule=self.rule, algorithm=algorithm, **self.options)

    @classmethod
    def read(cls, entry: dict) -> Self:
        """Build a vector from its JSON."""
        return cls(
            name=entry["name"],
            rule=entry["rule"],
            kind=entry["kind"],
            components=read_components(entry["columns"]),
            options=entry["options"],
            input=entry["input"],
            digests={algorithm: entry[algorithm] for algorithm in ALGORITHMS},
        )


@dataclass(frozen=True)
class SurrogateVector:
    """One golden surrogate (S4)."""

    name: str
    components: tuple[Component, ...]
    occurrence: int
    input: str
    md5: str


def read_components(columns: list[dict]) -> tuple[Component, ...]:
    """The typed components of a vector."""
    return tuple(
        Component(parse_value(column["value"], column["type"]), column["type"], column["name"])
        for column in columns
    )


def vectors() -> list[Vector]:
    """All key and hashdiff vectors, in file order."""
    return [Vector.read(entry) for entry in json.loads(PATH.read_text("utf-8"))["vectors"]]


def surrogates() -> list[SurrogateVector]:
    """All surrogate vectors, in file order."""
    return [
        SurrogateVector(
            name=entry["name"],
            components=read_components(entry["columns"]),
            occurrence=entry["occurrence"],
            input=entry["input"],
            md5=entry["md5"],
        )
        for entry in json.loads(PATH.read_text("utf-8"))["surrogates"]
    ]


if __name__ == "__main__":
    text = sys.stdin.read()
    json.dump({name: digest(text, name) for name in ALGORITHMS}, sys.stdout, indent=2)
