"""From the files below ``metadata/`` to the model, with every problem at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.errors import MetadataError, Problem
from dv_gen.kinds import (
    all_kinds,
    all_tables,
    kind_of,
    metadata_schema,
    physical,
    sections,
)
from dv_gen.kinds.base import Draft
from dv_gen.kinds.consistency import check_consistency
from dv_gen.memory import collection_paused
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.metadata.project_file import PROJECT_FILE, read_project
from dv_gen.metadata.schema_check import schema_check
from dv_gen.metadata.spec import Spec
from dv_gen.metadata.yaml_reader import Tree, read_yaml_file
from dv_gen.model.entities import Model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def metadata_files(folder: Path) -> list[Path]:
    """Return the metadata files of a project but its project.yml, sorted by path."""
    root = folder / "metadata"
    found = [*root.rglob("*.yml"), *root.rglob("*.yaml")]
    return sorted(path for path in found if path != root / PROJECT_FILE)


@collection_paused()
def load_model(folder: Path) -> Model:
    """Return the model of the project in ``folder``.

    Args:
        folder: the folder that holds ``metadata/``.

    Raises:
        UsageError: when there is no project.
        MetadataError: with every problem of every file, sorted by place.
    """
    problems: list[Problem] = []
    project = read_project(folder, problems)
    trees, broken, whole = _read_files(folder, problems)
    # Where the names are not all known, any of them would only seem unknown.
    if project is None or not whole:
        raise MetadataError(problems)
    draft = Draft(project=project, folder=folder, problems=problems, broken=broken)
    for section in sections():
        draft.specs[section] = dict(_entries(section, trees, problems))
    entries: dict[str, list[Spec]] = {kind.name: [] for kind in all_kinds()}
    for section, specs in draft.specs.items():
        for name, spec in specs.items():
            if (section, name) not in broken:
                entries[kind_of(section, spec.data).name].append(spec)
    for kind in all_kinds():
        for spec in entries[kind.name]:
            kind.read(spec, draft)
    stored = {
        name: spec
        for name, spec in _entries(physical.SECTION, trees, problems)
        if (physical.SECTION, name) not in broken
    }
    model = Model(
        project=project,
        sources=draft.sources,
        hubs=draft.hubs,
        links=draft.links,
        satellites=draft.satellites,
        marts=draft.marts,
        others=draft.others,
        physical=physical.read_physical(stored),
    )
    if not problems:
        check_consistency(model, problems)
        physical.check_physical(stored, all_tables(model))
    if problems:
        raise MetadataError(problems)
    return model


def _read_files(
    folder: Path, problems: list[Problem]
) -> tuple[list[Tree], set[tuple[str, str]], bool]:
    """Return the files, the entries in them whose shape is wrong, and whether all can be read."""
    check = schema_check(metadata_schema())
    trees: list[Tree] = []
    broken: set[tuple[str, str]] = set()
    whole = True
    for path in metadata_files(folder):
        tree = read_yaml_file(path, path.relative_to(folder).as_posix(), problems)
        if tree is None:
            whole = False
        elif tree.data is not None:
            wrong = check(tree, problems)
            if any(place[:1] == ("defaults",) for place in wrong):
                broken |= {("sources", name) for name in tree.data.get("sources") or {}}
            for place in wrong:
                if len(place) > 1:
                    broken.add((str(place[0]), str(place[1])))
                elif place != ("defaults",):
                    whole = False
            trees.append(tree)
    return trees, broken, whole


def _entries(
    section: str, trees: list[Tree], problems: list[Problem]
) -> Iterator[tuple[str, Spec]]:
    seen: dict[str, Spec] = {}
    for tree in trees:
        for name, data in (tree.data.get(section) or {}).items():
            whole = _with_defaults(data, tree.data.get("defaults"), section)
            spec = Spec(name, whole, tree, (section, name), problems)
            if name in seen:
                what = f"'{name}' is defined twice, first at {seen[name].location}"
                spec.complain(what, expected="one definition")
                continue
            if not is_identifier(name):
                spec.complain(f"'{name}' cannot be a name", expected=IDENTIFIER_RULE)
            seen[name] = spec
            yield name, spec


def _with_defaults(data: Any, defaults: Any, section: str) -> Any:  # noqa: ANN401 - YAML
    both = (defaults, data)
    if section != "sources" or not all(isinstance(item, dict) for item in both):
        return data
    if "query" in data:
        # It has no files; what the file's settings say of these is not meant for it.
        return {**{key: value for key, value in defaults.items() if key == "tags"}, **data}
    settings = [item.get("csv") or {} for item in both]
    if not all(isinstance(item, dict) for item in settings):
        return data
    csv = {**settings[0], **settings[1]}
    return {**defaults, **data, **({"csv": csv} if csv else {})}
