"""Every way in which the server says no, as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from simulator.backends.http.contract import TITLES, problem_type
from simulator.backends.http.misfits import Misfit
from simulator.words.errors import (
    ClockTurnedBack,
    ExpressionError,
    InvalidDocuments,
    JourneyproofError,
    NotQuiescent,
    Unsupported,
)

MEDIA: Final = "application/problem+json"
"""The media type of a problem."""
_LONGEST: Final = 2_000


class Refused(Exception):
    """A request is not carried out. `more` are further members of the problem."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.more = status, detail, more

    def problem(self) -> dict[str, Any]:
        """The problem as JSON data."""
        title = TITLES.get(self.status)
        kind = {"type": problem_type(self.status), "title": title} if title else {"type": "about:blank", "title": ""}
        return {**kind, "status": self.status, "detail": self.detail[:_LONGEST], **self.more}


def wrong_form(found: Sequence[Misfit]) -> Refused:
    """The body has not the form of the contract."""
    errors = [{"pointer": misfit.pointer, "detail": misfit.detail} for misfit in found]
    return Refused(422, "; ".join(map(str, found)), errors=errors)


def failure(error: BaseException, doing: str, pointer: str) -> Refused:
    """What a session raised while it was `doing` something; `pointer` is where the body holds what it had to read.

    Without a pointer there is none, and whatever cannot be read is a failure of the backend.
    """
    match error:
        case Unsupported():
            refusals = [{"line": refusal.line, "sentence": refusal.sentence} for refusal in error.refusals]
            return Refused(422, f"the backend cannot express the briefing: {error}", refusals=refusals)
        case ClockTurnedBack():
            return Refused(409, str(error))
        case NotQuiescent():
            return Refused(504, str(error))
        case InvalidDocuments() if pointer:
            return wrong_form([Misfit(pointer, problem.message) for problem in error.problems])
        case ExpressionError() if pointer:
            return wrong_form([Misfit(pointer, str(error))])
        case JourneyproofError():
            return Refused(500, f"the backend failed in {doing}: {error}")
        case _:
            return Refused(500, f"the backend failed in {doing}: {type(error).__name__}: {error}")
