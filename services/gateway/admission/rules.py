"""How much one caller may ask, and which address a request comes from."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is allowed: `burst` at once, `rate` a second in the long run."""

    rate: float
    burst: float


class Bucket(NamedTuple):
    """What is left of a limit, as of a time on a clock that only goes forward."""

    tokens: float
    at_s: float


def take(bucket: Bucket | None, limit: Limit, now_s: float) -> tuple[Bucket, float]:
    """Take one from a bucket; return it and the seconds to wait, 0 where one was left."""
    bucket = bucket or Bucket(limit.burst, now_s)
    tokens = min(limit.burst, bucket.tokens + (now_s - bucket.at_s) * limit.rate)
    if tokens < 1:
        return Bucket(tokens, now_s), (1 - tokens) / limit.rate
    return Bucket(tokens - 1, now_s), 0.0


def caller_address(peer: str, forwarded_for: str, proxies_before: int) -> str:
    """The caller's address: what the outermost trusted proxy saw, whatever the caller claims."""
    chain = [part.strip() for part in forwarded_for.split(",") if part.strip()] + [peer]
    return chain[max(0, len(chain) - 1 - proxies_before)]
