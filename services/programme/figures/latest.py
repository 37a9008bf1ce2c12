"""The figures of the last moment, in memory, so that a page costs no query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.database.transaction import Transaction
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
    """

    at: datetime
    since: date | None
    sums: Sequence[Sum]
    lost: Lost


class Latest:
    """What was counted by now, at most 30 seconds ago."""

    def __init__(self) -> None:
        self._counted: Counted | None = None

    async def read(self, tx: Transaction, now: datetime) -> Counted:
        """Return what was counted; it is read again after 30 seconds, or when a day begins."""
        kept = self._counted
        today = dhaka_date(now)
        if kept is None or now - kept.at > _KEPT_FOR or dhaka_date(kept.at) != today:
            sums = await queries.read_sums(tx, today)
            first_day, lost = await queries.read_first_day(tx), await queries.read_lost(tx)
            kept = self._counted = Counted(now, first_day, sums, lost)
        return kept
