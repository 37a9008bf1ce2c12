"""Count what happened to applications."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.programme.bodies import use_cases as bodies
from services.programme.figures import queries, rules
from services.programme.figures.rules import ApplicationEvent


async def count(tx: Transaction, events: Sequence[ApplicationEvent]) -> None:
    """Count events about applications, and note on which days one was decided."""
    counts = rules.counts_of(events)
    if counts:
        await queries.add_counts(tx, counts)
    await bodies.note_decided(tx, rules.decided_days(events))
