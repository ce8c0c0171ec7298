"""Ghost rows (L11): the zero key for what is unknown, the error key for what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import Draft, Statement
from dv_gen.kinds.natural import no_zero_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import Column

SCHEMA = {
    "type": "boolean",
    "description": "a row for the zero key (unknown) and one for the error key",
}
# The statement's name: the run executes it also for a table that stands already.
STATEMENT = "ghosts"


def wanted(spec: Spec, draft: Draft) -> bool:
    """Tell whether an entry asks for ghost rows, by itself or with the whole project."""
    return bool(spec.get("ghosts", draft.project.ghosts))


def need_ghosts(spec: Spec, draft: Draft, hub: str, *path: str | int) -> None:
    """Give a hub its ghost rows because what stands at ``path`` refers to the zero key."""
    if no_zero_key(spec, draft, *path):
        return
    if draft.specs["hubs"][hub].get("ghosts") is False:
        what = f"'{hub}' has ghosts: false, but the zero key stands for a missing one here"
        spec.complain(what, *path, expected=f"no 'ghosts: false' in {hub}")
    draft.hubs[hub] = replace(draft.hubs[hub], ghosts=True)


def ghost_statement(
    table: str, columns: Sequence[Column], key: str, hashdiff: str = "", *, by_moment: bool
) -> Statement:
    """Return the statement that gives a table of the vault its ghost rows, once.

    Every column is NULL but the key, the hashdiff (the same digest), the load date and the
    record source.

    Args:
        table: the table's name.
        columns: its columns.
        key: the column of the key.
        hashdiff: the column of the hashdiff, if there is one.
        by_moment: whether other rows may have the zero key too, at later load dates.
    """
    context = {"table": table, "columns": columns, "keys": (key, hashdiff), "by_moment": by_moment}
    return Statement(STATEMENT, "shared/ghosts.sql.j2", context)
