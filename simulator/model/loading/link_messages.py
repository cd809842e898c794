"""Messages and layouts: every variable is named, every link leads nowhere real, and a layout has its marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulator.model.addresses import refused_link
from simulator.model.loading.bundles import Bundle, mapping, within
from simulator.model.loading.link_organisation import child
from simulator.model.loading.resolving import Resolver
from simulator.model.loading.vocabularies import SOURCE
from simulator.model.messages import BUILT_IN, MARKS, Layout, Message, marks_in
from simulator.model.reading import Node, child_of
from simulator.model.templating import LONGEST, liquid_in, uses
from simulator.model.validating import validate
from simulator.words.errors import ExpressionError, Problem, did_you_mean


class Mail(NamedTuple):
    """The messages and layouts of a scenario, by id."""

    messages: Mapping[str, Message]
    layouts: Mapping[str, Layout]


def mail_of(bundle: Bundle, problems: list[Problem]) -> Mail:
    """The messages and layouts that have the right shape."""
    messages = {id: validate(Message, node, problems) for id, node in bundle.messages.items()}
    layouts = {id: validate(Layout, node, problems) for id, node in bundle.layouts.items()}
    return Mail(
        {id: message for id, message in messages.items() if message is not None},
        {id: layout for id, layout in layouts.items() if layout is not None},
    )


def link_mail(mail: Mail, bundle: Bundle, resolver: Resolver) -> None:
    """Note what is wrong in what messages and layouts say."""
    for id, message in mail.messages.items():
        node = bundle.messages[id]
        _sources(message, node, resolver)
        resolver.problems += message_problems(message, node)
    for id, layout in mail.layouts.items():
        resolver.problems += layout_problems(layout, bundle.layouts[id])


def message_problems(message: Message, node: Node) -> list[Problem]:
    """What is wrong with a message, whatever its scenario is."""
    return [*_shape(message, node), *_templates(message, node), *_links(message, node)]


def _sources(message: Message, node: Node, resolver: Resolver) -> None:
    """Each name's source is declared."""
    names = child(node, "names")
    for name, source in message.names.items():
        if name in BUILT_IN:
            sentence = f"'{name}' is a name that every message has already. Choose another."
            resolver.problems.append(Problem(names.keys.get(name, names.place), sentence))
        elif "." not in source:
            remedy = "Write 'object.field', such as customer.first_name."
            resolver.note(child(names, name), f"'{source}' is no source. {remedy}")
        else:
            resolver.dotted(source, child(names, name), SOURCE)


def _shape(message: Message, node: Node) -> Iterator[Problem]:
    """A body is written in one language for pages, and a layout is put around such a body."""
    if message.html and message.mjml:
        sentence = "the message has an 'html' and an 'mjml', and an mjml becomes html. Keep one of them."
        yield Problem(node.keys.get("mjml", node.place), sentence)
    if message.layout is not None and not (message.html or message.mjml):
        sentence = f"there is nothing to put into the layout '{message.layout}'. Write an 'html' or an 'mjml'."
        yield Problem(child(node, "layout").place, sentence)


def _templates(message: Message, node: Node) -> Iterator[Problem]:
    """Every variable of the templates is named."""
    known = {*message.names, *message.optional, *BUILT_IN}
    for path, template in message.templates().items():
        at = _at(node, path)
        try:
            used = uses(template)
        except ExpressionError as error:
            remedy = "Check its braces and its tags" if len(template) <= LONGEST else "Shorten it"
            yield Problem(at.place, f"{error.message}. {remedy}.")
            continue
        for name in used.names:
            if name not in known:
                remedy = did_you_mean(name, sorted(known)) or f". Add '{name}: object.field' to 'names'."
                sentence = f"the template uses '{name}', and 'names' does not say what it is{remedy}"
                yield Problem(within(at, _use(name, template)), sentence)
            elif path[0] == "links" and name == "links":
                yield Problem(at.place, "a link cannot be made of other links. Write it out.")
        for name in used.links:
            if name not in message.links:
                remedy = did_you_mean(name, sorted(message.links)) or f". Add '{name}: https://...' to 'links'."
                sentence = f"the template uses the link '{name}', and 'links' does not say where it leads{remedy}"
                yield Problem(within(at, _use(f"links.{name}", template)), sentence)
        if "links" in used.names and not used.links and path[0] != "links":
            yield Problem(within(at, _use("links", template)), "which of the links? Write '{{ links.NAME }}'.")


def _links(message: Message, node: Node) -> Iterator[Problem]:
    """Named links lead to reserved domains, by https or by mail."""
    at = child(node, "links")
    for name, link in message.links.items():
        if (problem := refused_link(link)) is not None:
            place = child_of(at, name) or at
            yield Problem(within(place, 0), f"the link '{name}' {problem}")


def layout_problems(layout: Layout, node: Node) -> Iterator[Problem]:
    """The marks that a layout needs are there, and no others."""
    at = child(node, "html")
    if len(layout.html) > LONGEST:
        sentence = f"the layout has {len(layout.html)} characters, and {LONGEST} are the most. Shorten it."
        yield Problem(at.place, sentence)
        return
    counted = dict.fromkeys(MARKS, 0)
    for name, begins, ends in marks_in(layout.html):
        if name:
            counted[name] += 1
            continue
        marks = ", ".join(f"{{{{ {mark} }}}}" for mark in MARKS)
        written = layout.html[begins:ends]
        hint = did_you_mean(written[2:-2].strip(), MARKS)
        sentence = f"'{_short(written)}' is no mark of a layout{hint}. A layout has {marks}, and no other Liquid."
        yield Problem(within(at, begins), sentence)
    for name in ("content", "subject"):
        if counted[name] != 1:
            often = f" {counted[name]} times" if counted[name] else ""
            what = "has" if often else "lacks"
            where = "the body of a message stands" if name == "content" else "the title of the page is"
            sentence = f"the layout {what} the mark '{{{{ {name} }}}}'{often}. Write it once, where {where}."
            yield Problem(at.place, sentence)
    if "<html" not in layout.html.lower() or "<body" not in layout.html.lower():
        yield Problem(at.place, "a layout is a whole HTML document. Begin it with '<!doctype html><html><body>'.")


def _at(node: Node, path: tuple[str, ...]) -> Node:
    for key in path:
        node = child_of(node, key) or Node(None, mapping(node)[key].place if key in mapping(node) else node.place)
    return node


def _use(name: str, template: str) -> int:
    """Where a name is used first, as an offset in the template."""
    word = re.compile(rf"(?<![\w.'\"]){re.escape(name)}(?!\w)")
    return next((begins for begins, ends in liquid_in(template) if word.search(template[begins:ends])), 0)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
