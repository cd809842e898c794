"""What is known of a person, and what was not sent to them: in words for people who plan campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.model.journeys import Cap, Then
from simulator.model.letters import Reader
from simulator.model.log import Event
from simulator.model.moments import Window
from simulator.model.scenarios import Scenario
from simulator.running.citing import policy_line
from simulator.running.naming import (
    Naming,
    address_word,
    capital,
    channel_word,
    dated,
    plain_words,
    series_of,
    small,
)
from simulator.words.clock import MINUTE, parse_date
from simulator.words.errors import ExpressionError

_LABELS = {"birth_date": "Born", "first_name": "First name", "shop": "Shop"}
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "he": "Hebrew", "it": "Italian",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "uk": "Ukrainian",
}  # fmt: skip
_KIND = {
    "Message Withheld": "withheld", "Journey Not Entered": "not entered", "Journey Exited": "exited",
    "Message Bounced": "bounced", "Message Refused": "refused", "Message Deferred": "refused", "Fact Lost": "lost",
}  # fmt: skip
_RULES = {
    "quiet hours": "quiet_hours", "cap ": "caps", "suppressed ": "suppress", "contradicts ": "coherence",
    "missing ": "require", "no consent": "consent", "outside the plan": "plan_windows",
}  # fmt: skip
_GOES_ON = "The journey goes on without it."
_ENDS = "The journey ends here."


# ------------------------------------------------------------------------------------------------------- traits


def traits(naming: Naming, person: str) -> list[dict[str, str]]:
    """What is known of somebody: `{"trait", "label", "value"}`, the place they live in first."""
    return [
        {"trait": trait, "label": label, "value": value}
        for trait, label, value in _traits(naming, person)
        if value and value != "not known"
    ]


def _traits(naming: Naming, id: str) -> Iterator[tuple[str, str, str]]:
    person = naming.scenario.people.get(id)
    if person is None:
        return
    zone = person.zone.rpartition("/")[2].replace("_", " ")
    yield "lives", "Lives in", f"{zone} ({person.country})" if person.country else zone
    yield "language", "Language", _LANGUAGES.get(person.language, person.language)
    for name, value in person.fields.items():
        label = _LABELS.get(name, capital(plain_words(name)))
        yield ("born" if name == "birth_date" else name), label, naming.value(value, name, id)
    systems = [naming.system(row.system).removeprefix("the ") for row in person.profiles]
    rows = f"{small(len(systems))} rows: " if len(systems) > 1 else ""
    yield "rows", "Known to", f"{rows}{series_of(dict.fromkeys(systems))}" if systems else "no system"
    channels = dict.fromkeys(channel_word(channel) for _, channel in person.consents)
    yield "consents", "Consent at the start", series_of(channels) or "none"
    if person.household:
        yield "household", "Household", plain_words(person.household)


# ----------------------------------------------------------------------------------------------------- not sent


def not_sent(naming: Naming, story: Sequence[Event]) -> list[dict[str, Any]]:
    """Every message that did not go out or did not arrive, and every journey that was not entered or left, with why."""
    teller = _Teller(naming)
    return [teller.told(event) for event in _unsent(story)]


def _unsent(story: Sequence[Event]) -> Iterator[Event]:
    dropped: set[tuple[Any, ...]] = set()
    for event in story:
        if event.name == "Message Withheld" and event.data.get("then") == "drop":
            dropped.add((event.data.get("instance"), event.time))
        if event.name == "Journey Exited":
            # The end that a dropped message brings is told with the message.
            ended = (event.data.get("instance"), event.time)
            if event.data.get("reason") == "completed" or (ended[0] is not None and ended in dropped):
                continue
        if event.name == "Fact Lost" and event.data.get("fact") != "Message Sent":
            continue
        if event.name in _KIND:
            yield event


class _Teller:
    """Says of one event why nothing came of it, and what happens then."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.scenario: Scenario = naming.scenario
        self.policy = naming.scenario.briefing.policy

    def told(self, event: Event) -> dict[str, Any]:
        data = event.data
        kind, reason = _KIND[event.name], str(data.get("reason", ""))
        until = data.get("until")
        return {
            "event": event.id,
            "time": self.naming.wording.moment(event.time, event.person),
            "kind": kind,
            "message": data.get("message"),
            "subject": self._subject(event),
            "channel": data.get("channel"),
            "journey": data.get("journey"),
            "reason": reason,
            "sentence": self._sentence(event, kind, reason),
            "until": self.naming.wording.moment(until, event.person) if isinstance(until, int) else None,
            "line": self._line(event, reason),
        }

    def _subject(self, event: Event) -> str | None:
        """What its reader would have seen first; None for a message that has no document, or no subject."""
        message = self.scenario.briefing.messages.get(str(event.data.get("message", "")))
        if message is None or not message.subject or event.name == "Journey Not Entered":
            return None
        wording = self.naming.wording
        return Reader(wording.fields, wording.zone_of(event.person)).fill(message, message.subject, event.data)

    def _line(self, event: Event, reason: str) -> str | None:
        """Where the rule stands that objected; else where the step does."""
        own = event.data.get("line")
        rule = _RULES.get(reason) or next((rule for head, rule in _RULES.items() if reason.startswith(head)), None)
        found = policy_line(self.scenario, rule) if rule is not None and event.name == "Message Withheld" else None
        return found or (None if own is None else str(own))

    def _sentence(self, event: Event, kind: str, reason: str) -> str:
        if kind == "withheld":
            return f"Not sent: {self._why(event, reason)}. {self._then(event, reason)}"
        if kind == "not entered":
            return f"Nothing begins: {self._refused(event, reason)}."
        if kind == "exited":
            return f"The journey “{self._title(event)}” ends: {self._ended(reason)}. Nothing more of it is sent."
        if kind == "bounced":
            again = " Nothing more can be sent there." if event.data.get("hard") else ""
            return f"It came back: {reason or 'nobody took it'}.{again}"
        if kind == "lost":
            channel = str(event.data.get("link", "")).removeprefix("channel ")
            return f"Sent, and lost on the way by {channel_word(channel)}: neither side hears of it again."
        later = "It may be tried again." if event.name == "Message Deferred" else "It is not delivered."
        return f"Not taken: {reason or 'it was refused when it was handed over'}. {later}"

    def _title(self, event: Event) -> str:
        id = str(event.data.get("journey", ""))
        return next((each.journey.journey for each in self.scenario.briefing.programs if each.id == id), id)

    def _why(self, event: Event, reason: str) -> str:
        """The rule that objected, in words."""
        head, _, rest = reason.partition(" ")
        channel = str(event.data.get("channel", ""))
        match reason:
            case "holdout":
                return (
                    "this person is in the group that gets nothing on purpose, so that others can be compared with it"
                )
            case "outside the plan":
                return f"the plan has no room for it today{self._window(event)}"
            case "no address":
                return f"no {address_word(channel)} of this person is known"
            case "address bounced":
                return f"mail to this {address_word(channel)} has come back before"
            case "no consent":
                return f"there is no consent for {channel_word(channel)}"
            case "quiet hours":
                return f"nothing is sent {self._quiet()}"
        match head:
            case "suppressed":
                return self._suppressed(rest)
            case "missing":
                return f"the {plain_words(rest)} is not known, and it must not leave without"
            case "contradicts":
                return self._contradicts(rest)
            case "cap":
                cap = self.policy.caps.get(rest)
                return f"the limit “{plain_words(rest)}” is reached" if cap is None else _limit(cap)
        return reason or "the automation gives no reason"

    def _window(self, event: Event) -> str:
        campaign = self.scenario.campaigns.get(str(event.data.get("campaign", "")), {})
        first, last = (str(campaign.get(name, "")) for name in ("from", "until"))
        return f" (the campaign runs from {dated(first)}, and ends before {dated(last)})" if first and last else ""

    def _quiet(self) -> str:
        quiet = self.policy.quiet_hours
        return "in the quiet hours" if quiet is None else f"between {_clock(quiet.from_)} and {_clock(quiet.until)}"

    def _suppressed(self, name: str) -> str:
        rule = self.policy.suppress.get(name)
        condition = f" ({plain_condition(str(rule.while_))})" if rule is not None else ""
        return f"the rule “{plain_words(name)}” stops it{condition}"

    def _contradicts(self, other: str) -> str:
        rule = self.policy.coherence
        window = f" within {_window(rule.window)}" if rule is not None else ""
        return f"it says the opposite of “{plain_words(other)}”, which was sent{window}"

    def _then(self, event: Event, reason: str) -> str:
        then: Then | str = str(event.data.get("then", "drop"))
        if then == "advance":
            return _GOES_ON
        if then != "hold":
            return _ENDS
        until = event.data.get("until")
        if isinstance(until, int):
            return f"It waits until {self.naming.when(until, event.person)}, and is judged again then."
        if reason.startswith("suppressed"):
            return "It waits until that is over, and is judged again then."
        return "It waits, and is judged again later."

    def _refused(self, event: Event, reason: str) -> str:
        journey = f"the journey “{self._title(event)}”"
        if reason in ("if", "entry condition"):
            return f"{journey} is not for this person now: its condition does not hold"
        if reason.startswith(("re-entry: ", "reentry")):
            return f"{journey} is entered {self._reentry(event, reason)}, and has been already"
        return f"{journey} is not entered ({reason})" if reason else f"{journey} is not entered"

    def _reentry(self, event: Event, reason: str) -> str:
        programs = {program.id: program.journey.reentry for program in self.scenario.briefing.programs}
        rule = programs.get(str(event.data.get("journey")), reason.removeprefix("re-entry: "))
        if rule.startswith("once per "):
            return f"once for each {plain_words(rule.removeprefix('once per ')).removesuffix(' id')}"
        return "again only after it has ended" if rule == "after exit" else rule

    def _ended(self, reason: str) -> str:
        """The event that ended a journey in words, or the reason that its own step gives."""
        name = reason.partition(" where ")[0]
        if name.istitle() and " " in name:
            noun, _, verb = name.lower().partition(" ")
            return f"the {noun} was {verb}"
        return reason or "no reason is given"


def plain_condition(text: str) -> str:
    """A condition a little nearer to speech: `complaint.state = open` as `complaint state is open`."""
    for sign, word in ((" != ", " is not "), (" >= ", " is at least "), (" <= ", " is at most "), (" = ", " is ")):
        text = text.replace(sign, word)
    return dated(" ".join(_spoken_word(word) for word in text.split(" ")))


def _spoken_word(word: str) -> str:
    try:
        parse_date(word)
    except ExpressionError:
        return word.replace("_", " ") if word[:1].isdigit() else word.replace(".", " ").replace("_", " ")
    return word


def _limit(cap: Cap) -> str:
    """`three promotions in seven days are the limit`."""
    kinds = cap.purposes or []
    words = {"marketing": "promotion", "survey": "survey", "transactional": "notice", "service": "service message"}
    what = words.get(kinds[0], "message") if len(kinds) == 1 else "message"
    per = " for each row of the database" if cap.per == "profile" else ""
    channels = f" by {series_of(channel_word(channel) for channel in cap.channels)}" if cap.channels else ""
    verb = "is" if cap.limit == 1 else "are"
    return f"{small(cap.limit)} {what}{'' if cap.limit == 1 else 's'}{channels} {_in(cap.window)}{per} {verb} the limit"


def _in(window: Window) -> str:
    return f"in {_window(window)}"


def _window(window: Window) -> str:
    """`seven days`, `a week`: how long a window is."""
    if window.duration is None:
        return f"a {window.calendar}"
    number, _, unit = str(window.duration).partition(" ")
    return f"{small(int(number))} {unit}" if number.isdecimal() else str(window.duration)


def _clock(ms: int) -> str:
    return f"{ms // MINUTE // 60:02d}:{ms // MINUTE % 60:02d}"
