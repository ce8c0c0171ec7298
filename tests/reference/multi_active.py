"""L8: multi-active satellites, which hold a set of rows for each key and load date."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC
from tests.reference.history import IS_CURRENT, LOAD_END_DT
from tests.reference.keys import parent_key
from tests.reference.late import copy_of, restored
from tests.reference.others import LoadedOther
from tests.reference.satellite import DUPLICATE_KEY, NO_KEY, DuplicateKeysError, Reject
from tests.reference.sql_types import nulls_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tests.reference.definitions import Model, SourceDef
    from tests.reference.others import Rows
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault

Moment = tuple[str, "datetime"]
# What tells one member of a set from another: the hashdiff, and the child keys it is not made of.
Identity = tuple["Value", ...]


class InSet(Protocol):
    """Anything that may be a member of a set."""

    key: str
    load_dt: datetime
    identity: Identity


Staged = TypeVar("Staged", bound=InSet)


class Member(NamedTuple):
    """A staged row on its way into a set; `place` is (order_by, row_no)."""

    key: str
    load_dt: datetime
    child: tuple[Value, ...]
    place: tuple
    identity: Identity
    row: Row

    @property
    def hashdiff(self) -> Value:
        """The hashdiff: the first part of the identity."""
        return self.identity[0]


@dataclass(frozen=True)
class MultiActiveDef:
    """A multi-active satellite.

    Args:
        name: the satellite's name.
        source: the source's name.
        parent: a hub's or link's name.
        child_keys: the source's columns that tell the rows of a set apart.
        columns: (satellite column, source column) pairs of the payload.
        role: the role in which the source identifies a parent hub.
        order_by: orders rows of one key, load date and child keys (L5).
        duplicates: `last`, `first` or `fail` (L5); `keep`: child keys may be shared, so that rows
            are told apart by their hashdiff too.
        hashed: the source's columns that the hashdiff is made of, where they are not the child
            keys and the payload.
        hashdiff: the hashdiff's column, with `hashed`.
    """

    name: str
    source: str
    parent: str
    child_keys: Sequence[str]
    columns: Sequence[tuple[str, str]] = ()
    role: str | None = None
    order_by: Sequence[str] = ()
    duplicates: str = "last"
    hashed: Sequence[str] = ()
    hashdiff: str = HASHDIFF

    section = "satellites"
    last = False

    def sources(self) -> tuple[str, ...]:
        """The one source."""
        return (self.source,)

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L8: every set that differs from the set before it on its key's line, whole."""
        model = vault.model
        staged, rejects = self._members(model, stage)
        winners, losers = self._settle(staged)
        stored = self._stored(vault)
        new, conflicts = changed_sets(stored, winners)
        if conflicts and self.duplicates == "fail":
            raise DuplicateKeysError(f"a stored set of {self.name} says otherwise")
        rejects += [
            Reject(self.name, DUPLICATE_KEY, self.source, member.row.row_no)
            for member in losers + conflicts
        ]
        rows = {(m.key, m.load_dt, *m.identity): self._row(model, m) for m in new}
        return LoadedOther(rows, rejects)

    def restored(self, vault: Vault, stage: Stage) -> Rows:
        """L15: the sets that held in the deliveries behind the staged ones."""
        staged, _ = self._members(vault.model, stage)
        told: dict[Moment, set[Identity]] = defaultdict(set)
        for member in staged:
            told[member.key, member.load_dt].add(member.identity)
        frozen = {at: frozenset(each) for at, each in told.items()}
        says = {at: frozenset(each) for at, each in self._stored(vault).items()}
        copies = restored(vault, (self.parent, self.role), (self.source,), frozen, says)
        table = vault.others[self.name]
        return {
            (key, at, *identity): copy_of(table[key, since, *identity], at, src)
            for key, since, at, src in copies
            for identity in says[key, since]
        }

    def _members(self, model: Model, stage: Stage) -> tuple[list[Member], list[Reject]]:
        """L3: the staged rows; those whose parent has no key are rejects."""
        found, rejects = [], []
        for row in stage.get(self.source, ()):
            key = parent_key(model, self, row)
            if key is None:
                rejects.append(Reject(self.name, NO_KEY, self.source, row.row_no))
                continue
            child = tuple(row.values[column] for column in self.child_keys)
            order = (nulls_first(row.values[column]) for column in self.order_by)
            place = (*order, row.row_no)
            apart = (row.values[column] for column in self._apart)
            identity = (self._hashdiff(model, row), *apart)
            found.append(Member(key, row.load_dt, child, place, identity, row))
        return found, rejects

    @property
    def _apart(self) -> list[str]:
        """The child keys that an own hashdiff is not made of."""
        return [column for column in self.child_keys if self.hashed and column not in self.hashed]

    def _hashdiff(self, model: Model, row: Row) -> str:
        """L8: over the child keys, then the payload: a set is told by its hashdiffs alone."""
        source = model.source(self.source)
        pairs = [*((column, column) for column in self.child_keys), *self.columns]
        if self.hashed:
            pairs = [(column, column) for column in self.hashed]
        return model.rule.hashdiff(
            [(row.values[column], source.type_of(column), name) for name, column in pairs]
        )

    def _settle(self, staged: Iterable[Member]) -> tuple[list[Member], list[Member]]:
        """L5, for each key, load date and child keys: who wins and who loses.

        Two members that the hash rule takes for one (the classic one may) count as one. With
        `keep` no row loses: each member of other identity stays.
        """
        first = self.duplicates == "first"
        groups: dict[tuple, list[Member]] = defaultdict(list)
        for member in sorted(staged, key=lambda member: member.place):
            child = member.identity if self.duplicates == "keep" else member.child
            groups[member.key, member.load_dt, child].append(member)
        winners: dict[tuple, Member] = {}
        losers: list[Member] = []
        won = sorted(
            (group[0 if first else -1] for group in groups.values()),
            key=lambda member: member.place,
            reverse=first,
        )
        for member in won:
            winners[member.key, member.load_dt, member.identity] = member
        for group in groups.values():
            last_of_each = {member.identity: member for member in group}
            del last_of_each[group[0 if first else -1].identity]
            if last_of_each and self.duplicates == "fail":
                raise DuplicateKeysError(f"different rows of {group[0][:3]}")
            losers += last_of_each.values()
        return list(winners.values()), losers

    def _stored(self, vault: Vault) -> dict[Moment, set[Identity]]:
        sets: dict[Moment, set[Identity]] = defaultdict(set)
        for key, load_dt, *identity in vault.others[self.name]:
            sets[key, load_dt].add(tuple(identity))
        return sets

    def _row(self, model: Model, member: Member) -> dict[str, Value]:
        values = member.row.values
        return {
            model.parent_key(self): member.key,
            **{column: values[column] for column in self.child_keys},
            **{name: values[column] for name, column in self.columns},
            self.hashdiff: member.hashdiff,
            LOAD_DT: member.load_dt,
            LOAD_SRC: member.row.load_src,
        }

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12: a set ends where the key's next set begins; the newest set is current."""
        return set_views(self.name, vault.model.parent_key(self), vault.rows(self.name))

    def entry(self, model: Model) -> dict[str, Any]:  # noqa: ARG002 - as the others
        """The definition in the metadata language."""
        entry: dict[str, Any] = {
            "source": self.source,
            "parent": f"{self.parent}.{self.role}" if self.role else self.parent,
            "child_keys": list(self.child_keys),
            "duplicates": self.duplicates,
        }
        if self.columns:
            entry["columns"] = [{name: column} for name, column in self.columns]
        if self.order_by:
            entry["order_by"] = list(self.order_by)
        if self.hashed:
            entry["hashdiff"] = {self.hashdiff: list(self.hashed)}
        return entry

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """The hashdiff."""
        if source.name == self.source:
            yield f"hashdiff_{self.name}", self._hashdiff(model, row), "hash"


def set_views(
    name: str, key: str, rows: list[dict[str, Value]]
) -> dict[str, list[dict[str, Value]]]:
    """L12: all rows with the end of their set, and all rows of the newest set of each key."""
    dates: dict[Value, set[datetime]] = defaultdict(set)
    for row in rows:
        dates[row[key]].add(row[LOAD_DT])
    history = []
    for row in rows:
        end = min((date for date in dates[row[key]] if date > row[LOAD_DT]), default=None)
        history.append({**row, LOAD_END_DT: end, IS_CURRENT: end is None})
    current = [row for row in rows if row[LOAD_DT] == max(dates[row[key]])]
    return {f"{name}_history": history, f"{name}_current": current}


def changed_sets(
    stored: Mapping[Moment, set[Identity]], winners: Iterable[Staged]
) -> tuple[list[Staged], list[Staged]]:
    """L8: the members of the sets to insert, and those that contradict a stored set.

    A set that is stored for exactly that key and load date stands, whole: what is staged for it
    leaves the line before anything is compared.
    """
    staged: dict[Moment, list[Staged]] = defaultdict(list)
    conflicts = []
    for member in winners:
        moment = (member.key, member.load_dt)
        if moment not in stored:
            staged[moment].append(member)
        elif member.identity not in stored[moment]:
            conflicts.append(member)
    line = {**stored, **{at: {m.identity for m in members} for at, members in staged.items()}}
    new = []
    before: tuple[str | None, set[Identity]] = (None, set())
    for key, load_dt in sorted(line):
        here = line[key, load_dt]
        if before != (key, here):
            new += staged.get((key, load_dt), [])
        before = (key, here)
    return new, conflicts
