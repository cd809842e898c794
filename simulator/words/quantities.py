"""Shares, amounts of money and wall times as people write them."""

from __future__ import annotations

import re

from simulator.words.clock import Duration, parse_duration, parse_time_of_day
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import Money

_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")
_ONE_IN = re.compile(r"(\d+) in (\d+)")
_MONEY = re.compile(r"(-?\d+)(?:\.(\d{2}))? ([A-Z]{3})")


def parse_percent(text: str) -> float:
    """`30 %` is 30.0 and `1 in 100` is 1.0: a share in percent, from 0 to 100."""
    if match := _PERCENT.fullmatch(text.strip()):
        share = float(match[1])
    elif match := _ONE_IN.fullmatch(text.strip()):
        if int(match[2]) == 0:
            raise ExpressionError(f"'{text}' is no share: nothing is one in zero")
        share = 100 * int(match[1]) / int(match[2])
    else:
        raise ExpressionError(f"'{text}' is not a share. Write '30 %' or '1 in 100'")
    if share > 100:
        raise ExpressionError(f"'{text}' is more than everything. A share is at most 100 %")
    return share


def parse_money(text: str) -> Money:
    """`149 EUR` or `39.90 PLN`: an amount and an ISO 4217 code."""
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        raise ExpressionError(f"'{text}' is not money. Write an amount and its currency: '149 EUR' or '39.90 EUR'")
    sign = -1 if text.strip().startswith("-") else 1
    return Money(sign * (abs(int(match[1])) * 100 + int(match[2] or 0)), match[3])


def parse_span(text: str) -> Duration:
    """How long something takes: a duration that leads forwards."""
    duration = parse_duration(text)
    if text.strip().startswith("-"):
        raise ExpressionError(f"'{text.strip()}' leads backwards. Write '{text.strip()[1:].lstrip()}'.", 0)
    return duration


def parse_wall_time(text: str) -> int:
    """`08:00 local` (or bare `08:00`): ms after midnight, on the clock of the person it is for."""
    return parse_time_of_day(text.strip().removesuffix(" local"))
