"""Chance that can be repeated: the same seed and the same question give the same answer."""

from hashlib import blake2b

_SPAN = 2**64


def share(seed: int, *question: object) -> float:
    """Return a number from 0 up to 1 that belongs to a question, evenly spread over questions."""
    written = "/".join(str(part) for part in (seed, *question))
    return int.from_bytes(blake2b(written.encode(), digest_size=8).digest(), "big") / _SPAN


class SeededDraws:
    """Throws in a row: the first, the second, ... of one seed are always the same.

    Args:
        seed: chooses the row.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._thrown = 0

    def draw(self) -> float:
        """Return the next number of the row, from 0 up to 1."""
        self._thrown += 1
        return share(self._seed, "draw", self._thrown)
