"""Drawn people as people documents: written out so that drawing them again gives the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.studio.drafts import Plain
from simulator.words.clock import Zone, iso
from simulator.words.vocabulary import FieldType


def written_person(person: Mapping[str, Any], fields: Mapping[str, FieldType], zone: Zone) -> Plain:
    """A drawn person as an entry of a people document; habits stand in the story (`habits_as_acts`)."""
    true = dict(person["fields"])
    lives = {"zone": person["zone"], "country": person["country"], "language": person["language"]}
    if "shop" in true:
        lives["shop"] = true.pop("shop")
    entry: Plain = {"name": person["name"], "lives": {key: value for key, value in lives.items() if value}}
    if person["household"]:
        entry["household"] = person["household"]
    if true.get("first_name") == str(person["name"]).partition(" ")[0]:
        del true["first_name"]
    entry.update({name: _written(value, fields.get(name), zone) for name, value in true.items()})
    entry["profiles"] = [_row(row, person["fields"], fields, zone) for row in person["profiles"]]
    return entry


def _row(row: Mapping[str, Any], true: Mapping[str, Any], fields: Mapping[str, FieldType], zone: Zone) -> Plain:
    addresses = row["addresses"]
    written: Plain = {"id": row["id"], "system": row["system"]}
    if "email" in addresses:
        written["email"] = addresses["email"]
    if "phone" in addresses or "sms" in addresses:
        written["phone"] = addresses.get("phone", addresses.get("sms"))
    if "push" in addresses:
        written["push"] = True
    if "letter" not in addresses:
        written["letter"] = False
    written["consent"] = list(row["consents"])
    wrong = {name: value for name, value in row["fields"].items() if true.get(name) != value}
    if wrong:
        written["fields"] = {name: _written(value, fields.get(name), zone) for name, value in wrong.items()}
    return written


def _written(value: Any, kind: FieldType | None, zone: Zone) -> Any:
    """A value in memory's form as it is written in a document."""
    if kind is not None and kind.kind == "percent" and isinstance(value, int | float):
        return f"{value:g} %"
    if kind is not None and kind.kind == "instant" and isinstance(value, int):
        return moment(value, zone)
    return value


def moment(instant: int, zone: Zone) -> str:
    """An instant (ms UTC) with its offset, as exactly as it can be written: to the second."""
    text = iso(instant - instant % 1000, zone)
    day, _, rest = text.partition("T")
    clock = rest[:5] if rest[5:8] == ":00" else rest[:8]
    return f"{day} {clock} {rest[-6:]}"


def habits_as_acts(people: Sequence[Mapping[str, Any]], fields: Mapping[str, FieldType], zone: Zone) -> list[Plain]:
    """What people do by habit, each time an act of the story: drawn once, it is not drawn again."""
    acts: list[Plain] = []
    for person in people:
        for habit in person["habits"]:
            act: Plain = {
                "at": moment(habit["time"], zone),
                "who": person["id"],
                "event": habit["event"],
                "in": habit["system"],
            }
            if habit["place"]:
                act["place"] = habit["place"]
            data = {name: _written(value, fields.get(name), zone) for name, value in habit["data"].items()}
            acts.append(act | ({"with": data} if data else {}))
    return acts
