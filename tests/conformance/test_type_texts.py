"""Every engine takes the same texts for a type, with the same values, and refuses the same."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conformance.plain_project import plain_project
from tests.conformance.type_texts import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.projects import Project

DAY = datetime.fromisoformat("2026-02-01")


class Loaded(NamedTuple):
    """What became of the texts of a type."""

    values: dict[str, str]
    rejected: dict[str, tuple[str, str]]


def _source(name: str) -> str:
    return f"texts_{list(TYPES).index(name)}"


@pytest.fixture(scope="module")
def loaded(engine: str) -> Iterator[dict[str, Loaded]]:
    """Load all texts of all types in one batch, a source for each type."""
    sources = "".join(
        f"  {_source(name)}:\n    file: {_source(name)}.csv\n    max_rejects: 100%\n"
        f"    columns: {{nr: integer not null, value: {_quoted(of.column)}}}\n"
        "    keys: {h: nr}\n"
        for name, of in TYPES.items()
    )
    with plain_project(engine, f"sources:\n{sources}hubs: {{h: {{key: nr}}}}\n") as project:
        for name, of in TYPES.items():
            rows = "".join(
                f'{at},"{text.replace(chr(34), 2 * chr(34))}"\n'
                for at, text in enumerate((*of.accepted, *of.refused))
            )
            path = project.landing / f"{_source(name)}.csv"
            path.write_bytes(f"nr,value\n{rows}".encode())
        ran = project.run(DAY)
        assert ran.exit_code == 0, ran.log
        yield {name: _loaded(project, name) for name in TYPES}


def _quoted(column: str) -> str:
    return column if column.startswith("{") else f'"{column}"'


def _loaded(project: Project, name: str) -> Loaded:
    of = TYPES[name]
    texts = (*of.accepted, *of.refused)
    query = project.warehouse.session.query
    staged = query(f"SELECT nr, value FROM {project.table(_source(name))}")
    rejects = query(
        f"SELECT record, column_name, reason FROM {project.ledger_table('rejects')} "
        f"WHERE source = '{_source(name)}'"
    )
    assert len(staged) + len(rejects) == len(texts)
    return Loaded(
        {texts[int(nr)]: _plain(value) for nr, value in staged},
        {
            texts[int(record.partition(",")[0])]: (column, reason)
            for record, column, reason in rejects
        },
    )


def _plain(value: object) -> str:
    """The value as SQL writes it plainly; a double as Python does, to its last digit."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value + 0.0)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize("name", TYPES)
def test_what_a_type_takes_has_exactly_its_value(name: str, loaded: dict[str, Loaded]) -> None:
    wanted = TYPES[name].accepted
    if name.startswith("double"):
        wanted = {text: repr(float(value)) for text, value in wanted.items()}

    found = {text: value for text, value in loaded[name].values.items() if text in wanted}

    assert found == wanted


@pytest.mark.parametrize("name", TYPES)
def test_what_a_type_refuses_is_a_reject(name: str, loaded: dict[str, Loaded]) -> None:
    refused = TYPES[name].refused

    assert set(loaded[name].values) & set(refused) == set()
    assert set(loaded[name].rejected) == set(refused)
    assert {column for column, _ in loaded[name].rejected.values()} <= {"value"}
    assert all(
        reason.startswith(("not a", "longer than")) for _, reason in loaded[name].rejected.values()
    )
