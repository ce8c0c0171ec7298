"""Files whose rows bring load dates of their own: whether these come late (L6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.errors import UsageError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dv_gen.run.staged_file import StagedFile


def check_late(
    source: str,
    files: Sequence[StagedFile],
    newest: datetime | None,
    advice: Callable[[], str],
) -> None:
    """Raise when a source's first own load date is not after the newest one loaded before.

    Args:
        source: the source's name.
        files: what was staged of it in this batch.
        newest: the newest load date of the source in earlier batches, if there is one.
        advice: tells what to do so that the rows can take their place.

    Raises:
        UsageError: naming the file and both dates.
    """
    dated = [(file.first_load_dt, file.path) for file in files if file.first_load_dt is not None]
    if newest is None or not dated:
        return
    first, path = min(dated)
    if first <= newest:
        raise UsageError(
            f"{source}: {visible(path)} has rows with the load date {first}, which is not after "
            f"{newest}, the newest one loaded; the vault is untouched",
            hint=advice(),
        )
