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


def test_the_harness_takes_a_tenth_of_trytons_time_at_most(tmp_path: Path) -> None:
    report = tmp_path / "spent.json"
    folder = data_folder("scenarios")
    [source] = discover([folder / "engines" / "tryton-not-clicked"], folder, None)
    scenario = load(source, "reminder-alone")
    target = f"{__name__}:{clocked.__name__}"
    backend = partial(capturing, partial(Tryton, engine=target, report=str(report)))
    begun = time.process_time()
    rehearsal = rehearse(scenario, backend=backend)
    here = time.process_time() - begun
    assert rehearsal.as_expected, rehearsal.result["unexpected"]
    told = json.loads(report.read_text(encoding="utf-8"))
    ours = here + told["process"] - told["tryton"]
    share = ours / told["tryton"]
    print(f"\nharness {ours:.2f} s, of which {here:.2f} s here; Tryton {told['tryton']:.2f} s: {100 * share:.1f} %")
    assert share < MOST
