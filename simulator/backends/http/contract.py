"""The backend protocol over HTTP as an OpenAPI 3.1 document, for whoever writes a backend in any language.

`docs/backend.openapi.json` is this document as a file.
"""

from __future__ import annotations

from typing import Any, Final

from simulator.backends.http.examples import BRIEFING, HEARD, START, TOLD
from simulator.backends.http.shapes import Schema, reference, schemas

VERSION: Final = "1.0.0"
"""The version of the protocol. Members may be added in 1.x, and none is taken away."""
TOKEN: Final = "JOURNEYPROOF_BACKEND_TOKEN"  # noqa: S105 the name of a variable, not what it holds
"""The environment variable that holds the token, of the client and of the server."""
PROBLEMS: Final = {
    400: "The body is no JSON, or not JSON that all programs read alike.",
    401: "The bearer token is missing, or is another one.",
    404: "There is no such session: it was never begun, or has ended.",
    409: "The clock would be turned back, or the number of a step was used for another one.",
    413: "The body is larger than the backend takes.",
    415: "The body is not declared as application/json.",
    421: "The Host header is not a name of this machine: a page in a browser was led here by a false name.",
    422: "The body has not the form of this document, or asks for what the backend cannot express (`refusals`).",
    429: "There are as many sessions as the backend keeps; end one.",
    500: "The backend itself failed. The run ends, and its outcome is `error` with this detail.",
    504: "The backend was still at work when its time for the step was over: it is not quiescent.",
}
"""What each status of a problem means."""
_ALWAYS: Final = (401, 421)
_BODY: Final = (400, 413, 415, 422)

_INTRODUCTION: Final = """\
The protocol between journeyproof, which rehearses marketing automation in virtual time, and an automation under test.
Implement these operations in any language, listen on a port of 127.0.0.1, and run
`journeyproof run --backend http://127.0.0.1:PORT`.

**A run.** `POST /v1/sessions` briefs you and sets your clock; then events reach you and your clock is advanced, in
turns, until the session is deleted. A backend that declares `independent_customers` is opened once for each customer,
and gets several sessions one after the other or at once; any other has one session.

**The rules of the clock**

1. Time is virtual and moves only by `advance`. You never look at the real clock.
2. `advance` does everything that is due up to and including `to`, what has been heard first and then the timers in
   their order, and answers only when you are quiescent: whatever you started has come to its end.
3. Steps are numbered. The same step again (the same number and the same `to`) is a retry, and gets the same answer,
   without anything being done again. A new step has a higher number. It may have the same `to` as the last one, and
   then does what became due since, which is what came of the events heard in between.
4. The clock never goes back. A `to` before the last one, a lower step, or the number of the last step with another
   `to` is answered 409. So is an event from before the last step.
5. Each event that you tell is stamped by you: not before the instant of the previous step, and not after `to`.
6. An event is heard once: an `id` that you have been told before is passed over. Hearing an event changes what you know
   at once, and what you do only in the next `advance`, which always follows at that instant.

**Retries.** An answer may be lost. A client then asks again, at most twice; by rules 3 and 6 that has no effect of its
own. A session whose creation was answered to nobody stays behind: you may end sessions that nobody has used for long.

**What you cannot express** you refuse when the session is opened: 422 with `refusals`, one for each step, rule or
message, by line. The run is then `unsupported`. Never do something weaker instead.

**Errors** are problem details (RFC 9457). A member that you do not know is passed over, in both directions.
"""


def contract() -> dict[str, Any]:
    """The document, as plain JSON data."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "journeyproof backend",
            "version": VERSION,
            "summary": "What an automation under test answers.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8700", "description": "A program on this machine."}],
        "security": [{"token": []}],
        "tags": [
            {"name": "backend", "description": "What it is."},
            {"name": "sessions", "description": "What it does, from open to close."},
        ],
        "paths": _paths(),
        "components": {
            "schemas": schemas(),
            "parameters": {
                "session": {
                    "name": "session",
                    "in": "path",
                    "required": True,
                    "description": "The session, as the answer to its opening named it.",
                    "schema": reference("SessionId"),
                }
            },
            "responses": {f"Problem{status}": _problem(status, said) for status, said in PROBLEMS.items()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A backend that asks for a token prints it when it starts; the client sends what the"
                    " environment variable JOURNEYPROOF_BACKEND_TOKEN holds. A backend may do without.",
                }
            },
        },
    }


def _paths() -> dict[str, Any]:
    session = {"parameters": [{"$ref": "#/components/parameters/session"}]}
    return {
        "/v1/capabilities": {"get": _capabilities()},
        "/v1/openapi.json": {"get": _document()},
        "/v1/sessions": {"post": _open()},
        "/v1/sessions/{session}": {**session, "delete": _close()},
        "/v1/sessions/{session}/events": {**session, "post": _ingest()},
        "/v1/sessions/{session}/advance": {**session, "post": _advance()},
        "/v1/sessions/{session}/clock": {**session, "get": _clock()},
    }


def _capabilities() -> dict[str, Any]:
    declared = {
        "name": "my-engine",
        "clock": "cooperative",
        "granularity_ms": 0,
        "deterministic": True,
        "independent_customers": True,
        "features": ["trigger.event", "step.send", "step.wait"],
    }
    return {
        "operationId": "capabilities",
        "tags": ["backend"],
        "summary": "What the backend is and can do.",
        "responses": {"200": _answer("What it declares.", "Capabilities", declared), **_problems(500)},
    }


def _document() -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}}
    return {
        "operationId": "contract",
        "tags": ["backend"],
        "summary": "This document.",
        "description": "For people and tools; the harness does not ask for it. No token is needed.",
        "security": [],
        "responses": {"200": {"description": "This document.", "content": content}, **_problems(always=(421,))},
    }


def _open() -> dict[str, Any]:
    location = {
        "description": "Where the session is.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/sessions/s1",
    }
    opened = _answer("The backend is briefed.", "Opened", {"session": "s1", "next_wakeup": None})
    links = {"hear": "ingest", "step": "advance", "look": "clock", "end": "close"}
    return {
        "operationId": "open",
        "tags": ["sessions"],
        "summary": "Begin a run: publish journeys, policy and the profiles that you may know.",
        "requestBody": _body("Open", {"briefing": BRIEFING, "start": START}),
        "responses": {
            "201": {
                **opened,
                "headers": {"Location": location},
                "links": {name: _link(target, "$response.body#/session") for name, target in links.items()},
            },
            **_problems(*_BODY, 429, 500),
        },
    }


def _ingest() -> dict[str, Any]:
    heard = _answer("The events are known.", "Heard", {"next_wakeup": HEARD["time"]})
    return {
        "operationId": "ingest",
        "tags": ["sessions"],
        "summary": "Facts and receipts have reached your system.",
        "description": "All of them are read before the first has any effect: a batch that is refused was not heard.",
        "requestBody": _body("Events", {"events": [HEARD]}),
        "responses": {
            "202": {**heard, "links": {"act": _link("advance"), "again": _link("ingest"), "look": _link("clock")}},
            **_problems(*_BODY, 404, 409, 500),
        },
    }


def _advance() -> dict[str, Any]:
    done = {"now": HEARD["time"], "next_wakeup": None, "events": TOLD}
    retried = {**_link("advance"), "requestBody": "$request.body", "description": "A retry gets the same answer."}
    links = {"again": retried, "step": _link("advance"), "hear": _link("ingest"), "look": _link("clock")}
    return {
        "operationId": "advance",
        "tags": ["sessions"],
        "summary": "Move the clock, and do everything that is due.",
        "description": "The same step again gives the same answer; a new step with the same `to` does what became due"
        " since. Answer only when you are quiescent, with 504 if that takes too long.",
        "requestBody": _body("Advance", {"to": HEARD["time"], "step": 1}),
        "responses": {
            "200": {**_answer("What you did.", "Advanced", done), "links": links},
            **_problems(*_BODY, 404, 409, 500, 504),
        },
    }


def _clock() -> dict[str, Any]:
    stands = {"now": HEARD["time"], "step": 1, "next_wakeup": None}
    return {
        "operationId": "clock",
        "tags": ["sessions"],
        "summary": "Where the session stands.",
        "responses": {
            "200": {
                **_answer("Where it stands.", "Clock", stands),
                "links": {"step": _link("advance"), "hear": _link("ingest")},
            },
            **_problems(404, 500),
        },
    }


def _close() -> dict[str, Any]:
    return {
        "operationId": "close",
        "tags": ["sessions"],
        "summary": "End a run, and let go of everything.",
        "description": "A session that has ended is not there any more: asked again, answer 404, which whoever retries"
        " takes for done.",
        "responses": {"204": {"description": "It has ended."}, **_problems(404, 500)},
    }


def _answer(said: str, schema: str, example: Schema) -> dict[str, Any]:
    return {"description": said, "content": {"application/json": {"schema": reference(schema), "example": example}}}


def _body(schema: str, example: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": reference(schema), "example": example}}}


def _link(operation: str, session: str = "$request.path.session") -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"session": session}}


def _problems(*statuses: int, always: tuple[int, ...] = _ALWAYS) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted({*statuses, *always})}


def _problem(status: int, said: str) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": problem_type(status), "title": TITLES[status], "status": status, "detail": _DETAILS[status],
    }  # fmt: skip
    if status == 409:
        example |= {"now": HEARD["time"], "step": 4}
    if status == 422:
        example["refusals"] = [{"line": "fixtures/journeys/welcome.journey.yaml:9", "sentence": "it cannot 'split'."}]
    return {
        "description": said,
        "content": {"application/problem+json": {"schema": reference("Problem"), "example": example}},
    }


TITLES: Final = {
    400: "Not JSON",
    401: "Token needed",
    404: "No such session",
    409: "Clock turned back",
    413: "Body too large",
    415: "Not declared as JSON",
    421: "Not a name of this machine",
    422: "Cannot be carried out",
    429: "Too many sessions",
    500: "The backend failed",
    504: "Not quiescent",
}
"""The title of each problem."""
_DETAILS: Final = {
    400: "the body is no JSON: Expecting value in line 1, column 1.",
    401: "send the token that the backend printed: 'Authorization: Bearer TOKEN'.",
    404: "there is no session 's7': it has ended, or was begun with another program.",
    409: "step 4 goes back to 2026-03-02T09:00:00.000Z; the clock stands at 2026-03-02T09:05:00.000Z.",
    413: "the body has more than 67108864 bytes.",
    415: "send the body with 'Content-Type: application/json'.",
    421: "the Host 'attacker.example' is not a name of this machine: use 127.0.0.1.",
    422: "the backend cannot express the briefing.",
    429: "there are 64 sessions already: end those that are done with DELETE.",
    500: "the backend failed in advance: KeyError: 'order_id'.",
    504: "two messages were still in flight after 30 s.",
}


def problem_type(status: int) -> str:
    """The URI of a kind of problem."""
    return f"urn:journeyproof:problem:{TITLES[status].lower().replace(' ', '-')}"
