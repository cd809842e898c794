"""People as written and people as drawn: inheritance, the grammar of what varies, rows, edges, habits, mistakes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from simulator.model.addresses import checked_email, checked_phone
from simulator.model.organisation import Organisation
from simulator.model.people import EDGES, Person, PersonOf
from simulator.model.populations import PeopleError, cells, draw, person_document, person_from
from simulator.words.clock import parse_instant, zone
from simulator.words.errors import ExpressionError
from simulator.words.streams import Streams
from simulator.words.vocabulary import FieldType, Money

SHOP = Organisation.model_validate(
    {
        "organisation": "Shops with a loyalty card",
        "calendar": {"zone": "Europe/Paris", "country": "FR"},
        "systems": ["till", "loyalty", "crm", "helpdesk", "esp"],
        "automation": "esp",
        "objects": {
            "customer": {
                "key": "person",
                "home": "loyalty",
                "fields": {
                    "birth_date": "date",
                    "shop": "place",
                    "first_name": "text",
                    "tier": "choice of silver gold",
                    "vip": "flag",
                    "visits": "number",
                    "budget": "money",
                    "discount": "percent",
                },
            },
            "order": {"key": "order_id", "home": "till", "fields": {"item": "text", "amount": "money", "gift": "flag"}},
        },
        "links": {
            "till to loyalty": {"delay": "1 min"},
            "loyalty to crm": {"batch": "daily at 02:00"},
            "crm to esp": {"delay": "5 min"},
            "helpdesk to esp": "absent",
        },
        "channels": {"email": {"latency": "0 min"}},
        "places": {"lyon": {"name": "Lyon", "hours": "Mo-Sa 10:00-19:00"}, "nice": {"name": "Nice", "hours": "24/7"}},
    }
)
FIELDS: dict[str, FieldType] = {name: kind for thing in SHOP.objects.values() for name, kind in thing.fields.items()}
PARIS = zone("Europe/Paris")
START, END = parse_instant("2024-11-01", PARIS), parse_instant("2026-01-31", PARIS)
CAMILLE = {
    "name": "Camille Moreau",
    "lives": {"zone": "Europe/Paris", "country": "FR", "language": "fr", "shop": "lyon"},
    "birth_date": "1988-11-14",
    "profiles": [{"system": "loyalty", "email": "camille@example.org", "consent": "email"}],
}


def people(
    document: Mapping[str, Any], chosen: Sequence[str] | None = None, seed: int = 1, extra: int = 0, **span: int
) -> dict[str, Person]:
    entries = {name: PersonOf.model_validate(entry) for name, entry in document.items()}
    start, end = span.get("start", START), span.get("end", END)
    found = draw(entries, SHOP, Streams(seed), start, end, extra, FIELDS, chosen)
    assert len({person.id for person in found}) == len(found)
    return {person.id: person for person in found}


def mistake(document: Mapping[str, Any], chosen: Sequence[str] | None = None) -> tuple[str, tuple[str | int, ...]]:
    with pytest.raises(ExpressionError) as caught:
        people(document, chosen)
    error = caught.value
    again = type(error)(*error.args)
    assert (str(again), type(again)) == (str(error), type(error))
    return error.message, error.path if isinstance(error, PeopleError) else ()


def test_a_protagonist_is_as_written() -> None:
    camille = people({"camille": CAMILLE})["camille"]
    assert (camille.name, camille.zone, camille.country, camille.language) == (
        "Camille Moreau", "Europe/Paris", "FR", "fr",
    )  # fmt: skip
    assert camille.fields == {"birth_date": "1988-11-14", "shop": "lyon", "first_name": "Camille"}
    assert camille.crowd is None
    (row,) = camille.profiles
    assert row.system == "loyalty"
    assert row.addresses["email"] == "camille@example.org"
    assert set(row.addresses) == {"email", "letter"}
    assert row.consents == {"email"}
    assert camille.consents == ((row.id, "email"),)


def test_somebody_of_whom_little_is_said_lives_where_the_organisation_does() -> None:
    anna = people({"anna": {"consent": ["email", "sms"]}})["anna"]
    assert (anna.name, anna.zone, anna.country) == ("Anna", "Europe/Paris", "FR")
    assert anna.fields == {"first_name": "Anna"}
    (row,) = anna.profiles
    assert row.system == "loyalty"
    assert row.addresses["email"] == "anna@example.org"
    assert row.addresses["sms"] == row.addresses["phone"] == checked_phone(row.addresses["phone"])
    assert row.consents == {"email", "sms"}


def test_one_human_may_have_rows_that_differ() -> None:
    rows = [
        {"id": "crm-7", "system": "crm", "email": "a@shop.test", "fields": {"birth_date": "1988-11-15"}},
        {"system": "esp", "push": True, "letter": False, "phone": "+999 123-4567"},
    ]
    first, second = people({"anna": {"birth_date": "1988-11-14", "profiles": rows}})["anna"].profiles
    assert first.id == "crm-7"
    assert first.fields["birth_date"] == "1988-11-15"
    assert second.fields["birth_date"] == "1988-11-14"
    assert set(second.addresses) == {"push", "sms", "phone"}
    assert second.addresses["sms"] == "+9991234567"


def test_like_inherits_everything_and_mappings_merge() -> None:
    found = people(
        {
            "camille": CAMILLE,
            "zoe": {"like": "camille", "name": "Zoé Petit", "lives": {"zone": "Indian/Reunion"}, "tier": "gold"},
            "lea": {"like": "zoe", "birth_date": "absent"},
        }
    )
    assert found["zoe"].zone == "Indian/Reunion"
    assert found["zoe"].fields == {"birth_date": "1988-11-14", "shop": "lyon", "first_name": "Zoé", "tier": "gold"}
    assert found["lea"].fields == {"shop": "lyon", "first_name": "Zoé", "tier": "gold"}
    assert found["lea"].profiles[0].addresses["email"] == "camille@example.org"
    assert len({person.profiles[0].id for person in found.values()}) == 3


def test_a_crowd_varies_around_its_example() -> None:
    varies = {
        "name": "any",
        "birth_date": "any day 1940..2006",
        "zone": "any of Europe/Paris Indian/Reunion",
        "tier": "any of silver 80 % gold 20 %",
        "vip": "1 in 10",
        "visits": "any number 1..5",
        "budget": "any money 20..80 EUR",
        "discount": "any of 10 % 20 %",
        "shop": "any of lyon nice",
    }
    found = people({"camille": CAMILLE, "crowd": {"like": "camille", "count": 1000, "varies": varies}}, ["crowd"])
    assert list(found)[:2] == ["crowd-0001", "crowd-0002"]
    assert len(found) == 1000
    crowd = list(found.values())
    assert {person.crowd for person in crowd} == {"crowd"}
    assert len({person.name for person in crowd}) > 900
    assert all(person.fields["first_name"] in person.name for person in crowd)
    years = {str(person.fields["birth_date"])[:4] for person in crowd}
    assert (min(years), max(years)) == ("1940", "2006")
    assert {person.zone for person in crowd} == {"Europe/Paris", "Indian/Reunion"}
    assert 150 < sum(person.fields["tier"] == "gold" for person in crowd) < 250
    assert 60 < sum(person.fields["vip"] is True for person in crowd) < 140
    assert {person.fields["visits"] for person in crowd} == {1, 2, 3, 4, 5}
    assert {person.fields["budget"] for person in crowd} == {Money(100 * euros, "EUR") for euros in range(20, 81)}
    assert {person.fields["discount"] for person in crowd} == {10.0, 20.0}
    assert {person.fields["shop"] for person in crowd} == {"lyon", "nice"}
    emails = [person.profiles[0].addresses["email"] for person in crowd]
    assert len(set(emails)) == 1000
    assert all(email.isascii() and checked_email(email) == email for email in emails)
    assert {person.profiles[0].consents for person in crowd} == {frozenset({"email"})}


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [
        ("it", "IT", "it_IT"), ("pl", "PL", "pl_PL"), ("fr", "CH", "fr_CH"), ("de", "IT", "de_DE"),
        ("en", "FR", "fr_FR"), ("en", "GB", "en_GB"), ("en", "XX", "en_GB"), ("ja", "JP", "ja_JP"),
        ("xx", "ES", "es_ES"),
    ],
)  # fmt: skip
def test_names_belong_to_the_language_and_country(language: str, country: str, locale: str) -> None:
    entry = {"lives": {"language": language, "country": country}, "count": 200, "varies": {"name": "any"}}
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    if locale == "ja_JP":
        known = {pair[0] for pair in (*provider.first_name_female_pairs, *provider.first_name_male_pairs)}
    else:
        known = {*provider.first_names, *provider.first_names_female, *provider.first_names_male}
    for person in people({"crowd": entry}).values():
        assert person.fields["first_name"] in known
        assert checked_email(person.profiles[0].addresses["email"]).isascii()


def test_rows_are_spread_over_the_systems_that_reach_the_automation() -> None:
    found = people({"crowd": {"count": 300, "profiles": "1..3", "consent": "email"}})
    assert {len(person.profiles) for person in found.values()} == {1, 2, 3}
    for person in found.values():
        systems = [row.system for row in person.profiles]
        assert systems[0] == "loyalty"
        assert len(set(systems)) == len(systems)
        assert "helpdesk" not in systems
        assert len({row.addresses["email"] for row in person.profiles}) == 1
        assert all(row.consents == {"email"} for row in person.profiles)
    assert {row.system for person in found.values() for row in person.profiles} == {"loyalty", "till", "crm", "esp"}


def test_each_member_of_a_crowd_shares_addresses_as_the_example_does() -> None:
    rows = [{"system": "crm", "email": address} for address in ("a@example.org", "a@example.org", "b@example.org")]
    found = people({"crowd": {"count": 2, "profiles": rows}})
    for person in found.values():
        one, two, three = (row.addresses["email"] for row in person.profiles)
        assert one == two != three
    assert len(cells(list(found.values()), shared=False)) == 2


def test_extra_people_join_the_first_crowd() -> None:
    document = {"camille": CAMILLE, "crowd": {"like": "camille", "count": 2}, "others": {"count": 1}}
    assert list(people(document, extra=2)) == [
        "camille", "crowd-0001", "crowd-0002", "crowd-0003", "crowd-0004", "others-0001",
    ]  # fmt: skip


def test_extra_people_without_a_crowd_are_the_background() -> None:
    found = people({"camille": CAMILLE}, extra=3)
    assert list(found) == ["camille", "background-0001", "background-0002", "background-0003"]
    stranger = found["background-0001"]
    assert stranger.name != "Camille Moreau"
    assert stranger.fields["shop"] == "lyon"
    assert len(cells(list(found.values()), shared=False)) == 4
    assert list(people({}, extra=1)) == ["background-0001"]


# Edges.


def edges(*names: str, **span: int) -> dict[str, Person]:
    entries = {"camille": CAMILLE, "crowd": {"like": "camille", "count": 1, "edges": list(names)}}
    found = people(entries, ["crowd"], **span)
    return {id.removeprefix("crowd-"): person for id, person in found.items() if id != "crowd-0001"}


def test_all_edges_together() -> None:
    found = edges(*EDGES)
    assert len(found) == len(EDGES) + 3
    assert all(person.crowd == "crowd" for person in found.values())
    assert str(found["born-29-february"].fields["birth_date"]).endswith("-02-29")
    assert "birth_date" not in found["no-birthday"].fields
    assert len(found["two-profiles"].profiles) == 2
    assert len(found["three-profiles"].profiles) == 3
    assert "Zażółć" in found["accents"].name
    assert found["accents"].fields["first_name"] == "Zażółć"
    assert found["apostrophe"].name == "Nicolò D'Angelo"
    assert zone(found["zone-west"].zone).offset_ms(START) == -11 * 3_600_000
    assert zone(found["zone-east"].zone).offset_ms(START) == 14 * 3_600_000
    assert found["no-consent"].consents == ()
    assert "email" not in found["no-email"].profiles[0].addresses
    assert str(found["born-year-end-31-december"].fields["birth_date"]).endswith("-12-31")
    assert str(found["born-year-end-1-january"].fields["birth_date"]).endswith("-01-01")
    assert str(found["born-public-holiday"].fields["birth_date"]).endswith("-11-01")
    one, two = found["shared-address-1"], found["shared-address-2"]
    assert one.household == two.household is not None
    assert one.profiles[0].addresses["email"] == two.profiles[0].addresses["email"]
    assert [cell for cell in cells(list(found.values()), shared=False) if len(cell) > 1] == [(one.id, two.id)]


def test_people_born_on_a_clock_change_have_the_days_of_the_run() -> None:
    found = edges("born-on-clock-change")
    assert list(found) == ["born-on-clock-change-2025-03-30", "born-on-clock-change-2025-10-26"]
    assert {str(person.fields["birth_date"])[5:] for person in found.values()} == {"03-30", "10-26"}
    short = edges("born-on-clock-change", end=parse_instant("2024-11-03", PARIS))
    assert list(short) == list(found)


def test_an_edge_may_be_chosen_by_itself() -> None:
    document = {"camille": CAMILLE, "crowd": {"like": "camille", "count": 3, "edges": ["accents"]}}
    alone = people(document, ["born-29-february"])
    assert list(alone) == ["crowd-born-29-february"]
    both = people(document, ["crowd", "accents", "born-29-february"])
    assert list(both)[3:] == ["crowd-accents", "crowd-born-29-february"]
    assert both["crowd-born-29-february"] == alone["crowd-born-29-february"]


# Habits.

ORDERS = {
    "event": "Order Completed",
    "times": 6,
    "from": "2025-03-01",
    "until": "2025-04-01",
    "place": "lyon",
    "with": {"order_id": "new id", "item": "any of scarf dress", "amount": "39.90 EUR", "gift": "1 in 2"},
}


def test_habits_are_drawn_on_the_days_of_the_person() -> None:
    varies = {"zone": "any of Pacific/Pago_Pago Pacific/Kiritimati"}
    found = people({"crowd": {"count": 40, "varies": varies, "habits": [ORDERS]}})
    for person in found.values():
        here = zone(person.zone)
        assert len(person.habits) == 6
        assert [act.time for act in person.habits] == sorted(act.time for act in person.habits)
        assert all(str(here.local_date(act.time)).startswith("2025-03-") for act in person.habits)
        assert {act.data["order_id"] for act in person.habits} == {f"{person.id}-order-{n}" for n in range(1, 7)}
        assert {(act.system, act.place) for act in person.habits} == {("till", "lyon")}
        assert {act.data["amount"] for act in person.habits} == {Money(3990, "EUR")}
    acts = [act for person in found.values() for act in person.habits]
    assert {act.data["item"] for act in acts} == {"scarf", "dress"}
    assert {act.data["gift"] for act in acts} == {True, False}


def test_habits_outside_the_run_are_left_out_and_the_others_stay() -> None:
    document = {"anna": {"habits": [ORDERS, {**ORDERS, "from": "start", "until": "end", "in": "crm"}]}}
    whole = people(document)["anna"].habits
    middle = parse_instant("2025-03-16", PARIS)
    one, two = people(document, end=middle)["anna"].habits, people(document, start=middle)["anna"].habits
    in_march = [act for act in whole if act.system == "till"]
    assert [act for act in (*one, *two) if act.system == "till"] == in_march
    assert {act.system for act in whole} == {"till", "crm"}


# What is kept, and what is shared.


def test_people_survive_json() -> None:
    varies = {"name": "any", "budget": "any money 20.00..80.00 EUR", "discount": "any number 10..20", "vip": "1 in 2"}
    crowd = {"like": "camille", "count": 20, "varies": varies, "habits": [ORDERS], "edges": list(EDGES)}
    found = people({"camille": CAMILLE, "crowd": crowd})
    for person in found.values():
        assert person_from(json.loads(json.dumps(person_document(person))), FIELDS) == person


def test_cells_are_connected_by_household_and_address() -> None:
    emails = {"ada": "a@example.org", "bea": "A@example.org", "cyd": "c@x.test", "dan": "d@x.test", "eve": "e@x.test"}
    homes = {"bea": {"household": "home"}, "eve": {"household": "home"}}
    found = people(
        {
            name: {"profiles": [{"system": "crm", "email": email}], **homes.get(name, {})}
            for name, email in emails.items()
        }
    )
    everybody = list(found.values())
    assert cells(everybody, shared=False) == [("ada", "bea", "eve"), ("cyd",), ("dan",)]
    assert cells(everybody[::-1], shared=False) == cells(everybody, shared=False)
    assert cells(everybody, shared=True) == [("ada", "bea", "cyd", "dan", "eve")]
    assert cells([], shared=True) == []


# Mistakes.


@pytest.mark.parametrize(
    ("entry", "message", "path"),
    [
        ({"like": "camile"}, "unknown person 'camile' (did you mean 'camille'?)", ("x", "like")),
        ({"birthdate": "1988-11-14"}, "(did you mean 'birth_date'?)", ("x", "birthdate")),
        ({"birth_date": "14 November"}, "14 November", ("x", "birth_date")),
        ({"tier": "golden"}, "(did you mean 'gold'?)", ("x", "tier")),
        ({"budget": 149}, "Write '149 EUR'", ("x", "budget")),
        ({"vip": "maybe"}, "Write 'true' or 'false'", ("x", "vip")),
        ({"lives": {"shop": "lion"}}, "(did you mean 'lyon'?)", ("x", "lives", "shop")),
        ({"lives": {"zone": "Europe/Pariss"}}, "(did you mean 'Europe/Paris'?)", ("x", "lives", "zone")),
        ({"edges": ["accents"]}, "count: 100", ("x", "edges")),
        ({"varies": {"name": "any"}}, "count: 100", ("x", "varies")),
        ({"count": 1, "edges": ["accent"]}, "(did you mean 'accents'?)", ("x", "edges", 0)),
        ({"count": 1, "varies": {"birthdate": "any"}}, "(did you mean 'birth_date'?)", ("x", "varies", "birthdate")),
        ({"profiles": "many"}, "Write '2', '1..3'", ("x", "profiles")),
        ({"profiles": "3..1"}, "Write '2', '1..3'", ("x", "profiles")),
        ({"profiles": [{"system": "cmr"}]}, "(did you mean 'crm'?)", ("x", "profiles", 0, "system")),
        ({"profiles": [{"system": "crm", "consent": "e-mail"}]}, "mean 'email'?)", ("x", "profiles", 0, "consent")),
        ({"consent": "e-mail"}, "(did you mean 'email'?)", ("x", "consent")),
        (
            {"profiles": [{"system": "crm", "email": "maria@gmail.com"}]},
            "gmail.com is a real domain. Synthetic people use example.org, example.com or *.test.",
            ("x", "profiles", 0, "email"),
        ),
        ({"profiles": [{"system": "crm", "phone": "+39 333 123456"}]}, "use '+999'", ("x", "profiles", 0, "phone")),
        ({"habits": [{**ORDERS, "event": "Order Complete"}]}, "'Order Completed'", ("x", "habits", 0, "event")),
        ({"habits": [{**ORDERS, "until": "2025-03-01"}]}, "is not after", ("x", "habits", 0, "until")),
        ({"habits": [{**ORDERS, "with": {"amount": 39}}]}, "'149 EUR'", ("x", "habits", 0, "with", "amount")),
        ({"habits": [{**ORDERS, "place": "paris"}]}, "unknown place", ("x", "habits", 0, "place")),
    ],
)
def test_mistakes_have_a_place_and_a_remedy(entry: Any, message: str, path: tuple[str | int, ...]) -> None:
    said, where = mistake({"camille": CAMILLE, "x": entry})
    assert message in said
    assert where == path


@pytest.mark.parametrize(
    ("field", "draws", "message"),
    [
        ("tier", "any of silver bronze", "It is one of silver, gold"),
        ("tier", "any of silver 80 % gold", "some words have a weight, some none"),
        ("tier", "any of silver 80 % gold 30 %", "the weights make 110 %"),
        ("tier", "any of", "after 'any of' come the words"),
        ("tier", "gold", "Write 'any of silver gold'"),
        ("tier", "any", "'any' alone draws names"),
        ("tier", "30 %", "is no flag"),
        ("tier", "any number 1..5", "is of type choice of silver gold"),
        ("tier", "any off silver", "(did you mean 'of'?)"),
        ("vip", "any number 1..5", "Write '1 in 10'"),
        ("vip", "3 in 2", "more than everything"),
        ("visits", "any number 5..1", "Write the smaller one first"),
        ("visits", "any number 1-5", "Write 'any number 1..5'"),
        ("birth_date", "any day 2006..1940", "Write the smaller one first"),
        ("birth_date", "any day in May", "Write 'any day 1940..2006'"),
        ("budget", "any money 20..80", "Write 'any money 20..80 EUR'"),
        ("zone", "any of Europe/Paris Reunion", "unknown time zone 'Reunion'"),
        ("shop", "any of lyon niece", "(did you mean 'nice'?)"),
    ],
)
def test_what_cannot_vary_says_how_it_can(field: str, draws: str, message: str) -> None:
    said, where = mistake({"crowd": {"count": 1, "varies": {field: draws}}})
    assert message in said
    assert where == ("crowd", "varies", field)


def test_a_word_that_may_not_be_is_pointed_at() -> None:
    with pytest.raises(PeopleError) as caught:
        people({"crowd": {"count": 1, "varies": {"tier": "any of silver bronze"}}})
    assert "any of silver bronze"[caught.value.offset :] == "bronze"


def test_a_circle_of_likes_is_refused() -> None:
    said, where = mistake({"a": {"like": "b"}, "b": {"like": "c"}, "c": {"like": "b"}}, ["a"])
    assert "'b' like 'c' like 'b'" in said
    assert where == ("c", "like")


def test_names_that_collide_are_refused() -> None:
    assert "Rename" in mistake({"crowd": {"count": 1}, "crowd-0001": {}})[0]
    row = {"profiles": [{"id": "crm-1", "system": "crm"}]}
    assert "Give each row its own id" in mistake({"a": row, "b": row})[0]
    assert "(did you mean 'camille'?)" in mistake({"camille": CAMILLE}, ["camile"])[0]


@pytest.mark.parametrize("address", ["a@example.org", "a@mail.example.com", "a@b.test", "é@x.invalid", "a@localhost"])
def test_reserved_addresses_pass(address: str) -> None:
    assert checked_email(address) == address


@pytest.mark.parametrize("address", ["a@example.it", "a@notexample.org", "a@test.com", "a", "a@b@x.test", "@x.test"])
def test_other_addresses_do_not(address: str) -> None:
    with pytest.raises(ExpressionError):
        checked_email(address)


@pytest.mark.parametrize("phone", ["+999 1234", "+44 7700 900123", "+1 (212) 555-0142"])
def test_telephones_of_nobody_pass(phone: str) -> None:
    assert checked_phone(phone).startswith("+")


@pytest.mark.parametrize("phone", ["+48 601 234 567", "0601234567", "+1 212 555 1234", "call me"])
def test_telephones_of_somebody_do_not(phone: str) -> None:
    with pytest.raises(ExpressionError, match=r"\+999"):
        checked_phone(phone)
