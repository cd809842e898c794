"""Rules about what a backend tells: of whom, in which words, with which values, and nothing that was not planned."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from simulator.backends.protocol import CLOCKS, Capabilities
from simulator.conformance.documents import HELLO
from simulator.conformance.driving import Recording
from simulator.conformance.kit import Kit
from simulator.conformance.probes import WORDS
from simulator.conformance.report import Finding, NotApplicable, Rule
from simulator.conformance.scenes import FIRST, NASTY, PLAIN
from simulator.model.jsonl import rfc3339
from simulator.model.log import Event
from simulator.model.values import misfit
from simulator.words.errors import BackendFailed, did_you_mean
from simulator.words.vocabulary import CAPTURED, INTERNAL

NEEDED: Final = ("message", "channel", "address")
"""What a `Message Sent` says in any case."""


def unicode(kit: Kit) -> Iterator[Finding]:
    """Each name comes back as it went in."""
    told = kit.ordinary().sent(FIRST, HELLO)
    named = bool(told) and "first_name" in told[0][1].data
    with suppress(BackendFailed):
        # They are in the large batch; what goes wrong there may be due to its size.
        if not list(_changed(kit.crowd(named=True)[1], named)):
            return
    try:
        recording = kit.play("names", kit.scenes.names())
    except BackendFailed as error:
        yield Finding(
            f"it failed on rows with these ids and first names, {', '.join(map(_quoted, NASTY))}: {error}.",
            "Escape what a format such as a header, a query or a file cannot hold, and undo that on the way back.",
        )
        return
    if not recording.sent(PLAIN, HELLO) and not kit.crowd(named=False)[1].sent(message=HELLO):
        raise NotApplicable(f"nobody of a batch was sent '{HELLO}', see the rule 'large-batch'")
    yield from _changed(recording, named)


def _changed(recording: Recording, named: bool) -> Iterator[Finding]:
    """The names that did not come back; with `named` the first names of rows have to, as well."""
    known = {profile.id for profile in recording.briefing.profiles}
    rows = [event.profile for _, event in recording.sent(message=HELLO)]
    for name in NASTY:
        count = rows.count(name)
        if count != 1:
            others = sorted(set(rows) - known)
            instead = f" There was one for {_quoted(others[0])}, of whom nobody had told it." if others else ""
            yield Finding(
                f"the row {_quoted(name)} signed up, and {count} messages '{HELLO}' were sent to it.{instead}",
                "Take an id for what it is, a text: neither strip, fold, normalise nor encode it, and write files and"
                " lines as UTF-8 with what has to be escaped escaped.",
            )
    for _, event in recording.sent(message=HELLO):
        back = event.data.get("first_name")
        if event.profile in NASTY and back != event.profile and (named or back is not None):
            yield Finding(
                f"the first name {_quoted(event.profile)} of the row of that id came back as {_quoted(back)}.",
                "Carry values through unchanged: escape them where a format needs it, and undo that on the way back.",
            )


def _quoted(name: object) -> str:
    """A name, so that it can be told from one that looks the same."""
    text = repr(name)
    return text if unicodedata.is_normalized("NFC", text) else f"{text} (written with combining characters)"


def nothing_unplanned(kit: Kit) -> Iterator[Finding]:
    """Every message sent says what it is, and was one of the briefing's, to an address that was told."""
    recording = kit.any()
    briefing = recording.briefing
    addresses = {address for profile in briefing.profiles for address in profile.addresses.values()}
    for step in recording.steps:
        # A receipt repeats what was sent; who updates a profile tells of an address.
        for event in [event for event in step.ingested if not event.name.startswith("Message ")]:
            addresses |= {value for value in event.data.values() if isinstance(value, str) and "@" in value}
    for step, event in recording.told():
        if event.name == "Message Unrecognised":
            subject, address = event.data.get("subject"), event.data.get("address")
            yield Finding(
                f"at {rfc3339(step.to)} a message with the subject {subject!r} to {address!r} left it that no rule"
                " recognises.",
                "Give the messages a reference (header or last line), or write a rule under `recognise` that knows it.",
            )
        if event.name == "Message Sent":
            yield from _unplanned(kit, step.to, event, addresses)


def _unplanned(kit: Kit, to: int, event: Event, addresses: set[str]) -> Iterator[Finding]:
    said = f"the 'Message Sent' at {rfc3339(to)} to {event.profile!r}"
    for name in NEEDED:
        if not event.data.get(name):
            yield Finding(
                f"{said} does not say its '{name}' (it says {', '.join(sorted(event.data)) or 'nothing'}).",
                "Tell message, channel and address with every message: the world delivers by them, and checks count"
                " by them.",
            )
    message, channel, address = (event.data.get(name) for name in NEEDED)
    if kit.scenario is None and message and message not in kit.any().briefing.messages:
        known = sorted(kit.any().briefing.messages)
        hint = did_you_mean(str(message), known)
        yield Finding(
            f"{said} is {message!r}, which is no message of the briefing{hint}.",
            f"Send what the journey's step names; the briefing has {', '.join(known)}.",
        )
    if channel == "email" and address and address not in addresses:
        yield Finding(
            f"{said} went to {address!r}, an address that nobody has told it.",
            "Take addresses from the briefing's rows and from 'Profile Updated', as they are.",
        )


def captured(kit: Kit) -> Iterator[Finding]:
    """What was captured is what was recognised and what was not."""
    recording = kit.any()
    counts = recording.counts
    if not counts:
        raise NotApplicable("it captures no messages: it has no counters captured, recognised and unrecognised")
    mend = "Tell every captured message as 'Message Sent' or as 'Message Unrecognised', and drop none."
    known = counts["recognised"] + counts["unrecognised"]
    whole, parts = counts["captured"], known + counts.get("waiting", 0)
    if whole != parts:
        side = f"{whole - parts} are in neither" if whole > parts else f"{parts - whole} are in both"
        yield Finding(
            f"{whole} messages were captured, {counts['recognised']} recognised and {counts['unrecognised']} not:"
            f" {side}.",
            mend,
        )
    told = sum(event.name in ("Message Sent", "Message Unrecognised") for _, event in recording.told())
    if told < known:
        yield Finding(f"{known} messages were recognised or not, and {told} were told of.", mend)


def known_only(kit: Kit) -> Iterator[Finding]:
    """It speaks of rows it was told of, in events that a backend may say."""
    recording = kit.any()
    rows = {profile.id for profile in recording.briefing.profiles}
    known = recording.briefing.dictionary.events
    for step in recording.steps:
        rows |= {event.profile for event in step.ingested}
        for event in step.everything:
            said = f"at {rfc3339(step.to)} it told '{event.name}' of {event.profile!r}"
            if event.profile not in rows and not (event.name in CAPTURED and not event.profile):
                yield Finding(
                    f"{said}, a row that nobody has told it of.",
                    "Give each event the id of the profile that it is about, from the briefing or an ingested event.",
                )
            if event.name not in known or event.name in INTERNAL:
                hint = did_you_mean(event.name, sorted(known - INTERNAL))
                yield Finding(
                    f"{said}, which is no event that a backend may say{hint}.",
                    "Tell events of the vocabulary (docs/language.md); what else happens inside an engine is its own.",
                )


def plain_values(kit: Kit) -> Iterator[Finding]:
    """Stamps are whole milliseconds, and values are of their field's type."""
    recording = kit.any()
    fields = recording.briefing.dictionary.fields
    for step, event in recording.told():
        stamp: Any = event.time
        said = f"the '{event.name}' of {event.profile!r} told in the step to {rfc3339(step.to)}"
        if type(stamp) is not int:
            yield Finding(
                f"{said} has the stamp {stamp!r}, a {type(stamp).__name__}.",
                "A stamp is a whole number of milliseconds since 1970, UTC: int(seconds * 1000).",
            )
        if (wrong := misfit(event.data, fields)) is not None:
            yield Finding(
                f"{said} holds what cannot be: {wrong}.",
                "Tell texts, numbers, true and false, and money as Money, each of its field's type.",
            )


def capabilities(kit: Kit) -> Iterator[Finding]:
    """What it says of itself is in form, and the same each time."""
    specimen, other = kit.specimen, kit.backend()
    name = getattr(specimen, "name", None)
    if not isinstance(name, str) or not name:
        yield Finding(f"its `name` is {name!r}.", "Give it a name: one word, as it is to stand in reports.")
    declared = getattr(specimen, "capabilities", None)
    if not isinstance(declared, Capabilities):
        yield Finding(
            f"its `capabilities` are {declared!r}.", "Give it an attribute `capabilities` that holds Capabilities(...)."
        )
        return
    if getattr(other, "capabilities", None) != declared:
        yield Finding(
            f"two backends of one factory declare different things: {declared} and"
            f" {getattr(other, 'capabilities', None)}.",
            "Declare what a backend of this kind can do in any case.",
        )
    yield from _misdeclared(declared)
    missing = [word for word in ("open", "ingest", "next_wakeup", "advance", "close") if not _has(specimen, word)]
    if missing:
        yield Finding(f"it has no method {', '.join(missing)}.", "Write all five methods of the Backend protocol.")


def _misdeclared(declared: Capabilities) -> Iterator[Finding]:
    late, features = declared.granularity_ms, _any(declared.features)
    if declared.clock not in CLOCKS:
        hint = did_you_mean(str(declared.clock), CLOCKS)
        yield Finding(f"its `clock` is {declared.clock!r}{hint}.", f"It is one of {', '.join(CLOCKS)}.")
    if type(late) is not int or late < 0:
        yield Finding(f"its `granularity_ms` is {late!r}.", "It is a whole number of milliseconds, 0 or more.")
    elif declared.clock in ("stepped", "blackbox") and late == 0:
        yield Finding(
            f"its clock is {declared.clock}, and its `granularity_ms` is 0: it would be ticked every millisecond.",
            "Declare how far apart the ticks may be, such as 60_000 for a minute.",
        )
    for flag in ("deterministic", "independent_customers", "restart"):
        if not isinstance(getattr(declared, flag), bool):
            yield Finding(f"its `{flag}` is {getattr(declared, flag)!r}.", "It is True or False.")
    if not isinstance(features, frozenset):
        kind = type(features).__name__
        yield Finding(f"its `features` are a {kind}.", "They are a frozenset of words, such as 'step.wait'.")
    for word in sorted(map(str, features)) if isinstance(features, Iterable) else ():
        # Of waits for events a backend may know some alone, and names them: 'step.wait_for Message Clicked'.
        if word not in WORDS and not word.startswith("step.wait_for "):
            hint = did_you_mean(word, WORDS)
            yield Finding(
                f"it declares the feature {word!r}, which no scenario can need{hint}.",
                f"Features are {', '.join(WORDS)}.",
            )


def _any(value: object) -> Any:
    """Whatever somebody has written where a type is declared."""
    return value


def _has(specimen: object, method: str) -> bool:
    return callable(getattr(specimen, method, None))


RULES: Final = (
    Rule(
        "unicode",
        "Names and ids survive unchanged",
        "Customers are called Zażółć, O'Neil and 王, and somebody has pasted a line end into a form. A name that is"
        " changed on the way is another customer.",
        unicode,
    ),
    Rule(
        "nothing-unplanned",
        "Nothing is sent unplanned",
        "Checks count messages by what they are and where they go. One that does not say so escapes every check.",
        nothing_unplanned,
    ),
    Rule(
        "captured",
        "Captured is recognised and unrecognised",
        "Messages of a real engine are known by what they look like. One that no rule knows must still be told, for"
        " a message nobody planned is the worst of all.",
        captured,
    ),
    Rule(
        "known-only",
        "It speaks of whom it knows, in words that are known",
        "An event of somebody whom nobody has told it of, or of a name that does not exist, belongs nowhere in a log.",
        known_only,
    ),
    Rule(
        "plain-values",
        "Stamps are whole milliseconds, and values are plain",
        "A log is written and read back exactly. Fractions of a millisecond, dates as objects and numbers as texts are"
        " not.",
        plain_values,
    ),
    Rule(
        "capabilities",
        "What it declares of itself is in form",
        "The harness reads from it how to keep time with this backend, and which scenarios are unsupported.",
        capabilities,
        acts=False,
    ),
)
"""The rules of this module."""
