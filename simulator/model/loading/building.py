"""A bundle becomes a Scenario: every document validated, every word resolved, every mistake told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulator.model.journeys import Journey, Plan, Policy, Program, flatten
from simulator.model.loading.briefings import Rows, Told, briefing_of
from simulator.model.loading.bundles import Bundle, mapping, walk, with_entries
from simulator.model.loading.documenting import document_of, told_documents
from simulator.model.loading.link_checks import check_results, link_checks
from simulator.model.loading.link_journeys import JourneyLinker, refuse_circles
from simulator.model.loading.link_messages import Mail, link_mail, mail_of
from simulator.model.loading.link_organisation import child, link_organisation
from simulator.model.loading.link_story import Cast, StoryLinker, span_of
from simulator.model.loading.natives import natives_of
from simulator.model.loading.peopling import Casting
from simulator.model.loading.planning import campaign_values, planned, rows_of
from simulator.model.loading.resolving import Resolver
from simulator.model.loading.vocabularies import dictionary_of, with_references
from simulator.model.organisation import Organisation
from simulator.model.reading import Node
from simulator.model.rules import Checks, Document
from simulator.model.scenarios import Expected, Scenario, ScenarioOf, Violates
from simulator.model.validating import validate
from simulator.words.clock import add, zone
from simulator.words.errors import InvalidDocuments, Problem, did_you_mean


class Builder:
    """Builds the Scenario of one bundle. `problems` are those met before; all of them are raised together."""

    def __init__(self, bundle: Bundle, problems: list[Problem], *, seed: int, customers: int) -> None:
        self.bundle = bundle
        self.problems = problems
        self.seed = seed
        self.customers = customers
        self.expanded: dict[str, Node] = {}
        self.campaign_of: dict[str, str] = {}

    def scenario(self) -> Scenario:
        """The Scenario. Raises InvalidDocuments with every problem of every document."""
        bundle, problems = self.bundle, self.problems
        node = None if bundle.organisation is None else with_references(bundle.organisation)
        scenario = validate(ScenarioOf, _inlined(bundle), problems)
        organisation = None if node is None else validate(Organisation, node, problems)
        policy = None if bundle.policy is None else validate(Policy, bundle.policy, problems)
        if bundle.plan is not None:
            validate(Plan, bundle.plan, problems)
        checks = None if bundle.checks is None else validate(Checks, _without_results(bundle.checks), problems)
        mail = mail_of(bundle, problems)
        journeys = self._journeys()
        if organisation is None or node is None:
            raise InvalidDocuments(problems)
        dictionary = dictionary_of(bundle, organisation, mail.messages, problems)
        resolver = Resolver(dictionary, organisation.places, problems)
        organisation = link_organisation(organisation, node, resolver)
        linker = JourneyLinker(organisation, resolver)
        link_mail(mail, bundle, resolver)
        journeys = {id: linker.journey(journey, self.expanded[id]) for id, journey in journeys.items()}
        if policy is not None and bundle.policy is not None:
            policy = linker.policy(policy, bundle.policy, mail.messages)
        if checks is not None and bundle.checks is not None:
            checks = link_checks(checks, bundle.checks, resolver)
        check_results(mapping(bundle.checks).get("results"), resolver)
        if scenario is None:
            raise InvalidDocuments(problems)
        return self._put_together(scenario, organisation, policy, mail, journeys, checks, resolver)

    def _journeys(self) -> dict[str, Journey]:
        """The journeys by program id: one for each row of the plan where a journey is written for all."""
        rows = rows_of(self.bundle.plan, self.problems)
        found: dict[str, Journey] = {}
        for id, node in self.bundle.journeys.items():
            versions = {id: node}
            if "for_each" in mapping(node):
                if self.bundle.plan is None:
                    place = node.keys["for_each"]
                    sentence = f"the journey '{id}' runs for each campaign of a plan; name one: 'plan: year-2026'."
                    self.problems.append(Problem(place, sentence))
                    continue
                versions = {f"{id}:{row}": version for row, version in planned(node, rows, self.problems)}
                self.campaign_of |= {f"{id}:{row}": row for row in rows}
            for program, version in versions.items():
                before = len(self.problems)
                journey = validate(Journey, version, self.problems)
                if journey is not None:
                    found[program] = journey
                    self.expanded[program] = version
                elif len(versions) > 1:
                    self.problems[before:] = [p for p in self.problems[before:] if p not in self.problems[:before]]
        return found

    def _put_together(
        self, scenario: ScenarioOf, organisation: Organisation, policy: Policy | None, mail: Mail,
        journeys: Mapping[str, Journey], checks: Checks | None, resolver: Resolver,
    ) -> Scenario:  # fmt: skip
        bundle, problems = self.bundle, self.problems
        node = bundle.scenario
        span = span_of(scenario, node, organisation, resolver)
        if span is None:
            raise InvalidDocuments(problems)
        start, end = span
        crowd = Casting(bundle, resolver, self.seed, self.customers, scenario.limits.people)
        people = crowd.people(organisation, start, end)
        story = StoryLinker(organisation, Cast(people), resolver, span)
        acts = story.acts(scenario.story, child(node, "story"))
        faults = story.faults(scenario.faults, child(node, "faults"))
        rules = checks.rules if checks is not None else {}
        violates = self._violates(scenario, story, rules) if checks is not None else {}
        campaigns = campaign_values(rows_of(bundle.plan, []), organisation.calendar.zone, problems)
        programs = {id: self._program(id, journey, campaigns) for id, journey in journeys.items()}
        refuse_circles(programs, organisation, problems)
        natives = natives_of(scenario.native, child(node, "native"), bundle.native, organisation, resolver)
        if problems or people is None or policy is None or checks is None:
            raise InvalidDocuments(problems)
        known = Rows(organisation, faults, start).known(people)
        told = Told(tuple(programs.values()), policy, *mail, resolver.dictionary)
        local = zone(organisation.calendar.zone)
        active_until = end if scenario.cool_down is None else add(end, scenario.cool_down, local, sign=-1)
        # Nobody enters a journey in the second half of the cool-down: what was begun can still be finished.
        last_entry = active_until + (end - active_until) // 2
        rules_node = mapping(bundle.checks).get("rules", node)
        places = {name: bundle.line_of(_at_key(rules_node, name), "checks", name) for name in rules}
        document = document_of(bundle, people, self.seed, places)
        briefing = briefing_of(organisation, told, known, seed=self.seed, end=last_entry)
        briefing = replace(briefing, documents=told_documents(document), native=natives)
        return Scenario(
            name=bundle.name, family=bundle.family, variant=bundle.variant, title=bundle.title, says=bundle.says,
            file=bundle.file, line=bundle.line, seed=self.seed, start=start, end=end,
            active_from=start if scenario.warm_up is None else add(start, scenario.warm_up, local),
            active_until=active_until,
            organisation=organisation, people=people, briefing=briefing, dictionary=resolver.dictionary, story=acts,
            faults=faults, checks=rules, states=checks.states, check_places=places, campaigns=campaigns,
            limits=scenario.limits, ties=tuple(scenario.ties), violates=violates, diagnosis=scenario.diagnosis,
            document=document, backends=tuple(scenario.backends), sources=dict(bundle.sources),
        )  # fmt: skip

    def _violates(self, scenario: ScenarioOf, story: StoryLinker, rules: Mapping[str, object]) -> dict[str, Expected]:
        at = child(self.bundle.scenario, "violates")
        if not isinstance(scenario.violates, str):
            return story.expected(scenario.violates, at, rules)
        other = self._followed(at)
        if other is None:
            return {}
        said = validate(Violations, Node({"violates": other}, other.place), self.problems)
        return {} if said is None or isinstance(said.violates, str) else story.expected(said.violates, other, rules)

    def _followed(self, at: Node) -> Node | None:
        """What the variant violates that this one violates like; a circle is refused."""
        seen: list[str] = [self.bundle.variant]
        here = at
        while isinstance(here.value, str):
            name = here.value.removeprefix("as ").strip()
            if not here.value.startswith("as ") or name not in self.bundle.variants:
                hint = did_you_mean(name, self.bundle.variants)
                remedy = "Write the checks that are violated, or 'as VARIANT'."
                sentence = f"'{here.value}' names no variant{hint}. {remedy}"
                self.problems.append(Problem(here.place, sentence))
                return None
            if name in seen:
                circle = " as ".join([*seen[seen.index(name) :], name])
                self.problems.append(Problem(at.place, f"{circle}: a circle. Write out what one of them violates."))
                return None
            seen.append(name)
            following = mapping(self.bundle.variants[name]).get("violates")
            if following is None:
                return Node({}, here.place)
            here = following
        return here

    def _program(self, id: str, journey: Journey, campaigns: Mapping[str, Mapping[str, Any]]) -> Program:
        source = id if id in self.bundle.journeys else id.partition(":")[0]
        node = self.bundle.journeys[source]
        lines: dict[tuple[str | int, ...], str] = {}
        for path, step in walk(node):
            if path == () or (path[0] == "steps" and isinstance(path[-1], int)):
                lines[path] = self.bundle.line_of(step, "journeys", source, *path)
        program = flatten(id, journey, lines)
        if id in self.campaign_of:
            row = campaigns.get(self.campaign_of[id], {})
            program = Program(program.id, program.journey, program.nodes, program.line, dict(row))
        return program


class Violations(Document):
    """What a variant violates, on its own: another variant's that is named with `as`."""

    violates: Violates


def _at_key(node: Node, key: str) -> Node:
    """A node whose place is that of a key."""
    return Node(None, node.keys.get(key, node.place))


def _without_results(checks: Node) -> Node:
    """`results` say what is reported, and are no part of the model."""
    return with_entries(checks, results=None)


def _inlined(bundle: Bundle) -> Node:
    """The scenario with a word where its checks were: a saved result keeps them elsewhere."""
    scenario = bundle.scenario
    is_elsewhere = bundle.drawn is not None and "checks" not in mapping(scenario)
    return with_entries(scenario, checks=Node("checks", scenario.place)) if is_elsewhere else scenario
