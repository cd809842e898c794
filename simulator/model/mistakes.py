"""What to say when a text is not YAML: the parser's complaint, turned into a place and one plain sentence.

PyYAML has two parsers, one in C and one in Python, which word the same mistake differently; each rule below knows both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from simulator.words.errors import Place, Problem

NO_COMMA_INSIDE = "Inside {...} or [...] a value may hold no comma and no bracket"
NO_KEY = "the key in front of this ':' is missing."
BRACES = "a text that begins with '{{' needs quotes around all of it."
_QUOTE_OR_BLOCK = "put the value in quotes, or write a block"


@dataclass(frozen=True, slots=True)
class _Complaint:
    """A mistake as the parser met it: `opened` is the mark where the broken thing began, `met` where it broke."""

    text: str
    words: str
    opened: Any
    met: Any

    @property
    def line(self) -> str:
        """The whole line on which it broke."""
        return self._lines(self.met.line)

    @property
    def line_above(self) -> str:
        """The nearest line above that says something."""
        above = self.met.line - 1
        while above >= 0 and not self._lines(above).strip():
            above -= 1
        return self._lines(above) if above >= 0 else ""

    @property
    def before(self) -> str:
        """The part of that line in front of the mark."""
        return self.line[: self.met.column]

    @property
    def opening(self) -> str:
        """The character with which the broken thing began."""
        return self.text[self.opened.index : self.opened.index + 1]

    @property
    def sign(self) -> str:
        """The character at the mark, or nothing at the end of the text."""
        return self.text[self.met.index : self.met.index + 1]

    def _lines(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number] if number < len(lines) else ""


class _Spot(NamedTuple):
    """A line and a column counted from 0, as the parser's marks have them."""

    line: int
    column: int


_Answer = tuple[Any, str]
_Rule = tuple[str, Callable[[_Complaint], _Answer]]


def explain(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem that stands behind a parser's error."""
    met = error.problem_mark or error.context_mark
    if met is None:
        return Problem(Place(file), f"this is not YAML: {error.problem or error.context or error}.")
    words = f"{error.context or ''} / {error.problem or ''}"
    complaint = _Complaint(text, words, error.context_mark or met, met)
    for pattern, answer in _RULES:
        if re.search(pattern, words):
            mark, sentence = answer(complaint)
            break
    else:
        mark = met
        sentence = f"this is not YAML ({error.problem}). Check the indentation, quotes and brackets of this line."
    return Problem(Place(file, mark.line + 1, mark.column + 1), sentence)


def _bad_start(it: _Complaint) -> _Answer:
    if "\t" in it.line[: len(it.line) - len(it.line.lstrip())]:
        return it.met, "a tab indents this line; YAML indents with spaces. Replace each tab by two spaces."
    if it.sign == ":":
        return it.met, NO_KEY
    return it.met, f"a value cannot begin with '{it.sign}'. Put the whole value in quotes."


def _flow(it: _Complaint) -> _Answer:
    start, end = ("{", "}") if it.opening == "{" else ("[", "]")
    if it.sign and it.sign in "[{" and it.met.line == it.opened.line:
        return it.met, f"'{it.sign}' breaks the value before it. {NO_COMMA_INSIDE}: {_QUOTE_OR_BLOCK}."
    if it.met.line > it.opened.line:
        return it.opened, f"this '{start}' is never closed. Add '{end}' where it ends."
    return it.met, f"'{it.sign}' cannot stand here, inside {start}...{end}. {NO_COMMA_INSIDE}: {_QUOTE_OR_BLOCK}."


def _second_colon(it: _Complaint) -> _Answer:
    if re.search(r":\s", it.before):
        return it.met, "a second ': ' in one value. Put the whole value in quotes, or begin a new line for the key."
    above = it.line_above.strip()
    if re.fullmatch(r"[A-Za-z_][\w-]*:[^\s/].*", above) and ": " not in above:
        spaced = above.replace(":", ": ", 1)
        return it.met, f"the line above, '{above}', has no space after its colon. Write '{spaced}'."
    if len(it.before) > 1000:
        return it.met, "this key is longer than 1000 characters. Write a short key and put the text after it."
    return it.met, "this line belongs to a key that has a value already. Check its indentation."


def _no_colon(it: _Complaint) -> _Answer:
    said = it.text[it.opened.index :].split("\n", 1)[0].strip()[:40]
    return it.opened, f"'{said}' is no 'key: value' line. Add ': ' and a value, or indent it as part of the text above."


def _quote(it: _Complaint) -> _Answer:
    return it.opened, "this quote is never closed. Add the closing quote."


def _backslash(it: _Complaint) -> _Answer:
    return it.met, "inside double quotes a backslash begins a special character. Use single quotes, or write '\\\\'."


def _reference(it: _Complaint) -> _Answer:
    return it.opened, f"a value cannot begin with '{it.opening}'. Put the whole value in quotes."


def _tag(it: _Complaint) -> _Answer:
    return it.opened, "tags ('!...') are not used here. Remove it, or put the whole value in quotes if it is text."


def _lost_line(it: _Complaint) -> _Answer:
    if template := re.search(r"(?:^|[:-]\s)\s*(\{\{)", it.before):
        return _Spot(it.met.line, template.start(1)), BRACES
    if re.search(r"(?:[:-]\s+)([\"']).*\1\s*$", it.before):
        return it.met, "nothing may follow a closing quote. Put the whole value in quotes, or remove the quotes."
    opening = re.search(r"(?:[:-]\s+)([\[{]).*[\]}]\s*$", it.before)
    if opening and it.sign not in ("]", "}"):
        return it.met, f"nothing may follow a closing bracket. A text that begins with '{opening[1]}' needs quotes."
    if it.sign and it.sign in "]}":
        return it.met, f"this '{it.sign}' closes nothing. Remove it, or put the value in quotes if it is text."
    if it.sign == ":":
        return it.met, NO_KEY
    return it.met, "the indentation of this line fits nothing above it. Align it with the lines it belongs to."


def _in_list(it: _Complaint) -> _Answer:
    return it.met, "this line stands among the items of a list. Begin it with '- ', or align it with its key."


def _list_on_line(it: _Complaint) -> _Answer:
    return it.met, "a list cannot begin with '- ' on the line of its key. Begin it on a new line, or write [a, b]."


def _text_block(it: _Complaint) -> _Answer:
    return it.opened, f"'{it.opening}' at the beginning of a value opens a text block. Put the whole value in quotes."


def _second_document(it: _Complaint) -> _Answer:
    return it.met, "a second document begins here. Write '---' on a line of its own between two documents."


def _directive(it: _Complaint) -> _Answer:
    return it.met, "lines that begin with '%' are not used here. Remove it."


_RULES: tuple[_Rule, ...] = (
    (r"cannot start any token|tab character", _bad_start),
    (r"expected ',' or '[\]}]'", _flow),
    (r"mapping values are not allowed", _second_colon),
    (r"could not find expected ':'", _no_colon),
    (r"quoted scalar / found unexpected", _quote),
    (r"quoted[ -]scalar / .*(?:escape|hex)", _backslash),
    (r"scanning an? (?:alias|anchor)", _reference),
    (r"tag handle|(?:parsing|scanning) a tag", _tag),
    (r"sequence entries are not allowed", _list_on_line),
    (r"scanning a block scalar", _text_block),
    (r"directive|incompatible YAML", _directive),
    (r"<?document start>?", _second_document),
    (r"block collection / ", _in_list),
    (r"node content", _bad_start),
    (r"block mapping / ", _lost_line),
)
