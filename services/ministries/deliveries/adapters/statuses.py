"""The meaning of a status of a ministry's system: its own refusal, or trouble on the way."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from libs.errors import Refused, Unavailable
from libs.web.client import Reply

_NOT_ADMITTED: Final = frozenset({401, 403, 404, 407})
_NOT_NOW: Final = frozenset({408, 425, 429})
_PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class BusinessRefusal:
    """A status with a problem document (RFC 9457) by which a ministry's system itself refuses.

    A row of an adapter's table: without one, a proxy may have written the answer.
    """

    status: int
    problem_type: str


class Gone(Unavailable):
    """The ministry's system says that it is there no more (410); calls to it stop."""


class NotAdmitted(Unavailable):
    """The call did not get to the ministry's system: wrong address, key, token or certificate."""


def failure_of(
    ministry: str, reply: Reply, refusals: Collection[BusinessRefusal], now: datetime
) -> Refused | Unavailable:
    """Return the meaning of an answer that is not 2xx.

    3xx, 401, 403, 404, 407, 408, 425, 429 and 5xx may come from a proxy, a gateway or a login page
    on the way, so they refuse nothing: the call is repeated, and the circuit breaker counts it.
    Other statuses are about the request itself, and would come again.

    Args:
        ministry: the ministry that was called.
        reply: its answer.
        refusals: the adapter's table of answers by which the ministry refuses, whatever the status.
        now: the time, to read a `Retry-After` with a date.
    """
    status = reply.status
    refusal = next((each for each in refusals if _matches(each, reply)), None)
    if refusal is not None:
        return Refused("refused_by_ministry", f"status {status}, {refusal.problem_type}")
    retry_after_s = reply.retry_after_s(now)
    if 300 <= status < 400 or status in _NOT_ADMITTED:
        return NotAdmitted(ministry, f"status {status}", retry_after_s=retry_after_s)
    if status >= 500 or status in _NOT_NOW:
        return Unavailable(ministry, f"status {status}", retry_after_s=retry_after_s)
    return Refused("refused_by_ministry", f"status {status}")


def _matches(refusal: BusinessRefusal, reply: Reply) -> bool:
    if reply.status != refusal.status or reply.media_type != _PROBLEM:
        return False
    try:
        problem = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(problem, dict) and problem.get("type") == refusal.problem_type
