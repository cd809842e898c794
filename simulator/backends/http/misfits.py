"""What is wrong with a body, judged by the contract itself."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from simulator.backends.http.shapes import reference, schemas
from simulator.model.jsonl import instant_of
from simulator.words.errors import ExpressionError

MOST: Final = 20
"""After so many wrong values no more are told."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJson(Exception):
    """A body is no JSON that all programs read alike; the sentence says why."""


@dataclass(frozen=True)
class Misfit:
    """One value that is wrong: where it stands (a JSON Pointer), and a sentence."""

    pointer: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the body'}: {self.detail}"


def parsed(body: bytes) -> Any:
    """The value of a JSON text. Raises NotJson, also for what only some programs read: NaN, 1e999, half a character."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start + 1} is not UTF-8") from None
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    except UnicodeEncodeError:
        raise NotJson("a text holds half of a character, a surrogate without its pair") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError:
        raise NotJson("a number has too many digits") from None
    return value


def _refuse(word: str) -> None:
    raise NotJson(f"'{word}' is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson(f"the number {text[:20]} is too large")
    return number


def misfits(value: object, schema: str) -> list[Misfit]:
    """What is wrong with a value by the schema of that name, in the order of the places; empty when nothing is."""
    try:
        found = list(_told(_validator(schema).iter_errors(value)))
    except RecursionError:
        return [Misfit("", "it is nested too deeply")]
    return sorted(dict.fromkeys(found), key=lambda misfit: misfit.pointer)[:MOST]


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


@cache
def _validator(schema: str) -> Draft202012Validator:
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ExpressionError)(_is_instant)
    return Draft202012Validator({**reference(schema), "components": {"schemas": schemas()}}, format_checker=formats)


def _is_instant(value: object) -> bool:
    if isinstance(value, str):
        instant_of("the instant", value)
    return True


def _told(errors: Iterable[ValidationError]) -> Iterator[Misfit]:
    for error in errors:
        if error.validator == "anyOf" and error.context:
            # Of the alternatives null is never the one that was meant.
            yield from _told(each for each in error.context if each.schema_path[0] == 0)
        else:
            yield Misfit(pointer_of(error.absolute_path), _sentence(error))


def _sentence(error: ValidationError) -> str:
    shown = json.dumps(error.instance, ensure_ascii=False)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"{shown} is no {' or '.join(map(str, kinds))}"
        case "required":
            missing = [name for name in wanted if isinstance(error.instance, dict) and name not in error.instance]
            return f"lacks {', '.join(missing)}"
        case "pattern" | "format" if isinstance(error.schema, dict) and error.schema.get("format") == "date-time":
            return f"{shown} is no instant: write RFC 3339 of the years 1900 to 2199, such as 2025-11-14T07:07:00.000Z"
        case "const":
            return f"{shown} is not {json.dumps(wanted)}"
        case "enum":
            return f"{shown} is none of {', '.join(map(str, wanted))}"
        case _:
            message: str = error.message
            return message if len(message) <= 200 else f"{message[:197]}..."
