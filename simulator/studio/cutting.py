"""A scenario's document cut to a few people: the same acts, rules and world, and nobody else in it.

Streams of chance are named after people, so that whoever is left does the same as before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from simulator.model.loading.link_story import Cast
from simulator.model.scenarios import Scenario

_DECLARED = ("violates", "diagnosis")


def cut(scenario: Scenario, people: Collection[str]) -> dict[str, Any]:
    """The document of a scenario with these people alone. What it shares with the whole one is not to be changed.

    What the variant declares is left out: it names others.
    """
    document = scenario.document
    head = {key: value for key, value in document["scenario"].items() if key not in _DECLARED}
    cast = Cast(scenario.people)
    story = [act for written in head.get("story", []) if (act := _act(written, cast, people)) is not None]
    if "story" in head:
        head["story"] = story
    kept = [person for person in document["people"] if person["id"] in people]
    return {**document, "scenario": head, "people": kept}


def _act(act: Mapping[str, Any], cast: Cast, people: Collection[str]) -> dict[str, Any] | None:
    """An act as it concerns these people; None if it does not."""
    who = act.get("who")
    if who is None:
        return dict(act)
    meant = [member for name in ([who] if isinstance(who, str) else who) for member in cast.members(name)]
    left = [person for person in dict.fromkeys(meant) if person in people]
    if not left:
        return None
    return {**act, "who": left[0] if len(left) == 1 else left}
