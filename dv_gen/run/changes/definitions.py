"""What tables are built from (P1): as the manifest has it, and as the ledger keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dv_gen.model.entities import Column
from dv_gen.model.types import HASH, parse_column_type

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_NULL = " not null"


@dataclass(frozen=True)
class Definition:
    """What a table of the vault is built from.

    Attributes:
        entity: the entity whose steps make it.
        columns: by name, with the types of the metadata.
        built_from: what its rows are: the kind, a hub's key, a link's hubs, a satellite's parent.
        hash_rule: the rule that its keys are hashed by.
        place: where the metadata defines it; the ledger knows none.
    """

    schema: str
    name: str
    entity: str
    columns: Mapping[str, Column]
    built_from: Mapping[str, Any]
    hash_rule: str
    place: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """The table's name as messages have it."""
        return f"{self.schema}.{self.name}"

    @property
    def kind(self) -> str:
        """The kind of its entity, or an empty string."""
        return str(self.built_from.get("kind", ""))

    @property
    def is_derived(self) -> bool:
        """Whether its rows can be made anew from the vault."""
        return bool(self.built_from.get("derived"))

    @property
    def hashed(self) -> tuple[str, ...]:
        """The columns in its hashdiff."""
        return tuple(self.built_from.get("hashdiff", ()))

    @property
    def text(self) -> str:
        """The definition as the ledger keeps it, without the table's own name."""
        facts = {
            "entity": self.entity,
            "columns": {column.name: declared(column) for column in self.columns.values()},
            "built_from": self.built_from,
            "hash_rule": self.hash_rule,
        }
        return json.dumps(facts, ensure_ascii=False)


def declared(column: Column) -> str:
    """Return a column's type as the metadata writes it."""
    return f"{column.type}{'' if column.nullable else _NOT_NULL}"


def read_definition(schema: str, name: str, text: str) -> Definition:
    """Return a definition from the text that the ledger keeps."""
    facts = json.loads(text)
    return Definition(
        schema,
        name,
        facts["entity"],
        columns_of(facts["columns"]),
        facts["built_from"],
        facts["hash_rule"],
    )


def expected_tables(manifest: Mapping[str, Any]) -> list[Definition]:
    """Return the definitions of the tables that keep what was loaded, as the metadata has them."""
    return [
        Definition(
            facts["schema"],
            name,
            facts["entity"],
            columns_of(facts["columns"]),
            facts.get("built_from", {}),
            manifest["hash_rule"],
            facts.get("location", ""),
        )
        for name, facts in manifest["tables"].items()
        if facts["columns"] and not facts["is_view"] and not facts["transient"]
    ]


def columns_of(texts: Mapping[str, str]) -> dict[str, Column]:
    """Return columns from their names and types as the manifest has them."""
    return {name: _column(name, text) for name, text in texts.items()}


def _column(name: str, text: str) -> Column:
    bare = text.removesuffix(_NOT_NULL)
    if bare == str(HASH):
        return Column(name, HASH, nullable=bare == text)
    kind, nullable = parse_column_type(text)
    return Column(name, kind, nullable)
