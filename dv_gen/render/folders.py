"""Where templates are looked up. A run asks this too, and needs nothing else of rendering."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TEMPLATES = "templates"


@cache
def own_templates() -> Path:
    """Return the folder of dv-gen's own templates: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / TEMPLATES
    return inside if inside.is_dir() else package.parent / TEMPLATES


def template_folders(folder: Path) -> list[Path]:
    """Return where templates are looked up; a project's own come first."""
    found = [folder / TEMPLATES, own_templates()]
    return [path for path in dict.fromkeys(path.resolve() for path in found) if path.is_dir()]
