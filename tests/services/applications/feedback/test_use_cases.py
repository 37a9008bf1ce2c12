import asyncio
from datetime import datetime, timedelta

import pytest

from libs.contracts.feedback import GiveFeedback
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.feedback.erase import erase
from services.applications.feedback.use_cases import (
    count_feedback,
    give_feedback,
    read_feedback,
    read_sentences,
    read_sentences_for_ministry,
)
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
            kept = await give_feedback(
                tx, RAHIMA, one.tracking_number, GiveFeedback(rating=5), at=NOW
            )
        return kept.rating

    assert await asyncio.gather(*(give() for _ in range(5))) == [5] * 5
    async with database.transaction() as tx:
        assert await outbox_types(tx) == ["feedback_given"]
        assert await row_count(tx, "feedback") == 1
        assert await tx.fetchval("SELECT count FROM feedback_counts") == 1
        assert (await read_feedback(tx, RAHIMA, one.tracking_number)).rating == 5


async def test_other_feedback_on_the_same_application_is_refused(tx: Transaction) -> None:
    """What was said stands, and the counts with it."""
    [one] = await stored_applications(tx, status="refused")
    slow = GiveFeedback(rating=2, comment="Slow.")
    await give_feedback(tx, RAHIMA, one.tracking_number, slow, at=NOW)
    other = GiveFeedback(rating=5, comment="Slow.")
    with pytest.raises(Refused, match="feedback_given"):
        await give_feedback(tx, RAHIMA, one.tracking_number, other, at=NOW)
    assert (await read_feedback(tx, RAHIMA, one.tracking_number)).comment == "Slow."
    assert await tx.fetchval("SELECT rating FROM feedback_counts") == 2


async def test_nobody_rates_the_application_of_another(tx: Transaction) -> None:
    """To anybody else the application is unknown."""
    [one] = await stored_applications(tx, status="approved")
    with pytest.raises(Refused, match="application_unknown"):
        await give_feedback(tx, KARIM, one.tracking_number, GiveFeedback(rating=5), at=NOW)
    assert await row_count(tx, "feedback") == 0


async def test_what_was_said_is_read_by_its_citizen_only(tx: Transaction) -> None:
    """Before something was said there is nothing to read."""
    [said] = await stored_applications(tx, status="approved")
    with pytest.raises(Refused, match="feedback_not_given"):
        await read_feedback(tx, RAHIMA, said.tracking_number)
    await give_feedback(tx, RAHIMA, said.tracking_number, GiveFeedback(rating=1), at=NOW)
    with pytest.raises(Refused, match="application_unknown"):
        await read_feedback(tx, KARIM, said.tracking_number)


async def test_sentences_are_read_without_whose_they_are_and_who_read_is_noted(
    tx: Transaction,
) -> None:
    """The worst first; of another month and service, without words, and of the erased nothing."""
    rated = await stored_applications(tx, 4, status="approved")
    service = rated[0].public_service_id
    for rating, application in enumerate(rated, start=1):
        body = GiveFeedback(rating=5 - rating, comment=f"Said {rating}." if rating > 1 else None)
        await give_feedback(tx, RAHIMA, application.tracking_number, body, at=NOW)
    found = await read_sentences(tx, service, NOW.date(), by="staff:1")
    assert [(each.rating, each.comment) for each in found] == [
        (1, "Said 4."),
        (2, "Said 3."),
        (3, "Said 2."),
    ]
    assert set(found[0].model_dump()) == {"rating", "comment", "visits", "asked_for_more"}
    assert await read_sentences(tx, "S999", NOW.date(), by="staff:1") == []
    later = NOW.date() + timedelta(days=31)
    assert await read_sentences(tx, service, later, by="staff:1") == []
    await erase(tx, RAHIMA, NOW)
    assert await read_sentences(tx, service, NOW.date(), by="staff:1") == []
    logged = await tx.fetch("SELECT actor, subject FROM audit_log WHERE action = 'read feedback'")
    assert {tuple(row) for row in logged} == {("staff:1", service), ("staff:1", "S999")}


async def test_a_ministry_reads_sentences_of_five_or_more_of_a_month_that_has_ended(
    tx: Transaction,
) -> None:
    """And none of who was not told so: by a form of before, or by a client that says nothing."""
    rated = await stored_applications(tx, 6, status="approved")
    service, later = rated[0].public_service_id, NOW + timedelta(days=31)
    before, *others = rated
    for application in (before, *others[:4]):
        told = application is not before
        body = GiveFeedback(rating=2, comment="Waited long.", for_ministry=told)
        await give_feedback(tx, RAHIMA, application.tracking_number, body, at=NOW)
    again = GiveFeedback(rating=2, comment="Waited long.", for_ministry=True)
    await give_feedback(tx, RAHIMA, before.tracking_number, again, at=NOW)  # the same, once

    async def shown(at: datetime) -> int | None:
        found = await read_sentences_for_ministry(tx, service, NOW.date(), by="staff:2", at=at)
        return None if found is None else len(found)

    assert await shown(later) is None
    body = GiveFeedback(rating=1, comment="Came twice.", for_ministry=True)
    await give_feedback(tx, RAHIMA, others[4].tracking_number, body, at=NOW)
    assert (await shown(later), await shown(NOW)) == (5, None)
    assert len(await read_sentences(tx, service, NOW.date(), by="staff:1")) == 6
    assert await tx.fetchval("SELECT count(*) FROM audit_log WHERE actor = 'staff:2'") == 2


async def test_what_was_said_is_counted_per_public_service_and_month(tx: Transaction) -> None:
    """The month is shown once it has ended, with the means of what people said."""
    rated = await stored_applications(tx, 6, status="approved")
    for number, application in enumerate(rated):
        body = GiveFeedback(
            rating=5 - number % 2,
            visits=number or None,
            asked_for_more=False if number else None,
        )
        await give_feedback(tx, RAHIMA, application.tracking_number, body, at=NOW)
    service = rated[0].public_service_id
    assert await count_feedback(tx, service, at=NOW) == []
    [month] = await count_feedback(tx, service, at=NOW + timedelta(days=31))
    assert (month.count, month.mean, month.visits, month.asked_for_more) == (6, 4.0, 3.0, 0.0)
    assert await count_feedback(tx, service, at=NOW + timedelta(days=31 + 366)) == []
