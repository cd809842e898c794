"""What crosses to a backend in another process, as plain JSON data: the briefing, its capabilities, and events.

An event is the same CloudEvent as in a log. A briefing is what the documents say, as their authors wrote it, with the
rows of the profiles: a backend in any language can read it, and one in Python gets the same `Briefing` again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from simulator.model.briefing import Briefing, Native, Profile
from simulator.model.jsonl import instant_of, rfc3339, values_of, written
from simulator.model.log import Event
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import FieldType

FORMAT: Final = 1
"""The form of a briefing; another number is another form, and is refused."""
SOURCE: Final = "/journeyproof"
"""The CloudEvents source of what the harness says, and what a backend may leave out."""


def event_to_wire(event: Event, fields: Mapping[str, FieldType]) -> dict[str, Any]:
    """A CloudEvent 1.0. No human being is named: a backend hears of profile rows alone."""
    line: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": event.name,
        "time": rfc3339(event.time),
        "datacontenttype": "application/json",
    }
    extensions = (("profile", event.profile), ("system", event.system), ("causeid", event.cause))
    line.update((name, value) for name, value in extensions if value)
    line["data"] = written(event.data, fields)
    return line


def event_from_wire(line: object, fields: Mapping[str, FieldType]) -> Event:
    """The event of a CloudEvent. Raises ExpressionError with the member that is wrong, and what it should be.

    `id` is `/number`; an event without one, or with one of another form, has the number -1.
    """
    if not isinstance(line, dict):
        raise ExpressionError(f"an event is a JSON object, and this is {_shown(line)}")
    name = _text(line, "type")
    if not name:
        raise ExpressionError("an event has a 'type', the event's name; this one has none")
    data = line.get("data", {})
    if not isinstance(data, dict):
        raise ExpressionError(f"data of '{name}' is {_shown(data)}: it is an object with the event's fields")
    number = _text(line, "id").rpartition("/")[2]
    return Event(
        instant_of(f"time of '{name}'", line.get("time")),
        name,
        "",
        _text(line, "profile"),
        _text(line, "system"),
        _text(line, "causeid"),
        values_of(data, fields),
        int(number) if number.isascii() and number.isdigit() and len(number) < 16 else -1,
    )


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name, "")
    if not isinstance(value, str):
        raise ExpressionError(f"{name} is {_shown(value)}: it is a text")
    return value


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def briefing_to_wire(briefing: Briefing) -> dict[str, Any]:
    """All that a backend is told before the run, as plain data."""
    fields = briefing.dictionary.fields
    return {
        "format": FORMAT,
        "system": briefing.system,
        "zone": briefing.zone,
        "country": briefing.country,
        "seed": briefing.seed,
        "end": rfc3339(briefing.end),
        **briefing.documents,
        "fields": {name: {"type": kind.kind, "choices": list(kind.choices)} for name, kind in sorted(fields.items())},
        "profiles": [
            {
                "id": row.id,
                "system": row.system,
                "zone": row.zone,
                "country": row.country,
                "addresses": dict(row.addresses),
                "consents": sorted(row.consents),
                "fields": written(row.fields, fields),
            }
            for row in briefing.profiles
        ],
        "linked": [list(group) for group in briefing.linked],
        "native": {
            name: {
                "file": native.file,
                "text": native.text,
                "tell": dict(native.tell),
                "recognise": [dict(rule) for rule in native.recognise],
                "settings": dict(native.settings),
            }
            for name, native in briefing.native.items()
        },
    }


_DOCUMENTS: Final = ("organisation", "journeys", "policy", "plan", "messages", "lines", "span")


def briefing_from_wire(told: Mapping[str, Any]) -> Briefing:
    """The briefing again. Raises ExpressionError where it is not in form, and InvalidDocuments for its documents."""
    if told.get("format") != FORMAT:
        raise ExpressionError(f"the briefing's format is {_shown(told.get('format'))}; this program reads {FORMAT}")
    missing = [name for name in (*_DOCUMENTS, "profiles", "end", "seed") if name not in told]
    if missing:
        raise ExpressionError(f"the briefing lacks {', '.join(missing)}")
    documents = {name: told[name] for name in _DOCUMENTS}
    bare = _bare_briefing(json.dumps(documents), int(told["seed"]))
    fields = bare.dictionary.fields
    return replace(
        bare,
        profiles=tuple(_profile(row, fields) for row in told["profiles"]),
        linked=tuple(tuple(group) for group in told.get("linked", ())),
        end=instant_of("end", told["end"]),
        native={name: _native(native) for name, native in (told.get("native") or {}).items()},
    )


@lru_cache(maxsize=8)
def _bare_briefing(documents: str, seed: int) -> Briefing:
    """The briefing without rows. A backend that is opened once for each customer compiles it once."""
    from simulator.model.loading import from_document
    from simulator.model.loading.documenting import bare_document

    return from_document(bare_document(json.loads(documents), seed)).briefing


def _profile(row: Mapping[str, Any], fields: Mapping[str, FieldType]) -> Profile:
    return Profile(
        id=row["id"],
        system=row["system"],
        zone=row["zone"],
        country=row["country"],
        addresses=dict(row["addresses"]),
        consents=frozenset(row["consents"]),
        fields=values_of(row["fields"], fields),
    )


def _native(told: Mapping[str, Any]) -> Native:
    return Native(
        file=told["file"],
        text=told["text"],
        tell=dict(told.get("tell", {})),
        recognise=tuple(told.get("recognise", ())),
        settings=dict(told.get("settings", {})),
    )
