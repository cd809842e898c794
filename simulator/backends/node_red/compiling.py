"""Journeys as flows of Node-RED: delay, e-mail and http request nodes, with function nodes between them.

There is a tab for the events that come in and one for each journey; an engineer can open the file in Node-RED's editor.
What cannot be a flow here is refused by its line, never made weaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.backends.node_red.refusing import refusals
from simulator.backends.node_red.scripting import condition_js, js, path_of, template_js
from simulator.model.briefing import Briefing
from simulator.model.conditions import Condition, Pattern
from simulator.model.journeys import EventTrigger, Exit, Node, Program, Send, Split, Wait
from simulator.model.jsonl import written
from simulator.model.letters import letter_of
from simulator.words.errors import Unsupported

INTAKE = "/events"
"""The path to which every event is posted, as JSON: `type`, `profile` and `data`."""
_ACROSS, _DOWN = 220, 80
_MAILS, _GATEWAY, _LATER = "sends the mails", "sends everything else", "waits"

Flow = list[dict[str, Any]]


def compiled(briefing: Briefing) -> Flow:
    """The flows. Raises Unsupported with everything that cannot be expressed."""
    found = refusals(briefing)
    if found:
        raise Unsupported(found)
    tabs = [_Tab(number, program, briefing) for number, program in enumerate(briefing.programs)]
    listeners = [node for tab in tabs for node in tab.listeners]
    return [*_intake(listeners), *(node for tab in tabs for node in tab.nodes)]


def rows_of(briefing: Briefing) -> dict[str, Any]:
    """The customer table that the flows begin with: rows, which of them are one person, and the things they have."""
    objects = briefing.dictionary.objects
    fields = briefing.dictionary.fields
    return {
        "zone": briefing.zone,
        "customer": sorted(name for kind in objects.values() if kind.key == "person" for name in kind.fields),
        "kinds": {
            name: {"key": kind.key, "fields": sorted(kind.fields)}
            for name, kind in objects.items()
            if kind.key != "person"
        },
        "rows": [
            {
                "id": row.id,
                "zone": row.zone,
                "addresses": dict(row.addresses),
                "consents": sorted(row.consents),
                "fields": written(row.fields, fields),
            }
            for row in briefing.profiles
        ],
        "linked": [list(group) for group in briefing.linked],
    }


def _function(id: str, tab: str, name: str, call: str, outputs: int, wires: list[list[str]]) -> dict[str, Any]:
    code = f"const j = global.get('journeys');\nreturn j.{call};"
    return {"id": id, "type": "function", "z": tab, "name": name, "func": code, "outputs": outputs, "wires": wires}


def _intake(listeners: list[str]) -> Flow:
    tab = "events"
    nodes = [
        {"id": "events.in", "type": "http in", "z": tab, "name": "an event", "url": INTAKE, "method": "post",
         "wires": [["events.heard"]]},
        _function("events.heard", tab, "note what it tells", "hear(msg, global)", 1, [["events.out"]])
        | {"func": "const j = global.get('journeys');\nconst told = j.hear(msg, global);\nnode.send([told, msg]);",
           "outputs": 2, "wires": [["events.out"], ["events.taken"]]},
        {"id": "events.out", "type": "link out", "z": tab, "name": "to the journeys", "mode": "link",
         "links": listeners, "wires": []},
        {"id": "events.taken", "type": "http response", "z": tab, "name": "taken", "statusCode": "202", "wires": []},
    ]  # fmt: skip
    return [{"id": tab, "type": "tab", "label": "Events"}, *_placed(nodes)]


class _Tab:
    """The tab of one journey. `listeners` are the nodes to which events are linked, those that end it first."""

    def __init__(self, number: int, program: Program, briefing: Briefing) -> None:
        self._id = f"j{number}"
        self._program, self._briefing = program, briefing
        self._found: Flow = []
        self.listeners: list[str] = []
        if program.journey.exit:
            self._listen("leaves", f"leaveOn(msg, global, {self._leaves()})", 0, [])
        self._listen("enters", f"enter(msg, global, {self._enters()})", 1, [[self._step(0)]])
        for node in program.nodes:
            self._lay(node)
        self._add(_function(self._node("over"), self._id, "the end", "leave(msg, global)", 0, []))
        self._senders()
        tab = {"id": self._id, "type": "tab", "label": program.journey.journey, "info": program.line}
        self.nodes = [tab, *_placed(self._found)]

    def _add(self, node: dict[str, Any]) -> None:
        self._found.append(node)

    def _node(self, name: str) -> str:
        return f"{self._id}.{name}"

    def _step(self, index: int) -> str:
        return self._node("over" if index < 0 else f"step{index}")

    def _listen(self, name: str, call: str, outputs: int, wires: list[list[str]]) -> None:
        at = self._node(name)
        link = {"id": f"{at}.in", "type": "link in", "z": self._id, "name": "an event", "links": ["events.out"]}
        self._add({**link, "wires": [[at]]})
        self._add(_function(at, self._id, name, call, outputs, wires))
        self.listeners.append(f"{at}.in")

    def _enters(self) -> str:
        journey = self._program.journey
        assert isinstance(journey.trigger, EventTrigger)
        rule, _, key = journey.reentry.partition(" per ")
        return _object(
            {
                "journey": js(self._program.id),
                "event": js(journey.trigger.event.event),
                "where": _test(journey.trigger.event.condition),
                "condition": _test(journey.if_),
                "reentry": js(rule),
                "key": js(key or None),
            }
        )

    def _leaves(self) -> str:
        patterns = ", ".join(_pattern(pattern) for pattern in self._program.journey.exit)
        return _object({"journey": js(self._program.id), "patterns": f"[{patterns}]"})

    def _lay(self, node: Node) -> None:
        at, follows = self._step(node.index), self._step(node.next)
        match node.step:
            case Wait(wait=duration):
                call = f"wait(msg, global, {_object({'days': js(duration.days), 'ms': js(duration.ms)})})"
                self._add(_function(at, self._id, f"wait {duration}", call, 2, [[f"{at}.delay"], [follows]]))
                self._add(_delay(f"{at}.delay", self._id, at))
            case Split(split=branches):
                tests = ", ".join(_test(branch.if_) for branch in branches if branch.if_ is not None)
                call = f"split(msg, global, {_object({'tests': f'[{tests}]'})})"
                wires = [[self._step(index)] for index in node.branches]
                self._add(_function(at, self._id, "split", call, len(wires), wires))
            case Exit(exit=reason):
                self._add(_function(at, self._id, f"leave: {reason}", "leave(msg, global)", 0, []))
            case Send() as step:
                sender = self._node(_MAILS if step.channel == "email" else _GATEWAY)
                call = f"send(msg, global, {self._sends(node, step)})"
                self._add(_function(at, self._id, f"send {step.send}", call, 2, [[sender], [follows]]))

    def _sends(self, node: Node, step: Send) -> str:
        program, policy = self._program, self._briefing.policy
        id = str(program.campaign.get("message", "campaign")) if step.send == "campaign" else step.send
        message = self._briefing.messages[id]
        letter = letter_of(message, self._briefing.layouts)
        purpose = step.purpose or program.journey.purpose
        base = {"message": id, "journey": program.id, "channel": step.channel, "purpose": purpose, "line": node.line}
        told = {**program.campaign, "product": program.campaign.get("product") or message.product,
                "stance": program.campaign.get("stance") or message.stance}  # fmt: skip
        base.update((name, str(told[name])) for name in ("campaign", "product", "stance") if told.get(name))
        required = [*policy.require.get("*", []), *policy.require.get(id, [])]
        names = {name: path_of(tuple(source.split("."))) for name, source in message.names.items()}
        return _object(
            {
                "channel": js(step.channel),
                "base": js(base),
                "consent": js(policy.consent is not None and purpose in policy.consent.needed_for),
                "required": js([path_of(tuple(path.split("."))) for path in dict.fromkeys(required)]),
                "names": js(names),
                "subject": f"(v) => {template_js(letter.subject, message.links)}",
                "text": f"(v) => {template_js(letter.text, message.links)}",
                "html": f"(v) => {template_js(letter.html, message.links, is_html=True)}" if letter.html else "null",
            }
        )

    def _senders(self) -> None:
        used = {wire for node in self._found for wires in node["wires"] for wire in wires}
        if self._node(_MAILS) in used:
            self._add(_mails(self._node(_MAILS), self._id))
        if self._node(_GATEWAY) in used:
            self._add(_gateway(self._node(_GATEWAY), self._id))


def _delay(id: str, tab: str, back: str) -> dict[str, Any]:
    """A delay as long as the message says. It leads back to the wait, because no timer of Node.js is a month long."""
    return {"id": id, "type": "delay", "z": tab, "name": _LATER, "pauseType": "delayv", "timeout": "1",
            "timeoutUnits": "days", "rate": "1", "nbRateUnits": "1", "rateUnits": "second", "randomFirst": "1",
            "randomLast": "5", "randomUnits": "seconds", "drop": False, "allowrate": False, "outputs": 1,
            "wires": [[back]]}  # fmt: skip


def _mails(id: str, tab: str) -> dict[str, Any]:
    return {"id": id, "type": "e-mail", "z": tab, "name": "", "dname": _MAILS, "server": "${JOURNEYPROOF_SMTP_HOST}",
            "port": "${JOURNEYPROOF_SMTP_PORT}", "authtype": "NONE", "secure": False, "tls": False, "credentials": {},
            "wires": []}  # fmt: skip


def _gateway(id: str, tab: str) -> dict[str, Any]:
    return {"id": id, "type": "http request", "z": tab, "name": _GATEWAY, "method": "POST", "ret": "txt",
            "paytoqs": "ignore", "url": "${JOURNEYPROOF_WEBHOOK}", "tls": "", "persist": False, "proxy": "",
            "insecureHTTPParser": False, "authType": "", "senderr": False, "headers": [], "wires": [[]]}  # fmt: skip


def _pattern(pattern: Pattern) -> str:
    return _object({"event": js(pattern.event), "where": _test(pattern.condition)})


def _test(condition: Condition | None) -> str:
    return f"(of) => {'true' if condition is None else condition_js(condition)}"


def _object(entries: Mapping[str, str]) -> str:
    """An object of JavaScript whose values are expressions."""
    lines = ",\n".join(f"    {name}: {value}" for name, value in entries.items())
    return f"{{\n{lines}\n}}"


def _placed(nodes: Flow) -> Flow:
    """The nodes of a tab with places in the editor: one below the other, what they lead to on the right."""
    return [
        {**node, "x": 140 + _ACROSS * (number % 4), "y": 60 + _DOWN * (number // 4)}
        for number, node in enumerate(nodes)
    ]
