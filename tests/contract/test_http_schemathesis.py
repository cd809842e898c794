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
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.config import SchemathesisConfig

from simulator.backends.http.contract import contract
from simulator.backends.http.examples import BRIEFING, HEARD, START
from simulator.backends.http.misfits import misfits
from simulator.backends.http.serving import exposed
from simulator.backends.reference import ReferenceBackend
from simulator.model.jsonl import instant_of, rfc3339
from simulator.words.clock import MINUTE

TOKEN = "a-token-for-the-test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
BEGIN = instant_of("start", START)
NAMES = ("Order Completed", "Profile Updated", "Message Delivered", "Customer Erased")
QUIET = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    """The contract, with a server behind it that exposes the reference backend."""
    with exposed(ReferenceBackend, token=TOKEN, most_sessions=10_000) as url:
        config = SchemathesisConfig.from_dict({
            "seed": 1, "base-url": url, "headers": HEADERS,
            "generation": {"deterministic": True, "mode": "positive", "with-security-parameters": False},
            "analysis": {"constants": {"enabled": False}},
            "phases": {"stateful": {"inference": {"algorithms": []}}},
        })  # fmt: skip
        loaded = schemathesis.openapi.from_dict(contract(), config=config)
        yield loaded


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
        draw = zlib.crc32(repr(body).encode())
        if name == "open" and in_form(body, "Open"):
            case.body = {"briefing": {**BRIEFING, "seed": body["briefing"]["seed"]}, "start": START}
        elif name == "advance" and known and in_form(body, "Advance") and body not in known.sent:
            ahead, later = draw % 7 - 1, draw // 7 % 5
            case.body = {"to": rfc3339(known.now + ahead * 10 * MINUTE), "step": max(1, known.step + (later or -1))}
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


def in_form(body: object, schema: str) -> bool:
    return isinstance(body, dict) and not misfits(json.loads(json.dumps(body, default=repr)), schema)


def steered(event: dict[str, Any], now: int, number: int) -> dict[str, Any]:
    """An event of the scenario's own kind, mostly in time, with an id that may have been told before."""
    draw = zlib.crc32(repr((event, number)).encode())
    late = -1 if draw % 12 == 0 else draw % 3
    order = {"order_id": f"o-{draw % 5}", "item": "lamp", "amount": "20 EUR"}
    about = {"type": NAMES[0] if draw % 4 else NAMES[draw // 4 % len(NAMES)], "id": f"/{draw % 30}", "data": order}
    return {**event, **about, "time": rfc3339(now + late * MINUTE), "profile": HEARD["profile"]}


def test_whatever_is_called_in_whatever_order_the_rules_of_the_clock_hold(schema: Any) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    retries: Counter[bool] = Counter()

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.clock = Clock()

        def before_call(self, case: Case) -> None:
            self.clock.steer(case)
            known = self.clock.of(case)
            if known and case.body in known.sent:
                retries[True] += 1

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

    Machine.run(settings=settings(QUIET, max_examples=60, stateful_step_count=30))
    print(seen, retries)
