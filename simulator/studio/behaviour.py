"""Controls of behaviour: what people do with messages. All of them are shares that somebody made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.model.organisation import Behaviour
from simulator.studio.controls import Control
from simulator.studio.drafts import Draft
from simulator.studio.person import span
from simulator.studio.problems import Refused
from simulator.words.durations import Duration
from simulator.words.quantities import parse_percent

_SHARES: Final = {
    "opens": ("Opens messages", "messages are opened"),
    "clicks": ("Clicks in what was opened", "opened messages are clicked"),
    "redeems": ("Uses a coupon", "coupons are used"),
    "marks_spam": ("Reports a message as spam", "messages are reported as spam"),
}
_DELAYS: Final = {
    "opens_after": ("Opens within", "messages are opened within"),
    "redeems_after": ("Uses a coupon after", "coupons are used after"),
}
_PRESSURES: Final = {
    "withdraws": ("Takes consent back when it gets too much", "take their consent back"),
    "complains": ("Complains when it gets too much", "complain"),
    "leaves": ("Leaves for good when it gets too much", "leave for good"),
}
USUAL_PRESSURE: Final = "per message over 3 in 7 days"
"""How contact pressure is counted where the organisation does not say."""


def behaviour_controls(draft: Draft) -> Iterator[Control]:
    """Everything about reactions that can be turned."""
    usual = Behaviour()
    written = draft.organisation.get("behaviour", {})
    for name, (label, said) in _SHARES.items():
        value = parse_percent(written[name]) if name in written else getattr(usual, name)
        yield Control(
            f"behaviour.{name}", "behaviour", label, "percent", value, _share(draft, name, said), unit="%",
            more=name == "marks_spam",
        )  # fmt: skip
    for name, (label, said) in _DELAYS.items():
        value = written.get(name, str(getattr(usual, name)))
        yield Control(f"behaviour.{name}", "behaviour", label, "duration", value, _delay(draft, name, said))
    low, high, currency = usual.spends
    spends = written.get("spends", f"{low} .. {high} {currency}")
    yield Control(
        "behaviour.spends", "behaviour", "Spends", "text", spends, _spends(draft), more=True,
        hint="From .. to, whole amounts and the currency: 20 .. 80 EUR",
    )  # fmt: skip
    for name, (label, said) in _PRESSURES.items():
        share, _, rest = str(written.get(name, f"0 % {USUAL_PRESSURE}")).partition(" per message ")
        yield Control(
            f"behaviour.{name}", "behaviour", label, "percent", parse_percent(share), _pressure(draft, name, said),
            unit="%", more=True, hint=f"For each message {rest}.",
        )  # fmt: skip


def _written(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = draft.organisation.setdefault("behaviour", {})
    return found


def _share(draft: Draft, name: str, said: str) -> Any:
    def write(value: float) -> str:
        _written(draft)[name] = f"{value:g} %"
        return f"{value:g} % of {said}"

    return write


def _delay(draft: Draft, name: str, said: str) -> Any:
    def write(value: str) -> str:
        text = span(value)
        if name == "opens_after" and Duration() != _calendar_part(text):
            raise Refused(200, "Opens within: write hours or minutes, such as '24 h'.")
        _written(draft)[name] = text
        return f"{said} {text}"

    return write


def _calendar_part(text: str) -> Duration:
    from simulator.words.clock import parse_duration

    read = parse_duration(text)
    return Duration(read.years, read.months, read.days, read.working_days)


def _spends(draft: Draft) -> Any:
    def write(value: str) -> str:
        _written(draft)["spends"] = value
        return f"people spend {value}"

    return write


def _pressure(draft: Draft, name: str, said: str) -> Any:
    def write(value: float) -> str:
        rest = str(_written(draft).get(name, f"0 % {USUAL_PRESSURE}")).partition(" per message ")[2]
        _written(draft)[name] = f"{value:g} % per message {rest}"
        return f"{value:g} % {said} with each message too many"

    return write
