"""Which rows of one human being the company has linked, and when: checks know who is who, systems do not."""

from __future__ import annotations

from simulator.checks.evidence import Evidence

LINKED = "Profiles Linked"


class Identity:
    """Answers, for the log of one run, whether two rows were known to be one person at an instant."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._is_known = getattr(evidence.scenario.organisation, "identity", "known") == "known"

    def parted(self, told: int, acting: int, at: int) -> tuple[str, str] | None:
        """The profiles of two rows of the log, if they are one person's and nobody had linked them by `at` (ms UTC)."""
        rows = self._evidence.log.rows
        one, other = rows[told].profile, rows[acting].profile
        same_person = rows[told].person == rows[acting].person
        if self._is_known or not same_person or not one or not other or other in self._linked_with(one, at):
            return None
        return one, other

    def _linked_with(self, profile: str, at: int) -> set[str]:
        """All profiles that were known by then to be the same person's, this one included."""
        rows = (self._evidence.log.rows[row] for row in self._evidence.named(LINKED))
        pairs = [(row.profile, str(row.data.get("other", ""))) for row in rows if row.time <= at]
        found, before = {profile}, set[str]()
        while found != before:
            before = set(found)
            for one, other in pairs:
                if one in found or other in found:
                    found |= {one, other}
        return found
