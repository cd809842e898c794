"""The studio as a process of its own, attacked: whatever somebody sends, it answers in a sentence and stays up."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

WISH: dict[str, Any] = {"target": "late-birthday/late-birthday", "variant": "one-day-incident", "customer": "camille"}
ENGINES = """
import os, sys, time
from simulator.backends.protocol import Capabilities

class Quiet:
    name = "quiet"
    capabilities = Capabilities("stepped", granularity_ms=86_400_000, independent_customers=True, features=frozenset(
        {"trigger.anniversary", "step.send", "coupons", "policy.consent"}))
    def open(self, briefing, start): pass
    def ingest(self, event): pass
    def next_wakeup(self): return None
    def advance(self, to, step): return []
    def close(self): pass

class Printing(Quiet):
    def advance(self, to, step):
        print("x" * 100_000); print("y" * 100_000, file=sys.stderr); os.write(1, b"z" * 100_000)
        return []

class Leaving(Quiet):
    def advance(self, to, step): sys.exit(7)

class Raising(Quiet):
    def open(self, briefing, start): raise RuntimeError("\\x1b[2Jno\\ud800 way")

class Unmade(Quiet):
    def __init__(self): raise ValueError("cannot be made")

class Babbling(Quiet):
    def advance(self, to, step): return [{"name": None}, 3, float("nan")]
"""
OWN = {name: f"hostile_engines:{name}@real" for name in ("Printing", "Leaving", "Raising", "Unmade", "Babbling")}


@dataclass
class Served:
    """A studio in a process: what one needs to ask it, and what it has complained of so far."""

    port: int
    token: str
    folder: Path
    process: subprocess.Popen[bytes]
    complaints: Path

    def client(self, timeout: float = 60) -> httpx.Client:
        headers = {"X-Journeyproof-Token": self.token}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, trust_env=False, timeout=timeout)

    def wire(self, *pieces: bytes, timeout: float = 5, until_closed: bool = False) -> bytes:
        """What is answered to bytes as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as wire:
            taken = b""
            try:
                for piece in pieces:
                    wire.sendall(piece)
                while until_closed or b"\r\n\r\n" not in taken:
                    read = wire.recv(65536)
                    if not read:
                        break
                    taken += read
            except (TimeoutError, ConnectionError):
                pass
            return taken

    def head(self, method: str = "POST", path: str = "/api/run", **others: str) -> bytes:
        """The beginning of a request that is let in, without the empty line."""
        named = {"Host": f"127.0.0.1:{self.port}", "X-Journeyproof-Token": self.token}
        named |= {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in others.items()
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        return "".join(f"{line}\r\n" for line in lines).encode()

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "hostile_engines.py").write_text(ENGINES, encoding="utf-8")
    complaints = folder / "complaints.txt"
    allowed = [word for name in OWN.values() for word in ("--backend", name)]
    command = [sys.executable, "-m", "simulator", "studio", "--no-browser", "--port", "0", *allowed]
    with complaints.open("wb") as errors, subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, "PYTHONPATH": str(folder)}
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().decode().split()[-1]
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]+)", address)
        assert found is not None
        studio = Served(int(found[1]), found[2], folder, process, complaints)
        yield studio
        with studio.client() as client:
            assert last(client.post("/api/run", json={"wish": WISH}))["entry"]["outcome"] == "violated"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert complained(complaints) == []


def complained(complaints: Path) -> list[str]:
    """What the process has written to standard error, but for one line that it has for each thing that is no HTTP."""
    lines = complaints.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if line != "WARNING:  Invalid HTTP request received."]


@pytest.fixture(autouse=True)
def _stays_up(served: Served) -> Iterator[None]:
    """After every attack it answers as before, and has complained of nothing."""
    yield
    assert served.process.poll() is None
    with served.client() as client:
        assert client.get("/api/nothing").status_code == 404
    assert complained(served.complaints) == []


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


def last(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = json.loads(answer.content.decode().splitlines()[-1])
    return told


def sentence(answer: httpx.Response, *statuses: int) -> str:
    """The sentence of a refusal; its bytes are UTF-8, it is no traceback, and nothing inside of us broke."""
    text = answer.content.decode()
    assert answer.status_code in (statuses or (200,)), text
    told: str = json.loads(text.splitlines()[-1])["problem"]["sentence"]
    assert told.endswith((".", "?", "!"))
    assert "Traceback" not in text
    assert "went wrong inside" not in told
    return told


def asked(client: httpx.Client, *edits: tuple[str, Any], **change: Any) -> httpx.Response:
    """A run of what-ifs, as JSON may write it: numbers beyond every measure and lone surrogates too."""
    wish = {**WISH, **change, "edits": [{"control": control, "value": value} for control, value in edits]}
    body = json.dumps({"wish": wish}).replace("Infinity", "1e999")
    return client.post("/api/run", content=body, headers={"Content-Type": "application/json"})


# ------------------------------------------------------------------------------------------------- who is let in


@pytest.mark.parametrize(
    "hosts",
    [[], ["127.0.0.1:{port}", "127.0.0.1:{port}"], ["127.0.0.1:{port}", "evil.example"], ["[::1]:{port}"],
     ["127.0.0.1:{port}@evil.example"], ["127.0.0.1:{port},evil.example"], ["127.0.0.1.:{port}"],
      ["2130706433:{port}"],
     ["0.0.0.0:{port}"], ["127.1:{port}"], ["LOCALHOST.:{port}"], ["127.0.0.1:0{port}"]],
)  # fmt: skip
def test_no_other_host_is_ours(served: Served, hosts: list[str]) -> None:
    lines = [f"GET /api/catalogue HTTP/1.1\r\nX-Journeyproof-Token: {served.token}\r\n"]
    lines += [f"Host: {host.format(port=served.port)}\r\n" for host in hosts]
    answer = served.wire(f"{''.join(lines)}Connection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 421 "))
    assert b"families" not in answer


@pytest.mark.parametrize(
    "path", ["/api/catalogue?token={token}", "/api/run?token={token}", "//?token={token}", "/index.html?token={token}"]
)
def test_the_token_of_an_address_opens_no_other_address(served: Served, path: str) -> None:
    url = f"http://127.0.0.1:{served.port}{path.format(token=served.token)}"
    for method in ("GET", "POST", "PUT", "HEAD"):
        answer = httpx.request(method, url, trust_env=False, headers={"Content-Type": "application/json"})
        assert answer.status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site", "NONSENSE", ""])
def test_other_sites_are_refused(client: httpx.Client, site: str) -> None:
    assert "own page" in sentence(client.get("/api/catalogue", headers={"Sec-Fetch-Site": site}), 403)


def test_two_origins_or_tokens_are_not_twice_as_good(served: Served) -> None:
    own = f"Origin: http://127.0.0.1:{served.port}\r\n"
    body = b"Content-Length: 2\r\n\r\n{}"
    for more in (f"Origin: http://evil.example\r\n{own}", "X-Journeyproof-Token: wrong\r\n"):
        answer = served.wire(served.head() + more.encode() + body)
        assert b" 200 " not in answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "get"])
@pytest.mark.parametrize(
    "path", ["/", "/api/run", "/api/save", "/api/catalogue", "*", "/%00", "/api%2Frun", "/api/run/"]
)
def test_other_methods_and_paths_do_nothing(served: Served, method: str, path: str) -> None:
    answer = served.wire(served.head(method, path, Connection="close") + b"Content-Length: 0\r\n\r\n")
    status = int(answer.split()[1])
    if (method, path) in (("HEAD", "/"), ("HEAD", "/api/catalogue")):
        assert status == 200
        assert answer.endswith(b"\r\n\r\n")
    else:
        assert status in (400, 404, 405, 415)
    assert b"access-control" not in answer.lower()


# --------------------------------------------------------------------------------------------- bodies and bytes


@pytest.mark.parametrize(
    "body",
    ['{"wish": ' + "[" * 60_000 + "]" * 60_000 + "}", '{"wish": {"seed": ' + "9" * 20_000 + "}}",
     '{"wish": {"target": "\\ud800", "variant": "b"}}', '{"wish": {"target": {}, "variant": []}}',
     '{"wish": Infinity}',
     '{"wish": {"target": "a", "variant": "b", "seed": 1e999}}',
     '{"wish": {"target": "a", "variant": "b", "seed": true}}',
     '{"wish": {"target": "a", "variant": "b", "\\ud800": 1}}', '{"wish": null}', '{"wish": {"edits": {}}}',
     "\x00", "﻿{}",
     '{"a": {}, "b": {}, "wish": {}, "name": 1}'],
)  # fmt: skip
@pytest.mark.parametrize("path", ["run", "scenario", "save", "share", "compare"])
def test_damaged_json_is_a_sentence(client: httpx.Client, path: str, body: str) -> None:
    answer = client.post(f"/api/{path}", content=body.encode(), headers={"Content-Type": "application/json"})
    sentence(answer, 400, 404, 200)


def test_of_two_equal_keys_one_is_taken_and_nothing_breaks(client: httpx.Client) -> None:
    twice = '{"wish": {"target": "x"}, "wish": ' + json.dumps(WISH) + "}"
    answer = client.post("/api/run", content=twice, headers={"Content-Type": "application/json"})
    assert "entry" in last(answer)


@pytest.mark.parametrize("length", ["-1", "abc", "1, 2", "99999999999999999999999999", "0x10", "²"])
def test_lengths_that_are_none(served: Served, length: str) -> None:
    answer = served.wire(served.head() + f"Content-Length: {length}\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"413")


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\x00" * 5000, b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n",
     b"\r\n" * 50_000,
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
     "GET /é HTTP/1.1\r\n\r\n".encode(),
     b"GET / HTTP/1.1\r\nHost: x\x00y\r\n\r\n", b"GET " + b"/a" * 200_000 + b" HTTP/1.1\r\n\r\n",
     b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
     b"GET / HTTP/1.1\r\nX: " + b"y" * 1_000_000],
)  # fmt: skip
def test_garbage_is_hung_up_on(served: Served, garbage: bytes) -> None:
    answer = served.wire(garbage, timeout=3)
    assert answer == b"" or answer.split()[1] in (b"400", b"421", b"431", b"505")


def test_a_client_of_the_last_century_is_answered(served: Served) -> None:
    assert served.wire(b"GET / HTTP/1.0\r\n\r\n").split()[1] in (b"400", b"421")
    host = f"Host: 127.0.0.1:{served.port}\r\n".encode()
    body = json.dumps({"wish": WISH}).encode()
    head = b"POST /api/run HTTP/1.0\r\n" + host + f"X-Journeyproof-Token: {served.token}\r\n".encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    answer = served.wire(head, body, until_closed=True, timeout=20)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert "entry" in json.loads(answer.partition(b"\r\n\r\n")[2])


def test_half_open_connections_keep_nobody_waiting(served: Served, client: httpx.Client) -> None:
    beginnings = [b"", b"GET", served.head(), served.head() + b"Content-Length: 100\r\n\r\n{",
                  served.head(Transfer_Encoding="chunked") + b'\r\n5\r\n{"w']  # fmt: skip
    wires = []
    try:
        for number in range(60):
            wire = socket.create_connection(("127.0.0.1", served.port), timeout=5)
            wire.sendall(beginnings[number % len(beginnings)])
            wires.append(wire)
        begun = time.monotonic()
        assert "entry" in last(asked(client))
        assert time.monotonic() - begun < 5
    finally:
        for number, wire in enumerate(wires):
            if number % 2:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            wire.close()


def test_clients_that_vanish_are_forgotten(served: Served) -> None:
    body = json.dumps({"a": WISH, "b": WISH}).encode()
    request = served.head(path="/api/compare") + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    for number in range(20):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as wire:
            wire.sendall(request)
            if number % 2:
                wire.recv(10)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


# ------------------------------------------------------------------------------------------------------- wishes

WRONG: list[Any] = [
    None, True, 0, -1, 2.5, 1e308, float("inf"), float("-inf"), 10**30, 10**4000, "", " ", "x", "\ud800", "a\nb",
    "a\x00",
    "\x1b[2J", "x" * 1000, "2025-02-31x", "9999-12-31 23:59", "0001-01-01 00:00", "99999999999 days", "-1 h", "25:00",
    [], [None], {}, {"from": 1, "until": 2}, {"from": "2025-11-14 10:00", "until": "2025-11-14 09:00"},
    {"event": []}, {"event": "Order Completed", "at": {}}, {"event": "Order Completed", "at": "2025-11-20 12:00",
    "with": 3},
]  # fmt: skip


def test_no_control_breaks_on_a_value_of_the_wrong_kind(client: httpx.Client) -> None:
    """Of each kind of control one takes every value; it is told what it may be, or is run."""
    controls = client.post("/api/scenario", json={"wish": WISH}).json()["controls"]
    kinds = {(control["kind"], control["group"]): control["control"] for control in controls}
    for control in kinds.values():
        for value in WRONG:
            answer = asked(client, (control, value))
            text = answer.content.decode()
            assert "NaN" not in text
            assert "Infinity" not in text
            told = json.loads(text.splitlines()[-1])
            if "entry" not in told:
                assert len(sentence(answer)) < 500
                continue
            failed = [check["reason"] for check in told["entry"]["checks"] if check["outcome"] == "error"]
            assert all("leads out of the calendar" in reason for reason in failed), (control, value, failed)


@pytest.mark.parametrize("value", [10**4000, 1e308, float("inf"), float("-inf")])
@pytest.mark.parametrize("control", ["behaviour.opens", "act.0.moved"])
def test_a_number_without_measure_is_a_sentence(client: httpx.Client, control: str, value: float) -> None:
    assert "number" in sentence(asked(client, (control, value)))


@pytest.mark.parametrize("control", ["", "person", "person.zone ", "act.999", "__class__", "\ud800", "é" * 299])
def test_an_unknown_control_is_a_sentence(client: httpx.Client, control: str) -> None:
    assert "nothing here is called" in sentence(asked(client, (control, 1))).lower()


def test_surrogates_in_an_answer_are_json_that_anybody_reads(client: httpx.Client) -> None:
    """A lone surrogate in a wish comes back in the sentence, in bytes that are UTF-8."""
    for change in ({"target": "a\ud800"}, {"variant": "\udfff"}, {"customer": "\ud800"}, {"backend": "\ud800"}):
        sentence(asked(client, **change))


@pytest.mark.parametrize(
    "edits",
    [
        [("person.zone", "Mars/Olympus")],
        [("person.birth_date", "2025-02-30")],
        [("policy.caps.weekly.limit", 2.5)],
        [("behaviour.spends", "{{ many }}")],
        [("behaviour.opens_after", "1 month")],
    ],
)
def test_an_edit_that_makes_no_scenario_is_a_sentence(client: httpx.Client, edits: list[tuple[str, Any]]) -> None:
    assert 10 < len(sentence(asked(client, *edits))) < 500


def test_two_hundred_acts_and_reactions_end_in_time(client: httpx.Client) -> None:
    """As much as a wish may hold: an answer comes within the time limit, whatever it says."""
    opened = {"event": "Message Opened", "after": "0 min", "with": {}}
    order = {"event": "Order Completed", "at": "2025-11-20 12:00", "with": {"amount": "20 EUR"}}
    begun = time.monotonic()
    answer = asked(client, *[("act.new", opened)] * 100, *[("act.new", order)] * 100)
    assert time.monotonic() - begun < 60
    told = json.loads(answer.content.decode().splitlines()[-1])
    assert "entry" in told or sentence(answer)
    assert "200" in sentence(asked(client, *[("act.new", order)] * 201), 400)


@pytest.mark.parametrize("name", OWN)
def test_a_backend_that_misbehaves_is_told_and_does_no_harm(client: httpx.Client, name: str) -> None:
    answer = asked(client, backend=OWN[name])
    assert "Traceback" not in answer.text
    assert "\x1b" not in answer.text
    told = json.loads(answer.content.decode().splitlines()[-1])
    if name == "Printing":
        assert told["entry"]["outcome"] != "error"
    elif "entry" in told:
        assert told["entry"]["outcome"] == "error"
        assert told["entry"]["checks"][0]["reason"]
    else:
        sentence(answer)


# ------------------------------------------------------------------------------------------------------- saving


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "/etc/x", "a\\b", "c:x", "a\x00b", "x" * 300, "x" * 61, "con", "nul", "com1", "аbc", "a·b",
     "ａ", ".", "..",
     "", " ", "-", "a-", "A", "a.b", "a\n", "\ud800", None, 1, ["a"], {"a": 1}],
)  # fmt: skip
def test_a_name_leads_nowhere_else(served: Served, client: httpx.Client, name: Any) -> None:
    body = json.dumps({"wish": WISH, "name": name})
    before = sorted(served.folder.rglob("*.yaml"))
    told = sentence(client.post("/api/save", content=body, headers={"Content-Type": "application/json"}))
    assert "name" in told
    assert sorted(served.folder.rglob("*.yaml")) == before


def test_what_stands_in_the_way_is_not_followed_and_not_overwritten(served: Served, client: httpx.Client) -> None:
    folder = served.folder / "scenarios" / "saved"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder belongs", encoding="utf-8")
    said = sentence(client.post("/api/save", json={"wish": WISH, "name": "in-the-way"}))
    assert "cannot be written" in said
    folder.unlink()
    folder.mkdir()
    elsewhere = served.folder / "elsewhere.txt"
    (folder / "led-away.scenario.yaml").symlink_to(elsewhere)
    assert "nothing is overwritten" in sentence(client.post("/api/save", json={"wish": WISH, "name": "led-away"}))
    assert not elsewhere.exists()
    (folder / "led-away.scenario.yaml").unlink()
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda _: client.post("/api/save", json={"wish": WISH, "name": "at-once"}), range(4)))
    assert sum("file" in answer.json() for answer in saved) == 1
    assert sum("nothing is overwritten" in answer.text for answer in saved) == 3


# --------------------------------------------------------------------------------------------------------- load


def test_a_hundred_at_once_are_answered_or_asked_to_come_again(served: Served) -> None:
    def ask(number: int) -> str:
        path = ("run", "compare", "share")[number % 3]
        wish = {**WISH, "edits": [{"control": "act.0.moved", "value": number}]}
        body = {"a": WISH, "b": wish} if path == "compare" else {"wish": wish}
        with served.client(120) as own:
            answer = own.post(f"/api/{path}", json=body)
        if answer.status_code == 503:
            assert answer.headers["retry-after"].isdecimal()
            return sentence(answer, 503)
        assert answer.status_code == 200
        assert "problem" not in answer.text[-2000:]
        return ""

    with ThreadPoolExecutor(100) as pool:
        told = list(pool.map(ask, range(100)))
    assert told.count("") > 0


@pytest.mark.slow
def test_five_hundred_what_ifs_cost_no_memory(served: Served, client: httpx.Client) -> None:
    def many(first: int, count: int) -> int:
        for number in range(first, first + count):
            assert "entry" in last(asked(client, ("act.0.moved", number % 60), seed=number % 40))
        return served.memory()

    many(0, 100)
    settled = many(100, 100)
    assert many(200, 300) - settled < 60_000_000
