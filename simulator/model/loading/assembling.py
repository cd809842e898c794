"""Files become the bundle of one variant: names are looked up, the variant is merged in, single values are set.

Nothing here knows types. What is missing or cannot be read becomes a problem, and assembling goes on as far as it can,
so that all mistakes of all documents are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from simulator.model.journeys import Journey, Plan, Policy
from simulator.model.loading.bundles import Bundle, items, key_place, mapping, shown, text_of, walk, with_entries
from simulator.model.loading.documents import FOLDERS, Written
from simulator.model.loading.finding import AS_WRITTEN, Source
from simulator.model.loading.natives import definitions, recognised_messages
from simulator.model.merging import merge, set_path
from simulator.model.messages import Message
from simulator.model.organisation import Organisation
from simulator.model.reading import Node
from simulator.model.validating import known_keys
from simulator.words.errors import InvalidDocuments, Place, Problem, UsageError, did_you_mean

VERDICT_KEYS = ("checks", "states", "results")
"""What a variant may not touch."""

_MODELS = {"policy": Policy, "organisation": Organisation, "plan": Plan, "journey": Journey, "message": Message}
T = TypeVar("T")

_REPLACED = ("people", "journeys", "native", "backends", "plan", "violates", "diagnosis")


def assemble(source: Source, variant: str) -> tuple[Bundle, list[Problem]]:
    """The bundle of a variant, as far as it could be put together, and every problem met.

    Raises UsageError for a variant that the scenario does not have.
    """
    if variant not in source.variants:
        hint = did_you_mean(variant, source.variants)
        known = f" Its variants are {', '.join(source.variants)}."
        raise UsageError(f"{source.shown} has no variant '{variant}'{hint}.{known}")
    return _Assembler(source, variant).bundle()


class _Assembler:
    """Collects the documents of one variant, and the problems on the way."""

    def __init__(self, source: Source, variant: str) -> None:
        self.source = source
        self.shelf = source.shelf
        self.variant = variant
        self.problems: list[Problem] = []
        self.read: dict[str, Written] = {}
        written = self._try(lambda: self.shelf.document("scenario", source.name))
        assert written is not None, "discover found it"
        self.read[written.file] = written
        self.written = written.node
        self.variants = mapping(mapping(self.written).get("variants"))
        self.chosen = self.variants.get(variant, Node({}, self.written.place))

    def bundle(self) -> tuple[Bundle, list[Problem]]:
        """Look everything up, merge, and set."""
        self._refuse_changed_verdicts()
        scenario = self._scenario()
        organisation = self._named("organisation", scenario)
        policy = self._named("policy", scenario)
        checks = self._checks(mapping(scenario).get("checks"))
        journeys = self._journeys(mapping(scenario).get("journeys"))
        plan = self._named("plan", scenario) if "plan" in mapping(scenario) else None
        says = text_of(mapping(self.chosen).get("says")) or ""
        at = self.written.keys["variants"] if self.variant == AS_WRITTEN and self.variants else self.written.place
        at = mapping(self.written)["variants"].keys.get(self.variant, at) if self.variants else at
        bundle = Bundle(
            self.source.name, self.source.family, self.variant, self.source.title, says, self.source.shown, at.line,
            scenario, organisation, policy, checks, plan, journeys, variants=self.variants, known=self._known(),
        )  # fmt: skip
        self._people(bundle, mapping(scenario).get("people") or Node("plain", self.written.place))
        self._set_values(bundle)
        self._messages(bundle)
        self._natives(bundle, mapping(scenario).get("native"))
        self._layouts(bundle)
        bundle.sources = {file: written.text() for file, written in self.read.items()}
        return bundle, self.problems

    def _refuse_changed_verdicts(self) -> None:
        for name, node in self.variants.items():
            for key in VERDICT_KEYS:
                if key in mapping(node):
                    sentence = (
                        f"variant '{name}' changes '{key}'. A variant may change the world and the briefing, never "
                        "what must hold; put a different rule in its own check."
                    )
                    self.problems.append(Problem(key_place(node, key), sentence))

    def _scenario(self) -> Node:
        """The scenario with its variant: timelines appended, the rest replaced; documents are looked up later."""
        change = mapping(self.chosen)
        merged = with_entries(self.written, variants=None, **{key: change[key] for key in _REPLACED if key in change})
        timed = {key: change[key] for key in ("starts", "ends", "lasts", "warm_up", "cool_down") if key in change}
        if "ends" in timed or "lasts" in timed:
            merged = with_entries(merged, ends=None, lasts=None)
        merged = with_entries(merged, **timed)
        lines: dict[str, Node] = {key: change[key] for key in ("story", "faults") if key in change}
        patch = Node(lines, self.chosen.place, self.chosen.keys)
        return self._try(lambda: merge(merged, patch)) or merged

    def _named(self, kind: str, scenario: Node) -> Node | None:
        """The document that the scenario names or holds, changed by the variant."""
        base = self._looked_up(kind, mapping(self.written).get(kind))
        change = mapping(self.chosen).get(kind)
        if change is None or (base is None and isinstance(change.value, dict)):
            return base
        if not isinstance(change.value, dict):
            return self._looked_up(kind, change)
        assert base is not None
        before = base
        return self._try(lambda: merge(before, change, _keeps_absent))

    def _looked_up(self, kind: str, node: Node | None) -> Node | None:
        """The document a node names, or holds itself; the plain one where nothing is said."""
        if node is None:
            return self._document(kind, "plain", self.written.place)
        if isinstance(node.value, dict):
            title = mapping(self.written).get("scenario") or Node(self.source.name, node.place)
            return node if kind in node.value else Node({kind: title, **node.value}, node.place, node.keys)
        if isinstance(node.value, str):
            return self._document(kind, node.value, node.place)
        sentence = f"'{kind}' is the name of a document, or a mapping; '{shown(node)}' is neither."
        self.problems.append(Problem(node.place, sentence))
        return None

    def _document(self, kind: str, id: str, place: Place) -> Node | None:
        try:
            found = self.shelf.document(kind, id)
        except InvalidDocuments as invalid:
            self._note(invalid.problems)
            return None
        if found is None:
            self._note([Problem(place, self._missing(kind, id))])
            return None
        self.read[found.file] = found
        return found.node

    def _missing(self, kind: str, id: str) -> str:
        file = f"{id}.{kind}.yaml"
        hint = did_you_mean(id, self.shelf.ids(kind))
        return (
            f"there is no {kind} '{id}'{hint}. It would be {file}, beside the scenario or in fixtures/{FOLDERS[kind]}/."
        )

    def _checks(self, node: Node | None) -> Node | None:
        """The checks in the form of their model: rules under `rules`, the scenario's own states among the states."""
        if node is None:
            return None  # the scenario's own model says that they are missing
        if isinstance(node.value, str):
            document = self._document("checks", node.value, node.place)
        elif isinstance(node.value, dict):
            title = mapping(self.written).get("scenario") or node
            document = node if "checks" in node.value else Node({"checks": title, **node.value}, node.place, node.keys)
        else:
            document = None
            sentence = f"'checks' is the name of a document, or the rules by name; '{shown(node)}' is neither."
            self.problems.append(Problem(node.place, sentence))
        if document is None:
            return None
        entries = mapping(document)
        rules = {key: child for key, child in entries.items() if key not in VERDICT_KEYS}
        arranged: dict[str, Node] = {"checks": entries["checks"]}
        for key in ("states", "results"):
            own, local = entries.get(key), mapping(self.written).get(key)
            both = merge(own, local) if own is not None and local is not None else own or local
            if both is not None:
                arranged[key] = both
        arranged["rules"] = Node(rules, document.place, {key: key_place(document, key) for key in rules})
        return Node(arranged, document.place, document.keys)

    def _journeys(self, node: Node | None) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for item in items(node):
            id = text_of(item)
            if id is None:
                continue  # the scenario's own model says so
            if id in found:
                self.problems.append(Problem(item.place, f"the journey '{id}' stands twice. Remove one."))
                continue
            document = self._document("journey", id, item.place)
            if document is not None:
                found[id] = document
        return found

    def _people(self, bundle: Bundle, node: Node) -> None:
        from simulator.model.loading.gathering import Gatherer

        gatherer = Gatherer(self.shelf)
        gatherer.take(node)
        base = mapping(self.written).get("people")
        if gatherer.edges and base is not None and base is not node:
            gatherer.stand_by(base)
        bundle.people, bundle.library = gatherer.people, gatherer.library
        bundle.is_crowd_broken = bool(gatherer.problems)
        self.problems += gatherer.problems

    def _set_values(self, bundle: Bundle) -> None:
        """Set each value of the variant's `with` by its path."""
        values = mapping(self.chosen).get("with")
        if values is None:
            return
        for path, value in mapping(values).items():
            place = key_place(values, path)
            try:
                self._set_value(bundle, path, value, place)
            except InvalidDocuments as invalid:
                self.problems += invalid.problems

    def _set_value(self, bundle: Bundle, path: str, value: Node, place: Place) -> None:
        head, _, rest = path.partition(".")
        shelves: dict[str, dict[str, Node]] = {"journeys": bundle.journeys, "messages": bundle.messages}
        if head in ("policy", "organisation") or (head == "plan" and bundle.plan is not None):
            before: Node | None = getattr(bundle, head)
            if before is not None:
                setattr(bundle, head, self._with_value(head, before, rest, path, value, place))
            return
        if head in shelves and rest:
            id, _, inner = rest.partition(".")
            if head == "messages" and id not in bundle.messages:
                document = self._try(lambda: self.shelf.document("message", id))
                if document is not None:
                    bundle.messages[id] = document.node
            if id in shelves[head] and inner:
                kind = head.removesuffix("s")
                shelves[head][id] = self._with_value(kind, shelves[head][id], inner, path, value, place)
                return
            known = list(shelves[head]) if head == "journeys" else self.shelf.ids("message")
            sentence = f"unknown path '{path}': no {head.removesuffix('s')} '{id}' here{did_you_mean(id, known)}."
            raise InvalidDocuments([Problem(place, sentence)])
        heads = ("policy", "organisation", "plan", "journeys", "messages")
        sentence = f"unknown path '{path}'{did_you_mean(head, heads)}. A path begins with {', '.join(heads)}."
        raise InvalidDocuments([Problem(place, sentence)])

    def _with_value(self, kind: str, before: Node, rest: str, path: str, value: Node, place: Place) -> Node:
        if not rest:
            sentence = f"'{path}' sets a whole document. Write '{kind}: ...' in the variant, or name one of its values."
            raise InvalidDocuments([Problem(place, sentence)])
        return set_path(before, rest, value, at=place, known=lambda keys: known_keys(_MODELS[kind], keys))

    def _messages(self, bundle: Bundle) -> None:
        """The message of every `send`; that of `send: campaign` is told by the plan."""
        for journey in bundle.journeys.values():
            for path, node in walk(journey):
                if path and path[-1] == "send" and isinstance(node.value, str):
                    if node.value == "campaign" and "for_each" in mapping(journey):
                        self._planned_messages(bundle)
                    else:
                        self._message(bundle, node.value, node.place)

    def _planned_messages(self, bundle: Bundle) -> None:
        plan = mapping(bundle.plan)
        columns = [text_of(column) for column in items(plan.get("columns"))]
        for row in items(plan.get("campaigns")):
            cells = dict(zip(columns, items(row), strict=False))
            cell = cells.get("message") or cells.get("campaign")
            if cell is not None and isinstance(cell.value, str):
                self._message(bundle, cell.value, cell.place)

    def _message(self, bundle: Bundle, id: str, place: Place) -> None:
        if id not in bundle.messages and (found := self._document("message", id, place)) is not None:
            bundle.messages[id] = found

    def _layouts(self, bundle: Bundle) -> None:
        """The layouts that messages name."""
        for message in bundle.messages.values():
            named = mapping(message).get("layout")
            if named is None or not isinstance(named.value, str) or named.value in bundle.layouts:
                continue
            found = self._document("layout", named.value, named.place)
            if found is not None:
                bundle.layouts[named.value] = found

    def _natives(self, bundle: Bundle, natives: Node | None) -> None:
        """Engines' own definitions, and the messages that theirs are recognised as, as far as we have such."""
        bundle.native = definitions(natives, self.shelf, self.problems)
        named = recognised_messages(natives)
        for id in named:
            found = self._try(partial(self.shelf.document, "message", id))
            if id not in bundle.messages and found is not None:
                bundle.messages[id] = found.node
        bundle.known = {**bundle.known, "message": bundle.known["message"] | frozenset(named)}

    def _known(self) -> dict[str, frozenset[str]]:
        """Ids that a check may ask for though this variant has no such document: other variants have."""
        return {kind: frozenset(self.shelf.ids(kind)) for kind in ("message", "journey")}

    def _try(self, look: Callable[[], T | None]) -> T | None:
        try:
            return look()
        except InvalidDocuments as invalid:
            self._note(invalid.problems)
            return None

    def _note(self, problems: Iterable[Problem]) -> None:
        self.problems += [problem for problem in problems if problem not in self.problems]


def _keeps_absent(path: Iterable[str]) -> bool:
    """`helpdesk to dealer: absent` says aloud that a link is not there."""
    first, *rest = path
    return first == "links" and len(rest) == 1
