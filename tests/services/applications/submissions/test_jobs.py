import asyncio
from datetime import timedelta

from libs.database.pool import Database
from libs.web import idempotency
from libs.web.idempotency import Asked, Kept
from services.applications.submissions.jobs import response_cleaner
from tests.services.applications.builders import RAHIMA, StoppingClock, row_count


async def test_old_responses_are_deleted(database: Database) -> None:
    """A response is stored for as many days as the settings say."""
    request = Asked(RAHIMA, "k", b"f")
    async with database.transaction() as tx:
        await idempotency.claim(tx, [Kept(request, 201, b"{}")])
        asked_at = await tx.fetchval("SELECT asked_at FROM idempotency")
    left = []
    for passed in (timedelta(hours=23), timedelta(hours=25)):
        stop = asyncio.Event()
        clock = StoppingClock(asked_at + passed, stop)
        await response_cleaner(database, clock, kept_days=1).run(stop)
        async with database.transaction() as tx:
            left.append(await row_count(tx, "idempotency"))
    assert left == [1, 0]
