"""Due rows that ended badly: dead letters too, kept until they are resent, answered or settled.

One letter per row for ever: a row that is resent and ends badly again opens its letter again, which
is a new final failure; the same end recorded twice is not.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.envelope import pack_headers
from libs.trace_context import TraceContext

OUR_FAULT: Final = ("defect", "unrecorded")
"""Kinds of reason that the party cannot help with."""


@dataclass(frozen=True, slots=True)
class FailedRow:
    """One due row that nobody tries again by itself, and why.

    Args:
        worker: whose row it is.
        row_key: its id.
        party: whom it is for.
        reason: `refused.<code>`, `unavailable.<party>`, `unreadable.<reason>`, `defect.<class>`, or
            `unrecorded.<class>` where what came of the call could not be written down.
        detail: more about the reason, without personal data.
        attempts: how often it was tried since it was last due anew.
        holds_back: whether later rows of the same matter wait behind it.
        trace: the trace that the work belongs to.
    """

    worker: str
    row_key: str
    party: str
    reason: str
    detail: str
    attempts: int
    holds_back: bool
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person may have done with a worker's failed rows: all of it the service's own.

    Args:
        resend: makes rows due at once under their own idempotency keys; returns those it could.
        close: takes rows as done with, and lets go what waits behind them.
        show: reads all of a row, personal data included; None where it is gone.
    """

    resend: Callable[[Transaction, Collection[str]], Awaitable[Collection[str]]]
    close: Callable[[Transaction, Collection[str]], Awaitable[None]]
    show: Callable[[Transaction, str], Awaitable[Mapping[str, Any] | None]]


def reason_of(failure: Exception | None) -> tuple[str, str]:
    """A failure as a reason code and a detail that may be kept and shown."""
    match failure:
        case Refused(code=code, detail=detail):
            return f"refused.{code}", detail
        case Unavailable(dependency=dependency, detail=detail):
            return f"unavailable.{dependency}", detail
        case Unreadable(reason=reason, detail=detail):
            return f"unreadable.{reason}", detail
        case _:
            return f"defect.{type(failure).__name__}", "the call failed on our side"


async def keep_rows(tx: Transaction, rows: Sequence[FailedRow]) -> list[FailedRow]:
    """Keep rows that ended badly; return those that were not known to have ended."""
    if not rows:
        return []
    opened = await tx.fetch(
        """
        INSERT INTO dead_letters AS known (worker, row_key, party, reason, detail, attempts,
                                           holds_back, trace_context, headers,
                                           first_seen_at, last_seen_at)
        SELECT DISTINCT ON (worker, row_key) ended.*, $9, now(), now()
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                      $7::boolean[], $8::text[])
               AS ended (worker, row_key, party, reason, detail, attempts, holds_back,
                         trace_context)
         ORDER BY worker, row_key
            ON CONFLICT (worker, row_key) WHERE worker IS NOT NULL DO UPDATE
               SET reason = excluded.reason, detail = excluded.detail,
                   attempts = known.attempts + excluded.attempts, last_seen_at = now(),
                   settled_at = NULL, settled_how = NULL, told_at = NULL
             WHERE known.settled_at IS NOT NULL
        RETURNING worker, row_key
        """,
        [row.worker for row in rows],
        [row.row_key for row in rows],
        [row.party for row in rows],
        [row.reason for row in rows],
        [row.detail for row in rows],
        [row.attempts for row in rows],
        [row.holds_back for row in rows],
        [row.trace.text() if row.trace else None for row in rows],
        pack_headers(()),
    )
    fresh = {tuple(each.values()) for each in opened}
    return [row for row in rows if (row.worker, row.row_key) in fresh]


async def settle_rows(tx: Transaction, worker: str, row_keys: Collection[str], *, how: str) -> None:
    """Close the letters of rows that have come to a good end otherwise."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET settled_at = now(), settled_how = $3
         WHERE worker = $1 AND row_key = ANY($2) AND settled_at IS NULL
        """,
        worker,
        list(row_keys),
        how,
    )
