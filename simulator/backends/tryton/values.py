"""Values of fields on their way into Tryton's tables and out again: a text, a number, or (money) both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.words.vocabulary import FieldType, Money, Value


def rows_of(data: Mapping[str, Value], fields: Mapping[str, FieldType]) -> list[dict[str, Any]]:
    """The rows of `journeyproof.value` for some fields, sorted by name. A field that nobody declared is text."""
    return [_row(name, data[name], fields[name].kind if name in fields else "text") for name in sorted(data)]


def _row(name: str, value: Value, kind: str) -> dict[str, Any]:
    if isinstance(value, Money):
        return {"name": name, "kind": "money", "number": float(value.cents), "text": value.currency}
    if isinstance(value, bool):
        return {"name": name, "kind": "flag", "text": "true" if value else "false"}
    if isinstance(value, int | float):
        return {"name": name, "kind": kind if kind in ("percent", "instant") else "number", "number": float(value)}
    return {"name": name, "kind": kind if kind in ("date", "choice", "id", "place") else "text", "text": value}


def value_in_memory(row: Any) -> Value:
    """The value that a row of `journeyproof.value` holds."""
    match row.kind:
        case "money":
            return Money(round(row.number), str(row.text))
        case "flag":
            return bool(row.text == "true")
        case "instant":
            return int(row.number)
        case "percent":
            return float(row.number)
        case "number":
            return int(row.number) if row.number.is_integer() else float(row.number)
    return str(row.text)
