"""Plain words for what documents name: fields, events, systems, places in the world, moments and spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CHANNELS: Final = {
    "email": "e-mail", "sms": "text message", "push": "app notification", "letter": "letter", "phone": "telephone",
}  # fmt: skip
"""Channels as people call them."""
FIELDS: Final = {"birth_date": "Born on", "first_name": "First name", "shop": "Goes to", "name": "Name"}
"""Fields of a customer that have a common name."""
ZONES: Final = (
    "Europe/Lisbon", "Europe/London", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Berlin", "Europe/Warsaw",
    "Europe/Athens", "Europe/Helsinki", "Europe/Istanbul", "Africa/Cairo", "Africa/Lagos", "Asia/Dubai", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Pacific/Kiritimati",
    "Pacific/Honolulu", "America/Los_Angeles", "America/Chicago", "America/New_York", "America/St_Johns",
    "America/Sao_Paulo", "Atlantic/Azores",
)  # fmt: skip
"""Zones that are offered; any other IANA zone may be written."""
LANGUAGES: Final = {"en": "English", "fr": "French", "it": "Italian", "pl": "Polish", "de": "German", "es": "Spanish",
                    "ar": "Arabic", "he": "Hebrew", "pt": "Portuguese", "el": "Greek"}  # fmt: skip


def channel(name: str) -> str:
    """A channel."""
    return CHANNELS.get(name, name)


def city(zone: str) -> str:
    """A zone by its city: `Europe/Warsaw` is Warsaw."""
    return zone.rpartition("/")[2].replace("_", " ")


def field(name: str) -> str:
    """A field as a label: `has_motor` is "Has motor"."""
    return FIELDS.get(name, name.replace("_", " ").capitalize())


def event(name: str) -> str:
    """An event as a sentence begins with it: `Order Handed Over` is "Order handed over"."""
    return name[:1] + name[1:].lower()


def words(name: str) -> str:
    """An id as words: `customer-care` is "customer care"."""
    return name.replace("-", " ").replace("_", " ")


def known(values: Mapping[str, Any]) -> str:
    """The first few values of an act, to tell one from another of the same event."""
    shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in values.values()][:3]
    return f" ({', '.join(shown)})" if shown else ""


def fault(written: Mapping[str, Any]) -> str:
    """What a fault does, as a sentence without its end."""
    of, kind = str(written["of"]), str(written["fault"])
    what, _, name = of.partition(" ")
    subject = {
        "backend": "the automation",
        "link": f"the way from {name.replace(' to ', ' to ')}",
        "desk": f"{words(name)}",
        "channel": f"the channel {channel(name)}",
    }.get(what, of)
    does = {
        "down": "stands still" if what == "backend" else "is down",
        "late": "is late",
        "altered": f"changes {words(str(written.get('field', 'a value')))}",
        "lossy": "loses some of what passes",
        "restarted": "is restarted",
    }[kind]
    return f"{subject} {does}"


def duration(text: str) -> str:
    """A duration without its sign."""
    return text.strip().lstrip("+-").strip()
