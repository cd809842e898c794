"""What a sink took in: one message for one address, read from whatever bytes an engine sent.

All of it comes from outside, so nothing here raises. What cannot be read is left out, and everything has a bound.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import parseaddr, parsedate_to_datetime
from functools import partial
from typing import Final, NamedTuple, TypeVar

from simulator.backends.capture.markup import LONGEST_HTML, Link, Shown, links_in, shown
from simulator.words.clock import SECOND

LARGEST_MAIL: Final = 10_000_000
"""Bytes that a mail may have; an SMTP server says so, and refuses more."""
LONGEST_TEXT: Final = 200_000
"""So many characters of a text are kept."""
LONGEST_HEADER: Final = 6_000
"""So many characters of a header are kept."""
LONGEST_NAME: Final = 100
"""So many characters of a header's name are kept."""
_LONGEST_OF_MIME: Final = 500
MOST_HEADERS: Final = 300
"""So many headers are kept."""
MOST_PARTS: Final = 100
"""A mail with more parts is read by its headers alone."""
MOST_NESTED: Final = 20
"""So is one in which so many parts could lie in one another."""
TEMPLATE_NAMES: Final = ("template", "template_id", "template-id", "x-template", "x-template-id", "x-mc-template")
"""Headers, and fields of a webhook, that hold the id of a template."""

# Everything that the standard library has been seen to raise over hostile mails; ValueError covers wrong encodings,
# LookupError unknown charsets, and the rest are slips in its parsers.
_HOSTILE: Final = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError,
    NotImplementedError, StopIteration, MessageError,
)  # fmt: skip
_NO_CHARSETS: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


T = TypeVar("T")
U = TypeVar("U")


class _Bounded(EmailPolicy):
    """The standard policy, with headers cut to a length that its parsers can bear."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        limit = _LONGEST_OF_MIME if name.lower().startswith("content-") else LONGEST_HEADER
        return name[:LONGEST_NAME], value[:limit]


_POLICY: Final = _Bounded()
_DECODED: Final = HeaderRegistry(use_default_map=False)


class Attachment(NamedTuple):
    """A file that came along: its name, its media type, and its size in bytes."""

    name: str
    type: str
    size: int


@dataclass(frozen=True)
class Captured:
    """One message for one address.

    `id` is `c-1`, `c-2`, ... in order of capture; `recipients` are all to whom it went at once, `address` the one whom
    this is about. `date` is the message's own stamp (ms UTC), None where it has none; `size` its bytes as they came.
    `headers` are in lower case, with all values; `fields` what a webhook was told besides. `answered` is what the
    sender heard: 250 or 550.
    """

    channel: str
    address: str
    recipients: tuple[str, ...] = ()
    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    anchors: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    date: int | None = None
    size: int = 0
    answered: int = 250
    id: str = ""

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that can be clicked or are fetched when the message is opened, each once."""
        return tuple(dict.fromkeys((*(anchor.url for anchor in self.anchors), *self.images)))

    @property
    def template(self) -> str:
        """The id of the template, where a header or field tells it."""
        told = (self.fields.get(name) or next(iter(self.headers.get(name, ())), "") for name in TEMPLATE_NAMES)
        return next(filter(None, told), "")

    @property
    def clickable(self) -> tuple[str, ...]:
        """The addresses of links that do not end a subscription, each once."""
        listed = " ".join(self.headers.get("list-unsubscribe", ()))
        kept = (anchor.url for anchor in self.anchors if not anchor.unsubscribes and anchor.url not in listed)
        return tuple(dict.fromkeys(kept))

    def to_each(self, answers: Iterable[int]) -> list[Captured]:
        """The same message for each of its recipients, with what the sender heard for them."""
        told = zip(self.recipients, answers, strict=True)
        return [replace(self, address=address, answered=answered) for address, answered in told]


def read_mail(raw: bytes, sender: str, recipients: tuple[str, ...]) -> Captured:
    """A mail as SMTP brought it, for the first of its recipients. The envelope's sender stands where no header does."""
    first = recipients[0] if recipients else ""
    bare = Captured("email", first, recipients, cleaned(sender), size=len(raw))
    try:
        return _read(raw, bare)
    except Exception:  # noqa: BLE001  no byte from outside may stop a sink: what is left is a message nobody knows
        return bare


def cleaned(text: str, limit: int = LONGEST_HEADER) -> str:
    """A text from outside without what a terminal or a file could choke on, in Unicode, and not too long."""
    try:
        # Bytes beyond ASCII come out of the parser as surrogates; nearly always they are UTF-8.
        text = text[: 2 * limit].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        text = text[:limit]
    return _CONTROLS.sub("\ufffd", text)[:limit]


def unfolded(header: str) -> str:
    """A header on one line: the line ends go and the blanks stay, as RFC 5322 says."""
    return re.sub(r"[\r\n]", "", cleaned(header))


def _read(raw: bytes, bare: Captured) -> Captured:
    raw = raw[:LARGEST_MAIL]
    # Parts nested by the hundred cost the standard parser more time than the mail is worth.
    lower = raw.lower()
    bomb = lower.count(b"multipart/") + lower.count(b"message/") > MOST_NESTED or lower.count(b"\n--") > 50 * MOST_PARTS
    message = _parsed(raw, headers_only=bomb)
    if message is None:
        return bare
    headers = _headers(message)

    def header(name: str) -> str:
        return next(iter(headers.get(name, ())), "")

    text, html, attachments = ("", "", []) if bomb else _bodies(message)
    look = shown(html) if html else Shown("", (), ())
    anchors = (*look.links, *links_in(text))
    return Captured(
        bare.channel, bare.address, bare.recipients,
        sender=_sender(message) or bare.sender,
        subject=" ".join(header("subject").split()),
        text=text if text.strip() else look.text,
        html=html,
        anchors=anchors,
        images=look.images,
        headers=headers,
        attachments=tuple(attachments),
        date=_instant(header("date")),
        size=bare.size,
    )  # fmt: skip


def _parsed(raw: bytes, *, headers_only: bool) -> EmailMessage | None:
    for only in (True,) if headers_only else (False, True):
        message = _attempt(partial(BytesParser(EmailMessage, policy=_POLICY).parsebytes, raw, headersonly=only), None)
        if isinstance(message, EmailMessage):
            return message
    return None


def _headers(message: EmailMessage) -> dict[str, tuple[str, ...]]:
    headers: dict[str, tuple[str, ...]] = {}
    for name, source in list(message.raw_items())[:MOST_HEADERS]:
        # A header that no parser bears is told as it came.
        value = unfolded(str(source))
        value = cleaned(str(_attempt(partial(_DECODED, name, value), value)))
        key = cleaned(name).lower()
        headers[key] = (*headers.get(key, ()), value)
    return headers


def _sender(message: EmailMessage) -> str:
    """The address after `From`, read before the name is decoded: a comma in a name is none between addresses."""
    source = next((str(value) for name, value in message.raw_items() if name.lower() == "from"), "")
    return cleaned(_attempt(lambda: parseaddr(unfolded(source))[1], ""))


def _bodies(message: EmailMessage) -> tuple[str, str, list[Attachment]]:
    texts: list[str] = []
    html: list[str] = []
    attachments: list[Attachment] = []
    for part in _leaves(message):
        kind = _attempt(part.get_content_type, "application/octet-stream")
        if kind.startswith("multipart/"):
            # It says that it has parts, and nobody can find them: what stands there is read as it is.
            kind = "text/plain"
        name = cleaned(_attempt(part.get_filename, None) or "", 200)
        payload = _payload(part)
        if name or _attempt(part.is_attachment, False) or kind not in ("text/plain", "text/html"):
            attachments.append(Attachment(name, cleaned(kind, 200), len(payload)))
        else:
            (texts if kind == "text/plain" else html).append(_decoded(payload, part))
    return "\n".join(texts)[:LONGEST_TEXT], "\n".join(html)[:LONGEST_HTML], attachments


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something, in order. A mail inside a mail is one part, as it would be in a mailbox."""
    waiting = [message]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        inside = part.get_payload()
        if _attempt(part.get_content_maintype, "") == "multipart" and isinstance(inside, list):
            waiting.extend(each for each in reversed(inside) if isinstance(each, EmailMessage))
        else:
            yield part


def _payload(part: EmailMessage) -> bytes:
    held: object = part.get_payload()
    if isinstance(held, list):
        return b"".join(_attempt(each.as_bytes, b"") for each in held if isinstance(each, EmailMessage))
    decode: Callable[[], object] = partial(part.get_payload, decode=True)
    decoded = _attempt(decode, None)
    return decoded if isinstance(decoded, bytes) else str(held).encode("utf-8", "replace")


def _decoded(payload: bytes, part: EmailMessage) -> str:
    """The text in the charset that the part names; in UTF-8 where it names none, or one that nobody knows."""
    payload = payload[: 4 * LONGEST_TEXT]
    charset = _attempt(lambda: codecs.lookup(part.get_content_charset() or "utf-8").name.replace("_", "-"), "utf-8")
    charset = "utf-8" if charset in _NO_CHARSETS else charset
    for name, errors in (("utf-8" if charset == "ascii" else charset, "strict"), (charset, "replace")):
        try:
            return cleaned(payload.decode(name, errors), LONGEST_TEXT).replace("\r\n", "\n").replace("\r", "\n")
        except _HOSTILE:
            continue
    return cleaned(payload.decode("utf-8", "replace"), LONGEST_TEXT)


def _attempt(ask: Callable[[], T], otherwise: U) -> T | U:
    try:
        return ask()
    except _HOSTILE:
        return otherwise


def _instant(date: str) -> int | None:
    """The Date header in ms UTC; a date without a zone is UTC, as RFC 5322 reads `-0000`."""
    try:
        moment = parsedate_to_datetime(date)
        offset = moment.utcoffset()
        seconds = (moment.toordinal() - 719_163) * 86_400 + moment.hour * 3600 + moment.minute * 60 + moment.second
        return (seconds - (0 if offset is None else int(offset.total_seconds()))) * SECOND
    except _HOSTILE:
        return None
