"""Capture: how the messages of engines that really send come in.

An SMTP sink and a webhook sink take what an engine sends, recognition says which message it is, and a simulated person
opens and clicks through the engine's own addresses. `CapturingBackend` puts them around an engine.
"""

from __future__ import annotations

from simulator.backends.capture.backend import CapturingBackend, Counts, Followed
from simulator.backends.capture.clicks import Follow, Visit, follow
from simulator.backends.capture.mail import Attachment, Captured
from simulator.backends.capture.postoffice import PostOffice, Sinks
from simulator.backends.capture.reference import parse_reference, read_reference, reference_line, reference_query

__all__ = [
    "Attachment",
    "Captured",
    "CapturingBackend",
    "Counts",
    "Follow",
    "Followed",
    "PostOffice",
    "Sinks",
    "Visit",
    "follow",
    "parse_reference",
    "read_reference",
    "reference_line",
    "reference_query",
]
