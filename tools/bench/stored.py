"""Many applications stored beforehand: a year's worth in all databases, as they would be by then.

The servers make the rows themselves (`rows/*.sql`), in slices, all services at once. What a service
deletes by then is left out: messages older than 90 days, answers to keys older than a week, marks
of events that Kafka cannot bring again.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from libs.database.script import script
from libs.messaging.housekeeping import INBOX_KEPT_S

FILLED = ("identity", "applications", "ministries", "notifications")
_ROWS = Path(__file__).parent / "rows"
_SLICE = 100_000
_MEMORY = {"synchronous_commit": "off", "work_mem": "128MB", "maintenance_work_mem": "1GB"}


class Store:
    """Fills the databases of a platform whose services may run meanwhile.

    Args:
        dsn: DSN by service.
    """

    def __init__(self, dsn: Mapping[str, str]) -> None:
        self._dsn = dsn
        self.stored = 0

    async def fill_up_to(self, stored: int, say: Callable[[str], None]) -> None:
        """Add applications until so many are stored; fewer than are there already add none."""
        more = stored - self.stored
        if more <= 0:
            return
        told = _MEMORY | {
            "filling.many": str(more),
            "filling.until": datetime.now(UTC).isoformat(),
            "filling.series": secrets.token_hex(4),
            "filling.inbox_s": str(INBOX_KEPT_S),
        }
        async with asyncio.TaskGroup() as tasks:
            for service in FILLED:
                tasks.create_task(self._fill(service, more, told, say))
        self.stored = stored

    async def _fill(
        self, service: str, many: int, told: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        async with script(self._dsn[service], told) as run:
            await run(_sql("begin"))
            await run(_sql("indexes_off"))
            for first, last in _slices(many):
                await run(f"SET filling.first = {first}; SET filling.last = {last}")
                await run(_sql(service))
                say(f"{service}: {last:,} of {many:,} stored")
            await run(_sql("indexes_on"))
            await run("VACUUM (ANALYZE)")
        say(f"{service}: indexes built, vacuumed and analysed")


def _slices(many: int) -> Sequence[tuple[int, int]]:
    return [(first, min(first + _SLICE - 1, many)) for first in range(1, many + 1, _SLICE)]


def _sql(name: str) -> str:
    return (_ROWS / f"{name}.sql").read_text(encoding="utf-8")
