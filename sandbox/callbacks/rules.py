"""Callbacks that the sandbox must still make: decisions and delivery reports."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

Kind = Literal["decision", "report", "listed_report"]
"""A listed report goes with others to the same address in one request, any other alone."""

KINDS: Final[tuple[Kind, ...]] = ("decision", "report", "listed_report")

FIRST_PAUSE_S = 0.2
MOST_PAUSE_S = 30.0

_ASK_AGAIN = frozenset({408, 425, 429})


@lru_cache(maxsize=1024)
def _callable(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or not url.isascii():
        raise ValueError("not an address that can be called")
    return url


CallbackUrl: TypeAlias = Annotated[
    str, Field(pattern="^https?://", max_length=500), AfterValidator(_callable)
]
"""An absolute http or https address."""


class Callback(NamedTuple):
    """One callback to make until the platform takes it over; a row of the ledger.

    Args:
        callback_id: the same on every attempt; the callback's `webhook-id`.
        destination: the ministry, or the provider, in whose name it is made.
        subject: the application, or the message's reference.
        result: the action or the status that it reports.
        trace: the trace to go on in, as `TraceContext.text` writes it; empty for none.
        due_at_s: when it leaves, in seconds since 1970.
        attempts: attempts begun so far, the one in hand included.
    """

    callback_id: str
    kind: Kind
    destination: str
    subject: str
    result: str
    url: str
    body: str
    trace: str
    due_at_s: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt: an HTTP status, or None where nobody answered."""

    callback: Callback
    status: int | None
    at_s: float

    @property
    def taken_over(self) -> bool:
        """Whether the platform has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the platform says no, and would say no again."""
        status = self.status
        return status is not None and 400 <= status < 500 and status not in _ASK_AGAIN

    @property
    def next_due_s(self) -> float:
        """When to try again, in seconds since 1970: pauses double up to half a minute."""
        exponent = min(max(self.callback.attempts - 1, 0), 16)
        return self.at_s + min(FIRST_PAUSE_S * float(1 << exponent), MOST_PAUSE_S)
