"""Keys with an index: one on a table without rows is made anew behind the first of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.kinds.base import Step


def with_lifted_keys(steps: Iterable[Step]) -> Iterable[Step]:
    """Yield the steps, each load between the statements that take its table's key and put it back.

    A table that has no key renders no text for them.
    """
    for step in steps:
        if step.phase != "load" or not step.table:
            yield step
            continue
        lift, put = (
            Statement(name, f"shared/{name}.sql.j2", {"table": step.table})
            for name in ("lift_key", "put_key")
        )
        yield replace(step, statements=(lift, *step.statements, put))
