"""Whether the server reads the files of a target by itself, and which it can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen import dialects
from dv_gen.errors import MetadataError, Problem
from dv_gen.metadata.names import nearest

if TYPE_CHECKING:
    from dv_gen.model.entities import Model
    from dv_gen.model.project import Target

_WAYS = ("client", "server")
_RFC4180 = (",", '"', '"')


def reads_itself(target: Target) -> bool:
    """Tell whether the server of a target reads the files by itself.

    Raises:
        MetadataError: when the target says something else of ``copy``, or its server cannot.
    """
    said = target.settings.get("copy", "client")
    if not dialects.get(target.type).server_copy:
        # What a setting means there is the engine's to say.
        return False
    if said not in _WAYS:
        what = f"copy: '{said}' is not known"
        meant = nearest(str(said), _WAYS)
        raise MetadataError(
            [Problem(target.location, what, "" if meant else "client or server", meant)]
        )
    return said == "server"


def check_files(model: Model, target: Target) -> None:
    """Make sure that the server can read the files of every source.

    Raises:
        MetadataError: when some are written in another way than its parser reads.
    """
    if not reads_itself(target):
        return
    problems = []
    for source in model.sources.values():
        csv = source.csv
        usual = (csv.delimiter, csv.quote, csv.escape) == _RFC4180
        if source.query or (usual and csv.encoding.lower().replace("_", "-") == "utf-8"):
            continue
        what = f"the server of target {target.name} cannot read the files of {source.name}"
        expected = "commas, quotes as RFC 4180 has them, and utf-8; or copy: client"
        problems.append(Problem(source.location, what, expected))
    if problems:
        raise MetadataError(problems)
