"""What is sent to COPY, byte by byte, and what is not sent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from dv_gen.engines.base import BadRecord, BulkFile
from dv_gen.engines.vertica_copy import Stream
from dv_gen.landing import CsvFormat, scan
from dv_gen.landing.csv_fields import split_record
from dv_gen.landing.records import blocks
from dv_gen.landing.splitting import Splitter

if TYPE_CHECKING:
    from pathlib import Path

# A value is `=` and its text, NULL nothing; \1 parts the fields and \2 the records.
CASES = {
    "a plain file": (b"a,b\n1,x\n2,y\n", b"1\x01=1\x01=x\x022\x01=2\x01=y\x02"),
    "no line break at the end": (b"a,b\n1,x", b"1\x01=1\x01=x\x02"),
    "empty fields are NULL": (b"a,b\n,\n1,\n", b"1\x01\x01\x022\x01=1\x01\x02"),
    "a quoted empty field is a text": (b'a,b\n"",\n', b"1\x01=\x01\x02"),
    "quotes, breaks and delimiters inside": (
        b'a,b\n"x, ""y""\nz",1\n',
        b'1\x01=x, "y"\nz\x01=1\x02',
    ),
    "what COPY would take for its own is escaped": (
        b"a,b\n\\N,\x01\x02\n",
        b"1\x01=\\\\N\x01=\\\x01\\\x02\x02",
    ),
    "a byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", b"1\x01=1\x01=2\x02"),
    "other line ends": (b"a,b\r\n1,2\r\n3,4\r\n", b"1\x01=1\x01=2\x022\x01=3\x01=4\x02"),
    "an empty line is no record": (b"a,b\n\n1,2\n", b"1\x01=1\x01=2\x02"),
    "blanks stay": (b'a,b\n 1, " x "\n', b"1\x01= 1\x01= x \x02"),
}


def streamed(path: Path, content: bytes, **changes: object) -> tuple[bytes, list[BadRecord]]:
    path.write_bytes(content)
    values = {
        "path": path,
        "columns": ("a", "b"),
        "new_line": "\n",
        "csv": CsvFormat(),
        "nulls": ("",),
        "width": None,
        "declared": ("a", "b"),
    }
    stream = Stream(BulkFile(**values | changes))
    found = b"".join(iter(lambda: stream.read(3), b""))
    return found, stream.refused


@pytest.mark.parametrize("name", CASES)
def test_what_is_sent(name: str, tmp_path: Path) -> None:
    content, expected = CASES[name]

    assert streamed(tmp_path / "a.csv", content) == (expected, [])


def test_what_cannot_be_sent_comes_back_and_takes_no_number(tmp_path: Path) -> None:
    content = b'a,b\n1\nok,ok\n\xff,2\n"x"y,3\n1,2,3\nok,2\n'

    sent, refused = streamed(tmp_path / "a.csv", content)

    assert sent == b"1\x01=ok\x01=ok\x022\x01=ok\x01=2\x02"
    assert refused == [
        BadRecord(2, "", "2 columns expected, 1 found", "1"),
        BadRecord(4, "", "not UTF-8", "\\xff,2"),
        BadRecord(5, "", "text behind the closing quote of a value", '"x"y,3'),
        BadRecord(6, "", "2 columns expected, 3 found", "1,2,3"),
    ]


def test_columns_in_another_order_and_one_that_nobody_wants(tmp_path: Path) -> None:
    columns = ("b", "extra column 2", "a")

    sent, _ = streamed(tmp_path / "a.csv", b"b,x,a\n1,2,3\n", columns=columns)

    assert sent == b"1\x01=3\x01=1\x02"


def test_null_tokens_stand_for_null_unless_they_are_quoted(tmp_path: Path) -> None:
    sent, _ = streamed(tmp_path / "a.csv", b'a,b\nNA,"NA"\n', nulls=("", "NA"))

    assert sent == b"1\x01\x01=NA\x02"


FORMATS = (
    CsvFormat(header=False),
    CsvFormat(escape="\\", header=False),
    CsvFormat(escape="", header=False),
    CsvFormat(delimiter="||", header=False),
    CsvFormat(quote="", header=False),
    CsvFormat(delimiter=" ", header=False),
)


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_short_record_is_split_as_the_exact_rules_split_it_or_not_at_all(
    fmt: CsvFormat,
) -> None:
    splitter = Splitter(fmt, ("",))
    for length in range(6):
        for signs in itertools.product(("a", " ", '"', fmt.delimiter, "\\"), repeat=length):
            record = "".join(signs)
            found = splitter.split(record.encode())
            exact = [
                None if not field.text and not field.quoted else field.text.encode()
                for field in split_record(record, fmt)
            ]
            assert found is None or found == exact, record


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_fast_look_finds_the_records_of_the_exact_one(fmt: CsvFormat, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    splitter = Splitter(fmt, ("",))
    for signs in itertools.product(("a", '"', fmt.delimiter, "\n"), repeat=6):
        text = "".join(signs)
        path.write_bytes(text.encode())
        found = [
            (place, record.decode())
            for block in blocks(path, fmt, splitter.is_whole)
            for place, record in enumerate(block.records, block.place)
            if record
        ]
        exact = [(each.place, each.text) for each in scan(path, fmt, columns=2)]
        assert found == exact, text
