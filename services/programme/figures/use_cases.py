"""Count what happened to applications."""

from collections.abc import Sequence
from datetime import date

from libs.contracts.applications import DayRecounted
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


async def keep_recounts(tx: Transaction, events: Sequence[DayRecounted]) -> None:
    """Keep what was counted again of days; the newest count of a day holds."""
    newest: dict[date, DayRecounted] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        newest[event.day] = event
    counted_at = {day: event.occurred_at for day, event in sorted(newest.items())}
    newer = await queries.note_recounted(tx, counted_at)
    await queries.replace_recounts(tx, [newest[day] for day in sorted(newer)])
