"""Controls of the rules of contact, over all journeys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from simulator.studio import phrases
from simulator.studio.controls import Control
from simulator.studio.drafts import Draft, Plain
from simulator.studio.problems import Refused

PURPOSES: Final = ("marketing", "survey", "service", "transactional")
_THEN: Final = (("hold", "it waits"), ("drop", "it is not sent"), ("advance", "the journey goes on without it"))
_CAP: Final[Plain] = {
    "limit": 3,
    "window": "7 days rolling",
    "per": "person",
    "exempt": ["transactional"],
    "then": "hold",
}
_QUIET: Final[Plain] = {
    "from": "21:00",
    "until": "08:00",
    "zone": "recipient",
    "exempt": ["transactional"],
    "then": "hold",
}


def rule_controls(draft: Draft, others: Sequence[tuple[str, str]] = ()) -> Iterator[Control]:
    """Everything about the rules that can be turned. `others` are policies that fit here, with their titles."""
    policy = draft.policy
    if others:
        choices = [("", f"{policy.get('policy', 'as they are')}"), *others]
        yield Control(
            "policy", "rules", "Which rules hold", "choice", "", partial(_swap, draft, dict(others)), choices, more=True
        )
    yield from _caps(draft)
    yield from _quiet_hours(draft)
    yield from _consent(draft)
    for name, written in policy.get("suppress", {}).items():
        label = f"No {' or '.join(written['purpose'])} while {written['while']}"
        yield _switch(draft, f"policy.suppress.{name}", label, ("suppress", name))
    if "coherence" in policy:
        label = f"Messages about one {policy['coherence']['same']} never contradict each other"
        yield _switch(draft, "policy.coherence", label, ("coherence",))
    if draft.document.get("plan") is not None:
        kept = policy.get("plan_windows") == "enforced"
        yield Control(
            "policy.plan_windows", "rules", "Nothing leaves after its campaign is over", "toggle", kept,
            partial(_plan_windows, draft),
        )  # fmt: skip
    for message, names in policy.get("require", {}).items():
        label = f"{phrases.words(message)} needs {', '.join(phrases.words(name) for name in names)}"
        yield _switch(draft, f"policy.require.{message}", label, ("require", message), more=True)


def _swap(draft: Draft, titles: dict[str, str], id: str) -> str:
    if id:
        draft.put_policy(id)
    return f"these rules hold: {titles.get(id, draft.policy.get('policy', ''))}"


def _switch(draft: Draft, id: str, label: str, path: tuple[str, ...], *, more: bool = False) -> Control:
    """A rule that is there, and can be taken away."""
    return Control(id, "rules", label, "toggle", True, partial(_keep, draft, label, path), more=more)


def _keep(draft: Draft, label: str, path: tuple[str, ...], stays: bool) -> str:
    block: Any = draft.policy
    for part in path[:-1]:
        block = block.get(part, {})
    if not stays:
        block.pop(path[-1], None)
    said = f"{label[:1].lower()}{label[1:]}"
    return said if stays else f"this rule does not hold: {said}"


def _caps(draft: Draft) -> Iterator[Control]:
    caps = draft.policy.get("caps", {})
    for name, cap in caps.items():
        label = f"At most so many messages, {cap['window']} ({phrases.words(name)})"
        yield _switch(draft, f"policy.caps.{name}", label, ("caps", name))
        yield Control(
            f"policy.caps.{name}.limit", "rules", f"{label}: how many", "number", cap["limit"],
            partial(_set_cap, draft, name, "limit"), min=0, max=1000,
        )  # fmt: skip
        yield Control(
            f"policy.caps.{name}.per", "rules", f"{label}: counted for each", "choice", cap.get("per", "person"),
            partial(_set_cap, draft, name, "per"), (("person", "human being"), ("profile", "row of a database")),
        )  # fmt: skip
        yield Control(
            f"policy.caps.{name}.then", "rules", f"{label}: one more", "choice", cap.get("then", "hold"),
            partial(_set_cap, draft, name, "then"), _THEN, more=True,
        )  # fmt: skip
    if not caps:
        yield Control(
            "policy.caps.weekly", "rules", "At most three messages in seven days", "toggle", False,
            partial(_add_cap, draft),
        )  # fmt: skip
        yield Control(
            "policy.caps.weekly.limit", "rules", "In seven days at most", "number", _CAP["limit"],
            partial(_set_cap, draft, "weekly", "limit"), min=0, max=1000, more=True,
            hint="Turns this rule on.",
        )  # fmt: skip


def _add_cap(draft: Draft, there: bool) -> str:
    if there:
        draft.policy.setdefault("caps", {})["weekly"] = dict(_CAP)
    return f"{'at most' if there else 'there may be more than'} {_CAP['limit']} messages in seven days"


def _set_cap(draft: Draft, name: str, key: str, value: Any) -> str:
    cap = draft.policy.setdefault("caps", {}).setdefault(name, dict(_CAP))
    cap[key] = value
    said = {"limit": "allows", "per": "counts for each", "then": "makes one more"}[key]
    return f"the rule '{phrases.words(name)}' {said} {value}{' messages' if key == 'limit' else ''}"


def _quiet_hours(draft: Draft) -> Iterator[Control]:
    written = draft.policy.get("quiet_hours")
    quiet = written or _QUIET
    yield Control(
        "policy.quiet_hours", "rules", "Quiet hours", "toggle", written is not None, partial(_be_quiet, draft),
        hint="Nothing leaves in these hours.",
    )  # fmt: skip
    for key in ("from", "until"):
        yield Control(
            f"policy.quiet_hours.{key}", "rules", f"Quiet hours: {key}", "time", quiet[key],
            partial(_set_quiet, draft, key), hint="" if written else "Turns quiet hours on.",
        )  # fmt: skip
    yield Control(
        "policy.quiet_hours.then", "rules", "Quiet hours: what comes then", "choice", quiet.get("then", "hold"),
        partial(_set_quiet, draft, "then"), _THEN, more=True,
    )  # fmt: skip


def _be_quiet(draft: Draft, quiet: bool) -> str:
    if quiet:
        draft.policy.setdefault("quiet_hours", dict(_QUIET))
        return f"nothing leaves from {draft.policy['quiet_hours']['from']} until {draft.policy['quiet_hours']['until']}"
    draft.policy.pop("quiet_hours", None)
    return "there are no quiet hours"


def _set_quiet(draft: Draft, key: str, value: str) -> str:
    draft.policy.setdefault("quiet_hours", dict(_QUIET))[key] = value
    return f"quiet hours: {'what comes then: ' if key == 'then' else f'{key} '}{value}"


def _consent(draft: Draft) -> Iterator[Control]:
    written = draft.policy.get("consent")
    needed = written["needed_for"] if written else []
    for purpose in PURPOSES[:2]:
        yield Control(
            f"policy.consent.{purpose}", "rules", f"Consent is needed for {purpose}", "toggle", purpose in needed,
            partial(_need, draft, purpose), more=purpose != "marketing",
        )  # fmt: skip
    if written:
        yield Control(
            "policy.consent.checked", "rules", "Consent is looked up", "choice", written.get("checked", "at sending"),
            partial(_checked, draft),
            (("at sending", "when a message leaves"), ("at scheduling", "when a message is planned")),
        )  # fmt: skip


def _need(draft: Draft, purpose: str, needed: bool) -> str:
    before = draft.policy.get("consent", {"needed_for": []})
    listed = [word for word in PURPOSES if word in before["needed_for"] and word != purpose]
    after = [word for word in PURPOSES if word in listed or (needed and word == purpose)]
    if after:
        draft.policy["consent"] = {**before, "needed_for": after}
    else:
        draft.policy.pop("consent", None)
    return f"{purpose} {'needs a consent' if needed else 'goes to everybody, consent or not'}"


def _checked(draft: Draft, value: str) -> str:
    if "consent" not in draft.policy:
        raise Refused(200, "no consent is needed: let it be needed first.")
    draft.policy["consent"]["checked"] = value
    return f"consent is looked up {'when a message leaves' if value == 'at sending' else 'when a message is planned'}"


def _plan_windows(draft: Draft, kept: bool) -> str:
    draft.policy["plan_windows"] = "enforced" if kept else "ignored"
    return "nothing leaves after its campaign is over" if kept else "messages may leave after their campaign is over"
