"""What a run has to know of ``generated/<target>/``: where it is, and what it was rendered from.

It knows nothing of the model, which a run never reads.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dv_gen import __version__
from dv_gen.errors import UsageError
from dv_gen.metadata.names import listed, nearest
from dv_gen.render.folders import template_folders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dv_gen.model.project import Project, Target

GENERATED = "generated"
MANIFEST = "manifest.json"
# Of the manifest: another one is not read.
FORMAT = 4
# How the statements are called that drop the table of a WITH query, if one is left.
DROPS = "drop with:"


def choose_target(project: Project, name: str | None) -> Target:
    """Return the target of that name, or the project's default one.

    Raises:
        UsageError: when the project has no such target.
    """
    wanted = name or project.default_target
    for target in project.targets:
        if target.name == wanted:
            return target
    names = [target.name for target in project.targets]
    meant = nearest(wanted, names)
    hint = f"did you mean {meant}?" if meant else f"there are {listed(names)}"
    raise UsageError(f"no target '{wanted}' in metadata/project.yml", hint=hint)


def generated_folder(folder: Path, target: Target) -> Path:
    """Return the folder of a target's rendered files."""
    return folder / GENERATED / target.name


def input_digest(folder: Path) -> str:
    """Return a digest of everything that rendering depends on: metadata, templates, version.

    Equal digests mean that rendering again would give the same bytes, so that a run
    can tell in milliseconds whether ``generated/`` is stale.
    """
    digest = hashlib.sha256(f"{FORMAT} {__version__}".encode())
    metadata = folder / "metadata"
    files = [path for pattern in ("*.yml", "*.yaml", "*.sql") for path in metadata.rglob(pattern)]
    for place, path in _named(metadata, files):
        digest.update(f"\0{place}\0".encode() + path.read_bytes())
    # A project's own template hides dv-gen's of the same name, wherever dv-gen is installed.
    seen: dict[str, Path] = {}
    for templates in reversed(template_folders(folder)):
        seen.update(_named(templates, templates.rglob("*.j2")))
    for place, path in sorted(seen.items()):
        digest.update(f"\0{place}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _named(root: Path, paths: Iterable[Path]) -> list[tuple[str, Path]]:
    return sorted((path.relative_to(root).as_posix(), path) for path in paths)
