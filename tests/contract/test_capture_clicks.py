"""Simulated people open and click through an engine's own addresses, on loopback and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simulator.backends.capture import Visit, follow
from tests.contract.capture_harness import Harness


@pytest.fixture
def harness() -> Iterator[Harness]:
    made = Harness()
    yield made
    made.backend.close()
    assert not {thread.name for thread in threading.enumerate()} & {"journeyproof-smtp", "journeyproof-webhook"}


class Shop(BaseHTTPRequestHandler):
    """What an engine serves: pixels, links, redirects here and away."""

    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        onward = {"/away": "https://shop.example/offer", "/near": "/landed", "/round": "/round"}.get(self.path)
        self.send_response(302 if onward else 404 if self.path == "/gone" else 200)
        if onward:
            self.send_header("Location", onward)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[tuple[str, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    asked: list[str] = []
    server.asked = asked  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_people_open_and_click_through_the_engine_s_own_addresses(
    harness: Harness, shop: tuple[str, list[str]]
) -> None:
    backend, (url, asked) = harness.open(), shop
    html = (
        f"<img src='{url}/open.gif'><img src='https://cdn.example/logo.png'><a href='{url}/unsubscribe/7'>x</a>"
        f"<a href='{url}/bye'>abmelden</a><a href='{url}/offer'>The offer</a><a href='{url}/away'>More</a>"
    )
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", "x", html))
    receipt = {"message_id": sent.data["message_id"], "channel": "email"}
    harness.tell("Message Opened", **receipt)
    harness.tell("Message Clicked", **receipt)
    harness.tell("Message Clicked", **receipt, link=f"{url}/away")
    assert asked == ["/open.gif", "/offer", "/away"]
    assert harness.engine.heard == []
    assert [(each.event, each.visit) for each in backend.followed] == [
        ("Message Opened", Visit(f"{url}/open.gif", 200)),
        ("Message Opened", Visit("https://cdn.example/logo.png", None, "not on loopback: not fetched")),
        ("Message Clicked", Visit(f"{url}/offer", 200)),
        (
            "Message Clicked",
            Visit(f"{url}/away", 302, "a redirect leads away: not followed", "https://shop.example/offer"),
        ),
    ]


def test_an_engine_without_addresses_of_its_own_is_told_of_clicks(harness: Harness) -> None:
    backend = harness.open()
    text = "see https://shop.example/offer"
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", text))
    harness.tell("Message Opened", message_id=sent.data["message_id"])
    harness.tell("Message Clicked", message_id=sent.data["message_id"])
    harness.tell("Message Clicked", message_id="of another system")
    assert [event.name for event in harness.engine.heard] == ["Message Opened", "Message Clicked", "Message Clicked"]
    assert [each.visit.said for each in backend.followed] == ["not on loopback: not fetched"]


def test_an_engine_may_follow_its_own_links(harness: Harness) -> None:
    followed: list[tuple[str, int]] = []

    def own(url: str, at: int) -> Visit:
        followed.append((url, at))
        return Visit(url, 200)

    harness.open(follow=own)
    text = "see http://127.0.0.1:9/s/1"
    (sent,) = harness.run(lambda engine, _: engine.mail("ann@example.org", "What is new this spring", text))
    harness.tell("Message Clicked", message_id=sent.data["message_id"])
    assert followed == [("http://127.0.0.1:9/s/1", harness.now)]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/", "http://example.org/", "http://127.0.0.1@evil.com/", "http://localhost.evil.com/",
        "http://0x7f000001/", "http://127.1/", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/",
        "file:///etc/passwd", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://[/", "", "http://127.0.0.1\r\n.evil/",
    ],
)  # fmt: skip
def test_nothing_but_loopback_is_ever_fetched(address: str) -> None:
    assert follow(address, 0) == Visit(address, None, "not on loopback: not fetched")


def test_whatever_comes_of_an_address_is_told(shop: tuple[str, list[str]]) -> None:
    url, asked = shop
    assert follow(f"{url}/near", 0) == Visit(f"{url}/near", 200)
    assert follow(url.replace("127.0.0.1", "localhost") + "/x?y=1#z", 0).status == 200
    assert follow(f"{url}/gone", 0) == Visit(f"{url}/gone", 404)
    assert follow(f"{url}/round", 0).said == "more than 5 redirects"
    assert asked == ["/near", "/landed", "/x?y=1", "/gone", *["/round"] * 6]
    assert "Refused" in follow("http://127.0.0.1:1/", 0).said
