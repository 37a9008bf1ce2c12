from libs.contracts import topics
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.deadletter import DeadLetter, Origin, held_keys, keep
from libs.messaging.envelope import Headers, encode, unpack_headers
from tests.libs.messaging.scene import SAMPLED, Hearing, Raw, handling, raw, submitted

TOPIC = topics.APPLICATIONS.name


def letter(offset: int, *, key: bytes | None = b"k", holds_back: bool = True) -> DeadLetter:
    headers: Headers = encode(submitted(), trace=SAMPLED).headers
    origin = Origin(TOPIC, 0, offset)
    return DeadLetter(origin, key, b"{", headers, "unreadable.not_json", "at 1", 1, holds_back)


async def test_a_letter_is_kept_once_with_its_trace_and_one_copy(tx: Transaction) -> None:
    """However often a record comes again, there is one row, one copy and one alert."""
    assert len(await keep(tx, "applications", [letter(1), letter(2)])) == 2
    assert len(await keep(tx, "applications", [letter(1), letter(2), letter(3)])) == 1
    assert await tx.fetchval("SELECT count(*) FROM dead_letters") == 3
    assert await tx.fetchval("SELECT count(*) FROM outbox") == 3
    kept = await tx.fetchrow("SELECT * FROM dead_letters WHERE topic_offset = 1")
    assert kept is not None
    assert kept["trace_context"] == SAMPLED.text()
    assert kept["settled_at"] is None


async def test_the_copy_is_the_record_with_the_reason_beside_it(tx: Transaction) -> None:
    """The dead-letter topic holds key, value and headers as they were, and why."""
    original = letter(7)
    await keep(tx, "applications", [original])
    row = await tx.fetchrow("SELECT * FROM outbox")
    assert row is not None
    headers = unpack_headers(row["headers"])
    assert row["topic"] == "applications.deadletter.v1"
    assert (row["record_key"], row["record_value"]) == (original.key, original.value)
    assert headers[: len(original.headers)] == list(original.headers)
    assert dict(headers[len(original.headers) :]) == {
        "deadletter_topic": TOPIC.encode(),
        "deadletter_partition": b"0",
        "deadletter_offset": b"7",
        "deadletter_reason": b"unreadable.not_json",
        "deadletter_attempts": b"1",
    }


async def test_only_what_holds_back_and_is_not_settled_holds_back(tx: Transaction) -> None:
    """The first such record of each key is named; settled ones and others are not."""
    held, free, settled = (str(new_id()).encode() for _ in range(3))
    await keep(
        tx,
        "applications",
        [
            letter(5, key=held),
            letter(4, key=held),
            letter(6, key=free, holds_back=False),
            letter(7, key=settled),
            letter(8, key=None),
        ],
    )
    await tx.execute("UPDATE dead_letters SET settled_at = now() WHERE topic_offset = 7")
    found = await held_keys(tx, [TOPIC] * 4, [held, free, settled, b""])
    assert found == {(TOPIC, held): Origin(TOPIC, 0, 4)}


async def test_same_key_in_another_topic_is_another_key(tx: Transaction) -> None:
    """One ministry's bad record holds back nothing of another topic."""
    await keep(tx, "applications", [letter(1)])
    assert await held_keys(tx, ["notifications.v1"], [b"k"]) == {}


async def test_nothing_to_keep_needs_no_statement(database: Database) -> None:
    """An all-good batch costs nothing here."""
    async with database.transaction() as tx:
        assert await keep(tx, "applications", []) == []


async def test_letters_carry_the_record_unchanged_and_the_copy_says_why(
    database: Database,
) -> None:
    """Whoever mends it finds every byte, and the reason beside it."""
    record = Raw(7, b"\x00k", b"\xff{", [("x", b"\xff"), ("empty", None), ("x", b"")])  # type: ignore[list-item]
    await handling(database, Hearing()).handle([record])
    async with database.transaction() as tx:
        row = await tx.fetchrow("SELECT * FROM dead_letters")
        copy = await tx.fetchrow("SELECT * FROM outbox")
    assert row is not None
    assert copy is not None
    assert (row["record_key"], row["record_value"]) == (record.key, record.value)
    assert (copy["record_key"], copy["record_value"]) == (record.key, record.value)
    assert b'["x","\xc3\xbf"],["empty",null],["x",""]' in row["headers"]
    assert b'["deadletter_reason","unreadable.header_missing"]' in copy["headers"]


async def test_no_personal_data_in_what_is_kept_beside_the_record(database: Database) -> None:
    """Reason and detail name fields, never what a citizen wrote in them."""
    record = raw(submitted(), 1)
    record.value = b'{"application_id": "Rahim Uddin", "ministry": "mopa"}'
    await handling(database, Hearing()).handle([record])
    async with database.transaction() as tx:
        row = await tx.fetchrow("SELECT reason, detail FROM dead_letters")
    assert row is not None
    assert row["reason"] == "unreadable.wrong_shape"
    assert "Rahim" not in row["detail"]
    assert "application_id: uuid_parsing" in row["detail"]
