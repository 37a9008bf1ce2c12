"""Dead letters: records that could not be processed, and jobs that failed for good."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.errors import Refused, Unavailable, Unreadable
from libs.headers import Headers
from libs.trace_context import TraceContext

BLOCKED: Final = "blocked"
"""The reason of a record that is blocked by an earlier one of its key."""

REPLAYED: Final = "replayed"
RESENT: Final = "resent"
SETTLED_MANUALLY: Final = "settled manually"

_OUR_FAULT: Final = ("defect", "unrecorded", "unopened")


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a record in Kafka, and a digest of the record that was read there.

    A topic that was deleted and made again has the same offsets again, so the place alone does not
    identify a record. An event that could not be published has a topic only.
    """

    topic: str
    partition: int | None
    offset: int | None
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record that could not be processed, or that is blocked by one.

    Args:
        origin: its place in Kafka.
        key: its key.
        value: its value, unchanged.
        headers: its headers, unchanged.
        reason: `refused.<problem>`, `unreadable.<reason>`, `defect.<class>`, `blocked`, or
            `unpublishable.<reason>` of an event that the broker will never accept.
        detail: more about the reason, without personal data.
        attempts: number of attempts.
        blocks: whether it blocks later records of its key.
        trace: the trace of the record.
        outbox_id: of an event of this service that could not be published, else None.
        is_unopened: whether its value is ciphertext that cannot be decrypted: it was changed in the
            database, or its data key is missing; or it was worthless, and the key was thrown away.
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
    outbox_id: int | None = None
    is_unopened: bool = False


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that is not retried automatically.

    Args:
        job_type: the name of its queue.
        job_key: its id.
        destination: the destination of its call.
        reason: `refused.<code>`, `unavailable.<destination>`, `unreadable.<reason>`,
            `defect.<class>`, `unopened.<class>` if its row cannot be decrypted, or
            `unrecorded.<class>` if its result could not be written.
        detail: more about the reason, without personal data.
        attempts: number of attempts since it was last resent.
        blocks: whether it blocks later jobs of the same application.
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
    """A selection of open dead letters, which meet all conditions.

    Args:
        ids: only these.
        reason: only this reason, or reasons that begin with it and a dot.
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
    """The actor (`staff:<id>` over the API, a name by command) and reason of an action."""

    actor: str
    why: str


JobState = Literal["done", "waiting", "failed"]
"""How the job stands that was sent again."""


@dataclass(frozen=True, slots=True)
class ManualActions:
    """The service's functions for operators' actions on failed jobs of one type.

    Args:
        resend: makes jobs due at once under their own idempotency keys; returns the keys of those
            it found.
        close: marks jobs as done, and unblocks later jobs.
        show: reads a job with its personal data; None if it does not exist any more.
        states: reads what became of jobs; None where nobody follows them.
    """

    resend: Callable[[Transaction, Collection[str]], Awaitable[Collection[str]]]
    close: Callable[[Transaction, Collection[str]], Awaitable[None]]
    show: Callable[[Transaction, str], Awaitable[Mapping[str, Any] | None]]
    states: Callable[[Transaction, Collection[str]], Awaitable[Mapping[str, JobState]]] | None = (
        None
    )


Redeliver: TypeAlias = Callable[[Transaction, FailedRecord], Awaitable[Refused | None]]
"""Calls the handler of a record again; returns the handler's refusal, if any.

Raises Unreadable if the service does not consume the topic or cannot read the record.
"""

MarkHandled: TypeAlias = Callable[[Transaction, FailedRecord], Awaitable[None]]
"""Marks the event of a record as handled, so that it is not handled when it is read again."""


@dataclass(frozen=True, slots=True)
class BlockedApplication:
    """An application that is blocked by one of its records.

    Args:
        dead_letter_id: the record's dead letter.
        application_id: the application.
        topic: the record's topic.
        trace: the trace of the record.
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
        case Unopened():
            return f"unopened.{type(failure).__name__}", str(failure)
        case _:
            return f"defect.{type(failure).__name__}", "the call failed on our side"


def owner_of(service: str, destination: str | None, reason: str) -> str:
    """Return the owner of a dead letter: a destination, or the operators of the service.

    The service owns its records, and the jobs on which its own code failed.
    """
    is_ours = destination is None or reason.split(".")[0] in _OUR_FAULT
    return service if is_ours or destination is None else destination


def application_of(record_key: bytes) -> UUID | None:
    """Return the application id in a record key, or None."""
    try:
        return UUID(record_key.decode("ascii"))
    except ValueError:
        return None
