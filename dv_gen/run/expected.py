"""What was delivered, compared with what was expected (R9)."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing import Pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from dv_gen.landing import Landing

    Sources = Mapping[str, Mapping[str, Any]]

# What is looked at for files that no source claims: names, and folders that are listed for them.
MAX_NAMES = 10_000
MAX_FOLDERS = 100
_SHOWN = 10
_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"))


def lacking_deliveries(
    sources: Sources,
    wanted: Iterable[str],
    *,
    delivered: Collection[str],
    newest: Mapping[str, datetime],
    now: datetime,
) -> Iterator[str]:
    """Yield what sources lack that had to come.

    Args:
        sources: the manifest's facts about every source.
        wanted: the sources that the run loads.
        delivered: those with a new file in this run.
        newest: when the newest delivery of each source came.
        now: the time.
    """
    for name in wanted:
        facts = sources[name]
        if facts["needs_new_file"] and name not in delivered:
            yield (
                f"source {name} at {facts['location']}: no new file matches {facts['file']}, and "
                "it says required: true"
            )
        limit = timedelta(seconds=facts["freshness"])
        if not limit:
            continue
        came = newest.get(name)
        if came is None or now - came > limit:
            when = "has never been delivered"
            if came is not None:
                when = f"was delivered last at {came:%Y-%m-%d %H:%M} UTC"
            yield (
                f"source {name} at {facts['location']} {when}, and it says freshness: "
                f"{_in_words(facts['freshness'])}"
            )


def _in_words(seconds: int) -> str:
    """Return a span of time as the metadata says it.

    >>> _in_words(93_600), _in_words(172_800)
    ('26h', '2d')
    """
    size, unit = next(item for item in _UNITS if seconds % item[0] == 0)
    return f"{seconds // size}{unit}"


def unclaimed(landing: Landing, sources: Sources) -> str:
    """Return a sentence about the files of the landing root that no source claims, or none.

    Folders in which no source looks for files are named as a whole, and not entered; those that a
    source takes as a whole are not entered either. Names that begin with a point and those of files
    in the making (``.part``) are passed over. What is looked at has a bound, since this is said
    after every run: a bucket may hold millions of keys.

    Args:
        landing: the landing place.
        sources: the manifest's facts about every source.
    """
    patterns = [
        Pattern(facts["file"], facts["ignore_case"])
        for facts in sources.values()
        if not facts["is_query"]
    ]
    found: list[str] = []
    looked_at = 0
    try:
        for path in islice(_entries(landing, patterns), MAX_NAMES):
            looked_at += 1
            if path.endswith("/") or not any(item.matches(path) for item in patterns):
                found.append(path)
    except LandingError as error:
        return f"files that no source claims cannot be told: {error.message}"
    if not found:
        return ""
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    bound = f" (of the first {MAX_NAMES:,} names)" if looked_at == MAX_NAMES else ""
    return f"no source claims {', '.join(found[:_SHOWN])}{more} below {landing.root}{bound}"


def _entries(landing: Landing, patterns: list[Pattern]) -> Iterator[str]:
    """Yield files, and the folders that no source looks into."""
    folders = [""]
    listed = 0
    while folders and listed < MAX_FOLDERS:
        listed += 1
        for path in landing.entries(folders.pop(0)):
            name = path.rstrip("/").rpartition("/")[2]
            if name.startswith(".") or path.endswith(".part"):
                continue
            if not path.endswith("/") or not any(item.may_be_below(path) for item in patterns):
                yield path
            elif not any(item.has_all_below(path) for item in patterns):
                folders.append(path)
