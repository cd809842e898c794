"""The facts of a result document. Nothing is asked of it but what the comparison needs; it may be of any age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.comparing.facts import (
    Broken,
    Case,
    Damaged,
    Judged,
    Sent,
    Snapshot,
    Story,
    Unsent,
    digest_of,
    instant_of,
)
from simulator.model.resultschema import FORMAT, VERSION
from simulator.words.errors import ExpressionError, UsageError

Entry = Mapping[str, Any]

_UNSENT = {"Message Withheld": "withheld", "Journey Not Entered": "not entered", "Journey Exited": "exited"}
_PARTIAL = ("variant", "customer", "shard", "last_failed")
_USUAL_END = "completed"
_QUANTILES = ("p1", "p10", "p50", "p90", "p99")


def snapshot_of(document: Mapping[str, Any]) -> Snapshot:
    """The facts of a result. Raises UsageError for another document or another version, Damaged for a broken one."""
    found = (document.get("format"), document.get("version"))
    if found != (FORMAT, VERSION):
        said = f"{found[0]} {found[1]}" if found[0] else "no format"
        raise UsageError(
            f"this is no result to compare: it says '{said}', not '{FORMAT} {VERSION}'. Write one with --json."
        )
    entries = document.get("scenarios")
    if not isinstance(entries, list):
        raise Damaged("this result holds no list of scenarios: it was damaged. Write it again with --json.")
    options = document.get("options")
    asked = options if isinstance(options, Mapping) else {}
    return Snapshot(tuple(map(case_of, entries)), whole=not any(map(asked.get, _PARTIAL)))


def case_of(entry: Any) -> Case:
    """The facts of one entry of a result. Raises Damaged for what is no entry."""
    try:
        return _case(entry)
    except (KeyError, TypeError, ValueError, AttributeError, ExpressionError) as error:
        name = entry.get("variant", "without a name") if isinstance(entry, Mapping) else "without a name"
        cause = _cause(error)
        raise Damaged(
            f"the variant '{name}' of this result cannot be read: {cause}. Write it again with --json."
        ) from error


def _cause(error: Exception) -> str:
    """What is wrong with an entry; what Python says of its own kinds is for nobody who reads a result."""
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    if isinstance(error, TypeError | AttributeError):
        return "a value in it is of another kind than results have there"
    return str(error)


def story_of(exhibit: Entry) -> Story:
    """The facts of one exhibit: what the person received, and what not."""
    events = exhibit.get("events") or ()
    return Story(
        str(exhibit["customer"]),
        str(exhibit.get("name") or exhibit["customer"]),
        str(exhibit.get("zone") or ""),
        tuple(_sent(message) for message in exhibit.get("messages") or ()),
        tuple(_unsent(events)),
        str(exhibit.get("why_shown") or ""),
    )


def _case(entry: Entry) -> Case:
    exhibits = entry.get("exhibits") or ()
    return Case(
        family=str(entry["family"]),
        name=str(entry["name"]),
        variant=str(entry["variant"]),
        title=str(entry.get("title") or ""),
        seed=int(entry["seed"]),
        backend=str(entry.get("backend") or ""),
        granularity_ms=int(entry.get("granularity_ms") or 0),
        customers=int(entry["customers"]),
        events=int(entry["events"]),
        only=entry.get("customer"),
        outcome=str(entry["outcome"]),
        as_declared=bool(entry["as_expected"]),
        unexpected=tuple(map(str, entry.get("unexpected") or ())),
        checks=tuple(map(_judged, entry["checks"])),
        journeys={str(name): _figures(figures) for name, figures in (entry.get("results") or {}).items()},
        sampled=any(exhibit.get("sampled") for exhibit in exhibits),
        stories=tuple(sorted(map(story_of, exhibits), key=lambda story: story.customer)),
        digests={str(name): str(digest) for name, digest in (entry.get("digests") or {}).items()},
    )


def _judged(check: Entry) -> Judged:
    margins = check.get("margins") or {}
    violations = check.get("violations") or ()
    return Judged(
        str(check["name"]),
        str(check["outcome"]),
        str(check.get("rule") or ""),
        int(check.get("activations") or 0),
        int(check.get("violations_in_all", len(violations))),
        int(margins.get("count") or 0),
        {name: int(margins[f"{name}_ms"]) for name in _QUANTILES if f"{name}_ms" in margins},
        tuple(map(_broken, violations)),
    )


def _broken(item: Entry) -> Broken:
    margin = item.get("margin_ms")
    return Broken(
        str(item.get("case") or ""),
        str(item.get("customer") or ""),
        _time(item["onset"]),
        None if margin is None else int(margin),
        str(item["sentence"]),
    )


def _figures(figures: Entry) -> dict[str, int | str]:
    """Figures on one level: reasons stand behind what they are reasons of."""
    flat: dict[str, int | str] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}: {reason}": int(count) for reason, count in value.items()})
        elif isinstance(value, int | str) and not isinstance(value, bool):
            flat[str(name)] = value
    return {name: value for name, value in sorted(flat.items()) if value != 0}


def _sent(message: Entry) -> Sent:
    words = [str(message[key]) for key in ("preheader", "text") if message.get(key)]
    text, html = "\n".join(words), str(message.get("html") or "")
    came = message.get("received") or None
    return Sent(
        at=_time(message["sent"]),
        channel=str(message.get("channel") or ""),
        journey=str(message.get("journey") or ""),
        message=str(message.get("message") or ""),
        subject=str(message.get("subject") or ""),
        came=None if came is None else _time(came),
        fate=_fate(message),
        text=text,
        text_digest=digest_of(text) if text else "",
        html=html,
        html_digest=digest_of(html) if html else "",
        lang=str(message.get("lang") or ""),
        id=str(message["message_id"]) if message.get("message_id") else None,
        event=str(message["event"]) if message.get("event") else None,
    )


def _time(text: Any) -> str:
    """An ISO 8601 moment, once it is certain that it is one. Raises ValueError."""
    instant_of(str(text))
    return str(text)


def _fate(message: Entry) -> str:
    if message.get("bounced"):
        return "bounced"
    if not message.get("received"):
        return "never arrived"
    folder = message.get("folder")
    return "" if folder in (None, "inbox") else f"in the folder '{folder}'"


def _unsent(events: Sequence[Entry]) -> Iterator[Unsent]:
    """What was withheld or not entered. A journey that ends for the reason that withheld its message is left out."""
    told: set[tuple[str, str]] = set()
    for event in events:
        kind, data = _UNSENT.get(event["name"]), event.get("data") or {}
        if kind is None:
            continue
        reason, instance = str(data.get("reason") or ""), str(data.get("instance") or "")
        if kind == "exited" and (reason == _USUAL_END or (instance, reason) in told):
            continue
        if kind == "withheld":
            told.add((instance, reason))
        yield Unsent(
            at=_time(event["time"]),
            kind=kind,
            journey=str(data.get("journey") or ""),
            message=str(data.get("message") or ""),
            channel=str(data.get("channel") or ""),
            reason=reason,
            until=_time(data["until"]) if data.get("until") else None,
            id=str(data["message_id"]) if data.get("message_id") else None,
            event=str(event["id"]) if event.get("id") else None,
        )
