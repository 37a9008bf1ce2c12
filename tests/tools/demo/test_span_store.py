"""What an auditor reads, on the real tables of each service."""

from uuid import UUID

from libs.database.transaction import Transaction
from libs.ids import new_id, new_tracking_number
from libs.messaging import inbox, outbox
from tests.conftest import DatabaseFor
from tests.libs.messaging.scene import submitted
from tools.demo import span_store as store


async def write_letter(tx: Transaction, offset: int, key: bytes | None, *, settled: bool) -> None:
    """Put a record aside."""
    await tx.execute(
        """
        INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, headers, reason,
                                  detail, attempts, blocks, first_seen_at, last_seen_at,
                                  settled_at)
        VALUES ('applications.v1', 0, $1, $2, '[]', 'defect.KeyError', 'why', 3, true, now(), now(),
                CASE WHEN $3 THEN now() END)
        """,
        offset,
        key,
        settled,
    )


async def write_application(tx: Transaction, citizen: UUID) -> UUID:
    """Have a citizen have an application."""
    application = new_id()
    await tx.execute(
        """
        INSERT INTO applications (application_id, tracking_number, citizen_id, public_service_id,
                                  ministry, status, submitted_at)
        VALUES ($1, $2, $3, 'S001', 'mopa', 'submitted', now())
        """,
        application,
        new_tracking_number(application),
        citizen,
    )
    return application


async def test_what_is_in_the_inbox_was_handled(database_for: DatabaseFor) -> None:
    """Of those asked for, and no others."""
    done, other, open_one = new_id(), new_id(), new_id()
    async with (await database_for("notifications")).transaction() as tx:
        await inbox.take_new(tx, [done, other])
        assert await store.handled(tx, [done, open_one]) == {done}
        assert await store.handled(tx, []) == set()


async def test_dead_letters_after_a_number_come_in_order_settled_or_not(
    database_for: DatabaseFor,
) -> None:
    """One that was replayed since is a finding, too: it should not have been one."""
    async with (await database_for("notifications")).transaction() as tx:
        await write_letter(tx, 7, b"key", settled=False)
        await write_letter(tx, 8, None, settled=True)
        first, second = await store.letters_after(tx, 0)
        assert first == store.Letter(1, "applications.v1", "defect.KeyError", "why", b"key")
        assert (second.dead_letter_id, second.key) == (2, None)
        assert await store.letters_after(tx, 1) == [second]
        assert await store.letters_after(tx, 2) == []


async def test_events_that_wait_to_be_published_are_counted(database_for: DatabaseFor) -> None:
    """Until Kafka has acknowledged them they are rows."""
    async with (await database_for("applications")).transaction() as tx:
        assert await store.outbox_rows(tx) == 0
        await outbox.add(tx, [submitted(), submitted()])
        assert await store.outbox_rows(tx) == 2


async def test_deliveries_count_while_they_are_open(database_for: DatabaseFor) -> None:
    """What was handed over, or given up, does not wait."""
    case = new_id()
    async with (await database_for("ministries")).transaction() as tx:
        await tx.execute("INSERT INTO cases (application_id, ministry) VALUES ($1, 'mopa')", case)
        for state in ("open", "open", "handed_over", "failed"):
            await tx.execute(
                """
                INSERT INTO deliveries (delivery_id, application_id, ministry, tracking_number,
                                        public_service_id, kind, state)
                VALUES ($1, $2, 'mopa', '', 'S001', 'lodged', $3)
                """,
                new_id(),
                case,
                state,
            )
        assert await store.open_deliveries(tx) == 2


async def test_messages_count_while_they_are_queued(database_for: DatabaseFor) -> None:
    """One-time codes do not: nobody who was told a tracking number waits for one."""
    async with (await database_for("notifications")).transaction() as tx:
        for state, application in (
            ("queued", new_id()),
            ("queued", None),
            ("sent", new_id()),
            ("delivered", new_id()),
        ):
            await tx.execute(
                """
                INSERT INTO messages (message_id, citizen_id, application_id, template, state)
                VALUES ($1, $2, $3, 'submitted', $4)
                """,
                new_id(),
                new_id(),
                application,
                state,
            )
        assert await store.queued_messages(tx) == 1


async def test_applications_are_known_by_id_and_by_whose_they_are(
    database_for: DatabaseFor,
) -> None:
    """A ghost is one that is not there; a surplus is one more of the same citizen."""
    citizen, stranger = new_id(), new_id()
    async with (await database_for("applications")).transaction() as tx:
        one, other = [await write_application(tx, citizen) for _ in range(2)]
        third = await write_application(tx, stranger)
        assert await store.known_applications(tx, [one, third, new_id()]) == {one, third}
        assert await store.own_applications(tx, [one]) == {one, other}
        assert await store.own_applications(tx, [new_id()]) == set()
