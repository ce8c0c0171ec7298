"""The plain-Python vault: loads batches by the rules and keeps every table as a dict of rows."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.reference import history
from tests.reference.definitions import Model
from tests.reference.ghosts import hub_ghosts, satellite_ghosts
from tests.reference.hub import load_hub
from tests.reference.late import Known, delivered, merged
from tests.reference.link import load_link
from tests.reference.others import Rows, sorted_rows
from tests.reference.satellite import Reject, VersionKey, load_satellite, restored_rows
from tests.reference.sql_types import Value
from tests.reference.stage import Batch, Refused, Stage, stage_batch

Table = list[dict[str, Value]]


@dataclass(frozen=True)
class Report:
    """What one batch did.

    Args:
        inserted: table -> rows inserted.
        no_key: hub or link -> staged rows that had no key (L3).
        rejects: rows kept out of a satellite (L3, L4, L5).
        refused: rows that never reached the stage (S2).
    """

    inserted: dict[str, int]
    no_key: dict[str, int]
    rejects: list[Reject]
    refused: list[Refused]


@dataclass
class Vault:
    """A vault by the rules of design 3 to 5; `load` is all that changes it.

    Args:
        model: the definitions.
        hubs: hub -> hash key -> row.
        links: link -> hash key -> row.
        satellites: satellite -> (parent's hash key, load date) -> row.
        rejects: of all batches, in order.
        others: table of any other kind -> its own key -> row.
        deliveries: full source -> load date -> what was delivered by `load`.
        newest: the newest load date of a batch, as far as the stages say theirs (calendars ask).
    """

    model: Model
    hubs: dict[str, dict[str, dict[str, Value]]] = field(default_factory=dict)
    links: dict[str, dict[str, dict[str, Value]]] = field(default_factory=dict)
    satellites: dict[str, dict[VersionKey, dict[str, Value]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    others: dict[str, Rows] = field(default_factory=dict)
    newest: datetime | None = None
    deliveries: dict[str, dict[datetime, Known]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        """Every table exists from the start, empty but for its ghost rows (L11)."""
        algorithm = self.model.rule.algorithm
        for hub in self.model.hubs:
            wanted = self.model.has_ghosts(hub)
            self.hubs.setdefault(hub.name, hub_ghosts(hub, algorithm) if wanted else {})
        for link in self.model.links:
            self.links.setdefault(link.name, {})
        for satellite in self.model.satellites:
            wanted = satellite_ghosts(self.model, satellite) if satellite.ghosts else {}
            self.satellites.setdefault(satellite.name, wanted)
        for other in self.model.others:
            self.others.setdefault(other.name, {})

    def load(self, batch: Batch, load_dt: datetime | None = None) -> Report:
        """Stage a batch of delivered rows and load it; `load_dt` is the batch's own.

        L15: what the deliveries behind a late one held is written down before.
        """
        stage, refused = stage_batch(self.model, batch, load_dt)
        copied = self._restore(stage)
        report = self.load_stage(stage, refused)
        for source, moment, known in delivered(self, stage):
            before = self.deliveries[source].get(moment)
            self.deliveries[source][moment] = merged(before, known, source)
        inserted = {name: n + copied.get(name, 0) for name, n in report.inserted.items()}
        return replace(report, inserted=inserted)

    def _restore(self, stage: Stage) -> dict[str, int]:
        """L15: copies of what held, in satellites that something tracks; how many by name."""
        copies = {
            satellite.name: restored_rows(self, satellite, stage, self.satellites[satellite.name])
            for satellite in self.model.satellites
            if satellite.historized and satellite.null_keys != "zero_key"
        }
        others = {
            other.name: other.restored(self, stage)
            for other in self.model.others
            if hasattr(other, "restored")
        }
        for name, rows in copies.items():
            self.satellites[name] |= rows
        for name, rows in others.items():
            self.others[name] |= rows
        return {name: len(rows) for name, rows in (copies | others).items()}

    def load_stage(self, stage: Stage, refused: list[Refused] | None = None) -> Report:
        """Section 5: each table from the stage and its own stored rows; all of them or none."""
        model = self.model
        dates = (self.newest, getattr(stage, "load_dt", None))
        self.newest = max((moment for moment in dates if moment is not None), default=None)
        hubs = {h.name: load_hub(model, h, stage, self.hubs[h.name]) for h in model.hubs}
        links = {x.name: load_link(model, x, stage, self.links[x.name]) for x in model.links}
        satellites = {
            s.name: load_satellite(model, s, stage, self.satellites[s.name])
            for s in model.satellites
        }
        others = {o.name: o.load(self, stage) for o in model.others if not o.last}
        for tables, loaded in (
            (self.hubs, hubs),
            (self.links, links),
            (self.satellites, satellites),
            (self.others, others),
        ):
            for name, result in loaded.items():
                tables[name] |= result.rows
        for other in model.others:
            if other.last:
                others[other.name] = other.load(self, stage)
                # Made from the vault as it stands: the whole table, not only what is new.
                self.others[other.name] = others[other.name].rows
        refusing = (*satellites.values(), *others.values())
        rejects = [reject for result in refusing for reject in result.rejects]
        self.rejects += rejects
        return Report(
            inserted={
                name: len(r.rows) for name, r in (hubs | links | satellites | others).items()
            },
            no_key={name: r.no_key for name, r in (hubs | links).items()},
            rejects=rejects,
            refused=refused or [],
        )

    def rows(self, name: str) -> Table:
        """A table's rows, sorted by key (and load date), as copies."""
        if name in self.others:
            return sorted_rows(self.others[name])
        table = next(t[name] for t in (self.hubs, self.links, self.satellites) if name in t)
        return [dict(row) for _, row in sorted(table.items())]

    def tables(self) -> dict[str, Table]:
        """Every table: what two vaults are compared by."""
        names = (*self.hubs, *self.links, *self.satellites, *self.others)
        return {name: self.rows(name) for name in names}

    def history(self, satellite: str) -> Table:
        """L12: the satellite's rows with `load_end_dt` and `is_current`."""
        return self._view(history.history, satellite)

    def current(self, satellite: str) -> Table:
        """L12: the satellite's newest row per key."""
        return self._view(history.current, satellite)

    def _view(self, view: Callable[[Table, str], Table], satellite: str) -> Table:
        key = self.model.parent_key(self.model.satellite(satellite))
        return view(self.rows(satellite), key)
