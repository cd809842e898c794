"""A little scenario that tests bend: a shop, a customer database and an automation, two people and one journey."""

from __future__ import annotations

from pathlib import Path

from simulator.model.data import data_folder
from simulator.model.loading import discover, load
from simulator.model.scenarios import Scenario

ORGANISATION = """
organisation: Two systems and an automation
calendar: {zone: Europe/Rome, country: IT}
systems: [shop, crm, esp]
automation: esp
objects:
  customer: {key: person, home: crm, fields: {first_name: text, birth_date: date}}
  order: {key: order_id, home: shop, fields: {item: text, amount: money, promised_at: date}}
links:
  shop to crm: LINK
  crm to esp: {delay: 1 min}
channels:
  email: CHANNEL
places:
  corner: {name: Corner shop, hours: Mo-Fr 09:00-17:00}
desks:
  till:
    system: shop
    place: corner
    decides:
      price: {when: Coupon Presented, if: order.amount > 10 EUR, then: Bill Presented, else: Discount Refused}
  back-office:
    system: crm
    hours: Mo-Fr 09:00-17:00
    decides:
      record: {when: Order Completed, then: Purchase Recorded, after: 2 h, with: {item: order.item}}
"""

PEOPLE = """
people: Two of them
ann:
  name: Ann Example
  lives: {zone: Europe/Rome, country: IT}
  profiles: [{system: crm, email: ann@example.org, consent: email}]
bob:
  name: Bob Example
  lives: {zone: Europe/Rome, country: IT}
  profiles: [{system: crm, email: bob@example.org, consent: email}]
"""

JOURNEY = """
journey: Thank you
purpose: transactional
trigger: {event: Order Completed}
reentry: always
steps:
  - send: thanks
    channel: email
"""

MESSAGE = """
message: Thanks
text: Thank you for the {{ item }}.
names: {item: order.item}
"""

SCENARIO = """
scenario: A purchase
organisation: two-systems
people: [ann, bob]
starts: 2026-03-02
lasts: 10 days
journeys: [thanks]
policy: no-rules
story: STORY
faults: FAULTS
checks:
  thanked: {existence: Somebody is thanked., target: Message Received}
"""

BOUGHT = "{at: 2026-03-02 10:00, who: ann, event: Order Completed, with: {order_id: o-1, item: lamp, amount: 20 EUR}}"


def little_scenario(
    folder: Path,
    *,
    link: str = "{delay: 5 min}",
    channel: str = "{latency: 0 min}",
    story: str = f"[{BOUGHT}]",
    faults: str = "[]",
    extra: str = "",
) -> Scenario:
    """Write the scenario with another link, channel, story or fault into a folder, and load it."""
    home = folder / "scenarios" / "purchase"
    home.mkdir(parents=True, exist_ok=True)
    files = {
        "two-systems.organisation": ORGANISATION.replace("LINK", link).replace("CHANNEL", channel),
        "two.people": PEOPLE,
        "thanks.journey": JOURNEY,
        "thanks.message": MESSAGE,
        "purchase.scenario": SCENARIO.replace("STORY", story).replace("FAULTS", faults) + extra,
    }
    for name, text in files.items():
        (home / f"{name}.yaml").write_text(text, encoding="utf-8")
    (source,) = discover([home / "purchase.scenario.yaml"], data_folder("scenarios"), folder)
    return load(source, source.variants[0], seed=1, customers=0)
