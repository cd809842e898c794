"""The reference backend: journeys, triggers and the rules of contact as docs/semantics-journeys.md states them.

engine      hears events, keeps the clock's timers in order, tells what it does
knowledge   what has reached it: rows, who is known to be one person, objects
triggers    who enters a journey, and when
steps       what each verb does
policy      the rules of contact at a send
lines       who waits before a full cap
conduct     the small decisions that wrong engines get wrong: the seam for mutants
scripts     the briefing compiled
"""

from simulator.backends.reference.conduct import Conduct
from simulator.backends.reference.engine import ReferenceBackend

__all__ = ["Conduct", "ReferenceBackend"]
