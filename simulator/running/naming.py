"""Names in plain words: messages by their titles, systems as one speaks of them, moments as one says them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from simulator.model.conditions import Comparison, Literal, Membership, Name, Pattern, each_test
from simulator.model.log import Event
from simulator.model.moment_tree import Hours, Moment
from simulator.model.scenarios import Scenario
from simulator.running.wording import Wording
from simulator.words.clock import spoken, spoken_span
from simulator.words.vocabulary import Money, Value

_BY_THE_PERSON = ("Arrived", "Checked", "Signed")
# Systems that are places or people to whoever speaks of them; others are called a system.
_AS_IT_IS = frozenset({
    "dealer", "till", "helpdesk", "shop", "store", "warehouse", "workshop", "desk", "bank", "carrier", "website", "app",
    "database", "centre", "tool", "cloud",
})  # fmt: skip
_VERBS = frozenset({"is", "are", "was", "were", "has", "have", "had"})
_CHANNELS = {"email": "e-mail", "sms": "text message", "push": "push message", "letter": "letter", "phone": "phone"}
_ADDRESSES = {
    "email": "e-mail address",
    "sms": "mobile number",
    "push": "app",
    "letter": "postal address",
    "phone": "phone number",
}
_IRREGULAR = {"Birthday Began": ("birthday", "began"), "Discount Asked": ("discount", "was asked for")}
_KINDS = {"marketing": "promotion", "survey": "survey"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Naming:
    """Speaks of one scenario's people, messages, systems and moments."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.wording = Wording(scenario)

    def who(self, person: str) -> str:
        """A person's name; the organisation where nobody is spoken of."""
        known = self.scenario.people.get(person)
        return known.name if known is not None else person or "the organisation"

    def when(self, instant: int, person: str = "") -> str:
        """`Fri 14 Nov 2025 08:07`, on the person's clock; seconds say nothing here."""
        return spoken(instant // 60_000 * 60_000, self.wording.zone_of(person))

    def due(self, instant: int, person: str = "") -> str:
        """`by Fri 14 Nov 2025 12:00`, `by the end of Mon 9 Dec 2024`."""
        local = self.wording.zone_of(person)
        if local.local_time_ms(instant):
            return f"by {self.when(instant, person)}"
        return f"by the end of {self.when(instant - 1, person).rpartition(' ')[0]}"

    def system(self, id: str | None) -> str:
        """`the dealer`, `the CRM system`; `the automation` for the one in which the automation sits."""
        if not id:
            return "the world outside"
        if id == self.scenario.organisation.automation:
            return "the automation"
        if id == "social":
            return "the social network"
        words = [word.upper() if _is_short_form(word) else word for word in re.split(r"[-_ ]+", id)]
        return f"the {' '.join(words)}" + ("" if words[-1].lower() in _AS_IT_IS else " system")

    def there(self, id: str) -> str:
        """`at the dealer`, `in the CRM system`."""
        words = self.system(id)
        if id == "social":
            return f"on {words}"
        return f"{'in' if words.endswith(('system', 'database', 'tool', 'app', 'cloud')) else 'at'} {words}"

    def message(self, id: str, campaign: str = "", purpose: str = "") -> str:
        """What a message is called behind a name or `the`: `birthday offer`, `message “After a complaint”`."""
        if campaign:
            return f"{_KINDS.get(purpose, 'message')} “{plain_words(campaign)}”"
        known = self.scenario.briefing.messages.get(id)
        title = known.message.strip() if known is not None else ""
        return _noun_of_title(title) or (f"message “{title}”" if title else f"message “{plain_words(id)}”")

    def message_of(self, event: Event) -> str:
        """As `message`, of an event about one."""
        data = event.data
        purpose = str(data.get("purpose", ""))
        return self.message(str(data.get("message", "")), str(data.get("campaign", "")), purpose)

    def thing(self, event: Event) -> tuple[str, str]:
        """The thing an event is about and what happened to it: `birthday offer`, `was received`."""
        noun, verb = noun_and_verb(event.name)
        return (self.message_of(event) if event.name.startswith("Message ") else noun), verb

    def target(self, pattern: Pattern) -> tuple[str, str]:
        """As `thing`, of a pattern that somebody waits for."""
        noun, verb = noun_and_verb(pattern.event)
        named = messages_of(pattern)
        return (self.message(named[0]) if named else noun), verb

    def happened(self, event: Event) -> str:
        """`Camille Moreau's question was answered`, `Anna Rossi signed up`."""
        noun, verb = self.thing(event)
        who = self.who(event.person)
        return f"{possessive(who)} {noun} {verb}" if noun else f"{who} {verb}"

    def event(self, event: Event) -> str:
        """`the question was answered`: an event of somebody who has just been named."""
        noun, verb = self.thing(event)
        return f"the {noun} {verb}" if noun else f"{self.who(event.person)} {verb}"

    def missed(self, moment: Moment | None) -> str:
        """What had been by the deadline, in words behind `after`: empty where the moment says no more than a time."""
        if moment is None or not isinstance(moment.base, Hours) or moment.shift is not None:
            return ""
        place = moment.base.place
        what = place.path[-1] if hasattr(place, "path") else place.id
        day = " on the birthday" if "on birthday" in moment.text else ""
        return f"the {plain_words(what)} had {'opened' if moment.base.edge == 'opening' else 'closed'}{day}"

    def value(self, value: Value | str | None, name: str = "", person: str = "") -> str:
        """A value of a field as people write it: `9 November 2024`, `30 %`, `149 EUR`, `Maison Claire Lyon`."""
        kind = self.wording.fields.get(name.rpartition(".")[2])
        if isinstance(value, bool):
            return "yes" if value else "no"
        if kind is not None and kind.kind == "instant" and isinstance(value, int):
            return self.when(value, person)
        if kind is not None and kind.kind == "percent" and isinstance(value, int | float):
            return f"{value:g} %"
        if kind is not None and kind.kind == "place" and value in self.scenario.organisation.places:
            return self.scenario.organisation.places[str(value)].name
        if isinstance(value, float) and not isinstance(value, Money):
            return f"{value:g}"
        return dated("not known" if value is None else str(value))


def _is_short_form(word: str) -> bool:
    """`crm`, `esp`: letters that are said one by one."""
    return len(word) <= 4 and (not re.search("[aeiou]", word) or word in {"esp", "erp", "api", "ivr"})


def _noun_of_title(title: str) -> str:
    """A title that names a thing, without its article: `The birthday offer` is `birthday offer`; else empty."""
    first, _, rest = title.partition(" ")
    if first == "The":
        rest = rest.partition(",")[0]
    elif first not in ("A", "An") or "," in rest:
        return ""
    return "" if not rest or _VERBS & set(re.split(r"\W+", rest)[:4]) else rest


def noun_and_verb(event: str) -> tuple[str, str]:
    """`Question Answered` as `question` and `was answered`; no noun for what a person does alone."""
    first, _, rest = event.partition(" ")
    if event in _IRREGULAR:
        return _IRREGULAR[event]
    if not rest or first in _BY_THE_PERSON:
        return "", event.lower()
    return first.lower(), f"was {rest.lower()}"


def messages_of(pattern: Pattern) -> list[str]:
    """The messages that a pattern asks for by name."""
    found: list[str] = []
    for test in each_test(pattern.condition) if pattern.condition is not None else ():
        if isinstance(test, Comparison) and test.left == Name(("message",)) and test.op == "=":
            found += [str(test.right.value)] if isinstance(test.right, Literal) else []
        if isinstance(test, Membership) and test.left == Name(("message",)):
            found += [str(option.value) for option in test.options]
    return found


def plain_words(id: str) -> str:
    """`motor-change-and-save` as `motor change and save`, `order.promised_at` as `order promised at`."""
    return re.sub(r"[-_.:]+", " ", id).strip()


def channel_word(id: str) -> str:
    """`e-mail`, `text message`; the id where it is one of the organisation's own."""
    return _CHANNELS.get(id, plain_words(id))


def by_channel(id: str) -> str:
    """`by e-mail`, `on the social network`."""
    return "on the social network" if id == "social" else f"by {channel_word(id)}"


def address_word(channel: str) -> str:
    """What one needs to know of somebody to reach them there."""
    return _ADDRESSES.get(channel, f"address for {channel_word(channel)}")


def possessive(name: str) -> str:
    """`Camille Moreau's`."""
    return f"{name}'s"


def small(number: int) -> str:
    """`three`, and figures from thirteen on."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def several(count: int, word: str, plural: str = "") -> str:
    """`1 person`, `1,204 people`."""
    return f"{count:,} {word if count == 1 else plural or f'{word}s'}"


def series_of(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    listed = list(words)
    return " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1]))) if listed else ""


def span(ms: int) -> str:
    """How long, without a sign: `22 h 7 min`."""
    return spoken_span(abs(ms))


def long_date(text: str) -> str:
    """`14 November 1984` of `1984-11-14`."""
    day = date.fromisoformat(text)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def dated(text: str) -> str:
    """A text with its ISO dates written out."""

    def said(found: re.Match[str]) -> str:
        try:
            return long_date(found[0])
        except ValueError:  # it looks like a date, and there is no such day
            return found[0]

    return re.sub(r"\b\d{4}-\d\d-\d\d\b", said, text)


def capital(sentence: str) -> str:
    """The sentence with a capital letter at its head."""
    return sentence[:1].upper() + sentence[1:]
