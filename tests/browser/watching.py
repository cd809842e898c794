"""Watching a browser: what its pages say on the console, what they ask for, and what they open.

A report and a studio are silent, ask nobody but the studio's own server, and never open or leave a page. What a test
expects all the same, it says with `expects`.
"""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Frame, Page, Request, WebError

INSIDE = ("data:", "blob:", "about:")
"""Addresses that are no requests to anybody."""


class Watch:
    """Whatever a context does that a page of ours never does, line by line."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self._own = urldefrag(address)[0]
        self._seen: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._pages = 0
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("page", self._page)
        context.on("dialog", self._dialog)

    @property
    def lines(self) -> list[str]:
        """What happened and was not expected."""
        return [line for line in self._seen if not any(form.search(line) for form in self._expected)]

    @property
    def told(self) -> list[str]:
        """All that happened."""
        return list(self._seen)

    def expects(self, pattern: str) -> None:
        """Whatever matches is meant to happen in this test."""
        self._expected.append(re.compile(pattern, re.DOTALL))

    def _console(self, message: ConsoleMessage) -> None:
        self._seen.append(f"console {message.type}: {message.text} ({message.location.get('url', '')[:80]})")

    def _error(self, error: WebError) -> None:
        self._seen.append(f"error: {error.error}")

    def _request(self, request: Request) -> None:
        address = urldefrag(request.url)[0]
        if address == self._own or address.startswith(INSIDE):
            return
        own, asked = urlsplit(self._own), urlsplit(address)
        if own.scheme == "http" and (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
            return
        self._seen.append(f"request: {request.method} {address[:200]}")

    def _page(self, page: Page) -> None:
        self._pages += 1
        if self._pages > 1:
            self._seen.append(f"a new page was opened: {page.url[:200]}")
        page.on("framenavigated", self._navigated)

    def _navigated(self, frame: Frame) -> None:
        address = urldefrag(frame.url)[0]
        if frame.parent_frame is None and urlsplit(address)._replace(query="") != urlsplit(self._own)._replace(
            query=""
        ):
            self._seen.append(f"the page left for: {address[:200]}")
        if frame.parent_frame is not None and address not in ("about:srcdoc", "about:blank"):
            self._seen.append(f"a frame went to: {address[:200]}")

    def _dialog(self, dialog: Dialog) -> None:
        self._seen.append(f"a dialog: {dialog.type} {dialog.message[:200]}")
        dialog.dismiss()
