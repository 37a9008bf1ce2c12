"""Three dead letters of records: one that failed, one behind it, and one of another key."""

from libs.database.transaction import Transaction
from libs.messaging.deadletter import DeadLetter, Origin, keep
from libs.messaging.envelope import Headers

HEADERS: Headers = (("x", b"\xff"), ("y", b""))


def letter(offset: int, reason: str = "defect.KeyError", *, key: bytes = b"k") -> DeadLetter:
    """A record's letter."""
    origin = Origin("applications.v1", 0, offset)
    return DeadLetter(origin, key, b"value", HEADERS, reason, "why", 3, holds_back=True)


async def keep_three(tx: Transaction) -> None:
    """Keep letters 1 (defect), 2 (waiting behind it) and 3 (unreadable, of another key)."""
    kept = [letter(10), letter(11, "waiting"), letter(9, "unreadable.not_json", key=b"other")]
    await keep(tx, "applications", kept)
