"""Names that a target's engine would not take, or would cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.errors import Location
    from dv_gen.model.project import Project

# What the templates and the runner make of a name.
OF_A_COLUMN = "{} text"
OF_A_STAGE = "raw_{}_rejected"
OF_A_MART = "{}__new"
OF_A_TABLE = "dv_gen_{}"


def too_long(
    project: Project, place: Location, names: Iterable[str], made: str = "{}"
) -> Iterator[Problem]:
    """Yield a problem for every name that is too long on one of the project's targets.

    Args:
        project: whose targets count.
        place: where the names come from.
        names: the names.
        made: the longest name that is made of each of them.
    """
    limits = {
        target.type: dialects.get(target.type).max_identifier_bytes for target in project.targets
    }
    extra = len(made.format("").encode())
    for name in names:
        size = len(name.encode()) + extra
        for dialect, limit in limits.items():
            if size > limit:
                what = f"the name '{name}' has {size - extra} bytes"
                yield Problem(place, what, f"at most {limit - extra} on {dialect}")
