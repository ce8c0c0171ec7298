"""Text for a terminal: nothing in it that a terminal acts upon; tables are aligned and shortened.

A name or a value from outside may hold escape codes, line breaks or marks that turn its direction:
they could hide what is said, or seem to say something else.
"""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"[+-]?[0-9][0-9., ]*(?:[eE][+-]?[0-9]+)?%?")
_SHOWN = {"\r\n": "↵", "\n": "↵", "\r": "↵", "\t": "→"}
_JOINER, _EMOJI_SELECTOR = "\u200d", "\ufe0f"
_ACTED_UPON = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_ANY = re.compile(rf"\r\n|[{_ACTED_UPON}]")
_ALL_BUT_LINES = re.compile(rf"(?!\n)[{_ACTED_UPON}]")
# A character may have any number of marks: those beyond so many a cell are not even looked at.
_MARKS = 8


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 40) -> str:
    """Return a table as text: numbers to the right, everything else to the left, all visible.

    Args:
        header: the column names; empty for none.
        rows: the cells.
        width: terminal cells a value may take; longer ones end in ``…``.
    """
    lines = [[_cut(visible(cell[: width * _MARKS + 1]), width) for cell in row] for row in rows]
    if header:
        lines.insert(0, [_cut(visible(name[: width * _MARKS + 1]), width) for name in header])
    columns = list(zip_longest(*lines, fillvalue=""))
    shown: list[list[str]] = []
    for column in columns:
        values = [value for value in column[bool(header) :] if value]
        right = bool(values) and all(_NUMBER.fullmatch(value) for value in values)
        widest = max(cells_of(value) for value in column)
        blanks = [" " * (widest - cells_of(value)) for value in column]
        cells = [b + v if right else v + b for v, b in zip(column, blanks, strict=True)]
        if header:
            cells.insert(1, "-" * max(widest, 1))
        shown.append(cells)
    return "\n".join("  ".join(line).rstrip() for line in zip(*shown, strict=True))


def visible(text: str) -> str:
    r"""Return a text without what a terminal would act upon; line breaks as ``↵``.

    Directional marks are shown as codes too.

    >>> visible("a\x1b[31m\nb")
    'a\\x1b[31m↵b'
    """
    return _ANY.sub(lambda found: _SHOWN.get(found[0]) or _code(found[0]), text)


def visible_lines(text: str) -> str:
    """Return a text of several lines likewise; its line feeds stay."""
    lines = text.replace("\r\n", "\n")
    return _ALL_BUT_LINES.sub(lambda found: _SHOWN.get(found[0]) or _code(found[0]), lines)


def json_text(value: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 - what JSON can hold
    """Return a value as JSON whose texts read back as they were, and show nothing that acts.

    JSON escapes line breaks and the first control characters by itself. What it does not know is
    written as text.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    return _ALL_BUT_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"  # noqa: PLR2004 - one byte


def _cut(text: str, width: int) -> str:
    """Shorten a text to ``width`` terminal cells, never inside a combined character."""
    if len(text) <= width * _MARKS and cells_of(text) <= width:
        return text
    kept = ""
    for cluster in _clusters(text):
        if cells_of(kept + cluster) > width - 1:
            break
        kept += cluster
    return f"{kept}…"


def cells_of(text: str) -> int:
    """Return how many terminal cells a text takes.

    >>> [cells_of(text) for text in ("abc", "日本", "e\u0301", "👩\u200d🚀")]
    [3, 4, 1, 2]
    """
    return sum(_cluster_cells(cluster) for cluster in _clusters(text))


def _cluster_cells(cluster: str) -> int:
    if _EMOJI_SELECTOR in cluster:
        return 2
    if unicodedata.category(cluster[0]) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(cluster[0]) in {"W", "F"} else 1


def _clusters(text: str) -> list[str]:
    """Split into characters with the marks, selectors and joined emoji that belong to them."""
    clusters: list[str] = []
    for character in text:
        belongs = (
            unicodedata.category(character) in {"Mn", "Me"}
            or character in (_JOINER, _EMOJI_SELECTOR)
            or "\U0001f3fb" <= character <= "\U0001f3ff"
        )
        flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        if clusters and (
            belongs
            or clusters[-1].endswith(_JOINER)
            or (flag and len(clusters[-1]) == 1 and "\U0001f1e6" <= clusters[-1] <= "\U0001f1ff")
        ):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters
