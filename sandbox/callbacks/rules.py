"""Callbacks: decisions and delivery reports that the sandbox sends to the platform."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

Kind = Literal["decision", "report", "listed_report"]
"""Listed reports to one address share requests; other callbacks have a request of their own."""

KINDS: Final[tuple[Kind, ...]] = ("decision", "report", "listed_report")

FIRST_PAUSE_S = 0.2
MOST_PAUSE_S = 30.0

_TEMPORARY = frozenset({408, 425, 429})


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
    """One callback to send until the platform accepts or refuses it; a row of the ledger.

    Args:
        callback_id: the same on every attempt; the callback's `webhook-id`.
        destination: the ministry or provider that sends it.
        subject: the application, or the message's reference.
        result: the action or the status that it reports.
        trace: the trace to continue, as written by `TraceContext.text`; empty for none.
        due_at_s: when it is sent, in seconds since 1970.
        attempts: attempts so far, including the one under way.
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
    """The result of one attempt: an HTTP status, or None without a response."""

    callback: Callback
    status: int | None
    at_s: float

    @property
    def is_accepted(self) -> bool:
        """Whether the platform has accepted it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """Whether the platform has refused it for good."""
        status = self.status
        return status is not None and 400 <= status < 500 and status not in _TEMPORARY

    @property
    def next_due_s(self) -> float:
        """The time of the next attempt, in seconds since 1970; pauses double up to 30 s."""
        exponent = min(max(self.callback.attempts - 1, 0), 16)
        return self.at_s + min(FIRST_PAUSE_S * float(1 << exponent), MOST_PAUSE_S)
