"""Statements of the auditor, on the real tables of the services."""

from uuid import UUID

from libs.database.transaction import Transaction
from libs.ids import new_id, new_tracking_number
from libs.messaging import inbox, outbox
from tests.conftest import DatabaseFor
from tests.libs.messaging.scene import submitted
from tools.chaos import queries


async def write_dead_letter(
    tx: Transaction, offset: int, key: bytes | None, *, settled: bool
) -> None:
    """Write a dead letter."""
    await tx.execute(
        """
        INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, headers, reason,
                                  detail, attempts, holds_back, first_seen_at, last_seen_at,
                                  settled_at)
        VALUES ('applications.v1', 0, $1, $2, '[]', 'defect.KeyError', 'why', 3, true, now(), now(),
                CASE WHEN $3 THEN now() END)
        """,
        offset,
        key,
        settled,
    )


async def write_application(tx: Transaction, citizen: UUID) -> UUID:
    """Write an application of a citizen."""
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


async def test_events_in_the_inbox_were_handled(database_for: DatabaseFor) -> None:
    """Only the events of the question are returned."""
    done, other, open_one = new_id(), new_id(), new_id()
    async with (await database_for("notifications")).transaction() as tx:
        await inbox.take_new(tx, [done, other])
        assert await queries.handled(tx, [done, open_one]) == {done}
        assert await queries.handled(tx, []) == set()


async def test_dead_letters_after_a_number_come_in_order_settled_or_not(
    database_for: DatabaseFor,
) -> None:
    """One that was replayed is a finding, too."""
    async with (await database_for("notifications")).transaction() as tx:
        await write_dead_letter(tx, 7, b"key", settled=False)
        await write_dead_letter(tx, 8, None, settled=True)
        first, second = await queries.dead_letters_after(tx, 0)
        assert first == queries.DeadLetter(1, "applications.v1", "defect.KeyError", "why", b"key")
        assert (second.dead_letter_id, second.key) == (2, None)
        assert await queries.dead_letters_after(tx, 1) == [second]
        assert await queries.dead_letters_after(tx, 2) == []


async def test_events_to_publish_are_counted(database_for: DatabaseFor) -> None:
    """They are rows until Kafka has acknowledged them."""
    async with (await database_for("applications")).transaction() as tx:
        assert await queries.outbox_rows(tx) == 0
        await outbox.add(tx, [submitted(), submitted()])
        assert await queries.outbox_rows(tx) == 2


async def test_deliveries_count_while_they_are_open(database_for: DatabaseFor) -> None:
    """A delivery that succeeded or failed does not wait."""
    case = new_id()
    async with (await database_for("ministries")).transaction() as tx:
        await tx.execute(
            "INSERT INTO applications (application_id, ministry) VALUES ($1, 'mopa')", case
        )
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
        assert await queries.open_deliveries(tx) == 2


async def test_messages_count_while_they_are_queued(database_for: DatabaseFor) -> None:
    """One-time codes belong to no application and do not count."""
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
        assert await queries.queued_messages(tx) == 1


async def test_applications_are_found_by_id_and_by_citizen(
    database_for: DatabaseFor,
) -> None:
    """One is unknown if it does not exist, unwanted if its citizen did not ask for it."""
    citizen, stranger = new_id(), new_id()
    async with (await database_for("applications")).transaction() as tx:
        one, other = [await write_application(tx, citizen) for _ in range(2)]
        third = await write_application(tx, stranger)
        assert await queries.known_applications(tx, [one, third, new_id()]) == {one, third}
        assert await queries.of_same_citizens(tx, [one]) == {one, other}
        assert await queries.of_same_citizens(tx, [new_id()]) == set()
