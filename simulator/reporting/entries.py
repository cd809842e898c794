"""What every report asks of an entry of `scenarios` in a result file, and of a variant that gave none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.reporting.plain import clean, shell_words, spoken_data, spoken_iso

Entry = Mapping[str, Any]
"""One element of `scenarios` in the result file; docs/result-file.md says what stands in it."""

UNCLEAR = ("vacuous", "unsupported")
"""Outcomes that say nothing for or against: only `--strict` counts them as failures."""


@dataclass(frozen=True)
class Rerun:
    """How a variant is run again: the word that names its scenario, and the options that were not the usual ones.

    `backend` is empty where the variant is run on the usual one. With `log` nothing was run: that saved log was judged,
    and is judged again as a whole.
    """

    target: str
    variant: str
    seed: int
    backend: str = ""
    customers: int = 0
    strict: bool = False
    log: str | None = None

    def line(self, customer: str | None = None) -> str:
        """A line to copy and paste into a shell, for one customer's cell or for everybody."""
        begin = ["run", self.target] if self.log is None else ["check", self.log, "--scenario", self.target]
        words = ["journeyproof", *begin, "--variant", self.variant, "--seed", str(self.seed)]
        words += [] if not self.backend else ["--backend", self.backend]
        words += [] if not self.customers else ["--customers", str(self.customers)]
        words += [] if not customer or self.log is not None else ["--customer", customer]
        words += ["--strict"] if self.strict else []
        return shell_words(words)


@dataclass(frozen=True)
class Done:
    """A variant that was judged: its entry of the result file, the seconds it took, and how to run it again."""

    entry: Entry
    seconds: float
    rerun: Rerun


@dataclass(frozen=True)
class Failed:
    """A variant that gave no verdict. `kind` says in a word why; `exit_code` is what the command returns for it."""

    name: str
    family: str
    variant: str
    file: str
    kind: str
    exit_code: int
    message: str
    rerun: Rerun

    @property
    def label(self) -> str:
        """As `label` of an entry."""
        return _label(self.family, self.name, self.variant)


def label(entry: Entry) -> str:
    """`family › scenario › variant`, the scenario left out where it is called like its family."""
    return _label(entry["family"], entry["name"], entry["variant"])


def _label(family: str, name: str, variant: str) -> str:
    return " › ".join([family, variant] if name == family else [family, name, variant])


def placed(place: str) -> tuple[str, int | None]:
    """`file:line` (a column may follow) taken apart; the line is None where there is none."""
    found = re.fullmatch(r"(.*?):(\d+)(?::\d+)?", place)
    return (found[1], int(found[2])) if found else (place, None)


def tally(entry: Entry) -> dict[str, int]:
    """How many checks came to each outcome, gravest first."""
    from simulator.model.results import OUTCOMES

    found = [check["outcome"] for check in entry["checks"]]
    return {outcome: found.count(outcome) for outcome in OUTCOMES if outcome in found}


def violations_of(check: Entry) -> int:
    """How many violations a check has, those that the entry only counts included."""
    return int(check.get("violations_in_all", len(check["violations"])))


def differences(entry: Entry, strict: bool = False) -> dict[str, list[str]]:
    """What is not as the variant declares, in sentences, by check; under "" what concerns no single check.

    With `strict` a check that says nothing for or against is a difference as well.
    """
    found: dict[str, list[str]] = {}
    names = sorted((check["name"] for check in entry["checks"]), key=len, reverse=True)
    for sentence in entry.get("unexpected", ()):
        found.setdefault(_spoken_of(sentence, names), []).append(sentence)
    for check in entry["checks"]:
        name, outcome = check["name"], check["outcome"]
        if outcome == "error" and name not in found:
            reason = check.get("reason") or "it does not say why"
            found[name] = [f"{name}: the check could not judge: {reason}"]
        elif strict and outcome in UNCLEAR and name not in found:
            reason = check.get("reason") or "nothing activated it"
            found[name] = [f"{name}: {outcome}, which --strict does not accept: {reason}"]
    if not found and not entry["as_expected"]:
        found[""] = [f"the outcome is {entry['outcome']}, which this variant does not declare"]
    return found


def _spoken_of(sentence: str, names: Sequence[str]) -> str:
    """The check that a sentence speaks of: it begins with the name, or quotes it."""
    for name in names:
        if re.match(rf"'?{re.escape(name)}'?(?![\w-])", sentence):
            return name
    return next((name for name in names if f"'{name}'" in sentence), "")


def same_for_all(entry: Entry) -> str | None:
    """The reason that all checks of an entry give for an outcome they share, where nothing was judged at all."""
    outcomes = {(check["outcome"], check.get("reason")) for check in entry["checks"]}
    outcome, reason = next(iter(outcomes)) if len(outcomes) == 1 < len(entry["checks"]) else ("", None)
    return reason if outcome in ("error", "unsupported") else None


def is_unsupported(entry: Entry) -> bool:
    """Whether nothing was judged because the backend cannot do what the variant asks: neither right nor wrong."""
    return bool(entry["checks"]) and all(check["outcome"] == "unsupported" for check in entry["checks"])


def blamed(entry: Entry, found: Mapping[str, object]) -> str | None:
    """The customer to look at first: the first whom a check that is not as declared names."""
    checks = [check for check in entry["checks"] if check["name"] in found]
    return next((item["customer"] for check in checks for item in check["violations"] if item["customer"]), None)


def as_expected(entry: Entry, strict: bool = False) -> bool:
    """Whether every verdict is what the variant declares (with `strict`, and each check was really judged)."""
    return not differences(entry, strict)


def timeline(entry: Entry, violation: Entry) -> list[str]:
    """What happened last to the customer of a violation up to its beginning, a line for each event."""
    lines = []
    for event in last_events(entry, violation["customer"], violation["onset"]):
        words = f"{clean(event['name'])}  {spoken_data(event.get('data') or {})}".rstrip()
        lines.append(f"{spoken_iso(event['time'])}  {words}")
    return lines


def last_events(entry: Entry, customer: str, until: str, count: int = 5) -> list[Entry]:
    """The last events of a customer up to an ISO 8601 moment, as far as the entry exhibits them."""
    from simulator.words.clock import from_iso

    horizon = from_iso(until)
    shown = next((item for item in entry.get("exhibits", ()) if item["customer"] == customer), None)
    events = [event for event in (shown or {}).get("events", ()) if from_iso(event["time"]) <= horizon]
    return events[-count:]
