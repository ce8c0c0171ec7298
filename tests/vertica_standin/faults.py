"""Switches for faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Faults:
    """Switches a test flips while the server runs (the regexes are searched in the statement text)."""

    refuse: bool = False  # close every new connection at once
    delay: float = 0.0  # seconds before each matching statement
    delay_regex: str | None = None
    drop_nth: int | None = None  # drop the connection at the Nth statement from now
    drop_regex: str | None = None  # drop it at a matching statement ...
    drop_when: str = (
        "before"  # ... "before" running it, or "after" it ran (and committed, if it commits)
    )
    drop_in_copy: bool = False  # drop while COPY data is being received
    fail_regex: str | None = None  # answer a matching statement with an error
    fail_times: int = 1 << 30  # ... at most this often
    fail_with: tuple = (
        5157,
        "55V03",
        "Unavailable: initiator locks for query - Locking failure: Timed out X locking Table",
    )
