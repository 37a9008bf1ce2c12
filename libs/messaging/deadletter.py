"""Records that could not be processed: kept unchanged, with the reason, until someone settles them.

The row and the copy in `<service>.deadletter.v1` are written in the transaction that goes past the
record, so that nothing is ever skipped without a trace. Where order matters, later records of the
same key wait behind it here, and are replayed after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.contracts.topics import dead_letter_topic
from libs.database.transaction import Transaction
from libs.messaging.envelope import Headers, Record, pack_headers, trace_of
from libs.messaging.outbox import add_records

WAITING = "waiting"  # the reason of a record that waits behind an earlier one of its key


@dataclass(frozen=True, slots=True)
class Origin:
    """Which record of which topic it is."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that could not be processed, and why.

    Args:
        origin: where the record stands.
        key: its key.
        value: its value, unchanged.
        headers: its headers, unchanged.
        reason: `refused.<problem>`, `unreadable.<reason>`, `defect.<class>` or `waiting`.
        detail: more about the reason, without personal data.
        attempts: how often it was tried.
        holds_back: whether later records of its key are to wait behind it.
    """

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str
    detail: str
    attempts: int
    holds_back: bool


async def holds_any(tx: Transaction, topics: Sequence[str]) -> bool:
    """Whether any unsettled record of these topics holds others back."""
    held = await tx.fetchval(
        """
        SELECT EXISTS (
               SELECT FROM dead_letters
                WHERE settled_at IS NULL AND holds_back AND topic = ANY($1))
        """,
        topics,
    )
    return bool(held)


async def held_keys(
    tx: Transaction, topics: Sequence[str], keys: Sequence[bytes]
) -> dict[tuple[str, bytes], Origin]:
    """Which of these keys have an unsettled record that later ones must wait behind: the first.

    The rows are held until the transaction ends, so that a replay cannot settle one at this moment
    and miss a record that is just being put behind it.
    """
    rows = await tx.fetch(
        """
        WITH held AS (
            SELECT topic, record_key, topic_partition, topic_offset
              FROM dead_letters
             WHERE settled_at IS NULL AND holds_back
               AND (topic, record_key) IN (SELECT * FROM unnest($1::text[], $2::bytea[]))
             ORDER BY dead_letter_id
               FOR SHARE)
        SELECT DISTINCT ON (topic, record_key) *
          FROM held
         ORDER BY topic, record_key, topic_offset
        """,
        topics,
        keys,
    )
    return {
        (row["topic"], row["record_key"]): Origin(
            row["topic"], row["topic_partition"], row["topic_offset"]
        )
        for row in rows
    }


async def keep(
    tx: Transaction, service: str, letters: Sequence[DeadLetter]
) -> Sequence[DeadLetter]:
    """Keep records that could not be processed; return those that were not kept already."""
    if not letters:
        return []
    rows = await tx.fetch(
        """
        INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, record_value,
                                  headers, reason, detail, attempts, holds_back, trace_context,
                                  first_seen_at, last_seen_at)
        SELECT row.*, now(), now()
          FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[],
                      $7::text[], $8::text[], $9::bigint[], $10::bool[], $11::text[]) AS row
        ON CONFLICT (topic, topic_partition, topic_offset) DO NOTHING
        RETURNING topic, topic_partition, topic_offset
        """,
        [letter.origin.topic for letter in letters],
        [letter.origin.partition for letter in letters],
        [letter.origin.offset for letter in letters],
        [letter.key for letter in letters],
        [letter.value for letter in letters],
        [pack_headers(letter.headers) for letter in letters],
        [letter.reason for letter in letters],
        [letter.detail for letter in letters],
        [letter.attempts for letter in letters],
        [letter.holds_back for letter in letters],
        [_trace_text(letter) for letter in letters],
    )
    fresh = {Origin(*row.values()) for row in rows}
    kept = {letter.origin: letter for letter in reversed(letters) if letter.origin in fresh}
    new = [letter for letter in letters if kept.get(letter.origin) is letter]
    await add_records(tx, [_copy(service, letter) for letter in new])
    return new


def _trace_text(letter: DeadLetter) -> str | None:
    trace = trace_of(letter.headers)
    return trace.text() if trace else None


def _copy(service: str, letter: DeadLetter) -> Record:
    """The original record for the dead-letter topic, with the reason in headers beside its own."""
    why = (
        ("deadletter_topic", letter.origin.topic.encode()),
        ("deadletter_partition", str(letter.origin.partition).encode()),
        ("deadletter_offset", str(letter.origin.offset).encode()),
        ("deadletter_reason", letter.reason.encode()),
        ("deadletter_attempts", str(letter.attempts).encode()),
    )
    headers = (*letter.headers, *why)
    return Record(dead_letter_topic(service), letter.key, letter.value, headers)
