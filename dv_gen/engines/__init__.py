"""Engines: one module a database; how to connect, execute, load files and read errors."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dv_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dv_gen.engines.base import Engine

# Settings of a target that say how it is run, whatever the database.
_NOT_THE_ENGINES = ("checks", "physical", "changes")


def open_engine(
    kind: str, settings: Mapping[str, Any], folder: Path, *, meta: str = "dv_meta"
) -> Engine:
    """Return the engine of a target, not yet connected.

    Args:
        kind: the target's type.
        settings: the target's settings, variables expanded.
        folder: the project's folder, where relative paths start.
        meta: the ledger's schema: where a database holds several vaults, it tells which is meant.

    Raises:
        UsageError: when dv-gen renders SQL for that database but cannot run it.
    """
    try:
        module = importlib.import_module(f"{__name__}.{kind}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{kind}":
            raise
        raise UsageError(
            f"this version of dv-gen renders SQL for {kind} but does not run it",
            hint="render it with: dv-gen render; run another target with: --target",
        ) from error
    own = {key: value for key, value in settings.items() if key not in _NOT_THE_ENGINES}
    engine: Engine = module.open_engine(own, folder, meta)
    return engine
