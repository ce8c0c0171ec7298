"""Names: which are allowed, and which one was probably meant."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

IDENTIFIER = re.compile(r"[^\W\d]\w*")
IDENTIFIER_RULE = "letters, digits and underscores, not starting with a digit"


def is_identifier(name: str) -> bool:
    """Tell whether ``name`` may name a table or a column.

    >>> is_identifier("h_users"), is_identifier("h users")
    (True, False)
    """
    return IDENTIFIER.fullmatch(name) is not None


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return the candidate most like ``name``, or an empty string.

    >>> nearest("h_user", ["h_users", "h_groups"])
    'h_users'
    """
    folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def listed(names: Iterable[str], *, limit: int = 12) -> str:
    """Return names as a person would list them: ``a, b or c``.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], limit=2)
    ('a, b or c', 'a, b, ...')
    """
    shown = list(names)
    if len(shown) > limit:
        return ", ".join([*shown[:limit], "..."])
    if len(shown) <= 1:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
