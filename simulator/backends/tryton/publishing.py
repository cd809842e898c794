"""A definition put into Tryton: scenarios and activities created as its forms would create them, and set running."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from trytond.exceptions import UserError
from trytond.pool import Pool
from trytond.transaction import Transaction

from simulator.backends.tryton.definitions import Activity, Definition, Scenario
from simulator.model.values import to_plain
from simulator.words.errors import Refusal, Unsupported
from simulator.words.vocabulary import Value


def publish(definition: Definition, database: str) -> None:
    """Create and start every scenario, in order. Raises Unsupported with what Tryton itself refuses."""
    refusals: list[Refusal] = []
    with Transaction().start(database, 1, context={"_skip_warnings": True}) as transaction:
        for scenario in definition.scenarios:
            _scenario(scenario, refusals)
        if refusals:
            transaction.rollback()
            raise Unsupported(refusals)


def _scenario(scenario: Scenario, refusals: list[Refusal]) -> None:
    scenarios = Pool().get("marketing.automation.scenario")
    exits = [{"name": each.name, "domain": each.domain, "reason": each.reason} for each in scenario.exits]
    try:
        created, = scenarios.create([{
            "name": scenario.name, "model": scenario.model, "domain": scenario.domain,
            "unsubscribable": scenario.unsubscribable, "journey": scenario.journey or scenario.name,
            "line": scenario.line, "stated": _written(scenario.stated), "fact_domain": scenario.fact_domain,
            "exits": [("create", exits)] if exits else [],
        }])  # fmt: skip
        for activity in scenario.activities:
            _activity(activity, str(created), refusals)
        scenarios.run([created])
    except UserError as error:
        refusals.append(Refusal(scenario.line, f"Tryton refuses the scenario '{scenario.name}': {_one_line(error)}"))


def _activity(activity: Activity, parent: str, refusals: list[Refusal]) -> None:
    coupon = activity.coupon
    values: dict[str, Any] = {
        "name": activity.name, "parent": parent, "line": activity.line,
        "message": activity.message, "names": json.dumps(dict(activity.names)), "stated": _written(activity.stated),
        "delay": dt.timedelta(milliseconds=activity.delay_ms) if activity.delay_ms or activity.on else None,
        "condition": activity.condition or None,
    }  # fmt: skip
    if activity.template:
        values |= {"action": "send_email", "email_title": activity.title, "email_template": activity.template}
    if coupon is not None:
        values |= {"coupon": coupon.name, "coupon_discount": coupon.discount, "coupon_valid": coupon.valid}
    if activity.on is not None:
        values["on"] = activity.on
    try:
        (created,) = Pool().get("marketing.automation.activity").create([values])
    except UserError as error:
        refusals.append(Refusal(activity.line, f"Tryton refuses the activity '{activity.name}': {_one_line(error)}"))
        return
    for child in activity.children:
        _activity(child, str(created), refusals)


def _written(values: Mapping[str, Value]) -> str:
    return json.dumps(to_plain(values), ensure_ascii=False)


def _one_line(error: UserError) -> str:
    return " ".join(str(getattr(error, "message", error)).split())
