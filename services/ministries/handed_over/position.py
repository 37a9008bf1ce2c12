"""The cursor that each hand-over carries, in memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from libs.database.pool import Database
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from services.ministries.handed_over import use_cases
from services.ministries.handed_over.rules import Cursor

_READ_EVERY_S: Final = 2.0


class Position(Periodic):
    """The last number of a hand-over; a component that reads it every two seconds.

    An older number is a right one, too: a ministry that resumes there gets a little twice. Numbers
    are given when a ministry has answered. So what is up to the number was answered before the
    hand-over that carries it was made, and a ministry that stores both has all that came before.

    Args:
        database: gives the numbers.
        key_of: returns the key of a ministry's cursors.
        now: returns the time.
        metrics: counts defects.
    """

    def __init__(
        self,
        database: Database,
        key_of: Callable[[str], bytes],
        now: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        super().__init__("position", self.refresh, metrics=metrics, every_s=_READ_EVERY_S)
        self._database = database
        self._key_of = key_of
        self._now = now
        self._last: Cursor | None = None

    def cursor_of(self, ministry: str) -> str | None:
        """Return the cursor behind all that a ministry has; None if it was not read yet."""
        return None if self._last is None else self._last.text(ministry, self._key_of(ministry))

    async def refresh(self) -> None:
        """Read the last number.

        Raises:
            Unavailable: the database does not answer; the last one stays.
        """
        at = self._now()
        async with self._database.transaction() as tx:
            self._last = Cursor(await use_cases.read_last_number(tx), at)
