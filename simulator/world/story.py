"""The story: what people do of their own accord, and what the calendar does to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from simulator.model.log import Event
from simulator.model.people import Person
from simulator.words.clock import add, anniversary, zone
from simulator.words.durations import Duration
from simulator.words.vocabulary import Value
from simulator.world.channels import receipt
from simulator.world.environment import FACT
from simulator.world.setting import Act, Match, Setting

if TYPE_CHECKING:
    from simulator.world.world import World


class Story:
    """Acts, habits, birthdays and consents of the people of one cell."""

    def __init__(self, world: World, setting: Setting) -> None:
        self._world, self._setting = world, setting
        for person in world.people.values():
            self._begin(person)

    def _begin(self, person: Person) -> None:
        scenario, world = self._setting.scenario, self._world
        for row, channel in person.consents:
            system = next(profile.system for profile in person.profiles if profile.id == row)
            world.at(
                scenario.start,
                FACT,
                person.id,
                world.record,
                "Consent Given",
                person.id,
                system,
                {"channel": channel},
                "",
                row,
            )
        self._link_profiles(person)
        self._plan_birthdays(person)
        for habit in person.habits:
            data = dict(habit.data) if habit.place is None else {**habit.data, "place": habit.place}
            world.at(habit.time, FACT, person.id, world.emit, habit.event, person.id, habit.system, data)
        for act in self._setting.acts:
            if person.id in act.act.who and act.act.time is not None:
                world.at(act.act.time, FACT, person.id, self._perform, act, person.id, "", {}, 1, act.act.time)

    def _link_profiles(self, person: Person) -> None:
        """The identity system finds out after a while that rows are one human being."""
        identity = self._setting.organisation.identity
        if not isinstance(identity, Duration) or len(person.profiles) < 2:
            return
        found = add(self._setting.scenario.start, identity, self._setting.zone, self._setting.holidays)
        first, *others = person.profiles
        for other in others:
            self._world.at(
                found,
                FACT,
                person.id,
                self._world.emit,
                "Profiles Linked",
                person.id,
                self._setting.automation,
                {"other": other.id},
                "",
                first.id,
            )

    def _plan_birthdays(self, person: Person) -> None:
        """Local midnight of each birthday is written down, where no backend can see or lose it."""
        born = person.fields.get("birth_date")
        if born is None:
            return
        scenario, local = self._setting.scenario, zone(person.zone)
        birth = date.fromisoformat(str(born))
        for year in range(local.local_date(scenario.start).year, local.local_date(scenario.end).year + 1):
            day = anniversary(birth.month, birth.day, year, self._setting.organisation.calendar.leap_day)
            midnight = local.start_of_day(day)
            if scenario.active_from <= midnight <= scenario.active_until:
                self._world.at(midnight, FACT, person.id, self._birthday, person.id, year, day)

    def _birthday(self, person: str, year: int, day: date) -> None:
        data: dict[str, Value] = {
            "year": year,
            "day": day.isoformat(),
            "reachable": self._world.behaviour.reachable(person),
        }
        self._world.record("Birthday Began", person, "", data)

    def heard(self, event: Event) -> None:
        """Something became true: acts that wait for it are planned."""
        for sequel in self._setting.sequels.get(event.name, ()):
            act = sequel.act
            if event.person not in act.who or sequel.when is None:
                continue
            if sequel.when.fits(self._world.truth_view(event)):
                due = add(self._world.now, act.after, self._world.zone_of(event.person), self._setting.holidays)
                keys = self._setting.carried_fields(event.data)
                if act.event.startswith("Message "):
                    keys |= receipt(event)  # what somebody does with a message is about that message
                self._world.at(
                    due, FACT, event.person, self._perform, sequel, event.person, event.id, keys, 1, event.time
                )

    def _perform(self, sequel: Act, person: str, cause: str, keys: dict[str, Value], turn: int, since: int) -> None:
        act = sequel.act
        if sequel.unless is not None and self._happened(
            sequel.unless, person, act.since or since, keys, act.when is None
        ):
            return
        data = {**keys, **act.data}
        if act.place is not None:
            data["place"] = act.place
        if act.shows is not None:
            data.update(self._shown(person, act.shows))
        self._world.emit(act.event, person, act.system, data, cause)
        if turn < act.times:
            due = add(self._world.now, act.after, self._world.zone_of(person), self._setting.holidays)
            self._world.at(due, FACT, person, self._perform, sequel, person, cause, keys, turn + 1, since)

    def _happened(self, match: Match, person: str, since: int, keys: dict[str, Value], same_day: bool) -> bool:
        """True if something that fits has happened to this person since then, with no key that differs."""
        if same_day:
            local = self._world.zone_of(person)
            since = min(since, local.start_of_day(local.local_date(self._world.now)))
        for event in reversed(self._world.history[person]):
            if event.time < since:
                return False
            if event.name != match.name or not match.fits(self._world.truth_view(event)):
                continue
            if all(
                event.data.get(key, value) == value for key, value in keys.items() if key in self._setting.lexicon.keys
            ):
                return True
        return False

    def _shown(self, person: str, kind: str) -> dict[str, Value]:
        """The key of the thing that reached this person last by a message they could see; nobody shows a lapsed one."""
        key = self._setting.lexicon.key_of.get(kind, "")
        today = self._world.zone_of(person).local_date(self._world.now).isoformat()
        for event in reversed(self._world.history[person]):
            shown = event.name == "Message Received" and event.data.get("folder") == "inbox"
            if (shown or event.name == "Question Answered") and key in event.data:
                lapses = self._world.systems.truth.lookup(person, event.data, (kind, "valid_until"))
                return {key: event.data[key]} if lapses is None or str(lapses) >= today else {}
        return {}
