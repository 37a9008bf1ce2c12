"""Stores records that could not be processed, and copies them to `<service>.deadletter.v1`.

The transaction that skips the record writes the dead letter and the copy. The copy of a record of a
short-lived topic has no value, since copies are kept for 90 days. A record that was compressed may
be too large for a copy. The copy then goes without value, and without key and
headers if it must; the dead letter has all of them.
"""

from collections.abc import Sequence

from libs.contracts.topics import dead_letter_topic, purpose_in_database
from libs.database.transaction import Transaction
from libs.dead_letters import use_cases
from libs.dead_letters.rules import FailedRecord
from libs.messaging.envelope import Record
from libs.messaging.writing.outbox import add_records, fits


async def keep(
    tx: Transaction, service: str, records: Sequence[FailedRecord]
) -> list[FailedRecord]:
    """Store records and write their copies to the outbox; return those not stored before."""
    new = await use_cases.keep_records(tx, records)
    await add_records(tx, [_copy(service, record) for record in new])
    return new


def _copy(service: str, record: FailedRecord) -> Record:
    """Return the record for the dead-letter topic, with added headers for the reason."""
    why = (
        ("deadletter_topic", record.origin.topic.encode()),
        ("deadletter_partition", str(record.origin.partition).encode()),
        ("deadletter_offset", str(record.origin.offset).encode()),
        ("deadletter_reason", record.reason.encode()),
        ("deadletter_attempts", str(record.attempts).encode()),
    )
    topic = dead_letter_topic(service)
    if purpose_in_database(record.origin.topic) == "hour":
        expired = ("deadletter_left_out", b"short-lived")
        return Record(topic, record.key, None, (*record.headers, *why, expired))
    whole = Record(topic, record.key, record.value, (*record.headers, *why))
    if fits(whole):
        return whole
    left_out = (*why, ("deadletter_left_out", b"too large"))
    without_value = Record(topic, record.key, None, (*record.headers, *left_out))
    return without_value if fits(without_value) else Record(topic, None, None, left_out)
