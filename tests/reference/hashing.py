"""Hash keys, hashdiffs and surrogates, written from the rules H1 to H6, L14 and S4.

A component is `(value, type)` or `(value, type, name)`; the name matters only to a hashdiff, whose
columns are sorted by it; but for the classic rule it is hashed too. Every function that makes text
(`..._input`) has a twin that makes the digest, so that a wrong hash can be traced to its text.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from tests.reference.sql_types import Value, at_scale, check_value, parse_type

DELIMITER = "|"
EQUALS = "="
NULL = r"\N"
# A name is letters, digits and underscores; so it needs no escape.
SPECIAL = set(DELIMITER + EQUALS + "\\")
CLASSIC_DELIMITER = "||"
CLASSIC_NULL = "^^"


class Component(NamedTuple):
    """One typed value that enters a hash."""

    value: Value
    type: str
    name: str = ""
    code: bool = False

    @property
    def is_text(self) -> bool:
        """Only text is trimmed, upper-cased and escaped (H2, H3)."""
        return parse_type(self.type).family == "text"


# A key's part may be a code: a constant that tells equal keys of several sources apart.
Components = Iterable[Component | tuple[Value, str] | tuple[Value, str, str]]
# What makes a text of a value and its type.
TextOf = Callable[[Value, str], str | None]


def full_text(value: Value, sql_type: str) -> str | None:
    """The text of a typed value with every digit that its type has; None for NULL.

    >>> from decimal import Decimal
    >>> full_text(True, "boolean"), full_text(Decimal("5"), "decimal(6,2)")
    ('true', '5.00')
    """
    check_value(value, sql_type)
    parsed = parse_type(sql_type)
    if value is None:
        return None
    if parsed.family == "double":
        raise TypeError("H1: floating point has no canonical text; give it a declared scale")
    if parsed.family == "decimal":
        return format(at_scale(value, parsed.scale), "f")
    return CANONICAL[parsed.family](value)


def canonical(value: Value, sql_type: str) -> str | None:
    """H1: the one text of a typed value, equal on every engine and in every wider type.

    Zeros at the end of a fraction say nothing, and neither does a point without a fraction.

    >>> from decimal import Decimal
    >>> canonical(Decimal("5.00"), "decimal(6,2)"), canonical(Decimal("-1.50"), "decimal(9,4)")
    ('5', '-1.5')
    """
    text = full_text(value, sql_type)
    if text is None or parse_type(sql_type).family not in {"decimal", "timestamp"}:
        return text
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


CANONICAL = {
    "integer": str,
    "text": str,
    "hash": str,
    "date": date.isoformat,
    "timestamp": lambda value: value.isoformat(sep=" ", timespec="microseconds"),
    "boolean": lambda value: "true" if value else "false",
}


@cache
def simple_upper(text: str) -> str:
    """H2: upper-case each code point by Unicode's simple mapping (one code point to one).

    `upper()` is the full mapping; where that is longer than one code point, the simple one is the
    title-case letter if that is a single one ('ᾳ' to 'ᾼ'), else there is none ('ﬁ' stays 'ﬁ').
    Alone the 'ß', which has no simple mapping either, becomes the capital 'ẞ'.

    >>> simple_upper("straße ж")
    'STRAẞE Ж'
    """

    def one(char: str) -> str:
        if char == "ß":
            return "ẞ"
        return next((m for m in (char.upper(), char.title()) if len(m) == 1), char)

    return "".join(one(char) for char in text)


def escape(text: str) -> str:
    r"""H3: `\` becomes `\\`, then `|` becomes `\|`, so that a bare `|` or `\N` is never data."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def key_text(text: str, *, case: str = "upper", trim: bool = True) -> str:
    """H2: business-key text loses the U+0020 at both ends and is upper-cased."""
    trimmed = text.strip(" ") if trim else text
    return simple_upper(trimmed) if case == "upper" else trimmed


def is_blank(component: Component, *, trim: bool = True) -> bool:
    """H4: NULL, or text that is empty once trimmed (untrimmed text must be empty)."""
    if component.value is None:
        return True
    return component.is_text and key_text(component.value, trim=trim) == ""


def is_no_key(components: Components, *, trim: bool = True) -> bool:
    """H4: a key whose every component is NULL or blank identifies nothing.

    A collision code is in the key and the same in every row: it does not decide.
    """
    parts = [Component(*each) for each in components]
    return all(is_blank(part, trim=trim) for part in parts if not part.code)


def _joined(texts: Iterable[str | None]) -> str:
    r"""H3: NULL is `\N`; components are joined by `|`."""
    return DELIMITER.join(NULL if text is None else text for text in texts)


def _escaped(component: Component, text_of: TextOf) -> str | None:
    """H3: a value's text, escaped where it is text."""
    text = text_of(component.value, component.type)
    return escape(text) if text is not None and component.is_text else text


def _escaped_canonical(component: Component) -> str | None:
    """H1 and H3: canonical text, escaped where it is text."""
    return _escaped(component, canonical)


def key_input(components: Components, *, case: str = "upper", trim: bool = True) -> str | None:
    r"""H2, H3, H4: the text a hash key is made of; None is *no key*.

    >>> key_input([(" a|b ", "varchar(9)"), (None, "integer")])
    'A\\|B|\\N'
    """
    parts = [Component(*each) for each in components]
    if is_no_key(parts, trim=trim):
        return None
    ready = [
        part._replace(value=key_text(part.value, case=case, trim=trim))
        if part.is_text and part.value is not None
        else part
        for part in parts
    ]
    return _joined(_escaped_canonical(part) for part in ready)


def hashdiff_input(components: Components) -> str:
    r"""H2, H3, H3a: the text a hashdiff is made of: `name=value` of every column that is not NULL.

    They are sorted by name; text is untouched; of NULLs alone nothing is left.

    >>> hashdiff_input([(" a", "text", "b"), (None, "date", "c"), (7, "integer", "a")])
    'a=7|b= a'
    """
    parts = [Component(*each) for each in components]
    if not parts:
        raise ValueError("a hashdiff needs a column")
    texts = {part.name: _escaped_canonical(part) for part in parts}
    if len(texts) < len(parts) or any(set(name) & SPECIAL or not name for name in texts):
        raise ValueError("every column needs a name of its own, without a separator in it")
    return DELIMITER.join(
        f"{name}{EQUALS}{text}" for name, text in sorted(texts.items()) if text is not None
    )


def surrogate_input(
    components: Components, *, occurrence: int = 1, text_of: TextOf = canonical
) -> str:
    """S4: untouched text of the natural columns, every NULL kept; occurrence 2 and up appended."""
    texts = [_escaped(Component(*each), text_of) for each in components]
    if occurrence > 1:
        texts.append(str(occurrence))
    return _joined(texts)


def classic_text(component: Component) -> str | None:
    """H6 classic: cast to text as the engine does, trimmed, upper-cased, blank is NULL.

    A timestamp shows its fraction only when there is one, without trailing zeros.
    """
    is_moment = parse_type(component.type).family == "timestamp"
    text = (canonical if is_moment else full_text)(component.value, component.type)
    if text is None:
        return None
    return simple_upper(text.strip(" ")) or None


def _classic_joined(components: Iterable[Component]) -> str:
    """H6 classic: NULL is `^^`; components are joined by `||`."""
    return CLASSIC_DELIMITER.join(classic_text(each) or CLASSIC_NULL for each in components)


def classic_key_input(components: Components) -> str | None:
    """H6 classic: one column is its own text; several are joined; all NULL is no key.

    AutomateDV writes `NULLIF(joined, '^^||^^')`, so columns that hold literally `^^` are no key
    either; a vault it built has them so.
    """
    parts = [Component(*each) for each in components]
    if len(parts) == 1:
        return classic_text(parts[0])
    joined = _classic_joined(parts)
    return None if joined == CLASSIC_DELIMITER.join([CLASSIC_NULL] * len(parts)) else joined


def classic_hashdiff_input(components: Components) -> str:
    """H6 classic: columns sorted by name (upper and lower case alike), trimmed and upper-cased."""
    parts = [Component(*each) for each in components]
    if not parts:
        raise ValueError("a hashdiff needs a column")
    return _classic_joined(sorted(parts, key=lambda part: part.name.lower()))


def digest(text: str, algorithm: str = "md5") -> str:
    """H5: the digest of UTF-8 text as lower-case hex; md5, sha1 or sha256."""
    return hashlib.new(algorithm, text.encode("utf-8"), usedforsecurity=False).hexdigest()


def zero_key(algorithm: str = "md5") -> str:
    """L11: what is unknown: a digest of zeros.

    >>> zero_key()
    '00000000000000000000000000000000'
    """
    return "0" * len(digest("", algorithm))


def error_key(algorithm: str = "md5") -> str:
    """L11: what is wrong: a digest of f."""
    return "f" * len(digest("", algorithm))


@dataclass(frozen=True)
class HashRule:
    """H6: the rule a vault is hashed by, all of it in one place.

    Args:
        rule: `dv_gen` or `classic`.
        algorithm: `md5`, `sha1` or `sha256`.
        case: `upper` or `preserve`; key text only; the classic rule has no such choice.
        trim: whether key text is trimmed; likewise.
        mode: `hash`, or `natural`: keys are not hashed.
    """

    rule: str = "dv_gen"
    algorithm: str = "md5"
    case: str = "upper"
    trim: bool = True
    mode: str = "hash"

    @property
    def text_of(self) -> TextOf:
        """H1: the text of values that become text before they are hashed, as in derived columns."""
        return full_text if self.rule == "classic" else canonical

    def key_input(self, components: Components) -> str | None:
        """The text of a hub's or link's hash key, None for no key (H4)."""
        if self.rule == "classic":
            return classic_key_input(components)
        return key_input(components, case=self.case, trim=self.trim)

    def hashdiff_input(self, components: Components) -> str:
        """The text of a hashdiff."""
        if self.rule == "classic":
            return classic_hashdiff_input(components)
        return hashdiff_input(components)

    def key(self, components: Components) -> Value:
        """The hash key, None for no key (H4).

        A natural key is the value of its one component, text normalised (H2), or the text of
        several (H3).
        """
        parts = [Component(*each) for each in components]
        if self.mode == "natural" and len(parts) == 1 and not parts[0].code:
            if is_no_key(parts, trim=self.trim):
                return None
            value = parts[0].value
            return key_text(value, case=self.case, trim=self.trim) if parts[0].is_text else value
        return self._joined_key(parts)

    def _joined_key(self, parts: list[Component]) -> str | None:
        text = self.key_input(parts)
        return text if text is None or self.mode == "natural" else digest(text, self.algorithm)

    def link_key(
        self,
        hubs: Iterable[Components],
        child_keys: Components = (),
        optional: Iterable[bool] = (),
    ) -> str | None:
        """H4: over the hubs' components in role order, then the child keys; L2: None without a hub.

        A child key may be NULL or blank: it does not decide whether there is a key. L2: a hub that
        is optional may have no key; its components are NULL then, blank text too. All hubs may not.
        """
        parts = [[Component(*each) for each in components] for components in hubs]
        missing = [self.key(components) is None for components in parts]
        may_miss = list(optional) or [False] * len(parts)
        if all(missing) or any(
            gone and not may for gone, may in zip(missing, may_miss, strict=True)
        ):
            return None
        parts = [
            [part._replace(value=None) for part in components] if gone else components
            for components, gone in zip(parts, missing, strict=True)
        ]
        children = [Component(*each) for each in child_keys]
        return self._joined_key([each for components in parts for each in components] + children)

    def hashdiff(self, components: Components) -> str:
        """The hashdiff; never None."""
        return digest(self.hashdiff_input(components), self.algorithm)

    def surrogate(self, components: Components, *, occurrence: int = 1) -> str:
        """S4: the surrogate is a digest by the same algorithm as the keys."""
        text = surrogate_input(components, occurrence=occurrence, text_of=self.text_of)
        return digest(text, self.algorithm)
