"""L10, second half: record tracking and extended record tracking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC
from tests.reference.history import current, history
from tests.reference.keys import hub_components, link_key, parent_key
from tests.reference.others import LoadedOther, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.reference.definitions import KeyUse, Model, SatDef, SourceDef
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault

SATELLITE = "satellite_name"


def _label(name: str, role: str | None) -> str:
    return f"{name}.{role}" if role else name


def _parent_column(model: Model, parent: str) -> str:
    found = model.hub(parent) if model.is_hub(parent) else model.link(parent)
    return found.hash_key


def _views(name: str, rows: list[dict[str, Value]], line: Sequence[str]) -> dict[str, Any]:
    """Each row until the next of its line; rows of one load date by record source, then hashdiff.

    The views of L12 want one row per key and load date: the line and a place stand in for them.
    """
    ordered = sorted(rows, key=lambda row: (row[LOAD_DT], row[LOAD_SRC], row.get(HASHDIFF, "")))
    placed = [
        row | {"line": tuple(row[column] for column in line), "then": row[LOAD_DT], LOAD_DT: place}
        for place, row in enumerate(ordered)
    ]
    moments = {place: row[LOAD_DT] for place, row in enumerate(ordered)}

    def shown(row: dict[str, Value]) -> dict[str, Value]:
        values = {column: row[column] for column in row if column not in ("line", "then")}
        values[LOAD_DT] = row["then"]
        if "load_end_dt" in values:
            values["load_end_dt"] = moments.get(values["load_end_dt"])
        return values

    return {
        f"{name}_history": [shown(row) for row in history(placed, "line")],
        f"{name}_current": [shown(row) for row in current(placed, "line")],
    }


def _staged(model: Model, satellite: SatDef, stage: Stage) -> Iterator[tuple[SourceDef, Row]]:
    for name in satellite.sources:
        for row in stage.get(name, ()):
            yield model.source(name), row


@dataclass(frozen=True)
class TrackDef:
    """A record tracking satellite: a row per key, load date and record source of each appearance.

    Args:
        name: the table's name.
        parent: a hub's or link's name.
        role: the role in which the key appears; None: the plain use if `sources` are named, else
            every use that feeds the hub.
        watched: the sources; None for all that feed the parent.
    """

    name: str
    parent: str
    role: str | None = None
    watched: Sequence[str] | None = None

    section = "satellites"
    last = False

    def _uses(self, model: Model) -> list[tuple[SourceDef, KeyUse]]:
        feeds = model.feeds(model.hub(self.parent))
        if self.watched is None:
            return [pair for pair in feeds if self.role in (None, pair[1].role)]
        return [
            (source, use)
            for source, use in feeds
            if source.name in self.watched and use.role == self.role
        ]

    def sources(self) -> tuple[str, ...]:
        """The sources that are named."""
        return tuple(self.watched or ())

    def _keys(self, model: Model, stage: Stage) -> Iterator[tuple[str | None, Row]]:
        if not model.is_hub(self.parent):
            link = model.link(self.parent)
            for name in self.watched or link.sources:
                for row in stage.get(name, ()):
                    yield link_key(model, link, model.source(name), row), row
            return
        hub = model.hub(self.parent)
        for source, use in self._uses(model):
            for row in stage.get(source.name, ()):
                yield model.rule.key(hub_components(hub, source, use, row)), row

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L10: every appearance that is not recorded yet; a row without a key is none (L3)."""
        stored = vault.others[self.name]
        column = _parent_column(vault.model, self.parent)
        rows: Rows = {}
        for key, row in self._keys(vault.model, stage):
            place = (key, row.load_dt, row.load_src)
            if key is not None and place not in stored:
                rows[place] = {column: key, LOAD_DT: row.load_dt, LOAD_SRC: row.load_src}
        return LoadedOther(rows, [])

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12: per key."""
        rows = list(vault.others[self.name].values())
        return _views(self.name, rows, [_parent_column(vault.model, self.parent)])

    def entry(self, model: Model) -> dict[str, Any]:
        """The definition in the metadata language."""
        del model
        entry: dict[str, Any] = {
            "type": "record_tracking",
            "parent": _label(self.parent, self.role),
        }
        return entry | ({} if self.watched is None else {"source": list(self.watched)})

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """Nothing that is not there."""
        del model, source, row
        yield from ()


@dataclass(frozen=True)
class ExtendedDef:
    """Extended record tracking: a row per key, satellite, hashdiff, load date, record source.

    Args:
        name: the table's name.
        parent: a hub's or link's name.
        tracked: satellites of the parent; None for all with a hashdiff.
    """

    name: str
    parent: str
    tracked: Sequence[str] | None = None

    section = "satellites"
    last = False

    def sources(self) -> tuple[str, ...]:
        """Those of its satellites."""
        return ()

    def _satellites(self, model: Model) -> list[SatDef]:
        return [
            each
            for each in model.satellites
            if each.parent == self.parent and each.has_hashdiff
            if self.tracked is None or each.name in self.tracked
        ]

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """Every staged row of each satellite, whether or not the satellite takes it."""
        model = vault.model
        stored = vault.others[self.name]
        column = _parent_column(model, self.parent)
        rows: Rows = {}
        for satellite in self._satellites(model):
            for source, row in _staged(model, satellite, stage):
                key = parent_key(model, satellite, row, source.name)
                payload = [
                    (row.values[given], source.type_of(given), name)
                    for name, given in satellite.columns
                ]
                hashdiff = model.rule.hashdiff(payload)
                place = (key, satellite.name, hashdiff, row.load_dt, row.load_src)
                if key is not None and place not in stored:
                    rows[place] = {
                        column: key,
                        SATELLITE: satellite.name,
                        HASHDIFF: hashdiff,
                        LOAD_DT: row.load_dt,
                        LOAD_SRC: row.load_src,
                    }
        return LoadedOther(rows, [])

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12: per key and satellite."""
        rows = list(vault.others[self.name].values())
        return _views(self.name, rows, [_parent_column(vault.model, self.parent), SATELLITE])

    def entry(self, model: Model) -> dict[str, Any]:
        """The definition in the metadata language."""
        del model
        entry: dict[str, Any] = {"type": "extended_record_tracking", "parent": self.parent}
        return entry | ({} if self.tracked is None else {"tracks": list(self.tracked)})

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """Nothing that is not there."""
        del model, source, row
        yield from ()
