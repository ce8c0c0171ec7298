"""Jinja, without what it does for templates of anybody's and dv-gen's have no use for.

A big model calls its macros hundreds of thousands of times: there a microsecond counts. Nothing
here changes what a template says: beside a Jinja that may have other insides `environment_class` is
Jinja's own, and rendering takes longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import Environment, Template
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context, Macro
from jinja2.utils import missing

from dv_gen.render.bytecode import TemplateCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from types import CodeType

    from jinja2.compiler import Frame
    from jinja2.nodes import Call, Getattr

# Whose compiler and macros the classes below know.
_KNOWN = "3.1."


def environment_class(version: str = jinja2.__version__) -> type[Environment]:
    """Return the class of the environment of dv-gen's own templates.

    Args:
        version: that of Jinja.
    """
    return _FastEnvironment if version.startswith(_KNOWN) else Environment


class _Code(CodeGenerator):
    """Compiles an attribute to an attribute, and a call to a call.

    Jinja asks every object for an entry too, and everything that is called whether it wants the
    context: nothing that these templates can reach has the one or wants the other.
    """

    def visit_Getattr(self, node: Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Call(  # noqa: N802 - Jinja's name
        self,
        node: Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - Jinja's signature
    ) -> None:
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class _Macro(Macro):
    """A macro that sorts its arguments only if there is something to sort."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - what the compiled template says
        super().__init__(*given)
        self._is_plain = not (self.caller or self.catch_kwargs or self.catch_varargs)
        if self._is_plain:
            # What it is called without is missing: then the code takes the default.
            self._func.__defaults__ = (missing,) * self._argument_count

    def __call__(self, *arguments: Any, **named: Any) -> str:  # noqa: ANN401 - same reason
        if named or not self._is_plain:
            return super().__call__(*arguments, **named)
        return self._func(*arguments)


class _Template(Template):
    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Return a template whose macros are ours."""
        template = super().from_code(environment, code, globals, uptodate)
        names = template.root_render_func.__globals__
        names["Macro"], names["Undefined"] = _Macro, _nothing
        return template

    def render(self, *maps: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401 - as Jinja has it
        """Return the text; Jinja's own way costs more than a short statement."""
        names = {**self.globals, **dict(*maps, **more)}
        try:
            seen = Context(self.environment, names, self.name, self.blocks)
            return "".join(self.root_render_func(seen))
        except Exception:  # noqa: BLE001 - as Jinja does: it shows the lines of templates
            self.environment.handle_exception()


def _nothing(_: str) -> str:
    """Return what an ``if`` without an ``else`` gives in the middle of a line: nothing."""
    return ""


class _FastEnvironment(Environment):
    code_generator_class = _Code
    template_class = _Template

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - Jinja's settings
        super().__init__(bytecode_cache=TemplateCode(), **settings)
        self.filters["join"] = _joined
        self._known: dict[str, Template] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what every template sees, as a plain dict: Jinja's chain is slow to copy."""
        return {**self.globals, **(d or {})}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's name
    ) -> Template:
        """Return a template; thousands of statements import the same few."""
        found = self._known.get(str(name))
        if found is None:
            found = self._known[str(name)] = super().get_template(name, parent, globals)
        return found


def _joined(values: Iterable[object], between: str = "") -> str:
    return between.join(map(str, values))
