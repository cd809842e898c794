"""The studio over HTTP: who is let in, what is answered, and that it stays up whatever happens."""

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
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.cli import execute
from simulator.studio.server import studio_at

WISH = {
    "target": "late-birthday/late-birthday",
    "variant": "one-day-incident",
    "seed": 42,
    "customer": "camille",
    "backend": "reference",
    "edits": [],
}
WARSAW = {**WISH, "edits": [{"control": "person.zone", "value": "Europe/Warsaw"}]}
ENGINES = """
import os, time
from simulator.backends.protocol import Capabilities

class Crashing:
    name = "crashing"
    capabilities = Capabilities("stepped", granularity_ms=86_400_000, independent_customers=True, features=frozenset(
        {"trigger.anniversary", "step.send", "coupons", "policy.consent"}))
    def open(self, briefing, start): pass
    def ingest(self, event): pass
    def next_wakeup(self): return None
    def advance(self, to, step): os._exit(3)
    def close(self): pass

class Hanging(Crashing):
    name = "hanging"
    def advance(self, to, step):
        time.sleep(3600)

class Slow(Crashing):
    name = "slow"
    def advance(self, to, step):
        time.sleep(0.05)
        return []

class Idle(Crashing):
    name = "idle"
    def advance(self, to, step):
        return []
"""
OWN = ("engines:Crashing@real", "engines:Hanging@real", "engines:Slow@real", "engines:Idle@real")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str]]:
    """The studio in a fresh folder, with backends of somebody's own that are allowed on the command line."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "engines.py").write_text(ENGINES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        with studio_at(folder, backends=OWN, time_limit=5.0) as (url, token), client_of(url, token) as client:
            yield client, token


@pytest.fixture(scope="module")
def client(own: tuple[httpx.Client, str]) -> httpx.Client:
    return own[0]


def client_of(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"X-Journeyproof-Token": token}, trust_env=False, timeout=60)


def last(answer: httpx.Response) -> dict[str, Any]:
    """The last line of an answer; every line is JSON, and none a traceback."""
    assert "Traceback" not in answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert all("progress" in line for line in lines[:-1])
    told: dict[str, Any] = lines[-1]
    return told


def sentence(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    told: str = answer.json()["problem"]["sentence"]
    assert told.endswith(".")
    return told


# ----------------------------------------------------------------------------------------------- what is answered


def test_the_page_holds_the_token_and_may_ask_nobody_else(own: tuple[httpx.Client, str]) -> None:
    client, token = own
    with httpx.Client(base_url=client.base_url, trust_env=False) as anybody:
        answer = anybody.get("/", params={"token": token})
    assert answer.status_code == 200
    config = re.search(r'<script type="application/json" id="journeyproof-studio">(.*?)</script>', answer.text)
    assert config is not None
    assert json.loads(config[1]) == {"token": token}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "connect-src 'self'" in policy
    inside, header_alone = policy.split("; frame-ancestors ")
    assert header_alone == "'none'"
    assert f'content="{inside}"' in answer.text
    assert "<!--journeyproof:" not in answer.text


def test_the_catalogue_begins_with_something_to_see(client: httpx.Client) -> None:
    told = client.get("/api/catalogue").json()
    assert told["start"] == {key: WISH[key] for key in ("target", "variant", "customer")}
    families = {family["family"] for family in told["families"]}
    assert {
        "late-birthday",
        "contact-flood",
        "expired-coupon",
        "delayed-delivery",
        "after-purchase-silence",
    } <= families
    assert set(OWN) <= set(told["backends"])
    assert all(variant["says"] and variant["people"] for family in told["families"] for variant in family["variants"])


def test_a_scenario_tells_its_people_and_its_controls(client: httpx.Client) -> None:
    told = client.post("/api/scenario", json={"wish": {**WARSAW, "customer": ""}}).json()
    assert told["people"] == [{"customer": "camille", "name": "Camille Moreau", "note": ""}]
    assert told["customer"] == "camille"
    assert told["zone"] == "Europe/Paris"
    zone = next(control for control in told["controls"] if control["control"] == "person.zone")
    assert (zone["value"], zone["label"], zone["kind"]) == ("Europe/Warsaw", "Lives in", "choice")
    assert {"value": "Europe/Rome", "label": "Rome"} in zone["choices"]


def test_a_run_is_an_entry_of_a_result(client: httpx.Client) -> None:
    told = last(client.post("/api/run", json={"wish": WARSAW}))
    assert told["people"] == 1
    assert told["edits"] == ["Camille lives in Warsaw."]
    assert told["entry"]["backend"] == "reference"
    assert told["entry"]["customer"] == "camille"
    assert told["entry"]["headline"]["tone"] == "bad"


def test_comparing_says_what_is_different(client: httpx.Client) -> None:
    b = {**WISH, "edits": [{"control": "fault.2", "value": False}]}
    told = last(client.post("/api/compare", json={"a": WISH, "b": b}))
    assert told["a"]["entry"]["outcome"] == "violated"
    kinds = {change["kind"] for change in told["changes"]}
    assert {"moved", "verdict"} <= kinds
    assert any("24 h 7 min earlier" in change["sentence"] for change in told["changes"])
    same = last(client.post("/api/compare", json={"a": WISH, "b": WISH}))
    assert same["changes"] == []


def test_saving_writes_into_the_project_and_refuses_to_overwrite(client: httpx.Client) -> None:
    told = client.post("/api/save", json={"wish": WARSAW, "name": "camille-in-warsaw"}).json()
    assert told["as_expected"] is True
    assert execute(told["run"].split()[1:]) == 0
    again = client.post("/api/save", json={"wish": WARSAW, "name": "camille-in-warsaw"})
    assert "choose another name" in sentence(again, 200)
    assert "small letters" in sentence(client.post("/api/save", json={"wish": WARSAW, "name": "../../x"}), 200)


def test_sharing_gives_a_report_of_one_or_of_two(client: httpx.Client) -> None:
    one = client.post("/api/share", json={"wish": WARSAW})
    both = client.post("/api/share", json={"a": WISH, "b": WARSAW})
    for answer in (one, both):
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
        assert 'id="journeyproof-result"' in answer.text
        assert "journeyproof-studio" not in answer.text.partition("<script>")[0]
    assert len(both.content) > len(one.content)


# ------------------------------------------------------------------------------------------------- who is let in


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""]
)
def test_another_name_of_this_machine_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/api/catalogue", headers={"Host": host.format(port=client.base_url.port)})
    assert answer.status_code in (400, 421)


def test_localhost_is_this_machine(client: httpx.Client) -> None:
    assert client.get("/api/catalogue", headers={"Host": f"localhost:{client.base_url.port}"}).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "ä", "x" * 5000])
def test_without_the_token_nothing_is_answered(client: httpx.Client, token: str) -> None:
    headers = {"X-Journeyproof-Token": token.encode()}
    for path in ("/", "/api/catalogue", "/nothing"):
        assert "holds the token" in sentence(client.get(path, headers=headers), 401)
    assert "holds the token" in sentence(client.post("/api/run", json={"wish": WISH}, headers=headers), 401)


def test_a_reload_is_refused_with_a_page_that_knows_nothing(client: httpx.Client) -> None:
    headers = {"X-Journeyproof-Token": "", "Accept": "text/html,*/*"}
    refused = client.get("/", headers=headers)
    assert refused.status_code == 401
    assert '<script type="application/json" id="journeyproof-studio">{"token": null}</script>' in refused.text
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    assert client.get("/", params={"token": "wrong"}, headers=headers).text == refused.text
    assert "holds the token" in sentence(client.get("/api/catalogue", headers=headers), 401)


def test_the_token_in_an_address_opens_the_page_alone(own: tuple[httpx.Client, str]) -> None:
    client, token = own
    with httpx.Client(base_url=client.base_url, trust_env=False) as anybody:
        assert anybody.get("/api/catalogue", params={"token": token}).status_code == 401
        assert anybody.post("/api/run", params={"token": token}, json={"wish": WISH}).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", ""])
def test_another_page_is_refused(client: httpx.Client, origin: str) -> None:
    answer = client.post("/api/run", json={"wish": WISH}, headers={"Origin": origin})
    assert "own page" in sentence(answer, 403)
    answer = client.post("/api/run", json={"wish": WISH}, headers={"Sec-Fetch-Site": "cross-site"})
    assert "own page" in sentence(answer, 403)


def test_our_own_page_is_let_in(client: httpx.Client) -> None:
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert "entry" in last(client.post("/api/run", json={"wish": WISH}, headers=own))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_page_is_refused(client: httpx.Client, kind: str) -> None:
    answer = client.post("/api/run", content=json.dumps({"wish": WISH}), headers={"Content-Type": kind})
    assert "Content-Type" in sentence(answer, 415)


def test_every_answer_says_that_it_is_nobody_elses(client: httpx.Client) -> None:
    answers = [
        client.get("/api/catalogue"),
        client.get("/nothing"),
        client.get("/", headers={"Host": "evil.example"}),
        client.post("/api/run", json={"wish": WISH}),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/scenarios/late-birthday/late-birthday.scenario.yaml", 404),
        ("GET", "/api/run", 405),
        ("DELETE", "/api/catalogue", 405),
        ("OPTIONS", "/api/run", 405),
        ("POST", "/", 405),
    ],
)
def test_there_is_nothing_else(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers={"Content-Type": "application/json"})
    assert "there is no" in sentence(answer, status).lower()


@pytest.mark.parametrize("path", ["/api/run", "/api/scenario", "/api/save", "/api/share", "/api/compare"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"wish": 1}', b'{"wish": {}}', b"[" * 50_000, b"\xff\xfe", b'{"wish": NaN}',
     b'{"wish": {"target": "a", "variant": "b", "seed": -1}}', b'{"wish": {"target": "a", "variant": "b", "x": 1}}',
     b'{"wish": {"target": "a", "variant": "b", "edits": [1]}}',
     b'{"wish": {"target": "a", "variant": "b", "edits": [{"control": "c"}]}}'],
)  # fmt: skip
def test_what_is_no_wish_is_refused_in_a_sentence(client: httpx.Client, path: str, body: bytes) -> None:
    sentence(client.post(path, content=body, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target": "../../etc/passwd"}, "there is no scenario"),
        ({"target": "late-birthday/late-birthda"}, "did you mean 'late-birthday/late-birthday'"),
        ({"variant": "one-day"}, "has no variant"),
        ({"customer": "camile"}, "did you mean 'camille'"),
        ({"backend": "os:system"}, "is none of reference"),
        ({"backend": "http://127.0.0.1:1"}, "is none of reference"),
        ({"backend": "/tmp/x.backend.yaml"}, "is none of reference"),
    ],
)
def test_a_word_of_a_page_reaches_nothing_but_what_is_listed(
    client: httpx.Client, change: dict[str, str], words: str
) -> None:
    told = last(client.post("/api/run", json={"wish": {**WISH, **change}}))
    assert words.lower() in told["problem"]["sentence"].lower()


def test_a_large_body_is_refused_before_it_is_read(client: httpx.Client) -> None:
    """Neither a length that is too large nor pieces without an end are read to the end."""
    head = f"POST /api/run HTTP/1.1\r\nHost: 127.0.0.1:{client.base_url.port}\r\nContent-Type: application/json\r\n"
    head += f"X-Journeyproof-Token: {client.headers['X-Journeyproof-Token']}\r\n"
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10) as wire:
        wire.sendall(f"{head}Content-Length: 1000000000\r\n\r\n".encode())
        assert b" 413 " in wire.recv(100)
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10) as wire:
        wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(5):
            wire.sendall(piece)
        assert b" 413 " in wire.recv(100)
    assert client.get("/api/catalogue").status_code == 200


# ------------------------------------------------------------------------------------------------ that it stays up


@pytest.mark.slow
def test_a_hundred_what_ifs_at_once(client: httpx.Client) -> None:
    def ask(number: int) -> dict[str, Any]:
        edits = [{"control": "act.0.moved", "value": number % 30}]
        with client_of(str(client.base_url), client.headers["X-Journeyproof-Token"]) as own:
            return last(own.post("/api/run", json={"wish": {**WISH, "edits": edits}}))

    with ThreadPoolExecutor(100) as pool:
        told = list(pool.map(ask, range(100)))
    assert all("entry" in item for item in told)
    digests = {}
    for number, item in enumerate(told):
        assert digests.setdefault(number % 30, item["entry"]["log_digest"]) == item["entry"]["log_digest"]


def test_a_backend_that_crashes_is_a_sentence(client: httpx.Client) -> None:
    told = last(client.post("/api/run", json={"wish": {**WISH, "backend": OWN[0]}}))
    assert told["entry"]["outcome"] == "error"
    assert "crashing" in told["entry"]["checks"][0]["reason"].lower() or "ended" in told["entry"]["checks"][0]["reason"]
    assert told["entry"]["backend"] == OWN[0]
    assert "entry" in last(client.post("/api/run", json={"wish": WISH}))


@pytest.mark.slow
def test_a_backend_that_hangs_keeps_nobody_from_the_reference(client: httpx.Client) -> None:
    with ThreadPoolExecutor(3) as pool:
        hung = [pool.submit(client.post, "/api/run", json={"wish": {**WISH, "backend": OWN[1]}}) for _ in range(2)]
        time.sleep(0.5)
        begun = time.monotonic()
        assert "entry" in last(client.post("/api/run", json={"wish": WISH}))
        assert time.monotonic() - begun < 5
        for answer in hung:
            assert "not through after 5 seconds" in last(answer.result())["problem"]["sentence"]


@pytest.mark.slow
def test_a_backend_that_is_slow_tells_how_far_it_is_and_ends_with_its_time(client: httpx.Client) -> None:
    answer = client.post("/api/run", json={"wish": {**WISH, "backend": OWN[2]}})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    progress = [line["progress"] for line in lines[:-1]]
    assert progress
    assert progress == sorted(progress)
    assert "not through after 5 seconds" in lines[-1]["entry"]["checks"][0]["reason"]


def test_whoever_goes_away_is_not_waited_for(client: httpx.Client) -> None:
    for _ in range(3):
        with client.stream("POST", "/api/run", json={"wish": {**WISH, "backend": OWN[2]}}) as answer:
            assert "progress" in json.loads(next(answer.iter_lines()))
    begun = time.monotonic()
    assert last(client.post("/api/run", json={"wish": {**WISH, "backend": OWN[3]}}))["entry"]["outcome"] == "violated"
    assert time.monotonic() - begun < 4


def test_too_many_are_asked_to_come_again(tmp_path: Path) -> None:
    with studio_at(tmp_path, most_waiting=0) as (url, token), client_of(url, token) as client:
        answer = client.post("/api/run", json={"wish": WISH})
        assert "try again" in sentence(answer, 503)
        assert answer.headers["retry-after"] == "2"


# ----------------------------------------------------------------------------------------------------- the command


def test_the_command_prints_an_address_that_works_and_ends_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "studio", "--no-browser"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", address)
        assert "nothing is sent" in process.stdout.readline()
        assert httpx.get(address, trust_env=False).status_code == 200
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert complaints == ""


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert execute(["studio", "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be listened on" in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['starlette'] = None; sys.modules['uvicorn'] = None; "
    program = f"{hidden}from simulator.cli import execute; sys.exit(execute(['studio', '--no-browser']))"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "pip install 'journeyproof[studio]'" in done.stderr
    assert "Traceback" not in done.stderr
