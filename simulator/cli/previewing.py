"""The command `preview`: what one person finds in the inbox at a moment of a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.cli.exits import Exit
from simulator.cli.selecting import Wish, backend_for, chosen, discover, rerun
from simulator.reporting.inbox import Inbox, Letter, inbox_of
from simulator.reporting.plain import clean, shell_words
from simulator.reporting.preview import Seen, show
from simulator.reporting.screen import Screen
from simulator.words.errors import ExpressionError, UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.model.loading import Source
    from simulator.model.moments import PlaceHours
    from simulator.model.people import Person
    from simulator.model.scenarios import Scenario
    from simulator.words.clock import Zone
    from simulator.words.vocabulary import Value


@dataclass(frozen=True)
class Look:
    """Whose inbox is shown (None: the first person who was written down), when (None: at the end of the run), and
    which message in full (None: the latest)."""

    customer: str | None = None
    at: str | None = None
    message: int | None = None


def preview(target: str, wish: Wish, look: Look, screen: Screen) -> Exit:
    """Rehearse a variant for one person, and show their inbox. Raises UsageError for what is not there."""
    from simulator.cli.rehearsing import make_known, prepare_backend
    from simulator.model.loading import load
    from simulator.running import rehearse

    if wish.backend is not None:
        prepare_backend(wish.backend)
    source, variant = _meant(target, wish.variant)
    backend = backend_for(source, variant, wish)
    make_known([backend])
    scenario = load(source, variant, seed=wish.seed)
    person = _person(scenario, look.customer)
    at = _moment(scenario, person, look.at)
    entry = rehearse(scenario, backend=backend, only=person.id).result
    exhibit = next((each for each in entry["exhibits"] if each["customer"] == person.id), None)
    if exhibit is None:
        screen.line(clean(entry["headline"]["sentence"]))
        return Exit.CRASHED if entry["outcome"] == "error" else Exit.NOTHING
    inbox = inbox_of(exhibit, at)
    from simulator.words.clock import iso, zone

    shown = iso(at, zone(exhibit["zone"]))
    others = {id: each.name for id, each in scenario.people.items() if id != person.id}
    again = _again(source, variant, wish, others)
    show(Seen(entry, exhibit, inbox, shown, _letter(inbox, look.message), others, again), screen)
    return Exit.AS_EXPECTED


def _meant(target: str, variant: str | None) -> tuple[Source, str]:
    """The variant that is meant: of a family with several scenarios, first of the one that is called like it."""
    found = sorted(discover([target]), key=lambda source: source.name != source.family)
    pairs = [(source, name) for source in found for name in source.variants]
    return chosen(pairs, variant)[0]


def _person(scenario: Scenario, customer: str | None) -> Person:
    people = scenario.people
    if customer is None:
        written = [person for person in people.values() if person.crowd is None]
        first = next(iter(written or people.values()), None)
        if first is None:
            raise UsageError(
                f"nobody takes part in {scenario.name} {scenario.variant}: there is no inbox to look into."
            )
        return first
    if customer not in people:
        near = did_you_mean(customer, people) or _by_name(customer, people)
        some = ", ".join(list(people)[:10])
        more = f" and {len(people) - 10:,} others" if len(people) > 10 else ""
        raise UsageError(f"no customer of this variant is called '{customer}'{near}. There are {some}{more}.")
    return people[customer]


def _by_name(written: str, people: Mapping[str, Person]) -> str:
    """A hint for somebody who wrote a name where the id is asked for."""
    near = [id for id, person in people.items() if written.casefold() in person.name.casefold()]
    return f" (did you mean '{near[0]}'?)" if near else ""


def _letter(inbox: Inbox, number: int | None) -> Letter | None:
    """The message to show in full."""
    if number is None:
        return inbox.received[-1] if inbox.received else None
    letters = {letter.number: letter for letter in (*inbox.received, *inbox.underway)}
    if number not in letters:
        known = f"There are 1 to {max(letters)}" if letters else "Nothing has come by then"
        raise UsageError(f"--message {number}: there is no such message. {known}.")
    return letters[number]


def _again(source: Source, variant: str, wish: Wish, others: Mapping[str, str]) -> str:
    """The line that shows another person, at another moment."""
    words = ["journeyproof", "preview", rerun(source, variant, wish).target, "--variant", variant]
    words += [] if wish.seed == 42 else ["--seed", str(wish.seed)]
    words += [] if wish.backend is None else ["--backend", wish.backend]
    words += ["--customer", next(iter(others))] if others else []
    return shell_words([*words, "--at", "MOMENT", "--message", "N"])


# ----------------------------------------------------------------------------------------------- when it is looked at


def _moment(scenario: Scenario, person: Person, text: str | None) -> int:
    """The instant meant by the language's way to write a moment, on the person's clock; the end of the run unsaid."""
    from simulator.model.moments import evaluate, parse_moment
    from simulator.words.clock import spoken, zone

    if text is None:
        return scenario.end
    local = zone(person.zone)
    try:
        found = evaluate(parse_moment(text, local), _Context(scenario, person, local))
    except ExpressionError as error:
        raise UsageError(f"--at '{text}': {error}") from error
    if found is None:
        raise UsageError(f"--at '{text}': that is not known of {person.name}. Write a day and a time.")
    if not scenario.start <= found <= scenario.end:
        run = f"from {spoken(scenario.start, local)} to {spoken(scenario.end, local)}"
        raise UsageError(f"--at '{text}': that is {spoken(found, local)}, and the run goes {run} ({person.zone}).")
    return found


@dataclass(frozen=True)
class _Context:
    """What a moment may speak of: the start of the run, and what is true of the person."""

    scenario: Scenario
    person: Person
    zone: Zone

    @property
    def now(self) -> int:
        return self.scenario.start

    @property
    def start(self) -> int:
        return self.scenario.start

    @property
    def leap_day(self) -> str:
        return self.scenario.organisation.calendar.leap_day

    @property
    def country(self) -> str | None:
        return self.scenario.organisation.calendar.country

    def value(self, name: tuple[str, ...]) -> Value | None:
        return self.person.fields.get(name[-1]) if name[0] == "customer" or len(name) == 1 else None

    def place(self, place_id: str) -> PlaceHours | None:
        return self.scenario.hours(place_id)
