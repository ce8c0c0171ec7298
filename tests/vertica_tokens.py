"""The tokens of a statement, and what the rules about them have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""
    (?P<string>'(?:[^']|'')*')
  | (?P<name>"(?:[^"]|"")*")
  | (?P<hint>/\*\+.*?\*/)
  | (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign>::!|::|<=>|\S)
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A token, and what stands around it: the words that opened the brackets it is in."""

    kind: str
    text: str
    openers: tuple[str, ...]

    @property
    def word(self) -> str:
        """The word in upper case; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(sql: str) -> list[Token]:
    """Return the tokens of a statement, comments left out."""
    found: list[Token] = []
    openers: list[str] = []
    for match in _TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match[0]
        if kind == "comment":
            continue
        if text == ")" and openers:
            openers.pop()
        found.append(Token(kind, text, tuple(openers)))
        if text == "(":
            before = found[-2].word if len(found) > 1 else ""
            openers.append(before)
    return found


def words(found: list[Token], at: int, *wanted: str) -> bool:
    return [token.word for token in found[at : at + len(wanted)]] == list(wanted)


def any_word(*wanted: str) -> Callable[[list[Token], int], bool]:
    return lambda found, at: found[at].word in wanted


def sequence(*wanted: str) -> Callable[[list[Token], int], bool]:
    return lambda found, at: words(found, at, *wanted)


def closing(found: list[Token], at: int) -> int:
    depth = len(found[at].openers)
    return next(
        (
            place
            for place in range(at + 1, len(found))
            if found[place].text == ")" and len(found[place].openers) == depth
        ),
        len(found),
    )


def text_at(found: list[Token], at: int) -> str:
    return found[at].text if at < len(found) else ""
