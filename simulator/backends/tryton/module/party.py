"""Parties: each profile row is one."""

from __future__ import annotations

from typing import Any

from trytond.model import fields

from simulator.backends.tryton.module.extending import Extension
from simulator.backends.tryton.module.told import known_of


class Party(Extension):  # type: ignore[misc]  # trytond brings no types
    """A party keeps its zone, its consent to e-mail, what is known of it, and the facts that speak of it."""

    __name__ = "party.party"

    marketing_row = fields.Text("Profile Row", strip=False)
    marketing_zone = fields.Char("Marketing Zone", help="The IANA name of the zone in which the customer lives.")
    email_consent = fields.Boolean("Consent to E-mail")
    values = fields.One2Many("journeyproof.value", "party", "Values")
    facts = fields.One2Many("journeyproof.fact", "party", "Facts")
    told = fields.Function(fields.Dict(None, "Told"), "get_told")

    @property
    def party(self) -> Any:
        """Itself: what all models that scenarios are about answer."""
        return self

    def get_told(self, name: str) -> dict[str, Any]:
        """What is known by now."""
        return self.values_by_name()

    def values_by_name(self) -> dict[str, Any]:
        """What is known by now; see `known_of`."""
        return known_of(self, {})

    def object_keys(self) -> dict[str, str]:
        """A party carries no object's key."""
        return {}
