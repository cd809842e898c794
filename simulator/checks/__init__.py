"""Layer 2: the checks. They read a log and a scenario, run nothing, and give verdicts.

What each template means is docs/semantics-checks.md; tests/laws/check_oracle.py is written from that text alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.checks.evidence import Evidence
from simulator.checks.protocol import JudgedScenario
from simulator.checks.verdicts import NEED_THE_WHOLE, Judged, judge_check, merged
from simulator.model.log import EventLog
from simulator.model.results import Verdict

__all__ = ["NEED_THE_WHOLE", "Judged", "JudgedScenario", "judge", "judge_block", "merge"]


def judge(log: EventLog, scenario: JudgedScenario) -> list[Verdict]:
    """Judge a log by every check of the scenario, in the order of the document."""
    return merge([judge_block(log, scenario)])


def judge_block(log: EventLog, scenario: JudgedScenario) -> list[Judged]:
    """Judge the events of some people. `scenario.people` holds just these people, and each row is in one block only.

    Events that belong together (equal keys of a check) have to lie in the same block, as those of one cell do.
    """
    evidence = Evidence(log, scenario)
    return [judge_check(evidence, name, rule) for name, rule in scenario.checks.items()]


def merge(blocks: Sequence[Sequence[Judged]]) -> list[Verdict]:
    """The verdicts on all blocks together. Templates in NEED_THE_WHOLE cannot be merged: that is an `error` verdict."""
    return [merged(parts) for parts in zip(*blocks, strict=True)]
