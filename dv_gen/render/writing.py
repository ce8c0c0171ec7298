"""Writing ``generated/<target>/``, and telling whether what stands there is current."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dv_gen.errors import DvGenError
from dv_gen.filesystem import new_file, refuse_links
from dv_gen.memory import collection_paused
from dv_gen.render.generated import MANIFEST, generated_folder
from dv_gen.render.manifest import build_manifest, manifest_text
from dv_gen.render.rendering import render_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.model.entities import Model
    from dv_gen.model.project import Target


@dataclass(frozen=True)
class Changes:
    """What differs between ``generated/<target>/`` and what would be rendered now.

    Attributes:
        target: the target's name.
        files: how many files the target has.
        added: paths that are missing.
        changed: paths whose text differs.
        removed: paths that nothing renders any more.
    """

    target: str
    files: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.changed or self.removed)


@collection_paused()
def render(folder: Path, model: Model, target: Target, *, write: bool = True) -> Changes:
    """Render a target; write what differs, unless ``write`` is false.

    Files that nothing renders any more are removed, so that the folder holds what runs
    and nothing else.

    Raises:
        MetadataError: when a template of the project's own is wrong.
        UsageError: when a link stands where files are written and removed.
        DvGenError: when a file cannot be written.
    """
    files = render_target(folder, model, target)
    contents = {file.path: file.content for file in files}
    contents[MANIFEST] = manifest_text(build_manifest(folder, model, target, files)).encode()
    root = generated_folder(folder, target)
    refuse_links(folder, root.relative_to(folder).as_posix())
    present = set(_files_below(root))
    added, changed = [], []
    for path, content in contents.items():
        if path not in present:
            added.append(path)
        elif not _holds(f"{root}/{path}", content):
            changed.append(path)
    removed = [path for path in present if path not in contents]
    if write:
        try:
            for parent in {(root / path).parent for path in added}:
                parent.mkdir(parents=True, exist_ok=True)
            for path in [*added, *changed]:
                _write(f"{root}/{path}", contents[path])
            for path in removed:
                (root / path).unlink()
            if removed:
                _remove_empty(root)
        except OSError as error:
            raise DvGenError(
                f"{error.filename or root} cannot be written: {error.strerror}",
                hint="check the folder and its permissions, then render again",
            ) from None
    return Changes(target.name, len(contents), tuple(added), tuple(changed), tuple(sorted(removed)))


def _holds(path: str, content: bytes) -> bool:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs as much as the file
        return file.read(len(content) + 1) == content


def _write(path: str, content: bytes) -> None:
    with os.fdopen(new_file(path), "wb") as file:
        file.write(content)


def _files_below(root: Path) -> Iterator[str]:
    """Yield the paths of the rendered files that stand there, what a run writes left out."""
    for folder, _, names in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        for name in names:
            if not name.startswith("run_results"):
                yield name if inside == "." else f"{inside}/{name}"


def _remove_empty(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        if not any(Path(folder).iterdir()):
            Path(folder).rmdir()
