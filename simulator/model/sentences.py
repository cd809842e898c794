"""What to say of a value that a model refuses: one sentence with the value, the rule and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.model.reading import Node
from simulator.model.shaping import written
from simulator.words.errors import did_you_mean

WORDS: Mapping[str, str] = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "a block of 'key: value' lines",
    "mapping": "a block of 'key: value' lines",
    "model": "a block of 'key: value' lines",
    "none": "nothing",
}
"""What each type of pydantic's is called."""

_MISMATCH = re.compile(rf"({'|'.join(WORDS)})_(?:type|parsing|attributes_type|required|from_float|parsing_size)")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_MEANT_TRUE = frozenset({"yes", "on", "y"})
_MEANT_FALSE = frozenset({"no", "off", "n"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error of pydantic's: its `kind`, what it knows (`context`), and the node it is about.

    `name` is how the sentence calls the value, such as `'limit'` or `item 2 of 'journeys'`.
    """

    kind: str
    context: Mapping[str, Any]
    message: str
    name: str
    node: Node


def expected_word(kind: str) -> str | None:
    """Return what pydantic expected, for an error that says `this is of another type`; else None."""
    found = _MISMATCH.fullmatch(kind)
    return WORDS[found[1]] if found else None


def sentence(refusal: Refusal) -> str:
    """Return the sentence for one refusal."""
    if word := expected_word(refusal.kind):
        return mismatch(refusal.name, refusal.node, [word])
    if answer := _ANSWERS.get(refusal.kind):
        return answer(refusal)
    bound = _BOUNDS.get(refusal.kind)
    if bound:
        limits = [refusal.context[key] for key in ("ge", "gt", "le", "lt", "multiple_of") if key in refusal.context]
        return f"{refusal.name} is {shown(refusal.node)}; it must be {bound} {limits[0]}."
    return stopped(f"{refusal.name}: {refusal.message[:1].lower()}{refusal.message[1:]}")


def mismatch(name: str, node: Node, words: Iterable[str]) -> str:
    """Say that a value is of another type than those `words` name."""
    choices = list(dict.fromkeys(words))
    expected = " or ".join([", ".join(choices[:-1]), choices[-1]] if len(choices) > 1 else choices)
    if node.value is None:
        return f"{name} has no value. Write {expected}, or remove it."
    quoted = [choice for word in choices for choice in _QUOTED.findall(word)]
    hint = did_you_mean(node.value, quoted) if isinstance(node.value, str) else ""
    return f"{name} must be {expected}, not {shown(node)}{hint}.{'' if hint else _remedy(node, choices)}"


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say that no such key is known here, and which are."""
    names = list(known)
    hint = did_you_mean(key, names)
    others = "" if hint or not names else f" Known here: {', '.join(names)}."
    return f"unknown key '{_short(key)}'{hint}.{others}"


def missing_key(key: str, description: str | None, examples: Iterable[Any]) -> str:
    """Say which key is missing and what to write."""
    example = next(iter(examples), None)
    line = f"{key}: {'...' if example is None else example}"
    told = f" ({description.rstrip('.')})" if description else ""
    return f"'{key}' is missing. Add '{line}'{told}."


def no_such_member(name: str, node: Node, known: Iterable[str]) -> str:
    """Say that none of the keys that tell the members of a union apart is there."""
    keys = list(known)
    needed = f"One of these keys is needed: {', '.join(keys)}."
    if isinstance(node.value, dict) and node.value:
        key = nearest_key(node.value, keys)
        return f"unknown key '{_short(key)}'{did_you_mean(key, keys)}. {needed}"
    if node.value in keys:
        return f"'{node.value}' has no value. Write '{node.value}: ...'."
    hint = did_you_mean(node.value, keys) if isinstance(node.value, str) else ""
    return f"{name} must be a block, not {shown(node)}{hint}. {needed}"


def nearest_key(written_keys: Iterable[str], known: Iterable[str]) -> str:
    """Return the first written key that resembles a known one, or the first of all."""
    found, names = list(written_keys), list(known)
    return next((key for key in found if did_you_mean(key, names)), found[0])


def unknown_choice(name: str, node: Node, choices: Iterable[str]) -> str:
    """Say that a value is none of the choices."""
    names = list(choices)
    hint = did_you_mean(node.value, names) if isinstance(node.value, str) else ""
    return f"{shown(node)} is no choice for {name}{hint}. Write {_either(names)}."


def known_members(context: Mapping[str, Any]) -> list[str]:
    """Return the keys that tell the members of a one-key union apart, from its error."""
    return str(context.get("known", "")).split(", ")


def choices_of(context: Mapping[str, Any]) -> list[str]:
    """Return the choices of a literal or an enum from pydantic's own words, `'a', 'b' or 'c'`."""
    expected = str(context.get("expected", ""))
    return _QUOTED.findall(expected) or [part for part in re.split(r", | or ", expected) if part]


def shown(node: Node) -> str:
    """Return a value as a sentence quotes it."""
    if isinstance(node.value, dict):
        keys = ", ".join(_short(key) for key in list(node.value)[:5])
        return f"a block with the keys {keys}" if keys else "an empty block"
    if isinstance(node.value, tuple):
        return "a list" if node.value else "an empty list"
    if isinstance(node.value, str):
        return f"'{_short(node.value)}'" if node.value else "an empty text"
    return "nothing" if node.value is None else written(node.value)


def stopped(text: str) -> str:
    """Return a sentence on one line, with a full stop."""
    line = text.strip().replace("\n", "\\n")
    return line if line.endswith((".", "?", "!")) else f"{line}."


def _remedy(node: Node, choices: list[str]) -> str:
    value = node.value
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, tuple):
        return " Remove the brackets or the '- '." if "a text" in choices and len(value) == 1 else ""
    if not isinstance(value, str):
        return f" Put it in quotes: '{written(value)}'." if "a text" in choices else ""
    if "true or false" in choices and value.lower() in _MEANT_TRUE | _MEANT_FALSE | {"true", "false"}:
        return f" Write {'true' if value.lower() in _MEANT_TRUE | {'true'} else 'false'}."
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", value) and {"a whole number", "a number"} & set(choices):
        return f" Write {value} without quotes."
    if "a list" in choices:
        return f" Write [{_short(value)}]." if value and not re.search(r"[,\[\]{}]", value) else ""
    return ""


def _literal(refusal: Refusal) -> str:
    if isinstance(refusal.node.value, dict | tuple) or refusal.node.value is None:
        return mismatch(refusal.name, refusal.node, [_either(choices_of(refusal.context))])
    return unknown_choice(refusal.name, refusal.node, choices_of(refusal.context))


def _told(refusal: Refusal) -> str:
    return stopped(str(refusal.context.get("message") or refusal.message))


def _raised(refusal: Refusal) -> str:
    # Behind the first line of an assertion, pytest writes what it saw.
    return stopped(str(refusal.context.get("error") or refusal.message).partition("\n")[0])


def _length(refusal: Refusal) -> str:
    context = refusal.context
    least, most = context.get("min_length"), context.get("max_length")
    one, many = ("character", "characters") if refusal.kind.startswith("string") else ("entry", "entries")
    number = most if least is None else least
    bound = "at most" if least is None else "at least"
    size = context.get("actual_length")
    counted = "" if size in (None, 0) else f" with {size} {one if size == 1 else many}"
    unit = one if number == 1 else many
    return f"{refusal.name} is {shown(refusal.node)}{counted}; it must have {bound} {number} {unit}."


def _pattern(refusal: Refusal) -> str:
    return f"{shown(refusal.node)} is not of the form {refusal.context.get('pattern')} that {refusal.name} needs."


def _member(refusal: Refusal) -> str:
    return no_such_member(refusal.name, refusal.node, known_members(refusal.context))


_ANSWERS: Mapping[str, Callable[[Refusal], str]] = {
    "expression": _told,
    "one_key": _member,
    "literal_error": _literal,
    "enum": _literal,
    "value_error": _raised,
    "assertion_error": _raised,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _length,
    "string_too_long": _length,
    "too_short": _length,
    "too_long": _length,
}

_BOUNDS: Mapping[str, str] = {
    "greater_than_equal": "at least",
    "greater_than": "greater than",
    "less_than_equal": "at most",
    "less_than": "less than",
    "multiple_of": "a multiple of",
}


def _either(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _short(text: str) -> str:
    flat = text.replace("\n", " ")
    return flat if len(flat) <= 60 else f"{flat[:57]}..."
