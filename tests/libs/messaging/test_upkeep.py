from libs.database.transaction import Transaction
from libs.messaging import outbox, upkeep
from libs.messaging.deadletter import DeadLetter, Origin, keep
from tests.libs.messaging.scene import submitted


def letter(offset: int) -> DeadLetter:
    return DeadLetter(
        Origin("applications.v1", 0, offset), b"k", b"", (), "defect.X", "", 1, holds_back=False
    )


async def test_what_waits_is_counted(tx: Transaction) -> None:
    """Events not yet with Kafka and letters not yet settled show on the dashboard."""
    assert await upkeep.measure(tx) == upkeep.Waiting(0, 0)
    await outbox.add(tx, [submitted(), submitted()])
    await keep(tx, "applications", [letter(1), letter(2), letter(3)])
    await tx.execute("UPDATE dead_letters SET settled_at = now() WHERE topic_offset = 1")
    assert await upkeep.measure(tx) == upkeep.Waiting(5, 2)


async def test_only_settled_letters_are_forgotten_and_only_after_their_time(
    tx: Transaction,
) -> None:
    """What nobody has settled is kept, however old."""
    await keep(tx, "applications", [letter(1), letter(2), letter(3)])
    await tx.execute(
        "UPDATE dead_letters SET first_seen_at = now() - interval '9 years',"
        " settled_at = CASE topic_offset WHEN 1 THEN now() - interval '9 days'"
        " WHEN 2 THEN now() END"
    )
    assert await upkeep.forget_settled(tx, older_than_s=86_400, limit=10) == 1
    rows = await tx.fetch("SELECT topic_offset FROM dead_letters ORDER BY 1")
    assert [row["topic_offset"] for row in rows] == [2, 3]
