"""Named random streams: every draw belongs to an entity and a purpose, so nobody moves anybody else's luck."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Stream:
    """Draws for one key. It uses only `Random.random()`, whose sequence Python guarantees across versions."""

    __slots__ = ("_draw",)

    def __init__(self, key: bytes) -> None:
        self._draw = random.Random(int.from_bytes(key, "big")).random

    def fraction(self) -> float:
        """A number in [0, 1)."""
        return self._draw()

    def happens(self, share: float) -> bool:
        """True with probability `share` (0 to 1). One draw is used whatever the share is."""
        return self._draw() < share

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._draw() * (high - low + 1))

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`, each as likely as the others."""
        return options[int(self._draw() * len(options))]


class Streams:
    """All streams of one run. `stream("opens", "camille", 3)` is the same in any order of asking."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = str(seed).encode()

    def stream(self, *key: str | int) -> Stream:
        """The stream of `key`: names of an entity, a purpose and an ordinal."""
        text = "\x1f".join(str(part) for part in key)
        return Stream(blake2b(text.encode(), key=self._key[:64], digest_size=16).digest())
