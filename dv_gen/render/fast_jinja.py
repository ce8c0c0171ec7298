"""Jinja, without what it does for templates of anybody's and dv-gen's have no use for.

A big model calls its macros hundreds of thousands of times: there a microsecond counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, Template
from jinja2.runtime import Context, Macro
from jinja2.utils import missing

from dv_gen.render.bytecode import TemplateCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from types import CodeType

    from jinja2.environment import TemplateModule


class _Context(Context):
    """What a template sees; calls what it calls at once.

    Jinja first asks everything that is called whether it wants the context, which costs more
    than most fragments do. Nothing that a template can reach here wants it.
    """

    def call(
        self,
        called: Callable[..., Any],
        /,
        *arguments: Any,  # noqa: ANN401 - whatever the templates pass on
        _loop_vars: object = None,
        _block_vars: object = None,
        **named: Any,  # noqa: ANN401 - same reason
    ) -> Any:  # noqa: ANN401 - same reason
        return called(*arguments, **named)


class _Macro(Macro):
    """A macro that sorts its arguments only if there is something to sort."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - what the compiled template says
        super().__init__(*given)
        self._is_plain = not (self.caller or self.catch_kwargs or self.catch_varargs)
        self._missing = (missing,) * self._argument_count

    def __call__(self, *arguments: Any, **named: Any) -> str:  # noqa: ANN401 - same reason
        if named or not self._is_plain or len(arguments) > self._argument_count:
            return super().__call__(*arguments, **named)
        return self._func(*arguments, *self._missing[len(arguments) :])


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
        names["Macro"] = _Macro
        if isinstance(environment, OwnEnvironment):
            names["Undefined"] = _nothing
        return template

    def render(self, *maps: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401 - as Jinja has it
        """Return the text; Jinja's own way costs more than a short statement."""
        names = {**self.globals, **dict(*maps, **more)}
        try:
            seen = _Context(self.environment, names, self.name, self.blocks)
            return "".join(self.root_render_func(seen))
        except Exception:  # noqa: BLE001 - as Jinja does: it shows the lines of templates
            self.environment.handle_exception()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return what another template imports: all see the same names here."""
        return self._module or super()._get_default_module(ctx)


def _nothing(_: str) -> str:
    """Return what an ``if`` without an ``else`` gives in the middle of a line: nothing."""
    return ""


class FastEnvironment(Environment):
    """An environment whose calls cost less."""

    context_class = _Context
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what every template sees, as a plain dict: Jinja's chain is slow to copy."""
        return {**self.globals, **(d or {})}


class OwnEnvironment(FastEnvironment):
    """An environment for dv-gen's own templates alone."""

    # A template asks objects for what they have, and never a map for an entry in this way.
    getattr = staticmethod(getattr)  # type: ignore[assignment]  # an error is an error either way

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - Jinja's settings
        super().__init__(bytecode_cache=TemplateCode(), **settings)
        self.filters["join"] = _joined
        self._known: dict[str, Template] = {}

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
