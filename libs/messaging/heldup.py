"""Applications that a dead letter holds up, so that their citizens can be told: once per letter.

A record that nobody could process stops its application, and the citizen sees nothing happen. They
are told by a sweep of its own, a minute later: what is mended at once troubles nobody, and telling
that fails never keeps a record from its place among the dead letters.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.trace_context import TraceContext, read_text

PATIENCE_S: Final = 60.0
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class HeldUp:
    """An application that waits behind one of its records.

    Args:
        dead_letter_id: the record's letter.
        application_id: its key.
        topic: where it stands.
        trace: the trace that it belongs to.
    """

    dead_letter_id: int
    application_id: UUID
    topic: str
    trace: TraceContext | None


Tell = Callable[[Transaction, Sequence[HeldUp]], Awaitable[None]]


async def tell_held_up(
    tx: Transaction, topic: Topic, tell: Tell, *, patience_s: float = PATIENCE_S
) -> int:
    """Have the citizens told whose applications wait behind a record of a topic; return how many.

    Args:
        tx: the transaction.
        topic: a topic keyed by application, whose order matters.
        tell: tells of each once, in the same transaction.
        patience_s: how long a letter may wait before its citizen is told, in seconds.
    """
    rows = await tx.fetch(
        """
        UPDATE dead_letters
           SET told_at = now()
         WHERE dead_letter_id = ANY (ARRAY(
               SELECT dead_letter_id
                 FROM dead_letters
                WHERE settled_at IS NULL AND told_at IS NULL
                  AND holds_back AND reason <> 'waiting'
                  AND topic = ANY($1)
                  AND first_seen_at <= now() - make_interval(secs => $2)
                ORDER BY dead_letter_id
                LIMIT $3
                  FOR UPDATE SKIP LOCKED))
        RETURNING dead_letter_id, record_key, topic, trace_context
        """,
        topic.names(),
        patience_s,
        _AT_ONCE,
    )
    held = [each for each in map(_held_up, rows) if each is not None]
    if held:
        await tell(tx, held)
    return len(rows)


def _held_up(row: Any) -> HeldUp | None:
    """Read whose application it is; None where the key is no application's."""
    try:
        application_id = UUID(row["record_key"].decode("ascii"))
    except ValueError:
        return None
    trace = read_text(row["trace_context"])
    return HeldUp(row["dead_letter_id"], application_id, row["topic"], trace)
