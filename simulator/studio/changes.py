"""What is different between two what-ifs: the stories of one customer side by side, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from simulator.studio import phrases


def changes(before: Mapping[str, Any], after: Mapping[str, Any], customer: str) -> list[dict[str, Any]]:
    """The changes from one entry of a result to another: in the customer's story first, then in the verdicts."""
    return [*_of_story(before, after, customer), *_of_verdicts(before, after)]


def _of_story(before: Mapping[str, Any], after: Mapping[str, Any], customer: str) -> Iterator[dict[str, Any]]:
    one, other = _exhibit(before, customer), _exhibit(after, customer)
    if one is None or other is None:
        return
    from simulator.comparing import stories

    for change in stories(one, other):
        yield asdict(change)


def _exhibit(entry: Mapping[str, Any], customer: str) -> Mapping[str, Any] | None:
    return next((exhibit for exhibit in entry["exhibits"] if exhibit["customer"] == customer), None)


def _of_verdicts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rules that hold now and did not, or the other way round."""
    was = {check["name"]: check for check in before["checks"]}
    for check in after["checks"]:
        old = was.get(check["name"])
        if old is None or (old["outcome"] == "violated") == (check["outcome"] == "violated"):
            continue
        broken = check["outcome"] == "violated"
        first = (check if broken else old)["violations"]
        sentence = f"{'Broken now' if broken else 'Broken no more'}: {check['rule'] or phrases.words(check['name'])}"
        event = next((name for item in first for name in item["witnesses"]), None)
        yield {
            "kind": "verdict",
            "sentence": sentence,
            "event_a": None if broken else event,
            "event_b": event if broken else None,
        }
