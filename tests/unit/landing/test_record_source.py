"""What a record source takes from a file's path."""

from __future__ import annotations

import pytest

from dv_gen.landing import matched_by_wildcards
from dv_gen.model.record_source import fill, placeholders, varies, wildcards

MATCHES = [
    ("users.csv", "users.csv", ()),
    ("users/", "users/a.csv", ()),
    ("users*.csv", "users.csv", ("",)),
    ("*/orders-?.csv", "crm/orders-7.csv", ("crm", "7")),
    ("crm/**/*.csv", "crm/2026/11/a.csv", ("2026/11", "a")),
    ("crm/**/*.csv", "crm/a.csv", ("", "a")),
    ("crm/**", "crm/x/a.csv", ("x/a.csv",)),
    ("day[0-9]/[!x]*.csv", "day3/abc.csv", ("3", "a", "bc")),
]


@pytest.mark.parametrize(("pattern", "path", "matched"), MATCHES)
def test_each_wildcard_stands_for_a_part_of_the_path(
    pattern: str, path: str, matched: tuple[str, ...]
) -> None:
    """And the metadata's check counts the same wildcards."""
    assert matched_by_wildcards(pattern, path) == matched
    assert wildcards(pattern) == len(matched)


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("{path}", "a/b.csv", "a/b.csv"),
        ("{folder}|{name}|{stem}", "a/b/c.d.csv.gz", "a/b|c.d.csv.gz|c.d"),
        ("[{folder}] {stem}", "c", "[] c"),
        ("{1} of {1}", "c.zst", "x of x"),
    ],
)
def test_placeholders_are_filled(text: str, path: str, expected: str) -> None:
    assert fill(text, path, ("x",)) == expected


def test_a_text_without_placeholders_is_the_same_for_every_file() -> None:
    assert not varies("crm")
    assert varies("crm {stem}")
    assert placeholders("{a} b {1}") == ["a", "1"]
