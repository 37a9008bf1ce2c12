"""The copies of dead letters in the dead-letter topic."""

from dataclasses import replace
from typing import Any

import pytest

from libs.contracts import topics
from libs.contracts.topics import LARGEST_DEAD_LETTER_BYTES
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.rules import FailedRecord
from libs.headers import unpack_headers
from libs.messaging.reading import dead_letter_topic
from tests.ciphers import outbox_rows
from tests.libs.dead_letters.scenes import HEADERS, failed_record
from tests.libs.messaging.scenes import Raw, RecordingHandler, handling, raw, submitted

TOPIC = topics.APPLICATIONS.name


async def test_a_record_that_comes_again_has_one_copy(tx: Transaction) -> None:
    """A repeated record has one dead letter and one copy."""
    first, second, third = (failed_record(offset) for offset in (1, 2, 3))
    assert await dead_letter_topic.keep(tx, "applications", [first, second]) == [first, second]
    assert await dead_letter_topic.keep(tx, "applications", [second, third]) == [third]
    assert await tx.fetchval("SELECT count(*) FROM dead_letters") == 3
    assert await tx.fetchval("SELECT count(*) FROM outbox") == 3


async def test_the_copy_is_the_record_with_the_reason_beside_it(tx: Transaction) -> None:
    """The copy has key, value and headers of the record, and the reason."""
    original = failed_record(7, "unreadable.not_json")
    await dead_letter_topic.keep(tx, "applications", [original])
    (row,) = await outbox_rows(tx)
    headers = unpack_headers(row.headers)
    assert row.topic == "applications.deadletter.v1"
    assert (row.key, row.value) == (original.key, original.value)
    assert headers[: len(HEADERS)] == list(HEADERS)
    assert dict(headers[len(HEADERS) :]) == {
        "deadletter_topic": TOPIC.encode(),
        "deadletter_partition": b"0",
        "deadletter_offset": b"7",
        "deadletter_reason": b"unreadable.not_json",
        "deadletter_attempts": b"3",
    }


@pytest.mark.parametrize(
    ("large", "left"),
    [
        ({"value": b"x" * LARGEST_DEAD_LETTER_BYTES}, (b"k", len(HEADERS))),
        ({"headers": [("x", b"x" * LARGEST_DEAD_LETTER_BYTES)]}, (None, 0)),
    ],
)
async def test_the_copy_of_a_record_that_was_compressed_leaves_out_what_is_too_large(
    tx: Transaction, large: dict[str, Any], left: tuple[bytes | None, int]
) -> None:
    """The dead letter has all of it; its copy must not stop the dead letters that follow."""
    original = replace(failed_record(7), **large)
    assert await dead_letter_topic.keep(tx, "applications", [original]) == [original]
    row = await tx.fetchrow("SELECT * FROM outbox")
    kept = await queries.read_one(tx, 1)
    assert row is not None
    assert kept is not None
    headers = unpack_headers(row["headers"])
    assert (row["record_key"], row["record_value"]) == (left[0], None)
    assert (len(headers) - 6, dict(headers)["deadletter_left_out"]) == (left[1], b"too large")
    assert isinstance(kept.failed, FailedRecord)
    assert (kept.failed.value, len(kept.failed.headers)) == (original.value, len(original.headers))


async def test_the_record_stays_unchanged_and_the_copy_has_the_reason(
    database: Database,
) -> None:
    """The stored record does not change."""
    record = Raw(7, b"\x00k", b"\xff{", [("x", b"\xff"), ("empty", None), ("x", b"")])  # type: ignore[list-item]
    await handling(database, RecordingHandler()).handle([record])
    async with database.transaction() as tx:
        kept = await queries.read_one(tx, 1)
        (copy,) = await outbox_rows(tx)
    assert kept is not None
    assert isinstance(kept.failed, FailedRecord)
    assert (kept.failed.key, kept.failed.value) == (record.key, record.value)
    assert (copy.key, copy.value) == (record.key, record.value)
    assert kept.failed.headers == record.headers
    assert b'["deadletter_reason","unreadable.header_missing"]' in copy.headers


async def test_no_personal_data_in_what_is_kept_beside_the_record(database: Database) -> None:
    """Reason and detail name fields, never what a citizen wrote in them."""
    record = raw(submitted(), 1)
    record.value = b'{"application_id": "Rahim Uddin", "ministry": "mopa"}'
    await handling(database, RecordingHandler()).handle([record])
    async with database.transaction() as tx:
        row = await tx.fetchrow("SELECT reason, detail FROM dead_letters")
    assert row is not None
    assert row["reason"] == "unreadable.wrong_shape"
    assert "Rahim" not in row["detail"]
    assert "application_id: uuid_parsing" in row["detail"]
