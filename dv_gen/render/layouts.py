"""How the tables of a target are stored: the metadata's word, the target's, then the kind's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.model.physical import Layout, Physical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dv_gen.dialects.base import Dialect
    from dv_gen.model.project import Target


class Layouts:
    """Tells how a table is stored; templates call it ``layout(name, key, ..)``.

    Args:
        physical: by table: what the metadata says.
        target: what it says of all tables.
        dialect: whether history is partitioned where neither says so.
    """

    def __init__(self, physical: Mapping[str, Physical], target: Target, dialect: Dialect) -> None:
        said: Any = target.settings.get("physical") or {}
        self._physical = physical
        self._nothing = Physical(target.location)
        self._ksafe: int | None = said.get("ksafe")
        self._partitions: bool = said.get("partitions", dialect.partitions)
        self._partitioned: dict[str, str] = {}

    def __call__(
        self,
        name: str,
        key: Sequence[str],
        *,
        date: str = "",
        segmented_by: Sequence[str] | None = None,
        like: str = "",
    ) -> Layout:
        """Return how a table is stored.

        Args:
            name: the table.
            key: its key: what it is sorted by, and by the first of which it is segmented.
            date: what it is partitioned by, where history is.
            segmented_by: where that is something else; none for a whole copy on every node.
            like: the table whose word it goes by, if not its own.
        """
        said = self._physical.get(like or name, self._nothing)
        usual = key[:1] if segmented_by is None else segmented_by
        found = Layout(
            order_by=tuple(key) if said.order_by is None else said.order_by,
            segmented_by=tuple(usual) if said.segmented_by is None else said.segmented_by,
            partition_by=(date if self._partitions else "")
            if said.partition_by is None
            else said.partition_by,
            ksafe=self._ksafe if said.ksafe is None else said.ksafe,
        )
        self._partitioned[name] = found.partition_by
        return found

    def partitioned_by(self, name: str) -> str:
        """Return what a table is partitioned by, as its own statement was told before; or ""."""
        return self._partitioned.get(name, "")
