"""L10, first half: status tracking: a row when a key appears, changes or vanishes.

Of every key there is a line of moments, each with what is delivered of it: a hashdiff, or nothing.
A stored `I` or `U` says that the key is there, with its hashdiff; a stored `D` that it is not. The
source is delivered whole, so that a delivery says of every key whether it is there. A moment that
is stored stands. Where a staged moment differs from the one before it, a row says how.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.reference import history
from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC
from tests.reference.keys import parent_key
from tests.reference.late import following
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
    from datetime import datetime

    from tests.reference.definitions import Model, SourceDef
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault

STATUS = "status"


class Moment(NamedTuple):
    """What is known of a key from a moment on; a key that is not there has no hashdiff."""

    there: bool
    hashdiff: str | None
    load_src: str
    is_new: bool


@dataclass(frozen=True)
class StatusDef:
    """A status tracking satellite of one source, which is delivered whole.

    Args:
        name: the satellite's name.
        source: the source's name.
        parent: a hub's or link's name.
        role: the role in which the source identifies a parent hub.
        columns: the source's columns of which a change is a `U`; none for no `U`.
        order_by: the source's columns that order rows of one key and load date (L5).
        duplicates: `last`, `first` or `fail` (L5).
    """

    name: str
    source: str
    parent: str
    role: str | None = None
    columns: Sequence[str] = ()
    order_by: Sequence[str] = ()
    duplicates: str = "last"

    section = "satellites"
    last = False

    def sources(self) -> tuple[str, ...]:
        """The sources that it is loaded from."""
        return (self.source,)

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - others ask the model
        """The definition in the metadata language."""
        parent = f"{self.parent}.{self.role}" if self.role else self.parent
        entry: dict[str, Any] = {
            "type": "status_tracking",
            "source": self.source,
            "parent": parent,
            "duplicates": self.duplicates,
        }
        if self.columns:
            entry["columns"] = list(self.columns)
        if self.order_by:
            entry["order_by"] = list(self.order_by)
        return entry

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """The hashdiff, where there are columns to compare."""
        if self.columns and source.name == self.source:
            yield f"hashdiff_{self.name}", self._hashdiff(model, row), "hash"

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12."""
        key = vault.model.parent_key(self)
        rows = sorted_rows(vault.others[self.name])
        return {
            f"{self.name}_history": history.history(rows, key),
            f"{self.name}_current": history.current(rows, key),
        }

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L10: the rows that a batch adds, and the staged rows that it does not take."""
        model, stored = vault.model, vault.others[self.name]
        staged, rejects = self._staged(model, stage)
        winners, losers = settle(staged, self.duplicates)
        lines: dict[str, dict[datetime, Moment]] = defaultdict(dict)
        for (key, load_dt), row in stored.items():
            there = row[STATUS] != "D"
            lines[key][load_dt] = Moment(there, row.get(HASHDIFF), row[LOAD_SRC], is_new=False)
        conflicts = []
        for event in winners:
            known = lines[event.key].get(event.load_dt)
            if known is None:
                new = Moment(there=True, hashdiff=event.says, load_src=event.load_src, is_new=True)
                lines[event.key][event.load_dt] = new
            elif (known.there, known.hashdiff) != (True, event.says):
                conflicts.append(event)
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
        gone = Moment(there=False, hashdiff=None, load_src=self.source, is_new=True)
        for moment in whole(stage, model.source(self.source)):
            for line in lines.values():
                line.setdefault(moment, gone)
        for moment, load_src in following(vault, self.source, stage):
            for line in lines.values():
                _stand(line, moment, load_src, gone)
        rejects += [self._reject(event, DUPLICATE_KEY) for event in losers + conflicts]
        rows = {
            (key, load_dt): self._row(model, key, load_dt, status, moment)
            for key, line in lines.items()
            for load_dt, status, moment in statuses(line)
        }
        return LoadedOther(rows, sorted(rejects))

    def _staged(self, model: Model, stage: Stage) -> tuple[list[Version], list[Reject]]:
        """L3: the keys that are delivered; a row without a key is a reject."""
        found, rejects = [], []
        for row in stage.get(self.source, ()):
            key = parent_key(model, self, row)
            place = (*(nulls_first(row.values[column]) for column in self.order_by), row.row_no)
            hashdiff = self._hashdiff(model, row)
            event = Version(
                key, row.load_dt, place, self.source, row.row_no, hashdiff, row.load_src, {}
            )
            if key is None:
                rejects.append(self._reject(event, NO_KEY))
            else:
                found.append(event)
        return found, rejects

    def _hashdiff(self, model: Model, row: Row) -> str | None:
        source = model.source(self.source)
        parts = [(row.values[column], source.type_of(column), column) for column in self.columns]
        return model.rule.hashdiff(parts) if parts else None

    def _reject(self, event: Version, reason: str) -> Reject:
        return Reject(self.name, reason, self.source, event.row_no)

    def _row(
        self, model: Model, key: str, load_dt: datetime, status: str, moment: Moment
    ) -> dict[str, Value]:
        hashdiff = {HASHDIFF: moment.hashdiff} if self.columns else {}
        standard = {LOAD_DT: load_dt, LOAD_SRC: moment.load_src}
        return {model.parent_key(self): key, STATUS: status} | hashdiff | standard


def _stand(line: dict[datetime, Moment], at: datetime, load_src: str, gone: Moment) -> None:
    """L15: what a delivery behind a late one held of a key stands: its newest stored status."""
    stored = {moment: known for moment, known in line.items() if not known.is_new and moment <= at}
    held = stored[max(stored)] if stored else gone
    line.setdefault(at, held._replace(load_src=load_src, is_new=True) if held.there else gone)


def statuses(line: dict[datetime, Moment]) -> Iterator[tuple[datetime, str, Moment]]:
    """The moments that are news, and what they are: `I`, `U` or `D`."""
    there, hashdiff = False, None
    for load_dt, moment in sorted(line.items()):
        status = ""
        if not moment.there:
            status = "D" if there else ""
        elif not there:
            status = "I"
        elif moment.hashdiff != hashdiff:
            status = "U"
        if status and moment.is_new:
            yield load_dt, status, moment
        there, hashdiff = moment.there, moment.hashdiff
