"""The clocks of corrections: what a citizen sent in time counts, however late it is read."""

from datetime import datetime, timedelta
from typing import Final

from libs.contracts.topics import DESK_SUBMISSIONS
from libs.errors import Unavailable
from libs.messaging.reading.until import has_read_all
from libs.service import Resources
from services.cases.clocks import use_cases

_PUBLISHED_WITHIN: Final = timedelta(minutes=15)
"""For which a correction may be on its way to Kafka, also after Kafka was away."""


class Corrections:
    """Lets clocks of corrections run out, when no correction can be on its way any more.

    A correction comes by a topic. While Kafka does not answer, or its reader is behind, these
    clocks wait.

    Args:
        resources: of the service.
        limit: how many clocks run out in one transaction, at most.
    """

    def __init__(self, resources: Resources, *, limit: int) -> None:
        self._resources = resources
        self._limit = limit
        self._answers_since: datetime | None = None

    async def run_out(self, now: datetime) -> int:
        """Carry out what is due, and return how many clocks ran out.

        Raises:
            Unavailable: Kafka or the database does not answer.
        """
        database, at = self._resources.database, now - _PUBLISHED_WITHIN
        async with database.transaction() as tx:
            if not await use_cases.is_due(tx, use_cases.CORRECTION, at=at):
                self._answers_since = None
                return 0
        try:
            is_read = await has_read_all(self._resources.broker, database, DESK_SUBMISSIONS)
        except Unavailable:
            self._answers_since = None
            raise
        self._answers_since = self._answers_since or now
        if not is_read or at < self._answers_since:
            return 0
        async with database.transaction() as tx:
            return await use_cases.run_out(
                tx,
                use_cases.CORRECTION,
                at=at,
                limit=self._limit,
            )
