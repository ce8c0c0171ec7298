"""The reference model's hashing against the golden vectors and against the rules themselves."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.reference import golden_vectors, hashing
from tests.reference.golden_vectors import SurrogateVector, Vector
from tests.reference.hashing import HashRule, Value
from tests.reference.strategies import values

VECTORS = golden_vectors.vectors()
TYPES = ["integer", "decimal(10,2)", "varchar(100)", "date", "timestamp", "boolean", "hash"]


def by_name(vector: Vector | SurrogateVector) -> str:
    return vector.name


def test_golden_vectors_are_many_and_named_once() -> None:
    assert len(VECTORS) >= 40
    assert len({vector.name for vector in VECTORS}) == len(VECTORS)


def test_golden_digests_are_those_of_their_input() -> None:
    """H7: hashlib over the hand-written input, nothing of ours in between."""
    for entry in json.loads(golden_vectors.PATH.read_text("utf-8"))["vectors"]:
        for algorithm in golden_vectors.ALGORITHMS:
            text = entry["input"]
            made = None if text is None else hashlib.new(algorithm, text.encode()).hexdigest()
            assert entry[algorithm] == made, entry["name"]


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_model_makes_the_golden_input_and_digests(vector: Vector) -> None:
    rule = vector.hash_rule()
    make = rule.key_input if vector.kind == "key" else rule.hashdiff_input
    assert make(vector.components) == vector.input
    for algorithm, expected in vector.digests.items():
        rule = vector.hash_rule(algorithm)
        make = rule.key if vector.kind == "key" else rule.hashdiff
        assert make(vector.components) == expected


@pytest.mark.parametrize("vector", golden_vectors.surrogates(), ids=by_name)
def test_model_makes_the_golden_surrogate(vector: SurrogateVector) -> None:
    """S4."""
    made = hashing.surrogate_input(vector.components, occurrence=vector.occurrence)
    assert made == vector.input
    assert HashRule().surrogate(vector.components, occurrence=vector.occurrence) == vector.md5
    assert hashlib.md5(vector.input.encode()).hexdigest() == vector.md5


def test_floating_point_is_refused() -> None:
    """H1."""
    with pytest.raises(TypeError, match="floating point"):
        HashRule().key([(1.5, "double")])


@pytest.mark.parametrize(
    ("value", "sql_type"),
    [
        ("1", "integer"),
        (True, "integer"),
        (1, "varchar(3)"),
        (1.0, "decimal(3,1)"),
        ("ABC", "hash"),
        ("2024-01-01", "date"),
    ],
)
def test_a_value_of_another_type_is_refused(value: Value, sql_type: str) -> None:
    with pytest.raises(TypeError):
        hashing.canonical(value, sql_type)


def test_link_key_is_over_the_hubs_components_then_the_child_keys() -> None:
    """H4: ('de', 7) and 'bob' and child 3 are one input, in role order."""
    order = [(" de", "varchar(2)"), (7, "integer")]
    buyer = [("bob", "varchar(9)")]
    expected = hashlib.md5(b"DE|7|BOB|3").hexdigest()
    assert HashRule().link_key([order, buyer], [(3, "smallint")]) == expected


def test_link_key_differs_by_role_order() -> None:
    a, b = [("a", "text")], [("b", "text")]
    assert HashRule().link_key([a, b]) != HashRule().link_key([b, a])


def test_link_without_one_of_its_hubs_has_no_key() -> None:
    """L2: also where the other hub has one."""
    assert HashRule().link_key([[("a", "text")], [(" ", "text")]]) is None
    assert HashRule(rule="classic").link_key([[("a", "text")], [(None, "text")]]) is None


def test_child_key_may_be_null_or_blank() -> None:
    r"""H4: `A|\N` and `A|` are two keys."""
    hub = [[("a", "text")]]
    null = HashRule().link_key(hub, [(None, "integer")])
    assert null == hashlib.md5(b"A|\\N").hexdigest()
    assert HashRule().link_key(hub, [(" ", "text")]) == hashlib.md5(b"A|").hexdigest()


def test_classic_link_key() -> None:
    """H6: the same components, joined the classic way."""
    expected = hashlib.md5(b"1001||DE||^^").hexdigest()
    hubs = [[(1001, "integer")], [("de", "text")]]
    assert HashRule(rule="classic").link_key(hubs, [(None, "integer")]) == expected


@st.composite
def typed_rows(draw: st.DrawFn) -> list[tuple[Value, str, str]]:
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
    return [(draw(values(kind)), kind, f"c{number}") for number, kind in enumerate(types)]


@st.composite
def texts(draw: st.DrawFn) -> list[tuple[Value, str]]:
    alphabet = st.text(alphabet="aN|\\ ", max_size=4)
    return [(each, "text") for each in draw(st.lists(st.none() | alphabet, min_size=2, max_size=2))]


# Columns whose names begin one another, and texts that look like columns.
payloads = st.dictionaries(
    st.text(alphabet="aA_", min_size=1, max_size=3),
    st.none() | st.text(alphabet="aA_=|\\N", max_size=6),
    min_size=1,
    max_size=3,
)


def named(payload: dict[str, str | None]) -> list[tuple[Value, str, str]]:
    return [(value, "text", name) for name, value in payload.items()]


@given(payloads, payloads)
@example({"a": "x|b=y"}, {"a": "x", "b": "y"})
@example({"a": "\\"}, {"a": "\\\\"})
@example({"a": "x\\", "b": "y"}, {"a": "x\\|b=y"})
@example({"a": None}, {"a": ""})
def test_no_two_payloads_have_one_input(
    one: dict[str, str | None], other: dict[str, str | None]
) -> None:
    """H3, H3a: also where they have other columns; what is NULL says nothing."""

    def said(payload: dict[str, str | None]) -> dict[str, str]:
        return {name: text for name, text in payload.items() if text is not None}

    equal = hashing.hashdiff_input(named(one)) == hashing.hashdiff_input(named(other))
    assert equal == (said(one) == said(other))


@pytest.mark.parametrize("names", [["a", "a"], ["a", ""], ["a=b"], ["a|b"], ["a\\"]])
def test_columns_that_could_be_mistaken_are_refused(names: list[str]) -> None:
    """H3a: names are letters, digits and underscores, so that none needs an escape."""
    with pytest.raises(ValueError, match="name of its own"):
        hashing.hashdiff_input([("x", "text", name) for name in names])


@given(texts(), texts())
def test_two_keys_have_one_input_only_when_they_are_one_key(
    one: list[tuple[Value, str]], other: list[tuple[Value, str]]
) -> None:
    """H2, H3, H4."""

    def identity(components: list[tuple[Value, str]]) -> list[str | None] | None:
        ready = [text if text is None else text.strip(" ").upper() for text, _ in components]
        return ready if any(ready) else None

    equal = hashing.key_input(one) == hashing.key_input(other)
    assert equal == (identity(one) == identity(other))


@given(typed_rows(), st.data())
def test_a_hashdiff_does_not_depend_on_order_nor_on_columns_that_are_null(
    row: list[tuple[Value, str, str]], data: st.DataObject
) -> None:
    """H3a, L14."""
    empty = [(None, "integer", "c0_more"), (None, "date", "a"), (None, "varchar(9)", "z")]
    moved = data.draw(st.permutations([*row, *empty]))
    assert HashRule().hashdiff(moved) == HashRule().hashdiff(row)


@given(st.decimals("-9999.99", "9999.99", places=2), st.integers(-(2**15), 2**15 - 1))
@example(Decimal("-0.50"), 100)
def test_a_wider_type_does_not_change_the_text(number: Decimal, whole: int) -> None:
    """H1."""
    decimals = ("decimal(6,2)", "decimal(12,2)", "decimal(12,4)", "decimal(38,10)")
    assert len({hashing.canonical(number, kind) for kind in decimals}) == 1
    integers = {hashing.canonical(whole, kind) for kind in ("smallint", "integer", "bigint")}
    assert integers | {hashing.canonical(Decimal(whole), kind) for kind in decimals} == {str(whole)}


@given(st.decimals("-9999.99", "9999.99", places=2), st.decimals("-9999.99", "9999.99", places=2))
def test_two_numbers_have_two_texts(one: Decimal, other: Decimal) -> None:
    """H1, H3: what is left out of a text says nothing."""
    kind = "decimal(6,2)"
    assert (hashing.canonical(one, kind) == hashing.canonical(other, kind)) == (one == other)


@given(st.datetimes(), st.datetimes())
def test_two_moments_have_two_texts(one: datetime, other: datetime) -> None:
    """H1, H3."""
    texts = [hashing.canonical(moment, "timestamp") for moment in (one, other)]
    assert (texts[0] == texts[1]) == (one == other)
    assert [datetime.fromisoformat(text) for text in texts] == [one, other]


@given(typed_rows())
def test_a_hashdiff_is_never_null(row: list[tuple[Value, str, str]]) -> None:
    for rule in (HashRule(), HashRule(rule="classic")):
        assert len(rule.hashdiff(row)) == 32


def test_simple_upper_case_is_one_code_point_to_one() -> None:
    """H2: over all of Unicode."""
    for number in range(0x110000):
        assert len(hashing.simple_upper(chr(number))) == 1
