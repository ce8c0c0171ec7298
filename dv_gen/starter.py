"""The project that ``dv-gen init`` starts with."""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from dv_gen.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "metadata/project.yml": """\
name: {name}
target: duckdb
targets:
  duckdb:
    type: duckdb
    path: ${{DV_GEN_DUCKDB:-warehouse.duckdb}}
    landing: ${{DV_GEN_LANDING:-landing}}   # a folder or s3://bucket/prefix
""",
    "metadata/customers.yml": """\
sources:
  customers:
    file: customers.csv
    columns: {{customer_no: varchar(20) not null, name: varchar(100), city: varchar(100)}}
    keys: {{h_customer: customer_no}}

hubs:
  h_customer: {{key: customer_no}}

satellites:
  s_customer: {{source: customers, parent: h_customer, columns: [name, city]}}
""",
    "landing/customers.csv": """\
customer_no,name,city
C1,Ada,London
C2,Grace,New York
C3,Edsger,Rotterdam
C4,Barbara,Los Angeles
C5,Андрей,Москва
""",
    ".gitignore": """\
*.duckdb*
.dv-gen/
run_results.json
""",
}


def write_starter(folder: Path) -> list[str]:
    """Write a small project and return the paths of its files.

    Raises:
        UsageError: when one of the files is there already; nothing is written then.
    """
    # Nothing is written through a link to somewhere else.
    parents = {str(PurePath(path).parent) for path in _FILES} - {"."}
    there = [path for path in sorted(parents) if not _may_be_folder(folder / path)]
    there += [path for path in _FILES if os.path.lexists(folder / path)]
    if there:
        raise UsageError(f"{folder / there[0]} exists", hint="name another folder")
    # Quoted: a folder may be called 2024, or hold a colon.
    name = json.dumps(folder.resolve().name, ensure_ascii=False)
    for path, text in _FILES.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(text.format(name=name))
    return list(_FILES)


def _may_be_folder(place: Path) -> bool:
    return not os.path.lexists(place) or (place.is_dir() and not place.is_symlink())
