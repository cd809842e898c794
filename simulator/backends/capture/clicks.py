"""How a simulated person opens and clicks: through the engine's own addresses, on loopback and nowhere else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from simulator.backends.capture.mail import Captured
from simulator.backends.capture.markup import LONGEST_URL
from simulator.words.vocabulary import Value

PATIENCE: Final = 10.0
"""Seconds of real time that one address may take to answer."""
MOST_REDIRECTS: Final = 5
LARGEST_ANSWER: Final = 1_000_000
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Visit:
    """What came of following an address.

    `status` is HTTP's, None where nothing was fetched or nobody answered, and `said` then tells why. `reached` is where
    a redirect led that is not on loopback: it was not fetched.
    """

    url: str
    status: int | None = None
    said: str = ""
    reached: str = ""


Follow = Callable[[str, int], Visit]
"""Follows an address at an instant (ms UTC). An engine that serves its links itself brings one of its own."""


def on_loopback(url: str) -> bool:
    """True for http addresses of this machine: 127.0.0.0/8, ::1 and `localhost`, written plainly."""
    return _place(url) is not None


def follow(url: str, _at: int = 0) -> Visit:
    """Fetch an address on loopback, and the redirects that stay there. Whatever happens is told, nothing is raised."""
    place = _place(url)
    if place is None:
        return Visit(url, None, "not on loopback: not fetched")
    at = url
    for _ in range(MOST_REDIRECTS + 1):
        try:
            status, onward = _get(place)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Visit(url, None, f"{type(error).__name__}: {error}"[:200])
        if not onward:
            return Visit(url, status)
        at = urljoin(at, onward)
        place = _place(at)
        if place is None:
            return Visit(url, status, "a redirect leads away: not followed", at[:LONGEST_URL])
    return Visit(url, None, f"more than {MOST_REDIRECTS} redirects", at[:LONGEST_URL])


def clicked(message: Captured, data: dict[str, Value]) -> str:
    """The address that a click follows: the one that the event names, else the first that ends no subscription.

    Empty where there is none.
    """
    for field in ("link", "url"):
        wanted = str(data.get(field, ""))
        links = [link for link in message.links if wanted and (wanted == link or wanted in link)]
        if links:
            return wanted if wanted in links else links[0]
    return next(iter(message.clickable), "")


def _place(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or "@" in parts.netloc or any(letter <= " " or letter > "~" for letter in url):
        return None
    with suppress(ValueError):
        return parts if ip_address(host).is_loopback else None
    return parts if host == "localhost" else None


def _get(place: SplitResult) -> tuple[int, str]:
    """One GET: the status, and where a redirect leads. No proxy is ever asked."""
    # What `localhost` is called elsewhere is not asked: it is this machine.
    host = "127.0.0.1" if place.hostname == "localhost" else place.hostname or ""
    connection = http.client.HTTPConnection(host, place.port or 80, timeout=PATIENCE)
    with closing(connection):
        connection.connect()
        # A timeout alone would let somebody answer one byte at a time, for ever.
        deadline = Timer(PATIENCE, _hang_up, (connection.sock,))
        deadline.daemon = True
        deadline.start()
        try:
            path = (place.path or "/") + (f"?{place.query}" if place.query else "")
            headers = {"Host": place.netloc, "User-Agent": "journeyproof", "Accept": "*/*", "Connection": "close"}
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as answer:
                answer.read(LARGEST_ANSWER)
                return answer.status, answer.getheader("Location", "") if 300 <= answer.status < 400 else ""
        finally:
            deadline.cancel()
            deadline.join()


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
