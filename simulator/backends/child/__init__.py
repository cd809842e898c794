"""Python backends in a child process: the messages of the protocol cross two pipes, one JSON object a line.

An engine that hangs, crashes or leaks is ended with its process, and only there may a library hold the clock still.
"""

from simulator.backends.child.backend import ChildBackend, end_idle_children
from simulator.backends.child.connection import Limits

__all__ = ["ChildBackend", "Limits", "end_idle_children"]
