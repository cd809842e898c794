"""Addresses that reach nobody: the domains of RFC 2606 and RFC 6761, and telephone numbers that nobody has.

Every address in a run is one of these, and whatever sends or catches messages asks here first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from simulator.words.errors import ExpressionError

RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
"""The second-level domains that RFC 2606 sets aside; whatever lies below them is set aside too."""

RESERVED_ENDINGS = ("test", "example", "invalid", "localhost")
"""The top-level domains that RFC 2606 and RFC 6761 set aside."""

# +999 is no country's code. The other two are what regulators in Britain and North America keep for films.
_NOBODYS_PHONE = re.compile(r"\+(?:999\d{4,12}|447700900\d{3}|1\d{3}55501\d{2})")
_LETTERS = str.maketrans({
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "Æ": "AE",
    "œ": "oe", "Œ": "OE", "ı": "i",
})  # fmt: skip
_LOCAL_PART_LIMIT = 64


def is_reserved_domain(domain: str) -> bool:
    """True if no mail to this domain can ever reach anybody."""
    labels = domain.lower().rstrip(".").split(".")
    return labels[-1] in RESERVED_ENDINGS or ".".join(labels[-2:]) in RESERVED_DOMAINS


def refused_link(link: str) -> str | None:
    """What is wrong with where a link leads, as the end of a sentence with its remedy; None if it reaches nobody.

    `link` is a template: its scheme and its domain are written out.
    """
    remedy = "Write 'https://shop.example/...': example, test, invalid and example.com, .net and .org are reserved."
    try:
        parts = urlsplit(link)
        domain = parts.hostname or ""
    except ValueError:
        return f"is no address: '{link}'. {remedy}"
    if parts.scheme == "mailto":
        domain = parts.path.rpartition("@")[2]
    elif parts.scheme != "https":
        said = f"begins with '{parts.scheme}:'" if parts.scheme else "has no scheme"
        return f"{said}; a link begins with 'https:' or 'mailto:'. {remedy}"
    if not domain or "{" in domain:
        return f"does not say which domain it leads to. {remedy}"
    return None if is_reserved_domain(domain) else f"leads to {domain}, a real domain. {remedy}"


def checked_email(address: str) -> str:
    """The address itself, if it stands on a reserved domain; else an ExpressionError that says what to write."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or "@" in local or re.search(r"\s", local + domain):
        raise ExpressionError(f"'{address}' is not an e-mail address. Write 'anna@example.org'.")
    if not is_reserved_domain(domain):
        remedy = "Synthetic people use example.org, example.com or *.test."
        raise ExpressionError(f"{domain} is a real domain. {remedy}", address.rindex("@") + 1)
    return f"{local}@{domain}"


def checked_phone(number: str) -> str:
    """The number without spaces, if it can be nobody's; else an ExpressionError that says what to write."""
    digits = re.sub(r"[ ().-]", "", number)
    if not re.fullmatch(r"\+\d{5,15}", digits):
        raise ExpressionError(f"'{number}' is not a telephone number. Write '+999' and four to twelve digits.")
    if not _NOBODYS_PHONE.fullmatch(digits):
        remedy = "Synthetic people use '+999' and four to twelve digits."
        raise ExpressionError(f"'{number}' may be somebody's number. {remedy}")
    return digits


def ascii_folded(text: str) -> str:
    """`Zażółć D'Angelo` as `zazolc.d.angelo`: lower-case letters and digits, dots between words; perhaps empty."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z0-9]+", plain.lower()))


def email_of(name: str, id: str, ordinal: int = 1) -> str:
    """An address for a drawn person: the name, and the id that makes it theirs alone; later ones are counted."""
    tail = _slug(id) if ordinal == 1 else f"{_slug(id)}.{ordinal}"
    front = ascii_folded(name)[: _LOCAL_PART_LIMIT - 1 - len(tail)].rstrip(".")
    return f"{front}.{tail}@example.org" if front else f"{tail}@example.org"


def phone_of(crowd: str, number: int, ordinal: int = 1) -> str:
    """A number for person `number` of a crowd: +999, five digits of the crowd's and seven of the person's."""
    return f"+999{_five_digits(crowd, ordinal)}{number % 10_000_000:07d}"


def token(*key: str | int) -> str:
    """Twelve hexadecimal digits that belong to a key and say nothing about it."""
    return blake2b("\x1f".join(map(str, key)).encode(), digest_size=6).hexdigest()


@lru_cache(maxsize=1024)
def _five_digits(crowd: str, ordinal: int) -> str:
    return f"{int(token('phone', crowd, ordinal), 16) % 100_000:05d}"


def _slug(id: str) -> str:
    """An id as part of an address: itself where it can be, else folded and with a token that keeps it apart."""
    if len(id) <= 40 and re.fullmatch(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", id):
        return id
    return f"{ascii_folded(id)[:24]}-{token(id)}".lstrip("-")
