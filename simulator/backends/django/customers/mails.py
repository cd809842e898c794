"""What a drip sends: by itself the library takes every body for HTML, and would strip a text of its angle brackets."""

from __future__ import annotations

from drip.drips import DripMessage  # type: ignore[import-untyped,unused-ignore]  # the library has no types


class TextMail(DripMessage):  # type: ignore[misc,unused-ignore]  # the library has no types
    """A mail whose body is plain text, and whose subject is one line."""

    @property
    def plain(self) -> str:
        """The body, as it is."""
        return str(self.body)

    @property
    def subject(self) -> str:
        """The subject; a name may hold a line break, and a header may not."""
        return " ".join(str(super().subject).split())
