"""The physical clauses of CREATE TABLE: they change nothing here, and are checked all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tests.vertica_standin.errors import VerticaError, no_column
from tests.vertica_standin.translation import to_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.vertica_standin.vtypes import VType

_MAX_KSAFE = 2
# In the expression of a partition's CHECK constraint: errors are told apart by it.
_PARTITION_MARK = "'partition key' IS NOT NULL"


class Physical:
    """ORDER BY, SEGMENTED BY, KSAFE and PARTITION BY of a table.

    Args:
        clauses: the clauses by the names of their classes.
        types: the columns' types, by their names in lower case.
        nullable: the names of the columns that may be NULL.
    """

    def __init__(
        self,
        clauses: Mapping[str, exp.Expression],
        types: Mapping[str, VType],
        nullable: frozenset[str],
    ) -> None:
        self._order = clauses.get("Order")
        self._segmentation = clauses.get("TableSegmentationProperty")
        self._ksafe = clauses.get("KsafeProperty")
        self._partition = clauses.get("TablePartitionProperty")
        self._types = types
        self._nullable = nullable

    def check(self) -> None:
        """Refuse what Vertica refuses when the table is made.

        Raises:
            VerticaError: of severity ROLLBACK.
        """
        for name in (*self._names(self._order), *self._names(self._segmentation)):
            column = self._types.get(name)
            if column is None:
                raise no_column(name, "ROLLBACK")
            if column.name.startswith("long "):
                text = f'Column "{name}" of type {column.name} cannot be sorted or segmented by'
                raise VerticaError(4380, "0A000", text, "ROLLBACK")  # [?] code and text
        for name in self._names(self._partition):
            if name not in self._types:
                raise no_column(name, "ROLLBACK")
        if self._ksafe is not None and int(self._ksafe.this.name or 1) > _MAX_KSAFE:
            text = f"Invalid K-safety value {self._ksafe.this.name}"
            raise VerticaError(3586, "22023", text, "ROLLBACK")  # [?] code and text
        if self._partition is not None:
            self._check_group(self._partition.this, self._partition.args.get("group"))

    def _check_group(self, key: exp.Expression, group: exp.Expression | None) -> None:
        if group is None:
            return
        outside = group.transform(lambda node: exp.Null() if node == key else node)
        if outside.find(exp.Column) is not None or outside == group:
            text = "PARTITION BY and GROUP BY must use the same expression"
            raise VerticaError(7223, "42601", text, "ROLLBACK")  # [?] code and text
        if group.name.upper() == "CALENDAR_HIERARCHY_DAY" and self._kind(key) != "date":
            text = "CALENDAR_HIERARCHY_DAY needs a partition expression of type DATE"
            raise VerticaError(7224, "42804", text, "ROLLBACK")  # [?] code and text

    def _kind(self, key: exp.Expression) -> str:
        if isinstance(key, exp.Cast):
            return key.to.sql("vertica").lower()
        column = self._types.get(key.name.lower()) if isinstance(key, exp.Column) else None
        return column.name if column else ""

    @property
    def constraints(self) -> list[str]:
        """What DuckDB holds of it: a partition's key is never NULL."""
        if self._partition is None or self._nullable.isdisjoint(self._names(self._partition)):
            return []
        key = to_duckdb(self._partition.this)
        return [f"CHECK ({_PARTITION_MARK} AND ({key}) IS NOT NULL)"]

    @property
    def meta(self) -> dict[str, str]:
        """What v_catalog.tables shows of it."""
        shown = {"segment": self._segmentation, "partition": self._partition}
        return {
            name: clause.sql("vertica").split(" BY ", 1)[-1]
            for name, clause in shown.items()
            if clause is not None
        }

    @staticmethod
    def _names(clause: exp.Expression | None) -> Iterator[str]:
        if clause is None:
            return
        kind = exp.Identifier if isinstance(clause, exp.Order) else exp.Column
        for node in clause.find_all(kind):
            yield node.name.lower()
