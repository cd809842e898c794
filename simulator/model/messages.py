"""Message templates: Liquid, strict, and rendered only when somebody reads them.

A message says which of its variables come from where (`names`); at sending each becomes a field of the event, so the
checks can ask what a message named, and an unknown one is counted in `unresolved`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from liquid import DictLoader, Environment, StrictUndefined
from liquid.exceptions import LiquidError
from pydantic import Field

from simulator.model.rules import Document
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import Value


class Message(Document):
    """One message: subject and text, and the names it uses. `stance` and `product` tell what it urges, and of what."""

    message: str
    subject: str = ""
    text: str
    html: str = ""
    names: dict[str, str] = Field(default={})
    optional: list[str] = []
    product: str | None = None
    stance: str | None = None


def _environment() -> Environment:
    """Liquid without partials from disk, and with bounds: external text is hostile."""

    class Bounded(Environment):
        context_depth_limit = 10
        loop_iteration_limit = 1_000
        output_stream_limit = 100_000

    return Bounded(loader=DictLoader({}), undefined=StrictUndefined)


_LIQUID = _environment()


@lru_cache(maxsize=1024)
def variables(template: str) -> tuple[str, ...]:
    """The names a template uses, sorted; ExpressionError when it is no Liquid."""
    try:
        analysis = _LIQUID.from_string(template).analyze()
    except LiquidError as error:
        raise ExpressionError(f"the template cannot be read: {error}") from None
    return tuple(sorted(analysis.globals))


def render(template: str, values: Mapping[str, Value]) -> str:
    """The text as somebody reads it. A name without a value shows as `[name?]`: the hole that the reader saw."""
    shown = {name: str(values[name]) if name in values else f"[{name}?]" for name in variables(template)}
    try:
        return _LIQUID.from_string(template).render(**shown)
    except LiquidError as error:
        return f"[cannot be rendered: {error}]"
