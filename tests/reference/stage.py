"""The stage: typed rows of one batch, numbered, with their surrogates.

A delivered row is a plain dict: the source's columns (one that is absent is NULL), `load_dt`,
`load_src`, and optionally `row_no` (else its place in the list, from 1) and `file` (a list is one
file unless its rows say otherwise; only `repeats: keep` asks).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tests.reference.definitions import LOAD_DT, LOAD_SRC, Model, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.sql_types import Value, check_value

DV_GEN = HashRule()
ROW_NO = "row_no"
FILE = "file"

Delivered = Mapping[str, Value]
Batch = Mapping[str, Sequence[Delivered]]


@dataclass(frozen=True)
class Row:
    """S1: one staged row."""

    values: dict[str, Value]
    load_dt: datetime
    load_src: str
    row_no: int


class Refused(NamedTuple):
    """S2, L3: a row that never reached the stage, for want of a value or of one that fits."""

    source: str
    row_no: int
    column: str


Stage = Mapping[str, Sequence[Row]]


class StageOfBatch(dict[str, list[Row]]):
    """The stage of one batch: a source that is delivered has an entry, though it may be empty.

    Attributes:
        load_dt: the batch's load date, which an empty delivery has.
        refused: the sources of which rows were refused.
    """

    load_dt: datetime | None = None
    refused: frozenset[str] = frozenset()


def whole(stage: Stage, source: SourceDef) -> list[datetime]:
    """L9, L10: the load dates at which the delivery of a full source is the complete set.

    A source that was not delivered has none, and neither has one of which a row was refused: the
    key of that row is not known, and would seem to have vanished.
    """
    refused = getattr(stage, "refused", ())
    if source.delivery != "full" or source.name not in stage or source.name in refused:
        return []
    dates = sorted({row.load_dt for row in stage[source.name]})
    return dates or [stage.load_dt]


def stage_rows(
    source: SourceDef,
    delivered: Iterable[Delivered],
    rule: HashRule = DV_GEN,
    others: Stage | None = None,
) -> tuple[list[Row], list[Refused]]:
    """S1 to S4: number the rows, refuse those that do not fit, leave out those not wanted.

    First the delivered columns have to fit, then the filter decides, then the computed columns
    have to fit. The surrogate comes last: what is not staged is no repeat of anything.
    """
    rows, refused = [], []
    seen: Counter[tuple[Value, str]] = Counter()
    for place, given in enumerate(delivered, start=1):
        row_no = given.get(ROW_NO, place)
        values = _typed(source, given)
        missing = [
            name for name in source.columns if name in source.required and values[name] is None
        ]
        if missing:
            refused.append(Refused(source.name, row_no, missing[0]))
            continue
        values |= _joined(source, values, rule)
        if source.where is not None and source.where.keeps(values) is not True:
            continue
        fetched, wrong = _fetched(source, values, others or {})
        misfits = [*_unfit(source, values), *wrong]
        if misfits:
            refused.append(Refused(source.name, row_no, misfits[0]))
            continue
        values |= fetched
        if source.surrogate is not None:
            values |= _surrogate(source, values, seen, given.get(FILE), rule)
        rows.append(
            Row(values, _load_dt(source, values, given), _load_src(source, values, given), row_no)
        )
    return rows, refused


def _load_dt(source: SourceDef, values: dict[str, Value], given: Delivered) -> datetime:
    """S1: the source's own load date, a date as its first moment; else the batch's."""
    own = given[LOAD_DT] if source.load_dt is None else values[source.load_dt]
    return own if isinstance(own, datetime) else datetime(own.year, own.month, own.day)  # noqa: DTZ001 - UTC without a zone


def _load_src(source: SourceDef, values: dict[str, Value], given: Delivered) -> str:
    return given[LOAD_SRC] if source.load_src is None else values[source.load_src]


def _joined(source: SourceDef, values: dict[str, Value], rule: HashRule) -> dict[str, Value]:
    """H1: the text of each part; NULL is empty text, and only NULLs are NULL."""
    known = dict(values)
    for each in source.joined:
        texts = [rule.text_of(known[part], source.type_of(part)) for part in each.parts]
        given = any(text is not None for text in texts)
        known[each.column] = each.separator.join(text or "" for text in texts) if given else None
    return {each.column: known[each.column] for each in source.joined}


def _unfit(source: SourceDef, values: dict[str, Value]) -> list[str]:
    """S2 for computed columns: too long for the declared type, NULL where it must not be."""
    return [
        each.column
        for each in source.joined
        if (values[each.column] is None and each.not_null)
        or (each.longest and len(values[each.column] or "") > each.longest)
    ]


def _fetched(
    source: SourceDef, values: dict[str, Value], others: Stage
) -> tuple[dict[str, Value], list[str]]:
    """The values behind foreign keys, and the columns for which there is none or several."""
    found: dict[str, Value] = {}
    wrong = []
    for each in source.fetched:
        if any(values[here] is None for here in each.on):
            found[each.column] = None
            continue
        matches = {
            row.values[each.there]
            for row in others.get(each.source, ())
            if all(row.values[there] == values[here] for here, there in each.on.items())
        }
        if len(matches) == 1:
            found[each.column] = next(iter(matches))
        else:
            wrong.append(each.column)
    return found, wrong


def _typed(source: SourceDef, given: Delivered) -> dict[str, Value]:
    """S1: the declared columns, in declared order, each of its type."""
    unknown = set(given) - set(source.columns) - {LOAD_DT, LOAD_SRC, ROW_NO, FILE}
    if unknown:
        raise ValueError(f"source {source.name} has no column {sorted(unknown)}")
    values = {column: given.get(column) for column in source.columns}
    for column, value in values.items():
        check_value(value, source.columns[column])
    return values


def _surrogate(
    source: SourceDef,
    values: dict[str, Value],
    seen: Counter[tuple[Value, str]],
    file: Value,
    rule: HashRule,
) -> dict[str, Value]:
    """S4: over the natural columns; exact repeats within a file are counted if they are kept."""
    definition = source.surrogate
    natural = [(values[column], source.columns[column]) for column in definition.natural]
    digits = rule.surrogate(natural)
    seen[file, digits] += 1
    if definition.keep_repeats:
        digits = rule.surrogate(natural, occurrence=seen[file, digits])
    return {definition.column: digits}


def stage_batch(
    model: Model, batch: Batch, load_dt: datetime | None = None
) -> tuple[StageOfBatch, list[Refused]]:
    """S6: the stage of one batch: only sources with a delivery, in metadata order."""
    stage = StageOfBatch()
    stage.load_dt = load_dt
    refused: list[Refused] = []
    names = {source.name for source in model.sources}
    if unknown := set(batch) - names:
        raise KeyError(f"unknown sources: {sorted(unknown)}")
    waiting = [source for source in model.sources if source.name in batch]
    while waiting:
        # What is fetched from is staged first; a circle would never end, and is no model.
        left = {source.name for source in waiting}
        source = next(s for s in waiting if not left & {each.source for each in s.fetched})
        waiting.remove(source)
        stage[source.name], problems = stage_rows(source, batch[source.name], model.rule, stage)
        refused += problems
    stage.refused = frozenset(each.source for each in refused)
    return stage, refused


def split_by_load_date(stage: Stage) -> list[dict[str, list[Row]]]:
    """One stage per load date, earliest first; row numbers and surrogates stay as they are."""
    dates = sorted({row.load_dt for rows in stage.values() for row in rows})
    return [
        {name: [row for row in rows if row.load_dt == load_dt] for name, rows in stage.items()}
        for load_dt in dates
    ]
