"""One difference between metadata, warehouse and ledger, and what there is to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.run.changes.definitions import Definition

# What a run does by itself; what somebody has to decide or to do; what would harm the vault.
SAFE = "safe"
APPLY = "to do"
REFUSED = "refused"


@dataclass(frozen=True)
class Change:
    """A statement that is not rendered yet: a template of ``templates/changes`` and its variables.

    Attributes:
        column: the column whose type it changes, so that what reads it has to make way.
        drops: whether the whole table goes, and all that reads it has to make way.
    """

    template: str
    context: Mapping[str, Any]
    column: str = ""
    drops: bool = False


@dataclass(frozen=True)
class Difference:
    """One difference.

    Attributes:
        action: ``SAFE``, ``APPLY`` or ``REFUSED``.
        table: the table, as the metadata has it.
        said: one sentence.
        todo: the way on, where it is no SQL alone.
        changes: what a run does, or, of what it does not do, the whole SQL that resolves it.
        count: the question whose answer, a number of keys, belongs to the sentence.
    """

    action: str
    table: Definition
    said: str
    todo: str = ""
    changes: tuple[Change, ...] = ()
    count: Change | None = None
    texts: tuple[str, ...] = field(default=(), compare=False)

    @property
    def stops(self) -> bool:
        """Whether nothing may be loaded before it is resolved."""
        return self.action != SAFE

    @property
    def place(self) -> str:
        """Where the metadata defines the table."""
        return self.table.place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        lines = [f"{where}{self.action}: {self.said}"]
        if self.todo:
            lines += [f"  -> {line}" for line in self.todo.splitlines()]
        lines += [f"     {line}" for text in self.texts for line in f"{text};".splitlines()]
        return "\n".join(lines)
