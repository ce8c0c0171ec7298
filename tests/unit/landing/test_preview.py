from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
