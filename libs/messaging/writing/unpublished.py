"""Dead letters of the writer: events that the broker will never accept, and those behind them.

No copy goes to the dead-letter topic, since it could not be published either. A replay puts the
event back into the outbox under its old id, before all later ones of its key.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from libs.contracts.topics import Topic, topics_by_name
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, queries, use_cases
from libs.dead_letters.rules import BLOCKED, FailedRecord, Origin
from libs.headers import Headers, unpack_headers
from libs.messaging.envelope import trace_of
from libs.messaging.writing.outbox import OutboxRow
from libs.telemetry.metrics import Metrics


async def give_up(tx: Transaction, metrics: Metrics, row: OutboxRow, reason: str) -> bool:
    """Make an event a dead letter, with one alert; return whether it blocks its key.

    Args:
        tx: the transaction that deletes the row.
        metrics: counts the alert after the commit.
        row: the event.
        reason: `too_large`, `not_encodable`, or `unopened`.
    """
    topic = topics_by_name().get(row.topic)
    blocks = topic is not None and topic.ordered and row.key is not None
    detail = "its row cannot be decrypted" if row.is_unopened else "the broker refuses it"
    letter = _letter(row, f"unpublishable.{reason}", detail, blocks=blocks)
    await use_cases.keep_records(tx, [letter])
    source = source_of(row.topic, topic)
    tx.after_commit(
        partial(metrics.count, "events_dead_lettered", topic=source, reason=letter.reason)
    )
    details = {"topic": row.topic, "outbox_id": row.outbox_id, "reason": letter.reason}
    alerts.alert(tx, metrics, source, details)
    return blocks


async def keep_blocked(tx: Transaction, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Make events of blocked keys dead letters; return these, without those not blocked any more.

    The blocking dead letters are locked until the transaction ends, so that a replay cannot settle
    the last one and miss these.
    """
    keys = {(row.topic, row.key) for row in rows if row.key is not None}
    blocked = await queries.lock_first_unpublished(
        tx, [topic for topic, _ in keys], [key for _, key in keys]
    )
    kept = [row for row in rows if is_behind(row, blocked)]
    why = "an earlier event of this key is not settled"
    await use_cases.keep_records(tx, [_letter(row, BLOCKED, why, blocks=True) for row in kept])
    return kept


def is_behind(row: OutboxRow, blocked: Mapping[tuple[str, bytes | None], int]) -> bool:
    """Whether an earlier event of its key could not be published, and is an open dead letter.

    An event that a replay has put back is not behind those that it blocked.

    Args:
        row: the event.
        blocked: the smallest outbox id of the open dead letters, by topic and key.
    """
    return row.outbox_id > blocked.get((row.topic, row.key), row.outbox_id)


def source_of(name: str, topic: Topic | None) -> str:
    """The source of an alert: the topic of the map, or the name on the broker."""
    return topic.name if topic is not None else name


def _headers(row: OutboxRow) -> Headers:
    """The headers of an event; those that cannot be read are kept as one."""
    try:
        return unpack_headers(row.headers)
    except ValueError:
        return [("headers_not_readable", row.headers)]


def _letter(row: OutboxRow, reason: str, detail: str, *, blocks: bool) -> FailedRecord:
    headers = _headers(row)
    return FailedRecord(
        origin=Origin(row.topic, None, None),
        key=row.key,
        value=row.value,
        headers=headers,
        reason=reason,
        detail=detail,
        attempts=1,
        blocks=blocks,
        trace=trace_of(headers),
        outbox_id=row.outbox_id,
        is_unopened=row.is_unopened,
    )
