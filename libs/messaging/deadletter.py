"""Old names of `libs.dead_letters` and `libs.messaging.dead_letter_topic`; to be deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.database.transaction import Transaction
from libs.dead_letters.queries import any_blocking as holds_any
from libs.dead_letters.queries import first_blocking as held_keys
from libs.dead_letters.rules import BLOCKED, FailedRecord, Origin
from libs.messaging import dead_letter_topic
from libs.messaging.envelope import Headers, trace_of

WAITING = BLOCKED

__all__ = ["WAITING", "DeadLetter", "Origin", "held_keys", "holds_any", "keep"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Old name of `FailedRecord`."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str
    detail: str
    attempts: int
    holds_back: bool


async def keep(tx: Transaction, service: str, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Old name of `dead_letter_topic.keep`."""
    by_origin = {
        letter.origin: (
            letter,
            FailedRecord(
                letter.origin,
                letter.key,
                letter.value,
                letter.headers,
                letter.reason,
                letter.detail,
                letter.attempts,
                letter.holds_back,
                trace_of(letter.headers),
            ),
        )
        for letter in reversed(letters)
    }
    records = [by_origin[letter.origin][1] for letter in letters]
    new = await dead_letter_topic.keep(tx, service, records)
    return [by_origin[record.origin][0] for record in new]
