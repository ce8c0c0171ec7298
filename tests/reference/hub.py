"""L1: hubs."""

from collections.abc import Container
from typing import NamedTuple

from tests.reference.definitions import LOAD_DT, LOAD_SRC, HubDef, Model
from tests.reference.keys import hub_components
from tests.reference.sql_types import Value, nulls_last
from tests.reference.stage import Row, Stage


class Loaded(NamedTuple):
    """What one load brings: new rows by key, and how many staged rows had no key (L3)."""

    rows: dict[str, dict[str, Value]]
    no_key: int


def load_hub(model: Model, hub: HubDef, stage: Stage, stored: Container[str]) -> Loaded:
    """L1: per business key that is not in the hub yet, the first candidate of all feeds.

    First is: the earliest load date; then the feed that lacks the fewest of the hub's extra
    columns; then source order in the metadata; then the record source; then the row's own values.
    L3: a row without a key makes no hub row and is counted.
    """
    best: dict[str, tuple[tuple, dict[str, Value]]] = {}
    no_key = 0
    for place, (source, use) in enumerate(model.feeds(hub)):
        extra = hub.extra_of(source, use)
        missing = list(extra.values()).count(None)
        for row in stage.get(source.name, ()):
            components = hub_components(hub, source, use, row)
            key = model.rule.key(components)
            if key is None:
                no_key += 1
                continue
            key_columns = {} if hub.is_its_key else {part.name: part.value for part in components}
            own = key_columns | _values(extra, row)
            ties = tuple(nulls_last(value) for value in own.values())
            rank = (row.load_dt, missing, place, row.load_src, ties)
            if key not in stored and (key not in best or rank < best[key][0]):
                standard = {LOAD_DT: row.load_dt, LOAD_SRC: row.load_src}
                best[key] = (rank, {hub.hash_key: key} | own | standard)
    return Loaded({key: row for key, (_, row) in best.items()}, no_key)


def _values(extra: dict[str, str | None], row: Row) -> dict[str, Value]:
    """L1: the hub's extra columns, NULL where the source has none."""
    return {name: row.values[column] if column else None for name, column in extra.items()}
