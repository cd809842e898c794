"""Checks and states: everything that they name is declared, and every comparison makes sense."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.model.conditions import parse_pattern
from simulator.model.loading.bundles import key_place
from simulator.model.loading.link_organisation import child
from simulator.model.loading.resolving import Resolver
from simulator.model.moments import parse_moment
from simulator.model.reading import Node, child_of
from simulator.model.rules import Agreement, Checks, Level, Rule, State
from simulator.model.typing import CHECK, EXPECTATION, Scope
from simulator.words.errors import ExpressionError
from simulator.words.quantities import parse_percent

CORRELATIONS = ("person", "profile", "address", "cause", "system")
"""What `same` may name that is no field: the human being, the row, the recipient, the causing event, the system."""
FIGURES = ("redemptions", "churn", "complaints", "consents", "revenue")
"""What `results: {figures: [...]}` may count."""

MOMENT = Scope(activation=True, owner="a check")
_MOMENTS = ("by", "not_before", "due")


def link_checks(checks: Checks, node: Node, resolver: Resolver) -> Checks:
    """The checks with everything in them typed. `node` is what they were made of."""
    states = {name: _state(state, child(node, "states", name), resolver) for name, state in checks.states.items()}
    rules: dict[str, Rule] = {}
    for name, rule in checks.rules.items():
        at = child(node, "rules", name)
        rules[name] = resolver.model(rule, at, _scope)
        _same(rule.same, child(at, "same"), resolver)
        _special(rule, at, resolver, checks.states)
    return checks.model_copy(update={"states": states, "rules": rules})


def _scope(key: str) -> Scope:
    if key in _MOMENTS:
        return MOMENT
    return EXPECTATION if key == "expect" else CHECK


def _same(same: str | list[str] | dict[str, str], at: Node, resolver: Resolver) -> None:
    """Each name of a correlation is a field, or one of the words for who is meant."""
    known = [*CORRELATIONS, *sorted(resolver.dictionary.fields)]
    if isinstance(same, str):
        _key(same, at, known, resolver)
    elif isinstance(same, list):
        if not same:
            resolver.note(at, "'same' names no key. Write 'same: person', or leave it out.")
        if "cause" in same and len(same) > 1:
            resolver.note(at, "'cause' links events by what led to them, and stands alone. Write 'same: cause'.")
        for number, name in enumerate(same):
            _key(name, child_of(at, number) or at, known, resolver)
    else:
        for ours, theirs in same.items():
            place = key_place(at, ours)
            _key(ours, Node(ours, place, inner=place), known, resolver)
            _key(theirs, child(at, ours), known, resolver)


def _key(name: str, at: Node, known: list[str], resolver: Resolver) -> None:
    if name in known:
        return
    if "." in name:
        own = name.rpartition(".")[2]
        resolver.note(at, f"'same' links two events by a field they carry, not by '{name}'. Write 'same: {own}'.")
        return
    resolver.known("field", name, known, at)


def _special(rule: Rule, at: Node, resolver: Resolver, states: Mapping[str, State]) -> None:
    """What only some templates have."""
    during = getattr(rule, "during", None)
    if during is not None:
        remedy = "" if states else "Declare it under 'states'."
        resolver.known("state", during, states, child(at, "during"), remedy=remedy)
    elif getattr(rule, "grace", None) is not None and hasattr(rule, "during"):
        resolver.note(child(at, "grace"), "'grace' counts from the start of a state: name one with 'during'.")
    if isinstance(rule, Agreement):
        resolver.dotted(rule.field, child(at, "field"), MOMENT)
        between = child(at, "between")
        for number, system in enumerate(rule.between):
            resolver.known("system", system, resolver.dictionary.systems, child_of(between, number) or between)
    if isinstance(rule, Level):
        if rule.of != "consent.given":
            resolver.note(child(at, "of"), f"'{rule.of}' is no level that is measured. Write 'consent.given'.")
        _share_of_start(rule.at_least, child(at, "at_least"), resolver)
    for number, quantile in enumerate(getattr(rule, "quantiles", {})):
        if not re.fullmatch(r"p\d{1,2}(\.\d+)?", quantile) or float(quantile[1:]) == 0:
            place = key_place(child(at, "quantiles"), quantile)
            hint = " Write 'p90' for nine in ten, 'p99' for ninety-nine in a hundred."
            resolver.note(Node(number, place), f"'{quantile}' is no quantile.{hint}")


def _share_of_start(text: str, at: Node, resolver: Resolver) -> None:
    share, of, rest = text.partition(" of start")
    if of and not rest.strip():
        try:
            parse_percent(share)
            return
        except ExpressionError as error:
            resolver.note(at, error.message, error.offset)
            return
    resolver.note(at, f"'{text}' is no level. Write '90 % of start'.")


def _state(state: State, at: Node, resolver: Resolver) -> State:
    """A state; it begins with an event, or when a moving moment passes."""
    _same(state.same, child(at, "same"), resolver)
    if state.from_ is not None:
        start = child(at, "from")
        try:
            if state.from_.lstrip()[:1].isupper():
                resolver.pattern(parse_pattern(state.from_), start, CHECK)
            else:
                resolver.moment(parse_moment(state.from_), start, MOMENT)
        except ExpressionError as error:
            resolver.note(start, error.message, error.offset)
    return resolver.model(state, at, CHECK)


def check_results(node: Node | None, resolver: Resolver) -> None:
    """`results: {figures: [...], per: journey}` names figures that are counted."""
    if node is None:
        return
    if not isinstance(node.value, dict):
        resolver.note(node, "'results' is a mapping: {figures: [consents], per: journey}.")
        return
    for key, value in node.value.items():
        if key not in ("figures", "per"):
            place = key_place(node, key)
            resolver.known("key of 'results'", key, ("figures", "per"), Node(key, place, inner=place))
        elif key == "per" and value.value not in ("journey", "campaign"):
            resolver.note(value, f"figures are told per journey or campaign, not per '{value.value}'.")
        elif key == "figures":
            for item in value.value if isinstance(value.value, tuple) else (value,):
                resolver.known("figure", str(item.value), FIGURES, item)
