"""Repeatable random numbers: the same seed and key give the same number."""

from hashlib import blake2b

_SPAN = 2**64


def share(seed: int, *key: object) -> float:
    """Return the number from 0 up to 1 of a key; numbers are evenly distributed over keys."""
    written = "/".join(str(part) for part in (seed, *key))
    return int.from_bytes(blake2b(written.encode(), digest_size=8).digest(), "big") / _SPAN
