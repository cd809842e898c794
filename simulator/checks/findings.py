"""What a template finds in a log, before it is put into words and into a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.checks.evidence import ROWS
from simulator.model.log import Ints


@dataclass(frozen=True)
class Breach:
    """One way in which a rule was broken. Rows of the log stand for events, -1 for none.

    `sentence` lacks its full stop: what the acting system knew may follow. `deciding` is the row of the fact that the
    actor should have gone by, `acting` the system that acted (or failed to). `true_since` is said only where the fact
    became true later than its row. `margin` is the time to spare in ms. `aside` follows what the actor knew.
    """

    onset: int
    customer: str
    case: str
    sentence: str
    activation: int = -1
    witnesses: tuple[int, ...] = ()
    deciding: int = -1
    acting: str = ""
    true_since: int | None = None
    margin: int | None = None
    expected: str | None = None
    found: str | None = None
    aside: str = ""


@dataclass
class Finding:
    """The result of one template over one log.

    `activations` counts what was judged, `pending` the obligations still open, `unjudged` lists rows whose data was
    unknown. `margin_rows` are the activations whose spare time `margins` tells (ms), in any order. `excused` tells how
    late (ms) the cases were that would be violations, did the backend keep time exactly.
    """

    activations: int
    breaches: list[Breach] = field(default_factory=list)
    pending: int = 0
    unjudged: Sequence[Ints] = ()
    margin_rows: Ints = field(default_factory=lambda: ROWS)
    margins: Ints = field(default_factory=lambda: ROWS)
    excused: Ints = field(default_factory=lambda: ROWS)
    figures: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    def unjudged_rows(self) -> Ints:
        """The distinct rows that could not be judged."""
        return np.unique(np.concatenate([ROWS, *self.unjudged]))
