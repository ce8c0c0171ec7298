"""What a terminal is shown: nothing that it acts upon, and no more than anybody reads."""

from __future__ import annotations

import io
import json
import re

import pytest

from dv_gen import texttable
from dv_gen.engines.holder import Holder, Owner
from dv_gen.run.log import RunLog
from dv_gen.texttable import aligned, json_text, visible, visible_lines

# Everything that moves the cursor, clears a line, turns the direction or begins a line.
ACTS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, 0x2028, 0x2029]))
ACTS += "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
ACTING = re.compile(f"[{re.escape(ACTS)}]")


@pytest.mark.parametrize("character", ACTS)
def test_every_character_that_acts_is_shown(character: str) -> None:
    text = f"a{character}b"
    assert not ACTING.search(visible(text))
    assert len(visible(text)) > 2
    assert not ACTING.search(visible_lines(text).replace("\n", ""))
    assert not ACTING.search(json_text([text]))
    assert json.loads(json_text({"a": text})) == {"a": text}
    assert not ACTING.search(aligned([text], [[text]]).replace("\n", ""))


def test_lines_stay_lines_where_a_text_has_several() -> None:
    assert visible_lines("a\r\n  b\tc\x1b[2K\n") == "a\n  b→c\\x1b[2K\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_shows_nothing_that_acts(form: str) -> None:
    stream = io.StringIO()
    log = RunLog(stream, "run-1", "json" if form == "json" else "text")
    name = f"x{ACTS}y"
    log.info(name, file=name)
    assert not ACTING.search(stream.getvalue().replace("\n", ""))
    if form == "json":
        (line,) = stream.getvalue().splitlines()
        assert json.loads(line)["file"] == name


def test_a_column_of_a_database_is_shown_by_its_name_alone() -> None:
    table = aligned(["a\x1b[31m", "b\nc"], [["1", "2"]])
    assert table.splitlines()[0] == "a\\x1b[31m  b↵c"


def test_who_holds_a_warehouse_says_nothing_else() -> None:
    owner = Owner("run\n00:00:00 run-9 done", "host\x1b[2K", 1, "abcdef")
    assert not ACTING.search(str(Holder("w", owner, "now")))


def test_a_long_cell_is_cut_before_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    real = texttable._clusters

    def clusters(text: str) -> list[str]:
        measured.append(len(text))
        return real(text)

    monkeypatch.setattr(texttable, "_clusters", clusters)
    cells = ["x" * 50_000, "e" + "\u0301" * 50_000, "\x1b" * 50_000, "日" * 50_000]

    lines = aligned([], [[cell] for cell in cells], width=40).splitlines()

    # What is shown of a character that acts has four.
    assert max(measured) <= 4 * (40 * 8 + 1)
    assert lines[0] == "x" * 39 + "…"
    assert lines[3] == "日" * 19 + "…"
    assert all(line.endswith("…") and len(line) < 400 for line in lines)
