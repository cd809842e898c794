"""Values as readers of a language write them: `14 novembre 2025`, `149 €`, `30 %`.

The words and patterns are those of the Unicode CLDR, by way of Babel. English that says no country is written as in
Britain: `14 November 2025`, `08:30`, `€149`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

from simulator.words.clock import Zone
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.vocabulary import Money, Value

if TYPE_CHECKING:
    from babel import Locale

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-[A-Za-z0-9]{5,8})*")
_REMEDY = "Write a language of BCP 47, such as 'en', 'fr' or 'pt-BR'"


def parse_language(text: str) -> str:
    """A language tag that is known here, as it is usually written: `pt-br` is `pt-BR`. Raises ExpressionError."""
    from babel import Locale, UnknownLocaleError

    if _TAG.fullmatch(text) is None:
        raise ExpressionError(f"'{text}' is no language{_named(text)}. {_REMEDY}")
    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ExpressionError(f"'{text}' is no language that is known here{_named(text)}. {_REMEDY}") from None
    language, *rest = text.split("-")
    usual = {2: str.upper, 4: str.title}
    return "-".join([language.lower(), *(usual.get(len(part), str.lower)(part) for part in rest)])


def _named(text: str) -> str:
    """A hint for somebody who wrote the language's name, or its tag with an underscore."""
    names = {name.lower(): tag.replace("_", "-") for tag, name in _locale("en").languages.items()}
    if text.lower() in names:
        return f" (did you mean '{names[text.lower()]}'?)"
    if _TAG.fullmatch(text.replace("_", "-")) and "_" in text:
        return f" (did you mean '{text.replace('_', '-')}'?)"
    return did_you_mean(text.lower(), ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "cs", "sv", "ja", "ar", "he"))


@lru_cache(maxsize=128)
def _locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse("en-GB" if lang == "en" else lang, sep="-")


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written."""
    return "rtl" if _locale(lang).text_direction == "rtl" else "ltr"


class Said(Decimal):
    """A number as a reader sees it, which a condition of a template can still compare."""

    words: str

    def __new__(cls, value: float, words: str) -> Self:
        """The number, and how it is written."""
        made = super().__new__(cls, str(value))
        made.words = words
        return made

    def __str__(self) -> str:
        return self.words


def said(value: Value, kind: str, lang: str, zone: Zone) -> Value | Said:
    """A value of a field of this kind as a reader of `lang` in `zone` sees it; flags and numbers can be compared."""
    if isinstance(value, bool):
        return value
    try:
        return _said(value, kind, lang, zone)
    except (ValueError, ArithmeticError, OSError):
        return str(value)  # A number or an instant beyond what calendars and locales can write.


def _said(value: str | float | Money, kind: str, lang: str, zone: Zone) -> Value | Said:
    if isinstance(value, Money):
        return _money(value, lang)
    if isinstance(value, str):
        return _date(value, lang) if kind == "date" else value
    if kind == "instant":
        return _instant(int(value), lang, zone)
    return Said(value, percent(value, lang) if kind == "percent" else number(value, lang))


def number(value: float, lang: str) -> str:
    """`1 234,5`, to three decimals."""
    from babel.numbers import format_decimal

    return format_decimal(Decimal(str(value)), locale=_locale(lang))


def percent(value: float, lang: str) -> str:
    """`30 %`: 30.0 is thirty hundredths."""
    from babel.numbers import NumberPattern, parse_pattern

    pattern = parse_pattern(_locale(lang).percent_formats[None].pattern)
    assert isinstance(pattern, NumberPattern)
    return str(pattern.apply(Decimal(str(value)) / 100, _locale(lang), decimal_quantization=False))


def _money(money: Money, lang: str) -> str:
    from babel.numbers import format_currency

    locale, amount = _locale(lang), Decimal(money.cents) / 100
    pattern = str(locale.currency_formats["standard"].pattern)
    if money.cents % 100 == 0:
        pattern = pattern.replace("0.00", "0")
    return format_currency(amount, money.currency, format=pattern, locale=locale, currency_digits=False)


def _date(value: str, lang: str) -> str:
    from babel.dates import format_date

    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return format_date(day, "long", locale=_locale(lang))


def _instant(value: int, lang: str, zone: Zone) -> str:
    from babel.dates import format_skeleton, format_time

    local = datetime.fromtimestamp(value // 1000, ZoneInfo(zone.name))
    locale = _locale(lang)
    day = format_skeleton("MMMMd", local, locale=locale)
    return str(locale.datetime_formats["medium"]).format(format_time(local, "short", locale=locale), day)
