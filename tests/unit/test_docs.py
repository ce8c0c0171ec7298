"""The docs are true: every command, option and key is in them, and every example in them works."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest
import yaml

from dv_gen import errors
from dv_gen.cli import commands
from dv_gen.graph import Graph, Node
from dv_gen.kinds import metadata_schema
from dv_gen.kinds import sections as kinds_by_section
from dv_gen.kinds.foundation import LEDGER
from dv_gen.kinds.reading import load_model
from dv_gen.metadata.project_file import project_schema
from dv_gen.metadata.yaml_reader import read_yaml
from dv_gen.model.project import HashRule, Naming, Schemas
from dv_gen.render.manifest import build_manifest
from dv_gen.render.rendering import render_target
from dv_gen.run.plan import PlannedStep
from dv_gen.run.records import Batch, PlannedFile, StepOutcome
from dv_gen.run.results import BatchResult, RunResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
DOCS = [
    ROOT / name
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
    if (ROOT / name).is_file()
] + sorted((ROOT / "docs").rglob("*.md"))
MAIN_JOB = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/dv-gen run "
    "&& .venv/bin/dv-gen show group_conversion"
)
TEST_JOB = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest -n 2"
# What an example in the docs may name without saying it: the sample's sources, hubs and links.
BASE = ("sources", "hubs", "links")
NAMES_OF_EXAMPLES = ("metadata/vault/registration.yml",)
MINIMAL_PROJECT = {"name": "docs", "targets": {"duckdb": {"type": "duckdb", "path": "dv.duckdb"}}}
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fences(text: str, language: str) -> list[str]:
    return [dedent(body) for _, word, body in _FENCE.findall(text) if word == language]


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its rank or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"there is no heading '{heading}'"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every table row, but headings and rules."""
    lines = _FENCE.sub("", text).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    rows = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in tables]
    return [[cell.strip() for cell in row] for row in rows if not set(row[0]) <= set("- ")]


def code(cell: str) -> str:
    return cell.strip().strip("`")


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(body, id=f"{path.name}-{number}")
        for path in DOCS
        for number, body in enumerate(fences(path.read_text(encoding="utf-8"), language), start=1)
    ]


# -- the two commands ----------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "command"), [("Run it", MAIN_JOB), ("Test it", TEST_JOB)])
def test_readme_has_the_command_right_below_its_heading(heading: str, command: str) -> None:
    below = section(text_of("README.md"), heading).lstrip()

    assert below.startswith(f"```sh\n{command}\n```\n")


def test_a_source_a_hub_a_link_and_a_satellite_take_twelve_lines_at_most() -> None:
    example = fences(section(text_of("README.md"), "Add an entity"), "yaml")[1]
    data = yaml.safe_load(example)

    assert list(data) == ["sources", "hubs", "links", "satellites"]
    assert len(data["sources"]["orders"]["columns"]) == 6
    assert len([line for line in example.splitlines() if line.strip()]) <= 12


def test_the_first_example_of_a_new_entity_has_three_lines() -> None:
    example = fences(section(text_of("README.md"), "Add an entity"), "yaml")[0]

    assert len(example.splitlines()) == 3


# -- commands and options ------------------------------------------------------------------


def test_readme_lists_every_command_and_no_other() -> None:
    rows = table_rows(section(text_of("README.md"), "Commands"))
    listed = [code(row[0]).split()[1] for row in rows if row[0] != "Command"]

    assert sorted(listed) == sorted(commands.commands)


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_running_describes_every_option_of_a_command_and_no_other(name: str) -> None:
    text = section(section(text_of("docs/running.md"), "Commands and options"), f"dv-gen {name}")
    described = {
        word
        for row in table_rows(text)
        for word in re.findall(r"`(--?[a-z][a-z-]*|[A-Z]+)`", row[0])
    }
    wanted = {
        word
        for item in commands.commands[name].params
        for word in (
            [item.make_metavar(click.Context(commands.commands[name]))]
            if isinstance(item, click.Argument)
            else item.opts
        )
    }

    assert described == wanted


def test_exit_codes_are_in_readme_and_in_running() -> None:
    wanted = {str(value) for name, value in vars(errors).items() if name.startswith("EXIT_")}

    for name in ("README.md", "docs/running.md"):
        rows = table_rows(section(text_of(name), "Exit codes"))
        assert {row[0] for row in rows} - {"Code"} == wanted, name


def test_running_explains_the_words_that_select() -> None:
    text = section(text_of("docs/running.md"), "Words that select")
    graph = Graph(
        [Node("h_users", "hub", ("users",), ("users",), ("daily",)), Node("users", "stage", ())]
    )
    words = [code(row[0]) for row in table_rows(text)][1:]

    assert {word.partition(":")[0] for word in words if ":" in word} == {"kind", "source", "tag"}
    for word in words:
        assert graph.select([word]), word


# -- the metadata language -----------------------------------------------------------------


def keys_of(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every key below a schema as the docs write it, with the schema of its value."""
    for key, value in schema.get("properties", {}).items():
        yield ".".join((*path, key)), value
        yield from keys_of(value, (*path, key))
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield from keys_of(more, (*path, "NAME"))


def type_of_entry(name: str) -> dict[str, Any]:
    types = [kind.type for kind in kinds_by_section()[name] if kind.type]
    return {"type": {"enum": types}} if types else {}


def sections() -> dict[str, dict[str, Any]]:
    """Return the keys of every section of docs/metadata.md."""
    result: dict[str, dict[str, Any]] = {}
    for name, schema in metadata_schema()["properties"].items():
        if name == "defaults":
            result[name] = dict(schema["properties"])
        elif name == "physical":
            result[name] = dict(schema["additionalProperties"]["properties"])
        else:
            # Several kinds of one section share a table; what tells them apart comes first, and
            # a key that some have is told as the plain kind has it.
            result[name] = type_of_entry(name)
            for kind in kinds_by_section()[name]:
                for key, value in keys_of(kind.schema):
                    result[name].setdefault(key, value)
    result["project.yml"] = dict(keys_of(project_schema()))
    return result


def documented(name: str) -> dict[str, list[str]]:
    """Return the first table of a section: its rows by key."""
    text = section(text_of("docs/metadata.md"), name)
    return {code(row[0]): row for row in table_rows(text.split("\n### ")[0]) if row[0] != "Key"}


def test_metadata_lists_every_section() -> None:
    rows = table_rows(text_of("docs/metadata.md").partition("\n## ")[0])

    assert {re.sub(r"\W", "", row[0].partition("]")[0]) for row in rows} - {"Section"} == set(
        metadata_schema()["properties"]
    )


@pytest.mark.parametrize("name", sorted(sections()))
def test_metadata_describes_every_key_of_a_section_and_no_other(name: str) -> None:
    assert list(documented(name)) == list(sections()[name])


@pytest.mark.parametrize("name", sorted(sections()))
def test_the_choices_of_a_key_are_named_beside_it(name: str) -> None:
    rows = documented(name)
    for key, schema in sections()[name].items():
        for choice in schema.get("enum", ()) if name != "defaults" else ():
            assert f"`{choice}`" in " | ".join(rows[key][1:]), f"{key}: {choice}"


@pytest.mark.parametrize("name", sorted(sections()))
def test_the_example_beside_a_key_fits_the_schema(name: str) -> None:
    rows = documented(name)
    for key, schema in sections()[name].items():
        tree = read_yaml(code(rows[key][3]), key, [])
        example = tree.data if tree else {}
        assert list(example) == [key.rpartition(".")[2]], key
        jsonschema.validate(example[key.rpartition(".")[2]], schema)


def test_defaults_of_project_yml_are_the_programs() -> None:
    rows = documented("project.yml")
    for part, shape in (("schemas", Schemas), ("naming", Naming), ("hash", HashRule)):
        for field in dataclasses.fields(shape):
            # `mode`, `case` and `trim` are of the hash rule, and stand in a section of their own.
            section_of = "keys" if field.name in ("mode", "case", "trim") else part
            key = f"{section_of}.{field.name}"
            value = str(field.default).lower() if isinstance(field.default, bool) else field.default
            assert code(rows[key][2]) == value, key


# -- examples ------------------------------------------------------------------------------


@cache
def sample() -> dict[str, dict[str, Any]]:
    """Return the sample's sources, hubs and links."""
    found: dict[str, dict[str, Any]] = {part: {} for part in BASE}
    for path in sorted((ROOT / "metadata").rglob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        for part in BASE:
            found[part].update(data.get(part, {}))
    return found


def write_project(folder: Path, example: Mapping[str, Any]) -> None:
    """Write a project that holds the example and, of the sample, what it does not say itself."""
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)
    project: dict[str, Any] = MINIMAL_PROJECT
    if not set(example) <= set(metadata_schema()["properties"]):
        project, example = {**MINIMAL_PROJECT, **example}, {}
    marts = (example.get("marts") or {}).values()
    names = [mart if isinstance(mart, str) else mart["sql"] for mart in marts]
    sources = (example.get("sources") or {}).values()
    names += [source["query"] for source in sources if "query" in source]
    for name in names:
        (metadata / name).write_text("SELECT * FROM {{ ref('h_users') }}", encoding="utf-8")
    rest = {
        part: {name: entry for name, entry in entries.items() if name not in example.get(part, {})}
        for part, entries in sample().items()
    }
    for name, content in (("project", project), ("base", rest)):
        (metadata / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.mark.parametrize("example", blocks("yaml"))
def test_an_example_is_valid_metadata(example: str, tmp_path: Path) -> None:
    tree = read_yaml(example, "example", [])
    data = tree.data if tree else {}
    write_project(tmp_path, data)
    is_metadata = set(data) <= set(metadata_schema()["properties"])
    if is_metadata:
        # As it stands, so that its form is checked as well.
        (tmp_path / "metadata" / "example.yml").write_text(example, encoding="utf-8")

    model = load_model(tmp_path)

    for section_name, kinds in kinds_by_section().items():
        known = set(getattr(model, section_name, ()))
        known |= {name for kind in kinds for name in model.of(kind.name)}
        assert set(data.get(section_name) or {} if is_metadata else ()) <= known
    assert all(render_target(tmp_path, model, target) for target in model.project.targets)


@pytest.mark.parametrize("query", [item for item in blocks("sql") if "ref(" in item.values[0]])
def test_a_query_in_the_docs_is_a_mart(query: str, tmp_path: Path) -> None:
    satellite = {"source": "users", "parent": "h_users", "columns": "all"}
    example = {"satellites": {"s_users_all": satellite}, "marts": {"shown": "shown.sql"}}
    write_project(tmp_path, example)
    (tmp_path / "metadata" / "example.yml").write_text(yaml.safe_dump(example), encoding="utf-8")
    (tmp_path / "metadata" / "shown.sql").write_text(query, encoding="utf-8")

    model = load_model(tmp_path)

    assert render_target(tmp_path, model, model.project.targets[0])


@pytest.mark.parametrize("name", ["loading", "migrating_from_automatedv"])
def test_the_digests_in_the_docs_are_those_of_their_texts(name: str) -> None:
    lines = [
        re.split(r"\s{2,}", line.strip())
        for body in fences(text_of(f"docs/{name}.md"), "text")
        for line in body.splitlines()
        if re.search(r"\s[0-9a-f]{32}$", line)
    ]

    assert len(lines) > 3
    for *_, text, digest in lines:
        assert hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() == digest, text


# -- a run's own records -------------------------------------------------------------------


def test_running_names_every_table_of_the_ledger() -> None:
    rows = table_rows(section(text_of("docs/running.md"), "The ledger"))

    assert {code(row[0]) for row in rows} - {"Table"} == set(LEDGER)


def test_running_names_every_field_of_the_manifest() -> None:
    model = load_model(ROOT)
    target = model.project.targets[0]
    manifest = build_manifest(ROOT, model, target, render_target(ROOT, model, target))
    text = section(text_of("docs/running.md"), "manifest.json")

    for field in (*manifest, *manifest["steps"][0], *manifest["steps"][0]["statements"][0]):
        assert f"`{field}`" in text, field


def test_running_names_every_field_of_the_run_results() -> None:
    moment = datetime(2026, 1, 1)  # noqa: DTZ001 - the ledger's times are UTC without a zone
    file = PlannedFile("users", 1, "landing", "users.csv", "e", 1)
    step = PlannedStep("load:h", "hub", "h", "load", "h.sql", (), (), (), {}, ())
    outcome = StepOutcome("load:h", "done", 1, 1, 0, moment, moment)
    batch = Batch("b", moment, "m", (file,), ("load:h",))
    run = RunResult("r", "duckdb", moment, batches=[BatchResult(batch, "done", ((step, outcome),))])
    text = section(text_of("docs/running.md"), "run_results.json")

    found = run.as_json()
    for part in (
        found,
        found["batches"][0],
        *(found["batches"][0][key][0] for key in ("files", "steps")),
    ):
        for field in part:
            assert f"`{field}`" in text, field


# -- the text itself -----------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    text = re.sub(
        r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        there = (path.parent / file) if file else path
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_no_line_names_a_machine(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert not re.search(r"(?<![\w.~<>*-])/(tmp|work|home|root|opt|var|usr|Users)\b", line), (
            line
        )
        assert not re.search(r"pypi[.]|pythonhosted|127[.]0[.]0[.]1", line), line


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_files_that_the_docs_name_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(
        r"`((?:dv_gen|templates|tests|benchmarks|metadata|generated)/[^`]+)`", text
    ):
        if "<" not in name and name not in NAMES_OF_EXAMPLES:
            assert list(ROOT.glob(name)), name
