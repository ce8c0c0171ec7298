"""L9: effectivity satellites: which relationship of a driving key holds, and from when to when.

What is known of a driving key is a line of moments, each with the relationship that holds from
then on, or none. The stored rows tell one part of it: at a load date of theirs the relationship
that they open holds, or none where they only close. The staged rows tell the other part. A moment
that is stored stands, whatever is staged for it.

Where the relationship on the line turns, two rows say so: one that closes the old relationship,
with the start it had, and one that opens the new one. What is stored already is not stored again,
and never touched: a row that was stored before a late delivery keeps the end that was true then.

Where the source has a start of its own, it stands in the place of the load date: a relationship
ends where the next one starts, and another start of the same relationship is a turn that ends
nothing. What is kept beside the dates is that of the row that opens a relationship, and is never
compared.

With `parallel` a driving key has a set of relationships: what is staged of it at a load date is
all that holds then, and what is not among it has ended. Each relationship has a line of its own,
whose moments are all those at which its driving key is stored or staged. At a stored moment holds
what the newest stored row until then says.

Without a driving key the source's own start and end are all there is. The periods of one
relationship at one load date are a set, which is compared as a whole with the set before it, as in
a multi-active satellite: the start tells the periods of a set apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.reference import history
from tests.reference.definitions import LOAD_DT, LOAD_SRC
from tests.reference.keys import hub_components, link_key
from tests.reference.late import copy_of, following, restored
from tests.reference.multi_active import Moment, changed_sets, set_views
from tests.reference.others import LoadedOther, sorted_rows
from tests.reference.satellite import (
    DUPLICATE_KEY,
    NO_KEY,
    DuplicateKeysError,
    Reject,
    Version,
    settle,
)
from tests.reference.sql_types import nulls_first
from tests.reference.stage import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.reference.definitions import Model, SourceDef
    from tests.reference.others import Rows
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault

START_DT, END_DT = "start_dt", "end_dt"
Driving = tuple["str | None", ...]


class Held(NamedTuple):
    """What holds of a driving key from a moment on; a stored moment has no record source."""

    relationship: str | None
    start: datetime | None
    beside: dict[str, Value]
    load_src: str | None


Line = dict[datetime, Held]


class Period(NamedTuple):
    """A staged period of a relationship on its way into a set."""

    key: str
    load_dt: datetime
    place: tuple
    identity: tuple[Value, Value]
    row: Row


@dataclass(frozen=True)
class EffectivityDef:
    """An effectivity satellite of one source on a link.

    Args:
        name: the satellite's name.
        source: the source's name.
        parent: the link's name.
        driving: (hub, role) pairs of the link: what has one relationship at a time.
        start: the source's own column of the start.
        end: the source's own column of the end, NULL for open; in place of a driving key.
        order_by: the source's columns that order rows of one driving key and load date (L5).
        duplicates: `last`, `first` or `fail` (L5).
        columns: (satellite column, source column) pairs, kept and never compared.
        hubs: (satellite column, (hub, role)) pairs of the link, kept likewise.
        period: the table's columns of the start and the end.
        open_end: the end of what holds on, where that is not NULL.
        parallel: whether a driving key has several relationships at a time.
    """

    name: str
    source: str
    parent: str
    driving: Sequence[tuple[str, str | None]] = ()
    start: str = ""
    end: str = ""
    order_by: Sequence[str] = ()
    duplicates: str = "last"
    columns: Sequence[tuple[str, str]] = ()
    hubs: Sequence[tuple[str, tuple[str, str | None]]] = ()
    period: tuple[str, str] = (START_DT, END_DT)
    open_end: datetime | None = None
    parallel: bool = False

    section = "satellites"
    last = False

    def sources(self) -> tuple[str, ...]:
        """The sources that it is loaded from."""
        return (self.source,)

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - others ask the model
        """The definition in the metadata language."""
        entry: dict[str, Any] = {
            "source": self.source,
            "parent": self.parent,
            "type": "effectivity",
            "driving_key": [f"{hub}.{role}" if role else hub for hub, role in self.driving],
            "start": self.start,
            "end": self.end,
            "order_by": list(self.order_by),
            "columns": [{name: column} for name, column in self.columns],
            "hubs": [{name: f"{hub}.{role}" if role else hub} for name, (hub, role) in self.hubs],
        }
        if self.period != (START_DT, END_DT):
            entry["period"] = list(self.period)
        if self.open_end:
            entry["open_end"] = str(self.open_end)
        if self.parallel:
            entry["parallel"] = True
        given = {key: value for key, value in entry.items() if value}
        return given | {"duplicates": self.duplicates}

    def stage_cells(
        self,
        model: Model,  # noqa: ARG002 - the keys of hubs and link are in the stage anyway
        source: SourceDef,  # noqa: ARG002
        row: Row,  # noqa: ARG002
    ) -> Iterator[tuple[str, Value, str]]:
        """No stage column of its own."""
        return iter(())

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12: by the relationship's key; several periods of one load date are one version."""
        key = vault.model.link(self.parent).hash_key
        rows = sorted_rows(vault.others[self.name])
        if not self.driving:
            return set_views(self.name, key, rows)
        return {
            f"{self.name}_history": history.history(rows, key),
            f"{self.name}_current": history.current(rows, key),
        }

    def is_open(self, row: dict[str, Value]) -> bool:
        """Whether a stored row says that its relationship holds on."""
        end = row[self.period[1]]
        return end is None or (self.open_end is not None and end >= self.open_end)

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L9: the rows that a batch adds, and the staged rows that it does not take."""
        stored = vault.others[self.name]
        if not self.driving:
            return self._load_dated(vault.model, stage, stored)
        staged, rejects = self._staged(vault.model, stage)
        if self.parallel:
            return self._load_parallel(vault, stage, staged, rejects)
        winners, losers = settle(staged, self.duplicates)
        lines = self._stored_lines(vault, stored)
        known_lines = self._stored_lines(vault, stored)
        conflicts = []
        for event in winners:
            line = lines[event.key]
            known = line.get(event.load_dt)
            if known is None:
                kept = {name: value for name, value in event.payload.items() if name}
                start = event.payload[""]
                line[event.load_dt] = Held(event.says[0], start, kept, event.load_src)
            elif self._says(known.relationship, known.start) != event.says:
                conflicts.append(event)
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
        self._tell_whole(vault, stage, staged, lines, known_lines)
        rejects += [self._reject(event, DUPLICATE_KEY) for event in losers + conflicts]
        key = vault.model.link(self.parent).hash_key
        rows = {
            (row[key], row[LOAD_DT]): row
            for line in lines.values()
            for row in self._turns(line, key)
        }
        return LoadedOther({at: rows[at] for at in rows.keys() - stored.keys()}, sorted(rejects))

    def _tell_whole(
        self,
        vault: Vault,
        stage: Stage,
        staged: Sequence[Version],
        lines: dict[Driving, Line],
        known_lines: dict[Driving, Line],
    ) -> None:
        """What the deliveries lack has ended; what those behind them held stands (L15)."""
        delivered = {(event.key, event.load_dt) for event in staged}
        for moment in whole(stage, vault.model.source(self.source)):
            for driving, line in lines.items():
                if (driving, moment) not in delivered:
                    line.setdefault(moment, Held(None, moment, {}, self.source))
        for moment, load_src in following(vault, self.source, stage):
            for driving, line in lines.items():
                self._stand(line, known_lines[driving], moment, load_src)

    def _stand(self, line: Line, told: Line, moment: datetime, load_src: str) -> None:
        """L15: what a delivery behind a late one held of a driving key stands."""
        newest = max((at for at in told if at <= moment), default=None)
        held = Held(None, None, {}, None) if newest is None else told[newest]
        if held.relationship is None:
            line.setdefault(moment, Held(None, moment, {}, self.source))
        else:
            start = held.start if self.start else moment
            line.setdefault(moment, held._replace(start=start, load_src=load_src))

    def restored(self, vault: Vault, stage: Stage) -> Rows:
        """L15: the periods of the source that held in the deliveries behind the staged ones."""
        if self.driving:
            return {}
        model, stored = vault.model, vault.others[self.name]
        link, source = model.link(self.parent), model.source(self.source)
        told: dict[tuple, set] = defaultdict(set)
        for row in stage.get(self.source, ()):
            period = tuple(_moment(row.values[column]) for column in (self.start, self.end))
            told[link_key(model, link, source, row), row.load_dt].add(period)
        frozen = {at: frozenset(each) for at, each in told.items() if at[0] is not None}
        says = {at: frozenset(each) for at, each in self._stored_sets(stored).items()}
        copies = restored(vault, (self.parent, None), (self.source,), frozen, says)
        return {
            (key, at, start): copy_of(stored[key, since, start], at, src)
            for key, since, at, src in copies
            for start, _ in says[key, since]
        }

    def _stored_sets(self, stored: Rows) -> dict[Moment, set[tuple]]:
        """The periods that are stored of a relationship at a load date."""
        sets: dict[Moment, set[tuple]] = defaultdict(set)
        for at, row in stored.items():
            sets[at[:2]].add((row[self.period[0]], row[self.period[1]]))
        return sets

    def _says(self, relationship: str | None, start: datetime | None) -> tuple:
        """What a row says: its relationship, and since when if the source knows that."""
        return relationship, start if self.start and relationship else None

    def _staged(self, model: Model, stage: Stage) -> tuple[list[Version], list[Reject]]:
        """The relationships of driving keys; L3: a row without a driving key is a reject.

        A row that lacks a key of the other side says that there is no relationship.
        """
        link, source = model.link(self.parent), model.source(self.source)
        found, rejects = [], []
        for row in stage.get(self.source, ()):
            driving = tuple(
                model.rule.key(hub_components(model.hub(hub), source, source.use(hub, role), row))
                for hub, role in self.driving
            )
            start = _moment(row.values[self.start]) if self.start else row.load_dt
            event = Version(
                driving,
                row.load_dt,
                self._place(row),
                self.source,
                row.row_no,
                self._says(link_key(model, link, source, row), start),
                row.load_src,
                # The start of a row that ends a relationship is that end.
                {**self._beside(model, row), "": start},
            )
            if None in driving:
                rejects.append(self._reject(event, NO_KEY))
            else:
                found.append(event)
        return found, rejects

    def _beside(self, model: Model, row: Row) -> dict[str, Value]:
        """What is kept beside the dates: columns of the source, keys of the link's hubs."""
        source = model.source(self.source)
        return {name: row.values[column] for name, column in self.columns} | {
            name: model.rule.key(hub_components(model.hub(hub), source, source.use(hub, role), row))
            for name, (hub, role) in self.hubs
        }

    def _place(self, row: Row) -> tuple:
        return (*(nulls_first(row.values[column]) for column in self.order_by), row.row_no)

    def _reject(self, event: Version, reason: str) -> Reject:
        return Reject(self.name, reason, self.source, event.row_no)

    def _stored_lines(self, vault: Vault, stored: Rows) -> dict[Driving, Line]:
        """What the stored rows tell of every driving key."""
        link = vault.model.link(self.parent)
        columns = dict(zip(link.hubs, vault.model.link_hub_columns(link), strict=True))
        beside = [name for name, _ in (*self.columns, *self.hubs)]
        lines: dict[Driving, Line] = defaultdict(dict)
        for (key, load_dt), row in stored.items():
            hubs = vault.links[link.name][key]
            line = lines[tuple(hubs[columns[use]] for use in self.driving)]
            kept = {name: row[name] for name in beside}
            if self.is_open(row):
                line[load_dt] = Held(key, row[self.period[0]], kept, None)
            elif load_dt not in line:
                line[load_dt] = Held(None, load_dt, {}, None)
        return lines

    def _turns(self, line: Line, key: str) -> Iterator[dict[str, Value]]:
        """The rows that a driving key's line is written down as.

        A row is written because of a staged row, whose record source it has: the one that closes
        the relationship, or, where a late relationship ends at a stored moment, the one that
        opened it.
        """
        before = Held(None, None, {}, None)
        for moment, held in sorted(line.items(), key=lambda item: item[0]):
            if self._says(*before[:2]) == self._says(*held[:2]):
                continue
            if before.relationship is not None and before.relationship != held.relationship:
                source = held.load_src or before.load_src
                yield self._row(key, before, held.start, moment, source)
            if held.relationship is not None:
                yield self._row(key, held, self.open_end, moment, held.load_src)
            before = held

    def _load_parallel(  # noqa: C901, PLR0912 - one rule, read from top to bottom
        self, vault: Vault, stage: Stage, staged: list[Version], rejects: list[Reject]
    ) -> LoadedOther:
        """A line for each relationship of a driving key; see the module."""
        stored = vault.others[self.name]
        # Each relationship is settled by itself; a row without one only says that there was one.
        keyed = [
            replace(each, key=(each.key, each.says[0]))
            for each in staged
            if each.says[0] is not None
        ]
        winners, losers = settle(keyed, self.duplicates)
        said = {(each.key[1], each.load_dt): each for each in winners}
        moments: dict[Driving, dict[datetime, str]] = defaultdict(dict)
        ending = [(each.key, each) for each in staged if each.says[0] is None]
        for driving, each in [*((each.key[0], each) for each in winners), *ending]:
            known = moments[driving].get(each.load_dt, each.load_src)
            moments[driving][each.load_dt] = min(known, each.load_src)
        rows_of = self._stored_rows(vault, stored)
        for moment in whole(stage, vault.model.source(self.source)):
            for driving in {*rows_of, *moments}:
                moments[driving].setdefault(moment, self.source)
        behind = following(vault, self.source, stage)
        relationships = defaultdict(set)
        for each in winners:
            relationships[each.key[0]].add(each.key[1])
        key = vault.model.link(self.parent).hash_key
        rows, conflicts = {}, []
        for driving in {*rows_of, *moments}:
            told = rows_of.get(driving, {})
            stored_at = {at for known in told.values() for at in known}
            # L15: what a delivery behind a late one held stands, although no row tells it.
            standing = {
                at: src for at, src in behind if at not in stored_at and at not in moments[driving]
            }
            for relationship in {*told, *relationships[driving]}:
                line: Line = {}
                for moment in {*stored_at, *moments[driving], *standing}:
                    staged_row = said.get((relationship, moment))
                    if moment in stored_at:
                        held = self._told(relationship, told.get(relationship, {}), moment)
                        if staged_row and self._says(*held[:2]) != staged_row.says:
                            conflicts.append(staged_row)
                    elif moment in standing:
                        held = self._told(relationship, told.get(relationship, {}), moment)
                        held = held._replace(load_src=standing[moment])
                    elif staged_row:
                        beside = {n: value for n, value in staged_row.payload.items() if n}
                        start = staged_row.payload[""]
                        held = Held(relationship, start, beside, staged_row.load_src)
                    else:
                        held = Held(None, moment, {}, moments[driving][moment])
                    line[moment] = held
                rows |= {(row[key], row[LOAD_DT]): row for row in self._turns_of_one(line, key)}
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
        rejects += [self._reject(event, DUPLICATE_KEY) for event in losers + conflicts]
        return LoadedOther({at: rows[at] for at in rows.keys() - stored.keys()}, sorted(rejects))

    def _told(self, relationship: str, known: dict[datetime, Any], moment: datetime) -> Held:
        """What the newest stored row until a moment says of a relationship."""
        newest = max((at for at in known if at <= moment), default=None)
        if newest is None or not self.is_open(known[newest]):
            return Held(None, moment, {}, None)
        row = known[newest]
        beside = {name: row[name] for name, _ in (*self.columns, *self.hubs)}
        start = row[self.period[0]] if self.start or newest == moment else moment
        return Held(relationship, start, beside, None)

    def _stored_rows(
        self, vault: Vault, stored: Rows
    ) -> dict[Driving, dict[str, dict[datetime, dict[str, Value]]]]:
        """The stored rows by driving key, relationship and load date."""
        link = vault.model.link(self.parent)
        columns = dict(zip(link.hubs, vault.model.link_hub_columns(link), strict=True))
        found: dict[Driving, dict[str, dict[datetime, dict[str, Value]]]] = {}
        for (key, load_dt), row in stored.items():
            hubs = vault.links[link.name][key]
            driving = tuple(hubs[columns[use]] for use in self.driving)
            found.setdefault(driving, {}).setdefault(key, {})[load_dt] = row
        return found

    def _turns_of_one(self, line: Line, key: str) -> Iterator[dict[str, Value]]:
        """The rows that one relationship's line is written down as."""
        before = Held(None, None, {}, None)
        for moment, held in sorted(line.items(), key=lambda item: item[0]):
            if self._says(*before[:2]) == self._says(*held[:2]):
                continue
            source = held.load_src or before.load_src
            if held.relationship is None:
                yield self._row(key, before, moment, moment, source)
            else:
                yield self._row(key, held, self.open_end, moment, source)
            before = held

    def _row(
        self,
        key: str,
        held: Held,
        end: datetime | None,
        load_dt: datetime,
        load_src: str | None,
    ) -> dict[str, Value]:
        return {
            key: held.relationship,
            self.period[0]: held.start,
            self.period[1]: end,
            **held.beside,
            LOAD_DT: load_dt,
            LOAD_SRC: load_src,
        }

    def _load_dated(self, model: Model, stage: Stage, stored: Rows) -> LoadedOther:
        """The source's own dates: L8 over the periods of a relationship, told by their start."""
        link, source = model.link(self.parent), model.source(self.source)
        groups: dict[tuple, list[Period]] = defaultdict(list)
        rejects = []
        for row in stage.get(self.source, ()):
            key = link_key(model, link, source, row)
            start, end = (_moment(row.values[column]) for column in (self.start, self.end))
            if key is None:
                rejects.append(Reject(self.name, NO_KEY, self.source, row.row_no))
            else:
                period = Period(key, row.load_dt, self._place(row), (start, end), row)
                groups[key, row.load_dt, start].append(period)
        winners, losers = [], []
        for group in groups.values():
            line = sorted(group, key=lambda period: period.place)
            winner = line[0] if self.duplicates == "first" else line[-1]
            last_of_each = {period.identity: period for period in line}
            del last_of_each[winner.identity]
            winners.append(winner)
            losers += last_of_each.values()
        inserted, conflicts = changed_sets(self._stored_sets(stored), winners)
        refused = [each.row.row_no for each in losers + conflicts]
        if refused and self.duplicates == "fail":
            raise DuplicateKeysError(f"different rows of {self.name}, or a stored set")
        rejects += [Reject(self.name, DUPLICATE_KEY, self.source, row_no) for row_no in refused]
        rows = {
            (each.key, each.load_dt, each.identity[0]): self._row(
                link.hash_key,
                Held(each.key, each.identity[0], self._beside(model, each.row), None),
                each.identity[1],
                each.load_dt,
                each.row.load_src,
            )
            for each in inserted
        }
        return LoadedOther(rows, sorted(rejects))


def _moment(value: Value) -> datetime | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value
