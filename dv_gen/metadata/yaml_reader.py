"""YAML to plain data, keeping every position and refusing the traps of YAML 1.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml.reader import ReaderError

from dv_gen.errors import Location, Problem
from dv_gen.filesystem import read_regular

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Sequence

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
# More digits than any database has, and few enough for Python to read.
_DIGITS = 100
_DECIMAL = re.compile(rf"[-+]?(0|[1-9][0-9]{{0,{_DIGITS - 1}}})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
# A key of the language, of a map, that YAML 1.1 reads as true.
_KEYS = ("on",)
# Whose values no message repeats, however they are written.
SECRETS = ("password", "sslpassword")
_TRAPS = ("bool", "int", "float", "timestamp", "null", "value")
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}
# The language needs ten levels.
_DEEPEST = 100
# A few lines of aliases of aliases stand for more values than a machine has room for.
_MOST_REPEATED = 50_000
_CUT_TYPE = re.compile(r"\w+\(\s*\d+", re.ASCII)
_REST_OF_TYPE = re.compile(r"\d+\s*\)[\w ]*", re.ASCII)
_IN_BRACKETS = "text with any of [ ] { } , or ': ' in quotes"
_BLOCK = "'name: value' lines that begin in one column; text with ': ' in quotes"
# What the parser says, and what it means to the person who wrote the file.
_SYNTAX = {
    "did not find expected ',' or '}'": (
        "the map that begins at {begin} goes wrong here",
        f"{_IN_BRACKETS}, and a closing }}",
    ),
    "did not find expected ',' or ']'": (
        "the list that begins at {begin} goes wrong here",
        f"{_IN_BRACKETS}, and a closing ]",
    ),
    "mapping values are not allowed in this context": ("a ': ' too many", _BLOCK),
    "did not find expected key": ("this line does not fit the lines above it", _BLOCK),
    "could not find expected ':'": ("a name without a value", "name: value"),
    "found undefined alias": ("an alias without an anchor", "the value itself, or &name before it"),
    "did not find expected alphabetic or numeric character": (
        "text that begins with * or &",
        "it in quotes",
    ),
    "but found another document": ("a second document", "one document in a file"),
    "found unexpected end of stream": ("a quote that is never closed", "the closing quote"),
}

Path = tuple["str | int", ...]


class Tree:
    """One YAML file: ``data`` as plain Python values, and where each of them stands.

    Args:
        file: the file's name as the user should read it.
        root: the composed node tree, or None for an empty file.
        data: the plain values.
    """

    def __init__(self, file: str, root: yaml.Node | None, data: Any) -> None:  # noqa: ANN401 - YAML holds anything
        self.file = file
        self.data = data
        self._root = root
        self._children: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}

    def location(self, path: Sequence[str | int], *, key: bool = False) -> Location:
        """Return where the value at ``path`` stands, or its key when ``key`` is true.

        A path that leaves the file ends at the last place that exists.
        """
        node, place = self._root, self._root
        for step in path:
            found = self._child(node, step)
            if found is None:
                break
            place, node = found
        spot = place if key else node
        if spot is None:
            return Location(self.file)
        return Location(self.file, spot.start_mark.line + 1, spot.start_mark.column + 1)

    def _child(self, node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
        if isinstance(node, yaml.MappingNode):
            known = self._children.get(id(node))
            if known is None:
                # Of two equal keys the first is meant, as where the file is read.
                known = {
                    key.value: (key, value)
                    for key, value in reversed(node.value)
                    if isinstance(key, yaml.ScalarNode)
                }
                self._children[id(node)] = known
            return known.get(str(step))
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            return node.value[step], node.value[step]
        return None


def read_yaml_file(path: pathlib.Path, file: str, problems: list[Problem]) -> Tree | None:
    """Return the tree of a file, or None when it is not even YAML.

    Args:
        path: the file; UTF-8, with or without a byte order mark.
        file: its name as the user should read it.
        problems: what is wrong with it is appended here.
    """
    try:
        text = read_regular(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        problems.append(Problem(Location(file), what, "a file that you may read"))
        return None
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        place = Location(file, before.count(b"\n") + 1)
        problems.append(Problem(place, "the file is not UTF-8", "UTF-8 text"))
        return None
    return read_yaml(text, file, problems)


def read_yaml(text: str, file: str, problems: list[Problem]) -> Tree | None:
    """Return the tree of ``text``, or None when it is not YAML; problems are appended."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
        data = _Converter(file, problems).convert(root) if root is not None else None
    except _UnboundedError:
        return None
    except RecursionError:
        # Without libyaml, which has a bound of its own.
        what = "nested too deeply"
        problems.append(Problem(Location(file), what, f"{_DEEPEST} levels at most"))
        return None
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(error, text, file))
        return None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        place = Location(file, len(before), len(before[-1]) + 1)
        what = f"not valid YAML: the character U+{ord(text[error.position]):04X}"
        problems.append(Problem(place, what, "printable text"))
        return None
    return Tree(file, root, data)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    start = error.context_mark
    said = str(error.problem or error.context)
    if said == "found unexpected end of stream" and start:
        mark = start
    place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    sign = text.split("\n")[mark.line][mark.column : mark.column + 1] if mark else ""
    if said == "found character that cannot start any token":
        what = "a tab indents this line" if sign == "\t" else f"text that begins with {sign}"
        expected = "blanks" if sign == "\t" else "it in quotes"
    else:
        what, expected = _SYNTAX.get(said, (said, ""))
        if expected.startswith(_IN_BRACKETS) and start:
            what = what.format(begin=f"{start.line + 1}:{start.column + 1}")
    return Problem(place, f"not valid YAML: {what}", expected)


class _UnboundedError(Exception):
    """The file stands for more than is read; that is told."""


class _Converter:
    """Turns nodes into values; a node that an alias repeats is converted once."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._done: dict[int, Any] = {}
        # What is being converted, from the root inwards.
        self._open: dict[int, yaml.Node] = {}
        self._sizes: dict[int, int] = {}
        self._count = 0
        self._repeated = 0

    def convert(self, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML holds anything
        self._count += 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        identity = id(node)
        if identity in self._done:
            self._repeat(self._sizes[identity])
            return self._done[identity]
        if identity in self._open:
            self._report(node, "an alias that contains itself", "a tree without circles")
            return None
        if len(self._open) == _DEEPEST:
            self._report(node, "nested too deeply", f"{_DEEPEST} levels at most")
            raise _UnboundedError
        self._open[identity] = node
        before = self._count
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node)
        else:
            value = [self.convert(item) for item in node.value]
        del self._open[identity]
        self._done[identity] = value
        self._sizes[identity] = self._count - before + 1
        return value

    def _repeat(self, size: int) -> None:
        """Count the values that an alias stands for.

        Raises:
            _UnboundedError: there are too many of them.
        """
        self._count += size
        self._repeated += size
        if self._repeated > _MOST_REPEATED:
            *_, around = self._open.values()
            what = f"the aliases up to here stand for more than {_MOST_REPEATED:,} values"
            self._report(around, what, "fewer of them")
            raise _UnboundedError

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        result: dict[str, Any] = {}
        seen: dict[str, yaml.Node] = {}
        cut: yaml.Node | None = None
        last = ""
        for key_node, value_node in node.value:
            if cut is not None and _REST_OF_TYPE.fullmatch(str(key_node.value)):
                whole = f"{cut.value}, {key_node.value}"
                what = f"{whole} was cut at its comma"
                whole = whole.replace(", ", ",")
                self._report(cut, what, f"the type in quotes: '{whole}'")
                result[last] = whole
                cut = None
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, "a key that is not a name", "plain text")
                continue
            key = key_node.value
            if key in seen:
                first = seen[key].start_mark.line + 1
                what = f"duplicate key '{key}', first used on line {first}"
                self._report(key_node, what, "each key once")
                continue
            if key_node.tag == _TAG + "merge":
                self._report(key_node, "'<<' does not merge maps here", "defaults:, or the keys")
                continue
            own = key in _KEYS and isinstance(value_node, yaml.MappingNode)
            if not own and not isinstance(self._scalar(key_node), str):
                self._report(key_node, f"the key {key} is not text", f"it in quotes: '{key}'")
            seen[key] = key_node
            if key in SECRETS and isinstance(value_node, yaml.ScalarNode):
                result[key] = self._secret(value_node)
                continue
            result[key] = value = self.convert(value_node)
            cut = value_node if isinstance(value, str) and _CUT_TYPE.fullmatch(value) else None
            last = key
        return result

    def _secret(self, node: yaml.ScalarNode) -> str | None:
        """Return a text as it stands; what is wrong with it is told without it."""
        if node.tag == _TAG + "null":
            return None
        if not node.tag.startswith(_TAG):
            self._report(node, "a tag has no meaning here", "text that begins with ! in quotes")
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - YAML holds anything
        text: str = node.value
        tag = node.tag
        if node.style or tag == _TAG + "str":
            return text
        if tag == _TAG + "null":
            return None
        if tag == _TAG + "bool" and text in _BOOLEANS:
            return _BOOLEANS[text]
        if tag == _TAG + "int" and _DECIMAL.fullmatch(text):
            return int(text)
        if tag == _TAG + "float" and _FLOAT.fullmatch(text):
            return float(text)
        if tag.removeprefix(_TAG) in _TRAPS:
            self._report_trap(node, text)
        else:
            name = tag.replace(_TAG, "!!")
            self._report(node, f"the tag {name} has no meaning here", "a plain value")
        return text

    def _report_trap(self, node: yaml.Node, text: str) -> None:
        if len(text) > _DIGITS:
            self._report(node, f"a number of {len(text)} characters", "text in quotes")
            return
        read = str(yaml.safe_load(text)) if node.tag != _TAG + "timestamp" else "a date"
        if node.tag == _TAG + "bool":
            read = read.lower()
            self._report(node, f"YAML reads {text} as {read}", f"{read}, or the text '{text}'")
        else:
            self._report(node, f"YAML reads {text} as {read}", f"it in quotes: '{text}'")

    def _report(self, node: yaml.Node, what: str, expected: str) -> None:
        mark = node.start_mark
        place = Location(self._file, mark.line + 1, mark.column + 1)
        self._problems.append(Problem(place, what, expected))
