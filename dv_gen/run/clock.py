"""The one place where a run asks for the time and for something random."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time in UTC, without a zone, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def seconds() -> float:
    """Return a clock for durations, in seconds."""
    return time.perf_counter()


def new_run_id() -> str:
    """Return an id for a run: sortable by time, unlike any other."""
    return f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
