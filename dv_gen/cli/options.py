"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    _Command = Callable[..., Any]


def project_option(function: _Command) -> _Command:
    """Add ``--project``."""
    return click.option(
        "--project",
        "-p",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        show_default="the current folder",
        help="The folder that holds metadata/.",
    )(function)


def target_option(function: _Command) -> _Command:
    """Add ``--target``."""
    return click.option(
        "--target",
        "-t",
        metavar="NAME",
        show_default="project.yml's",
        help="A target of metadata/project.yml.",
    )(function)


def selection_options(function: _Command) -> _Command:
    """Add ``--select`` and ``--exclude``."""
    words = "names, globs, +name, name+, kind:hub, source:users, tag:daily"
    function = click.option(
        "--exclude", "-x", multiple=True, metavar="WORD", help=f"Leave entities out: {words}."
    )(function)
    return click.option(
        "--select", "-s", multiple=True, metavar="WORD", help=f"Choose entities: {words}."
    )(function)


def threads_option(function: _Command) -> _Command:
    """Add ``--threads``."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        default=min(4, os.cpu_count() or 1),
        show_default=True,
        help="Steps that run at once.",
    )(function)


def log_options(function: _Command) -> _Command:
    """Add ``--log-format`` and ``--preview``."""
    function = click.option(
        "--preview",
        type=click.IntRange(min=0),
        default=10,
        show_default=True,
        help="Rows of each file that go to the log.",
    )(function)
    return click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the log on standard error is written.",
    )(function)
