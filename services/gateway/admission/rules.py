"""Token buckets for rate limits."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: `burst` requests at once, `rate` a second in the long run."""

    rate: float
    burst: float


class Bucket(NamedTuple):
    """The tokens left at a time on a monotonic clock."""

    tokens: float
    at_s: float


def take(bucket: Bucket | None, limit: Limit, now_s: float) -> tuple[Bucket, float]:
    """Take one token; return the bucket and the seconds to wait, 0 if there was a token."""
    bucket = bucket or Bucket(limit.burst, now_s)
    tokens = min(limit.burst, bucket.tokens + (now_s - bucket.at_s) * limit.rate)
    if tokens < 1:
        return Bucket(tokens, now_s), (1 - tokens) / limit.rate
    return Bucket(tokens - 1, now_s), 0.0
