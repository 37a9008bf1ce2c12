"""Personal records are ciphertext while they are rows; Kafka and replays have them plain."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from libs import sealed_records
from libs.clock import Clock, utc_now
from libs.contracts import topics
from libs.contracts.topics import dead_letter_topic, purpose_in_database
from libs.database import data_keys
from libs.database.pool import Database
from libs.dead_letters import queries
from libs.dead_letters.replay import Replay
from libs.dead_letters.rules import ALL, FailedRecord, Origin
from libs.encryption import KEPT
from libs.errors import Unreadable
from libs.ids import new_id
from libs.messaging.envelope import Record
from libs.messaging.reading import dead_letter_topic as dead_letters
from libs.messaging.reading.redelivery import redelivery
from libs.messaging.writing import outbox
from libs.messaging.writing.outbox import OutboxRow
from libs.telemetry.tracing import Tracing
from tests.ciphers import make_cipher, outbox_rows
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import open_dead_letters
from tests.libs.messaging.announcing import TOPIC, add, is_empty, make_topic, relay
from tests.libs.messaging.scenes import read_all, running
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

CODES = topics.MESSAGES.name
FORM = '{"name":"রহিমা"}'.encode()


def key() -> bytes:
    return str(new_id()).encode()


async def stored(database: Database) -> list[OutboxRow]:
    """The rows of the outbox as a thief reads them."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT outbox_id, topic, record_key, record_value, headers FROM outbox"
        )
    return [OutboxRow(*row) for row in rows]


async def published(kafka: EmbeddedKafka, topic: str, key: bytes) -> set[bytes | None]:
    """The values under a key; a relay that begins again may publish one twice."""
    return {record.value for record in await read_all(kafka, topic) if record.key == key}


async def of_past_hours(database: Database, record: Record) -> None:
    """Add a record as a replica did whose clock is an hour's life behind."""
    behind = Clock(lambda: utc_now() - KEPT - timedelta(minutes=1))
    cipher = make_cipher(clock=behind)
    cipher.take(cipher.to_store([]))
    async with database.transaction() as tx:
        await outbox.add_records(tx, [record])
        value = cipher.encrypt(record.value or b"", b"elsewhere", "hour")
        await tx.execute(
            "UPDATE outbox SET record_value = $1 WHERE record_key = $2", value, record.key
        )


@pytest.mark.parametrize(
    ("topic", "purpose"),
    [
        (topics.SUBMISSIONS.name_for("mopa"), "rows"),
        (topics.MINISTRIES.name_for("mopa"), "rows"),
        (topics.IDENTITY.name, "rows"),
        (topics.APPLICATIONS.name, "rows"),
        (dead_letter_topic("ministries"), "rows"),
        ("of.nobody.v1", "rows"),
        (CODES, "hour"),
        (topics.CATALOGUE.name, None),
        (topics.REVOCATIONS.name, None),
        (topics.NOTIFICATIONS.name, None),
    ],
)
def test_the_map_says_what_is_encrypted(topic: str, purpose: str | None) -> None:
    """All but what is public, and what has only ids."""
    assert purpose_in_database(topic) == purpose


async def test_a_row_is_ciphertext_and_its_record_is_plain(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The relay decrypts."""
    database, ours = await database_for("applications"), key()
    await add(database, TOPIC, ours, FORM)
    (row,) = await stored(database)
    assert FORM not in (row.value or b"")
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert await published(kafka, TOPIC, ours) == {FORM}


async def test_a_value_of_another_event_is_not_published(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Whoever writes to the database cannot send one application's form under another's name."""
    database, ours, other = await database_for("applications"), key(), key()
    await add(database, TOPIC, ours, FORM)
    await add(database, TOPIC, other, b"{}")
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE outbox SET record_value = other.record_value FROM outbox AS other"
            " WHERE other.record_key = $1 AND outbox.record_key = $2",
            ours,
            other,
        )
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert await published(kafka, TOPIC, ours) == {FORM}
    assert await published(kafka, TOPIC, other) == set()
    (letter,) = await open_dead_letters(database)
    assert letter.reason == "unpublishable.unopened"


async def test_a_code_whose_hour_is_over_is_not_published(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """It has expired long before; its row is deleted and holds up no other."""
    database, old, new = await database_for("identity"), key(), key()
    await of_past_hours(database, Record(CODES, old, b"123456", ()))
    await add(database, CODES, new, b"654321")
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert await published(kafka, CODES, old) == set()
    assert await published(kafka, CODES, new) == {b"654321"}


async def test_a_code_waits_for_its_key(database: Database) -> None:
    """After a crash of PostgreSQL another replica puts the key back; until then nothing is lost."""
    cipher = make_cipher()
    cipher.take(cipher.to_store([]))
    sealed = cipher.encrypt(b"123456", b"elsewhere", "hour")
    found = outbox.opened(database, [OutboxRow(1, CODES, b"k", sealed, b"[]")])
    assert (found.rows, found.expired_ids, len(found.missing_keys)) == ([], [], 1)


async def test_an_event_waits_for_its_key(database: Database) -> None:
    """A key may have been made a moment ago: later events of the application wait, no others."""
    cipher = make_cipher()
    cipher.take(cipher.to_store([]))
    sealed = cipher.encrypt(FORM, b"elsewhere")
    known = sealed_records.seal_record(database, TOPIC, b"k", FORM, b"[]")
    other = sealed_records.seal_record(database, TOPIC, b"o", FORM, b"[]")
    rows = [
        OutboxRow(1, TOPIC, b"k", sealed, b"[]"),
        OutboxRow(2, TOPIC, b"k", known, b"[]"),
        OutboxRow(3, TOPIC, b"o", other, b"[]"),
    ]
    found = outbox.opened(database, rows)
    assert [row.outbox_id for row in found.rows] == [3]
    assert (found.expired_ids, found.missing_keys) == ([], set())


async def test_an_event_whose_key_is_missing_is_set_aside_with_its_content(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Events of others are published; when an operator has brought the key back, it is replayed."""
    database, ours, other = await database_for("applications"), key(), key()
    behind = make_cipher(clock=Clock(lambda: utc_now() - timedelta(hours=1)))
    (lost, *_) = made = behind.to_store([])
    behind.take(made)
    record = Record(TOPIC, ours, FORM, ())
    async with database.transaction() as tx:
        await outbox.add_records(tx, [record])
        headers = await tx.fetchval("SELECT headers FROM outbox WHERE record_key = $1", ours)
        place = b"\0".join((b"record", TOPIC.encode(), ours, headers))
        await tx.execute(
            "UPDATE outbox SET record_value = $1 WHERE record_key = $2",
            behind.encrypt(FORM, place),
            ours,
        )
    await add(database, TOPIC, other, b"{}")
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
        assert await published(kafka, TOPIC, other) == {b"{}"}
        (letter,) = await open_dead_letters(database)
        assert letter.reason == "unpublishable.unopened"
        async with database.transaction() as tx:
            await data_keys.insert_keys(tx, [lost], made_by="an operator")
        await database.refresh_keys()
        report = await Replay(database, redelivery({}, Tracing("applications")), {}).run(ALL)
        assert (report.failed, report.blocked) == ({}, [])
        await until(lambda: is_empty(database))
    assert await published(kafka, TOPIC, ours) == {FORM}


async def test_thousands_of_codes_that_wait_for_their_key_hold_up_no_other(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """They are more than one read takes; what comes behind them is published."""
    database, behind, new = await database_for("identity"), make_cipher(), key()
    behind.take(behind.to_store([]))
    value = behind.encrypt(b"123456", b"elsewhere", "hour")
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO outbox (topic, record_key, record_value, headers)"
            " SELECT $1, 'k', $2, '[]' FROM generate_series(1, 2500)",
            CODES,
            value,
        )
    await add(database, CODES, new, b"654321")

    async def is_published() -> bool:
        return await published(kafka, CODES, new) == {b"654321"}

    async with running(relay(database, kafka)):
        await until(is_published)
    assert len(await stored(database)) == 2500


def failed(topic: str) -> FailedRecord:
    return FailedRecord(
        Origin(topic, 0, 7), b"k", FORM, [("a", b"b")], "defect.KeyError", "x", 3, False, None
    )


async def test_a_dead_letter_is_ciphertext_and_read_plain(database: Database) -> None:
    """The copy for the dead-letter topic waits as ciphertext too."""
    async with database.transaction() as tx:
        await dead_letters.keep(tx, "applications", [failed(TOPIC)])
        row = await tx.fetchrow("SELECT record_value FROM dead_letters")
        letter = await queries.read_one(tx, 1)
        (copy,) = await outbox_rows(tx)
    assert row is not None
    assert FORM not in row["record_value"]
    assert letter is not None
    assert isinstance(letter.failed, FailedRecord)
    assert letter.failed.value == copy.value == FORM


async def test_the_content_of_a_failed_code_is_lost_with_its_hour(database: Database) -> None:
    """Its dead letter stays with the reason; a replay says why it cannot be."""
    behind = make_cipher(clock=Clock(lambda: utc_now() - KEPT))
    behind.take(behind.to_store([]))
    sealed = behind.encrypt(FORM, b"elsewhere", "hour")
    async with database.transaction() as tx:
        await dead_letters.keep(tx, "notifications", [failed(CODES)])
        (copy,) = await outbox_rows(tx)
        await tx.execute("UPDATE dead_letters SET record_value = $1", sealed)
        letter = await queries.read_one(tx, 1)
        assert letter is not None
        assert isinstance(letter.failed, FailedRecord)
        assert (letter.failed.value, letter.failed.is_unopened) == (None, True)
        with pytest.raises(Unreadable, match="worthless"):
            await redelivery({}, Tracing("notifications"))(tx, letter.failed)
    assert copy.value is None


@pytest.mark.parametrize("service", ["applications", "catalogue"])
async def test_a_relay_publishes_for_a_later_release_what_it_does_not_know(
    kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]], service: str
) -> None:
    """While processes are replaced the new code may write a new topic, and the old one publish.

    It takes the row for neither changed nor personal. The catalogue has no cipher at all.
    """
    topic, ours = f"made.{new_id()}", key()
    await make_topic(kafka, topic)
    cipher = make_cipher() if service == "applications" else None
    database = Database(await dsn_for(service), cipher=cipher)
    await database.open()
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO outbox (topic, record_key, record_value, headers)"
            " VALUES ($1, $2, $3, '[]')",
            topic,
            ours,
            FORM,
        )
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert await published(kafka, topic, ours) == {FORM}
    assert await open_dead_letters(database) == []
    await database.close()
