"""Random sequences of deliveries for any model, small enough that keys and payloads collide.

A delivery is `{source: [row, ...]}`, a row a plain dict of typed Python values with `load_dt`,
`load_src` and `row_no`: what `Vault.load` takes, and what a test writes into an engine's stage.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from tests.reference.definitions import LOAD_DT, LOAD_SRC, Model, SourceDef
from tests.reference.hashing import key_text
from tests.reference.sql_types import Value, parse_type
from tests.reference.stage import ROW_NO

FIRST_DAY = datetime(2024, 2, 28, tzinfo=UTC).replace(tzinfo=None)
FRACTION = timedelta(hours=13, microseconds=120_000)
RECORD_SOURCES = ["b.csv", "a.csv"]

KEY_TEXTS = [
    *("a", "A", " a", "a  ", "b", "", " ", "   ", "a|", "|a", "|", "\\", "\\N", "a\\", "^^", "||"),
    *("1", " 1", "-1", "01", "2", "2 "),
    *("ж", "Ж", " ж", "😀", "a'b", 'a"b', "a\nb", "\ta", "a,b", "NULL"),
]
TEXTS = [*KEY_TEXTS, "line 1\r\nline 2", '"quoted"', "%s {x} :y $1", "ÿ", "é", "e\u0301"]
INTEGERS = [1, 2, 0, -1, 10, 32767]
DECIMALS = ["1", "1.50", "-0.01", "0", "99999.99"]
DATES = [date(2024, 2, 29), date(1970, 1, 1), date(1969, 12, 31), date(1900, 3, 1)]
TIMESTAMPS = [
    FIRST_DAY,
    FIRST_DAY + FRACTION,
    FIRST_DAY + timedelta(microseconds=1),
    FIRST_DAY.replace(year=1969, hour=23, minute=59, second=59),
]


def domain(sql_type: str, *, key: bool = False) -> list[Value]:
    """The few values of a type that tests use; key text has the awkward ones of H2 to H4."""
    parsed = parse_type(sql_type)
    if parsed.family == "text":
        longest = parsed.arguments[0] if parsed.arguments else 100
        texts = KEY_TEXTS if key else TEXTS
        return [text for text in texts if len(text.encode()) <= longest]
    if parsed.family == "decimal":
        unit = Decimal(1).scaleb(-parsed.scale)
        return [Decimal(text).quantize(unit) for text in DECIMALS]
    return {
        "integer": INTEGERS,
        "date": DATES,
        "timestamp": TIMESTAMPS,
        "boolean": [True, False],
        "hash": [f"{n:032x}" for n in (1, 2, 3)],
        "double": [0.5, -1.0],
    }[parsed.family]


# Made once: hypothesis validates a strategy when it is drawn from first.
@cache
def values(sql_type: str, *, nullable: bool = True, key: bool = False) -> st.SearchStrategy[Value]:
    """One value of a type."""
    choices = domain(sql_type, key=key)
    return st.sampled_from([*choices, None] if nullable else choices)


def key_columns(model: Model, source: SourceDef) -> list[str]:
    """The source's columns that are part of some key: of a hub, a link's child, a surrogate."""
    names = {column for use in source.keys for column in use.columns}
    for link in model.links:
        if source.name in link.sources:
            names |= {link.child_column(child, source.name) for child, _ in link.child_keys}
    if source.surrogate is not None:
        names |= set(source.surrogate.natural)
    return [column for column in source.columns if column in names]


def key_pools(model: Model) -> st.SearchStrategy[dict[str, list[Value]]]:
    """A few key values a type family, shared by all sources, so that they meet in a hub."""
    types = {
        _family(source, column): source.columns[column]
        for source in model.sources
        for column in key_columns(model, source)
    }
    return _pools(tuple(types.items()))


@cache
def _pools(types: tuple[tuple[str, str], ...]) -> st.SearchStrategy[dict[str, list[Value]]]:
    some = {
        family: st.lists(values(sql_type, nullable=False, key=True), min_size=1, max_size=2)
        for family, sql_type in types
    }
    if "text" in some:
        some["text"] = some["text"].map(with_spellings)
    return st.fixed_dictionaries(some)


def with_spellings(pool: list[str]) -> list[str]:
    """H2: the pool, and every other way to write its first key: case and outer blanks."""
    return [*pool, *(t for t in KEY_TEXTS if key_text(t) == key_text(pool[0]) and t not in pool)]


def payloads(model: Model, source: SourceDef) -> st.SearchStrategy[list[dict[str, Value]]]:
    """One to three templates of a source's columns that are no keys.

    Few templates make exact repeats, changes, and changes back likely.
    """
    keys = key_columns(model, source)
    return _templates(
        tuple(
            (column, sql_type, column not in source.not_null)
            for column, sql_type in source.columns.items()
            if column not in keys
        )
    )


@cache
def _templates(
    columns: tuple[tuple[str, str, bool], ...],
) -> st.SearchStrategy[list[dict[str, Value]]]:
    template = {name: values(kind, nullable=nullable) for name, kind, nullable in columns}
    return st.lists(st.fixed_dictionaries(template), min_size=1, max_size=3)


def rows_of(
    model: Model,
    source: SourceDef,
    pools: dict[str, list[Value]],
    templates: list[dict[str, Value]],
) -> st.SearchStrategy[dict[str, Value]]:
    """One row of a source: keys from the pools, or NULL, and one of the payload templates."""
    keys = {}
    for column in key_columns(model, source):
        choices = domain(source.columns[column], key=True)
        pooled = [each for each in choices if each in pools[_family(source, column)]]
        if column in source.not_null:
            keys[column] = st.sampled_from(pooled or choices[:1])
        else:
            keys[column] = st.sampled_from([*pooled, *pooled, *pooled, None])  # mostly a key
    return st.builds(
        lambda payload, key: payload | key, st.sampled_from(templates), st.fixed_dictionaries(keys)
    )


def _family(source: SourceDef, column: str) -> str:
    return parse_type(source.columns[column]).family


def _load_date(day: int) -> datetime:
    """Days apart, some at midnight and some with a fraction of a second."""
    return FIRST_DAY + timedelta(days=day) + (FRACTION if day % 2 else timedelta(0))


@st.composite
def deliveries(
    draw: st.DrawFn,
    model: Model,
    *,
    in_order: bool = False,
    max_deliveries: int = 4,
    max_rows: int = 8,
) -> list[dict[str, list[dict[str, Value]]]]:
    """A sequence of deliveries for a model.

    Each has one to three load dates and rows for some of the sources; rows repeat; now and then an
    earlier delivery comes again as it was.

    Args:
        draw: hypothesis'.
        model: the definitions.
        in_order: no new delivery has a load date before the newest one so far (it may have that
            very one); without it, deliveries come late as they like.
        max_deliveries: how many at most.
        max_rows: rows per source and delivery at most.
    """
    pools = draw(key_pools(model))
    rows = {
        source.name: rows_of(model, source, pools, draw(payloads(model, source)))
        for source in model.sources
    }
    result: list[dict[str, list[dict[str, Value]]]] = []
    newest = 0
    for _ in range(draw(st.integers(1, max_deliveries))):
        if result and draw(st.integers(0, 4)) == 4:
            result.append(draw(st.sampled_from(result)))
            continue
        first = newest if in_order else 0
        days = draw(st.lists(st.integers(first, first + 3), min_size=1, max_size=3, unique=True))
        newest = max(newest, *days)
        standard = st.fixed_dictionaries(
            {
                LOAD_DT: st.sampled_from([_load_date(day) for day in days]),
                LOAD_SRC: st.sampled_from(RECORD_SOURCES),
            }
        )
        names = draw(st.lists(st.sampled_from(sorted(rows)), min_size=1, unique=True))
        delivery = {}
        for name in names:
            fewest = draw(st.sampled_from([0, max_rows // 2]))
            drawn = draw(
                st.lists(st.tuples(rows[name], standard), min_size=fewest, max_size=max_rows)
            )
            delivery[name] = [
                values | dates | {ROW_NO: row_no}
                for row_no, (values, dates) in enumerate(drawn, start=1)
            ]
        result.append(delivery)
    return result
