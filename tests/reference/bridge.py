"""L13: bridges, made from the vault as it stands and the dates of their calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.reference.calendar import AS_OF, as_of_dates
from tests.reference.definitions import LOAD_DT
from tests.reference.others import LoadedOther, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tests.reference.definitions import Model
    from tests.reference.sql_types import Value
    from tests.reference.stage import Stage
    from tests.reference.vault import Vault


class BridgeLink(NamedTuple):
    """One link of a walk.

    Args:
        link: its name.
        enter: the (hub, role) at which the walk comes in.
        effectivity: an effectivity satellite, or none.
    """

    link: str
    enter: tuple[str, str | None]
    effectivity: str | None = None


@dataclass(frozen=True)
class BridgeDef:
    """A bridge.

    Args:
        name: the table's name.
        start: the hub that walks begin at.
        links: the links in the order of the walk.
        calendar: the name of a calendar that stands before it in the model.
    """

    name: str
    start: str
    links: Sequence[BridgeLink]
    calendar: str = "as_of"

    section = "bridges"
    last = True

    def sources(self) -> tuple[str, ...]:
        """It reads the vault; which batches touch it follows from that."""
        return ()

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:  # noqa: ARG002 - as every kind
        """For each as-of date every whole walk over rows that count then."""
        start_key = vault.model.hub(self.start).hash_key
        rows: Rows = {}
        for as_of in as_of_dates(vault, self.calendar):
            known = vault.hubs[self.start].items()
            walks = [
                Walk({AS_OF: as_of, start_key: key}, {self.start: key})
                for key, row in known
                if row[LOAD_DT] <= as_of
            ]
            for step in self.links:
                counting = counting_rows(vault, step, as_of)
                walks = [longer for walk in walks for longer in walk.over(vault, step, counting)]
            rows |= {tuple(walk.row.values()): walk.row for walk in walks}
        return LoadedOther(rows, [])

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """The table of the dates that it holds: all of the calendar's."""
        dates = as_of_dates(vault, self.calendar)
        return {f"{self.name}_dates": [{AS_OF: as_of} for as_of in dates]}

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - as every kind
        """The definition in the metadata language."""
        links = []
        for step in self.links:
            hub, role = step.enter
            more = {"by": f"{hub}.{role}" if role else hub}
            if step.effectivity:
                more["effectivity"] = step.effectivity
            links.append({step.link: more})
        return {"start": self.start, "links": links, "calendar": self.calendar}

    def stage_cells(self, *_: object) -> Iterator[tuple[str, Value, str]]:
        """It wants nothing of a stage."""
        return iter(())


class Walk(NamedTuple):
    """A walk so far: the bridge's row, each hub's last key, and the hubs that a link led to."""

    row: dict[str, Value]
    reached: dict[str, Value]
    led_to: frozenset[str] = frozenset()

    def over(
        self, vault: Vault, step: BridgeLink, counting: list[dict[str, Value]]
    ) -> Iterator[Walk]:
        """The walk, one link longer: once for each row that leads on."""
        link = vault.model.link(step.link)
        columns = vault.model.link_hub_columns(link)
        enter = [*link.hubs].index(step.enter)
        unknown = "0" * (2 * hashlib.new(vault.model.rule.algorithm).digest_size)
        if step.enter[0] in self.led_to and self.reached[step.enter[0]] == unknown:
            # What is unknown is not the same twice.
            return
        for row in counting:
            if row[columns[enter]] != self.reached[step.enter[0]]:
                continue
            longer = self.row | {link.hash_key: row[link.hash_key]}
            reached = dict(self.reached)
            others = [place for place in range(len(link.hubs)) if place != enter]
            for place in others:
                column = columns[place]
                name = f"{link.name}_{column}" if column in longer else column
                longer[name] = reached[link.hubs[place][0]] = row[column]
            yield Walk(longer, reached, self.led_to | {link.hubs[p][0] for p in others})


def counting_rows(vault: Vault, step: BridgeLink, as_of: datetime) -> list[dict[str, Value]]:
    """The rows of a link that count at a moment.

    Without effectivity those that were loaded by then. With it, those whose newest state known by
    then has begun and has not ended.
    """
    rows = vault.links[step.link]
    if step.effectivity is None:
        return [row for row in rows.values() if row[LOAD_DT] <= as_of]
    states: dict[Value, list[dict[str, Value]]] = {}
    key_column = vault.model.link(step.link).hash_key
    (satellite,) = (each for each in vault.model.others if each.name == step.effectivity)
    start, end = satellite.period
    for state in sorted(vault.others[step.effectivity].values(), key=lambda row: row[LOAD_DT]):
        if state[LOAD_DT] <= as_of:
            before = states.get(state[key_column], [])
            # Several periods of one load date are one state.
            same = [each for each in before if each[LOAD_DT] == state[LOAD_DT]]
            states[state[key_column]] = [*same, state]
    return [
        rows[key]
        for key, periods in states.items()
        if key in rows
        and any(
            state[start] <= as_of and (state[end] is None or state[end] > as_of)
            for state in periods
        )
    ]
