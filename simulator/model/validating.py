"""A tree of nodes becomes a model, or problems in our words, each at its place in the file.

Pydantic decides; this module only translates. It is stricter in two things, because a document is written by hand: a
text is never taken for a number or a flag (`'3'`, `on`), and a key without a value is not the same as no key.

`Expression` and `one_key_union` are what models are built with; they live in `simulator.model.shaping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from simulator.model.reading import Node, child_of, find, place_in, plain
from simulator.model.sentences import (
    WORDS,
    Refusal,
    choices_of,
    expected_word,
    known_members,
    mismatch,
    missing_key,
    nearest_key,
    sentence,
    stopped,
    unknown_key,
)
from simulator.model.shaping import (
    FROM_DOCUMENT,
    Expression,
    Loc,
    OneKeyUnion,
    field_at,
    is_tag,
    known_keys,
    one_key_union,
    types_at,
    types_below,
)
from simulator.words.errors import ExpressionError, InvalidDocuments, Place, Problem, did_you_mean

__all__ = ["Expression", "OneKeyUnion", "kind_of", "known_keys", "one_key_union", "validate"]

T = TypeVar("T")


def validate(model: type[T], node: Node, problems: list[Problem], *, at: Loc = ()) -> T | None:
    """Return `node`, or what stands `at` a location inside it, as a `model`; else None, with `problems` lengthened."""
    before = len(problems)
    for part in at:
        inside = child_of(node, part)
        if inside is None:
            known = list(node.value) if isinstance(node.value, dict) else []
            hint = did_you_mean(str(part), known)
            problems.append(Problem(node.place, f"'{part}' is missing{hint}. Add it."))
            return None
        node = inside
    loose = _loose(model, node)
    name = f"'{at[-1]}'" if at else "the document"
    try:
        adapter: TypeAdapter[T] = _adapter(cast("Any", model))
        value = adapter.validate_python(plain(node), context={FROM_DOCUMENT: True})
    except ValidationError as error:
        faults = [_fault(node, details) for details in error.errors(include_url=False, include_input=False)]
        # A validator that looked at a block with such a value in it has judged what nobody wrote.
        judged = {fault.path[:length] for fault in loose for length in range(len(fault.path))}
        told = {fault.path for fault in loose}
        rest = [
            fault
            for fault in _without_alternatives(faults)
            if fault.path not in told
            and not (fault.path in judged and fault.kind in ("value_error", "assertion_error"))
        ]
        problems += _problems(model, node, name, [*loose, *rest])
    except ExpressionError as error:
        problems.append(Problem(node.place, stopped(error.message)))
    except InvalidDocuments as error:
        problems += error.problems
    else:
        problems += _problems(model, node, name, loose)
    return value if len(problems) == before else None


def kind_of(node: Node, kinds: Iterable[str]) -> str:
    """Return the kind of a document, which is its first key. Raises InvalidDocuments."""
    known = list(kinds)
    needed = f"A document begins with one of these keys: {', '.join(known)}."
    if not isinstance(node.value, dict) or not node.value:
        message = f"this document is no block of 'key: value' lines. {needed}"
        raise InvalidDocuments([Problem(node.place, message)])
    first = next(iter(node.value))
    if first in known:
        return first
    place = node.keys.get(first, node.place)
    later = next((key for key in node.value if key in known), None)
    if later is not None:
        message = f"'{first}' stands before '{later}', but the first key tells the kind. Move '{later}' to the top."
        raise InvalidDocuments([Problem(place, message)])
    raise InvalidDocuments([Problem(place, f"unknown kind '{first}'{did_you_mean(first, known)}. {needed}")])


@dataclass(frozen=True, slots=True)
class _Fault:
    """One error along real nodes: `path` holds keys and indices only.

    `members` are the members of unions that pydantic tried on the way, each with the length of the path where it stood.
    `key` is a key that is missing, or the key that the error is about rather than its value. `words` are set when the
    fault is a type that fits none of several members.
    """

    path: Loc
    loc: Loc
    kind: str
    context: Mapping[str, Any]
    message: str
    members: tuple[tuple[int, str], ...] = ()
    key: str | None = None
    words: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _fault(node: Node, details: Mapping[str, Any]) -> _Fault:
    """Follow pydantic's location along the nodes, keeping what names no node as members of unions."""
    loc: Sequence[str | int] = details["loc"]
    kind: str = details["type"]
    path: list[str | int] = []
    members: list[tuple[int, str]] = []
    key: str | None = None
    for number, part in enumerate(loc):
        last = number == len(loc) - 1
        child = child_of(node, part)
        if last and kind in ("missing", "extra_forbidden"):
            key = str(part)
        elif last and part == "[key]":
            key = str(path.pop()) if path else None
        elif child is not None:
            path.append(part)
            node = child
        elif not is_tag(part):
            members.append((len(path), str(part)))
    context, message = details.get("ctx", {}), details["msg"]
    return _Fault(tuple(path), tuple(loc), kind, context, message, tuple(members), key)


def _without_alternatives(faults: list[_Fault]) -> list[_Fault]:
    """Keep of each union the errors of the one member that was meant, as far as can be told."""
    settled: list[_Fault] = []
    unions: dict[Loc, dict[str, list[_Fault]]] = {}
    for fault in faults:
        if not fault.members:
            settled.append(fault)
            continue
        (length, member), *others = fault.members
        inner = replace(fault, members=tuple(others))
        unions.setdefault(fault.path[:length], {}).setdefault(member, []).append(inner)
    for site, branches in unions.items():
        settled += _meant(site, [_without_alternatives(branch) for branch in branches.values()])
    return settled


def _meant(site: Loc, branches: list[list[_Fault]]) -> list[_Fault]:
    fitting = [branch for branch in branches if not all(_is_mismatch(fault, site) for fault in branch)]
    choices = [fault for branch in fitting for fault in branch if fault.kind in ("literal_error", "enum")]
    elsewhere = [branch for branch in fitting if not any(fault in choices and fault.path == site for fault in branch)]
    if elsewhere:
        return max(elsewhere, key=lambda branch: (max(len(fault.path) for fault in branch), -len(branch)))
    words = tuple(word for branch in branches for fault in branch for word in _words(fault))
    return [_Fault(site, site, "no_member", {}, "", words=words)]


def _is_mismatch(fault: _Fault, site: Loc) -> bool:
    return fault.path == site and fault.key is None and bool(fault.words or expected_word(fault.kind))


def _words(fault: _Fault) -> tuple[str, ...]:
    if fault.words:
        return fault.words
    if fault.kind in ("literal_error", "enum"):
        return tuple(f"'{choice}'" for choice in choices_of(fault.context))
    return tuple(filter(None, [expected_word(fault.kind)]))


def _loose(model: Any, node: Node) -> list[_Fault]:
    """Find what pydantic would let pass: a text or flag for a number, a number for a flag, a key without a value."""
    found: list[_Fault] = []

    def walk(node: Node, kinds: list[Any], path: Loc) -> None:
        if isinstance(node.value, dict):
            meant = [_chosen(kind, node.value) for kind in kinds]
            for key, child in node.value.items():
                walk(child, types_below(meant, key), (*path, key))
        elif isinstance(node.value, tuple):
            for index, child in enumerate(node.value):
                walk(child, types_below(kinds, index), (*path, index))
        elif words := _refusing(kinds, node.value):
            found.append(_Fault(path, path, "loose", {}, "", words=words))

    walk(node, types_at(model, ()), ())
    return found


def _chosen(kind: Any, mapping: Mapping[str, Node]) -> Any:
    """Return the member of a one-key union that a mapping is; any other type as it is."""
    tag = kind.tag_of(mapping) if isinstance(kind, OneKeyUnion) else None
    return kind if tag is None else kind.member(tag)


def _refusing(kinds: list[Any], value: object) -> tuple[str, ...]:
    """Return what is expected instead of a scalar, when it is certain that none of the types takes it as it is."""
    wanted = [kind for kind in kinds if kind is not type(None)]
    if not wanted or any(_word(kind) is None for kind in wanted):
        return ()
    converts = any(kind in (bool, int, float) for kind in wanted)
    if value is not None and (not converts or any(_takes(kind, value) for kind in wanted)):
        return ()
    return tuple(str(_word(kind)) for kind in wanted)


def _takes(kind: Any, value: object) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind is float:
        return type(value) in (int, float)
    return isinstance(kind, Expression) or type(value) is kind


def _word(kind: Any) -> str | None:
    """Return what a type is called in a sentence, or None for a type that pydantic alone can judge."""
    if isinstance(kind, Expression):
        return "a text"
    if isinstance(kind, OneKeyUnion):
        return WORDS["model"]
    origin = get_origin(kind) or kind
    if origin is Literal:
        return " or ".join(f"'{choice}'" for choice in get_args(kind))
    if not isinstance(origin, type):
        return None
    if issubclass(origin, BaseModel | Mapping):
        return WORDS["model"]
    if origin in (list, tuple, set, frozenset):
        return WORDS["list"]
    return {bool: WORDS["bool"], int: WORDS["int"], float: WORDS["float"], str: WORDS["string"]}.get(origin)


def _problems(model: Any, root: Node, name: str, faults: list[_Fault]) -> list[Problem]:
    """Put every fault into words at its place; a key that was only misspelt is not reported as missing too."""
    hints = {
        (fault.path, did_you_mean(fault.key or "", known_keys(model, fault.loc[:-1])))
        for fault in faults
        if fault.kind == "extra_forbidden"
    }
    found: list[Problem] = []
    for fault in faults:
        if fault.kind == "missing" and (fault.path, f" (did you mean '{fault.key}'?)") in hints:
            continue
        found.append(_problem(model, root, name, fault))
    return found


def _problem(model: Any, root: Node, name: str, fault: _Fault) -> Problem:
    node = root
    for part in fault.path:
        node = child_of(node, part) or node
    above = fault.loc[:-1]
    if fault.kind == "missing" and fault.key is not None:
        field = field_at(model, above, fault.key)
        told = (field.description, field.examples or ()) if field else (None, ())
        return Problem(node.place, missing_key(fault.key, *told))
    if fault.kind == "extra_forbidden" and fault.key is not None:
        place = node.keys.get(fault.key, node.place)
        return Problem(place, unknown_key(fault.key, known_keys(model, above)))
    called = _called(fault.path, name)
    if fault.words:
        return Problem(node.place, mismatch(called, node, fault.words))
    if fault.key is not None:
        place = node.keys.get(fault.key, node.place)
        node, called = Node(fault.key, place), f"the key '{fault.key}'"
    words = sentence(Refusal(fault.kind, fault.context, fault.message, called, node))
    return Problem(_place(node, fault), words)


def _place(node: Node, fault: _Fault) -> Place:
    if fault.kind == "expression" and node.inner is not None:
        return place_in(node, int(fault.context.get("offset", 0)))
    if fault.kind == "one_key" and isinstance(node.value, dict) and node.value:
        return find(node, [nearest_key(node.value, known_members(fault.context))], key=True)
    return node.place


def _called(path: Loc, name: str) -> str:
    """Return how a sentence calls the value at a path."""
    if not path:
        return name
    last = path[-1]
    if isinstance(last, str):
        return f"'{last}'"
    return f"item {last + 1} of {_called(path[:-1], name)}"
