from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from dv_gen import texttable
from dv_gen.landing import CsvFormat, preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def shown(write: Callable[[bytes], Path], text: str, fmt: CsvFormat | None = None) -> list[str]:
    return preview(write(text.encode()), fmt or CsvFormat()).split("\n")


def test_numbers_stand_right_and_text_left(csv_file: Callable[[bytes], Path]) -> None:
    assert shown(csv_file, "id,name,amount\n1,Ann,9.5\n100,Bo,-12.25\n") == [
        " id  name  amount",
        "---  ----  ------",
        "  1  Ann      9.5",
        "100  Bo    -12.25",
    ]


def test_null_is_blank_and_an_empty_text_is_quoted(csv_file: Callable[[bytes], Path]) -> None:
    assert shown(csv_file, 'a,b\n,""\nx,y\n') == ["a  b", "-  --", '   ""', "x  y"]


def test_wide_and_combined_characters_take_their_cells(csv_file: Callable[[bytes], Path]) -> None:
    assert shown(csv_file, "name,x\n日本,1\ne\u0301,2\n👩\u200d🚀,3\n❤\ufe0f,4\n") == [
        "name  x",
        "----  -",
        "日本  1",
        "e\u0301     2",
        "👩\u200d🚀    3",
        "❤\ufe0f    4",
    ]


def test_what_a_terminal_would_act_upon_is_shown(csv_file: Callable[[bytes], Path]) -> None:
    assert shown(csv_file, 'a\n"x\r\ny\tz\x1b[31m"\n')[2:] == ["x↵y→z\\x1b[31m"]


def test_long_values_are_shortened(csv_file: Callable[[bytes], Path]) -> None:
    path = csv_file(b"a,b\nabcdefghij,1\n")
    assert preview(path, CsvFormat(), width=5).split("\n")[2:] == ["abcd…  1"]


def test_ten_records_are_shown_even_of_a_long_file(csv_file: Callable[[bytes], Path]) -> None:
    assert len(shown(csv_file, "a,b\n" + "1,2\n" * 1000)) == 12


def test_records_of_any_length_and_files_without_header(csv_file: Callable[[bytes], Path]) -> None:
    fmt = CsvFormat(delimiter=";", header=False)
    assert shown(csv_file, "a;b\nc\nd;e;f\n", fmt) == ["a  b", "c", "d  e  f"]


def test_an_invalid_byte_is_shown(csv_file: Callable[[bytes], Path]) -> None:
    assert preview(csv_file(b"a\n\xff\n"), CsvFormat()).split("\n")[2] == "\\xff"


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", "(the file is empty)"), (b"\xef\xbb\xbf", "(the file is empty)")],
)
def test_an_empty_file_says_so(
    csv_file: Callable[[bytes], Path], content: bytes, text: str
) -> None:
    assert preview(csv_file(content), CsvFormat()) == text


def test_a_header_alone_says_so(csv_file: Callable[[bytes], Path]) -> None:
    assert shown(csv_file, "id,name\n") == ["id  name", "--  ----", "(no records)"]


def test_a_field_of_megabytes_is_cut_before_it_is_measured(
    csv_file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took 3 s of CPU a megabyte."""
    measured: list[int] = []
    real = texttable._clusters

    def clusters(text: str) -> list[str]:
        measured.append(len(text))
        return real(text)

    monkeypatch.setattr(texttable, "_clusters", clusters)
    for field in (b"x" * 5_000_000, b'x""' * 1_500_000, b"x,y\n" * 1_000_000):
        path = csv_file(b'a,b\n1,"' + field + b'"\n2,z\n')
        lines = preview(path, CsvFormat()).split("\n")
        assert max(measured) <= 4 * (40 * 8 + 1)
        assert lines[2].startswith("1  x")
        assert lines[2].endswith("…")


def test_of_a_quote_that_never_closes_only_the_head_is_read(
    csv_file: Callable[[bytes], Path],
) -> None:
    path = csv_file(b'a,b\n1,"' + b"x,y\n" * 5_000_000)
    tracemalloc.start()
    lines = preview(path, CsvFormat()).split("\n")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines[2] == "1  " + "x,y↵" * 9 + "x,y…"
    assert most < 16 << 20


def test_a_hundred_thousand_columns_are_shown_in_part(csv_file: Callable[[bytes], Path]) -> None:
    """To look for the first line's end took minutes, and the table had megabytes."""
    path = csv_file(
        b",".join(b"c%d" % at for at in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n"
    )
    began = time.process_time()
    header, _, row = preview(path, CsvFormat()).split("\n")
    assert time.process_time() - began < 2
    assert header.split()[:2] == ["c0", "c1"]
    assert header.split()[-2:] == ["c199", "…"]
    assert row.split()[-2:] == ["1", "…"]
    assert len(row.split()) == 201
