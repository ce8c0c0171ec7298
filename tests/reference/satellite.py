"""L3, L4, L5 and L7: satellites with history and without."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC, Model, SatDef
from tests.reference.keys import parent_key
from tests.reference.late import copy_of, restored
from tests.reference.sql_types import Value, nulls_first
from tests.reference.stage import Row, Stage

if TYPE_CHECKING:
    from tests.reference.vault import Vault

NO_KEY = "no key"
DUPLICATE_KEY = "duplicate key"

VersionKey = tuple[str, datetime]


class Reject(NamedTuple):
    """L3, L5: a staged row that the vault does not hold, and why."""

    satellite: str
    reason: str
    source: str
    row_no: int


class DuplicateKeysError(Exception):
    """L5 `duplicates: fail`: different rows of one key and load date, staged or stored."""


@dataclass(frozen=True)
class Version:
    """A staged row on its way into a satellite; `place` is (order_by, source order, row_no).

    `says` is what is compared: the hashdiff, or every column where the satellite has none; None of
    a code that is gone.
    """

    key: str
    load_dt: datetime
    place: tuple
    source: str
    row_no: int
    says: str | tuple[Value, ...] | None
    load_src: str
    payload: dict[str, Value]


class LoadedSatellite(NamedTuple):
    """What one load brings: new rows by (parent key, load date), and the rejects."""

    rows: dict[VersionKey, dict[str, Value]]
    rejects: list[Reject]


def versions(model: Model, satellite: SatDef, stage: Stage) -> tuple[list[Version], list[Reject]]:
    """L3: the staged rows of a satellite; those whose parent has no key are rejects."""
    found, rejects = [], []
    for source in satellite.sources:
        for row in stage.get(source, ()):
            key = parent_key(model, satellite, row, source)
            if key is None:
                rejects.append(Reject(satellite.name, NO_KEY, source, row.row_no))
            else:
                found.append(_version(model, satellite, source, key, row))
    return found, rejects


def _version(model: Model, satellite: SatDef, source: str, key: str, row: Row) -> Version:
    """H2: the payload and its hashdiff, columns in the satellite's order."""
    given = model.source(source)
    components = [
        (row.values[column], given.type_of(column), name) for name, column in satellite.columns
    ]
    order = (nulls_first(row.values[column]) for column in satellite.order_by)
    return Version(
        key=key,
        load_dt=row.load_dt,
        place=(*order, satellite.sources.index(source), row.row_no),
        source=source,
        row_no=row.row_no,
        says=model.rule.hashdiff(components)
        if satellite.has_hashdiff
        else tuple(value for value, _, _ in components),
        load_src=row.load_src,
        payload={name: row.values[column] for name, column in satellite.columns},
    )


def settle(staged: Iterable[Version], duplicates: str) -> tuple[list[Version], list[Version]]:
    """L5: among the rows of one key and load date in one delivery, who wins and who loses.

    Rows are ordered by `order_by` (NULL first), then the satellite's sources, then `row_no`. Rows
    that say the same are exact repeats and collapse. `last`: the last row wins; what else is said
    loses once, told by its last row. `first`: the first wins. `fail`: any loser raises.
    `stagger`: see `_staggered`.
    """
    groups: dict[VersionKey, list[Version]] = defaultdict(list)
    for version in staged:
        groups[version.key, version.load_dt].append(version)
    winners, losers = [], []
    for group in groups.values():
        line = sorted(group, key=lambda version: version.place)
        if duplicates == "stagger":
            winners += _staggered(line)
            continue
        winner = line[0] if duplicates == "first" else line[-1]
        last_of_each = {version.says: version for version in line}
        del last_of_each[winner.says]
        if last_of_each and duplicates == "fail":
            raise DuplicateKeysError(f"different rows of {winner.key} at {winner.load_dt}")
        winners.append(winner)
        losers += last_of_each.values()
    if len({(version.key, version.load_dt) for version in winners}) < len(winners):
        raise ValueError("staggered rows meet a load date that is staged too: the rules are silent")
    return winners, losers


def _staggered(line: list[Version]) -> list[Version]:
    """L5 `stagger`: runs of equal rows collapse to their first; each next is 1 µs later."""
    kept = [
        version
        for before, version in zip([None, *line], line, strict=False)
        if before is None or before.says != version.says
    ]
    return [
        replace(version, load_dt=version.load_dt + timedelta(microseconds=n))
        for n, version in enumerate(kept)
    ]


def on_the_timeline(
    stored: Mapping[VersionKey, str | tuple[Value, ...]], winners: Iterable[Version]
) -> tuple[list[Version], list[Version]]:
    """L4: which staged rows are inserted, and which conflict with a stored one.

    A staged row whose key and load date are stored saying otherwise is a conflict, and leaves
    the line *before* anything is compared with it. The others stand on one line per key with the
    stored rows, by load date, stored before staged; a staged row is inserted when it says something
    else than the row before it, be that one stored or staged.

    Args:
        stored: what is said by (key, load date).
        winners: what `settle` left: one row per key and load date.
    """
    lines: dict[str, list[tuple[datetime, bool, str | tuple[Value, ...], Version | None]]] = (
        defaultdict(list)
    )
    for (key, load_dt), says in stored.items():
        lines[key].append((load_dt, False, says, None))
    conflicts = []
    for version in winners:
        if stored.get((version.key, version.load_dt), version.says) != version.says:
            conflicts.append(version)
        else:
            lines[version.key].append((version.load_dt, True, version.says, version))
    inserted = []
    for line in lines.values():
        before = None
        for _, _, says, version in sorted(line, key=lambda entry: entry[:2]):
            if version is not None and says != before:
                inserted.append(version)
            before = says
    return inserted, conflicts


def load_satellite(
    model: Model,
    satellite: SatDef,
    stage: Stage,
    stored: Mapping[VersionKey, Mapping[str, Value]],
) -> LoadedSatellite:
    """L3 to L5 for a satellite with history, L7 for one without."""
    staged, rejects = versions(model, satellite, stage)
    if satellite.historized:
        winners, losers = settle(staged, satellite.duplicates)
        said = {key: _says(satellite, row) for key, row in stored.items()}
        inserted, conflicts = on_the_timeline(said, winners)
        if conflicts and satellite.duplicates == "fail":
            raise DuplicateKeysError(f"a stored row of {satellite.name} says otherwise")
        rejects += [
            Reject(satellite.name, DUPLICATE_KEY, version.source, version.row_no)
            for version in losers + conflicts
        ]
    else:
        inserted = events({key for key, _ in stored}, staged)
    rows = {(each.key, each.load_dt): _row(model, satellite, each) for each in inserted}
    return LoadedSatellite(rows, sorted(rejects))


def restored_rows(
    vault: "Vault",
    satellite: SatDef,
    stage: Stage,
    stored: Mapping[VersionKey, Mapping[str, Value]],
) -> dict[VersionKey, dict[str, Value]]:
    """L15: what held in the deliveries behind the staged ones, where tracking tells it."""
    staged, _ = versions(vault.model, satellite, stage)
    told: dict[VersionKey, set] = defaultdict(set)
    for version in staged:
        told[version.key, version.load_dt].add(version.says)
    says = {at: frozenset({_says(satellite, row)}) for at, row in stored.items()}
    parent = (satellite.parent, satellite.role)
    frozen = {at: frozenset(each) for at, each in told.items()}
    copies = restored(vault, parent, satellite.sources, frozen, says)
    return {(key, at): copy_of(stored[key, since], at, src) for key, since, at, src in copies}


def _says(satellite: SatDef, row: Mapping[str, Value]) -> str | tuple[Value, ...]:
    """What a stored row is compared by."""
    if satellite.has_hashdiff:
        return row[HASHDIFF]
    return tuple(row[name] for name, _ in satellite.columns)


def events(stored: set[str], staged: Iterable[Version]) -> list[Version]:
    """L7: once per key, the first by load date, then by place; payload never compared."""
    first: dict[str, Version] = {}
    for version in sorted(staged, key=lambda version: (version.load_dt, version.place)):
        if version.key not in stored:
            first.setdefault(version.key, version)
    return list(first.values())


def _row(model: Model, satellite: SatDef, version: Version) -> dict[str, Value]:
    """The satellite's row; L7: no hashdiff column without history."""
    hashdiff = {HASHDIFF: version.says} if satellite.has_hashdiff else {}
    standard = {LOAD_DT: version.load_dt, LOAD_SRC: version.load_src}
    return {model.parent_key(satellite): version.key} | version.payload | hashdiff | standard
