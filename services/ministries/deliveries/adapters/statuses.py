"""The meaning of a status of a ministry's system: its own word, or trouble on the way.

| what comes back | what it means |
| --- | --- |
| 4xx, a problem document (RFC 9457) with a type of the adapter's table | `Refused` |
| 410, a problem document of the type `GONE` | `Gone` |
| any other 3xx and 4xx, whatever its body says | `NotAdmitted`: the call is repeated |
| 2xx with a page of HTML, for each adapter (`contract.Link`) | `NotAdmitted`: as above |
| 408, 425, 429 and 5xx | `Unavailable`: the call is repeated |

A status alone refuses nothing. A proxy in maintenance answers 405 to a POST, 400 when a client
certificate has expired, 410 on a parked domain, and a login page with 200; only the ministry's
system writes these types.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import orjson

from libs.errors import NotAdmitted, Refused, Unavailable
from libs.web.calling.client import Reply

GONE: Final = "urn:nagorik-sheba:gone"
"""The type of the problem document by which a system says that it is there no more."""

_NOT_NOW: Final = frozenset({408, 425, 429})
_GONE: Final = 410
_PROBLEM: Final = "application/problem+json"


class Gone(Unavailable):
    """The ministry's system says that it is there no more; calls to it stop."""


def failure_of(
    ministry: str, reply: Reply, refusals: Collection[str], now: datetime
) -> Refused | Unavailable:
    """Return the meaning of an answer that is not 2xx.

    Args:
        ministry: the ministry that was called.
        reply: its answer.
        refusals: the adapter's table: the problem types by which the ministry refuses for good.
        now: the time, to read a `Retry-After` with a date.
    """
    status, retry_after_s = reply.status, reply.retry_after_s(now)
    if not 300 <= status < 500:
        return Unavailable(ministry, f"status {status}", retry_after_s=retry_after_s)
    problem = problem_type(reply) if status >= 400 else None
    if problem in refusals:
        return Refused("refused_by_ministry", f"status {status}, {problem}")
    if status == _GONE and problem == GONE:
        return Gone(ministry, f"status {status}, {problem}")
    if status in _NOT_NOW:
        return Unavailable(ministry, f"status {status}", retry_after_s=retry_after_s)
    return NotAdmitted(ministry, f"status {status}", retry_after_s=retry_after_s)


def problem_type(reply: Reply) -> str | None:
    """Return the type of a problem document; None for anything else."""
    if reply.media_type != _PROBLEM:
        return None
    try:
        problem = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    found = problem.get("type") if isinstance(problem, dict) else None
    return found if isinstance(found, str) else None
