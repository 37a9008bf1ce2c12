"""Operators see that a service has not confirmed an erasure in time."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.database.pool import Database
from libs.ids import new_id
from tests.services.identity.running import running
from tests.waiting import until


@pytest.mark.parametrize(("hours", "shown"), [(25, "1.0"), (23, "0.0")])
async def test_a_late_confirmation_is_counted(
    database: Database, dsn: str, hours: int, shown: str
) -> None:
    """After a day; the alert `ErasureNotConfirmed` looks at it."""
    announced_at = datetime.now(UTC) - timedelta(hours=hours)
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO erasures (citizen_id, requested_at, due_at, closed_at, announced_at)
            VALUES ($1, $2, $2, $2, $2)
            """,
            new_id(),
            announced_at,
        )
    async with running(database, dsn) as identity:

        async def is_shown() -> bool:
            page = (await identity.call("GET", "/metrics")).raw.decode()
            return f'nagorik_erasures_unconfirmed{{service="identity"}} {shown}' in page

        await until(is_shown)
