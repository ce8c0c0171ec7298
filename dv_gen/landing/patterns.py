"""File patterns: an exact name, a folder ending in ``/``, or a glob."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dv_gen.errors import LandingError, MissingFileError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Pattern:
    """What to list below a root.

    ``*`` and ``?`` stop at ``/``, ``**`` does not, ``[abc]`` and ``[!abc]`` are one character.
    Folders and globs pass over what begins with a point and over ``.part`` files: they are
    somebody's work in progress. An exact name finds any file.

    Args:
        text: a POSIX path relative to the root.
        ignore_case: whether upper and lower case are the same in a file's name; the folders before
            the first wildcard are as they are written, so that not everything has to be listed.

    Raises:
        LandingError: the pattern is empty, absolute or leads out of the root.
    """

    text: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.removeprefix("./"))
        if not self.text or self.text.startswith("/") or ".." in self.text.split("/"):
            raise LandingError(
                f"{self.text!r} cannot name files below the landing root.",
                hint='write a path relative to the root, without a leading "/" and without ".."',
            )

    @property
    def names_one(self) -> bool:
        """Whether it names one file, be it in upper or lower case."""
        return not self.text.endswith("/") and not _MAGIC.search(self.text)

    @property
    def is_exact(self) -> bool:
        """Whether it names one file as it is written."""
        return self.names_one and not self.ignore_case

    @property
    def fixed(self) -> str:
        """The part before the first wildcard: all there is to list begins with it."""
        found = _MAGIC.search(self.text)
        fixed = self.text[: found.start()] if found else self.text
        return fixed[: fixed.rfind("/") + 1] if self.ignore_case else fixed

    @property
    def folder(self) -> str:
        """The folder of the fixed part, empty or ending in ``/``."""
        return self.fixed[: self.fixed.rfind("/") + 1]

    def matches(self, path: str) -> bool:
        """Tell whether a path relative to the root is meant."""
        if self.is_exact:
            return path == self.text
        if self.names_one:
            return path.startswith(self.folder) and self._regex.fullmatch(path) is not None
        names = path.removeprefix(self.folder).split("/")
        if names[-1].endswith(".part") or any(name.startswith(".") for name in names):
            return False
        if self.ignore_case and not path.startswith(self.folder):
            return False
        return self._regex.fullmatch(path) is not None

    def may_be_below(self, folder: str) -> bool:
        """Tell whether a file that is meant may lie in a folder, or in one below it.

        Args:
            folder: relative to the root, ending in ``/``.

        >>> Pattern("crm/*/orders-*.csv").may_be_below("crm/2026/")
        True
        >>> Pattern("crm/*/orders-*.csv").may_be_below("crm/2026/old/")
        False
        """
        if self.folder.startswith(folder):
            return True
        if not folder.startswith(self.folder):
            return False
        deep = "**" in self.text or self.text.endswith("/")
        return deep or folder.count("/") <= self.text.count("/")

    def has_all_below(self, folder: str) -> bool:
        """Tell whether every file in a folder, and in those below it, is meant.

        >>> Pattern("crm/").has_all_below("crm/old/")
        True
        """
        return (
            self.text.endswith("/")
            and not _MAGIC.search(self.text)
            and folder.startswith(self.text)
        )

    def matched(self, path: str) -> tuple[str, ...]:
        """Return what each wildcard stands for in a path that is meant.

        >>> Pattern("crm/**/*-?.csv").matched("crm/2026/11/orders-1.csv")
        ('2026/11', 'orders', '1')
        """
        found = self._regex.fullmatch(path)
        return tuple((part or "").removesuffix("/") for part in found.groups()) if found else ()

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        flags = re.DOTALL | re.IGNORECASE if self.ignore_case else re.DOTALL
        return re.compile(_translate(self.text), flags)


def _translate(glob: str) -> str:
    """Translate a glob into a regular expression with a group for each wildcard.

    A trailing ``/`` means every file below.
    """
    parts: list[str] = []
    position = 0
    while position < len(glob):
        rest = glob[position:]
        if rest.startswith("**/") and (position == 0 or glob[position - 1] == "/"):
            parts.append("(.*/)?")
            position += 3
        elif rest.startswith("**"):
            parts.append("(.*)")
            position += 2
        elif rest[0] == "*":
            parts.append("([^/]*)")
            position += 1
        elif rest[0] == "?":
            parts.append("([^/])")
            position += 1
        elif rest[0] == "[" and (closing := rest.find("]", 3 if rest[1:2] == "!" else 2)) > 0:
            negated = rest[1] == "!"
            body = rest[1 + negated : closing].replace("\\", r"\\").replace("[", r"\[")
            body = re.sub(r"([&~|^])", r"\\\1", body)
            parts.append(f"(?!/)([{'^' if negated else ''}{body}])")
            position += closing + 1
        else:
            parts.append(re.escape(rest[0]))
            position += 1
    return "".join(parts) + (".*" if glob.endswith("/") else "")


def matched_by_wildcards(text: str, path: str, *, ignore_case: bool = False) -> tuple[str, ...]:
    """Return what each wildcard of a pattern stands for in a path that it matches."""
    return Pattern(text, ignore_case).matched(path)


def check_found(pattern: Pattern, root: str, found: Sequence[str]) -> None:
    """Make sure that a name which may be in upper or lower case is that of one file.

    Args:
        pattern: what was looked for.
        root: where it was looked for.
        found: the paths that are meant.

    Raises:
        MissingFileError: there is none.
        LandingError: there are several.
    """
    if not pattern.names_one:
        return
    if not found:
        raise missing(pattern, root, ())
    if len(found) > 1:
        raise LandingError(
            f"{' and '.join(found)} below {root} differ in nothing but upper and lower case.",
            hint=f"remove all but one, or say ignore_file_case: false for {pattern.text} alone",
        )


def missing(pattern: Pattern, root: str, others: Iterable[str]) -> MissingFileError:
    """Return the error for an exact name that is not there.

    Args:
        pattern: the exact name.
        root: where it was looked for.
        others: paths that are there, to find the nearest name among.
    """
    nearest = difflib.get_close_matches(pattern.text, sorted(others), n=1, cutoff=0.6)
    hint = (
        f"did you mean {visible(nearest[0])}?" if nearest else "check the name and the landing root"
    )
    return MissingFileError(f"There is no file {pattern.text} below {root}.", hint=hint)
