"""The questions about text, order and moments, each about one thing that the templates rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.doctor.probes import Probe, ask_all
from dv_gen.model.types import INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.findings import Finding
    from dv_gen.doctor.visit import Visit

_TODO = "do not load with this target; report the line above: a fragment of the dialect is wrong"

TEXT = (
    Probe("an empty text is not NULL", "empty_text", "a text"),
    Probe("a backslash in a literal is a character", "literal", "3", {"text": "a\\b"}),
    Probe("length counts characters", "literal", "3", {"text": "äж😀"}),
    Probe("a quote in a literal", "literal", "3", {"text": "a'b"}),
    Probe("escaping", "escape", "a\\\\b\\|c\\\\\\|", {"text": "a\\b|c\\|"}),
    Probe("upper case of many scripts", "upper", "STRAẞE ЖУК É Ÿ", {"text": "straße жук é ÿ"}),
    Probe("upper case is letter by letter", "upper", "ﬁΣ", {"text": "ﬁς"}),
    Probe("only blanks are trimmed", "trim", "\ta b\u00a0", {"text": "  \ta b\u00a0 "}),
    Probe("case makes texts different", "compare", "different", {"left": "a", "right": "A"}),
    Probe("an accent does", "compare", "different", {"left": "e", "right": "é"}),
    Probe("a trailing blank does", "compare", "different", {"left": "a", "right": "a "}),
    Probe("a column holds its characters", "wide", "3", {"text": "😀😀😀", "characters": 3}),
    Probe("a pattern is met", "matches", "matches", {"text": "42", "pattern": "[0-9]+"}),
    Probe("at its end", "matches", "does not match", {"text": "4x", "pattern": "[0-9]+"}),
    Probe("at its start", "matches", "does not match", {"text": "x4", "pattern": "[0-9]+"}),
    Probe("in its last line", "matches", "does not match", {"text": "4\n", "pattern": "[0-9]+"}),
    Probe("in each line", "matches", "does not match", {"text": "4\nx", "pattern": "[0-9]+"}),
)

_PLACES = (
    ("ascending, NULL last", "NULL", "ASC", "LAST", 3),
    ("ascending, NULL first", "NULL", "ASC", "FIRST", 1),
    ("descending, NULL last", "b", "DESC", "LAST", 1),
)
_PAIRS = (
    ("NULL is NULL", "equal", None, None),
    ("NULL is no value", "different", "0", None),
    ("a value is not NULL", "different", None, "0"),
    ("a value is itself", "equal", "0", "0"),
)
ORDER = (
    *(
        Probe(name, "window", answer, {"direction": direction, "nulls": nulls, "place": place})
        for name, answer, direction, nulls, place in _PLACES
    ),
    *(
        Probe(name, "differs", answer, {"left": left, "right": right, "type": INTEGER})
        for name, answer, left, right in _PAIRS
    ),
)

MOMENTS = (
    Probe("the first moment", "moment", "0001-01-01 00:00:00.000000", {"moment": "0001-01-01"}),
    Probe(
        "the last moment",
        "moment",
        "9999-12-31 23:59:59.999999",
        {"moment": "9999-12-31 23:59:59.999999"},
    ),
    Probe(
        "a microsecond more",
        "microsecond",
        "2027-01-01 00:00:00.000000",
        {"moment": "2026-12-31 23:59:59.999999", "count": 1},
    ),
    Probe("a Monday", "weekday", "0", {"day": "2026-11-23"}),
    Probe("a leap day", "weekday", "3", {"day": "2024-02-29"}),
)


def check_text(visit: Visit) -> Iterable[Finding]:
    """Ask how texts are written, compared, cut and matched."""
    yield ask_all(visit, "text", TEXT, _TODO)


def check_order(visit: Visit) -> Iterable[Finding]:
    """Ask where NULL stands, and what it is equal to."""
    yield ask_all(visit, "order and NULL", ORDER, _TODO)


def check_moments(visit: Visit) -> Iterable[Finding]:
    """Ask for moments at the ends of time, and for a little more of them."""
    yield ask_all(visit, "moments", MOMENTS, _TODO)
