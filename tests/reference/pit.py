"""L13: PIT tables, made from the vault as it stands and the dates of their calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.reference.calendar import AS_OF, as_of_dates
from tests.reference.definitions import LOAD_DT
from tests.reference.others import LoadedOther, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.reference.definitions import Model
    from tests.reference.sql_types import Value
    from tests.reference.stage import Stage
    from tests.reference.vault import Vault

GHOST_DT = datetime(1, 1, 1)  # noqa: DTZ001 - a warehouse timestamp is UTC without saying so


@dataclass(frozen=True)
class PitDef:
    """A PIT over satellites of one parent.

    Args:
        name: the table's name.
        parent: a hub's or link's name.
        satellites: the names of its satellites, in order.
        calendar: the name of a calendar that stands before it in the model.
    """

    name: str
    parent: str
    satellites: Sequence[str]
    calendar: str = "as_of"

    section = "pits"
    last = True

    def sources(self) -> tuple[str, ...]:
        """It reads the vault; which batches touch it follows from that."""
        return ()

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:  # noqa: ARG002 - as every kind
        """For each as-of date every key known by then, with its newest row of each satellite."""
        model = vault.model
        is_hub = model.is_hub(self.parent)
        key_column = (model.hub if is_hub else model.link)(self.parent).hash_key
        known = (vault.hubs if is_hub else vault.links)[self.parent]
        zero = "0" * (2 * hashlib.new(model.rule.algorithm).digest_size)
        rows: Rows = {}
        for as_of in as_of_dates(vault, self.calendar):
            for key, row in known.items():
                if row[LOAD_DT] > as_of:
                    continue
                pointing: dict[str, Value] = {AS_OF: as_of, key_column: key}
                for name in self.satellites:
                    newest = newest_row(vault, name, (key_column, key), as_of)
                    pointing[f"{name}_key"] = zero if newest is None else key
                    pointing[f"{name}_{LOAD_DT}"] = newest or GHOST_DT
                rows[as_of, key] = pointing
        return LoadedOther(rows, [])

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """The table of the dates that it holds: all of the calendar's."""
        dates = as_of_dates(vault, self.calendar)
        return {f"{self.name}_dates": [{AS_OF: as_of} for as_of in dates]}

    def entry(self, model: Model) -> dict[str, Any]:
        """The definition in the metadata language."""
        return {
            "hub" if model.is_hub(self.parent) else "link": self.parent,
            "satellites": list(self.satellites),
            "calendar": self.calendar,
        }

    def stage_cells(self, *_: object) -> Iterator[tuple[str, Value, str]]:
        """It wants nothing of a stage."""
        return iter(())


def newest_row(
    vault: Vault, satellite: str, key: tuple[str, str], as_of: datetime
) -> datetime | None:
    """The load date of a key's newest row that is not later than a moment."""
    column, value = key
    table = vault.satellites.get(satellite) or vault.others.get(satellite, {})
    found = (row[LOAD_DT] for row in table.values() if row[column] == value)
    return max((moment for moment in found if moment <= as_of), default=None)
