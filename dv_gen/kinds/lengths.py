"""Names that a target's engine would not take, or would cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen import dialects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.model.project import Project

# What the templates and the runner make of a name.
OF_A_COLUMN = "{} text"
OF_A_STAGE = "raw_{}_rejected"
OF_A_MART = "{}__new"
OF_A_TABLE = "dv_gen:{}"
OF_A_COMPARED = "{} before"


def name_limits(project: Project) -> Mapping[str, int]:
    """Return the longest name in bytes, by dialect, for the dialects of the project's targets."""
    return {
        target.type: dialects.get(target.type).max_identifier_bytes for target in project.targets
    }


def too_long(limits: Mapping[str, int], name: str, made: str = "{}") -> list[tuple[str, str]]:
    """Return what is wrong with a name that is too long, and what was expected.

    Args:
        limits: the longest name by dialect, see :func:`name_limits`.
        name: the name.
        made: the longest name that is made of it.

    >>> too_long({"vertica": 128}, "h_users", "dv_gen:{}")
    []
    """
    size = len(name.encode())
    extra = len(made) - len("{}")
    return [
        (f"the name '{name}' has {size} bytes", f"at most {limit - extra} on {dialect}")
        for dialect, limit in limits.items()
        if size + extra > limit
    ]
