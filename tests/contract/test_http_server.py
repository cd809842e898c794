"""The server that exposes a Python backend: who is let in, what is refused, and what a backend's failure becomes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.backends.http.contract import TOKEN
from simulator.backends.http.examples import BRIEFING, HEARD, START
from simulator.backends.http.misfits import misfits
from simulator.backends.http.serving import exposed, serve
from simulator.backends.protocol import Capabilities
from simulator.backends.reference import ReferenceBackend
from simulator.model.briefing import Briefing
from simulator.model.log import Event
from simulator.words.errors import BackendFailed, NotQuiescent, Refusal, Unsupported, UsageError

ROOT = Path(__file__).resolve().parents[2]
NOON = "2026-03-02T11:00:00.000Z"
OPEN = {"briefing": BRIEFING, "start": START}


@pytest.fixture(scope="module")
def reference() -> Iterator[httpx.Client]:
    with exposed(ReferenceBackend) as url, client_of(url) as client:
        yield client


def client_of(url: str, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)


def opened(client: httpx.Client) -> str:
    answer = client.post("/v1/sessions", json=OPEN)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer is; it has the form of the contract, and no traceback."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert misfits(told, "Problem") == []
    assert told["status"] == status
    assert "Traceback" not in answer.text
    return told


# ---------------------------------------------------------------------------------------------------------- the door


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:80", "127.0.0.1.attacker.example", "", "[::2]"])
def test_whoever_was_led_here_by_another_name_is_turned_away(reference: httpx.Client, host: str) -> None:
    for path in ("/v1/capabilities", "/v1/openapi.json", "/nowhere"):
        told = problem(reference.get(path, headers={"Host": host}), 421)
        assert "127.0.0.1" in told["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "[::1]:80", "LOCALHOST"])
def test_the_names_of_this_machine_are_let_in(reference: httpx.Client, host: str) -> None:
    assert reference.get("/v1/capabilities", headers={"Host": host}).json()["name"] == "reference"


@pytest.mark.parametrize(
    "given", [None, "Bearer another", "Bearer", "Basic secret-1", "secret-1", "Bearer secret-12", "Bearer ünïcode"]
)
def test_nothing_but_the_contract_is_told_without_the_token(given: str | None) -> None:
    headers = [] if given is None else [(b"authorization", given.encode())]
    with exposed(ReferenceBackend, token="secret-1") as url, client_of(url) as client:
        answer = client.get("/v1/capabilities", headers=headers)
        assert "secret-1" not in problem(answer, 401)["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"
        assert client.post("/v1/sessions", json=OPEN, headers=headers).status_code == 401
        assert client.get("/v1/openapi.json", headers=headers).status_code == 200
        assert client.get("/v1/capabilities", headers={"Authorization": "bearer secret-1"}).status_code == 200


def test_it_listens_on_this_machine_alone() -> None:
    with exposed(ReferenceBackend) as url:
        assert url.startswith("http://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        with socket.socket() as other, pytest.raises(OSError, match="refused"):
            other.connect(("127.0.0.2", port))


def test_a_path_or_a_method_that_is_not_there_is_a_problem_too(reference: httpx.Client) -> None:
    assert "/v1/openapi.json" in problem(reference.get("/v2/sessions"), 404)["detail"]
    answer = reference.get("/v1/sessions")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert reference.get("/v1/capabilities/").status_code == 404


# ----------------------------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value in line 1, column 1"),
        (b"{'to': 1}", "Expecting property name"),
        (b'{"to": NaN, "step": 1}', "'NaN' is no JSON"),
        (b'{"to": 1e999}', "too large"),
        (b'{"to": "\xff"}', "byte 9 is not UTF-8"),
        (b'{"to": "\\ud800"}', "half of a character"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"step": ' + b"9" * 10_000 + b"}", "too many digits"),
    ],
    ids=["nothing", "python", "nan", "infinite", "latin-1", "surrogate", "deep", "long-number"],
)
def test_what_is_no_json_is_told_so(reference: httpx.Client, body: bytes, words: str) -> None:
    home = opened(reference)
    for path in ("/v1/sessions", f"{home}/events", f"{home}/advance"):
        answer = reference.post(path, content=body, headers={"Content-Type": "application/json"})
        assert words in problem(answer, 400)["detail"]
    assert reference.delete(home).status_code == 204


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_a_form_of_a_foreign_page_is_not_read(reference: httpx.Client, declared: str) -> None:
    answer = reference.post("/v1/sessions", content=json.dumps(OPEN), headers={"Content-Type": declared})
    assert "application/json" in problem(answer, 415)["detail"]


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    with exposed(ReferenceBackend, most_bytes=10_000) as url, client_of(url) as client:
        large = json.dumps({**OPEN, "padding": "x" * 10_000})
        told = client.post("/v1/sessions", content=large, headers={"Content-Type": "application/json"})
        assert "10000 bytes" in problem(told, 413)["detail"]
        chunks = (b"x" * 1_000 for _ in range(11))
        assert (
            client.post("/v1/sessions", content=chunks, headers={"Content-Type": "application/json"}).status_code == 413
        )
        assert client.get("/v1/capabilities").status_code == 200


HOSTILE: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("/briefing", lambda body: body.pop("briefing")),
    ("/briefing/profiles/0/zone", lambda body: body["briefing"]["profiles"][0].update(zone=7)),
    ("/briefing/profiles", lambda body: body["briefing"].update(profiles={})),
    ("/briefing/seed", lambda body: body["briefing"].update(seed="42")),
    ("/briefing/end", lambda body: body["briefing"].update(end="9999-12-31T23:59:59Z")),
    ("/briefing/format", lambda body: body["briefing"].update(format=2)),
    ("/briefing/linked/0/0", lambda body: body["briefing"].update(linked=[[{}]])),
    ("/briefing/native/x", lambda body: body["briefing"].update(native={"x": "flows.json"})),
    ("/briefing", lambda body: body["briefing"]["profiles"][0].update(zone="Nowhere/Land")),
    ("/briefing", lambda body: body["briefing"]["journeys"]["thanks"].update(steps=[{"sned": "thanks"}])),
    ("/briefing", lambda body: body["briefing"]["journeys"]["thanks"].update(steps="none")),
    ("/briefing", lambda body: body["briefing"].update(organisation={})),
    ("/briefing", lambda body: body["briefing"].update(span={})),
    ("/briefing", lambda body: body["briefing"].update(span={"starts": [[]], "lasts": {}})),
    ("/briefing", lambda body: body["briefing"].update(policy={"caps": 7})),
    ("/briefing", lambda body: body["briefing"]["profiles"][0]["fields"].update(amount="soon")),
    ("/start", lambda body: body.update(start="tomorrow")),
]


@pytest.mark.parametrize(
    ("pointer", "spoil"), HOSTILE, ids=[f"{n}-{pointer}" for n, (pointer, _) in enumerate(HOSTILE)]
)
def test_a_briefing_that_is_not_in_form_is_told_by_its_place(
    reference: httpx.Client, pointer: str, spoil: Callable[[dict[str, Any]], Any]
) -> None:
    body = json.loads(json.dumps(OPEN))
    spoil(body)
    told = problem(reference.post("/v1/sessions", json=body), 422)
    pointers = [error["pointer"] for error in told["errors"]]
    missing = {"/briefing": ""} if "briefing" not in body else {}
    assert missing.get(pointer, pointer) in pointers
    assert all(error["detail"] for error in told["errors"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"data": {"amount": True}}, "/events/1"),
        ({"data": {"amount": "20 rubles and more"}}, "/events/1"),
        ({"data": []}, "/events/1/data"),
        ({"time": "2026-02-30T00:00:00Z"}, "/events/1/time"),
        ({"type": ""}, "/events/1/type"),
        ({"id": "seven"}, "/events/1/id"),
    ],
)
def test_a_batch_with_one_bad_event_was_not_heard(
    reference: httpx.Client, change: dict[str, Any], pointer: str
) -> None:
    home = opened(reference)
    answer = reference.post(f"{home}/events", json={"events": [HEARD, {**HEARD, "id": "/1", **change}]})
    [error] = problem(answer, 422)["errors"]
    assert error["pointer"] == pointer
    assert reference.get(f"{home}/clock").json()["next_wakeup"] is None
    assert reference.delete(home).status_code == 204


# ---------------------------------------------------------------------------------------------- the rules of the clock


def test_the_same_step_gets_the_same_answer_and_no_step_goes_back(reference: httpx.Client) -> None:
    home = opened(reference)
    assert reference.post(f"{home}/events", json={"events": [HEARD, HEARD]}).json() == {"next_wakeup": HEARD["time"]}
    first = reference.post(f"{home}/advance", json={"to": NOON, "step": 3})
    assert [event["type"] for event in first.json()["events"]] == ["Journey Entered", "Message Sent", "Journey Exited"]
    assert reference.post(f"{home}/advance", json={"to": NOON, "step": 3}).json() == first.json()
    wrong = [
        {"to": "2026-03-02T10:59:59.999Z", "step": 4},
        {"to": "2026-03-02T12:00:00.000Z", "step": 2},
        {"to": "2026-03-02T12:00:00.000Z", "step": 3},
    ]
    for body in wrong:
        told = problem(reference.post(f"{home}/advance", json=body), 409)
        assert (told["now"], told["step"]) == (NOON, 3)
    late = reference.post(f"{home}/events", json={"events": [{**HEARD, "id": "/1"}]})
    assert problem(late, 409)["now"] == NOON
    again = reference.post(f"{home}/advance", json={"to": "2026-03-02T12:00:00+01:00", "step": 4})
    assert again.json() == {"now": NOON, "events": [], "next_wakeup": None}
    assert reference.get(f"{home}/clock").json() == {"now": NOON, "step": 4, "next_wakeup": None}
    assert reference.delete(home).status_code == 204


def test_a_session_that_has_ended_is_not_there(reference: httpx.Client) -> None:
    home = opened(reference)
    assert reference.delete(home).content == b""
    for answer in (
        reference.delete(home),
        reference.get(f"{home}/clock"),
        reference.post(f"{home}/advance", json={"to": NOON, "step": 1}),
        reference.post(f"{home}/events", json={"events": []}),
    ):
        assert "has ended" in problem(answer, 404)["detail"]


def test_there_is_a_limit_to_sessions() -> None:
    with exposed(ReferenceBackend, most_sessions=2) as url, client_of(url) as client:
        homes = [opened(client) for _ in range(2)]
        assert homes[0] != homes[1]
        assert "2 sessions" in problem(client.post("/v1/sessions", json=OPEN), 429)["detail"]
        assert client.delete(homes[0]).status_code == 204
        opened(client)


# ------------------------------------------------------------------------------------------------ what a backend does


class Acting:
    """Does in `advance` what a test wants."""

    name = "acting"
    capabilities = Capabilities()

    def __init__(self, act: Callable[[], list[Event]] = list) -> None:
        self.act = act
        self.closed = 0

    def open(self, briefing: Briefing, start: int) -> None:
        pass

    def ingest(self, event: Event) -> None:
        pass

    def next_wakeup(self) -> int | None:
        return None

    def advance(self, to: int, step: int) -> list[Event]:
        return self.act()

    def close(self) -> None:
        self.closed += 1


def raising(error: BaseException) -> Callable[[], list[Event]]:
    def act() -> list[Event]:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyError("order_id"), 500, "the backend failed in advance: KeyError: 'order_id'"),
        (BackendFailed("the queue is gone"), 500, "the backend failed in advance: the queue is gone"),
        (StopIteration(), 500, "StopIteration"),
        (SystemExit(3), 500, "SystemExit: 3"),
        (KeyboardInterrupt(), 500, "KeyboardInterrupt"),
        (asyncio.CancelledError(), 500, "CancelledError"),
        (NotQuiescent("two mails are in flight"), 504, "two mails are in flight"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_a_backend_raises_is_its_problem_and_the_server_lives(
    error: BaseException, status: int, words: str
) -> None:
    notes: list[str] = []
    with exposed(lambda: Acting(raising(error)), note=notes.append) as url, client_of(url) as client:
        home = opened(client)
        assert words in problem(client.post(f"{home}/advance", json={"to": NOON, "step": 1}), status)["detail"]
        assert client.get(f"{home}/clock").json()["step"] == 0
        assert client.delete(home).status_code == 204
    [note] = notes
    assert words in note
    assert "(test_http_server.py:" in note


@pytest.mark.parametrize("stamp", [0, 10**15])
def test_what_a_backend_says_of_another_time_is_its_failure(stamp: int) -> None:
    acting = Acting(lambda: [Event(stamp, "Message Sent", profile="crm-1")])
    with exposed(lambda: acting) as url, client_of(url) as client:
        told = problem(client.post(f"{opened(client)}/advance", json={"to": NOON, "step": 1}), 500)
    assert "the backend failed in advance" in told["detail"]


def test_an_event_that_is_in_form_and_that_the_backend_cannot_take_is_its_failure(reference: httpx.Client) -> None:
    home = opened(reference)
    event = {**HEARD, "type": "Profile Updated", "data": {"zone": "Nowhere/Land"}}
    told = problem(reference.post(f"{home}/events", json={"events": [event]}), 500)
    assert "the backend failed in ingest: unknown time zone 'Nowhere/Land'" in told["detail"]
    assert reference.delete(home).status_code == 204


def test_what_it_cannot_express_is_refused_by_line_and_it_is_let_go() -> None:
    made: list[Acting] = []

    class Modest(Acting):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        def open(self, briefing: Briefing, start: int) -> None:
            raise Unsupported([Refusal(node.line, "it sends nothing") for node in briefing.programs[0].nodes])

    with exposed(Modest) as url, client_of(url) as client:
        told = problem(client.post("/v1/sessions", json=OPEN), 422)
        assert told["refusals"] == [{"line": "fixtures/journeys/thanks.journey.yaml:7", "sentence": "it sends nothing"}]
    assert [backend.closed for backend in made] == [0, 1]


def test_one_backend_is_never_asked_two_things_at_once_and_always_in_its_own_thread() -> None:
    threads: list[set[str]] = []
    busy = threading.Lock()

    class Alone(Acting):
        def __init__(self) -> None:
            super().__init__()
            self.met: set[str] = set()
            threads.append(self.met)

        def open(self, briefing: Briefing, start: int) -> None:
            self.lock = threading.Lock()
            self.next_wakeup()

        def next_wakeup(self) -> int | None:
            assert self.lock.acquire(blocking=False), "asked while it was at work"
            self.met.add(threading.current_thread().name)
            with busy:
                pass
            self.lock.release()
            return None

    with exposed(Alone) as url, client_of(url) as client, ThreadPoolExecutor(8) as pool:
        homes = [opened(client) for _ in range(2)]
        answers = list(pool.map(lambda n: client.get(f"{homes[n % 2]}/clock").status_code, range(40)))
        assert answers == [200] * 40
    probe, first, second = threads
    assert probe == set()
    assert len(first) == len(second) == 1
    assert first != second


def test_all_sessions_are_closed_when_the_server_ends() -> None:
    made: list[Acting] = []

    def make() -> Acting:
        made.append(Acting())
        return made[-1]

    with exposed(make) as url, client_of(url) as client:
        for _ in range(3):
            opened(client)
    assert [backend.closed for backend in made] == [0, 1, 1, 1]


# -------------------------------------------------------------------------------------------------------- as a command

SERVE = "from simulator.backends.http.serving import serve\nfrom simulator.backends.reference import ReferenceBackend\n"


def test_as_a_program_it_says_where_it_listens_and_ends_when_it_is_told_to() -> None:
    environment = {name: value for name, value in os.environ.items() if name != TOKEN}
    for given in ("", "chosen-by-the-parent"):
        command = [sys.executable, "-c", f"{SERVE}serve(ReferenceBackend)"]
        known = {**environment, TOKEN: given} if given else environment
        with subprocess.Popen(
            command, cwd=ROOT, env=known, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as it:
            assert it.stdout is not None
            assert it.stderr is not None
            url = it.stdout.readline().strip().removeprefix("listening on ")
            told = it.stdout.readline()
            token = given or told.strip().rpartition("=")[2]
            assert (given in told) == (not given)
            with client_of(url, Authorization=f"Bearer {token}") as client:
                opened(client)
            assert httpx.get(f"{url}/v1/capabilities", trust_env=False).status_code == 401
            it.send_signal(signal.SIGINT)
            assert it.wait(30) == 0
            assert it.stderr.read() == ""


def test_a_port_that_is_taken_is_told_before_anything_is_served() -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match=r"port \d+ cannot be listened on: .*Name another, or 0 for any\."):
            serve(ReferenceBackend, taken.getsockname()[1], say=said.append)
    with pytest.raises(UsageError, match="port 99999 cannot be listened on"):
        serve(ReferenceBackend, 99_999, say=said.append)
    assert said == []
