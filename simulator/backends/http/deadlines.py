"""One limit for a whole exchange over HTTP.

The library limits each single read, so that a server that sends a byte now and then would be listened to for ever; here
every read and write has what is left of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore
import httpx

from simulator.backends.processes import Deadline

_PIECE: Final = 16_384
_LIMIT: ContextVar[Deadline | None] = ContextVar("limit of an exchange", default=None)


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """All that is sent and received meanwhile has so many seconds together. Raises httpx.TimeoutException."""
    deadline = Deadline(seconds)
    token = _LIMIT.set(deadline)
    try:
        yield deadline
    finally:
        _LIMIT.reset(token)


class Transport(httpx.HTTPTransport):
    """Connections that keep to the limit of `within`."""

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(keepalive_expiry=5.0, network_backend=_Network())


class _Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._network.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    limit = _LIMIT.get()
    if limit is None:
        return timeout
    if not limit.left:
        raise late
    return limit.left if timeout is None else min(timeout, limit.left)
