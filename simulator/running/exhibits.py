"""Exhibits: whole stories, every event and every message as it was read, of some customers or of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.model.log import Event, EventLog
from simulator.model.mailbox import read
from simulator.model.results import Verdict
from simulator.model.scenarios import Scenario
from simulator.running.naming import Naming
from simulator.running.stories import not_sent, traits
from simulator.running.wording import Wording

EVERYBODY = 5_000
"""Up to so many events in a run everybody's story is shown."""
SAMPLE = 20
"""Of a larger run: at most so many customers for violations, so many more for paths of their own, and protagonists."""

_DECISIONS = frozenset({
    "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached", "Split Taken", "Message Sent",
    "Message Withheld", "Message Bounced", "Complaint Raised", "Consent Withdrawn", "Customer Lost",
})  # fmt: skip
_TEXT_ALONE = ("sms", "push")
"""Channels that carry no page: of a message that has one, only its text is read there."""
_OF_A_PAGE = frozenset({"html", "layout", "preheader", "links"})
_RECEIPTS = {
    "Message Delivered": "delivered", "Message Received": "received", "Message Opened": "opened",
    "Message Clicked": "clicked", "Message Bounced": "bounced", "Message Marked As Spam": "marked_as_spam",
}  # fmt: skip


def exhibits(scenario: Scenario, log: EventLog, verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """The stories of everybody, or of a sample that is marked so."""
    stories: dict[str, list[Event]] = {person: [] for person in scenario.people}
    for event in log:
        if event.person:
            stories.setdefault(event.person, []).append(event)
    sampled = len(log) > EVERYBODY
    reasons = _sample(scenario, stories, verdicts) if sampled else dict.fromkeys(stories, "everybody is shown")
    naming = Naming(scenario)
    wording = naming.wording
    return [
        {
            "customer": person,
            "name": scenario.people[person].name if person in scenario.people else person,
            "zone": wording.zone_of(person).name,
            "why_shown": reason,
            "sampled": sampled,
            "events": [told(event, wording) for event in stories[person]],
            "messages": list(_messages(scenario, stories[person], wording)),
            "traits": traits(naming, person),
            "not_sent": not_sent(naming, stories[person]),
        }
        for person, reason in reasons.items()
    ]


def of_organisation(scenario: Scenario, log: EventLog) -> list[dict[str, Any]]:
    """The events that concern nobody in particular: faults that began and ended."""
    wording = Wording(scenario)
    return [told(event, wording) for event in log if not event.person]


def told(event: Event, wording: Wording) -> dict[str, Any]:
    """One event as a result holds it; what it does not say is left out."""
    entry: dict[str, Any] = {"id": event.id, "time": wording.moment(event.time, event.person), "name": event.name}
    others = {"profile": event.profile, "system": event.system, "cause": event.cause}
    entry.update((key, value) for key, value in others.items() if value)
    entry["data"] = wording.data(event)
    return entry


def _sample(scenario: Scenario, stories: Mapping[str, list[Event]], verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Whose stories are shown, and why."""
    shown = {id: "a protagonist" for id, person in scenario.people.items() if person.crowd is None and id in stories}
    shown = dict(list(shown.items())[:SAMPLE])
    blamed = _blamed(verdicts)
    for person, check in list(blamed.items())[:SAMPLE]:
        if person in stories:
            shown.setdefault(person, f"violates {check}")
    paths: set[tuple[Any, ...]] = {path_of(stories[person]) for person in shown}
    alone = 0
    for person, story in stories.items():
        path = path_of(story)
        if path not in paths and alone < SAMPLE:
            paths.add(path)
            alone += 1
            shown.setdefault(person, "a path of their own")
    return shown


def _blamed(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Customers with a violation and the first check they violate: a customer of each check in turn."""
    queues = [(verdict.name, [item.customer for item in verdict.violations if item.customer]) for verdict in verdicts]
    longest = max((len(queue) for _, queue in queues), default=0)
    found: dict[str, str] = {}
    for place in range(longest):
        if len(found) >= SAMPLE:
            break
        for name, queue in queues:
            if place < len(queue):
                found.setdefault(queue[place], name)
    return found


def path_of(story: Sequence[Event]) -> tuple[Any, ...]:
    """What was decided for somebody, without when and how often: two customers with one path show the same."""
    found = set()
    for event in story:
        if event.name in _DECISIONS:
            journey = str(event.data.get("journey", "")).partition(":")[0]
            why = str(event.data.get("reason", event.data.get("branch", ""))).partition(" ")[0]
            found.add((event.name, journey, why))
    return tuple(sorted(found))


def _messages(scenario: Scenario, story: Sequence[Event], wording: Wording) -> Iterator[dict[str, Any]]:
    """Each message that went out, as it was read, and what became of it."""
    receipts: dict[Any, dict[str, Any]] = {}
    for event in story:
        if event.name in _RECEIPTS and "message_id" in event.data:
            noted = receipts.setdefault(event.data["message_id"], {})
            noted.setdefault(_RECEIPTS[event.name], wording.moment(event.time, event.person))
            noted.update({key: event.data[key] for key in ("folder",) if key in event.data})
    for event in story:
        if event.name == "Message Sent":
            yield {**_rendered(scenario, event, wording), **receipts.get(event.data.get("message_id"), {})}


def _rendered(scenario: Scenario, sent: Event, wording: Wording) -> dict[str, Any]:
    values = wording.spoken(sent)
    template = scenario.briefing.messages.get(str(sent.data.get("message", "")))
    entry: dict[str, Any] = {"event": sent.id, "sent": wording.moment(sent.time, sent.person)}
    kept = ("message", "message_id", "channel", "purpose", "journey", "campaign", "address", "line")
    entry.update({name: values[name] for name in kept if name in values})
    if template is not None:
        zone, layouts = wording.zone_of(sent.person), scenario.briefing.layouts
        shown = read(template, sent.data, fields=wording.fields, zone=zone, layouts=layouts)
        bare = _OF_A_PAGE if sent.data.get("channel") in _TEXT_ALONE else frozenset()
        entry |= {key: value for key, value in shown.items() if key not in bare}
    return entry
