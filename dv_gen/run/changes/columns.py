"""What differs in the columns of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.model.types import HASH, MAX_PRECISION
from dv_gen.run.changes.definitions import declared
from dv_gen.run.changes.difference import APPLY, REFUSED, SAFE, Change, Difference
from dv_gen.run.changes.types import (
    AS_TEXT,
    DIGITS,
    NARROWER,
    OTHER_TEXT,
    SAME,
    WIDER,
    change_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dv_gen.engines.base import StoredColumn
    from dv_gen.model.entities import Column
    from dv_gen.model.types import SqlType
    from dv_gen.run.changes.definitions import Definition
    from dv_gen.run.changes.types import Storage

_LOST = "values would be lost or changed"
_HARM = {
    NARROWER: "values that are there may not fit",
    AS_TEXT: "a key is its text: '001' was 1, and would be another key now",
}
_KEEP = "keep the old type in the metadata, or load a new {kind} beside this one"


@dataclass(frozen=True)
class Compared:
    """A table as the metadata, the catalog and the ledger have it.

    Attributes:
        table: what the metadata says.
        live: its columns in the catalog.
        recorded: what it was built from; None where the ledger does not know it.
        storage: how the engine stores types.
        fixed: columns that follow a key which may not change as it does: nothing is said of them.
        moved: columns that have gone to another table, each with the table's name.
    """

    table: Definition
    live: Mapping[str, StoredColumn]
    recorded: Definition | None
    storage: Storage
    fixed: Collection[str] = ()
    moved: Mapping[str, str] | None = None

    def columns(self) -> Iterator[Difference]:
        """Yield the differences of the columns, each with what there is to do."""
        table = self.table
        added = [
            column
            for name, column in table.columns.items()
            if name not in self.live and name not in self.fixed
        ]
        removed = [] if self.recorded is None else self._removed(self.recorded)
        if table.is_derived:
            yield from self._derived(added, removed)
            return
        asked: set[str] = set()
        for column in added:
            found = [old for old in removed if self._may_be(old, column)]
            if found:
                yield self._renamed(column, found)
                asked.update(old.name for old in found)
            else:
                yield self._added(column)
        for column in removed:
            if column.name not in asked:
                yield self._left(column)
        for name, column in table.columns.items():
            if name in self.live and name not in self.fixed:
                yield from self._same(column, self.live[name])

    def _removed(self, recorded: Definition) -> list[Column]:
        """Return the columns that the metadata named until now; those of others are theirs."""
        return [
            column
            for name, column in recorded.columns.items()
            if name in self.live and name not in self.table.columns and name not in self.fixed
        ]

    def _named(self, name: str) -> str:
        return f'{self.table.shown}."{name}"'

    def _change(self, template: str, **context: object) -> Change:
        facts = {"schema": self.table.schema, "table": self.table.name, **context}
        return Change(template, facts)

    def _derived(self, added: list[Column], removed: list[Column]) -> Iterator[Difference]:
        wrong = [column.name for column in removed]
        wrong += [
            name
            for name, column in self.table.columns.items()
            if name in self.live and self.storage.live(self.live[name]) != self._stored(column)
        ]
        if not added and not wrong:
            return
        said = f"the table {self.table.shown} lacks the column {_names(added)}"
        if not added:
            said = f"the table {self.table.shown} has other columns: {', '.join(wrong)}"
        todo = "it is made from the vault: drop it, and the next run makes it anew"
        facts = {"schema": self.table.schema, "table": self.table.name}
        drop = Change("drop_table", facts, drops=True)
        yield Difference(APPLY, self.table, said, todo, (drop,))

    def _stored(self, column: Column) -> SqlType:
        return self.storage.stored(column.type)

    def _may_be(self, old: Column, new: Column) -> bool:
        if (old.type == HASH) != (new.type == HASH):
            return False
        return change_of(old.type, new.type) in (SAME, WIDER, NARROWER)

    def _renamed(self, column: Column, found: list[Column]) -> Difference:
        old = found[0]
        names = " or ".join(f'"{item.name}"' for item in found)
        said = (
            f'{self.table.shown} has no column "{column.name}", and the metadata no longer names '
            f"{names}: is it renamed?"
        )
        hashed = self.recorded is not None and old.name in self.recorded.hashed
        if hashed:
            # The name is part of the hashdiff: another one would make a version of every key.
            todo = (
                "if it is, leave its name in the vault as it was: "
                f"columns: [{{{old.name}: <the source's column>}}]"
            )
            changes: tuple[Change, ...] = ()
        else:
            todo = "if it is, give the column its new name and run again:"
            changes = (self._change("rename_column", column=old.name, new=column.name),)
        if not column.nullable or column.name in self._key_parts():
            return Difference(APPLY, self.table, said, todo, changes)
        if hashed:
            todo += "\nif it is not, add the new one beside the old, and run again:"
            add = self._change("add_column", column=column.name, type=column.type)
            return Difference(APPLY, self.table, said, todo, (add,))
        todo += f'\nif it is not, let one run go without "{column.name}", then add it'
        return Difference(APPLY, self.table, said, todo, changes)

    def _added(self, column: Column) -> Difference:
        if self.recorded is not None and column.name in self.recorded.columns:
            return self._lost(column)
        if column.name in self.table.built_from.get("period", ()):
            said = f'the table {self.table.shown} has no column "{column.name}" for its periods'
            todo = (
                "period: [start, end] names the columns that it has: an empty end would open "
                "every relationship again"
            )
            return Difference(REFUSED, self.table, said, todo)
        if not column.nullable:
            said = (
                f"{self._named(column.name)} is new and not null, and the rows that are there "
                "have no value for it"
            )
            todo = "leave 'not null' away: a new column can only be empty in old rows"
            return Difference(REFUSED, self.table, said, todo)
        said = f"{self._named(column.name)} is new: {declared(column)}"
        add = self._change("add_column", column=column.name, type=column.type)
        return Difference(SAFE, self.table, said, changes=(add,))

    def _lost(self, column: Column) -> Difference:
        """Say that a column is gone that the table was built with: nobody adds it unasked."""
        said = f"{self._named(column.name)} is gone: the table was built with it"
        new = _new_name(column.name)
        if new in self.live:
            todo = "its values are in another column: give that its name, and run again:"
            rename = self._change("rename_column", column=new, new=column.name)
            return Difference(APPLY, self.table, said, todo, (rename,))
        todo = "bring it back with its values; without them every row that is there is wrong"
        return Difference(REFUSED, self.table, said, todo)

    def _left(self, column: Column) -> Difference:
        """Say what becomes of a column that the metadata no longer names: it stays (P6)."""
        name = self._named(column.name)
        if self.moved and column.name in self.moved:
            other = self.moved[column.name]
            said = f"{name} has moved to {other}, where its history would be missing"
            todo = f'leave "{column.name}" in {self.table.name} too: {other} has it from now on'
            return Difference(APPLY, self.table, said, todo)
        if not self.live[column.name].nullable:
            said = f"{name} is NOT NULL, and the metadata no longer names it: no row would fit"
            todo = "let it be empty, and run again; it stays in the table"
            drop = self._change("drop_not_null", column=column.name)
            return Difference(APPLY, self.table, said, todo, (drop,))
        said = f"{name} is no longer in the metadata: it stays, and is empty in new rows"
        count = None
        if self.recorded is not None and column.name in self.recorded.hashed:
            key = next(iter(self.table.columns))
            count = self._change("count_values", column=column.name, key=key)
        return Difference(SAFE, self.table, said, count=count)

    def _same(self, column: Column, live: StoredColumn) -> Iterator[Difference]:
        known = self.recorded.columns.get(column.name) if self.recorded else None
        yield from self._typed(column, live, known)
        if known and not known.nullable and column.nullable and not live.nullable:
            said = f"{self._named(column.name)} may be empty from now on"
            change = self._change("drop_not_null", column=column.name)
            yield Difference(SAFE, self.table, said, changes=(change,))

    def _typed(
        self, column: Column, live: StoredColumn, known: Column | None
    ) -> Iterator[Difference]:
        stored, wanted = self.storage.live(live), self._stored(column)
        if known is None and column.type == HASH:
            # How another tool has stored its digests is compared by the digests themselves.
            return
        if known is not None and self.storage.stored(known.type) == stored:
            old, new, words = known.type, column.type, str(known.type)
        else:
            # Somebody has changed it, or it is another tool's: what is stored counts.
            old, new, words = stored, wanted, live.type.lower()
            if change_of(wanted, stored) in (SAME, WIDER) or _is_day(wanted, stored):
                return
        verdict = change_of(old, new)
        if column.name in self.table.built_from.get("period", ()) and _is_day(old, new):
            # No hash is made of it.
            verdict = WIDER
        if verdict == SAME:
            return
        said = f"{self._named(column.name)} is {words}, and the metadata says {column.type}"
        if verdict == WIDER:
            yield self._widened(column, said, stored, wanted)
            return
        keep = _KEEP.format(kind=self.table.kind or "table")
        if verdict == AS_TEXT and column.name not in self._key_parts():
            todo = "a whole number is the same text: run this, and run again:"
            changes = self._copied(column)
            if self.storage.alters(stored, wanted, is_key=False):
                changes = (self._set_type(column),)
            yield Difference(APPLY, self.table, said, todo, changes)
        elif verdict == OTHER_TEXT:
            todo = f"its values would be written, and hashed, as other texts: {keep}"
            yield Difference(APPLY, self.table, said, todo)
        else:
            why = _HARM.get(verdict, _LOST)
            todo = f"{why}: {_wide_enough(old, new)}{keep}"
            yield Difference(REFUSED, self.table, said, todo)

    def _widened(self, column: Column, said: str, stored: SqlType, wanted: SqlType) -> Difference:
        if stored == wanted:
            # The engine tells no such types apart; the ledger does.
            return Difference(SAFE, self.table, said)
        is_key = column.name in _keys(self.table)
        if self.storage.alters(stored, wanted, is_key=is_key):
            return Difference(SAFE, self.table, said, changes=(self._set_type(column),))
        if is_key:
            keep = _KEEP.format(kind=self.table.kind)
            todo = f"the engine cannot change the type of a key's column: {keep}"
            return Difference(APPLY, self.table, said, todo)
        todo = "the engine cannot do this in place: run these statements, and run again:"
        return Difference(APPLY, self.table, said, todo, self._copied(column))

    def _set_type(self, column: Column) -> Change:
        facts = {"schema": self.table.schema, "table": self.table.name}
        context = {**facts, "column": column.name, "type": column.type}
        return Change("set_type", context, column=column.name)

    def _key_parts(self) -> tuple[str, ...]:
        """Return the columns that keys are hashed from."""
        parts = [self.table.built_from.get(fact, ()) for fact in ("key", "child_keys")]
        return (*_keys(self.table), *(name for part in parts for name in part))

    def _copied(self, column: Column) -> tuple[Change, ...]:
        """Return the statements that give a column another type by way of a second one."""
        new = _new_name(column.name)
        steps = [
            self._change("add_column", column=new, type=column.type),
            self._change("copy_column", column=column.name, new=new, type=column.type),
            self._change("commit"),
            self._change("drop_column", column=column.name),
            self._change("rename_column", column=new, new=column.name),
        ]
        if not self.live[column.name].nullable:
            steps.append(self._change("set_not_null", column=column.name))
        return tuple(steps)


def _keys(table: Definition) -> tuple[str, ...]:
    """Return the columns of a table's primary key that may change their type."""
    more = {"reference": "key", "multi_active": "child_keys"}.get(table.kind, "")
    return (next(iter(table.columns)), *table.built_from.get(more, ()))


def _is_day(narrow: SqlType, wide: SqlType) -> bool:
    """Tell whether a date stands beside a timestamp, which has room for it."""
    return (narrow.name, wide.name) == ("date", "timestamp")


def _new_name(column: str) -> str:
    """Return the name of a column until it takes the place of another one."""
    return f"{column}__new"


def _names(columns: list[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _wide_enough(old: SqlType, new: SqlType) -> str:
    """Return the decimal that has room for every whole number, where too narrow a one is meant."""
    if old.name not in DIGITS or new.name != "decimal":
        return ""
    digits = DIGITS[old.name] + new.scale
    if digits > MAX_PRECISION:
        return ""
    return f"decimal({digits},{new.scale}) has room for every {old}; or "
