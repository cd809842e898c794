"""Populations: the people of a run, drawn from what is written about them.

`draw` makes them, `cells` groups those who share something, `person_document` and `person_from` keep them: a replay
takes people as they were and does not draw.
"""

from simulator.model.people import PeopleError, person_document, person_from
from simulator.model.populations.cells import cells
from simulator.model.populations.drawing import draw

__all__ = ["PeopleError", "cells", "draw", "person_document", "person_from"]
