"""L15: late deliveries: what the deliveries behind them held stands.

A delivery that brings a key as it was leaves no row of it. Before a late row comes in between, that
row is written: a copy of the version that held, at the load date of the first later delivery that
brought the key. Tracking says which that was: status tracking of whole deliveries, or record
tracking. What tracks whole deliveries itself needs no copy: `following` tells it which of its own
moments stand.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tests.reference.definitions import LOAD_DT, LOAD_SRC
from tests.reference.stage import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tests.reference.others import Other
    from tests.reference.sql_types import Value
    from tests.reference.stage import Stage
    from tests.reference.vault import Vault


class Known(NamedTuple):
    """A delivery that was loaded: whether it was whole, and who says so."""

    is_whole: bool
    load_src: str


def delivered(vault: Vault, stage: Stage) -> Iterator[tuple[str, datetime, Known]]:
    """What a stage delivers of full sources: source, load date, and how."""
    for name, rows in stage.items():
        source = vault.model.source(name)
        if source.delivery != "full":
            continue
        complete = whole(stage, source)
        for moment in {row.load_dt for row in rows} | set(complete):
            sources = {row.load_src for row in rows if row.load_dt == moment}
            load_src = sources.pop() if len(sources) == 1 else name
            yield name, moment, Known(moment in complete, load_src)


def merged(before: Known | None, known: Known, source: str) -> Known:
    """What two deliveries of one load date are: whole if one was, of one record source or none."""
    if before is None:
        return known
    load_src = known.load_src if known.load_src == before.load_src else source
    return Known(known.is_whole or before.is_whole, load_src)


def following(vault: Vault, source: str, stage: Stage) -> list[tuple[datetime, str]]:
    """Of each staged moment of a source, the next known whole delivery, and who says so."""
    complete = whole(stage, vault.model.source(source))
    staged = {row.load_dt for row in stage.get(source, ())} | set(complete)
    known = {at: each for at, each in vault.deliveries[source].items() if each.is_whole}
    behind = {min((at for at in known if at > moment), default=None) for moment in staged}
    return [(at, known[at].load_src) for at in sorted(behind - {None} - set(complete))]


def restored(
    vault: Vault,
    parent: tuple[str, str | None],
    sources: tuple[str, ...],
    staged: Mapping[tuple[str, datetime], frozenset],
    says: Mapping[tuple[str, datetime], frozenset],
) -> list[tuple[str, datetime, datetime, str]]:
    """The versions to copy: key, load date, the load date of the copy, its record source.

    Args:
        vault: the vault before the batch.
        parent: what the keys are of, and in which role.
        sources: the sources that the table is loaded from.
        staged: what is staged of every key and load date.
        says: what is stored of every key and load date.
    """
    brought = [_brought(vault, source, parent) for source in sources]
    if None in brought:
        return []
    lines: dict[str, list[datetime]] = defaultdict(list)
    for key, at in says:
        lines[key].append(at)
    copies: dict[tuple[str, datetime], tuple[datetime, str]] = {}
    for (key, late), told in staged.items():
        line = sorted(lines[key])
        since = max((at for at in line if at < late), default=None)
        if since is None or late in line or says[key, since] == told:
            continue
        until = min((at for at in line if at > late), default=None)
        moments = [
            (at, number, known.load_src)
            for number, each in enumerate(brought)
            for at, known in each(key)
            if at > late and (until is None or at < until)
        ]
        if moments:
            first = min(at for at, _, _ in moments)
            load_src = max((number, src) for at, number, src in moments if at == first)[1]
            copies[key, first] = (since, load_src)
    return [(key, since, at, src) for (key, at), (since, src) in copies.items()]


def _brought(vault: Vault, source: str, parent: tuple[str, str | None]):  # noqa: ANN202 - a function
    """What tells of a key in which known deliveries of a source it was, or None."""
    if vault.model.source(source).delivery != "full":
        return None
    known = vault.deliveries[source]
    for other in vault.model.others:
        kind = type(other).__name__
        if (getattr(other, "parent", None), getattr(other, "role", None)) != parent:
            continue
        if kind == "StatusDef" and other.source == source:
            return lambda key, other=other: [
                (at, each)
                for at, each in known.items()
                if each.is_whole and _status(vault, other, key, at) not in (None, "D")
            ]
    for other in vault.model.others:
        if type(other).__name__ == "TrackDef" and _watches_only(vault, other, source, parent):
            return lambda key, other=other: [
                (at, each)
                for at, each in known.items()
                if any(row[LOAD_DT] == at for row in _rows_of(vault, other, key))
            ]
    return None


def _watches_only(vault: Vault, other: Other, source: str, parent: tuple) -> bool:
    if (other.parent, other.role) != parent:
        return False
    feeds = [name.name for name, _ in vault.model.feeds(vault.model.hub(other.parent))]
    return list(other.watched or feeds) == [source]


def _rows_of(vault: Vault, other: Other, key: str) -> list[Mapping[str, Value]]:
    column = vault.model.parent_key(other)
    return [row for row in vault.others[other.name].values() if row[column] == key]


def _status(vault: Vault, other: Other, key: str, at: datetime) -> str | None:
    """The newest status of a key by a load date."""
    rows = [row for row in _rows_of(vault, other, key) if row[LOAD_DT] <= at]
    return max(rows, key=lambda row: row[LOAD_DT])["status"] if rows else None


def copy_of(row: Mapping[str, Value], at: datetime, load_src: str) -> dict[str, Value]:
    """A stored row once more, at another load date."""
    return {**row, LOAD_DT: at, LOAD_SRC: load_src}
