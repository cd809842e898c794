"""What a visitor lets the person do: an act more in the story, of an event that people do here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.model.conditions import parse_pattern
from simulator.studio import phrases
from simulator.studio.controls import Control, checked
from simulator.studio.drafts import Draft, Plain, steps_of
from simulator.studio.person import field_control, shown, span
from simulator.studio.problems import Refused
from simulator.words.errors import did_you_mean
from simulator.words.vocabulary import INTERNAL, OF_AUTOMATION, PRIVATE

NEW_ACT: Final = "act.new"
"""The control that adds an act. It may be edited several times in one wish, once for each act."""
ALWAYS: Final = ("Message Opened", "Message Clicked", "Message Marked As Spam", "Consent Withdrawn", "Consent Given",
                 "Complaint Raised")  # fmt: skip
"""What people may do everywhere."""
OF_MESSAGES: Final = ("Message Opened", "Message Clicked", "Message Marked As Spam")
"""What is done with a message that has come."""
_NEVER: Final = (*INTERNAL, *OF_AUTOMATION, *PRIVATE, "Command Answered", "Profile Updated")
_NUMBERED: Final = "what-if"


def act_controls(draft: Draft) -> Iterator[Control]:
    """The control that adds an act."""
    events = [_event(draft, name) for name in possible(draft)]

    def write(value: Any) -> str:
        return _add(draft, value)

    yield Control(
        NEW_ACT, "world", f"{draft.called} does something more", "act", None, write, events=events, optional=True,
        hint="At an instant, or so long after a message has come.",
    )  # fmt: skip


def possible(draft: Draft) -> list[str]:
    """The events that a person can do here, by name: whatever is no answer of a desk or of the automation."""
    organisation = draft.organisation
    decisions = [rule for desk in organisation.get("desks", {}).values() for rule in desk.get("decides", {}).values()]
    answers = {name for rule in decisions for key in ("then", "else") for name in _listed(rule.get(key))}
    asked = [rule["when"] for rule in decisions if "when" in rule]
    for journey in draft.journeys.values():
        asked += [journey["trigger"]["event"]] if "event" in journey["trigger"] else []
        asked += [*_listed(journey.get("exit")), *_listed(journey.get("goal"))]
        asked += [step["wait_for"] for _, step in steps_of(journey) if "wait_for" in step]
    named = {parse_pattern(text).event for text in asked}
    done = {act["event"] for act in draft.story if act is not None}
    done |= {habit["event"] for person in draft.document["people"] for habit in person["habits"] if habit is not None}
    known = (named | done | set(organisation.get("events", {})) | set(ALWAYS)) - set(_NEVER)
    return sorted((known - (answers - done)) & set(draft.scenario.dictionary.events))


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _event(draft: Draft, name: str) -> Plain:
    """An event with the fields that may be said of it."""
    fields = []
    for field, value in _fields(draft, name).items():
        control = field_control(
            draft, field, "world", phrases.field(field), draft.kind_of(field), value, lambda _: "", optional=True
        )
        kept = ("label", "kind", "value", "choices")
        fields.append({"field": field} | {key: told for key, told in control.told().items() if key in kept})
    return {"event": name, "label": phrases.event(name), "fields": fields, "of_message": name in OF_MESSAGES}


def _fields(draft: Draft, name: str) -> dict[str, Any]:
    """The fields of an event, each with a usual value: as in the story, else the first choice, else None."""
    organisation = draft.organisation
    if name in OF_MESSAGES:
        return dict.fromkeys(("message", "message_id", "channel", "journey"))
    found: dict[str, Any] = dict.fromkeys(organisation.get("events", {}).get(name, {}).get("fields", {}))
    thing = organisation.get("objects", {}).get(name.partition(" ")[0].lower(), {})
    found.update(dict.fromkeys(thing.get("fields", {})))
    if name.startswith("Consent "):
        found["channel"] = next(iter(organisation.get("channels", {})), None)
    for act in draft.story:
        if act is not None and act["event"] == name:
            found.update(act.get("with", {}))
    keys = {other["key"] for other in organisation.get("objects", {}).values()}
    kept = {field: value for field, value in found.items() if field in draft.fields and field not in keys}
    for field, value in kept.items():
        kind = draft.kind_of(field)
        if value is None and kind.choices:
            kept[field] = kind.choices[0]
        kept[field] = shown(draft, kept[field], kind)
    return kept


def _add(draft: Draft, value: Any) -> str:
    if value is None:
        return f"{draft.called} does nothing more"
    if not isinstance(value, dict) or not {"event"} <= set(value) <= {"event", "at", "after", "with"}:
        raise Refused(200, "an act has an 'event', a time ('at', or 'after' a message), and perhaps 'with'.")
    event = value["event"]
    known = possible(draft)
    if not isinstance(event, str) or event not in known:
        raise Refused(200, f"'{str(event)[:80]}' is nothing that people do here{did_you_mean(str(event)[:80], known)}.")
    data = _data(draft, event, value.get("with") or {})
    act: Plain = {"who": draft.customer, "event": event}
    if event in OF_MESSAGES:
        act["in"] = _receipts(draft)
    act.update(_time(draft, event, value, data))
    if place := _place(draft, event):
        act["place"] = place
    if key := _key(draft, event):
        draft.added += 1
        data = {key: f"{_NUMBERED}-{draft.added}", **data}
    if data and "when" not in act:
        act["with"] = data
    draft.story.append(act)
    when = f"at {act['at']}" if "at" in act else f"{act['after']} after it came"
    return f"{draft.called}: {phrases.event(event).lower()} {when}"


def _data(draft: Draft, event: str, given: Any) -> Plain:
    if not isinstance(given, Mapping):
        raise Refused(200, "'with' holds fields and their values.")
    offered = _fields(draft, event)
    unknown = sorted(set(given) - set(offered))
    if unknown:
        raise Refused(
            200, f"{phrases.event(event)} has no '{unknown[0][:80]}'{did_you_mean(unknown[0][:80], offered)}."
        )
    data: Plain = {}
    for field, usual in offered.items():
        value = given.get(field, usual)
        if value is None:
            continue
        kind = draft.kind_of(field)
        control = field_control(draft, field, "world", phrases.field(field), kind, usual, lambda _: "")
        value = checked(control, value, draft.zone)
        if field == "message" and value not in draft.document["messages"]:
            raise Refused(200, f"there is no message '{value}'{did_you_mean(value, draft.document['messages'])}.")
        data[field] = f"{value:g} %" if kind.kind == "percent" else value
    return data


def _time(draft: Draft, event: str, value: Mapping[str, Any], data: Plain) -> Plain:
    """When it happens: at an instant; or, of a message, so long after it came."""
    if ("at" in value) == ("after" in value):
        raise Refused(200, "say when: 'at' an instant, or 'after' a message has come.")
    moment = value.get("at", value.get("after"))
    kind = "instant" if "at" in value else "duration"
    text = checked(Control("", "world", phrases.event(event), kind, None, lambda _: ""), moment, draft.zone)
    if kind == "instant":
        return {"at": text}
    if event not in OF_MESSAGES:
        raise Refused(200, f"{phrases.event(event)} happens 'at' an instant.")
    where = f" where message = {data['message']}" if "message" in data else ""
    return {"when": f"Message Received{where}", "after": span(text)}


def _receipts(draft: Draft) -> str:
    """The system in which receipts are born."""
    channels = draft.organisation.get("channels", {})
    told = [channel["system"] for channel in channels.values() if channel.get("system")]
    return told[0] if len(told) == len(channels) and told else str(draft.organisation["automation"])


def _place(draft: Draft, event: str) -> str:
    """Where it happens, if a desk at some place is there for it: the person's own place before any other."""
    places = []
    for desk in draft.organisation.get("desks", {}).values():
        asked = [rule["when"] for rule in desk.get("decides", {}).values() if "when" in rule]
        if desk.get("place") and event in {parse_pattern(text).event for text in asked}:
            places.append(str(desk["place"]))
    own = str(draft.person["fields"].get("shop", ""))
    return own if own in places else next(iter(places), "")


def _key(draft: Draft, event: str) -> str:
    """The key of the thing that an event brings into the world."""
    thing = draft.organisation.get("objects", {}).get(event.partition(" ")[0].lower(), {})
    key = str(thing.get("key", ""))
    return "" if key in ("", "person") or event in OF_MESSAGES else key
