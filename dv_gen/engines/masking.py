"""Messages of databases without the values that they repeat: those are nobody's who reads a log."""

from __future__ import annotations

import re

MASK = "..."
# From the first opening quote to the last closing one, since quotes within a value are not doubled.
# An apostrophe has letters on both sides.
_QUOTED = (re.compile(r'".*"', re.DOTALL), re.compile(r"(?<!\w)'.*'(?!\w)", re.DOTALL))
_UNCLOSED = re.compile(r"""(?:"|(?<!\w)').*""", re.DOTALL)
_TYPE_OR_PLACE = r"[A-Za-z_]\w*\(\d+(?:, ?\d+)?\)|\b(?:[Ll]ine|[Cc]olumn|[Rr]ecord|[Rr]ow):? \d+"
_NUMBER = re.compile(rf"(?P<plain>{_TYPE_OR_PLACE})|(?<!\w)[-+]?\.?\d[\w.,:+-]*(?<![.,:])")


def without_values(message: str) -> str:
    """Return a message's first line with what is quoted in it, and every number, left out.

    Types, and the numbers of lines and columns, stay.

    >>> without_values("Could not convert string 'it's 5' to INT32 when casting from column a")
    'Could not convert string ... to INT32 when casting from column a'
    >>> without_values('value "12" is out of range for type numeric(4,1)')
    'value ... is out of range for type numeric(4,1)'
    >>> without_values("Overflow in addition of INT32 (2147483647 + 1)!")
    'Overflow in addition of INT32 (... + ...)!'
    """
    for quoted in _QUOTED:
        message = quoted.sub(MASK, message)
    message = _UNCLOSED.sub(MASK, message)
    message = (message.strip().splitlines() or [""])[0].rstrip(": ")
    return _NUMBER.sub(lambda found: found["plain"] or MASK, message)
