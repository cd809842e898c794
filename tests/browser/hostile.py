"""A hostile corpus: texts and mails that want to run, fetch, navigate or confuse, and a server that counts who came.

`project` writes it into documents that the loader takes; `poisoned` puts it into every text of a result.
"""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PWN = "window.__pwned=(window.__pwned||0)+1"
RTL = "\u202eevil\u202c \u2067עברית\u2069 \u200f\u200e\u061c"
LINE = "a line without an end "
MEGABYTE = 1_000_000


class _Counting(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    connections = 0

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections += 1
        return False


@contextmanager
def canary() -> Iterator[tuple[str, _Counting]]:
    """A server on this machine that counts connections: its address, and itself."""
    with _Counting(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server
        finally:
            server.shutdown()
            thread.join()


def texts(url: str) -> list[str]:
    """Short texts, for names and titles."""
    return [
        f"<script>{PWN}</script>",
        f'"><img src="{url}/img" onerror="{PWN}">',
        f"'><svg onload={PWN}>",
        f"</script></style></title></textarea></iframe><script>{PWN}</script>",
        f"<!-- --!> --> ]]> <![CDATA[ <iframe src='{url}/frame'></iframe>",
        f"javascript:{PWN}",
        f"<style>@import '{url}/css';*{{background:url({url}/bg)}}</style>",
        f'<meta http-equiv="refresh" content="0;url={url}/meta"><base href="{url}/"><link rel=preconnect href="{url}">',
        f'<form action="{url}/form"><button autofocus onfocus="{PWN}">x</button></form>',
        f"${{{PWN}}} {{{{{PWN}}}}} {{% x %}} `${{{PWN}}}`",
        RTL,
        "<!--journeyproof:csp--><!--journeyproof:data-->",
        "&lt;script&gt; &#60;img&#62; &amp;quot; %3Cscript%3E \\u003cscript\\u003e",
    ]


def mail(url: str) -> str:
    """The body of a mail with every way out of it that there is."""
    body = (Path(__file__).parent / "corpus" / "mail.html").read_text(encoding="utf-8")
    for mark, value in {"@URL@": url, "@PWN@": PWN, "@RTL@": RTL}.items():
        body = body.replace(mark, value)
    return body


SCENARIO = """
scenario: {title}
starts: 2026-03-02
lasts: 3 days
people: [victims]
journeys: [hostile]
story:
  - {{at: 2026-03-02 10:00, who: [ada, bob], event: Signed Up}}
checks:
  welcomed:
    response: {rule}
    activation: Signed Up
    target: Message Received where message = hostile
    within: 1 h
variants:
  as-it-should-go: {{says: {says}}}
  engine-down:
    says: {says}
    faults: [{{fault: down, of: backend, from: 2026-03-02 09:00, until: 2026-03-02 12:00}}]
    violates: {{welcomed: everyone}}
"""
PEOPLE = """
people: {title}
ada: {{like: anna, name: {ada}, first_name: {first}}}
bob: {{like: anna, name: {bob}}}
"""
JOURNEY = """
journey: {title}
purpose: marketing
trigger: {{event: Signed Up}}
steps:
  - {{send: hostile, channel: email}}
  - {{send: hostile-sms, channel: sms}}
  - {{send: hostile-push, channel: push}}
"""
MESSAGE = """
message: {title}
subject: {subject}
preheader: {preheader}
text: {text}
html: {html}
gloss: {{subject: {subject}, text: {text}}}
lang: he
names: {{first_name: customer.first_name}}
"""
SHORT = """
message: {title}
subject: {subject}
text: {text}
"""


def _liquid(text: str) -> str:
    """A text that a template takes as it is."""
    return text.replace("{{", "{ {").replace("{%", "{ %")


def project(folder: Path, url: str) -> Path:
    """Documents that hold the corpus wherever they may; the scenario's file."""
    said = texts(url)
    long = "".join(said) + LINE * 500

    def write(kind: str, name: str, form: str, **values: str) -> Path:
        where = folder / ("scenarios/hostile" if kind == "scenario" else f"fixtures/{kind.removesuffix('s')}s")
        if kind == "people":
            where = folder / "fixtures/people"
        file = where / f"{name}.{kind}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        told = {key: json.dumps(value, ensure_ascii=True) for key, value in values.items()}
        file.write_text(form.strip().format(**told) + "\n", encoding="utf-8")
        return file

    write("people", "victims", PEOPLE, title=said[0], ada=said[1] + said[3], first=said[1], bob=said[3] + RTL)
    write("journey", "hostile", JOURNEY, title=said[0] + said[4] + RTL)
    body = {
        key: _liquid(value) for key, value in {"html": mail(url), "text": long, "subject": said[1] + said[3]}.items()
    }
    write("message", "hostile", MESSAGE, title=said[3], preheader=_liquid(said[6]), **body)
    for kind in ("sms", "push"):
        write("message", f"hostile-{kind}", SHORT, title=said[0], text=body["text"], subject=body["subject"])
    return write(
        "scenario", "hostile", SCENARIO, title=said[0] + said[1], rule=said[1] + said[7], says=said[3] + said[5]
    )


# ---------------------------------------------------------------------------------------------------- a whole result

FORMS = re.compile(
    r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?|[+-]\d\d:\d\d|\d\d:\d\d|[0-9a-f]{32,}|[A-Z][A-Za-z]+/[A-Za-z_]+|UTC"
)
"""Instants, days, offsets, digests and zones: what is no text."""
KEPT = frozenset(
    (
        "format",
        "version",
        "outcome",
        "expected",
        "tone",
        "kind",
        "backend",
        "lang",
        "dir",
        "system",
        "sort",
        "template",
        "channel",
    )
)
"""Words of the form itself, by their key."""


def poisoned(result: dict[str, Any], url: str) -> dict[str, Any]:
    """The result with one of the texts behind every text in it. What was the same before is the same afterwards."""
    said = texts(url)

    def text(value: str) -> str:
        return value if FORMS.fullmatch(value) else value + said[sum(value.encode()) % len(said)]

    def walk(value: Any, key: str) -> Any:
        if isinstance(value, str):
            return value if key in KEPT else text(value)
        if isinstance(value, list):
            return [walk(each, key) for each in value]
        if isinstance(value, dict):
            return {name: walk(each, name) for name, each in value.items()}
        return value

    endless = LINE * (MEGABYTE // len(LINE))
    document: dict[str, Any] = walk({key: value for key, value in result.items() if key != "scenarios"}, "")
    document["scenarios"] = [walk(entry, "") for entry in result["scenarios"]]
    for entry in document["scenarios"]:
        for exhibit in entry["exhibits"]:
            for event in exhibit["events"]:
                event["data"] = {**event.get("data", {}), **dict.fromkeys(said, said[1])}
            for message in exhibit["messages"]:
                message["html"] = mail(url) + (endless if message is exhibit["messages"][-1] else "")
                message["text"] = "".join(said) + endless
                message.pop("layout", None)
        entry["sources"] = dict.fromkeys(entry.get("sources", {}), (said[1] + "\n") * 50)
    return document
