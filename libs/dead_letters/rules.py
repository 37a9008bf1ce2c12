"""What a dead letter is: a record that could not be processed, or a job that failed for good."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.headers import Headers
from libs.trace_context import TraceContext

BLOCKED: Final = "blocked"
"""The reason of a record that waits behind an earlier one of its key."""

REPLAYED: Final = "replayed"
RESENT: Final = "resent"
SETTLED_MANUALLY: Final = "settled manually"

_OUR_FAULT: Final = ("defect", "unrecorded")


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a record in Kafka."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record that could not be processed, or that waits behind one.

    Args:
        origin: its place.
        key: its key.
        value: its value, unchanged.
        headers: its headers, unchanged.
        reason: `refused.<problem>`, `unreadable.<reason>`, `defect.<class>` or `blocked`.
        detail: more about the reason, without personal data.
        attempts: number of attempts.
        blocks: whether later records of its key wait behind it.
        trace: the trace that it belongs to.
    """

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str
    detail: str
    attempts: int
    blocks: bool
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that is not tried again by itself.

    Args:
        job_type: the name of its queue.
        job_key: its id.
        destination: where its call goes.
        reason: `refused.<code>`, `unavailable.<destination>`, `unreadable.<reason>`,
            `defect.<class>`, or `unrecorded.<class>` where its result could not be written.
        detail: more about the reason, without personal data.
        attempts: number of attempts since it was last made due.
        blocks: whether later jobs of the same application wait behind it.
        trace: the trace that it belongs to.
    """

    job_type: str
    job_key: str
    destination: str
    reason: str
    detail: str
    attempts: int
    blocks: bool
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as it is stored."""

    dead_letter_id: int
    failed: FailedRecord | FailedJob


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of open dead letters: those that meet every condition given.

    Args:
        ids: only these.
        reason: only this reason, or reasons that begin with it and a point.
        destination: only jobs for this destination.
        since: only those whose last failure was at this moment or later.
        until: only those whose last failure was before this moment.
    """

    ids: Collection[int] | None = None
    reason: str | None = None
    destination: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL: Final = Selection()


@dataclass(frozen=True, slots=True)
class JournalNote:
    """Why an operator does something: `staff:<id>` over the API, a person's name by command."""

    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class ManualActions:
    """What an operator can do with the failed jobs of one type; the service's own functions.

    Args:
        resend: makes jobs due at once under their own idempotency keys; returns those it could.
        close: takes jobs as done, and frees what waits behind them.
        show: reads a whole job, personal data included; None where it is gone.
    """

    resend: Callable[[Transaction, Collection[str]], Awaitable[Collection[str]]]
    close: Callable[[Transaction, Collection[str]], Awaitable[None]]
    show: Callable[[Transaction, str], Awaitable[Mapping[str, Any] | None]]


Redeliver: TypeAlias = Callable[[Transaction, FailedRecord], Awaitable[Refused | None]]
"""Gives a record to its handler again; returns why the handler refused it.

Raises Unreadable where the service does not consume the topic or cannot read the record.
"""


@dataclass(frozen=True, slots=True)
class BlockedApplication:
    """An application that is blocked by one of its records.

    Args:
        dead_letter_id: the record's dead letter.
        application_id: the application.
        topic: the record's topic.
        trace: the trace that the record belongs to.
    """

    dead_letter_id: int
    application_id: UUID
    topic: str
    trace: TraceContext | None


def reason_of(failure: Exception | None) -> tuple[str, str]:
    """Return a failure as a reason code and a detail, both without personal data."""
    match failure:
        case Refused(code=code, detail=detail):
            return f"refused.{code}", detail
        case Unavailable(dependency=dependency, detail=detail):
            return f"unavailable.{dependency}", detail
        case Unreadable(reason=reason, detail=detail):
            return f"unreadable.{reason}", detail
        case _:
            return f"defect.{type(failure).__name__}", "the call failed on our side"


def owner_of(service: str, destination: str | None, reason: str) -> str:
    """Return who must act: the destination of a job, or the operators of the service.

    The service owns its records, and the jobs on which its own code failed.
    """
    is_ours = destination is None or reason.split(".")[0] in _OUR_FAULT
    return service if is_ours or destination is None else destination


def application_of(record_key: bytes) -> UUID | None:
    """Return the application that a record key names, or None where it names none."""
    try:
        return UUID(record_key.decode("ascii"))
    except ValueError:
        return None
