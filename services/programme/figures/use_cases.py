"""Count what happened to applications, and read the counts of days."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from libs.contracts.applications import DayRecounted
from libs.contracts.programme import ProgrammeFigures
from libs.database.transaction import Transaction
from libs.grievances import GRIEVANCE
from libs.messaging.reading import inbox
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.figures import queries, rules, views
from services.programme.figures.latest import read_counted
from services.programme.figures.rules import ApplicationEvent
from services.programme.figures.sums import Recount
from services.programme.reminders import use_cases as reminders

_OF_A_WEEK: Final = timedelta(days=6)
_DAY: Final = timedelta(days=1)


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


async def read_on(
    tx: Transaction, overview: Overview, day: date, now: datetime
) -> ProgrammeFigures:
    """Return the programme as it was at the end of a day, by what is counted now."""
    states = await bodies.read_states(tx, overview, day)
    told = await reminders.read_last_told(tx, states)
    late = await reminders.read_late(tx, states)
    return views.figures(states, await read_counted(tx, day, now), told, late)


async def read_week(tx: Transaction, week_ends: date) -> Mapping[str, Mapping[str, int]]:
    """Return how often each thing happened in the seven days up to one, by public service."""
    return await queries.read_week(tx, week_ends - _OF_A_WEEK, week_ends)


async def read_grievances(tx: Transaction, week_ends: date) -> Mapping[str, Mapping[str, int]]:
    """Return the same of grievances, by the body that had them."""
    return await queries.read_week_by_body(tx, GRIEVANCE, week_ends - _OF_A_WEEK, week_ends)


async def read_between(tx: Transaction, first: date, last: date) -> Mapping[str, int]:
    """Return how often each thing happened from one day to another, both included.

    Nothing is known where topics had lost events of these days before they were read again.
    """
    if await is_cut(tx, first):
        return {}
    counted: Counter[str] = Counter()
    for of_service in (await queries.read_week(tx, first, last)).values():
        counted.update(of_service)
    return counted


async def is_cut(tx: Transaction, first: date) -> bool:
    """Whether topics may have lost events of the days from one on before they were read again."""
    return first <= rules.cut_on(await inbox.rewound_at(tx))


async def read_lost_between(tx: Transaction, first: date, last: date) -> tuple[int, int]:
    """Compare days with what was counted again of them, but for those that topics have lost.

    Returns:
        The applications whose event was not counted, and the days that were counted again.
    """
    cut_on = rules.cut_on(await inbox.rewound_at(tx))
    return await queries.read_lost_between(tx, max(first, cut_on + _DAY), last)


async def read_recount(tx: Transaction, day: date) -> Recount | None:
    """Return how the recount of a day differs from events; None if it was not counted again."""
    return await queries.read_recount(tx, day)
