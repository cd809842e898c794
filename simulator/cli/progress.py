"""A line that says how far long work has come, on a real terminal only.

It is drawn when there is news and never from a thread of its own: workers are forked from this process, and a fork
while another thread holds the terminal's lock would hang.
"""

from __future__ import annotations

import time

from rich.control import Control
from rich.segment import ControlType

from simulator.reporting.plain import clean
from simulator.reporting.screen import Screen

PATIENCE = 2.0
"""Seconds of work before a line is drawn."""
_PACE = 0.1


class Progress:
    """Counts variants and people. `begin` names the variant that starts; `clear` makes room for other words."""

    def __init__(self, screen: Screen, variants: int, patience: float = PATIENCE) -> None:
        self._screen = screen
        self._patience = patience
        self._variants = variants
        self._number = 0
        self._name = ""
        self._begun = self._drawn = time.perf_counter()
        self._visible = False

    def begin(self, name: str) -> None:
        """A variant starts."""
        self._number += 1
        self._name = clean(name)
        self._draw("")

    def people(self, done: int, everybody: int) -> None:
        """So many people of the variant are done."""
        self._draw(f" · {done:,} of {everybody:,} people" if everybody > 1 else "")

    def share(self, done: int, whole: int) -> None:
        """So much of a piece of work is done."""
        self._draw(f" · {100 * done // max(1, whole)} %")

    def clear(self) -> None:
        """Take the line away, so that something else can be written."""
        if self._visible:
            self._screen.console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))
            self._visible = False

    def _draw(self, words: str) -> None:
        now = time.perf_counter()
        if (
            not self._screen.moves
            or now - self._begun < self._patience
            or (self._visible and now - self._drawn < _PACE)
        ):
            return
        self.clear()
        line = self._screen.glyphs(f"… {self._number} of {self._variants} · {self._name}{words}")
        self._screen.console.print(line[: self._screen.console.width - 1], style="dim", end="", soft_wrap=True)
        self._screen.flush()
        self._visible, self._drawn = True, now
