"""L9: effectivity satellites: which relationship of a driving key holds, and from when to when.

What is known of a driving key is a line of moments, each with the relationship that holds from
then on, or none. The stored rows tell one part of it: at a load date of theirs the relationship
that they open holds, or none where they only close. The staged rows tell the other part. A moment
that is stored stands, whatever is staged for it.

Where the relationship on the line turns, two rows say so: one that closes the old relationship,
with the start it had, and one that opens the new one. What is stored already is not stored again,
and never touched: a row that was stored before a late delivery keeps the end that was true then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from tests.reference import history
from tests.reference.definitions import LOAD_DT, LOAD_SRC
from tests.reference.keys import hub_components, link_key
from tests.reference.late import copy_of, following, restored
from tests.reference.others import LoadedOther, sorted_rows
from tests.reference.satellite import (
    DUPLICATE_KEY,
    NO_KEY,
    DuplicateKeysError,
    Reject,
    Version,
    on_the_timeline,
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
# Of a driving key at a moment: the relationship that holds from then on, and the record source of
# the staged row that says so; a stored moment has none.
Line = dict[datetime, tuple["str | None", "str | None"]]


@dataclass(frozen=True)
class EffectivityDef:
    """An effectivity satellite of one source on a link.

    Args:
        name: the satellite's name.
        source: the source's name.
        parent: the link's name.
        driving: (hub, role) pairs of the link: what has one relationship at a time.
        start: the source's own column of the start, with `end` in place of a driving key.
        end: the source's own column of the end; NULL for open.
        order_by: the source's columns that order rows of one driving key and load date (L5).
        duplicates: `last`, `first` or `fail` (L5).
    """

    name: str
    source: str
    parent: str
    driving: Sequence[tuple[str, str | None]] = ()
    start: str = ""
    end: str = ""
    order_by: Sequence[str] = ()
    duplicates: str = "last"

    section = "satellites"
    last = False

    def sources(self) -> tuple[str, ...]:
        """The sources that it is loaded from."""
        return (self.source,)

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - others ask the model
        """The definition in the metadata language."""
        entry: dict[str, Any] = {"source": self.source, "parent": self.parent}
        if self.driving:
            entry["driving_key"] = [f"{hub}.{role}" if role else hub for hub, role in self.driving]
        else:
            entry |= {"type": "effectivity", "start": self.start, "end": self.end}
        if self.order_by:
            entry["order_by"] = list(self.order_by)
        return entry | {"duplicates": self.duplicates}

    def stage_cells(
        self,
        model: Model,  # noqa: ARG002 - the keys of hubs and link are in the stage anyway
        source: SourceDef,  # noqa: ARG002
        row: Row,  # noqa: ARG002
    ) -> Iterator[tuple[str, Value, str]]:
        """No stage column of its own."""
        return iter(())

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12: by the relationship's key."""
        key = vault.model.link(self.parent).hash_key
        rows = sorted_rows(vault.others[self.name])
        return {
            f"{self.name}_history": history.history(rows, key),
            f"{self.name}_current": history.current(rows, key),
        }

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L9: the rows that a batch adds, and the staged rows that it does not take."""
        stored = vault.others[self.name]
        if self.start:
            return self._load_dated(vault.model, stage, stored)
        staged, rejects = self._staged(vault.model, stage)
        winners, losers = settle(staged, self.duplicates)
        lines = self._stored_lines(vault, stored)
        known_lines = self._stored_lines(vault, stored)
        conflicts = []
        for event in winners:
            line = lines[event.key]
            known = line.get(event.load_dt)
            if known is None:
                line[event.load_dt] = (event.says, event.load_src)
            elif known[0] != event.says:
                conflicts.append(event)
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
        self._tell_whole(vault, stage, staged, lines, known_lines)
        rejects += [self._reject(event, DUPLICATE_KEY) for event in losers + conflicts]
        key = vault.model.link(self.parent).hash_key
        rows = {
            (row[key], row[LOAD_DT]): row for line in lines.values() for row in turns(line, key)
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
                    line.setdefault(moment, (None, self.source))
        for moment, load_src in following(vault, self.source, stage):
            for driving, line in lines.items():
                self._stand(line, known_lines[driving], moment, load_src)

    def _stand(self, line: Line, told: Line, moment: datetime, load_src: str) -> None:
        """L15: what a delivery behind a late one held of a driving key stands."""
        newest = max((at for at in told if at <= moment), default=None)
        held = None if newest is None else told[newest][0]
        line.setdefault(moment, (held, self.source if held is None else load_src))

    def restored(self, vault: Vault, stage: Stage) -> Rows:
        """L15: the periods of the source that held in the deliveries behind the staged ones."""
        if not self.start:
            return {}
        model, stored = vault.model, vault.others[self.name]
        link, source = model.link(self.parent), model.source(self.source)
        told: dict[tuple, set] = defaultdict(set)
        for row in stage.get(self.source, ()):
            period = tuple(_moment(row.values[column]) for column in (self.start, self.end))
            told[link_key(model, link, source, row), row.load_dt].add(period)
        frozen = {at: frozenset(each) for at, each in told.items() if at[0] is not None}
        says = {at: frozenset({(row[START_DT], row[END_DT])}) for at, row in stored.items()}
        copies = restored(vault, (self.parent, None), (self.source,), frozen, says)
        return {(key, at): copy_of(stored[key, since], at, src) for key, since, at, src in copies}

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
            event = self._version(driving, row, link_key(model, link, source, row))
            if None in driving:
                rejects.append(self._reject(event, NO_KEY))
            else:
                found.append(event)
        return found, rejects

    def _version(self, key: Any, row: Row, state: Any) -> Version:  # noqa: ANN401 - as settle has it
        place = (*(nulls_first(row.values[column]) for column in self.order_by), row.row_no)
        return Version(key, row.load_dt, place, self.source, row.row_no, state, row.load_src, {})

    def _reject(self, event: Version, reason: str) -> Reject:
        return Reject(self.name, reason, self.source, event.row_no)

    def _stored_lines(self, vault: Vault, stored: Rows) -> dict[Driving, Line]:
        """What the stored rows tell of every driving key."""
        link = vault.model.link(self.parent)
        columns = dict(zip(link.hubs, vault.model.link_hub_columns(link), strict=True))
        lines: dict[Driving, Line] = defaultdict(dict)
        for (key, load_dt), row in stored.items():
            hubs = vault.links[link.name][key]
            line = lines[tuple(hubs[columns[use]] for use in self.driving)]
            if row[END_DT] is None or load_dt not in line:
                line[load_dt] = (key if row[END_DT] is None else None, None)
        return lines

    def _load_dated(self, model: Model, stage: Stage, stored: Rows) -> LoadedOther:
        """The source's own dates: L4 over the start and the end of a relationship."""
        link, source = model.link(self.parent), model.source(self.source)
        staged, rejects = [], []
        for row in stage.get(self.source, ()):
            key = link_key(model, link, source, row)
            period = tuple(_moment(row.values[column]) for column in (self.start, self.end))
            event = self._version(key, row, period)
            if key is None:
                rejects.append(self._reject(event, NO_KEY))
            else:
                staged.append(event)
        winners, losers = settle(staged, self.duplicates)
        periods = {at: (row[START_DT], row[END_DT]) for at, row in stored.items()}
        inserted, conflicts = on_the_timeline(periods, winners)
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
        rejects += [self._reject(event, DUPLICATE_KEY) for event in losers + conflicts]
        rows = {
            (each.key, each.load_dt): _row(
                link.hash_key, each.key, each.says, each.load_dt, each.load_src
            )
            for each in inserted
        }
        return LoadedOther(rows, sorted(rejects))


def turns(line: Line, key: str) -> Iterator[dict[str, Value]]:
    """The rows that a driving key's line is written down as.

    A row is written because of a staged row, whose record source it has: the one that closes the
    relationship, or, where a late relationship ends at a stored moment, the one that opened it.
    """
    held, since, opened_by = None, None, None
    for moment, (relationship, load_src) in sorted(line.items()):
        if relationship == held:
            continue
        if held is not None:
            yield _row(key, held, (since, moment), moment, load_src or opened_by)
        if relationship is not None:
            yield _row(key, relationship, (moment, None), moment, load_src)
        held, since, opened_by = relationship, moment, load_src


def _row(
    key: str, relationship: str, period: tuple[Value, Value], load_dt: datetime, load_src: str
) -> dict[str, Value]:
    return {
        key: relationship,
        START_DT: period[0],
        END_DT: period[1],
        LOAD_DT: load_dt,
        LOAD_SRC: load_src,
    }


def _moment(value: Value) -> datetime | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value
