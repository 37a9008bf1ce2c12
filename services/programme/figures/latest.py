"""The figures of the last moment, in memory, so that a page costs no query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import AssistanceFigures
from libs.database.transaction import Transaction
from libs.messaging.reading import inbox
from services.programme.assistance import use_cases as assistance
from services.programme.figures import queries, rules
from services.programme.figures.sums import Days, Lost, Sum

_KEPT_FOR: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by a moment.

    Args:
        at: the moment.
        since: the first day counted; None before any event.
        sums: by public service and metric.
        lost: what was counted again, compared.
        assistance: help at centres, today and before.
        assistance_since: the first day on which that was counted; None before any event.
    """

    at: datetime
    since: date | None
    sums: Sequence[Sum]
    lost: Lost
    assistance: Sequence[AssistanceFigures]
    assistance_since: date | None


async def read_counted(tx: Transaction, day: date, now: datetime) -> Counted:
    """Read what was counted of a day, and of the days before it, by now."""
    days = await read_counted_days(tx)
    first = days and days.first
    sums, lost = await queries.read_sums(tx, day), await queries.read_lost(tx, first)
    since, helped = await assistance.read_periods(tx, day)
    return Counted(now, first, sums, lost, helped, since)


async def read_counted_days(tx: Transaction) -> Days | None:
    """Return the first and the last day on which something was counted; None before.

    Of the first one some may be missing. Of a database that reads again, it is none of the days of
    which topics have lost some.
    """
    days = await queries.read_days(tx)
    cut_on = rules.cut_on(await inbox.rewound_at(tx))
    return days and Days(max(days.first, cut_on), days.last)


class Latest:
    """What was counted by now, at most 30 seconds ago."""

    def __init__(self) -> None:
        self._counted: Counted | None = None

    async def read(self, tx: Transaction, now: datetime) -> Counted:
        """Return what was counted; it is read again after 30 seconds, or when a day begins."""
        kept = self._counted
        today = dhaka_date(now)
        if kept is None or now - kept.at > _KEPT_FOR or dhaka_date(kept.at) != today:
            kept = self._counted = await read_counted(tx, today, now)
        return kept
