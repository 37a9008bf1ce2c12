"""What operators did with dead letters: who, when, which, and why. Never changed, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from libs.database.transaction import Transaction

Action = Literal["look", "replay", "settle"]


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and why: `staff:<id>` over the API, a person's name by command."""

    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    entry_no: int
    at: datetime
    actor: str
    action: Action
    dead_letter_id: int
    why: str


async def write(tx: Transaction, by: By, action: Action, ids: Sequence[int]) -> None:
    """Write down what is done to dead letters, in the transaction that does it."""
    await tx.execute(
        """
        INSERT INTO operators_journal (actor, action, dead_letter_id, why)
        SELECT $1, $2, dead_letter_id, $4 FROM unnest($3::bigint[]) AS dead_letter_id
        """,
        by.actor,
        action,
        ids,
        by.why,
    )


async def read(tx: Transaction, *, before: int | None, limit: int) -> list[Entry]:
    """Read the journal, the newest first; only what stands before an entry, where one is given."""
    rows = await tx.fetch(
        """
        SELECT entry_no, at, actor, action, dead_letter_id, why
          FROM operators_journal
         WHERE entry_no < coalesce($1, 9223372036854775807)
         ORDER BY entry_no DESC
         LIMIT $2
        """,
        before,
        limit,
    )
    return [Entry(**row) for row in rows]
