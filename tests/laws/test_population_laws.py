"""Laws of populations: nobody moves anybody else's luck, and nobody can be reached."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.model.addresses import checked_email, checked_phone
from simulator.model.organisation import Organisation
from simulator.model.people import EDGES, Person, PersonOf
from simulator.model.populations import cells, draw, person_document, person_from
from simulator.words.clock import DAY, parse_instant, zone
from simulator.words.streams import Streams
from simulator.words.vocabulary import FieldType

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "birth_date": FieldType("date"), "first_name": FieldType("text"), "tier": FieldType("choice", ("silver", "gold")),
    "vip": FieldType("flag"), "visits": FieldType("number"), "budget": FieldType("money"),
}  # fmt: skip
SHOP = Organisation.model_validate(
    {
        "organisation": "A shop",
        "calendar": {"zone": "Europe/Rome", "country": "IT"},
        "systems": ["crm", "shop", "app", "esp"],
        "automation": "esp",
        "objects": {
            "customer": {"key": "person", "home": "crm", "fields": {name: str(FIELDS[name]) for name in FIELDS}}
        },
        "links": {f"{system} to esp": {"delay": "5 min"} for system in ("crm", "shop", "app")},
    }
)
START = parse_instant("2025-01-01", zone("Europe/Rome"))
ANNA = {"name": "Anna Łoś", "birth_date": "1988-02-29", "profiles": [{"system": "crm", "email": "anna@example.org"}]}

DRAWS = {
    "name": "any",
    "birth_date": "any day 1940..2006",
    "tier": "any of silver 80 % gold 20 %",
    "vip": "1 in 10",
    "visits": "any number 1..5",
    "budget": "any money 20..80 EUR",
    "zone": "any of Europe/Rome Pacific/Kiritimati",
    "language": "any of it fr pl de es en ja",
}
HABIT = {"event": "Order Completed", "times": 2, "from": "2025-02-01", "until": "2025-03-01"}

varied = st.sets(st.sampled_from(sorted(DRAWS))).map(lambda names: {name: DRAWS[name] for name in sorted(names)})
crowds = st.fixed_dictionaries(
    {
        "count": st.integers(0, 12),
        "varies": varied,
        "edges": st.lists(st.sampled_from(EDGES), unique=True, max_size=5),
        "profiles": st.sampled_from(["1", "2", "1..3", "1..6"]),
        "habits": st.sampled_from([[], [{**HABIT, "with": {"product": "any of scarf coat"}}]]),
    }
)
seeds = st.integers(0, 2**64)


def people(document: dict[str, Any], seed: int, extra: int = 0, days: int = 90) -> dict[str, Person]:
    entries = {name: PersonOf.model_validate(entry) for name, entry in document.items()}
    found = draw(entries, SHOP, Streams(seed), START, START + days * DAY, extra, FIELDS, None)
    return {person.id: person for person in found}


def digest() -> str:
    """What a fresh process prints: a population of every kind of people, byte for byte."""
    crowd = {"like": "anna", "count": 50, "varies": DRAWS, "edges": list(EDGES), "profiles": "1..3"}
    found = people({"anna": ANNA, "crowd": crowd, "more": {"like": "crowd", "count": 5}}, seed=7, extra=3)
    kept = [person_document(person) for person in found.values()] + [list(cells(list(found.values()), shared=False))]
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


@given(crowds, seeds, st.integers(1, 5))
def test_more_people_move_nobody(crowd: dict[str, Any], seed: int, more: int) -> None:
    before = people({"anna": ANNA, "crowd": crowd}, seed)
    grown = people({"anna": ANNA, "crowd": {**crowd, "count": crowd["count"] + more}, "new": {"count": 2}}, seed)
    assert before.items() <= grown.items()
    beside = people({"anna": ANNA, "crowd": crowd}, seed, extra=more)
    assert before.items() <= beside.items()
    assert {id for id, person in beside.items() if person.background} == beside.keys() - before.keys()
    assert {id: replace(person, background=False) for id, person in beside.items()}.items() <= grown.items()


@given(crowds, seeds, st.sampled_from(EDGES))
def test_one_more_edge_moves_nobody(crowd: dict[str, Any], seed: int, edge: str) -> None:
    before = people({"crowd": crowd}, seed)
    after = people({"crowd": {**crowd, "edges": [edge, *(other for other in crowd["edges"] if other != edge)]}}, seed)
    assert before.items() <= after.items()


@given(crowds, seeds, st.sampled_from(["birth_date", "tier", "vip", "visits", "budget"]))
def test_one_more_varied_field_moves_no_other(crowd: dict[str, Any], seed: int, field: str) -> None:
    kept = {name: drawn for name, drawn in crowd["varies"].items() if name != field}
    before = people({"crowd": {**crowd, "varies": kept}}, seed)
    after = people({"crowd": {**crowd, "varies": {field: DRAWS[field], **kept}}}, seed)
    assert list(before) == list(after)
    for id, person in before.items():
        grown = person_document(after[id])
        for values in (grown["fields"], *(row["fields"] for row in grown["profiles"])):
            if field not in person.fields:
                values.pop(field, None)
        expected = person_document(person)
        if field in person.fields:
            # An edge that fixes the birthday fixes it either way.
            assert field == "birth_date"
        assert grown == expected


@given(crowds, seeds, seeds)
def test_protagonists_do_not_know_the_seed(crowd: dict[str, Any], one: int, other: int) -> None:
    anna = {**ANNA, "habits": [{**HABIT, "times": 3, "with": {"product": "any of scarf coat"}}]}
    document = {"anna": anna, "bea": {"like": "anna", "profiles": "1..3"}, "crowd": crowd}
    first, second = people(document, one), people(document, other)
    assert first["anna"] == second["anna"]
    assert first["bea"] == second["bea"]


@given(crowds, seeds)
def test_a_longer_run_only_adds_acts(crowd: dict[str, Any], seed: int) -> None:
    crowd = {**crowd, "edges": []}
    short, whole = people({"crowd": crowd}, seed, days=45), people({"crowd": crowd}, seed)
    for id, person in short.items():
        acts = whole[id].habits
        assert person.habits == tuple(act for act in acts if act.time < START + 45 * DAY)


@given(crowds, seeds)
def test_nobody_can_be_reached_and_nobody_is_mistaken(crowd: dict[str, Any], seed: int) -> None:
    found = people({"anna": ANNA, "crowd": crowd, "other crowd": crowd}, seed, extra=2)
    rows = [row for person in found.values() for row in person.profiles]
    assert len({row.id for row in rows}) == len(rows)
    owners: dict[str, set[str]] = {}
    for person in found.values():
        for row in person.profiles:
            for channel, address in row.addresses.items():
                if channel == "email":
                    assert checked_email(address) == address
                    assert address.isascii()
                    assert len(address.partition("@")[0]) <= 64
                if channel in ("sms", "phone"):
                    assert checked_phone(address) == address
                owners.setdefault(address, set()).add(person.id)
    assert all(len(ids) == 1 or all("-shared-address-" in id for id in ids) for ids in owners.values())


@given(crowds, seeds)
def test_people_are_kept_whole(crowd: dict[str, Any], seed: int) -> None:
    for person in people({"crowd": crowd}, seed).values():
        assert person_from(json.loads(json.dumps(person_document(person))), FIELDS) == person


@given(crowds, seeds)
def test_cells_are_a_partition_that_nothing_crosses(crowd: dict[str, Any], seed: int) -> None:
    found = people({"crowd": crowd, "others": crowd}, seed)
    groups = cells(list(found.values()), shared=False)
    assert sorted(id for group in groups for id in group) == sorted(found)
    homes = {id: number for number, group in enumerate(groups) for id in group}
    of_thing: dict[str, int] = {}
    for id, person in found.items():
        things = [address for row in person.profiles for address in row.addresses.values()]
        for thing in [*things, *([f"household {person.household}"] if person.household else [])]:
            assert of_thing.setdefault(thing, homes[id]) == homes[id]


def test_fresh_processes_draw_the_same_people() -> None:
    program = "from tests.laws.test_population_laws import digest; print(digest())"
    answers = set()
    for hash_seed, time_zone in (("0", "UTC"), ("1", "Asia/Tokyo"), ("4242", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": time_zone}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        answers.add(done.stdout)
    assert answers == {digest() + "\n"}
