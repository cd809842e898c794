"""Calls to a program behind HTTP: a pool of connections for each address, and a sentence for all that can go wrong."""

from __future__ import annotations

import atexit
import json
import os
import re
from collections.abc import Mapping
from contextlib import closing
from ipaddress import ip_address
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from simulator.backends.http.contract import TOKEN
from simulator.words.errors import (
    BackendFailed,
    ClockTurnedBack,
    JourneyproofError,
    NotInstalled,
    NotQuiescent,
    Refusal,
    Unsupported,
    UsageError,
)

try:
    import httpx

    from simulator.backends.http.deadlines import Transport, within
except ImportError as error:
    said = f"a backend behind HTTP needs '{error.name}': pip install 'journeyproof[http]'"
    raise NotInstalled(said) from error

RETRIES: Final = 2
"""How often a call whose answer was lost is made again."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest answer that is read."""
_GATEWAY: Final = (502, 503, 504)
_PROBLEM: Final = "application/problem+json"
_LONGEST: Final = 500
_OF_A_PAGE: Final = 200
_MARKUP = re.compile(r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->|<[^<>]*>")

_pools: dict[str, httpx.Client] = {}
_inherited: list[httpx.Client] = []


def address_of(url: str) -> str:
    """`http://127.0.0.1:8700` of what somebody wrote. Raises UsageError where it does not lead to this machine."""
    rule = "Write http://127.0.0.1:PORT; forward the port of a program that runs elsewhere."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"the address '{url}' cannot be read. {rule}") from None
    if parts.scheme != "http":
        raise UsageError(f"the address '{url}' is not one of http. {rule}")
    if not _is_here(host):
        raise UsageError(f"the address '{url}' leads to another machine: rehearsals stay on this one. {rule}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise UsageError(f"the address '{url}' has more than a host and a port. {rule}")
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{80 if port is None else port}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def disconnect() -> None:
    """Close every connection of this process."""
    while _pools:
        _pools.popitem()[1].close()


def _forked() -> None:
    """In a fork the connections are those of the parent: neither used nor closed here."""
    _inherited.extend(_pools.values())
    _pools.clear()


os.register_at_fork(after_in_child=_forked)
atexit.register(disconnect)


def _pool(address: str) -> httpx.Client:
    if address not in _pools:
        transport = Transport()
        _pools[address] = httpx.Client(base_url=address, transport=transport, trust_env=False, follow_redirects=False)
    return _pools[address]


class Calls:
    """The calls of one client. `timeout` is how many seconds an answer may take, from the question to its last byte."""

    def __init__(self, url: str, token: str | None, timeout: float) -> None:
        self.address = address_of(url)
        self.timeout = timeout
        self._met = False
        given = os.environ.get(TOKEN) if token is None else token
        self._headers = {"Accept": f"application/json, {_PROBLEM}", "Accept-Encoding": "identity"}
        if given:
            if not re.fullmatch(r"[\x21-\x7e]+", given):
                raise UsageError(f"the token of {TOKEN} holds more than visible ASCII characters.")
            self._headers["Authorization"] = f"Bearer {given}"

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        done_already: int | None = None,
    ) -> dict[str, Any]:
        """The answer to a call, a JSON object; an empty one where there is no content.

        A call whose answer was lost is made again, which the protocol makes safe. `done_already` is a status that says
        that there is nothing left to do. Raises BackendFailed with a sentence that says where and why; ClockTurnedBack,
        NotQuiescent and Unsupported where the backend says so.
        """
        call = f"{method} {path}"
        content = None if body is None else json.dumps(body, ensure_ascii=True, allow_nan=False).encode()
        cause = ""
        for _ in range(1 + RETRIES):
            try:
                response, text = self._exchange(method, path, content, timeout or self.timeout)
            except httpx.ConnectError as error:
                raise self._nobody(call, _plain(str(error))) from None
            except httpx.TransportError as error:
                cause = f"the connection broke: {_plain(str(error)).rstrip('.') or type(error).__name__}"
                continue
            except _Unfit as error:
                raise self.failure(call, str(error)) from None
            if response.status_code in _GATEWAY and not _declares(response, _PROBLEM):
                cause = f"the answer was {response.status_code}"
                continue
            return {} if response.status_code == done_already else self._understood(call, response, text)
        raise self.failure(call, f"was asked {1 + RETRIES} times, and {cause}. Look at what it printed")

    def _nobody(self, call: str, reason: str) -> BackendFailed:
        """Nobody takes the connection: it never was there, or it is there no more."""
        if self._met:
            return self.failure(call, f"has gone: it answered before, and now {reason}. Look at what it printed")
        return BackendFailed(
            f"nobody answers at {self.address} ({reason}). Start the backend, or name the port that it listens on."
        )

    def failure(self, call: str, cause: str) -> BackendFailed:
        """The backend at this address did not answer a call as it should."""
        return BackendFailed(f"the backend at {self.address} {cause} ({call}).")

    def _exchange(self, method: str, path: str, content: bytes | None, timeout: float) -> tuple[httpx.Response, bytes]:
        """One question and its whole answer, within `timeout` seconds. Raises _Unfit where that cannot be had."""
        headers = self._headers if content is None else {**self._headers, "Content-Type": "application/json"}
        text = bytearray()
        pool = _pool(self.address)
        request = pool.build_request(method, path, content=content, headers=headers, timeout=timeout)
        try:
            with within(timeout) as deadline, closing(pool.send(request, stream=True)) as response:
                self._met = True
                for chunk in response.iter_raw():
                    text += chunk
                    if len(text) > MOST_BYTES:
                        raise _Unfit(f"answers with more than {MOST_BYTES} bytes. It tells too much in one step")
                    if not deadline.left:
                        raise httpx.ReadTimeout("")
        except httpx.TimeoutException:
            why = "It hangs, or needs longer: RemoteBackend takes a larger timeout"
            raise _Unfit(f"gave no complete answer within {timeout:g} s. {why}") from None
        return response, bytes(text)

    def _understood(self, call: str, response: httpx.Response, text: bytes) -> dict[str, Any]:
        status = response.status_code
        if status == 204:
            return {}
        if not 200 <= status < 300:
            raise self._refused(call, status, _problem_in(text))
        if coded := _plain(response.headers.get("content-encoding", "")).removeprefix("identity"):
            raise self.failure(call, f"answers {status} in the encoding '{coded}', and was asked for plain text")
        if not _declares(response, "application/json"):
            kind = _plain(response.headers.get("content-type", "nothing"))
            raise self.failure(call, f"answers {status} with {kind}, not application/json. Is it another program?")
        try:
            answer = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise self.failure(call, f"answers {status} with what is no JSON: '{_begin(text)}'") from None
        if not isinstance(answer, dict):
            raise self.failure(call, f"answers {status} with JSON that is no object: {_begin(text)}")
        return answer

    def _refused(self, call: str, status: int, problem: Mapping[str, Any]) -> JourneyproofError:
        """The error that a problem means."""
        detail = _plain(str(problem.get("detail") or problem.get("title") or "it does not say why"))
        where = f"the backend at {self.address}"
        if status == 409:
            return ClockTurnedBack(f"{where} says that the clock is turned back: {detail} ({call})")
        if status == 504:
            return NotQuiescent(f"{where} does not come to rest: {detail} ({call})")
        if status == 422 and (refusals := _refusals(problem)):
            return Unsupported(refusals)
        if 300 <= status < 400:
            return self.failure(call, f"answers {status}, leading elsewhere, where nobody follows: {detail}")
        ended = detail if detail.endswith((".", "!", "?")) else f"{detail}."
        if status == 401:
            return self.failure(call, f"asks for its token: {ended} Set {TOKEN} to the one that it was started with")
        if status == 404:
            return self.failure(call, f"does not know this: {ended} It was started anew, or is another program")
        return self.failure(call, f"answers {status}: {detail}")


class _Unfit(Exception):
    """An answer cannot be had, or not be used; the sentence says why."""


def _refusals(problem: Mapping[str, Any]) -> list[Refusal]:
    told = problem.get("refusals")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    return [Refusal(_plain(str(row.get("line", ""))), _plain(str(row.get("sentence", "")))) for row in rows]


def _problem_in(text: bytes) -> Mapping[str, Any]:
    try:
        problem = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        # A page of HTML, for the most part: what it says, without its markup.
        page = text[:20_000].decode("utf-8", "replace").replace("Traceback (most recent call last):", " ")
        return {"detail": " ".join(_MARKUP.sub(" ", page).split())[:_OF_A_PAGE]}
    return problem if isinstance(problem, dict) else {}


def _declares(response: httpx.Response, media: str) -> bool:
    declared: str = response.headers.get("content-type", "")
    return declared.partition(";")[0].strip().lower() == media


def _begin(text: bytes) -> str:
    return _plain(text[:60].decode("utf-8", "replace"))


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _plain(text: str) -> str:
    """What a program said, safe to show: one line, no control characters, not too long."""
    shown = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
