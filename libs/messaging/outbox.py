"""Events as rows in the same transaction as the change that they tell of.

A row is there exactly when the change is: nothing is told that did not happen, and nothing that
happened is left untold, whatever crashes. `relay.py` takes the rows to Kafka.
"""

from collections.abc import Sequence

from libs.contracts.events import Event
from libs.contracts.topics import topic_of
from libs.database.transaction import Transaction
from libs.messaging.envelope import Record, encode, pack_headers

SIGNAL = "outbox"
LATER = "outbox, later"  # there is news that nobody waits for


async def add(tx: Transaction, events: Sequence[Event]) -> None:
    """Have events told once this transaction has committed, in this order, each in its own trace.

    The rows of an application's events must be added after its own row has been locked: that is
    what keeps them in order.
    """
    unhurried = all(topic_of(type(event)).gather_ms for event in events)
    records = [encode(event, trace=event.trace) for event in events]
    await add_records(tx, records, signal=LATER if unhurried else SIGNAL)


async def add_records(tx: Transaction, records: Sequence[Record], *, signal: str = SIGNAL) -> None:
    """Have ready-made records written; for dead letters, which must stay as they were."""
    if not records:
        return
    await tx.execute(
        """
        INSERT INTO outbox (topic, record_key, record_value, headers)
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])
        """,
        [record.topic for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [pack_headers(record.headers) for record in records],
    )
    tx.signal(signal)
