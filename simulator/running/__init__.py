"""Layer 3: rehearsals. A scenario is run on a backend, its log judged, and all of it told in a result.

rehearse     run a scenario, judge the log, compare with what the variant declares
judge_log    the same for a log that is there already
result_file  rehearsals as one versioned document: the only input of every report, and of `replay`
replay       run everything again from such a document alone, and compare
worker_pool  processes that rehearse side by side
write_log, read_log   the event log as a file of CloudEvents
"""

from simulator.running.logfiles import read_log, write_log
from simulator.running.rehearsal import Finished, Rehearsal, judge_log, rehearse, worker_pool
from simulator.running.replay import ReplayOutcome, replay
from simulator.running.resultfile import result_file

__all__ = [
    "Finished",
    "Rehearsal",
    "ReplayOutcome",
    "judge_log",
    "read_log",
    "rehearse",
    "replay",
    "result_file",
    "worker_pool",
    "write_log",
]
