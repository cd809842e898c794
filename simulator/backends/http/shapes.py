"""What the messages of the contract look like, as JSON Schemas (draft 2020-12), with a meaning for every member.

Both sides pass over members that they do not know, except in `Capabilities`, where a typo would weaken a verdict.
"""

from __future__ import annotations

from typing import Any, Final

from simulator.backends.protocol import CLOCKS
from simulator.model.wire import FORMAT
from simulator.words.vocabulary import KINDS

Schema = dict[str, Any]

EVENT_ID: Final = r"^/(0|[1-9][0-9]{0,14})$"
"""How the harness names an event; an event that is told again has the same id."""
INSTANT: Final = (
    r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""An instant: RFC 3339, of the years 1900 to 2199."""


def reference(name: str) -> Schema:
    """A reference to one of the schemas below."""
    return {"$ref": f"#/components/schemas/{name}"}


def _text(said: str, **more: Any) -> Schema:
    return {"type": "string", "description": said, **more}


def _object(said: str, required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    return {
        "type": "object",
        "description": said,
        "properties": {**required, **(optional or {})},
        "required": list(required),
        **more,
    }


def _list(said: str, items: Schema, **more: Any) -> Schema:
    return {"type": "array", "description": said, "items": items, **more}


def _by(said: str, values: Schema) -> Schema:
    return {"type": "object", "description": said, "additionalProperties": values}


def _document(said: str, *types: str) -> Schema:
    """A part of the briefing as its author wrote it; `journeyproof schema` writes what may stand in it."""
    return {"type": ["object", *types] if types else "object", "description": said}


def _instant(said: str) -> Schema:
    return {"allOf": [reference("Instant")], "description": said}


def _perhaps_instant(said: str) -> Schema:
    return {"anyOf": [reference("Instant"), {"type": "null"}], "description": said}


_WAKEUP: Final = _perhaps_instant(
    "Your earliest timer, or null: you have none, or (clock stepped or blackbox) cannot tell. A cooperative backend"
    " that has heard something it has not acted on answers the present instant."
)
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 200}


def schemas() -> dict[str, Schema]:
    """Every schema by its name, as it stands under `components/schemas`."""
    return {**_values(), **_events(), **_briefing(), **_messages(), "Problem": _problem()}


def _values() -> dict[str, Schema]:
    return {
        "Instant": _text(
            "An instant in virtual time: RFC 3339 with an offset, of the years 1900 to 2199. The harness writes"
            " milliseconds and Z; below a millisecond is cut off. The real clock has no part in a run.",
            format="date-time",
            pattern=INSTANT,
            examples=["2025-11-14T07:07:00.000Z"],
        ),
        "Data": _by(
            "The fields of an event by name; the briefing's `fields` give their types. Money is text (149 EUR), an"
            " instant RFC 3339, a date 2025-11-14, a percentage a number (30.0). A field that is null is not known.",
            {"type": ["string", "number", "boolean", "null"]},
        ),
        "SessionId": _text(
            "One run of the backend, from open to close. You choose it.", pattern="^[A-Za-z0-9._~-]{1,100}$"
        ),
        "Capabilities": _object(
            "What a backend declares of itself. A scenario that needs a feature it does not name is unsupported, and"
            " is not run.",
            {
                "name": {**_NAME, "description": "What reports call the backend."},
                "clock": {
                    "enum": list(CLOCKS),
                    "description": "cooperative: `next_wakeup` tells the earliest timer. stepped: it is ticked every"
                    " `granularity_ms`. blackbox: the same, for a program whose clock is held from outside.",
                },
            },
            {
                "granularity_ms": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "How many milliseconds late it may act without being wrong.",
                },
                "deterministic": {
                    "type": "boolean",
                    "description": "The same briefing, seed and events give the same answers, always.",
                },
                "independent_customers": {
                    "type": "boolean",
                    "description": "Customers who share nothing may be run in sessions of their own, several at once.",
                },
                "restart": {"type": "boolean", "description": "Its state survives the end of its process."},
                "features": _list(
                    "The words of a briefing that it can express: trigger.event, trigger.anniversary, trigger.date,"
                    " trigger.segment, step.send, step.wait, step.wait_until, step.wait_for, step.command, step.split,"
                    " step.goal, step.exit, policy.consent, policy.caps, policy.quiet_hours, policy.suppress,"
                    " policy.coherence, policy.require, policy.plan_windows, coupons, holdout.",
                    _NAME,
                ),
            },
            additionalProperties=False,
        ),
    }


def _events() -> dict[str, Schema]:
    common = {
        "datacontenttype": {"const": "application/json"},
        "system": _text("The system in which it was born, or in which it arrived."),
        "profile": _text("The row of a profile that it speaks of. No human being is ever named."),
    }
    told = {
        "specversion": {"const": "1.0"},
        "type": {**_NAME, "description": "The event's name, such as Order Completed or Message Sent."},
    }
    return {
        "HeardEvent": _object(
            "A fact or a receipt that has reached your system: a CloudEvent 1.0.",
            {
                **told,
                "id": _text("Its name. One that you have been told before is a retry: pass it over.", pattern=EVENT_ID),
                "source": _text("Who says so.", minLength=1),
                "time": _instant("When it reached you, never before the last step."),
                "data": reference("Data"),
            },
            common,
        ),
        "ToldEvent": _object(
            "Something that you did: a CloudEvent 1.0. What only names it (specversion, id, source) may be left out."
            " A message that you hand over is Message Sent, with message, message_id, channel, purpose, journey, line,"
            " address and unresolved in its data, and each of the message's `names` that you know.",
            {
                "type": told["type"],
                "time": _instant("Your own stamp: not before the previous step's instant, and not after `to`."),
                "data": reference("Data"),
            },
            {
                "profile": _text(
                    "The row of the profile that it concerns. Only a message caught by a sink, of nobody that is"
                    " known, may be without."
                ),
                "specversion": told["specversion"],
                "id": _text("A name of your own."),
                "source": _text("Who says so."),
                "causeid": _text("The id of the event that you were told and that led to it."),
                "datacontenttype": common["datacontenttype"],
                "system": common["system"],
            },
        ),
    }


def _briefing() -> dict[str, Schema]:
    row: Schema = {
        "id": {**_NAME, "description": "The row's id, which events carry as `profile`."},
        "system": _text("The system whose row it is."),
        "zone": _text("The IANA time zone of the customer, such as Europe/Rome.", minLength=1),
        "country": _text("ISO 3166 code of the customer's country."),
        "addresses": _by("The address by channel: email, sms, push, letter, phone.", {"type": "string"}),
        "consents": _list("The channels for which the row holds a consent.", {"type": "string"}),
        "fields": reference("Data"),
    }
    native = {
        "file": _text("The file's name."),
        "text": _text("What stands in it."),
        "tell": _document("How the engine is told of events."),
        "recognise": _list("How its messages are recognised.", {"type": "object"}),
        "settings": _document("Whatever else its adapter takes."),
    }
    told: Schema = {
        "format": {"const": FORMAT, "description": "The form of this briefing."},
        "system": _text("The system in which you sit; you hear what reaches it.", minLength=1),
        "zone": _text("The organisation's IANA time zone.", minLength=1),
        "country": {"type": ["string", "null"], "description": "Whose holidays count; null: nobody's."},
        "seed": {
            "type": "integer", "minimum": 0, "maximum": 2**63 - 1, "description": "What your chance is drawn from.",
        },
        "end": _instant("The horizon: after it nobody enters a journey."),
        "organisation": _document("Systems, objects, channels, places and segments that you may know of."),
        "journeys": _by("The journeys by id, as their authors wrote them.", {"type": "object"}),
        "policy": _document("The rules of contact.", "null"),
        "plan": _document("The campaign plan of the period.", "null"),
        "messages": _by("The messages by id: subject, text, and the names that they use.", {"type": "object"}),
        "lines": _by(
            "Where things were written, as file:line: by journeys/ID for a journey, journeys/ID/steps/0 for a step. An"
            " event of a step carries its line, and a refusal names it.",
            {"type": "string"},
        ),
        "span": _document("What the scenario is called, when it starts, and how long it lasts."),
        "fields": _by("The type of each field that events carry.", reference("FieldType")),
        "profiles": _list("The rows that you know from the start.", reference("Profile")),
        "linked": _list(
            "Groups of rows known from the start to be one human being.", _list("Row ids.", {"type": "string"})
        ),
        "native": _by("Definitions of an engine's own, by backend, in place of the journeys.", reference("Native")),
    }  # fmt: skip
    return {
        "FieldType": _object(
            "What a field may hold.",
            {
                "type": {"enum": list(KINDS)},
                "choices": _list("The words that a choice may be.", {"type": "string"}),
            },
        ),
        "Profile": _object("A row of one system. Who the human being behind it is, nobody tells you.", row),
        "Native": _object("A definition in an engine's own format.", native),
        "Briefing": _object("All that an automation is told before the run, and nothing else.", told),
    }


def _messages() -> dict[str, Schema]:
    step = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    return {
        "Open": _object(
            "Begin a run.",
            {
                "briefing": reference("Briefing"),
                "start": _instant("The first instant of the run: the clock of the session stands there."),
            },
        ),
        "Opened": _object(
            "A run has begun.",
            {"session": reference("SessionId"), "next_wakeup": _WAKEUP},
            {
                "definition": _text(
                    "What you run, for the log: 'compiled' if you turned the journeys into a definition of your"
                    " engine's own, 'native FILE' if you took the one that the briefing names. Leave it out otherwise."
                )
            },
        ),
        "Events": _object(
            "What has reached your system.", {"events": _list("The events, in order.", reference("HeardEvent"))}
        ),
        "Heard": _object("The events are known; you act on them in the next step.", {"next_wakeup": _WAKEUP}),
        "Advance": _object(
            "Do everything that is due, and answer when you are done.",
            {
                "to": _instant("How far the clock goes: up to and including this instant, never back."),
                "step": {**step, "description": "Which step it is: a new one has a higher number than the last."},
            },
        ),
        "Advanced": _object(
            "What you did in this step.",
            {
                "now": _instant("Where your clock stands: at `to`."),
                "next_wakeup": _WAKEUP,
                "events": _list("What you did, in order.", reference("ToldEvent")),
            },
        ),
        "Clock": _object(
            "Where the session stands.",
            {
                "now": _instant("The instant of the last step, or of the start."),
                "step": {**step, "minimum": 0, "description": "The number of the last step; 0 before the first."},
                "next_wakeup": _WAKEUP,
            },
        ),
    }


def _problem() -> Schema:
    refusal = _object(
        "One thing that you cannot express.",
        {"line": _text("file:line, of the briefing's `lines`; may be empty."), "sentence": _text("What, and why.")},
    )
    error = _object(
        "One value that is wrong.",
        {"pointer": _text("Where it stands in the request, as a JSON Pointer."), "detail": _text("What is wrong.")},
    )
    return _object(
        "Why a request was not carried out (RFC 9457).",
        {
            "type": _text("The kind of problem, as a URI."),
            "title": _text("The kind of problem, in words."),
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _text("What is wrong here, and what to do."),
        },
        {
            "errors": _list("422: the values that are wrong.", error),
            "refusals": _list("422: the steps, rules and messages that the backend cannot express.", refusal),
            "now": _instant("409: where the clock stands."),
            "step": {"type": "integer", "description": "409: the number of the last step."},
        },
    )
