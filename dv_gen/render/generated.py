"""What a run has to know of ``generated/<target>/``: where it is, and what it was rendered from.

It knows nothing of the model, which a run never reads.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from dv_gen import __version__
from dv_gen.errors import UsageError
from dv_gen.filesystem import read_regular
from dv_gen.metadata.names import listed, nearest
from dv_gen.render.folders import template_folders
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.model.project import Project, Target

GENERATED = "generated"
MANIFEST = "manifest.json"
# Of the manifest: another one is not read.
FORMAT = 5
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
    templates: dict[str, bytes] = {}
    # A project's own template hides dv-gen's of the same name, wherever dv-gen is installed.
    for root in reversed(template_folders(folder)):
        templates |= _contents(root, (".j2",))
    for files in (_contents(folder / "metadata", (".yml", ".yaml", ".sql")), templates):
        for place, content in sorted(files.items()):
            digest.update(f"\0{place}\0".encode() + content)
    return digest.hexdigest()


def _contents(root: Path, ends: tuple[str, ...]) -> dict[str, bytes]:
    """Return what is in the files of a folder, by their paths below it."""
    found = {}
    above = len(str(root)) + 1
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(ends):
                path = f"{folder}/{name}"
                try:
                    found[path[above:].replace(os.sep, "/")] = read_regular(path)
                except OSError as error:
                    raise UsageError(
                        f"{visible(path)} cannot be read: {error.strerror}",
                        hint="remove it, or make it a file that you may read",
                    ) from None
    return found
