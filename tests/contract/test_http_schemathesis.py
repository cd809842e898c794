"""The server against its own contract: schemathesis follows the links from answer to answer, and the clock is watched.

The built-in checks ask whether statuses, media types, headers and bodies are those of the document. The rules of the
clock are checks of our own: a little model of each session says what must come of each call.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.config import SchemathesisConfig

from simulator.backends.http.contract import contract
from simulator.backends.http.examples import BRIEFING, HEARD, START
from simulator.backends.http.misfits import misfits
from simulator.backends.http.serving import exposed
from simulator.backends.reference import ReferenceBackend
from simulator.model.jsonl import instant_of, rfc3339
from simulator.words.clock import MINUTE

JSON = "application/json"
TOKEN = "a-token-for-the-test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
BEGIN = instant_of("start", START)
NAMES = ("Order Completed", "Profile Updated", "Message Delivered", "Customer Erased")
QUIET = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the reference backend is exposed."""
    with exposed(ReferenceBackend, token=TOKEN, most_sessions=10_000) as where:
        yield where


def loaded(url: str, mode: str) -> Any:
    """The contract as schemathesis sees it, with a server behind it."""
    # What a briefing means, no schema says: of the documents in it nearly all that are in form are refused.
    accepted = ["2xx", "404", "409", "422"]
    config = SchemathesisConfig.from_dict({
        "seed": 1, "base-url": url, "headers": HEADERS,
        "generation": {"deterministic": True, "mode": mode, "with-security-parameters": False},
        "checks": {"positive_data_acceptance": {"expected-statuses": accepted}},
        "analysis": {"constants": {"enabled": False}},
        "phases": {"stateful": {"inference": {"algorithms": []}}},
    })  # fmt: skip
    return schemathesis.openapi.from_dict(contract(), config=config)


def _briefed(context: HookContext, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Brief a session with what can be run: nobody draws a whole journey out of a hat."""
    assert context.operation is not None
    is_open = context.operation.definition.raw["operationId"] == "open"
    return (
        st.integers(0, 5).map(lambda seed: {"briefing": {**BRIEFING, "seed": seed}, "start": START})
        if is_open
        else strategy
    )


@dataclass
class Known:
    """What must be true of a session: where its clock stands, and what the last step was answered."""

    now: int = BEGIN
    step: int = 0
    answer: Any = None
    sent: list[Any] = field(default_factory=list)
    ended: bool = False

    def is_retry(self, to: int, step: int) -> bool:
        return self.answer is not None and (to, step) == (self.now, self.step)

    def goes_back(self, to: int, step: int) -> bool:
        return not self.is_retry(to, step) and (to < self.now or (self.answer is not None and step <= self.step))


class Clock:
    """The sessions of one scenario, and the rules of the clock as checks."""

    def __init__(self) -> None:
        self.sessions: dict[str, Known] = {}

    def of(self, case: Case) -> Known | None:
        named = case.path_parameters
        return self.sessions.get(str(named.get("session"))) if isinstance(named, dict) else None

    def steer(self, case: Case) -> None:
        """Turn a body that is in form into one that makes sense where the session stands; the draw decides which."""
        name, body = case.operation.definition.raw["operationId"], case.body
        known = self.of(case)
        draw = draw_of(body)
        if name == "advance" and known and in_form(body, "Advance"):
            ahead, later = draw % 7 - 1, (1, 2, 1, 0, 3, -1)[draw // 7 % 6]
            new = {"to": rfc3339(known.now + ahead * 10 * MINUTE), "step": max(1, known.step + later)}
            case.body = known.sent[-1] if known.sent and draw % 5 == 0 else new
        elif name == "ingest" and known and in_form(body, "Events"):
            case.body = {"events": [steered(event, known.now, n) for n, event in enumerate(body["events"][:4])]}

    def judge(self, _: CheckContext, response: Response, case: Case) -> None:
        """The rules, asked after each call that is in form; what they find is a failure of the run."""
        name, known = case.operation.definition.raw["operationId"], self.of(case)
        if name == "open" and response.status_code == 201:
            self.sessions[response.json()["session"]] = Known()
        elif known is None or known.ended:
            assert response.status_code != 200 or name in ("capabilities", "contract"), "an answer for no session"
        elif name == "close":
            known.ended = response.status_code == 204
        elif name == "clock" and response.status_code == 200:
            stands = response.json()
            assert (stands["now"], stands["step"]) == (rfc3339(known.now), known.step), "the clock stands elsewhere"
        elif name == "ingest" and in_form(case.body, "Events") and response.status_code != 422:
            early = any(instant_of("", event["time"]) < known.now for event in case.body["events"])
            assert response.status_code == (409 if early else 202), "an event from before the last step"
        elif name == "advance" and in_form(case.body, "Advance"):
            self.judge_step(response, instant_of("", case.body["to"]), case.body["step"], known)
            known.sent.append(case.body)

    def judge_step(self, response: Response, to: int, step: int, known: Known) -> None:
        if known.goes_back(to, step):
            assert response.status_code == 409, "the clock went back"
            told = response.json()
            assert (told["now"], told["step"]) == (rfc3339(known.now), known.step)
            return
        assert response.status_code == 200
        answer = response.json()
        assert answer["now"] == rfc3339(to)
        if known.is_retry(to, step):
            assert answer == known.answer, "the same step got another answer"
        for event in answer["events"]:
            assert known.now <= instant_of("", event["time"]) <= to, "an event is stamped outside its step"
        known.now, known.step, known.answer = to, step, answer


def draw_of(body: object) -> int:
    """A number that stands for what was drawn."""
    return zlib.crc32(repr(body).encode("utf-8", "backslashreplace"))


def in_form(body: object, schema: str) -> bool:
    return isinstance(body, dict) and not misfits(json.loads(json.dumps(body, default=repr)), schema)


def steered(event: dict[str, Any], now: int, number: int) -> dict[str, Any]:
    """An event of the scenario's own kind, mostly in time, with an id that may have been told before."""
    draw = draw_of((event, number))
    late = -1 if draw % 12 == 0 else draw % 3
    order = {"order_id": f"o-{draw % 5}", "item": "lamp", "amount": "20 EUR"}
    about = {"type": NAMES[0] if draw % 4 else NAMES[draw // 4 % len(NAMES)], "id": f"/{draw % 30}", "data": order}
    return {**event, **about, "time": rfc3339(now + late * MINUTE), "profile": HEARD["profile"]}


@pytest.mark.slow
def test_whatever_is_called_in_whatever_order_the_rules_of_the_clock_hold(url: str) -> None:
    schema = loaded(url, "positive")
    schema.hooks.register_hook_with_name(_briefed, "before_generate_body")
    seen: Counter[tuple[str, int]] = Counter()
    retries = 0

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.clock = Clock()

        def before_call(self, case: Case) -> None:
            nonlocal retries
            self.clock.steer(case)
            known = self.clock.of(case)
            retries += bool(known and case.body in known.sent)

        def after_call(self, response: Response, case: Case) -> None:
            super().after_call(response, case)
            seen[case.operation.definition.raw["operationId"], response.status_code] += 1

        def validate_response(self, response: Response, case: Case, **more: Any) -> None:
            super().validate_response(response, case, additional_checks=[self.clock.judge], **more)

        def teardown(self) -> None:
            operation = schema["/v1/sessions/{session}"]["DELETE"]
            for id, known in self.clock.sessions.items():
                if not known.ended:
                    assert operation.Case(path_parameters={"session": id}).call(headers=HEADERS).status_code == 204

    Machine.run(settings=settings(QUIET, max_examples=40, stateful_step_count=30))
    kinds = {name: {status for of, status in seen if of == name} for name, _ in seen}
    assert kinds == {
        "open": {201}, "ingest": {202, 404, 409}, "advance": {200, 404, 409}, "clock": {200, 404}, "close": {204, 404},
    }, kinds  # fmt: skip
    assert seen["advance", 200] > 20
    assert retries > 10


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/sessions", "POST"),
        ("/v1/sessions/{session}/events", "POST"),
        ("/v1/sessions/{session}/advance", "POST"),
        ("/v1/sessions/{session}/clock", "GET"),
        ("/v1/sessions/{session}", "DELETE"),
    ],
)
def test_whatever_is_sent_the_answer_is_one_of_the_contract(url: str, path: str, method: str, mode: str) -> None:
    schema = loaded(url, mode)
    operation = schema[path][method]
    briefed = schema["/v1/sessions"]["POST"].Case(body={"briefing": BRIEFING, "start": START}, media_type=JSON)
    session = briefed.call(headers=HEADERS).json()["session"]
    there = {"session": session} if "{session}" in path and mode == "positive" else None

    @settings(QUIET, max_examples=20)
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode), path_parameters=there))
    def fuzz(case: Case) -> None:
        if mode == "negative" and isinstance(case.path_parameters, dict) and draw_of(case.body) % 2:
            case.path_parameters = {"session": session}
        response = case.call(headers=HEADERS)
        case.validate_response(response, headers=HEADERS)
        assert response.status_code < 500
        assert b"Traceback" not in response.content

    fuzz()
