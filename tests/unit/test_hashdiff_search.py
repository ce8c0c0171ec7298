"""Which columns a stored digest was made of."""

from __future__ import annotations

import hashlib
from datetime import datetime

from dv_gen.run.hashdiff_search import StoredRow, Value, fitting_lists, fitting_orders

DAY = datetime(2024, 1, 1)  # noqa: DTZ001 - the warehouse's time is UTC


def row(text: str, *texts: str) -> StoredRow:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return StoredRow(same=False, loaded=DAY, digest=digest, texts=texts)


def values(*names: str) -> list[Value]:
    return [Value(*name.split("=")) if "=" in name else Value(name, name) for name in names]


def test_any_list_of_few_columns_is_found_sorted_by_name_whatever_its_case() -> None:
    given = values("b", "C", "a", "key")
    assert fitting_lists(given, [row("1||2", "2", "3", "1", "K")], "md5") == [["a", "b"]]
    assert fitting_lists(given, [row("1||3||K", "2", "3", "1", "K")], "md5") == [["a", "C", "key"]]
    assert fitting_lists(given, [row("K", "2", "3", "1", "K")], "md5") == [["key"]]


def test_a_list_has_to_fit_every_row() -> None:
    """The first row alone would leave two: b and c say the same there."""
    rows = [row("1||2", "1", "2", "2"), row("1||3", "1", "3", "4")]
    one = fitting_lists(values("a", "b", "c"), rows[:1], "md5")
    assert sorted(one) == [["a", "b"], ["a", "c"]]
    assert fitting_lists(values("a", "b", "c"), rows, "md5") == [["a", "b"]]
    assert fitting_lists(values("a", "b", "c"), [row("other", "1", "2", "2")], "md5") == []


def test_of_many_columns_lists_that_lack_two_are_tried() -> None:
    names = [f"c{number:02}" for number in range(30)]
    wanted = [name for name in names if name not in ("c03", "c17")]
    assert fitting_lists(values(*names), [row("||".join(wanted), *names)], "md5") == [wanted]


def test_another_order_is_that_of_the_tables_own_names() -> None:
    given = values("since=valid_from", "title=name")
    rows = [row("N||V", "V", "N")]
    assert fitting_lists(given, rows, "md5") == []
    assert fitting_lists(given, rows, "md5", by_column=True) == [["title", "since"]]


def test_the_parts_of_a_hub_stay_together_in_a_link() -> None:
    labels = ["h_order", "h_order", "h_person", ""]
    rows = [row("P||1||2||C", "1", "2", "P", "C")]
    orders = fitting_orders(labels, rows, "md5")
    assert orders == [["h_person", "h_order", "child key 3"]]
