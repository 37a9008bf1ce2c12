"""The figures of the last moment, in memory, so that a page costs no query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import AssistanceFigures
from libs.database.transaction import Transaction
from services.programme.assistance import use_cases as assistance
from services.programme.figures import queries
from services.programme.figures.sums import Lost, Sum

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
    days = await queries.read_days(tx)
    sums, lost = await queries.read_sums(tx, day), await queries.read_lost(tx)
    since, helped = await assistance.read_periods(tx, day)
    return Counted(now, days and days.first, sums, lost, helped, since)


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
