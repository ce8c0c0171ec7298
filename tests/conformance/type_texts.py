"""Reads `type_texts.txt`: the texts that each type takes from a file, and those that it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

_TABLE = Path(__file__).parent / "type_texts.txt"


@dataclass(frozen=True)
class TypeTexts:
    """What a column takes.

    Attributes:
        column: its declaration in the metadata, without ``not null``.
        accepted: by text the value, as SQL writes it plainly.
        refused: what is a reject.
    """

    column: str
    accepted: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read_types(path: Path = _TABLE) -> dict[str, TypeTexts]:
    """Return by name the types of a table of texts.

    Raises:
        ValueError: when a line is none, or a text stands there twice.
    """
    groups: dict[str, list[str]] = {}
    types: dict[str, TypeTexts] = {}
    current = TypeTexts("")
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "group":
            current = TypeTexts("", refused=groups.setdefault(rest, []))
        elif word == "type":
            name, _, column = rest.partition(": ")
            current = types.setdefault(name, TypeTexts(column))
        elif word == "use":
            name, _, but = rest.partition(" but ")
            left_out = [json.loads(but)] if but else []
            current.refused.extend(text for text in groups[name] if text not in left_out)
        elif word and word != "#":
            _add(current, line.strip())
    return types


def _add(current: TypeTexts, line: str) -> None:
    text, end = json.JSONDecoder().raw_decode(line)
    if text in current.accepted or text in current.refused:
        raise ValueError(f"{line} stands twice")
    if line[end:]:
        current.accepted[text] = json.loads(line[end:].removeprefix(" = "))
    else:
        current.refused.append(text)


TYPES = read_types()
