"""Comparing: two results, or a result and a baseline. It reads what runs left behind and runs nothing."""

from simulator.comparing.comparison import Compared, Comparison, Finding, Smallest
from simulator.comparing.facts import Case, Snapshot, Story
from simulator.comparing.pairing import compare, compared, entries
from simulator.comparing.reading import snapshot_of
from simulator.comparing.stories import Change, stories

__all__ = [
    "Case",
    "Change",
    "Compared",
    "Comparison",
    "Finding",
    "Smallest",
    "Snapshot",
    "Story",
    "compare",
    "compared",
    "entries",
    "snapshot_of",
    "stories",
]
