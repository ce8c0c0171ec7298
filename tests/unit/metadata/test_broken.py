from __future__ import annotations

from pathlib import Path

import pytest

from dv_gen.cli import main
from dv_gen.errors import DvGenError
from dv_gen.kinds.reading import load_model
from tests.projects import Case, read_cases, write_project

BROKEN = Path(__file__).parent / "broken"
CASES = [(path.stem, case) for path in sorted(BROKEN.glob("*.txt")) for case in read_cases(path)]


def _write(case: Case, folder: Path) -> Path:
    write_project(folder, {name: text for name, text in case.files.items() if "(none)" not in name})
    for name in case.files:
        if name.endswith(" (none)"):
            (folder / name.removesuffix(" (none)")).unlink()
    return folder


PARAMS = [pytest.param(case, id=f"{theme}: {case.name}") for theme, case in CASES]


@pytest.mark.parametrize("case", PARAMS)
def test_a_person_reads_exactly_these_lines(case: Case, tmp_path: Path) -> None:
    folder = _write(case, tmp_path)

    with pytest.raises(DvGenError) as caught:
        load_model(folder)

    assert str(caught.value).splitlines() == case.expected


@pytest.mark.parametrize("case", PARAMS)
def test_the_command_line_ends_with_exit_code_2_and_the_same_lines(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = _write(case, tmp_path)
    monkeypatch.setattr("sys.argv", ["dv-gen", "validate", "--project", str(folder)])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert ended.value.code == 2
    assert told.out == ""
    assert told.err.splitlines() == case.expected


def test_cases_have_names_of_their_own() -> None:
    names = [(theme, case.name) for theme, case in CASES]

    assert sorted(set(names)) == sorted(names)


def test_a_metadata_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_project(tmp_path, {})
    (folder / "metadata/model.yml").write_bytes("hubs:\n  # Привет\n".encode("cp1251"))

    with pytest.raises(DvGenError) as caught:
        load_model(folder)

    assert str(caught.value) == (
        "metadata/model.yml:2:1: the file is not UTF-8, expected UTF-8 text"
    )


def test_a_mart_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"metadata/model.yml": "marts: {first: first.sql}\n"})
    (folder / "metadata/first.sql").write_bytes(b"SELECT '\xe9' AS letter")

    with pytest.raises(DvGenError) as caught:
        load_model(folder)

    assert str(caught.value) == "metadata/first.sql:1:1: the file is not UTF-8, expected UTF-8 text"
