"""Every guard of every as-it-should-have-gone variant matters: taken away, the family fails by name.

What nobody notices stands in `unnoticed-guards.txt`, with a reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.backends import BACKENDS
from simulator.checks import judge
from simulator.model.data import data_folder
from simulator.model.loading import discover, from_document, load
from simulator.running.run import run
from tests.quality.guards import guards

pytestmark = pytest.mark.slow

FAMILIES = ("after-purchase-silence", "contact-flood", "delayed-delivery", "expired-coupon", "late-birthday")
PEOPLE = 150
"""Guards are looked for with so many people: the protagonists come first, and a crowd of this size meets every rule."""

EXCUSED = Path(__file__).with_name("unnoticed-guards.txt")


def excuses(family: str) -> dict[str, str]:
    """The guards of a family that no check misses, and why."""
    lines = [line.split(" | ") for line in EXCUSED.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {guard: reason for told, guard, reason in lines if told == family}


@pytest.mark.parametrize("family", FAMILIES)
def test_without_any_one_guard_the_family_fails_by_name(family: str) -> None:
    shipped = data_folder("scenarios")
    source = next(
        source for source in discover([Path(family)], shipped, None) if "as-it-should-have-gone" in source.variants
    )
    document = dict(load(source, "as-it-should-have-gone", seed=42, customers=0).document)
    document["people"] = document["people"][:PEOPLE]
    noticed: dict[str, list[str]] = {}
    for guard in guards(document):
        scenario = from_document(guard.document)
        verdicts = judge(run(scenario, BACKENDS["reference"]).log, scenario)
        noticed[guard.name] = [verdict.name for verdict in verdicts if verdict.outcome == "violated"]
    assert noticed, "a family without guards guards nothing"
    unnoticed = {name for name, checks in noticed.items() if not checks}
    excused = excuses(family)
    assert unnoticed == set(excused), {
        "nobody notices": sorted(unnoticed - set(excused)),
        "noticed by now, so no excuse is needed": {name: noticed.get(name) for name in set(excused) - unnoticed},
    }
    assert all(len(reason) > 20 for reason in excused.values())
