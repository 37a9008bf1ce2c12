import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.messaging.due import Worker
from libs.messaging.journal import By
from libs.messaging.retry import RetryPolicy
from libs.messaging.unsettled import Wanted
from libs.operations.desk import Desk
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.deliveries.jobs import deliver_work
from services.ministries.deliveries.manual_actions import manual_actions
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.use_cases import DELIVER
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    TRACE,
    FakeMinistry,
    committed_row,
    committed_types,
    decision,
    planned,
    submission,
)


@asynccontextmanager
async def running(database: Database, ministry: FakeMinistry) -> AsyncIterator[None]:
    """Run the job runner with short pauses; at the end its calls are finished and recorded."""
    runner = Worker(
        DELIVER,
        deliver_work(lambda _: ministry),
        database=database,
        replica="0",
        tracing=Tracing("test"),
        metrics=Metrics("test"),
        policy=RetryPolicy(first_s=0.01, most_s=0.05, nonsense_tries=3),
        deadline_s=1.0,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(runner.run(stop))
        try:
            yield
        finally:
            stop.set()


async def plan_one(database: Database) -> Delivery:
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
    return delivery


async def test_every_attempt_carries_the_same_key(database: Database) -> None:
    """After a lost answer the delivery is repeated under its key until the ministry answers."""

    def lost_twice(call: int, _delivery: Delivery) -> MinistryDecision:
        if call < 3:
            raise Unavailable(LAND, "connection lost")
        return decision("approved")

    ministry = FakeMinistry(lost_twice)
    delivery = await plan_one(database)
    async with running(database, ministry):
        await ministry.until_called(3)
    assert (await committed_row(database, delivery))["state"] == "handed_over"
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 3
    assert await committed_types(database) == ["ministry_received", "ministry_decided"]


async def test_unreadable_answers_are_tried_a_few_times_and_then_kept(database: Database) -> None:
    """A delivery whose answers are unreadable fails in the end, and is announced."""

    def nonsense(_call: int, _delivery: Delivery) -> MinistryDecision:
        raise Unreadable("nonsense_answer", "not the answer that was agreed")

    ministry = FakeMinistry(nonsense)
    delivery = await plan_one(database)
    async with running(database, ministry):
        await ministry.until_called(3)
    assert (await committed_row(database, delivery))["state"] == "failed"
    assert len(ministry.handed) == 3
    assert await committed_types(database) == ["ministry_unreachable"]


async def test_a_dead_ministry_delays_no_other(database: Database) -> None:
    """While one ministry fails every call, everything for another is delivered."""

    calls, served = Counter[str](), asyncio.Event()

    def script(call: int, delivery: Delivery) -> MinistryDecision:
        calls[delivery.ministry] += 1
        if delivery.ministry == LAND:
            raise Unavailable(LAND, "no answer")
        if calls[HEALTH] == 30:
            served.set()
        return decision(application_id=delivery.application_id)

    ministry = FakeMinistry(script)
    async with database.transaction() as tx:
        await planned(tx, *[submission(application_id=new_id()) for _ in range(300)])
        await planned(
            tx, *[submission(application_id=new_id(), ministry=HEALTH) for _ in range(30)]
        )
    async with running(database, ministry), asyncio.timeout(5):
        await served.wait()
    assert calls[LAND] < 150


async def test_a_refused_delivery_is_one_dead_letter_until_it_is_resent(database: Database) -> None:
    """It is listed with its ministry; resent under the same key, it arrives."""

    def refuse_first(call: int, _delivery: Delivery) -> MinistryDecision:
        if call == 1:
            raise Refused("refused_by_ministry", "status 422")
        return decision("approved")

    ministry = FakeMinistry(refuse_first)
    desk = Desk("ministries", database, {}, manual_actions(), tracing=Tracing("test"))
    delivery = await plan_one(database)
    async with running(database, ministry):
        await ministry.until_called(1)
    (letter,) = await desk.listed(limit=10)
    content = await desk.look(letter.dead_letter_id, By("rahim", "which form?"))
    report = await desk.replay(Wanted(party=LAND), By("rahim", "mended"), limit=10)
    async with running(database, ministry):
        await ministry.until_called(1)
    assert (await committed_row(database, delivery))["state"] == "handed_over"
    assert (letter.job_type, letter.destination, letter.owner) == (DELIVER, LAND, LAND)
    assert (letter.reason, letter.detail) == ("refused.refused_by_ministry", "status 422")
    assert (letter.attempts, letter.blocks, letter.trace_id) == (1, True, TRACE.trace_id)
    assert content.job is not None
    assert "রহিমা" in content.job["form"]
    assert report.settled == [letter.dead_letter_id]
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 2
    assert await desk.listed(limit=10) == []
