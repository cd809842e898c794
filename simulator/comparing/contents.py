"""What a reader reads otherwise: the words that changed, and the characters that nobody can see, by their names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

MOST_WORDS = 3_000
"""Passages longer than this are told as a whole: a comparison word by word would take too long."""
LONGEST = 160
"""Characters of a passage that are told; of a longer one the beginning and the end."""

# A date, a time or an amount is one word.
_TOKEN = re.compile(r"\d[\d.,:/-]*\d|\w+|\s|[^\w\s]")
THIN = 3
"""Characters between two changes up to which they are one."""

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
_COMMON = {
    "\u00a0": "no-break space", "\u202f": "narrow no-break space", "\u00ad": "soft hyphen",
    "\u200b": "zero-width space", "\u200c": "zero-width non-joiner", "\u200d": "zero-width joiner",
    "\u2060": "word joiner", "\ufeff": "byte order mark", "\u200e": "left-to-right mark",
    "\u200f": "right-to-left mark", "\t": "tab", "\r": "carriage return",
}  # fmt: skip


class Reworded(NamedTuple):
    """A passage that was replaced; either may be empty. Both hold raw text: `visible` makes it fit to show."""

    gone: str
    come: str


@lru_cache(maxsize=4096)
def reworded(before: str, after: str) -> tuple[Reworded, ...]:
    """The passages that differ, word for word. Texts that look alike and are not give their characters."""
    if before == after:
        return ()
    found: list[Reworded] = []
    first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, i, j, k, m in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _by_word("".join(first[i:j]), "".join(second[k:m]))
    return tuple(found)


def _by_word(before: str, after: str) -> list[Reworded]:
    if not before.strip("\n") or not after.strip("\n"):
        return [Reworded(before, after)]
    first, second = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(first) + len(second) > MOST_WORDS:
        return [Reworded(before, after)]
    ranges: list[tuple[int, int, int, int]] = []
    for tag, *place in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        i, j, k, m = _widened(first, second, *place)
        # What lies between two changes is the same on both sides, so they grow together alike.
        if ranges and (i <= ranges[-1][1] or _is_thin("".join(first[ranges[-1][1] : i]))):
            begin, _, start, _ = ranges.pop()
            ranges.append((begin, j, start, m))
        else:
            ranges.append((i, j, k, m))
    return [Reworded("".join(first[i:j]), "".join(second[k:m])) for i, j, k, m in ranges]


def _widened(first: Sequence[str], second: Sequence[str], i: int, j: int, k: int, m: int) -> tuple[int, int, int, int]:
    """A change that begins or ends with something blank, with the word beside it: nobody could tell where it is."""
    sides = [side for side in (first[i:j], second[k:m]) if side]
    if any(_is_blank(side[-1]) for side in sides) and j < len(first) and m < len(second) and first[j] != "\n":
        j, m = j + 1, m + 1
    if any(_is_blank(side[0]) for side in sides) and i and k and first[i - 1] != "\n":
        i, k = i - 1, k - 1
    return i, j, k, m


def _is_blank(word: str) -> bool:
    return word != "\n" and (word.isspace() or unicodedata.category(word[0]) == "Cf")


def _is_thin(text: str) -> bool:
    """What is this short does not part two changes: they are easier to read as one."""
    return len(text) <= THIN and "\n" not in text


def visible(text: str) -> str:
    """The text on one line: line ends as ⏎, characters that nobody sees, or that look like others, by their names."""
    shown = "".join(_shown(word) for word in re.findall(r"\w+|\W", text))
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST * 2 // 3]} … {shown[-LONGEST // 3 :]}"


def _shown(word: str) -> str:
    if word == "\n":
        return "⏎"
    scripts = {script for character in word if (script := _script(character))}
    if len(scripts) > 1:
        odd = [script for script in _SCRIPTS if script in scripts][1:]
        return "".join(f"⟨{_name(one)}⟩" if _script(one) in odd else _character(one) for one in word)
    return "".join(map(_character, word))


def _script(character: str) -> str | None:
    if character.isascii():
        return "LATIN" if character.isalpha() else None
    name = unicodedata.name(character, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), None)


def _character(character: str) -> str:
    if character == " " or (character.isascii() and character.isprintable()):
        return character
    kind = unicodedata.category(character)
    unseen = kind[0] in "CZ" or kind in ("Mn", "Me") or character in _COMMON
    return f"⟨{_name(character)}⟩" if unseen else character


def _name(character: str) -> str:
    return _COMMON.get(character) or unicodedata.name(character, f"U+{ord(character):04X}").lower()


def quoted(text: str) -> str:
    """The text in quotes, fit to show."""
    return f"“{visible(text)}”"


def told(changes: Sequence[Reworded], most: int = 2) -> str:
    """`“30 %” became “20 %”`, `“until Friday” was added`, the rest counted."""
    words = [_told(change) for change in changes[:most]]
    rest = len(changes) - most
    return "; ".join(words) + (f"; and {rest} more" if rest > 0 else "")


def _told(change: Reworded) -> str:
    gone, come = change.gone.strip("\n "), change.come.strip("\n ")
    if not gone and not come:
        return f"{_blank(change.gone)} became {_blank(change.come)}"
    if gone == come:
        # Nothing but spaces or line ends: they are shown, for nobody would see them.
        gone, come = (side.replace(" ", "␣") for side in change)
    if not gone:
        return f"{quoted(come)} was added"
    if not come:
        return f"{quoted(gone)} was taken away"
    return f"{quoted(gone)} became {quoted(come)}"


def _blank(text: str) -> str:
    if not text:
        return "nothing"
    kind = "line end" if "\n" in text else "space"
    return f"one {kind}" if len(text) == 1 else f"{len(text)} {kind}s"
