import asyncio
from datetime import timedelta

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.feedback.use_cases import count_feedback, give_feedback
from tests.services.applications.scenes import (
    KARIM,
    NOW,
    RAHIMA,
    outbox_types,
    row_count,
    stored_applications,
)


async def test_feedback_is_kept_counted_and_announced_once(database: Database) -> None:
    """The same feedback five times at once is one row, one count, one event."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx, status="approved")

    async def give() -> int:
        async with database.transaction() as tx:
            kept = await give_feedback(tx, RAHIMA, one.tracking_number, 5, None, at=NOW)
        return kept.rating

    assert await asyncio.gather(*(give() for _ in range(5))) == [5] * 5
    async with database.transaction() as tx:
        assert await outbox_types(tx) == ["feedback_given"]
        assert await row_count(tx, "feedback") == 1
        [counted] = await count_feedback(tx, one.public_service_id, at=NOW)
    assert (counted.rating, counted.count) == (5, 1)


async def test_other_feedback_on_the_same_application_is_refused(tx: Transaction) -> None:
    """What was said stands, and the counts with it."""
    [one] = await stored_applications(tx, status="refused")
    await give_feedback(tx, RAHIMA, one.tracking_number, 2, "Slow.", at=NOW)
    with pytest.raises(Refused, match="feedback_given"):
        await give_feedback(tx, RAHIMA, one.tracking_number, 5, "Slow.", at=NOW)
    assert [
        month_count.rating
        for month_count in await count_feedback(tx, one.public_service_id, at=NOW)
    ] == [2]


async def test_nobody_rates_the_application_of_another(tx: Transaction) -> None:
    """To anybody else the application is unknown."""
    [one] = await stored_applications(tx, status="approved")
    with pytest.raises(Refused, match="application_unknown"):
        await give_feedback(tx, KARIM, one.tracking_number, 5, None, at=NOW)
    assert await row_count(tx, "feedback") == 0


async def test_ratings_are_counted_per_public_service_and_month(tx: Transaction) -> None:
    """Three citizens, two ratings: two counts of the same month."""
    three = await stored_applications(tx, 3, status="approved")
    for rating, one in zip((5, 4, 5), three, strict=True):
        await give_feedback(tx, RAHIMA, one.tracking_number, rating, None, at=NOW)
    counted = await count_feedback(tx, three[0].public_service_id, at=NOW)
    assert [(month_count.rating, month_count.count) for month_count in counted] == [(4, 1), (5, 2)]


async def test_counts_older_than_twelve_months_are_not_shown(tx: Transaction) -> None:
    """Few ratings a month do not bring older months back."""
    old, new = await stored_applications(tx, 2, status="approved")
    await give_feedback(tx, RAHIMA, old.tracking_number, 1, None, at=NOW - timedelta(days=366))
    await give_feedback(tx, RAHIMA, new.tracking_number, 5, None, at=NOW)
    counted = await count_feedback(tx, new.public_service_id, at=NOW)
    assert [month_count.rating for month_count in counted] == [5]
