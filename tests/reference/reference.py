"""L11: reference tables, with history (L4, L5 on the code) and without (L7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC
from tests.reference.history import current, history
from tests.reference.others import LoadedOther, sorted_rows
from tests.reference.satellite import (
    DUPLICATE_KEY,
    NO_KEY,
    DuplicateKeysError,
    Reject,
    Version,
    events,
    on_the_timeline,
    settle,
)
from tests.reference.sql_types import nulls_first
from tests.reference.stage import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tests.reference.definitions import Model, SourceDef
    from tests.reference.sql_types import Value
    from tests.reference.stage import Row, Stage
    from tests.reference.vault import Vault


@dataclass(frozen=True)
class RefDef:
    """A reference table of one source.

    The code is compared as it was delivered: case and blanks count. A code with a part that is
    NULL or blank is none.

    Args:
        name: the table's name.
        source: the source's name.
        key: the source's columns that make the code.
        columns: (column, source column) pairs.
        historized: False when a code keeps the first row that came.
        order_by: the source's columns that order rows of one code and load date (L5).
        duplicates: `last`, `first`, `stagger` or `fail` (L5).
    """

    name: str
    source: str
    key: Sequence[str]
    columns: Sequence[tuple[str, str]]
    historized: bool = True
    order_by: Sequence[str] = ()
    duplicates: str = "last"

    section = "references"
    last = False

    def sources(self) -> tuple[str, ...]:
        """The one source."""
        return (self.source,)

    def load(self, vault: Vault, stage: Stage) -> LoadedOther:
        """L11."""
        stored = vault.others[self.name]
        staged, rejects = self._versions(vault.model, stage)
        if self.historized:
            winners, losers = settle(staged, self.duplicates)
            known = {key: row[HASHDIFF] for key, row in stored.items()}
            moments = whole(stage, vault.model.source(self.source))
            winners += self._gone(moments, stored, staged)
            inserted, conflicts = on_the_timeline(known, winners)
            if conflicts and self.duplicates == "fail":
                raise DuplicateKeysError(f"a stored row of {self.name} says otherwise")
            rejects += [
                Reject(self.name, DUPLICATE_KEY, self.source, version.row_no)
                for version in losers + conflicts
            ]
        else:
            inserted = events({code for code, _ in stored}, staged)
        rows = {(each.key, each.load_dt): self._row(each) for each in inserted}
        return LoadedOther(rows, sorted(rejects))

    def _gone(
        self,
        moments: Iterable[datetime],
        stored: Iterable[tuple[Any, ...]],
        staged: Sequence[Version],
    ) -> list[Version]:
        """L16: at the moments of full deliveries every code that is not in them.

        What is gone says nothing: None in place of a hashdiff, on the line of its code.
        """
        there = {*stored, *((version.key, version.load_dt) for version in staged)}
        nothing: dict[str, Value] = dict.fromkeys((name for name, _ in self.columns), None)
        return [
            Version(code, moment, (), self.source, 0, None, self.source, nothing)
            for moment in moments
            for code in sorted({code for code, _ in there}, key=str)
            if (code, moment) not in there
        ]

    def _versions(self, model: Model, stage: Stage) -> tuple[list[Version], list[Reject]]:
        found, rejects = [], []
        for row in stage.get(self.source, ()):
            code = tuple(row.values[column] for column in self.key)
            if any(part is None or str(part).strip(" ") == "" for part in code):
                rejects.append(Reject(self.name, NO_KEY, self.source, row.row_no))
                continue
            place = (*(nulls_first(row.values[column]) for column in self.order_by), row.row_no)
            found.append(
                Version(
                    key=code,
                    load_dt=row.load_dt,
                    place=place,
                    source=self.source,
                    row_no=row.row_no,
                    says=self._hashdiff(model, row),
                    load_src=row.load_src,
                    payload={name: row.values[column] for name, column in self.columns},
                )
            )
        return found, rejects

    def _hashdiff(self, model: Model, row: Row) -> str:
        source = model.source(self.source)
        return model.rule.hashdiff(
            [(row.values[column], source.type_of(column), name) for name, column in self.columns]
        )

    def _row(self, version: Version) -> dict[str, Value]:
        code = dict(zip(self.key, version.key, strict=True))
        hashdiff = {HASHDIFF: version.says} if self.historized else {}
        standard = {LOAD_DT: version.load_dt, LOAD_SRC: version.load_src}
        return code | version.payload | hashdiff | standard

    def views(self, vault: Vault) -> dict[str, list[dict[str, Value]]]:
        """L12, by code."""
        if not self.historized:
            return {}
        code = "the whole code"
        rows = [
            row | {code: tuple(str(row[column]) for column in self.key)}
            for row in sorted_rows(vault.others[self.name])
        ]
        # A row that ends a code is no version; the one before it is not the current one any more.
        versions = [row for row in history(rows, code) if row[HASHDIFF] is not None]
        newest = [row for row in current(rows, code) if row[HASHDIFF] is not None]
        shown = {"history": versions, "current": newest}
        return {
            f"{self.name}_{view}": [
                {name: row[name] for name in row if name != code} for row in all_
            ]
            for view, all_ in shown.items()
        }

    def entry(self, model: Model) -> dict[str, Any]:
        """The definition in the metadata language."""
        del model
        entry: dict[str, Any] = {
            "source": self.source,
            "key": list(self.key),
            "columns": [{name: column} for name, column in self.columns],
        }
        if self.order_by:
            entry["order_by"] = list(self.order_by)
        return entry | (
            {"duplicates": self.duplicates} if self.historized else {"historized": False}
        )

    def stage_cells(
        self, model: Model, source: SourceDef, row: Row
    ) -> Iterator[tuple[str, Value, str]]:
        """The hashdiff."""
        if self.historized and source.name == self.source:
            yield f"hashdiff_{self.name}", self._hashdiff(model, row), "hash"
