import asyncio

import pytest

from libs.contracts.applications import CorrectApplication
from libs.contracts.ministries import MinistryDecided
from libs.database.pool import Database
from libs.errors import Refused
from libs.messaging.batch import Batch
from services.applications.api.own import OwnApplications
from services.applications.consumers import on_ministry_events
from tests.applications.filling import right_answers
from tests.applications.scenes import (
    KARIM,
    MINISTRY,
    RAHIMA,
    Clock,
    filled_book,
    opened,
    public_service,
    told,
)


def own(database: Database) -> OwnApplications:
    return OwnApplications(database, filled_book(), Clock())


async def test_withdrawal_and_decision_at_the_same_moment_come_one_after_the_other(
    database: Database,
) -> None:
    """Whoever holds the row first is heard first, and both are told in that order."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    decided = MinistryDecided(
        application_id=case.application_id, ministry=MINISTRY, outcome="approved"
    )

    async def decide() -> None:
        async with database.transaction() as tx:
            await on_ministry_events(Batch.of(decided), tx)

    withdrawal = own(database).withdraw(RAHIMA, case.tracking_number)
    outcomes = await asyncio.gather(decide(), withdrawal, return_exceptions=True)
    types = [event["type"] for event in await told(database)]
    if isinstance(outcomes[1], Refused):
        assert types == ["application_decided"]
    else:
        assert types == ["submission_withdrawn", "application_withdrawn", "application_decided"]
    seen = await own(database).show(RAHIMA, case.tracking_number)
    assert seen.status == "approved"


async def test_what_is_anothers_does_not_exist(database: Database) -> None:
    """Looking, withdrawing and correcting give the same refusal."""
    async with database.transaction() as tx:
        [case] = await opened(tx, status="correction_requested")
    body = CorrectApplication(form=right_answers("S001"))
    with pytest.raises(Refused, match="application_unknown"):
        await own(database).show(KARIM, case.tracking_number)
    with pytest.raises(Refused, match="application_unknown"):
        await own(database).withdraw(KARIM, case.tracking_number)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="application_unknown"):
            await own(database).correct(tx, KARIM, case.tracking_number, body)


async def test_a_correction_is_taken_though_the_service_has_closed(database: Database) -> None:
    """Closing stops new applications, not those under way."""
    async with database.transaction() as tx:
        [case] = await opened(tx, status="correction_requested")
    book = filled_book()
    book.put([public_service("S001", open=False)])
    closed = OwnApplications(database, book, Clock())
    body = CorrectApplication(form=right_answers("S001"))
    async with database.transaction() as tx:
        summary = await closed.correct(tx, RAHIMA, case.tracking_number, body)
    assert summary.status == "with_ministry"


async def test_an_empty_list_is_a_list(database: Database) -> None:
    """Who has not applied sees an empty page without a next one."""
    page = await own(database).list(RAHIMA, None, 20)
    assert (page.items, page.next) == ([], None)
