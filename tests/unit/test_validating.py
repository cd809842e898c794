"""What a model refuses is said in our words, at its place; and editors get a JSON Schema they can use."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NamedTuple

import jsonschema
import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, field_validator, model_validator

from simulator.model.reading import Node, from_plain, read_text
from simulator.model.validating import Expression, kind_of, known_keys, one_key_union, validate
from simulator.words.errors import ExpressionError, InvalidDocuments, Problem


class Span(NamedTuple):
    """A toy duration."""

    minutes: int

    def __str__(self) -> str:
        return f"{self.minutes} min"


def parse_span(text: str) -> Span:
    number, space, unit = text.partition(" ")
    if not number.isdigit():
        raise ExpressionError(f"'{text}' is not a span. Write '5 min'")
    if space + unit != " min":
        raise ExpressionError(f"'{unit}' is not a unit. Write 'min'", len(number) + len(space))
    return Span(int(number))


SpanText = Annotated[Span, Expression(parse_span, "^[0-9]+ min$", "a span", ("5 min",))]
Clock = Annotated[int, Expression(lambda text: int(text.replace(":", "")), text=lambda value: f"{value:04}")]


class Toy(BaseModel):
    """The base of the toy documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Send(Toy):
    """Send a message."""

    send: str
    channel: Literal["email", "sms"] = "email"


class Wait(Toy):
    """Wait for a while."""

    wait: SpanText


class Split(Toy):
    """Go one way or the other."""

    split: list[Step]
    if_: str | None = Field(None, alias="if")


Step = Annotated[Any, one_key_union({"send": Send, "wait": Wait, "split": Split})]
Split.model_rebuild()


class Cap(Toy):
    """At most so many."""

    limit: int = Field(ge=1)
    window: SpanText = Field(description="how far back is counted", examples=["60 min"])
    hard: bool = False
    share: float = 1.0

    @model_validator(mode="after")
    def _small(self) -> Cap:
        if self.limit * self.share > 100:
            raise ValueError("a cap above 100 caps nothing")
        return self


class Journey(Toy):
    """A toy journey."""

    journey: str
    steps: list[Step] = []
    caps: dict[str, Cap | Literal["absent"]] = {}
    names: str | list[str] = []
    within: SpanText | None = None
    at: Clock = 800
    extra: dict[str, Any] = {}
    odd: str = "odd"

    @field_validator("odd")
    @classmethod
    def _odd(cls, value: str) -> str:
        assert len(value) % 2, "odd things have an odd length"
        return value


def node(text: str) -> Node:
    (document,) = read_text(text, "a.yaml")
    return document


def refusals(text: str, model: Any = Journey) -> list[str]:
    problems: list[Problem] = []
    assert validate(model, node(text), problems) is None
    assert problems
    return [str(problem) for problem in sorted(problems)]


def refusal(line: str) -> str:
    (only,) = refusals(f"journey: A\n{line}\n")
    return only


def test_a_document_becomes_a_model() -> None:
    problems: list[Problem] = []
    text = """
journey: A
steps:
  - send: hello
  - wait: 5 min
  - {split: [{send: a, channel: sms}, {wait: 1 min}], if: x}
caps: {weekly: {limit: 3, window: 60 min, hard: true, share: 2}, daily: absent}
names: one
within: 7 min
at: 21:00
extra: {a: on, b: [1, null], c: true}
"""
    journey = validate(Journey, node(text), problems)
    assert not problems
    assert journey is not None
    assert journey.steps == [
        Send(send="hello"),
        Wait(wait=Span(5)),
        Split(split=[Send(send="a", channel="sms"), Wait(wait=Span(1))], **{"if": "x"}),
    ]
    assert journey.caps == {"weekly": Cap(limit=3, window=Span(60), hard=True, share=2), "daily": "absent"}
    assert (journey.names, journey.within, journey.at) == ("one", Span(7), 2100)
    assert journey.extra == {"a": "on", "b": [1, None], "c": True}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("stepz: []", "2:1: unknown key 'stepz' (did you mean 'steps'?)."),
        ("zzz: 1", "2:1: unknown key 'zzz'. Known here: journey, steps, caps, names, within, at, extra, odd."),
        ("within: 1w", "2:9: '1w' is not a span. Write '5 min'."),
        ("within: 12 mni", "2:12: 'mni' is not a unit. Write 'min'."),
        ("within: '12 mni'", "2:13: 'mni' is not a unit. Write 'min'."),
        ("within: |\n  12 mni", "3:6: 'mni\\n' is not a unit. Write 'min'."),
        ("within: 7", "2:10: '' is not a unit. Write 'min'."),
        ("within:", "2:8: 'within' has no value. Write a text, or remove it."),
        ("within: [5 min]", "2:9: 'within' must be a text, not a list. Remove the brackets or the '- '."),
        ("names: 3", "2:8: 'names' must be a text or a list, not 3. Put it in quotes: '3'."),
        ("names: [a, 3]", "2:12: item 2 of 'names' must be a text, not 3. Put it in quotes: '3'."),
        ("names: [a, true]", "2:12: item 2 of 'names' must be a text, not true. Put it in quotes: 'true'."),
        ("steps: {send: a}", "2:8: 'steps' must be a list, not a block with the keys send."),
        ("steps: [{snd: a}]", ("2:10: unknown key 'snd' (did you mean 'send'?). One of these keys is needed: "
         "send, wait, split.")),
        ("steps: [send]", "2:9: 'send' has no value. Write 'send: ...'."),
        ("steps: [{}]", ("2:9: item 1 of 'steps' must be a block, not an empty block. One of these keys is needed: "
         "send, wait, split.")),
        ("steps: [{split: [{send: a, chanel: sms}]}]", "2:28: unknown key 'chanel' (did you mean 'channel'?)."),
        ("steps: [{split: [{wait: 3 h}]}]", "2:27: 'h' is not a unit. Write 'min'."),
        ("steps: [{split: [], iff: x}]", "2:21: unknown key 'iff' (did you mean 'if'?)."),
        ("steps: [{send: a, channel: smss}]", ("2:28: 'smss' is no choice for 'channel' (did you mean 'sms'?). "
         "Write 'email' or 'sms'.")),
        ("steps: [{send: a, wait: 5 min}]", "2:19: unknown key 'wait'. Known here: send, channel."),
        ("caps: {a: {limit: 0, window: 1 min}}", "2:19: 'limit' is 0; it must be at least 1."),
        ("caps: {a: {limit: '3', window: 1 min}}", ("2:19: 'limit' must be a whole number, not '3'. Write 3 without "
         "quotes.")),
        ("caps: {a: {limit: 010, window: 1 min}}", "2:19: 'limit' must be a whole number, not '010'."),
        ("caps: {a: {limit: 3.0, window: 1 min}}", "2:19: 'limit' must be a whole number, not 3.0."),
        ("caps: {a: {limit: true, window: 1 min}}", "2:19: 'limit' must be a whole number, not true."),
        ("caps: {a: {limit: 3, window: 1 min, hard: on}}", "2:43: 'hard' must be true or false, not 'on'. Write true."),
        ("caps: {a: {limit: 3, window: 1 min, hard: 1}}", "2:43: 'hard' must be true or false, not 1."),
        ("caps: {a: {limit: 3, window: 1 min, share: 1e3}}", "2:44: 'share' must be a number, not '1e3'."),
        ("caps: {a: {limit: 3}}", "2:11: 'window' is missing. Add 'window: 60 min' (how far back is counted)."),
        ("caps: {a: {limit: 3, windoww: 1 min}}", "2:22: unknown key 'windoww' (did you mean 'window'?)."),
        ("caps: {a: {limit: 300, window: 1 min}}", "2:11: a cap above 100 caps nothing."),
        ("caps: {a: absnt}", ("2:11: 'a' must be a block of 'key: value' lines or 'absent', not 'absnt' (did you mean "
         "'absent'?).")),
        ("caps: {a: 3}", "2:11: 'a' must be a block of 'key: value' lines or 'absent', not 3."),
        ("odd: even", "2:6: odd things have an odd length."),
    ],
)  # fmt: skip
def test_every_refusal_names_place_value_rule_and_remedy(line: str, expected: str) -> None:
    assert refusal(line) == f"a.yaml:{expected}"


def test_a_missing_key_is_placed_at_its_block() -> None:
    assert refusals("odd: odd\n") == ["a.yaml:1:1: 'journey' is missing. Add 'journey: ...'."]


def test_all_refusals_come_at_once() -> None:
    found = refusals("journey: 1\nwithin: 2\nsteps: [{snd: a}, {wait: x}]\nunknown: 1\n")
    assert [line.split(":")[1] for line in found] == ["1", "2", "3", "3", "4"]


def test_what_is_no_block_is_refused() -> None:
    (only,) = refusals("just text\n")
    assert only == "a.yaml:1:1: the document must be a block of 'key: value' lines, not 'just text'."


def test_a_part_of_a_document_is_validated_at_its_place() -> None:
    problems: list[Problem] = []
    document = node("variants:\n  one: {limit: 3, window: 1 min}\n  two: {limit: 3, window: 1 h}\n")
    assert validate(Cap, document, problems, at=("variants", "one")) == Cap(limit=3, window=Span(1))
    assert validate(Cap, document, problems, at=("variants", "two")) is None
    assert validate(Cap, document, problems, at=("variants", "twoo")) is None
    assert [str(problem) for problem in problems] == [
        "a.yaml:3:29: 'h' is not a unit. Write 'min'.",
        "a.yaml:2:3: 'twoo' is missing (did you mean 'two'?). Add it.",
    ]


def test_a_root_model_is_looked_through() -> None:
    class Caps(RootModel[dict[str, Cap]]):
        """Caps by name."""

    (only,) = refusals("weekly: {limit: 'x', window: 1 min}\n", Caps)
    assert only == "a.yaml:1:17: 'limit' must be a whole number, not 'x'."


def test_keys_are_checked_where_a_model_checks_them() -> None:
    class Named(Toy):
        """Spans by span."""

        spans: dict[SpanText, int]

    (only,) = refusals("spans: {1 min: 3, 2 h: 4}\n", Named)
    assert only == "a.yaml:1:19: 'h' is not a unit. Write 'min'."


def test_known_keys_are_those_of_the_models_along_a_location() -> None:
    assert known_keys(Journey) == ("journey", "steps", "caps", "names", "within", "at", "extra", "odd")
    assert known_keys(Journey, ("caps", "any")) == ("limit", "window", "hard", "share")
    assert known_keys(Journey, ("steps", 0)) == ("send", "wait", "split")
    assert known_keys(Journey, ("steps", 0, "<split>")) == ("split", "if")
    assert known_keys(Journey, ("extra", "a")) == ()


def test_expressions_are_dumped_as_text_and_read_again() -> None:
    journey = Journey(journey="A", within=Span(5), steps=[Wait(wait=Span(1))], at=900)
    dumped = journey.model_dump(by_alias=True, exclude_unset=True)
    assert dumped == {"journey": "A", "within": "5 min", "steps": [{"wait": "1 min"}], "at": "0900"}
    problems: list[Problem] = []
    assert validate(Journey, from_plain(json.loads(journey.model_dump_json(by_alias=True)), "a.json"), problems)
    assert not problems
    with pytest.raises(ValidationError):
        Journey(journey="A", within=5)


def test_editors_get_a_json_schema() -> None:
    schema = Journey.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    steps = schema["properties"]["steps"]["items"]["oneOf"]
    assert steps == [{"$ref": "#/$defs/Send"}, {"$ref": "#/$defs/Wait"}, {"$ref": "#/$defs/Split"}]
    span = {"type": "string", "pattern": "^[0-9]+ min$", "description": "a span", "examples": ["5 min"]}
    assert schema["properties"]["within"]["anyOf"] == [span, {"type": "null"}]
    assert schema["$defs"]["Cap"]["properties"]["window"]["description"] == "how far back is counted"
    good = {"journey": "A", "steps": [{"send": "a"}, {"split": [{"wait": "1 min"}], "if": "x"}], "within": "5 min"}
    assert check.is_valid(good)
    for wrong in ({"steps": [{"snd": "a"}]}, {"within": "1w"}, {"unknown": 1}, {"caps": {"a": {"limit": 0}}}):
        assert not check.is_valid({**good, **wrong})


KINDS = ("scenario", "journey", "checks")
NEEDED = "A document begins with one of these keys: scenario, journey, checks."


def test_the_first_key_tells_the_kind() -> None:
    assert kind_of(node("journey: A\nchecks: b\n"), KINDS) == "journey"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenaro: A\n", f"unknown kind 'scenaro' (did you mean 'scenario'?). {NEEDED}"),
        (
            "starts: x\nscenario: A\n",
            "'starts' stands before 'scenario', but the first key tells the kind. Move 'scenario' to the top.",
        ),
        ("- a\n", f"this document is no block of 'key: value' lines. {NEEDED}"),
        ("{}\n", f"this document is no block of 'key: value' lines. {NEEDED}"),
    ],
)
def test_a_document_without_a_kind_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidDocuments) as caught:
        kind_of(node(text), KINDS)
    assert str(caught.value) == f"a.yaml:1:1: {message}"
