"""What the definition of every other kind can do: load itself by the rules, and show its views.

Hubs, links and plain satellites are written out in `vault.py`; each further kind is one module
with a frozen dataclass that has these attributes and methods, and stands in `Model.others`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.reference.definitions import Model, SourceDef
    from tests.reference.satellite import Reject
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault

Rows = dict[tuple, dict[str, "Value"]]


class LoadedOther(NamedTuple):
    """What one load brings: new rows by the table's own key, and the rejects."""

    rows: Rows
    rejects: list[Reject]


class Other(Protocol):
    """A definition of a kind besides hubs, links and plain satellites.

    Attributes:
        name: the table's name.
        section: the metadata's section that it is written in.
        last: whether it is made from the vault as it stands after the batch (PIT, bridge); then
            `load` returns the whole table.
    """

    name: str
    section: str
    last: bool

    def sources(self) -> tuple[str, ...]:
        """The sources that it is loaded from."""

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """The rows that a batch adds to `vault.others[self.name]`, which is left as it is."""

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """The views over the table, by name."""

    def entry(self, model: Model) -> dict[str, Any]:
        """The definition in the metadata language."""

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """The stage columns that it wants of a source: name, value, type."""


def sorted_rows(rows: Mapping[tuple, Mapping[str, Value]]) -> list[dict[str, Value]]:
    """A table's rows in the order of their keys, as copies."""
    return [dict(rows[key]) for key in sorted(rows, key=repr)]
