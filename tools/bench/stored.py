"""Stores many applications beforehand: a year's worth in all databases.

The database servers make the rows themselves (`rows/*.sql`), in slices, all services at once. What
a service would have deleted is left out: messages older than 90 days, answers to keys older than a
week, inbox rows of events that Kafka no longer has.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from libs.messaging.housekeeping import INBOX_KEPT_S
from tools.bench.script import script

FILLED = ("identity", "applications", "ministries", "notifications")
_ROWS = Path(__file__).parent / "rows"
_SLICE = 100_000
_APPLICATIONS_A_CITIZEN = 20
_MEMORY = {"synchronous_commit": "off", "work_mem": "128MB", "maintenance_work_mem": "1GB"}


class Store:
    """Fills the databases of a platform; its services may run meanwhile.

    Args:
        dsn: DSN by service, as the owners of the databases.
    """

    def __init__(self, dsn: Mapping[str, str]) -> None:
        self._dsn = dsn
        self.stored = 0

    async def fill_up_to(self, stored: int, progress: Callable[[str], None]) -> None:
        """Add applications until so many are stored."""
        more = stored - self.stored
        if more <= 0:
            return
        settings = _settings(more)
        async with asyncio.TaskGroup() as tasks:
            for service in FILLED:
                tasks.create_task(self._fill(service, more, settings, progress))
        self.stored = stored

    async def _fill(
        self, service: str, count: int, settings: Mapping[str, str], progress: Callable[[str], None]
    ) -> None:
        async with script(self._dsn[service], settings) as run:
            await run(_sql("begin"))
            await run(_sql("indexes_off"))
            for first, last in _slices(count):
                await run(f"SET filling.first = {first}; SET filling.last = {last}")
                await run(_sql(service))
                progress(f"{service}: {last:,} of {count:,} stored")
            await run(_sql("indexes_on"))
            await run("VACUUM (ANALYZE)")
        progress(f"{service}: indexes built, vacuumed and analysed")


def _settings(applications: int) -> Mapping[str, str]:
    return _MEMORY | {
        "filling.many": str(applications),
        "filling.until": datetime.now(UTC).isoformat(),
        "filling.series": secrets.token_hex(4),
        "filling.inbox_s": str(INBOX_KEPT_S),
    }


def _slices(count: int) -> Sequence[tuple[int, int]]:
    return [(first, min(first + _SLICE - 1, count)) for first in range(1, count + 1, _SLICE)]


def _sql(name: str) -> str:
    return (_ROWS / f"{name}.sql").read_text(encoding="utf-8")
