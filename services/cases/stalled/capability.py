"""Open cases that nothing moves on."""

from typing import Final

import structlog

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from libs.telemetry.metrics import Metrics
from services.cases.settings import Settings
from services.cases.stalled import use_cases
from services.cases.stalled.rules import Search

log = structlog.get_logger()

_MOST_NAMED: Final = 50


class Searches:
    """Searches one after the other, and says what the last whole one found."""

    def __init__(self, metrics: Metrics, *, at_once: int) -> None:
        self._metrics = metrics
        self._at_once = at_once
        self._search = Search()

    async def look_on(self, tx: Transaction) -> int:
        """Look at some cases; the rest waits, so that the database has time for others."""
        self._search = await use_cases.look_on(tx, self._search, utc_now(), limit=self._at_once)
        if self._search.is_over:
            found = self._search.found
            await use_cases.keep_found(tx, self._search, utc_now())
            self._metrics.gauge("cases_stalled", len(found))
            if found:
                named = [str(case_id) for case_id in found[:_MOST_NAMED]]
                log.error("cases stalled", count=len(found), case_ids=named)
        return 0


def capability(resources: Resources, settings: Settings) -> Capability:
    """Return the capability; a search through all open cases takes many small steps."""
    searches = Searches(resources.metrics, at_once=settings.stalled_at_once)
    return Capability(
        "stalled",
        components=[
            resources.periodic("stalled cases", searches.look_on, every_s=settings.stalled_every_s)
        ],
    )
