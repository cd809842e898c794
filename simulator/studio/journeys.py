"""Controls of the journeys: which of them run, how long they wait, when they begin, and what they send on which way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from simulator.studio import phrases
from simulator.studio.controls import Control
from simulator.studio.drafts import Draft, Plain, steps_of
from simulator.studio.person import span
from simulator.studio.problems import Refused
from simulator.words.quantities import parse_percent

NONE: Final = ""
"""The choice that nothing runs in its place."""
_REENTRIES: Final = (("once", "once"), ("once a year", "once a year"), ("always", "always"),
                     ("after exit", "again after it has ended"))  # fmt: skip
_CLOCK: Final = re.compile(r"\d\d:\d\d(?= local$|$)")


def choice_controls(draft: Draft, others: Sequence[tuple[str, str]] = ()) -> Iterator[Control]:
    """Which journeys run. `others` are journeys that fit here and do not run, with their titles."""
    for id, journey in draft.journeys.items():
        title = str(journey["journey"])
        choices = [(id, title), (NONE, "no journey"), *others]
        yield Control(
            f"journey.{id}",
            "journey",
            f"Runs: {title}",
            "choice",
            id,
            partial(_swap, draft, id, dict(choices)),
            choices,
        )
    if others:
        choices = [(NONE, "no other"), *others]
        yield Control(
            "journeys.another", "journey", "Runs as well", "choice", NONE, partial(_add, draft, dict(choices)), choices,
            more=True,
        )  # fmt: skip


def journey_controls(draft: Draft) -> Iterator[Control]:
    """Everything inside the journeys that run."""
    for id, journey in draft.journeys.items():
        yield from _begins(draft, id, journey)
        for path, step in steps_of(journey):
            yield from _step(draft, id, path, step)
        for name, coupon in journey.get("coupons", {}).items():
            yield Control(
                f"journey.{id}.coupons.{name}.discount", "journey", f"{phrases.words(name)}: discount", "percent",
                parse_percent(coupon["discount"]), partial(_set_coupon, draft, id, name, "discount"), unit="%",
            )  # fmt: skip
            yield Control(
                f"journey.{id}.coupons.{name}.valid", "journey", f"{phrases.words(name)}: valid for", "duration",
                coupon["valid"], partial(_set_coupon, draft, id, name, "valid"),
            )  # fmt: skip


def _swap(draft: Draft, id: str, titles: dict[str, str], other: str) -> str:
    if other == id:
        return f"'{titles[id]}' runs"
    if other and other in draft.journeys:
        raise Refused(200, f"'{titles[other]}' runs already.")
    order = list(draft.journeys)
    draft.drop_journey(id)
    if not other:
        return f"'{titles[id]}' does not run"
    draft.put_journey(other)
    kept = {name: draft.journeys[name] for name in [other if name == id else name for name in order]}
    draft.document["journeys"] = kept
    return f"'{titles[other]}' runs in place of '{titles[id]}'"


def _add(draft: Draft, titles: dict[str, str], other: str) -> str:
    if not other:
        return "no other journey runs"
    if other in draft.journeys:
        raise Refused(200, f"'{titles[other]}' runs already.")
    draft.put_journey(other)
    return f"'{titles[other]}' runs as well"


def _at(journey: Plain, path: str) -> Any:
    block: Any = journey
    for part in path.split("."):
        block = block[int(part)] if isinstance(block, list) else block[part]
    return block


def _begins(draft: Draft, id: str, journey: Plain) -> Iterator[Control]:
    title, trigger = str(journey["journey"]), journey["trigger"]
    at = trigger.get("at")
    if isinstance(at, str) and (clock := _CLOCK.match(at)):
        yield Control(
            f"journey.{id}.at", "journey", f"{title}: begins at", "time", clock[0], partial(_begin_at, draft, id)
        )
    if "anniversary" in trigger or "date" in trigger:
        yield Control(
            f"journey.{id}.offset", "journey", f"{title}: so long after the day", "duration",
            trigger.get("offset", "0 days"), partial(_begin_off, draft, id), hint="'-15 days' is fifteen days before.",
        )  # fmt: skip
    reentry = journey.get("reentry", "once")
    choices = _REENTRIES if reentry in dict(_REENTRIES) else ((reentry, reentry), *_REENTRIES)
    yield Control(
        f"journey.{id}.reentry", "journey", f"{title}: how often", "choice", reentry, partial(_reenter, draft, id),
        choices, more=True,
    )  # fmt: skip
    holdout = parse_percent(journey["holdout"]) if "holdout" in journey else 0
    yield Control(
        f"journey.{id}.holdout", "journey", f"{title}: held out, for comparison", "percent", holdout,
        partial(_hold_out, draft, id), unit="%", more=True,
    )  # fmt: skip


def _begin_at(draft: Draft, id: str, value: str) -> str:
    trigger = draft.journeys[id]["trigger"]
    trigger["at"] = _CLOCK.sub(value, trigger["at"], count=1)
    return f"'{draft.journeys[id]['journey']}' begins at {value}"


def _begin_off(draft: Draft, id: str, value: str) -> str:
    journey, text = draft.journeys[id], span(value)
    if text in ("0 min", "0 days"):
        journey["trigger"].pop("offset", None)
        return f"'{journey['journey']}' begins on the day"
    journey["trigger"]["offset"] = text
    where = "before" if text.startswith("-") else "after"
    return f"'{journey['journey']}' begins {phrases.duration(text)} {where} the day"


def _reenter(draft: Draft, id: str, value: str) -> str:
    draft.journeys[id]["reentry"] = value
    return f"'{draft.journeys[id]['journey']}' may be entered {dict(_REENTRIES).get(value, value)}"


def _hold_out(draft: Draft, id: str, value: float) -> str:
    journey = draft.journeys[id]
    if value:
        journey["holdout"] = f"{value:g} %"
    else:
        journey.pop("holdout", None)
    return f"'{journey['journey']}' holds {value:g} % out"


def _step(draft: Draft, id: str, path: str, step: Plain) -> Iterator[Control]:
    title = str(draft.journeys[id]["journey"])
    channels = draft.organisation.get("channels", {})
    if "wait" in step:
        yield Control(
            f"journey.{id}.{path}.wait", "journey", f"{title}: waits", "duration", step["wait"],
            partial(_set_step, draft, id, path, "wait", "waits"),
        )  # fmt: skip
    if "at_most" in step:
        what = step.get("wait_for", step.get("answer", "an answer"))
        yield Control(
            f"journey.{id}.{path}.at_most", "journey", f"{title}: waits at most", "duration", step["at_most"],
            partial(_set_step, draft, id, path, "at_most", "waits at most"), hint=f"For: {what}",
        )  # fmt: skip
    if "wait_until" in step:
        yield Control(
            f"journey.{id}.{path}.wait_until", "journey", f"{title}: waits until", "text", step["wait_until"],
            partial(_set_step, draft, id, path, "wait_until", "waits until"), more=True,
            hint="A moment, such as: 08:00 local on birthday",
        )  # fmt: skip
    if step.get("channel") in channels:
        yield Control(
            f"journey.{id}.{path}.channel", "journey", f"{phrases.words(step['send'])}: sent by", "choice",
            step["channel"], partial(_set_step, draft, id, path, "channel", f"sends {phrases.words(step['send'])} by"),
            [(name, phrases.channel(name)) for name in channels],
        )  # fmt: skip


def _set_step(draft: Draft, id: str, path: str, key: str, does: str, value: str) -> str:
    journey = draft.journeys[id]
    step = _at(journey, path)
    step[key] = span(value) if key in ("wait", "at_most") else value
    said = phrases.channel(value) if key == "channel" else step[key]
    return f"'{journey['journey']}' {does} {said}"


def _set_coupon(draft: Draft, id: str, name: str, key: str, value: Any) -> str:
    coupon = draft.journeys[id]["coupons"][name]
    coupon[key] = f"{value:g} %" if key == "discount" else span(value)
    verb = "gives" if key == "discount" else "is valid for"
    return f"{phrases.words(name)} {verb} {coupon[key]}"
