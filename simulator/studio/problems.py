"""Every way in which the studio says no: a status, a sentence, and the place where there is one. Never a traceback."""

from __future__ import annotations

from typing import Any

from simulator.words.errors import ExpressionError, InvalidDocuments, JourneyproofError

MOST_TOLD = 3
"""Problems of documents that one answer names; the rest is counted."""


class Refused(Exception):
    """A request is not carried out: the HTTP status, a sentence for people, and perhaps a `file:line`."""

    def __init__(self, status: int, sentence: str, where: str = "") -> None:
        super().__init__(status, sentence, where)
        self.status, self.sentence, self.where = status, sentence, where

    @property
    def problem(self) -> dict[str, Any]:
        """The answer's body."""
        return told(self.sentence, self.where)


def told(sentence: str, where: str = "") -> dict[str, Any]:
    """A problem as the page gets it."""
    spoken = sentence[:1].upper() + sentence[1:]
    spoken = spoken if spoken.endswith((".", "!", "?")) else f"{spoken}."
    return {"problem": {"sentence": spoken, **({"where": where} if where else {})}}


def problem_of(error: BaseException) -> dict[str, Any]:
    """What went wrong, in the words of whoever noticed it."""
    match error:
        case Refused():
            return error.problem
        case InvalidDocuments():
            first = error.problems[:MOST_TOLD]
            sentences = list(dict.fromkeys(problem.message[:1].upper() + problem.message[1:] for problem in first))
            more = len(error.problems) - len(first)
            if more:
                sentences.append(f"And {more} more.")
            place = first[0].place
            # What was made of plain data has no lines: then the first one says nothing.
            return told(" ".join(sentences), f"{place.file}:{place.line}" if place.line > 1 else "")
        case ExpressionError():
            return told(error.message)
        case JourneyproofError():
            return told(str(error) or type(error).__name__)
        case _:
            return told(f"something went wrong inside journeyproof: {type(error).__name__}: {error}")
