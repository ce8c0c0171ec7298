"""Record sources that differ by file: a text with placeholders for parts of the file's path."""

from __future__ import annotations

import re

# The placeholders besides {1}, {2}, ..: what a wildcard of the source's file matched.
PLACEHOLDERS = ("path", "name", "stem", "folder")
_BRACES = re.compile(r"\{([^{}]*)\}")
_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?|\[!?.[^\]]*\]", re.DOTALL)
_PACKED = (".gz", ".zst")


def placeholders(text: str) -> list[str]:
    """Return what stands in braces, in order.

    >>> placeholders("crm {1}/{name}")
    ['1', 'name']
    """
    return _BRACES.findall(text)


def varies(text: str) -> bool:
    """Tell whether a record source differs from file to file."""
    return _BRACES.search(text) is not None


def wildcards(glob: str) -> int:
    """Return how many wildcards a file pattern has.

    >>> wildcards("crm/*/orders-?.csv"), wildcards("orders/")
    (2, 0)
    """
    return len(_WILDCARD.findall(glob))


def names_one_file(pattern: str) -> bool:
    """Tell whether a source's file is a name, and no folder or glob.

    >>> names_one_file("users.csv"), names_one_file("users/"), names_one_file("users*.csv")
    (True, False, False)
    """
    return not pattern.endswith("/") and not wildcards(pattern)


def fill(text: str, path: str, matched: tuple[str, ...]) -> str:
    """Return the record source of a file.

    Args:
        text: the record source with its placeholders.
        path: the file's path below the landing root.
        matched: what each wildcard of the source's file matched.

    >>> fill("{1}: {stem} in {folder}", "crm/2026/orders.csv.gz", ("2026",))
    '2026: orders in crm/2026'
    """
    folder, _, name = path.rpartition("/")
    packed = next((ending for ending in _PACKED if name.lower().endswith(ending)), "")
    plain = name[: len(name) - len(packed)]
    stem = plain.rpartition(".")[0] or plain
    known = {"path": path, "name": name, "stem": stem, "folder": folder}
    known |= {str(number): part for number, part in enumerate(matched, start=1)}
    return _BRACES.sub(lambda found: known[found[1]], text)
