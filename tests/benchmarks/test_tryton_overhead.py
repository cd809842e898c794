"""What the harness costs beside Tryton, as a ratio of CPU times within one run.

Tryton's time is what its process spends while it publishes, hears and does what is due. Ours is everything else: the
world, the checks, the sinks and recognition in this process, and in Tryton's the wire and asking when it will wake.
"""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from simulator.backends.tryton.adapter import Tryton, capturing
from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.running import rehearse

pytestmark = [pytest.mark.benchmark, pytest.mark.engine, pytest.mark.xdist_group("tryton")]

MOST = 0.10
"""The share of Tryton's own time that the harness may take."""
TRYTONS = ("open", "ingest", "advance", "close")


def clocked(folder: str, prepared: str, report: str) -> Any:
    """Made in the child: Tryton, and a report of the CPU time that it and its process have spent, once it is closed."""
    from simulator.backends.tryton.engine import TrytonEngine

    class Clocked(TrytonEngine):
        spent = 0.0
        began = 0.0

        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name not in TRYTONS:
                return found

            def timed(*arguments: Any) -> Any:
                begun = time.process_time()
                self.began = self.began or begun
                try:
                    return found(*arguments)
                finally:
                    self.spent += time.process_time() - begun
                    told = {"tryton": self.spent, "process": time.process_time() - self.began}
                    Path(report).write_text(json.dumps(told), encoding="utf-8")

            return timed

    return Clocked(folder, prepared)


RUNS = (
    ("late-birthday", "one-day-incident"),
    ("delayed-delivery", "mis-ticked-flag"),
    ("engines/tryton-not-clicked", "reminder-alone"),
)


def measured(name: str, variant: str, report: Path) -> tuple[float, float]:
    """Our CPU time and Tryton's, in one run."""
    folder = data_folder("scenarios")
    [source] = [each for each in discover([folder / name], folder, None) if variant in each.variants]
    scenario = load(source, variant)
    target = f"{__name__}:{clocked.__name__}"
    backend = partial(capturing, partial(Tryton, engine=target, report=str(report)))
    begun = time.process_time()
    rehearsal = rehearse(scenario, backend=backend)
    here = time.process_time() - begun
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    told = json.loads(report.read_text(encoding="utf-8"))
    return here + told["process"] - told["tryton"], told["tryton"]


def test_the_harness_takes_a_tenth_of_trytons_time_at_most(tmp_path: Path) -> None:
    # Once before, so that what is loaded only once is loaded.
    measured(*RUNS[0], tmp_path / "first.json")
    ours, trytons = 0.0, 0.0
    for name, variant in RUNS:
        here, there = measured(name, variant, tmp_path / "spent.json")
        print(f"\n{name} {variant}: harness {here:.2f} s, Tryton {there:.2f} s: {100 * here / there:.1f} %", end="")
        ours, trytons = ours + here, trytons + there
    print(f"\nall: {100 * ours / trytons:.1f} %")
    assert ours / trytons < MOST
