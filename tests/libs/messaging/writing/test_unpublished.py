"""Events behind one that could not be published: blocked by those before them, and by no others."""

import pytest

from libs.database.pool import Database
from libs.dead_letters import queries
from libs.ids import new_id
from libs.messaging.writing import unpublished
from libs.messaging.writing.outbox import OutboxRow
from libs.telemetry.metrics import Metrics
from tests.conftest import DatabaseFor
from tests.libs.messaging.announcing import TOPIC


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


def rows_of(key: bytes, count: int) -> list[OutboxRow]:
    return [OutboxRow(number, TOPIC, key, b"{}", b"[]") for number in range(1, count + 1)]


async def test_an_event_that_is_put_back_is_not_behind_those_that_it_blocked(
    database: Database,
) -> None:
    """They are open while it is published; an event after them waits."""
    first, second, third = rows_of(str(new_id()).encode(), 3)
    async with database.transaction() as tx:
        await unpublished.give_up(tx, Metrics("applications"), first, "too_large")
        assert await unpublished.keep_blocked(tx, [second]) == [second]
        await queries.settle(tx, [1], how="replayed")
        assert await unpublished.keep_blocked(tx, [first, third]) == [third]


async def test_other_keys_and_settled_events_block_nothing(database: Database) -> None:
    """Nor does an event without a key."""
    first, second = rows_of(str(new_id()).encode(), 2)
    async with database.transaction() as tx:
        await unpublished.give_up(tx, Metrics("applications"), first, "too_large")
        others = [second._replace(key=b"other"), second._replace(key=None)]
        assert await unpublished.keep_blocked(tx, others) == []
        await queries.settle(tx, [1], how="settled manually")
        assert await unpublished.keep_blocked(tx, [second]) == []
