"""What a statement gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.vertica_standin.vtypes import VType, vtype

if TYPE_CHECKING:
    from collections.abc import Sequence

INTEGER = vtype("BIGINT")


@dataclass(frozen=True)
class Result:
    """An answer: its tag, and its columns and rows when there is a result set."""

    tag: str
    columns: Sequence[tuple[str, VType]] | None = None
    rows: Sequence[Sequence[Any]] = ()


def text_result(tag: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Result:
    """Return a result set of texts."""
    return Result(tag, [(name, vtype("VARCHAR(65000)")) for name in names], rows)


def count_result(tag: str, count: int, name: str = "OUTPUT") -> Result:
    """Return the one row that says how many rows a statement changed."""
    return Result(tag, [(name, INTEGER)], [(count,)])
