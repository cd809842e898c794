"""The terminal as we use it: no markup, no surprise colours, the width that COLUMNS says, words for every glyph."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 120
"""Characters on a line where neither COLUMNS nor a terminal says."""

_SIZES = ("COLUMNS", "LINES")
_GLYPHS = {"✓": "ok", "✗": "x", "·": "-", "›": ">", "│": "|", "…": "..."}


class _Quiet(Console):
    """A console that leaves a reader who has gone away (`| head`) to whoever called."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    """Writes lines to a stream: coloured on a real terminal, plain anywhere else or when NO_COLOR is set.

    Every text that is handed over is taken literally; whoever hands over a document's words cleans them first.
    """

    def __init__(self, stream: TextIO | None = None, environment: Mapping[str, str] | None = None) -> None:
        stream = sys.stdout if stream is None else stream
        known = os.environ if environment is None else environment
        self.is_terminal = stream.isatty() and known.get("TERM") not in ("dumb", "unknown")
        self.colours = self.is_terminal and not known.get("NO_COLOR")
        self.moves = self.colours and not known.get("CI")
        self._ascii = not _can_write("".join(_GLYPHS), stream)
        if self._ascii and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
        columns = known.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and int(columns) > 0 else None
        self.console = _Quiet(
            file=stream,
            width=width if width or self.is_terminal else PIPE_WIDTH,
            color_system="auto" if self.colours else None,
            force_terminal=self.colours,
            no_color=not self.colours,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            # The library takes characters such as '²' for digits, and does not read them.
            _environ={name: said for name, said in known.items() if name not in _SIZES or said.isdecimal()},
        )

    def line(self, *parts: str | tuple[str, str], indent: int = 0, hang: int = 0) -> None:
        """Write one paragraph of texts or (text, style) pairs, wrapped between words; what follows hangs by `hang`."""
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(self.glyphs(words), style)
        width = max(self.console.width - indent - hang, 20)
        first = True
        for row in text.wrap(self.console, width, tab_size=1):
            row.rstrip()
            row.pad_left(indent if first else indent + hang)
            self.console.print(row, soft_wrap=True)
            first = False

    def verbatim(self, words: str, style: str = "", indent: int = 0) -> None:
        """Write one line that is never wrapped, so that it can be copied."""
        self.console.print(Text(" " * indent + self.glyphs(words), style), soft_wrap=True)

    def blank(self) -> None:
        """Write an empty line."""
        self.console.print()

    def flush(self) -> None:
        """Send what is waiting, so that another stream's words come after it."""
        self.console.file.flush()

    def glyphs(self, words: str) -> str:
        """The text, its glyphs replaced by letters where the stream cannot write them."""
        if self._ascii:
            for glyph, letters in _GLYPHS.items():
                words = words.replace(glyph, letters)
        return words


def _can_write(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
