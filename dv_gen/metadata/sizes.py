"""Sizes in bytes, as metadata has them: 5000000, or 20 GB."""

from __future__ import annotations

import re
from typing import Any

_SIZE = re.compile(r"^([1-9][0-9]{0,14})( ?(KB|MB|GB|TB))?$")
_UNITS = {None: 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

SIZE: dict[str, Any] = {
    "type": ["integer", "string"],
    "minimum": 1,
    "pattern": _SIZE.pattern,
    "description": "bytes, or a size like '20 GB'",
}


def bytes_of(size: int | str) -> int:
    """Return how many bytes a size is; none for what is no size, which the schema has told.

    >>> bytes_of("20 GB"), bytes_of(5000)
    (20000000000, 5000)
    """
    found = _SIZE.match(str(size))
    return int(found[1]) * _UNITS[found[3]] if found else 0
