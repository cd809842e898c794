"""Campaign plans: a table with a row for each campaign, and the journeys that are written once for all of them."""

from __future__ import annotations

import re

from simulator.model.loading.bundles import items, mapping, replaced, text_of, walk
from simulator.model.loading.vocabularies import PLAN_TYPES
from simulator.model.reading import Node, plain
from simulator.model.values import value_of
from simulator.words.errors import ExpressionError, Problem, did_you_mean
from simulator.words.vocabulary import TEXT, Value

Rows = dict[str, dict[str, Node]]
"""The rows of a plan by campaign, each by column."""

_REFERENCE = re.compile(r"(?<![\w.])campaign\.([A-Za-z_]\w*)")


def rows_of(plan: Node | None, problems: list[Problem]) -> Rows:
    """The rows of a plan; what is wrong with the table becomes problems."""
    if plan is None:
        return {}
    columns = [text_of(column) or "" for column in items(mapping(plan).get("columns"))]
    if "campaign" not in columns:
        place = mapping(plan).get("columns", plan).place
        hint = did_you_mean("campaign", columns)
        problems.append(Problem(place, f"a plan needs the column 'campaign', the id of each row{hint}."))
        return {}
    rows: Rows = {}
    for row in items(mapping(plan).get("campaigns")):
        cells = items(row)
        if len(cells) != len(columns):
            sentence = f"this row has {len(cells)} values for {len(columns)} columns ({', '.join(columns)})."
            problems.append(Problem(row.place, sentence))
            continue
        entries = dict(zip(columns, cells, strict=True))
        id = text_of(entries["campaign"]) or ""
        if not re.fullmatch(r"[^\W_][\w.-]*", id):
            problems.append(Problem(entries["campaign"].place, f"'{id}' is no id of a campaign. Write one word."))
        elif id in rows:
            first = rows[id]["campaign"].place.line
            sentence = f"the campaign '{id}' stands twice, on line {first} and on line {row.place.line}. Rename one."
            problems.append(Problem(entries["campaign"].place, sentence))
        else:
            rows[id] = entries
    return rows


def campaign_values(rows: Rows, zone_name: str, problems: list[Problem]) -> dict[str, dict[str, Value]]:
    """The rows as values in memory; an empty cell has none."""
    found: dict[str, dict[str, Value]] = {}
    for id, row in rows.items():
        values: dict[str, Value] = {}
        for column, cell in row.items():
            written = plain(cell)
            if written is None or written == "":
                continue
            try:
                values[column] = value_of(written, PLAN_TYPES.get(column, TEXT), column, zone_name)
            except ExpressionError as error:
                problems.append(Problem(cell.place, error.message))
        found[id] = values
    return found


def planned(journey: Node, rows: Rows, problems: list[Problem]) -> list[tuple[str, Node]]:
    """The journey once for each row: `campaign.X` is the row's value, `send: campaign` the row's message."""
    columns = next(iter(rows.values()), {})
    for _, node in walk(journey):
        if isinstance(node.value, str):
            for found in _REFERENCE.finditer(node.value):
                if columns and found[1] not in columns:
                    hint = did_you_mean(found[1], list(columns))
                    sentence = f"the plan has no column '{found[1]}'{hint}. Its columns are {', '.join(columns)}."
                    problems.append(Problem(node.place, sentence))
                    return []
    return [(id, _for_row(journey, row)) for id, row in rows.items()]


def _for_row(journey: Node, row: dict[str, Node]) -> Node:
    change = {}
    for path, node in walk(journey):
        if not isinstance(node.value, str) or path[-1:] == ("journey",):
            continue
        if node.value == "campaign" and path[-1] == "send":
            change[path] = row.get("message") or row["campaign"]
        elif (whole := _REFERENCE.fullmatch(node.value)) is not None:
            change[path] = row[whole[1]]
        elif _REFERENCE.search(node.value):
            text = _REFERENCE.sub(lambda found: str(plain(row[found[1]])), node.value)
            change[path] = Node(text, node.place)
    return replaced(journey, change)
