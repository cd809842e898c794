"""The guards of a scenario, found in its documents: each condition, policy line, link and exit rule.

A guard is taken away from a copy of `Scenario.document`, so a new journey or policy line is a new guard without anybody
having to think of it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Plain = dict[str, Any]


@dataclass(frozen=True)
class Guard:
    """One guard by name, and the document without it."""

    name: str
    document: Plain


def guards(document: Plain) -> Iterator[Guard]:
    """Every guard of a resolved scenario, in the order of its documents."""
    yield from _links(document)
    yield from _desks(document)
    yield from _policy(document)
    for id in document["journeys"]:
        yield from _journey(document, id)


def _links(document: Plain) -> Iterator[Guard]:
    for name, link in document["organisation"]["links"].items():
        if link == "absent":
            continue
        without = copy.deepcopy(document)
        without["organisation"]["links"][name] = "absent"
        faults = without["scenario"].get("faults", [])
        without["scenario"]["faults"] = [fault for fault in faults if fault["of"] != f"link {name}"]
        yield Guard(f"link {name}", without)


def _desks(document: Plain) -> Iterator[Guard]:
    for desk, described in document["organisation"].get("desks", {}).items():
        for name, decision in described.get("decides", {}).items():
            if "if" in decision:
                without = copy.deepcopy(document)
                told = without["organisation"]["desks"][desk]["decides"][name]
                del told["if"]
                told.pop("else", None)
                yield Guard(f"desk {desk}: {name}: if {decision['if']}", without)
            if " where " in decision["when"]:
                without = copy.deepcopy(document)
                event = decision["when"].partition(" where ")[0]
                without["organisation"]["desks"][desk]["decides"][name]["when"] = event
                yield Guard(f"desk {desk}: {name}: when {decision['when']}", without)


def _policy(document: Plain) -> Iterator[Guard]:
    policy = document["policy"]
    for key in ("consent", "quiet_hours", "coherence", "plan_windows"):
        if key in policy:
            without = copy.deepcopy(document)
            del without["policy"][key]
            yield Guard(f"policy: {key}", without)
    for key in ("caps", "suppress", "require"):
        for line in policy.get(key, {}):
            without = copy.deepcopy(document)
            del without["policy"][key][line]
            yield Guard(f"policy: {key}: {line}", without)


def _journey(document: Plain, id: str) -> Iterator[Guard]:
    journey = document["journeys"][id]
    if "if" in journey:
        without = copy.deepcopy(document)
        del without["journeys"][id]["if"]
        yield Guard(f"journey {id}: if {journey['if']}", without)
    trigger = journey["trigger"].get("event", "")
    if " where " in trigger:
        without = copy.deepcopy(document)
        without["journeys"][id]["trigger"]["event"] = trigger.partition(" where ")[0]
        yield Guard(f"journey {id}: trigger {trigger}", without)
    for pattern in journey.get("exit", []):
        without = copy.deepcopy(document)
        without["journeys"][id]["exit"].remove(pattern)
        yield Guard(f"journey {id}: exit {pattern}", without)
    yield from _steps(document, id, ("steps",))


def _steps(document: Plain, id: str, path: tuple[str | int, ...]) -> Iterator[Guard]:
    for position, step in enumerate(_at(document["journeys"][id], path)):
        here = (*path, position)
        if "exit" in step:
            without = copy.deepcopy(document)
            del _at(without["journeys"][id], path)[position]
            yield Guard(f"journey {id}: exit step '{step['exit']}'", without)
        for key in ("wait_for", "answer"):
            if " where " in step.get(key, ""):
                without = copy.deepcopy(document)
                _at(without["journeys"][id], here)[key] = step[key].partition(" where ")[0]
                yield Guard(f"journey {id}: {key} {step[key]}", without)
        if "else" in step:
            yield from _steps(document, id, (*here, "else"))
        for number, branch in enumerate(step.get("split", [])):
            if "if" in branch:
                without = copy.deepcopy(document)
                split = _at(without["journeys"][id], (*here, "split"))
                split[number:] = [{"else": split[number].get("then", [])}]
                yield Guard(f"journey {id}: split if {branch['if']}", without)
            inside = "else" if "else" in branch else "then"
            yield from _steps(document, id, (*here, "split", number, inside))


def _at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = node[key]
    return node
