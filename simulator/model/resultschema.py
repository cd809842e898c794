"""The form of the result file, published as a JSON Schema (draft 2020-12).

`docs/result.schema.json` is this schema as a file. A reader of version 1 may rely on everything that is required here;
keys may be added without a new version, and none is taken away.
"""

from __future__ import annotations

from typing import Any

from simulator.model.results import OUTCOMES

FORMAT, VERSION = "journeyproof-result", 1
"""What a result file says of itself."""

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_OBJECT: Schema = {"type": "object"}
_DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_MOMENT: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?[+-]\d\d:\d\d(:\d\d)?$",
    "description": "ISO 8601 with the offset of the clock of the person it concerns",
}
_PERHAPS_MOMENT: Schema = {"anyOf": [_MOMENT, {"type": "null"}]}
_OUTCOME: Schema = {"enum": list(OUTCOMES)}
_PERHAPS_MS: Schema = {"type": ["integer", "null"]}


def _object(said: str, required: Schema, optional: Schema | None = None) -> Schema:
    """An object of these keys; others may be added by later versions of the program."""
    return {
        "type": "object",
        "description": said,
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by_name(values: Schema, said: str) -> Schema:
    return {"type": "object", "description": said, "additionalProperties": values}


def _pair(first: Schema, second: Schema) -> Schema:
    return {"type": "array", "prefixItems": [first, second], "minItems": 2, "maxItems": 2}


def _expected() -> Schema:
    cases = {"anyOf": [{"const": "everyone"}, _list(_TEXT)]}
    bounds = _pair(_NUMBER, {"type": ["number", "null"]})
    return _object(
        "what the variant declares of a check",
        {"outcome": _OUTCOME},
        {
            "cases": {**cases, "description": "the customers for whom it is violated, and nobody else"},
            "at": _list(_MOMENT),
            "late_ms": _COUNT,
            "times": _COUNT,
            "count": {**bounds, "description": "so many violations, from and to; null: no upper bound"},
            "share": {**bounds, "description": "so many percent of the activations, from and to"},
            "unaware": _TEXT,
            "expected": _TEXT,
            "found": _TEXT,
        },
    )


def _violation() -> Schema:
    return _object(
        "one way in which a rule was broken",
        {
            "case": {**_TEXT, "description": "the correlation key"},
            "customer": {**_TEXT, "description": "the human being; empty for nobody in particular"},
            "onset": {**_MOMENT, "description": "from when on the rule was broken"},
            "margin_ms": {**_PERHAPS_MS, "description": "ms to spare; negative: late by; null: not a matter of time"},
            "true_since": {**_PERHAPS_MOMENT, "description": "when the deciding fact became true"},
            "known_since": {**_PERHAPS_MOMENT, "description": "when it reached the acting system; null: not by then"},
            "actor": {**_PERHAPS_TEXT, "description": "the system that acted, or failed to"},
            "silo": {**_PERHAPS_TEXT, "description": "the link or gap between systems where it stopped"},
            "sentence": {**_TEXT, "description": "why, in plain words"},
            "witnesses": {**_list(_TEXT), "description": "ids of events"},
        },
        {"activation": _PERHAPS_TEXT, "expected": _PERHAPS_TEXT, "found": _PERHAPS_TEXT},
    )


def _check() -> Schema:
    diagnosis = _object("why it was late, told from its own margins", {"kind": _TEXT, "why": _TEXT})
    margins = _object("how the spare times (ms) of judged activations are spread", {"count": _COUNT})
    return _object(
        "what one check says",
        {
            "name": _TEXT,
            "template": _TEXT,
            "rule": {**_TEXT, "description": "the rule in the words of its author"},
            "place": {**_TEXT, "description": "file:line of the check"},
            "outcome": _OUTCOME,
            "reason": {**_TEXT, "description": "one sentence for anything but 'satisfied'"},
            "activations": _COUNT,
            "pending": {**_COUNT, "description": "obligations still open when the run ended"},
            "not_judged": {**_COUNT, "description": "events whose data was unknown"},
            "violations_in_all": _COUNT,
            "violations": {**_list(_violation()), "description": "the first of them, in order of time"},
            "margins": {"anyOf": [margins, {"type": "null"}]},
            "figures": {**_OBJECT, "description": "what the template measured"},
            "diagnosis": {"anyOf": [diagnosis, {"type": "null"}]},
        },
        {"curve": {"anyOf": [_curve(), {"type": "null"}]}},
    )


def _curve() -> Schema:
    ms = {"type": "integer"}
    point = _pair({**ms, "description": "margin"}, {**_NUMBER, "description": "share of the cases with it or less"})
    return _object(
        "how spare times are spread: the margin is what was to spare, negative: late by",
        {
            "threshold_ms": {**_PERHAPS_MS, "description": "the margin from which on it is in time; null: not one"},
            "count": _COUNT,
            "points": {**_list(point), "maxItems": 200, "description": "rising"},
            "quantiles": _object("so many of a hundred have this margin at least", dict.fromkeys(_SHARES, ms)),
        },
    )


_SHARES = ("p50", "p90", "p99")


def _journey() -> Schema:
    visits = {"visits": {**_COUNT, "description": "how many entries are known to have got there"}}
    taken = {"taken": {**_COUNT, "description": "how many are known to have gone this way"}}
    node = _object("a step", {"node": _COUNT, "kind": _TEXT, "label": _TEXT, "place": _TEXT}, visits)
    edge = _object("what follows; -1 is the end", {"from": _COUNT, "to": {"type": "integer"}, "label": _TEXT}, taken)
    share = _pair({**_COUNT, "description": "taken"}, {**_COUNT, "description": "of all"})
    coverage = _object("what this run has taken", dict.fromkeys(("nodes", "edges", "arms"), share))
    return _object(
        "a journey as a graph",
        {
            "journey": _TEXT,
            "title": _TEXT,
            "purpose": _TEXT,
            "campaign": _PERHAPS_TEXT,
            "place": {**_TEXT, "description": "file:line"},
            "trigger": _TEXT,
            "nodes": _list(node),
            "edges": _list(edge),
        },
        {"entered": _COUNT, "coverage": coverage},
    )


def _calendar() -> Schema:
    change = _object("a clock change", {"zone": _TEXT, "at": _MOMENT, "from": _TEXT, "to": _TEXT})
    holiday = _object("a public holiday", {"country": _TEXT, "day": _DATE})
    return _object(
        "what the calendar did while the run lasted, wherever its people and places are",
        {
            "zone": _TEXT,
            "country": _PERHAPS_TEXT,
            "leap_day": {"enum": ["28 February", "1 March"]},
            "clock_changes": _list(change),
            "holidays": _list(holiday),
        },
    )


def _event() -> Schema:
    return _object(
        "one event",
        {"id": _TEXT, "time": _MOMENT, "name": _TEXT, "data": _OBJECT},
        {"profile": _TEXT, "system": _TEXT, "cause": {**_TEXT, "description": "the id of the event that led to it"}},
    )


def _exhibit() -> Schema:
    receipts = dict.fromkeys(("delivered", "received", "opened", "clicked", "bounced", "marked_as_spam"), _MOMENT)
    words = ("message", "message_id", "channel", "purpose", "journey", "campaign", "address", "line", "folder")
    message = _object(
        "a message as it was read, and what became of it",
        {"event": _TEXT, "sent": _MOMENT},
        {**dict.fromkeys((*words, "subject", "text", "html"), _TEXT), **receipts, **_as_read()},
    )
    return _object(
        "the whole story of one customer",
        {
            "customer": _TEXT,
            "name": _TEXT,
            "zone": _TEXT,
            "why_shown": _TEXT,
            "sampled": {**_FLAG, "description": "whether others have stories that are not shown"},
            "events": _list(_event()),
            "messages": _list(message),
        },
        {"traits": _list(_trait()), "not_sent": _list(_unsent())},
    )


def _as_read() -> Schema:
    """What else is known of a message that has a document."""
    words = dict.fromkeys(("title", "lang", "preheader", "layout"), _TEXT)
    gloss = _object("the message in English", {}, {"subject": _TEXT, "text": _TEXT})
    link = _object("a link in it", {"text": _TEXT, "url": _TEXT})
    lint = {**_list(_TEXT), "description": "what a careful reader would mend, a sentence each"}
    return {**words, "dir": {"enum": ["ltr", "rtl"]}, "gloss": gloss, "links": _list(link), "lint": lint}


def _trait() -> Schema:
    return _object("what is known of somebody", {"trait": _TEXT, "label": _TEXT, "value": _TEXT})


def _unsent() -> Schema:
    kinds = {"enum": ["withheld", "not entered", "exited", "bounced", "lost", "refused"]}
    maybe = dict.fromkeys(("message", "subject", "channel", "journey"), _PERHAPS_TEXT)
    return _object(
        "what did not go out or did not arrive, and why",
        {
            "event": _TEXT,
            "time": _MOMENT,
            "kind": kinds,
            **maybe,
            "reason": {**_TEXT, "description": "as the event has it"},
            "sentence": {**_TEXT, "description": "the reason, and what happens then, in plain words"},
            "until": _PERHAPS_MOMENT,
            "line": {**_PERHAPS_TEXT, "description": "file:line of the rule that objected, else of the step"},
        },
    )


def _results() -> Schema:
    counted = (
        "entered", "not_entered", "sent", "received", "opened", "clicked", "bounced", "marked_as_spam", "redemptions",
        "churn", "complaints", "consents_lost", "goals",
    )  # fmt: skip
    reasons = _by_name(_COUNT, "how many, by reason")
    figures = {**dict.fromkeys(counted, _COUNT), "withheld": reasons, "exited": reasons, "revenue": _PERHAPS_TEXT}
    return _by_name(_object("the figures of one journey", figures), "figures by journey; '(no journey)' is the rest")


def _headline() -> Schema:
    tone = {"enum": ["good", "bad", "unclear"]}
    return _object("the verdict in one or two plain sentences", {"sentence": _TEXT, "tone": tone})


def _cause() -> Schema:
    first = _object("the one to look at", {"check": _TEXT, "violation": _COUNT, "customer": _TEXT})
    return _object(
        "violations with one root",
        {
            "cause": {**_TEXT, "description": "an id"},
            "title": _TEXT,
            "sentence": _TEXT,
            "checks": _list(_TEXT),
            "customers": _COUNT,
            "violations": _COUNT,
            "first": first,
            "silo": {**_PERHAPS_TEXT, "description": "the link or gap between systems where a fact stopped"},
            "declared": {**_FLAG, "description": "whether the variant declares all of its checks to be violated"},
        },
    )


def _shading() -> Schema:
    clock = {"type": "string", "pattern": r"^\d\d:\d\d$"}
    channels = {"anyOf": [_list(_TEXT), {"type": "null"}], "description": "null: all of them"}
    quiet = _object("quiet hours", {"from": clock, "until": clock, "channels": channels, "line": _PERHAPS_TEXT})
    said = "local times of whoever is looked at"
    return _object(said, {"night": _pair(clock, clock), "quiet_hours": _list(quiet)})


def _capabilities() -> Schema:
    return _object(
        "what the backend declares of itself",
        {
            "clock": _TEXT,
            "granularity_ms": _COUNT,
            "deterministic": _FLAG,
            "independent_customers": _FLAG,
            "restart": _FLAG,
            "features": _list(_TEXT),
        },
    )


def _particulars() -> Schema:
    """Keys of an entry that only some backends have."""
    refusal = _object("what the backend cannot express", {"line": _TEXT, "sentence": _TEXT})
    return {
        "granularity_ms": {**_COUNT, "description": "how exactly the backend kept time, where that is not to the ms"},
        "definition": {**_TEXT, "description": "what a real engine ran: 'compiled', or 'native FILE'"},
        "refusals": _list(refusal),
    }


def _for_readers() -> Schema:
    """What reports show beside the figures, in words and texts."""
    return {
        "headline": _headline(),
        "causes": {**_list(_cause()), "description": "gravest first"},
        "shading": _shading(),
        "sources": _by_name(
            _TEXT, "the documents that are cited, by file; absent for a scenario that a result brought"
        ),
        "layouts": _by_name(_TEXT, "the HTML around messages, by name, with its marks"),
    }


def _entry() -> Schema:
    curve = _object("a curve by day", {"unit": _TEXT, "points": _list(_pair(_DATE, _NUMBER))})
    digest = {"anyOf": [{"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}, {"type": "null"}]}
    return _object(
        "one variant of one scenario",
        {
            "name": _TEXT,
            "family": _TEXT,
            "variant": _TEXT,
            "title": _TEXT,
            "says": _TEXT,
            "file": {**_TEXT, "description": "relative to the project"},
            "line": {"type": "integer", "minimum": 1},
            "seed": {"type": "integer"},
            "scenario": {**_OBJECT, "description": "the resolved document: enough to run it again"},
            "journeys": _list(_journey()),
            "calendar": _calendar(),
            "backend": {**_PERHAPS_TEXT, "description": "null: the log was judged, and not made here"},
            "capabilities": {"anyOf": [_capabilities(), {"type": "null"}]},
            "customer": {**_PERHAPS_TEXT, "description": "whose cell alone was run; null: everybody"},
            "outcome": {**_OUTCOME, "description": "the gravest of the checks"},
            "expected": _by_name(_expected(), "what the variant declares, by check"),
            "unexpected": {**_list(_TEXT), "description": "a sentence for each verdict that is not as declared"},
            "as_expected": _FLAG,
            "log_digest": {**digest, "description": "null: nothing ran"},
            "digests": _by_name(_TEXT, "the beginning of each customer's own digest; empty for a large crowd"),
            "customers": _COUNT,
            "events": _COUNT,
            "virtual_start": _MOMENT,
            "virtual_end": _MOMENT,
            "checks": _list(_check()),
            "diagnosis": {**_PERHAPS_TEXT, "description": "the kind of lateness, if a timed check is violated"},
            "results": _results(),
            "series": _by_name(curve, "curves by name"),
            "exhibits": _list(_exhibit()),
            "organisation_events": _list(_event()),
        },
        {**_particulars(), **_for_readers()},
    )


def result_schema() -> Schema:
    """The JSON Schema of a result file."""
    seconds = {"seconds": _NUMBER}
    timed = _object("one variant", {"family": _TEXT, "name": _TEXT, "variant": _TEXT, **seconds})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "journeyproof result",
        **_object(
            "What rehearsals showed. Apart from 'tool' and 'timing' the same run gives the same file, byte for byte.",
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "seed": {"type": ["integer", "null"]},
                "options": {**_OBJECT, "description": "what was asked for"},
                "tool": _by_name(_TEXT, "versions of everything that can change a run"),
                "timing": _object("wall time", {**seconds, "scenarios": _list(timed)}),
                "scenarios": _list(_entry()),
            },
        ),
    }
