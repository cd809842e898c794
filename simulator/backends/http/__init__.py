"""The backend protocol over HTTP, for engines written in any language.

`contract` is the protocol as an OpenAPI 3.1 document, `client` speaks it to whatever program keeps it, and `server`
exposes any Python backend in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.backends.http.client import RemoteBackend

__all__ = ["RemoteBackend"]


def __getattr__(name: str) -> Any:
    # The contract can be written, and the package imported, without the extra that speaks HTTP.
    if name == "RemoteBackend":
        from simulator.backends.http.client import RemoteBackend

        return RemoteBackend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
