"""Types of conditions: every name is declared, every comparison makes sense, before anything runs.

`check_condition` and `check_pattern` return the condition with its words resolved and its literals as values in memory,
together with every problem found, each an `ExpressionError` with the offset in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from simulator.model.condition_literals import EXAMPLES, PHRASES, WORDY, literal_of
from simulator.model.conditions import (
    And,
    Comparison,
    Condition,
    Contains,
    Known,
    Literal,
    Membership,
    Name,
    Not,
    Now,
    Operand,
    Or,
    Pattern,
    Subject,
    Today,
)
from simulator.words.errors import ExpressionError, did_you_mean
from simulator.words.vocabulary import DATE, ID, INSTANT, TEXT, FieldType

ANY: Final = "any"
PLACE_PARTS: Final = ("name", "sign")
"""What a field that holds a place leads to: the place's name, and the sign on its door. Both are text."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of thing: the field that is its key, the system of record (`home`), and its fields."""

    key: str
    home: str
    fields: Mapping[str, FieldType] = field(default_factory=dict)

    @property
    def all_fields(self) -> dict[str, FieldType]:
        """The fields with the key, which is an id."""
        return {self.key: ID, **self.fields}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Everything a condition may name.

    `fields` are those of events, one type each over the whole scenario; `zone` is the IANA zone of instants that name
    none. `words` gives the declared values of a field (such as `message`), or of a kind (`place`), so that a typo in
    one is found; without an entry any word is accepted.
    """

    fields: Mapping[str, FieldType]
    objects: Mapping[str, ObjectType]
    events: frozenset[str]
    systems: frozenset[str]
    zone: str = "UTC"
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may ask where it stands, and who asks.

    `fields_of_event`: there is an event whose fields can be named. `activation`: `activation.x` can be. `per`: it may
    ask what a system holds, as checks do. `owner` begins the sentence ("a journey"); `system` is the one it sits in.
    """

    fields_of_event: bool = True
    activation: bool = False
    per: bool = False
    owner: str = "this condition"
    system: str = ""


CHECK: Final = Scope(per=True, owner="a check")
"""The `where` of an activation or a target."""
EXPECTATION: Final = Scope(activation=True, per=True, owner="an expectation")
"""The `expect` of a check, which sees the activation."""


def check_pattern(pattern: Pattern, dictionary: Dictionary, scope: Scope) -> tuple[Pattern, list[ExpressionError]]:
    """Type a pattern; return it typed, and every problem in order of offset."""
    problems = []
    if pattern.event not in dictionary.events:
        hint = did_you_mean(pattern.event, sorted(dictionary.events)) or _DECLARE_EVENT
        problems.append(ExpressionError(f"unknown event '{pattern.event}'{hint}", pattern.offset))
    if pattern.condition is None:
        return pattern, problems
    condition, others = check_condition(pattern.condition, dictionary, scope)
    return replace(pattern, condition=condition), problems + others


def check_condition(
    condition: Condition, dictionary: Dictionary, scope: Scope
) -> tuple[Condition, list[ExpressionError]]:
    """Type a condition; return it typed (a test with a problem as it was), and every problem in order of offset."""
    checker = _Checker(dictionary, scope)
    typed = checker.condition(condition)
    return typed, sorted(checker.problems, key=lambda problem: problem.offset)


_DECLARE_EVENT = ". Declare it under 'events' of the organisation."
_DECLARE_OBJECT = ". Declare it under 'objects' of the organisation."
_DECLARE_FIELD = ". Declare it with an object or an event of the organisation."


def type_of(name: Name, dictionary: Dictionary, scope: Scope) -> FieldType:
    """The type of what a name stands for; ExpressionError if it is undeclared, or may not be asked in this scope."""
    _check_per(name, dictionary, scope)
    head, *rest = name.parts
    if head == "activation" and rest:
        return _of_activation(name, dictionary, scope)
    if not rest:
        return _of_event(name, dictionary, scope)
    if head in dictionary.objects:
        fields = dictionary.objects[head].all_fields
        return _along(name, rest, fields, f"'{head}' has no field")
    if head in _event_fields(dictionary) and scope.fields_of_event:
        return _along(name, list(name.parts), _event_fields(dictionary), "unknown field")
    hint = did_you_mean(head, sorted(dictionary.objects)) or _DECLARE_OBJECT
    raise ExpressionError(f"unknown object '{head}'{hint}", name.offset)


def _event_fields(dictionary: Dictionary) -> dict[str, FieldType]:
    """The fields of events, with the columns every row of the log has."""
    system = FieldType("choice", tuple(sorted(dictionary.systems))) if dictionary.systems else ID
    return {"person": ID, "profile": ID, "system": system, **dictionary.fields}


def _of_event(name: Name, dictionary: Dictionary, scope: Scope) -> FieldType:
    (word,) = name.parts
    if word in dictionary.objects and word not in dictionary.fields:
        example = next(iter(dictionary.objects[word].all_fields))
        raise ExpressionError(
            f"'{word}' is an object. Name one of its fields, such as '{word}.{example}'.", name.offset
        )
    if not scope.fields_of_event:
        holders = [thing for thing, kind in dictionary.objects.items() if word in kind.all_fields]
        remedy = f"'{holders[0]}.{word}'" if holders else "'object.field'"
        message = f"{scope.owner} has no event here whose field '{word}' could be. Write {remedy}."
        raise ExpressionError(message, name.offset)
    return _along(name, [word], _event_fields(dictionary), "unknown field")


def _of_activation(name: Name, dictionary: Dictionary, scope: Scope) -> FieldType:
    rest = list(name.parts[1:])
    if not scope.activation:
        remedy = f"Link the two with 'same: {rest[0]}'; compare other values in 'expect'."
        raise ExpressionError(f"{scope.owner} mentions '{name}', but sees its own row only. {remedy}", name.offset)
    return _along(name, rest, _event_fields(dictionary), "unknown field")


def _along(name: Name, path: list[str], fields: Mapping[str, FieldType], complaint: str) -> FieldType:
    """Follow a path of one field, or of a place and its name or sign."""
    first, *rest = path
    if first not in fields:
        declare = _DECLARE_FIELD if complaint == "unknown field" else _DECLARE_OBJECT
        hint = did_you_mean(first, sorted(fields)) or declare
        raise ExpressionError(f"{complaint} '{first}'{hint}", name.offset)
    if not rest:
        return fields[first]
    if fields[first].kind != "place":
        message = (
            f"'{first}' is {PHRASES[fields[first].kind]}, which has no '{rest[0]}'. Only a place has name and sign."
        )
        raise ExpressionError(message, name.offset)
    if len(rest) > 1 or rest[0] not in PLACE_PARTS:
        raise ExpressionError(f"A place has 'name' and 'sign', not '{'.'.join(rest)}'.", name.offset)
    return TEXT


def _check_per(name: Name, dictionary: Dictionary, scope: Scope) -> None:
    if name.per is None:
        return
    if not scope.per:
        here = scope.system or "its own system"
        link = f"Add a link '{name.per} to {scope.system}', or move" if scope.system and name.per != ANY else "Move"
        message = f"{scope.owner} cannot ask 'per {name.per}': it knows only what reached {here}."
        raise ExpressionError(f"{message} {link} this question to a check.", name.offset)
    if name.per != ANY and name.per not in dictionary.systems:
        hint = did_you_mean(name.per, [*sorted(dictionary.systems), ANY])
        raise ExpressionError(f"unknown system '{name.per}'{hint}", name.offset)
    if name.parts[0] not in dictionary.objects:
        message = f"'{name}' asks what a system holds, and a system holds objects. Write 'object.field per {name.per}'."
        raise ExpressionError(message, name.offset)


class _Checker:
    """Walks one condition and collects its problems."""

    def __init__(self, dictionary: Dictionary, scope: Scope) -> None:
        self._dictionary = dictionary
        self._scope = scope
        self.problems: list[ExpressionError] = []

    def condition(self, condition: Condition) -> Condition:
        match condition:
            case And(items) | Or(items):
                return replace(condition, items=tuple(self.condition(item) for item in items))
            case Not(item):
                return replace(condition, item=self.condition(item))
            case Comparison():
                return self._comparison(condition)
            case Membership():
                return self._membership(condition)
            case Contains():
                return self._contains(condition)
            case Known():
                self._type(condition.left)
        return condition

    def _type(self, subject: Subject) -> FieldType | None:
        """The type of a subject; None after a problem, which has been noted."""
        if not isinstance(subject, Name):
            return INSTANT if isinstance(subject, Now) else DATE
        try:
            return type_of(subject, self._dictionary, self._scope)
        except ExpressionError as problem:
            self.problems.append(problem)
            return None

    def _comparison(self, test: Comparison) -> Comparison:
        left = self._type(test.left)
        if left is None:
            # What the left side is compared with may be misspelt as well.
            if isinstance(test.right, Name):
                self._type(test.right)
            return test
        if test.op not in ("=", "!=") and left.kind in (*WORDY, "flag"):
            message = f"'{test.left}' is {PHRASES[left.kind]}: it is compared with '=' or '!=', not with '{test.op}'."
            self.problems.append(ExpressionError(message, test.offset))
            return test
        right = self._right(test.left, left, test.right)
        return test if right is None else replace(test, right=right)

    def _right(self, subject: Subject, left: FieldType, right: Operand) -> Operand | None:
        if left.kind in WORDY and not isinstance(right, Name | Literal) and getattr(right, "duration", None) is None:
            # `reason = birthday`: beside a text, the names of times are words like any other.
            right = Literal(str(right), "word", offset=right.offset)
        if isinstance(right, Literal) and right.kind == "word" and left.kind not in WORDY:
            named = self._field_named(subject, left, right)
            if named is None:
                return None
            right = named
        if isinstance(right, Literal):
            return self._literal(subject, left, right)
        kind = self._type(right)
        if kind is None:
            return None
        remedy = _cannot_compare(subject, left.kind, right, kind.kind)
        if remedy:
            self.problems.append(ExpressionError(remedy, right.offset))
            return None
        return right

    def _field_named(self, subject: Subject, left: FieldType, word: Literal) -> Name | None:
        """A bare word beside a number, amount or time is the name of another field."""
        fields = _event_fields(self._dictionary) if self._scope.fields_of_event else {}
        if str(word.value) in fields:
            return Name((str(word.value),), offset=word.offset)
        same_kind = sorted(name for name, kind in fields.items() if kind.kind == left.kind)
        hint = did_you_mean(str(word.value), same_kind) or f". Write {EXAMPLES[left.kind]}."
        message = f"'{subject}' is {PHRASES[left.kind]}, and '{word}' is neither that nor a field{hint}"
        self.problems.append(ExpressionError(message, word.offset))
        return None

    def _literal(self, subject: Subject, left: FieldType, literal: Literal) -> Literal | None:
        try:
            typed = literal_of(literal, left, str(subject), self._dictionary.zone)
            self._check_word(subject, left, typed)
        except ExpressionError as problem:
            self.problems.append(problem)
            return None
        return typed

    def _check_word(self, subject: Subject, left: FieldType, literal: Literal) -> None:
        if left.kind not in WORDY or not isinstance(subject, Name):
            return
        word = str(literal.value)
        declared: Iterable[str] | None = left.choices or None
        if declared is None and left.kind in ("id", "place"):
            declared = self._dictionary.words.get(left.kind if left.kind == "place" else subject.parts[-1])
        if declared is not None and word not in declared:
            hint = did_you_mean(word, sorted(declared))
            if left.choices and not hint:
                hint = f". '{subject}' is one of {', '.join(left.choices)}."
            message = f"unknown {subject.parts[-1]} '{word}'{hint}"
            raise ExpressionError(message, literal.offset)

    def _membership(self, test: Membership) -> Membership:
        left = self._type(test.left)
        if left is None:
            return test
        before = len(self.problems)
        options = []
        for option in test.options:
            if option.kind == "word" and left.kind not in WORDY:
                message = f"'{test.left}' is {PHRASES[left.kind]}, '{option}' is a word. Write {EXAMPLES[left.kind]}."
                self.problems.append(ExpressionError(message, option.offset))
            else:
                options.append(self._literal(test.left, left, option) or option)
        return test if len(self.problems) > before else replace(test, options=tuple(options))

    def _contains(self, test: Contains) -> Contains:
        left = self._type(test.left)
        if left is not None and left.kind not in ("text", "id"):
            message = f"'{test.left}' is {PHRASES[left.kind]}: only text can contain something. Write '='."
            self.problems.append(ExpressionError(message, test.offset))
        return test


def _cannot_compare(subject: Subject, left: str, right: Subject, kind: str) -> str:
    """The complaint about two names of kinds that cannot be compared; empty if they can."""
    if (
        left == kind
        or (left in WORDY and kind in WORDY and "place" not in (left, kind))
        or {left, kind} == {"id", "place"}
    ):
        return ""
    remedy = ""
    if left == "date" and isinstance(right, Now):
        remedy = f" Write 'today{'' if right.duration is None or right.duration.ms else str(right)[3:]}'."
    elif left == "instant" and isinstance(right, Today):
        remedy = f" Write 'now{str(right)[5:]}'."
    elif {left, kind} == {"text", "place"}:
        remedy = f" Write '{right if kind == 'place' else subject}.name'."
    return f"'{subject}' is {PHRASES[left]}, '{right}' is {PHRASES[kind]}: the two cannot be compared.{remedy}"
