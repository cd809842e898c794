"""Edits: the controls of a scenario, and what is written into its document when some of them are turned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.studio.acts import NEW_ACT, act_controls
from simulator.studio.behaviour import behaviour_controls
from simulator.studio.catalogue import Base
from simulator.studio.controls import Control, checked
from simulator.studio.cutting import cut
from simulator.studio.drafts import Draft, Plain
from simulator.studio.journeys import choice_controls, journey_controls
from simulator.studio.library import Library
from simulator.studio.person import person_controls
from simulator.studio.problems import Refused
from simulator.studio.rules import rule_controls
from simulator.studio.wishes import Edit, Wish
from simulator.studio.world import world_controls
from simulator.words.errors import did_you_mean


@dataclass
class Edited:
    """A draft with the edits of a wish in it: what is different, in sentences, and the controls as they stand now."""

    draft: Draft
    sentences: list[str]
    controls: list[Control]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> Plain:
        """The edited document."""
        return self.draft.finished()

    def told(self) -> list[dict[str, Any]]:
        """The controls as the page gets them, each showing what it was set to."""
        return [
            control.told(self.values.get(control.id), edited=control.id in self.values and control.id != NEW_ACT)
            for control in self.controls
        ]


def edited(base: Base, wish: Wish, library: Library, people: Sequence[str] | None = None) -> Edited:
    """The document of a wish, cut to `people` (unsaid, to the customer's cell). Raises Refused."""
    if wish.customer not in base.scenario.people:
        hint = did_you_mean(wish.customer, base.scenario.people)
        raise Refused(404, f"nobody called '{wish.customer[:100]}' takes part in this variant{hint}.")
    cell = base.cell_of[wish.customer] if people is None else people
    draft = Draft(base.scenario, cut(base.scenario, cell), wish.customer, base.source.shelf)
    swaps = {control.id: control for control in _swaps(draft, base, library)}
    first = [edit for edit in wish.edits if edit.control in swaps]
    said = {id(edit): _write(draft, swaps[edit.control], edit) for edit in first}
    controls = {control.id: control for control in _others(draft)}
    for edit in wish.edits:
        if id(edit) in said:
            continue
        if edit.control not in controls:
            hint = did_you_mean(edit.control, [*controls, *swaps])
            raise Refused(200, f"nothing here is called '{edit.control[:100]}'{hint}.")
        said[id(edit)] = _write(draft, controls[edit.control], edit)
    values = {edit.control: edit.value for edit in wish.edits}
    sentences = [said[id(edit)] for edit in wish.edits]
    return Edited(draft, [f"{told[:1].upper()}{told[1:]}." for told in sentences], _in_order(swaps, controls), values)


def _write(draft: Draft, control: Control, edit: Edit) -> str:
    return control.write(checked(control, edit.value, draft.zone))


def _swaps(draft: Draft, base: Base, library: Library) -> Iterator[Control]:
    running = set(draft.journeys)
    others = [(id, title) for id, title in library.journeys(base) if id not in running]
    yield from choice_controls(draft, others)
    now = draft.policy
    policies = [(id, title) for id, title in library.policies(base) if title != now.get("policy")]
    yield from (control for control in rule_controls(draft, policies) if control.id == "policy")


def _others(draft: Draft) -> Iterator[Control]:
    yield from person_controls(draft)
    yield from behaviour_controls(draft)
    yield from act_controls(draft)
    yield from world_controls(draft)
    yield from rule_controls(draft)
    yield from journey_controls(draft)


def _in_order(swaps: dict[str, Control], controls: dict[str, Control]) -> list[Control]:
    """By group, which policy and which journeys first."""
    both = [*swaps.values(), *controls.values()]
    order = ("person", "behaviour", "world", "rules", "journey")
    return sorted(both, key=lambda control: order.index(control.group))
