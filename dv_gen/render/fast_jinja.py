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
    from collections.abc import Callable, MutableMapping
    from types import CodeType


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
        template.root_render_func.__globals__["Macro"] = _Macro
        return template


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
