"""Ministries for which something waits for long."""

from datetime import UTC, datetime, timedelta

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import FocalPointContact, FocalPointsChanged
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.ministries.deliveries.rules import Delivery
from services.ministries.escalations import use_cases
from services.ministries.escalations.rules import FocalPoint
from tests.services.ministries.scenes import LAND, planned, submission
from tests.services.ministries.status.scenes import attempt, let_pass, measure, silent

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def waiting_for(tx: Transaction, wait: timedelta) -> Delivery:
    """A delivery that waits for so long."""
    (delivery,) = await planned(tx, submission(application_id=new_id()))
    await attempt(tx)
    await let_pass(tx, wait)
    await measure(tx, [silent(9)])
    return delivery


async def levels(tx: Transaction) -> list[int]:
    """What is open after one more step."""
    are_open = await use_cases.escalate(tx, at=datetime.now(UTC), next_in_line_after=30 * DAY)
    listed, _ = await use_cases.read_escalations(tx, dhaka_date(datetime.now(UTC)))
    assert {each.level for each in listed} == {each.level for each in are_open}
    return sorted(escalation.level for escalation in are_open)


async def keep(tx: Transaction, *points: FocalPoint, at: datetime = NOW) -> None:
    """The programme announced who answers for the Ministry of Land."""
    people = tuple(
        FocalPointContact(
            duty="focal_point" if point.level == 1 else "deputy",
            post=point.post,
            until=point.until,
            name=point.name,
            mail=point.email,
            phone="+8801712345678",
        )
        for point in points
    )
    event = FocalPointsChanged(ministry=LAND, occurred_at=at, people=people)
    await use_cases.keep_focal_points(tx, [event])
