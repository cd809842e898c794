"""Small scenarios for tests: somebody signs up and is welcomed. They stand on the shipped `plain` documents."""

from __future__ import annotations

from pathlib import Path

from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario

SMALLEST = """
scenario: A welcome mail follows a sign-up
starts: 2026-03-02
lasts: 3 days
journeys: [welcome]
story:
  - {at: 2026-03-02 10:00, who: anyone, event: Signed Up}
checks:
  welcomed:
    response: Every sign-up is welcomed within the hour.
    activation: Signed Up
    target: Message Received where message = welcome
    within: 1 h
"""
"""As few words as a scenario can have."""

WELCOME = """
scenario: A welcome mail follows a sign-up
starts: 2026-03-02
lasts: 3 days
journeys: [welcome]
people:
  ada: {like: anna, name: Ada Example}
  bob:
    like: anna
    name: Bob Example
    lives: {zone: Asia/Tokyo}
    profiles: [{system: crm, email: bob@example.org, consent: email}]
story:
  - {at: 2026-03-02 10:00, who: [ada, bob], event: Signed Up}
checks:
  welcomed:
    response: Every sign-up is welcomed within the hour.
    activation: Signed Up
    target: Message Received where message = welcome
    within: 1 h
  one-welcome:
    at_most: One welcome each.
    target: Message Received where message = welcome
    limit: 1
variants:
  as-it-should-go: {}
  engine-down:
    faults: [{fault: down, of: backend, from: 2026-03-02 09:00, until: 2026-03-02 12:00}]
    violates: {welcomed: everyone}
"""


def welcome(folder: Path, variant: str = "as-it-should-go", text: str = WELCOME, seed: int = 1) -> Scenario:
    """A variant of the scenario, loaded from a file of a project in `folder`."""
    file = folder / "scenarios" / "welcome" / "welcome.scenario.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    [source] = discover([file], data_folder("scenarios"), folder)
    return load(source, variant, seed=seed, customers=0)
