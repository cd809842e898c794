"""The client of a backend behind HTTP: what it says, how it retries, and a sentence for all that can go wrong."""

from __future__ import annotations

import multiprocessing
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.backends.http import RemoteBackend
from simulator.backends.http.calls import MOST_BYTES, disconnect
from simulator.backends.http.client import BATCH
from simulator.backends.http.contract import TOKEN
from simulator.backends.http.examples import BRIEFING
from simulator.backends.http.serving import exposed
from simulator.backends.reference import ReferenceBackend
from simulator.model.briefing import Briefing
from simulator.model.jsonl import instant_of
from simulator.model.log import Event
from simulator.model.wire import briefing_from_wire, briefing_to_wire
from simulator.running.rehearsal import rehearse
from simulator.words.errors import BackendFailed, ClockTurnedBack, NotQuiescent, Unsupported, UsageError
from tests.contract.fake_backend import DECLARED, OPENED, PROBLEM, Answer, Fake, faking, problem
from tests.unit.little import little_scenario

NOON = "2026-03-02T11:00:00.000Z"
START, AT = instant_of("", "2026-03-01T23:00:00.000Z"), instant_of("", NOON)
DONE = {"now": NOON, "events": [], "next_wakeup": None}
SENT = {
    "type": "Message Sent",
    "time": NOON,
    "profile": "crm-1",
    "causeid": "/0",
    "data": {"message": "thanks", "amount": "20 EUR"},
}


@pytest.fixture(scope="module")
def briefing() -> Briefing:
    return briefing_from_wire(BRIEFING)


@pytest.fixture(autouse=True)
def _no_connection_stays() -> Iterator[None]:
    yield
    disconnect()


def begun(fake: Fake, briefing: Briefing, **options: Any) -> RemoteBackend:
    backend = RemoteBackend(fake.url, **options)
    backend.open(briefing, START)
    return backend


def bought(number: int = 0) -> Event:
    return Event(AT, "Order Completed", profile="crm-1", system="shop", data={"order_id": f"o-{number}"}, number=number)


# ----------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://192.0.2.7:8700", "leads to another machine"),
        ("http://backend.example:8700", "leads to another machine"),
        ("http://127.0.0.1.example.org:80", "leads to another machine"),
        ("http://[2001:db8::1]:80", "leads to another machine"),
        ("http://0.0.0.0:80", "leads to another machine"),
        ("https://127.0.0.1:8700", "is not one of http"),
        ("ftp://127.0.0.1", "is not one of http"),
        ("127.0.0.1:8700", "is not one of http"),
        ("http://127.0.0.1:8700/v1", "more than a host and a port"),
        ("http://127.0.0.1:8700?x=1", "more than a host and a port"),
        ("http://me:secret@127.0.0.1:8700", "more than a host and a port"),
        ("http://127.0.0.1:port", "cannot be read"),
        ("http://127.0.0.1:99999", "cannot be read"),
        ("http://[::1", "cannot be read"),
    ],
)
def test_only_this_machine_is_rehearsed_on(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        RemoteBackend(url)
    assert "Write http://127.0.0.1:PORT" in str(caught.value)


def test_a_slash_at_the_end_and_the_name_localhost_are_fine() -> None:
    with faking() as fake:
        port = fake.url.rpartition(":")[2]
        for url in (f"{fake.url}/", f"http://localhost:{port}"):
            assert RemoteBackend(url).name == "fake"


def test_where_nobody_listens_the_sentence_says_what_to_do() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(BackendFailed, match=rf"nobody answers at {url} .*refused.*Start the backend"):
            RemoteBackend(url)


# ----------------------------------------------------------------------------------------------------- what it says


def test_it_declares_what_the_program_declares() -> None:
    with faking() as fake:
        backend = RemoteBackend(fake.url)
    assert (backend.name, backend.capabilities.clock, backend.capabilities.restart) == ("fake", "cooperative", False)
    assert backend.capabilities.features == {"trigger.event"}


def test_events_are_told_in_one_call_and_no_more_often_than_needed(briefing: Briefing) -> None:
    later = "2026-03-03T11:00:00.000Z"
    heard = [Answer(202, {"next_wakeup": NOON})]
    with faking(events=heard, advance=[Answer(200, {**DONE, "events": [SENT], "next_wakeup": later})]) as fake:
        backend = begun(fake, briefing)
        assert backend.next_wakeup() is None
        for number in range(3):
            backend.ingest(bought(number))
        assert backend.next_wakeup() == AT
        [told] = backend.advance(AT, 1)
        assert backend.next_wakeup() == instant_of("", later)
        backend.close()
    assert (told.name, told.time, told.profile, told.cause, str(told.data["amount"])) == (
        "Message Sent",
        AT,
        "crm-1",
        "/0",
        "20 EUR",
    )
    calls = [call for call, _ in fake.asked]
    assert calls == ["GET capabilities", "POST sessions", "POST events", "POST advance", "DELETE f1"]
    bodies = [body for _, body in fake.asked]
    assert bodies[1] == {"briefing": briefing_to_wire(briefing), "start": "2026-03-01T23:00:00.000Z"}
    assert [(event["id"], event["data"]) for event in bodies[2]["events"]] == [
        (f"/{n}", {"order_id": f"o-{n}"}) for n in range(3)
    ]
    assert bodies[3] == {"to": NOON, "step": 1}
    assert fake.connections == 1


def test_many_events_go_in_several_calls(briefing: Briefing) -> None:
    with faking(advance=[Answer(200, DONE)]) as fake:
        backend = begun(fake, briefing)
        for number in range(BATCH + 1):
            backend.ingest(bought(number))
        backend.advance(AT, 1)
        backend.close()
    assert [len(body["events"]) for call, body in fake.asked if call == "POST events"] == [BATCH, 1]


def test_backends_of_one_process_share_connections(briefing: Briefing) -> None:
    with faking() as fake:
        for _ in range(5):
            begun(fake, briefing).close()
    assert fake.connections == 1


def test_what_it_runs_is_told_by_the_program(briefing: Briefing) -> None:
    with faking(open=[Answer(201, {**OPENED, "definition": "native flows.json"})]) as fake:
        backend = begun(fake, briefing)
        assert backend.definition == "native flows.json"
        backend.close()


def test_the_token_is_that_of_the_environment_or_the_one_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with exposed(ReferenceBackend, token="secret-1") as url:
        monkeypatch.delenv(TOKEN, raising=False)
        with pytest.raises(BackendFailed, match=f"asks for its token: .* Set {TOKEN}"):
            RemoteBackend(url)
        assert RemoteBackend(url, token="secret-1").name == "reference"
        monkeypatch.setenv(TOKEN, "secret-1")
        assert RemoteBackend(url).name == "reference"
        with pytest.raises(BackendFailed, match="asks for its token"):
            RemoteBackend(url, token="another")
        monkeypatch.setenv(TOKEN, "line\nbreak")
        with pytest.raises(UsageError, match=TOKEN):
            RemoteBackend(url)


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with faking() as fake:
        assert RemoteBackend(fake.url).name == "fake"


# ----------------------------------------------------------------------------------------------------------- retries


@pytest.mark.parametrize(
    "lost",
    [
        Answer(cut=True),
        Answer(502, b"bad gateway", "text/html"),
        Answer(503, b"", "text/plain"),
        Answer(504, b"", "text/plain"),
    ],
)
def test_a_call_whose_answer_was_lost_is_made_again(lost: Answer, briefing: Briefing) -> None:
    with faking(
        open=[lost, lost, Answer(201, OPENED)],
        events=[lost, Answer(202, {"next_wakeup": NOON})],
        advance=[lost, lost, Answer(200, {**DONE, "events": [SENT]})],
        close=[lost, Answer(204)],
    ) as fake:
        backend = begun(fake, briefing)
        backend.ingest(bought())
        assert len(backend.advance(AT, 1)) == 1
        backend.close()
    asked = fake.asked[1:]
    assert [call for call, _ in asked] == ["POST sessions"] * 3 + ["POST events"] * 2 + ["POST advance"] * 3 + [
        "DELETE f1"
    ] * 2
    assert asked[3] == asked[4]
    assert asked[5] == asked[6] == asked[7] == ("POST advance", {"to": NOON, "step": 1})


@pytest.mark.parametrize(
    ("lost", "words"),
    [(Answer(cut=True), "the connection broke"), (Answer(503, b"", "text/plain"), "the answer was 503")],
)
def test_after_two_more_tries_it_is_a_failure(lost: Answer, words: str, briefing: Briefing) -> None:
    with faking(advance=[lost]) as fake:
        backend = begun(fake, briefing)
        with pytest.raises(BackendFailed, match=rf"{fake.url} was asked 3 times, and {words}.*\(POST .*advance\)"):
            backend.advance(AT, 1)
        backend.close()
    assert [call for call, _ in fake.asked][-4:] == ["POST advance"] * 3 + ["DELETE f1"]


# ---------------------------------------------------------------------------------------------- what can go wrong


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (problem(409, detail="step 1 goes back"), ClockTurnedBack, "clock is turned back: step 1 goes back"),
        (problem(504, detail="two mails in flight"), NotQuiescent, "does not come to rest: two mails in flight"),
        (problem(500, detail="KeyError: 'x'"), BackendFailed, "answers 500: KeyError: 'x'"),
        (problem(404, detail="no session 'f1'."), BackendFailed, "no session 'f1'. It was started anew"),
        (problem(413), BackendFailed, "answers 413: No"),
        (problem(422, detail="/step: is wrong"), BackendFailed, "answers 422: /step: is wrong"),
        (problem(422, refusals="none", detail="odd"), BackendFailed, "answers 422: odd"),
        (Answer(500, b"<h1>Oops\x1b[31m</h1>", "text/html"), BackendFailed, r"answers 500: Oops \[31m"),
        (Answer(500, [], PROBLEM), BackendFailed, "answers 500: it does not say why"),
        (Answer(302, b"", headers={"Location": "http://backend.example/"}), BackendFailed, "answers 302"),
        (Answer(200, b"<html>", "text/html"), BackendFailed, "answers 200 with text/html, not application/json"),
        (Answer(200, b"{'now': 1}"), BackendFailed, "no JSON: '{'now': 1}'"),
        (Answer(200, b'{"now": NaN}'), BackendFailed, "no JSON"),
        (Answer(200, b"\xff\xfe"), BackendFailed, "no JSON"),
        (Answer(200, b"[" * 100_000), BackendFailed, "no JSON"),
        (Answer(200, b""), BackendFailed, "no JSON"),
        (Answer(200, b"{}", headers={"Content-Encoding": "gzip"}), BackendFailed, "in the encoding 'gzip'"),
        (Answer(200, [DONE]), BackendFailed, "JSON that is no object"),
        (Answer(200, {}), BackendFailed, "now is missing"),
        (Answer(200, {**DONE, "now": "noon"}), BackendFailed, 'now is "noon"'),
        (Answer(200, {**DONE, "now": "0001-01-01T00:00:00+23:59"}), BackendFailed, "and it was sent to 2026"),
        (Answer(200, {**DONE, "events": None}), BackendFailed, "events is no list"),
        (Answer(200, {**DONE, "events": [None]}), BackendFailed, "an event is a JSON object"),
        (Answer(200, {**DONE, "events": [{"type": "Arrived"}]}), BackendFailed, "time of 'Arrived' is missing"),
        (Answer(200, {**DONE, "events": [{**SENT, "data": {"amount": []}}]}), BackendFailed, "amount is"),
        (Answer(200, {**DONE, "events": [{**SENT, "profile": 7}]}), BackendFailed, "profile is 7"),
        (Answer(200, {"now": NOON, "events": []}), BackendFailed, "next_wakeup is missing"),
        (Answer(200, {**DONE, "next_wakeup": "soon"}), BackendFailed, "next_wakeup is"),
        (Answer(204), BackendFailed, "now is missing"),
    ],
)  # fmt: skip
def test_a_step_that_goes_wrong_is_told_in_a_sentence(
    answer: Answer, kind: type[Exception], words: str, briefing: Briefing
) -> None:
    with faking(advance=[answer]) as fake:
        backend = begun(fake, briefing)
        with pytest.raises(kind, match=words) as caught:
            backend.advance(AT, 1)
        assert type(caught.value) is kind
        assert fake.url in str(caught.value)
        assert "/v1/sessions/f1/advance" in str(caught.value)
        assert str(caught.value).isprintable()
        backend.close()
    assert fake.asked[-1][0] == "DELETE f1"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, {**DECLARED, "clock": "sundial"}), "clock is 'sundial'"),
        (Answer(200, {**DECLARED, "granularity": 5}), "unknown capability 'granularity'"),
        (Answer(200, {"clock": "stepped"}), "name is no text"),
        (Answer(200, {**DECLARED, "name": "x\ny"}), "name is no text"),
        (Answer(200, {**DECLARED, "deterministic": "yes"}), "deterministic is 'yes'"),
        (problem(404, detail="nothing here."), "is another program"),
    ],
)
def test_what_is_no_backend_is_told_at_once(answer: Answer, words: str) -> None:
    with faking(capabilities=[answer]) as fake, pytest.raises(BackendFailed, match=words) as caught:
        RemoteBackend(fake.url)
    assert "GET /v1/capabilities" in str(caught.value)


@pytest.mark.parametrize("session", ["", "../../elsewhere", "a b", 7, None, "x" * 101])
def test_a_session_is_named_so_that_it_can_be_part_of_a_path(session: object, briefing: Briefing) -> None:
    with faking(open=[Answer(201, {**OPENED, "session": session})]) as fake:
        backend = RemoteBackend(fake.url)
        with pytest.raises(BackendFailed, match="session"):
            backend.open(briefing, START)
        backend.close()
    assert [call for call, _ in fake.asked] == ["GET capabilities", "POST sessions"]


def test_what_is_refused_is_told_by_line(briefing: Briefing) -> None:
    refusals = [{"line": "a.journey.yaml:9", "sentence": "it cannot 'split'."}, {"sentence": "no caps\x07"}, "odd"]
    with faking(open=[problem(422, refusals=refusals)]) as fake:
        backend = RemoteBackend(fake.url)
        with pytest.raises(Unsupported) as caught:
            backend.open(briefing, START)
        backend.close()
    assert [str(refusal) for refusal in caught.value.refusals] == ["a.journey.yaml:9: it cannot 'split'.", "no caps"]


@pytest.mark.parametrize("slow", [False, True])
def test_one_that_hangs_is_given_up(slow: bool, briefing: Briefing) -> None:
    with faking(advance=[Answer(200, b" " * 400, slow=slow)]) as fake:
        if slow:
            backend = begun(fake, briefing, timeout=0.5)
            with pytest.raises(BackendFailed, match=r"no complete answer within 0.5 s\. .*\(POST .*/advance\)"):
                backend.advance(AT, 1)
            backend.close()
            return
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(BackendFailed, match=r"no complete answer within 0.2 s"):
            RemoteBackend(f"http://127.0.0.1:{mute.getsockname()[1]}", timeout=0.2)


def test_one_that_floods_is_cut_short(briefing: Briefing) -> None:
    with faking(advance=[Answer(200, b" " * (MOST_BYTES + 1))]) as fake:
        backend = begun(fake, briefing)
        with pytest.raises(BackendFailed, match=f"more than {MOST_BYTES} bytes"):
            backend.advance(AT, 1)
        backend.close()


def test_what_it_says_to_its_end_counts_only_where_all_went_well(briefing: Briefing) -> None:
    with faking(close=[problem(500, detail="cannot end")], advance=[problem(500, detail="broken")]) as fake:
        backend = begun(fake, briefing)
        with pytest.raises(BackendFailed, match="cannot end"):
            backend.close()
        backend.close()
        backend = begun(fake, briefing)
        with pytest.raises(BackendFailed, match="broken"):
            backend.advance(AT, 1)
        backend.close()
    with faking(close=[problem(404, detail="gone")]) as fake:
        begun(fake, briefing).close()


def test_a_failure_is_the_outcome_of_the_run_and_its_session_is_ended(tmp_path: Path) -> None:
    with faking(
        capabilities=[Answer(200, {**DECLARED, "features": ["trigger.event", "step.send"]})],
        advance=[problem(500, detail="the queue is gone")],
    ) as fake:
        done = rehearse(little_scenario(tmp_path), backend=lambda: RemoteBackend(fake.url))
    assert done.outcome == "error"
    assert {verdict.reason for verdict in done.verdicts} == {done.verdicts[0].reason}
    assert "answers 500: the queue is gone" in done.verdicts[0].reason
    assert fake.asked[-1][0] == "DELETE f1"


# ------------------------------------------------------------------------------------------------------------- forks


def test_a_fork_makes_connections_of_its_own(briefing: Briefing) -> None:
    with faking(advance=[Answer(200, DONE)]) as fake:
        backend = begun(fake, briefing)
        child = multiprocessing.get_context("fork").Process(target=_in_a_fork, args=(fake.url, briefing))
        with warnings.catch_warnings():
            # Newer Pythons warn of forks of programs with threads; what is forked here touches none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        child.join(30)
        assert child.exitcode == 0
        assert backend.advance(AT, 1) == []
        backend.close()
    assert fake.connections == 2


def _in_a_fork(url: str, briefing: Briefing) -> None:
    backend = RemoteBackend(url)
    backend.open(briefing, START)
    assert backend.advance(AT, 1) == []
    backend.close()
    disconnect()
