"""Names of people, from Faker, by language and country.

Faker's own draws change even between its patch releases, and are slow. So a pool of names is drawn once a locale, from
a constant seed, and people pick from it by streams of their own; what they picked is stored with them.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import Final

from simulator.words.streams import Stream

_SEED: Final = 2606
_DRAWS: Final = 400

_LOCALES: Final = {
    "AT": "de_AT", "AU": "en_GB", "BE": "fr_BE", "BG": "bg_BG", "BR": "pt_BR", "CA": "en_US", "CH": "de_CH",
    "CZ": "cs_CZ", "DE": "de_DE", "DK": "da_DK", "EE": "et_EE", "ES": "es_ES", "FI": "fi_FI", "FR": "fr_FR",
    "GB": "en_GB", "GR": "el_GR", "HR": "hr_HR", "HU": "hu_HU", "IE": "en_IE", "IN": "en_IN", "IS": "is_IS",
    "IT": "it_IT", "JP": "ja_JP", "KR": "ko_KR", "LT": "lt_LT", "LU": "de_LU", "LV": "lv_LV", "MX": "es_MX",
    "NL": "nl_NL", "NO": "no_NO", "NZ": "en_NZ", "PL": "pl_PL", "PT": "pt_PT", "RO": "ro_RO", "RU": "ru_RU",
    "SE": "sv_SE", "SI": "sl_SI", "SK": "sk_SK", "TR": "tr_TR", "UA": "uk_UA", "US": "en_US", "CN": "zh_CN",
}  # fmt: skip
"""The locale of a country whose language nobody said."""

_LANGUAGES: Final = {
    "cs": "cs_CZ", "da": "da_DK", "de": "de_DE", "el": "el_GR", "en": "en_GB", "es": "es_ES", "et": "et_EE",
    "fi": "fi_FI", "fr": "fr_FR", "hr": "hr_HR", "hu": "hu_HU", "it": "it_IT", "ja": "ja_JP", "ko": "ko_KR",
    "lt": "lt_LT", "lv": "lv_LV", "nb": "no_NO", "nl": "nl_NL", "no": "no_NO", "pl": "pl_PL", "pt": "pt_PT",
    "ro": "ro_RO", "ru": "ru_RU", "sk": "sk_SK", "sl": "sl_SI", "sv": "sv_SE", "tr": "tr_TR", "uk": "uk_UA",
    "zh": "zh_CN",
}  # fmt: skip
_FAMILY_FIRST: Final = ("hu_", "ja_", "ko_", "zh_")


@dataclass(frozen=True, slots=True)
class Name:
    """A whole name, and the first name alone."""

    whole: str
    first: str


@dataclass(frozen=True, slots=True)
class Names:
    """A pool: for women and for men, first names and last names. A pick takes three draws of a stream."""

    groups: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    family_first: bool = False

    def pick(self, stream: Stream) -> Name:
        """One of the names."""
        firsts, lasts = stream.choice(self.groups)
        first, last = stream.choice(firsts), stream.choice(lasts)
        return Name(f"{last} {first}" if self.family_first else f"{first} {last}", first)


def locale_of(language: str, country: str) -> str:
    """Faker's locale: the exact one, the country's for people said to speak English, else the language's."""
    exact = f"{language.lower()}_{country.upper()}"
    if _exists(exact):
        return exact
    of_country, of_language = _LOCALES.get(country.upper()), _LANGUAGES.get(language.lower())
    # English is what `lives` says of people whose language nobody stated.
    chosen = (of_country or of_language) if language == "en" else (of_language or of_country)
    return chosen or "en_GB"


def names_of(language: str, country: str) -> Names:
    """The pool of names for people of a language and country."""
    return _pool(locale_of(language, country))


@cache
def _exists(locale: str) -> bool:
    return importlib.util.find_spec(f"faker.providers.person.{locale}") is not None


@cache
def _pool(locale: str) -> Names:
    from faker import Generator

    generator = Generator()
    generator.seed_instance(_SEED)
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider(generator)
    groups = []
    for gender in ("female", "male"):
        draw_first, draw_last = (getattr(provider, f"{part}_name_{gender}") for part in ("first", "last"))
        firsts = dict.fromkeys(str(draw_first()).strip() for _ in range(_DRAWS))
        lasts = dict.fromkeys(str(draw_last()).strip() for _ in range(_DRAWS))
        groups.append((tuple(firsts), tuple(lasts)))
    return Names(tuple(groups), locale.startswith(_FAMILY_FIRST))
