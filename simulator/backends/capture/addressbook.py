"""Whose address a message went to: the profile rows that have, or once had, it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.vocabulary import Value

ADDRESSES: Final = ("email", "sms", "push", "letter", "phone")
"""The fields of `Profile Updated` that are addresses."""


def folded(address: str) -> str:
    """An address in the form in which two spellings of it are equal: case, punycode, and blanks in numbers."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not at:
        digits = re.sub(r"[ ().-]", "", domain)
        return digits if re.fullmatch(r"\+?\d+", digits) else " ".join(domain.casefold().split())
    domain = domain.casefold().rstrip(".")
    if "xn--" in domain:
        with suppress(UnicodeError):
            domain = domain.encode("ascii").decode("idna")
    return f"{local.casefold()}@{domain}"


class AddressBook:
    """The rows of a briefing, and what is heard of them later. An address that was given up still leads to its row."""

    def __init__(self, briefing: Briefing) -> None:
        self._keys = frozenset(kind.key for kind in briefing.dictionary.objects.values() if kind.key != "person")
        self._fields = {profile.id: dict(profile.fields) for profile in briefing.profiles}
        self._rows: dict[str, dict[str, str]] = {}
        self._owners: dict[tuple[str, Value], str] = {}
        for profile in briefing.profiles:
            for address in profile.addresses.values():
                self._add(profile.id, address)

    def hear(self, event: Event) -> None:
        """Learn what an event tells: an address or field of a row, and whose order or appointment something is."""
        if not event.profile:
            return
        fields = self._fields.setdefault(event.profile, {})
        for key in sorted(self._keys & event.data.keys()):
            self._owners.setdefault((key, event.data[key]), event.profile)
        if event.name == "Profile Updated":
            fields.update(event.data)
            for channel in ADDRESSES:
                if channel in event.data:
                    self._add(event.profile, str(event.data[channel]))

    def spelled(self, address: str) -> str:
        """The address as the rows have it, where one does."""
        rows = self._rows.get(folded(address), {})
        return address if not rows or address in rows.values() else rows[min(rows)]

    def row(self, address: str, values: Mapping[str, Value]) -> str:
        """The row a message went to; empty if nobody is known there.

        It is the row that the message names, else the one whose order (or other object) it speaks of, else of those
        with this address the one whose fields agree best with what it says, then the first by id.
        """
        named = str(values.get("profile", ""))
        if named in self._fields:
            return named
        rows = sorted(self._rows.get(folded(address), {}))
        owners = (self._owners.get((key, values[key])) for key in sorted(self._keys & values.keys()))
        for owner in owners:
            if owner is not None and owner in rows:
                return owner
        return max(rows, key=lambda row: self._agreement(row, values), default="")

    def _agreement(self, row: str, values: Mapping[str, Value]) -> int:
        return sum(1 for name, value in self._fields[row].items() if values.get(name) == value)

    def _add(self, row: str, address: str) -> None:
        self._rows.setdefault(folded(address), {})[row] = address
