"""`*.backend.yaml`: a program of somebody's own, described so that it can be run as an automation under test.

    backend: Our engine, unmodified
    command: [node, engine.js]
    ready: http://127.0.0.1:{port}/health
    tell:
      Signed Up: {post: "http://127.0.0.1:{port}/signup", json: {email: "{address.email}", row: "{profile}"}}
    recognise:
      - {message: welcome, subject: "Welcome, (?P<first_name>.+)"}

The program runs in the file's own folder, from an argument list, without a shell. What it reads of its surroundings
stands in braces: `{port}` a free port, `{smtp}` `{smtp_host}` `{smtp_port}` where it hands its mails over, `{webhook}`
where other messages go, `{folder}` a folder of its own for one run, `{definition}` its definition, `{briefing}` the
journeys of the scenario as JSON, for a program that reads ours, and `{python}` the Python that runs journeyproof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from simulator.backends.program.plans import LISTENS, PRINTS
from simulator.backends.program.telling import OF_PROGRAM, Telling, holes, refuse_elsewhere
from simulator.model.reading import Node, find, read_file
from simulator.model.recognition import Recognise
from simulator.model.rules import Document, DurationText
from simulator.model.validating import kind_of, validate
from simulator.words.clock import Duration
from simulator.words.errors import InvalidDocuments, Problem, did_you_mean

QUARTER: Final = Duration(ms=15 * 60_000)


class ProgramOf(Document):
    """A program under test."""

    backend: str = Field(description="a title, for people")
    command: list[str] = Field(min_length=1, examples=[["node", "engine.js"]])
    environment: dict[str, str] = Field(default={}, description="added to the environment of the harness")
    ready: str = Field(
        LISTENS, description="how to see that it is up: an address that answers, 'listens', or 'prints PATTERN'"
    )
    clock: Literal["faketime", "none"] = Field("faketime", description="none: the program keeps the real time")
    between_steps: Literal["stands", "runs"] | None = Field(
        None, description="whether the program's clock stands still while it works; without it: in Node.js it does"
    )
    granularity: DurationText = Field(QUARTER, description="how often its clock is moved on")
    definition: str | None = Field(None, description="the file that says what it does; without it the description")
    profiles: Telling | None = Field(None, description="how it is told of each profile row at the start")
    tell: dict[str, Telling] = Field(default={}, description="how it is told, by event")
    tick: Telling | None = Field(None, description="how it is told the time, for a program without a clock of its own")
    recognise: list[Recognise] = Field(default=[], description="how its messages are recognised")
    restart: bool = Field(False, description="true: what waits in it survives when it is killed")
    starts_within: DurationText = Field(Duration(ms=60_000), description="real time that it has to become ready")
    steps_within: DurationText = Field(Duration(ms=30_000), description="real time that it has for one step")

    @field_validator("granularity", "starts_within", "steps_within")
    @classmethod
    def _exact(cls, value: Duration) -> Duration:
        if value.is_calendar or value.ms <= 0:
            raise ValueError("write an exact duration, such as 15 min")
        return value

    @field_validator("ready")
    @classmethod
    def _here(cls, value: str) -> str:
        if value.startswith(PRINTS):
            try:
                re.compile(value.removeprefix(PRINTS))
            except re.error as error:
                raise ValueError(f"'{value}' holds no regular expression: {error}") from None
        elif value != LISTENS:
            refuse_elsewhere(value)
        return value


@dataclass(frozen=True)
class Description:
    """A description that has been read: what it says, its file, and the file's name in messages.

    `node` gives the places in the file.
    """

    program: ProgramOf
    file: Path
    shown: str
    node: Node

    @property
    def name(self) -> str:
        """What the backend is called: the file's name without its ending."""
        return self.file.name.removesuffix(".yaml").removesuffix(".backend")

    def problem(self, loc: tuple[str | int, ...], sentence: str) -> Problem:
        """A problem at a place of the file."""
        return Problem(find(self.node, loc), sentence)

    def placeholders(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every placeholder of `profiles` and `tell`, and where it stands."""
        for key, telling in self.program.tell.items():
            yield from ((("tell", key, *loc), name) for loc, name in telling.holes())
        for key in ("profiles", "tick"):
            if (telling := getattr(self.program, key)) is not None:
                yield from (((key, *loc), name) for loc, name in telling.holes())


def read_description(file: Path, shown: str = "") -> Description:
    """Read a `*.backend.yaml`. Raises InvalidDocuments with every problem and its place."""
    shown = shown or file.name
    nodes = read_file(file, shown)
    if len(nodes) > 1:
        raise InvalidDocuments([Problem(nodes[1].place, "a description is one document. Give each a file of its own.")])
    kind_of(nodes[0], ["backend"])
    problems: list[Problem] = []
    program = validate(ProgramOf, nodes[0], problems)
    if program is None:
        raise InvalidDocuments(problems)
    problems += _surroundings(program, nodes[0])
    if program.definition is not None and not (file.parent / program.definition).is_file():
        place = find(nodes[0], ("definition",))
        problems.append(Problem(place, f"there is no file '{program.definition}'. Name it from this file's folder."))
    if problems:
        raise InvalidDocuments(problems)
    return Description(program, file, shown, nodes[0])


def _surroundings(program: ProgramOf, node: Node) -> Iterator[Problem]:
    """Placeholders in command, environment and `ready`, which are filled before there is any event."""
    for key, template in (("command", program.command), ("environment", program.environment), ("ready", program.ready)):
        for name in holes(template):
            if name not in OF_PROGRAM:
                known = ", ".join(f"{{{word}}}" for word in OF_PROGRAM)
                hint = did_you_mean(name, OF_PROGRAM) or f". There are: {known}"
                yield Problem(find(node, (key,)), f"unknown placeholder '{{{name}}}'{hint}")
            elif name == "definition" and program.definition is None:
                yield Problem(find(node, (key,)), "'{definition}' is empty: add 'definition: FILE'.")
