"""Chance that can be repeated: the same seed and the same question give the same answer."""

from hashlib import blake2b

_SPAN = 2**64


def share(seed: int, *question: object) -> float:
    """Return a number from 0 up to 1 that belongs to a question, evenly spread over questions."""
    written = "/".join(str(part) for part in (seed, *question))
    return int.from_bytes(blake2b(written.encode(), digest_size=8).digest(), "big") / _SPAN
