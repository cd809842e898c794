"""The profile rows as a program's own database holds them: what it is told of a customer comes from here."""

from __future__ import annotations

from typing import Any

from simulator.model.briefing import Briefing, Profile
from simulator.model.jsonl import rfc3339, written
from simulator.model.log import Event

CHANNELS = ("email", "sms", "push", "letter", "phone")
"""The channels that a row may hold an address for."""
OF_EVENT = ("event", "id", "time", "profile", "system", "cause", "data", "row")
"""What a template may say of any event, beside its fields. `data` are all its fields, `row` all that the row holds."""
OF_ROW = ("address", "consent", "customer")
"""What a template may say of the row: `address.email`, `consent.email`, `customer.first_name`."""


class Rows:
    """What is known of each row: `learn` takes in an event, `told` is what a template may say of it."""

    def __init__(self, briefing: Briefing) -> None:
        self._fields = briefing.dictionary.fields
        objects = briefing.dictionary.objects
        self.customer = frozenset(objects["customer"].fields) if "customer" in objects else frozenset()
        self._rows = {profile.id: self._row(profile) for profile in briefing.profiles}

    def learn(self, event: Event) -> None:
        """Take in what an event says of a row's addresses, fields and consents."""
        row = self._rows.setdefault(event.profile, _row(event.system))
        plain = written(event.data, self._fields)
        if event.name == "Profile Updated":
            row["address"].update({name: plain[name] for name in CHANNELS if name in plain})
            row["customer"].update({name: value for name, value in plain.items() if name in self.customer})
            row["zone"] = plain.get("zone", row["zone"])
        elif event.name in ("Consent Given", "Consent Withdrawn"):
            channels = [str(event.data["channel"])] if "channel" in event.data else CHANNELS
            row["consent"].update(dict.fromkeys(channels, event.name == "Consent Given"))

    def told(self, event: Event) -> dict[str, Any]:
        """Everything a template may name, as plain JSON data; what is not known is not there."""
        data = written(event.data, self._fields)
        of_event = {
            "event": event.name,
            "id": event.id,
            "time": rfc3339(event.time),
            "profile": event.profile,
            "system": event.system,
            "cause": event.cause,
            "data": data,
        }
        return {**data, **self._of_row(event.profile), **of_event}

    def profile(self, profile: Profile, start: int) -> dict[str, Any]:
        """What a template may say of a row at the start, when nothing has happened yet."""
        of_event = {"id": profile.id, "time": rfc3339(start), "profile": profile.id, "system": profile.system}
        return {**self._of_row(profile.id), **of_event}

    def _of_row(self, id: str) -> dict[str, Any]:
        row = self._rows[id]
        named = {f"{part}.{name}": value for part in OF_ROW for name, value in row[part].items()}
        return {**named, "row": row}

    def _row(self, profile: Profile) -> dict[str, Any]:
        row = _row(profile.system)
        row["zone"] = profile.zone
        row["address"].update(profile.addresses)
        row["consent"].update({name: name in profile.consents for name in CHANNELS})
        row["customer"].update(written(profile.fields, self._fields))
        return row


def _row(system: str) -> dict[str, Any]:
    return {"system": system, "zone": "", "address": {}, "consent": {}, "customer": {}}
