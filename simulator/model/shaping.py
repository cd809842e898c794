"""What models of documents are built with, beside pydantic: texts that are parsed, and unions told apart by a key.

Both are metadata of `Annotated`, and both come out in the JSON Schema that editors read. The second half walks a
model's types along a location, to say which keys could stand there.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, RootModel, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from simulator.words.errors import ExpressionError

FROM_DOCUMENT = "from_document"
"""The key of pydantic's context which says that a value was read from a document, where every expression is text."""

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Expression:
    """Metadata for a text in one of our small languages: `Annotated[Duration, Expression(parse_duration)]`.

    `parser` turns the text into the value and raises ExpressionError. Numbers and flags that YAML has typed are given
    to it as they are written, for it knows best what to say of them. In Python a parsed value may be given instead of
    a text. A value is dumped as `text(value)`, by default `str(value)`. `pattern`, `description` and `examples` go
    into the JSON Schema, where the type is string; the pattern helps editors and is not enforced.
    """

    parser: Callable[[str], Any]
    pattern: str | None = None
    description: str | None = None
    examples: tuple[str, ...] = ()
    text: Callable[[Any], str] = str

    def __get_pydantic_core_schema__(self, source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Parse texts, and let through what Python code has parsed already."""
        accepted = tuple(_classes(source))

        def read(value: Any, info: ValidationInfo) -> Any:
            from_document = bool(info.context and info.context.get(FROM_DOCUMENT))
            if not isinstance(value, str):
                if not from_document and isinstance(value, accepted) and not (str in accepted and len(accepted) == 1):
                    return value
                if not from_document or not isinstance(value, bool | int | float):
                    raise PydanticCustomError("string_type", "must be a text")
                value = written(value)
            try:
                return self.parser(value)
            except ExpressionError as error:
                context = {"message": error.message, "offset": error.offset}
                raise PydanticCustomError("expression", "{message}", context) from error

        to_text = core_schema.plain_serializer_function_ser_schema(self.text, return_schema=core_schema.str_schema())
        return core_schema.with_info_plain_validator_function(read, serialization=to_text)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the text."""
        told = {"pattern": self.pattern, "description": self.description, "examples": list(self.examples)}
        return {"type": "string", **{name: value for name, value in told.items() if value}}


@dataclass(frozen=True)
class OneKeyUnion:
    """Metadata made by `one_key_union`."""

    members: tuple[tuple[str, Any], ...] = field(repr=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that tell the members apart."""
        return tuple(key for key, _ in self.members)

    def member(self, tag: str | int) -> Any:
        """Return the member of a tag such as `<send>`, as it stands in pydantic's locations, or None."""
        return next((model for key, model in self.members if _tag(key) == tag), None)

    def tag_of(self, value: Any) -> str | None:
        """Return the tag for a mapping, by its first known key, or for a model, by its class."""
        if isinstance(value, Mapping):
            return next((_tag(key) for key in value if key in self.keys), None)
        return next((_tag(key) for key, model in self.members if type(value) is model), None)

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Dispatch on the key."""
        return core_schema.tagged_union_schema(
            {_tag(key): handler.generate_schema(model) for key, model in self.members},
            self.tag_of,
            custom_error_type="one_key",
            custom_error_message="one of these keys is needed: {known}",
            custom_error_context={"known": ", ".join(self.keys)},
        )


def one_key_union(members: Mapping[str, Any]) -> OneKeyUnion:
    """Return metadata for a union whose members are told apart by which key is present.

    `Step = Annotated[Any, one_key_union({"send": Send, "wait": Wait})]`; of several known keys the first counts.
    """
    return OneKeyUnion(tuple(members.items()))


def written(value: object) -> str:
    """Return a scalar as YAML writes it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_tag(part: str | int) -> bool:
    """Say whether a part of a pydantic location is a tag of a one-key union, which no document holds."""
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def known_keys(model: Any, loc: Sequence[str | int] = ()) -> tuple[str, ...]:
    """Return the keys that a mapping at `loc` of a document of type `model` may hold, in the models' order."""
    found: dict[str, None] = {}
    for member in types_at(model, loc):
        if isinstance(member, OneKeyUnion):
            found.update(dict.fromkeys(member.keys))
        elif _is_model(member):
            found.update(dict.fromkeys(key_of(name, info) for name, info in member.model_fields.items()))
    return tuple(found)


def field_at(model: Any, loc: Sequence[str | int], key: str) -> FieldInfo | None:
    """Return the field that reads `key` of the mapping at `loc`."""
    for member in types_at(model, loc):
        for name, info in member.model_fields.items() if _is_model(member) else ():
            if key_of(name, info) == key:
                return info  # type: ignore[no-any-return]  # pydantic types its fields; a member is Any
    return None


def types_at(model: Any, loc: Sequence[str | int]) -> list[Any]:
    """Return the types that a value at `loc` may have: classes, generic aliases, Expression and OneKeyUnion metadata.

    Parts that name a member of a union choose it where they can, and are passed over otherwise.
    """
    current = _flat(model)
    for part in loc:
        named = [member for member in current if getattr(member, "__name__", "") == part]
        current = types_below(current, part) or named or current
    return current


def types_below(kinds: Iterable[Any], part: str | int) -> list[Any]:
    """Return the types that stand under a key, an index or a tag of values of these types; nothing if none can."""
    return [found for kind in kinds for found in _below(kind, part)]


def key_of(name: str, info: FieldInfo) -> str:
    """Return the key under which a document holds a field."""
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def _tag(key: str) -> str:
    return f"<{key}>"


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _flat(kind: Any, metadata: Iterable[Any] = ()) -> list[Any]:
    """Take unions, aliases and annotations apart into what a value may be."""
    ours = [item for item in metadata if isinstance(item, Expression | OneKeyUnion)]
    if ours:
        return ours[-1:]
    if hasattr(kind, "__value__"):  # `type Step = ...` of Python 3.12, and its elder relations
        return _flat(kind.__value__)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _flat(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        return [found for argument in arguments for found in _flat(argument)]
    if isinstance(kind, type) and issubclass(kind, RootModel):
        root = kind.model_fields["root"]
        return _flat(root.annotation, root.metadata)
    return [kind]


def _below(kind: Any, part: str | int) -> list[Any]:
    """Return what a value of type `kind` may hold under a key, an index or a tag; nothing when it cannot."""
    if isinstance(kind, OneKeyUnion):
        chosen = kind.member(part)
        if chosen is not None:
            return _flat(chosen)
        return [] if is_tag(part) else [found for _, model in kind.members for found in _below(model, part)]
    if _is_model(kind):
        for name, info in kind.model_fields.items():
            if key_of(name, info) == part:
                return _flat(info.annotation, info.metadata)
        return []
    origin, arguments = get_origin(kind), get_args(kind)
    if not isinstance(origin, type) or not arguments:
        return []
    if issubclass(origin, Mapping):
        return _flat(arguments[1]) if isinstance(part, str) else []
    if issubclass(origin, Iterable) and isinstance(part, int):
        several = origin is tuple and arguments[-1] is not Ellipsis
        return _flat(arguments[min(part, len(arguments) - 1)] if several else arguments[0])
    return []


def _classes(kind: Any) -> list[type]:
    """Return the classes whose instances are values of a type already; `object` where it cannot be said."""
    found: list[type] = []
    for member in _flat(kind):
        origin = get_origin(member) or member
        found.append(origin if isinstance(origin, type) else object)
    return [*found, int] if float in found else found
