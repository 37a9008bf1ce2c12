"""One dead letter whole, as it stands in the table: read, held, closed, tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from libs.database.transaction import Transaction
from libs.messaging.deadletter import DeadLetter, Origin
from libs.messaging.envelope import unpack_headers
from libs.messaging.failedrow import FailedRow
from libs.trace_context import read_text


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it stands in the table: of a record, or of a due row."""

    dead_letter_id: int
    letter: DeadLetter | FailedRow
    first_seen_at: datetime
    last_seen_at: datetime


async def read_one(tx: Transaction, dead_letter_id: int) -> KeptLetter | None:
    """Read one dead letter with its content, settled or not."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1
        """,
        dead_letter_id,
    )
    return _kept(row) if row else None


async def lock_one(tx: Transaction, dead_letter_id: int) -> KeptLetter | None:
    """Read one that still waits, and hold it until the transaction ends; None where it is gone."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1 AND settled_at IS NULL
           FOR UPDATE
        """,
        dead_letter_id,
    )
    return _kept(row) if row else None


async def settle(tx: Transaction, ids: Sequence[int], *, how: str) -> None:
    """Close dead letters: they have been replayed, or someone decided otherwise."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET settled_at = now(), settled_how = $2
         WHERE dead_letter_id = ANY($1) AND settled_at IS NULL
        """,
        ids,
        how,
    )


async def note_attempt(
    tx: Transaction, dead_letter_id: int, *, reason: str, detail: str, holds_back: bool
) -> None:
    """Write down that a replay failed, why, and whether later records of the key still wait."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET attempts = attempts + 1, last_seen_at = now(), reason = $2, detail = $3,
               holds_back = $4
         WHERE dead_letter_id = $1 AND settled_at IS NULL
        """,
        dead_letter_id,
        reason,
        detail,
        holds_back,
    )


def _kept(row: Record) -> KeptLetter:
    return KeptLetter(
        dead_letter_id=row["dead_letter_id"],
        letter=_record(row) if row["worker"] is None else _failed_row(row),
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
    )


def _record(row: Record) -> DeadLetter:
    return DeadLetter(
        origin=Origin(row["topic"], row["topic_partition"], row["topic_offset"]),
        key=row["record_key"],
        value=row["record_value"],
        headers=unpack_headers(row["headers"]),
        reason=row["reason"],
        detail=row["detail"],
        attempts=row["attempts"],
        holds_back=row["holds_back"],
    )


def _failed_row(row: Record) -> FailedRow:
    return FailedRow(
        worker=row["worker"],
        row_key=row["row_key"],
        party=row["party"],
        reason=row["reason"],
        detail=row["detail"],
        attempts=row["attempts"],
        holds_back=row["holds_back"],
        trace=read_text(row["trace_context"]),
    )
