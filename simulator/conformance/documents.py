"""The documents that the kit briefs a backend with, and how they become a scenario without any file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.model.loading.building import Builder
from simulator.model.loading.bundles import Bundle
from simulator.model.reading import Node, from_plain, read_text
from simulator.model.scenarios import Scenario

ORGANISATION: Final = """
organisation: The conformance kit's own shop
calendar: {zone: ZONE}
systems: [crm, esp]
automation: esp
objects:
  customer:
    key: person
    home: crm
    fields: {first_name: text, birth_date: date, renewal: date, tier: choice of gold basic blocked, vip: flag}
  order: {key: order_id, home: crm, fields: {item: text}}
  coupon:
    key: coupon_id
    home: esp
    fields: {discount: percent, valid_until: date, status: choice of unused used expired}
links:
  crm to esp: {delay: 0 min}
  esp to crm: {delay: 0 min}
channels:
  email: {latency: 0 min}
segments:
  vips: customer.vip = true
"""
"""Systems that lie close together, so that what happens happens at once. ZONE is an IANA zone."""

PLAIN_POLICY: Final = "policy: Nothing is ruled\n"

HELLO: Final = "hello"
"""The message that a sign-up brings at once."""
FOLLOW_UP: Final = "how-are-you"
"""The message that comes after the wait."""

WELCOME: Final = """
journey: Hello, and after a while a question
purpose: transactional
trigger: {event: Signed Up}
steps:
  - {send: hello, channel: email}
"""
"""The kit's own journey, as long as a backend cannot wait."""

WAITING: Final = """  - {wait: WAIT}
  - {send: how-are-you, channel: email}
"""
"""The rest of it, for a backend that can."""

HELLO_MESSAGE: Final = """
message: Hello
subject: Hello
text: |
  Dear {{ first_name }}, it is good to have you with us.
names: {first_name: customer.first_name}
"""


def message(id: str) -> str:
    """A message of no other words than its name."""
    return f"message: {id}\nsubject: {id}\ntext: This is {id}.\n"


MESSAGES: Final = {HELLO: HELLO_MESSAGE, FOLLOW_UP: message(FOLLOW_UP)}
"""The messages of the kit's own journey, by id."""


def scenario_of(
    name: str,
    starts: str,
    journeys: Mapping[str, str],
    *,
    zone: str = "UTC",
    messages: Mapping[str, str] = MESSAGES,
    policy: str = PLAIN_POLICY,
    plan: str | None = None,
) -> Scenario:
    """A scenario of nobody, whose briefing holds these journeys; `starts` is a day. Lines are those of the texts."""
    file = f"{name}.scenario.yaml"
    bundle = Bundle(
        name=name,
        family="conformance",
        variant="as-written",
        title="The conformance kit",
        says="",
        file=file,
        line=1,
        scenario=_read(f"scenario: The conformance kit\nstarts: {starts}\nlasts: 40 days\n", file),
        organisation=_read(ORGANISATION.replace("ZONE", zone), "shop.organisation.yaml"),
        policy=_read(policy, "kit.policy.yaml"),
        checks=from_plain({"checks": "None"}, file),
        plan=None if plan is None else _read(plan, "kit.plan.yaml"),
        journeys={id: _read(text, f"{id}.journey.yaml") for id, text in journeys.items()},
        messages={id: _read(text, f"{id}.message.yaml") for id, text in messages.items()},
        drawn=(),
    )
    return Builder(bundle, [], seed=1, customers=0).scenario()


def _read(text: str, file: str) -> Node:
    [node] = read_text(text.lstrip("\n"), file)
    return node
