"""The same scenario and seed give the same log and the same result, wherever, whenever and on however many workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from simulator.model.data import data_folder
from simulator.model.jsonl import digests
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario
from simulator.running import rehearse

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = {
    "late-birthday": "constant-shift",
    "delayed-delivery": "as-it-should-have-gone",
    "expired-coupon": "missing-link",
    "after-purchase-silence": "noise-that-triggers",
    "contact-flood": "holes-in-the-letter",
}
"""A variant of each family: small, yet with people drawn by chance wherever the family has some."""

PROGRAM = """
import json, sys
from hashlib import sha256
from tests.laws.test_determinism import FAMILIES, scenario
from simulator.running import rehearse, result_file
if __name__ == "__main__":
    found = {}
    for family in FAMILIES:
        rehearsal = rehearse(scenario(family), workers=int(sys.argv[1]))
        document = {k: v for k, v in result_file([rehearsal]).items() if k not in ("tool", "timing")}
        text = json.dumps(document, ensure_ascii=False)
        found[family] = [rehearsal.result["log_digest"], sha256(text.encode()).hexdigest()]
    print(json.dumps(found))
"""

SURROUNDINGS = [
    ({"PYTHONHASHSEED": "0", "TZ": "Asia/Tokyo", "LC_ALL": "C"}, 1),
    ({"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "it_IT.UTF-8"}, 2),
    ({"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "it_IT.UTF-8"}, 1),
    ({"PYTHONHASHSEED": "0", "TZ": "America/New_York", "LC_ALL": "C"}, 2),
]
"""Every pair of two of these values meets in one process or another."""


def scenario(family: str, seed: int = 42, customers: int = 0) -> Scenario:
    sources = discover([family], data_folder("scenarios"), None)
    source = next(source for source in sources if FAMILIES[family] in source.variants)
    return load(source, FAMILIES[family], seed=seed, customers=customers)


@cache
def in_a_fresh_process(number: int) -> dict[str, list[str]]:
    surroundings, workers = SURROUNDINGS[number]
    environment = {**os.environ, **surroundings, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(workers)], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(SURROUNDINGS)))
def test_surroundings_change_neither_log_nor_result(number: int) -> None:
    assert in_a_fresh_process(number) == in_a_fresh_process(0)


@pytest.mark.parametrize("family", ["late-birthday", "contact-flood"])
def test_another_seed_is_another_log(family: str) -> None:
    one, other = (rehearse(scenario(family, seed)).result["log_digest"] for seed in (42, 43))
    assert one != other


@pytest.mark.parametrize("family", FAMILIES)
def test_one_more_customer_changes_nobody_elses_events(family: str) -> None:
    before, after = (digests(rehearse(scenario(family, customers=count)).log) for count in (6, 7))
    assert {person: after.get(person) for person in before} == before
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_customer_alone_has_the_same_events_as_among_all(family: str) -> None:
    made = scenario(family, customers=3)
    among_all = digests(rehearse(made).log)
    for person in [*made.people][:: max(1, len(made.people) // 4)]:
        alone = digests(rehearse(made, only=person).log)
        assert alone[person] == among_all[person]
