"""Models get their words resolved: patterns, conditions and moments are typed against the dictionary, in place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from pydantic import BaseModel

from simulator.model.condition_literals import PHRASES
from simulator.model.conditions import And, Comparison, Contains, Known, Membership, Not, Or, Pattern
from simulator.model.conditions import Name as ConditionName
from simulator.model.loading.bundles import within
from simulator.model.moments import Moment, parse_moment
from simulator.model.reading import Node, child_of
from simulator.model.shaping import key_of
from simulator.model.typing import Dictionary, Scope, check_condition, check_pattern, type_of
from simulator.words.clock import zone
from simulator.words.errors import ExpressionError, Problem, did_you_mean
from simulator.words.vocabulary import FieldType

M = TypeVar("M", bound=BaseModel)
ScopeOf = Callable[[str], Scope]
"""The scope of what stands under a key."""

_CONDITIONS = (And, Or, Not, Comparison, Membership, Known, Contains)
_KIND_WORDS = {"instant": "an instant", "date": "a date", "place": "a place"}


class Resolver:
    """Types what stands in models, and notes each mistake at its place."""

    def __init__(self, dictionary: Dictionary, places: Collection[str], problems: list[Problem]) -> None:
        self.dictionary = dictionary
        self.places = places
        self.problems = problems
        self._zone = zone(dictionary.zone)

    def model(self, model: M, node: Node, scope: Scope | ScopeOf) -> M:
        """The model with everything in it typed; `node` is what it was made of."""
        scope_of: ScopeOf = (lambda _: scope) if isinstance(scope, Scope) else scope
        changed: dict[str, Any] = {}
        for name, info in type(model).model_fields.items():
            key = key_of(name, info)
            child = child_of(node, key)
            before = getattr(model, name)
            if child is not None:
                after = self.value(before, child, scope_of, key)
                if after is not before:
                    changed[name] = after
        return model.model_copy(update=changed) if changed else model

    def value(self, value: Any, node: Node, scope_of: ScopeOf, key: str) -> Any:
        """A value of a model, typed; the same object where nothing in it can be."""
        if isinstance(value, Pattern):
            return self.pattern(value, node, scope_of(key))
        if isinstance(value, _CONDITIONS):
            typed, errors = check_condition(value, self.dictionary, scope_of(key))
            self._note(node, errors)
            return typed
        if isinstance(value, Moment):
            return self.moment(value, node, scope_of(key))
        if isinstance(value, BaseModel):
            return self.model(value, node, scope_of)
        if isinstance(value, list | tuple):
            listed = [self.value(item, child_of(node, at) or node, scope_of, key) for at, item in enumerate(value)]
            return type(value)(listed) if any(new is not old for new, old in zip(listed, value, strict=True)) else value
        if isinstance(value, dict):
            entries = {at: self.value(item, child_of(node, at) or node, scope_of, key) for at, item in value.items()}
            return entries if any(entries[at] is not item for at, item in value.items()) else value
        return value

    def pattern(self, pattern: Pattern, node: Node, scope: Scope) -> Pattern:
        """A pattern, typed."""
        typed, errors = check_pattern(pattern, self.dictionary, scope)
        self._note(node, errors)
        return typed

    def moment(self, moment: Moment, node: Node, scope: Scope) -> Moment:
        """A moment whose names are declared and of fitting kinds, and whose instants lie in the organisation's zone."""
        for use in moment.names():
            kind = self.name(use.path, node, scope, use.offset)
            if kind is not None and kind.kind not in use.kinds:
                wanted = " or ".join(_KIND_WORDS[kind] for kind in use.kinds)
                message = f"'{'.'.join(use.path)}' is {PHRASES[kind.kind]}. Here stands {wanted}."
                self._note(node, [ExpressionError(message, use.offset)])
        for place in moment.places():
            self.place(place.id, node, place.offset)
        try:
            return parse_moment(moment.text, self._zone)
        except ExpressionError as error:
            self._note(node, [ExpressionError(error.message, error.offset + moment.offset)])
            return moment

    def name(self, path: tuple[str, ...], node: Node, scope: Scope, offset: int = 0) -> FieldType | None:
        """The type of a dotted name; None after a problem, which is noted."""
        try:
            return type_of(ConditionName(path, None, offset), self.dictionary, scope)
        except ExpressionError as error:
            self._note(node, [error])
            return None

    def dotted(self, text: str, node: Node, scope: Scope) -> FieldType | None:
        """The type of a dotted name that is written as a text of its own, such as `customer.birth_date`."""
        return self.name(tuple(text.split(".")), node, scope)

    def place(self, id: str, node: Node, offset: int = 0) -> None:
        """A place by its id."""
        self.known("place", id, self.places, node, offset)

    def known(
        self, what: str, word: str, known: Collection[str], node: Node, offset: int = 0, *, remedy: str = ""
    ) -> bool:
        """Whether a word is one of those declared; if not, that is noted."""
        if word in known:
            return True
        words = sorted(known)
        said = f"unknown {what} '{word}'{did_you_mean(word, words)}"
        if not said.endswith(")"):
            one = "is" if len(words) == 1 else "are"
            more = ", ..." if len(words) > 12 else ""
            said += f". There {one}: {', '.join(words[:12])}{more}." if words else f". No {what} is declared."
        self._note(node, [ExpressionError(f"{said} {remedy}".rstrip(), offset)])
        return False

    def event(self, name: str, node: Node) -> None:
        """An event by its name."""
        if name not in self.dictionary.events:
            hint = did_you_mean(name, sorted(self.dictionary.events))
            remedy = hint or ". Declare it under 'events' of the organisation."
            self._note(node, [ExpressionError(f"unknown event '{name}'{remedy}", 0)])

    def note(self, node: Node, message: str, offset: int = 0) -> None:
        """Note a mistake in what a node says."""
        self._note(node, [ExpressionError(message, offset)])

    def _note(self, node: Node, errors: list[ExpressionError]) -> None:
        self.problems += [Problem(within(node, error.offset), error.message) for error in errors]
