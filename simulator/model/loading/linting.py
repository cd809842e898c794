"""Messages and layouts of scenarios and of files, looked through for what `simulator.model.lint` knows of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from simulator.model.lint import ANY, Finding, Sending, findings, layout_findings
from simulator.model.loading.assembling import assemble
from simulator.model.loading.bundles import Bundle, items, mapping, text_of, walk
from simulator.model.loading.documents import documents_in
from simulator.model.loading.finding import Shelf, Source, project_of
from simulator.model.loading.link_messages import layout_problems, message_problems
from simulator.model.messages import Layout, Message
from simulator.model.reading import Node, child_of, place_in
from simulator.model.validating import validate
from simulator.words.errors import InvalidDocuments, Place, Problem

KINDS = ("message", "layout")
"""The kinds of documents that are looked through."""


class Placed(NamedTuple):
    """A finding at its place; they sort by file and line."""

    place: Place
    rule: str
    severity: str
    sentence: str


class Linter:
    """Collects findings of scenarios and of files, each once; what breaks the language is InvalidDocuments."""

    def __init__(self, shipped: Path, cwd_project: Path | None) -> None:
        self._shipped = shipped
        self._project = cwd_project
        self._found: set[Placed] = set()
        self._problems: set[Problem] = set()
        self._told: set[str] = set()

    @property
    def documents(self) -> int:
        """How many files were looked through."""
        return len(self._told)

    def found(self) -> list[Placed]:
        """The findings in order of place. Raises InvalidDocuments with what cannot be read at all."""
        if self._problems:
            raise InvalidDocuments(self._problems)
        return sorted(self._found)

    def scenario(self, source: Source) -> None:
        """Look through what every variant of a scenario sends."""
        for variant in source.variants:
            bundle, _ = assemble(source, variant)
            sendings = _sendings(bundle)
            for id, node in bundle.messages.items():
                self._message(node, bundle.layouts, sendings.get(id, ANY))

    def file(self, path: Path) -> None:
        """Look through the messages and layouts of a file, whoever sends them."""
        path = path.resolve()
        root = project_of(path, self._project)
        shelf = Shelf(path, root, self._shipped)
        try:
            documents = documents_in(path, shelf.shown(path))
        except InvalidDocuments as invalid:
            self._problems |= set(invalid.problems)
            return
        for document in documents:
            if document.kind == "layout":
                self._layout(document.node)
            elif document.kind == "message":
                named = text_of(mapping(document.node).get("layout"))
                found = shelf.document("layout", named) if named is not None else None
                self._message(document.node, {named: found.node} if named is not None and found else {}, ANY)

    def _message(self, node: Node, layouts: Mapping[str, Node], sending: Sending) -> None:
        problems: list[Problem] = []
        message = validate(Message, node, problems)
        self._told.add(node.place.file)
        self._problems |= {*problems, *(message_problems(message, node) if message is not None else ())}
        if message is None or self._problems:
            return
        around: dict[str, Layout] = {}
        if message.layout is not None and message.layout in layouts:
            layout = self._layout(layouts[message.layout])
            around = {message.layout: layout} if layout is not None else {}
        self._note(findings(message, around, sending), node)

    def _layout(self, node: Node) -> Layout | None:
        problems: list[Problem] = []
        layout = validate(Layout, node, problems)
        self._told.add(node.place.file)
        self._problems |= {*problems, *(layout_problems(layout, node) if layout is not None else ())}
        if layout is not None:
            self._note(layout_findings(layout), node)
        return layout

    def _note(self, found: Iterable[Finding], node: Node) -> None:
        for finding in found:
            self._found.add(Placed(_place(finding, node), finding.rule, finding.severity, finding.sentence))


def _place(finding: Finding, node: Node) -> Place:
    here = node
    for key in finding.part:
        inner = child_of(here, key)
        if inner is None:
            return here.place
        here = inner
    return place_in(here, finding.offset) if isinstance(here.value, str) and here is not node else here.place


def _sendings(bundle: Bundle) -> dict[str, Sending]:
    """By message, the channels and purposes for which the journeys of a variant send it."""
    found: dict[str, Sending] = {}
    for journey in bundle.journeys.values():
        for _, step in walk(journey):
            if text_of(mapping(step).get("send")) is None:
                continue
            for id, channel, purpose in _sent(bundle, journey, step):
                before = found.get(id, ANY)
                found[id] = Sending(before.channels | {channel}, before.purposes | {purpose})
    return found


def _sent(bundle: Bundle, journey: Node, step: Node) -> Iterator[tuple[str, str, str]]:
    """What a step sends, how and what for; each row of the plan where it sends a campaign."""
    said = {key: text_of(mapping(step).get(key)) for key in ("send", "channel", "purpose")}
    usual = text_of(mapping(journey).get("purpose")) or ""
    if said["send"] != "campaign" or "for_each" not in mapping(journey):
        yield said["send"] or "", said["channel"] or "", said["purpose"] or usual
        return
    plan = mapping(bundle.plan)
    columns = [text_of(column) for column in items(plan.get("columns"))]
    for row in items(plan.get("campaigns")):
        cells = {column: text_of(cell) for column, cell in zip(columns, items(row), strict=False)}
        id = cells.get("message") or cells.get("campaign") or ""
        words = {key: cells.get(key) if (said[key] or "").startswith("campaign.") else said[key] for key in said}
        yield id, words["channel"] or cells.get("channel") or "", words["purpose"] or cells.get("purpose") or usual
