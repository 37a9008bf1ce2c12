"""Redelivery: handles the record of a dead letter with the same inbox and handler.

Or marks it as handled, where it is settled without effect.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from libs.contracts.topics import Topic, topics_by_name
from libs.database.transaction import Transaction
from libs.dead_letters.rules import FailedRecord, Redeliver
from libs.errors import Refused, Unreadable
from libs.messaging.envelope import Record, decode, event_key
from libs.messaging.reading import inbox
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.writing import outbox
from libs.telemetry import spans
from libs.telemetry.tracing import Tracing


def redelivery(handlers: Mapping[Topic, Handler], tracing: Tracing) -> Redeliver:
    """Make the function that calls the handler of a dead letter's record again.

    A record that was handled meanwhile is not handled again. A refused record is handled again,
    although its mark is in the inbox.
    An event that could not be published goes back to the outbox.

    Args:
        handlers: the service's handler of each topic.
        tracing: makes a span for the replay in the record's trace.
    """

    async def redeliver(tx: Transaction, record: FailedRecord) -> Refused | None:
        _check_content(record)
        if record.outbox_id is not None:
            unchanged = Record(record.origin.topic, record.key, record.value, record.headers)
            await outbox.put_back(tx, record.outbox_id, unchanged)
            return None
        topic = topics_by_name().get(record.origin.topic)
        if topic is None or topic not in handlers:
            raise Unreadable("unheard_topic", "this service does not consume the topic any more")
        key = event_key(record.origin.topic, record.headers)
        event = decode(topic, record.origin.topic, record.headers, record.value)
        if record.reason.startswith("refused."):
            await inbox.clear(tx, key)
        if not await inbox.take_new(tx, [key]):
            return None
        batch: Batch[Any] = Batch([event])
        if event.trace is None:
            await handlers[topic](batch, tx)
        else:
            name, kind, attributes = spans.replay(topic.name, str(event.event_id))
            with tracing.span(name, parent=event.trace, kind=kind, attributes=attributes) as trace:
                event.in_trace(trace)
                await handlers[topic](batch, tx)
        return batch.refused[0][1] if batch.refused else None

    return redeliver


async def mark_handled(tx: Transaction, record: FailedRecord) -> None:
    """Mark the event of a record that is settled without effect: read again, it has none either.

    The event of an unreadable record is not marked: its writer may correct it under the same id,
    and the record itself is left out when it is read again.
    """
    if record.outbox_id is not None or record.reason.startswith("unreadable."):
        return
    with suppress(Unreadable):
        await inbox.take_new(tx, [event_key(record.origin.topic, record.headers)])


def _check_content(record: FailedRecord) -> None:
    if record.is_unopened:
        raise Unreadable(
            "content_lost",
            "it was changed in the database, its data key is missing, or it is worthless by now",
        )
