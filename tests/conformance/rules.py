"""The rows of the matrix: the rules that loading is built on, and the kinds that each is about.

The numbers are those of the design and of comments all over the code; a rule that it states without
a number has a word.
"""

from __future__ import annotations

from typing import NamedTuple

from dv_gen.kinds import all_kinds

# What is no entity: the run as a whole.
RUN = "run"
KINDS = (*(kind.name for kind in all_kinds()), RUN)
_ENTITIES = " ".join(KINDS[:-1])
_TRACKING = "status_tracking record_tracking extended_record_tracking"
_SATELLITES = f"satellite multi_active effectivity {_TRACKING}"
_TABLES = f"hub link {_SATELLITES} reference"
_AS_OF = "calendar pit bridge"


class Rule(NamedTuple):
    """A rule in a few words, and the names of the kinds that it is about."""

    says: str
    kinds: str


# A new kind has a row of every rule that is about all entities: without tests it is a hole.
RULES = {
    "model": Rule("the rows of the reference model", _ENTITIES),
    "alike": Rule("the same files: DuckDB's rows, digit by digit", _ENTITIES),
    "again": Rule("the same once more adds nothing", f"{_TABLES} {_AS_OF}"),
    "S1": Rule("stage: typed columns, load date, source, row", "stage"),
    "S2": Rule("what does not fit is a reject, whole", "stage"),
    "S3": Rule("hashes are made in the stage", "stage"),
    "S4": Rule("surrogates are made of the record", "stage"),
    "S5": Rule("an empty field is NULL, a quoted one is text", "stage"),
    "S6": Rule("the stage holds its batch alone", "stage"),
    "H1": Rule("one text of a value, in wider types too", "stage hub link"),
    "H2": Rule("keys trimmed and in upper case", "stage hub"),
    "H3": Rule("delimiters and NULL cannot be counterfeited", "stage hub satellite"),
    "H3a": Rule("hashdiffs: names and values, in any order", "stage"),
    "H4": Rule("what is a key, and what is none", "stage hub link"),
    "H5": Rule("MD5, SHA-1, SHA-256, native or hex", "stage"),
    "H6": Rule("the rule is kept; the classic one", f"stage {RUN}"),
    "H7": Rule("golden vectors", "stage"),
    "L1": Rule("hubs: once a key, from its earliest row", "hub"),
    "L2": Rule("links: once a relationship, no key no link", "link"),
    "L3": Rule("rows without a key", _TABLES),
    "L4": Rule("the timeline", "satellite reference"),
    "L5": Rule(
        "two rows of one key and load date",
        "satellite multi_active effectivity status_tracking reference",
    ),
    "L6": Rule("late deliveries", f"{_TABLES} pit bridge {RUN}"),
    "L7": Rule("events", "link satellite"),
    "L8": Rule("sets", "multi_active"),
    "L9": Rule("effectivity by driving key or dates", "effectivity"),
    "L10": Rule("what came, changed and vanished", f"{_TRACKING} stage"),
    "L11": Rule("references, roles, ghost rows", "hub link satellite reference"),
    "L12": Rule("the history and current views", f"{_SATELLITES} reference"),
    "L13": Rule("as-of dates, kept up and repaired", _AS_OF),
    "L14": Rule(
        "new, moved, wider columns re-version nothing",
        "satellite multi_active status_tracking reference extended_record_tracking",
    ),
    "L15": Rule(
        "full deliveries in any order, or refused",
        "satellite multi_active effectivity status_tracking reference",
    ),
    "L16": Rule("what is one delivery", f"stage {RUN}"),
    "R3": Rule("a file is loaded once", RUN),
    "R4": Rule("a run that was cut off is taken up", RUN),
    "R5": Rule("one run at a time", RUN),
    "R6": Rule("what may succeed later is tried again", RUN),
    "R7": Rule("exit codes", RUN),
    "P1": Rule("what a table was built from is known", RUN),
    "P2": Rule("a changed model commits no wrong value", f"hub link satellite {RUN}"),
    "P6": Rule("what the metadata forgets is named and stays", RUN),
    "R8": Rule("checks find planted faults", f"{_TABLES} pit bridge"),
}
# Kind, rule, engine: why no test stands there.
REASONS: dict[tuple[str, str, str], str] = {}
