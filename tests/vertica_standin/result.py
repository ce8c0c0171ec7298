"""What a statement gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Result:
    tag: str
    columns: list = None  # [(name, VType)] or None when there is no result set
    rows: object = ()
