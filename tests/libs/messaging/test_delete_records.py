"""Stored records of an erased citizen are deleted, wherever their id is."""

from uuid import UUID

import pytest

from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.delete_records import delete_records
from libs.sealed_records import seal_record

RAHIMA = new_id()
CASE = new_id()
JOB = new_id()


async def plant(tx: Transaction, key: UUID, named: UUID | str) -> None:
    """A record of each kind with a key, whose value names somebody."""
    topic, record_key = "applications.v1", str(key).encode()
    value = seal_record(tx, topic, record_key, f'{{"id": "{named}"}}'.encode(), b"")
    record = (topic, record_key, value, b"")
    await tx.execute(
        "INSERT INTO outbox (topic, record_key, record_value, headers) VALUES ($1, $2, $3, $4)",
        *record,
    )
    await tx.execute(
        """
        INSERT INTO outbox_blocked (topic, topic_partition, outbox_id, record_key, record_value,
                                    headers)
        VALUES ($1, 0, (SELECT max(outbox_id) FROM outbox), $2, $3, $4)
        """,
        *record,
    )
    await tx.execute(
        """
        INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, record_value,
                                  headers, reason, detail, attempts, blocks, first_seen_at,
                                  last_seen_at)
        SELECT $1, 0, count(*), $2, $3, $4, 'defect.X', '', 1, false, now(), now()
          FROM dead_letters
        """,
        *record,
    )


@pytest.mark.parametrize(("key", "named"), [(CASE, new_id()), (new_id(), RAHIMA)])
async def test_a_record_is_found_by_its_key_or_its_value(
    tx: Transaction, key: UUID, named: UUID
) -> None:
    """Dead letters, and events that are not published; those of others stay."""
    await plant(tx, key, named)
    await plant(tx, new_id(), new_id())
    assert await delete_records(tx, [RAHIMA, CASE]) == {"dead_letters": 1, "unpublished": 2}
    for table in ("outbox", "outbox_blocked", "dead_letters"):
        assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 1  # noqa: S608


async def test_by_some_ids_only_dead_letters_are_found(tx: Transaction) -> None:
    """The erasure of a citizen adds events that name the citizen; a repeat leaves them."""
    await plant(tx, RAHIMA, RAHIMA)
    found = await delete_records(tx, [CASE], dead_letters_of=[RAHIMA])
    assert found == {"dead_letters": 1, "unpublished": 0}


async def test_a_number_is_found_in_dead_letters_about_others(tx: Transaction) -> None:
    """Where the phone consented; what is not published yet is read before the erasure."""
    await plant(tx, new_id(), "+8801712345678")
    found = await delete_records(tx, [CASE], numbers=["+8801712345678"])
    assert found == {"dead_letters": 1, "unpublished": 0}


async def test_dead_letters_of_jobs_are_found_by_their_keys(tx: Transaction) -> None:
    """They have no content, and could not be resent any more."""
    for key in (JOB, new_id()):
        await tx.execute(
            """
            INSERT INTO dead_letters (job_type, job_key, destination, headers, reason, detail,
                                      attempts, blocks, first_seen_at, last_seen_at)
            VALUES ('deliver', $1, 'ird', '', 'defect.X', '', 1, false, now(), now())
            """,
            str(key),
        )
    assert (await delete_records(tx, [], [JOB]))["dead_letters"] == 1
    assert await tx.fetchval("SELECT count(*) FROM dead_letters") == 1
