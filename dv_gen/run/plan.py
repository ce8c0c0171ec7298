"""The rendered files of a target, read back: what a run executes and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import Location, StaleError
from dv_gen.filesystem import read_regular, refuse_links
from dv_gen.render.generated import FORMAT, MANIFEST, input_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class PlannedStatement:
    """One statement of a rendered file, and the parameters that the run binds to it."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    location: Location


@dataclass(frozen=True)
class PlannedStep:
    """One rendered file and its place in the run; ``table`` is the quoted name it fills."""

    id: str
    kind: str
    entity: str
    phase: str
    file: str
    needs: tuple[str, ...]
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    options: Mapping[str, Any]
    statements: tuple[PlannedStatement, ...]

    def statement(self, name: str) -> PlannedStatement:
        """Return the statement of that name."""
        return next(statement for statement in self.statements if statement.name == name)

    def has(self, name: str) -> bool:
        """Tell whether there is a statement of that name."""
        return any(statement.name == name for statement in self.statements)


@dataclass(frozen=True)
class Compiled:
    """A target as it was rendered: the manifest and the steps with their SQL."""

    manifest: Mapping[str, Any]
    steps: tuple[PlannedStep, ...]

    def of_phase(self, phase: str) -> Iterator[PlannedStep]:
        """Yield the steps of one phase, in the manifest's order."""
        return (step for step in self.steps if step.phase == phase)


def is_rendered(root: Path) -> bool:
    """Tell whether ``generated/<target>/`` holds a manifest."""
    return (root / MANIFEST).is_file()


def read_compiled(folder: Path, root: Path) -> Compiled:
    """Return what ``root`` holds.

    Args:
        folder: the project's folder.
        root: ``generated/<target>/``.

    Raises:
        StaleError: when the files are not what the metadata would render now, or were edited.
        UsageError: when a link stands there.
    """
    shown = root.relative_to(folder).as_posix()
    refuse_links(folder, shown)
    if not is_rendered(root):
        raise StaleError(f"{shown} is not rendered yet", hint="dv-gen render, or dv-gen run")
    try:
        manifest = json.loads(read_regular(root / MANIFEST))
    except (OSError, ValueError) as error:
        raise StaleError(f"{shown}/{MANIFEST} cannot be read", hint=_RENDER) from error
    if manifest.get("format") != FORMAT or manifest["inputs"] != input_digest(folder):
        raise StaleError(f"{shown} is stale: the metadata has changed since", hint=_RENDER)
    texts = {
        path: _rendered(root, f"{shown}/{path}", path, digest)
        for path, digest in manifest["files"].items()
    }
    return compile_texts(manifest, texts, shown)


def compile_texts(manifest: Mapping[str, Any], texts: Mapping[str, str], shown: str) -> Compiled:
    """Return a target as it would be read back if it had been written.

    Args:
        manifest: the manifest.
        texts: the rendered files, by path.
        shown: the folder's name as the user should read it.
    """
    lines = {path: text.split("\n") for path, text in texts.items()}
    steps = (_step(f"{shown}/{e['file']}", lines[e["file"]], e) for e in manifest["steps"])
    return Compiled(manifest, tuple(steps))


_RENDER = "dv-gen render, and review the difference; or dv-gen run --render"
_EDITED = "both dv-gen render and dv-gen run --render overwrite it; your own SQL goes to templates/"


def _rendered(root: Path, place: str, path: str, digest: str) -> str:
    try:
        text = read_regular(root / path)
    except OSError as error:
        raise StaleError(f"{place} is missing", hint=_RENDER) from error
    if hashlib.sha256(text).hexdigest() != digest:
        raise StaleError(f"{place} is not what was rendered", hint=_EDITED)
    return text.decode()


def _step(place: str, lines: list[str], entry: Mapping[str, Any]) -> PlannedStep:
    return PlannedStep(
        id=entry["id"],
        kind=entry["kind"],
        entity=entry["entity"],
        phase=entry["phase"],
        file=place,
        needs=tuple(entry["needs"]),
        sources=tuple(entry["sources"]),
        tags=tuple(entry["tags"]),
        options=entry["options"],
        statements=tuple(
            PlannedStatement(
                name=item["name"],
                sql="\n".join(lines[item["lines"][0] - 1 : item["lines"][1]]),
                parameters=tuple(item["parameters"]),
                location=Location(place, item["lines"][0]),
            )
            for item in entry["statements"]
        ),
    )
