import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.messaging.due import Worker
from libs.messaging.heldup import HeldUp
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Done
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries import worker
from services.ministries.domain import Delivery
from services.ministries.store.deliveries import DUE
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    NOTE,
    TRACE,
    FakeMinistry,
    answer,
    claim,
    decision,
    make_due,
    planned,
    state_of,
    submission,
    told,
    told_types,
)

TOPIC = f"ministries.{LAND}.v1"


def done(delivery: Delivery, said: MinistryDecision) -> Done[Delivery, MinistryDecision]:
    return Done(delivery, said, None, None, counts=True, trace=TRACE)


def failed(
    delivery: Delivery, failure: Exception, next_due_s: float | None
) -> Done[Delivery, MinistryDecision]:
    return Done(delivery, None, failure, next_due_s, counts=True, trace=TRACE)


async def test_an_answer_with_a_decision_is_told_in_order(tx: Transaction) -> None:
    """The receipt is told before the decision, both in the ministry's own topic."""
    (delivery,) = await planned(tx, submission())
    await worker.record_outcomes(tx, [done(delivery, decision("approved"))])
    assert await told(tx) == [("ministry_received", TOPIC), ("ministry_decided", TOPIC)]
    assert (await state_of(tx, delivery))["state"] == "handed_over"


async def test_an_answer_recorded_again_is_told_once(tx: Transaction) -> None:
    """However often one delivery is answered, its receipt and decision are told once."""
    (delivery,) = await planned(tx, submission())
    for _ in range(3):
        await worker.record_outcomes(tx, [done(delivery, decision("refused", note=NOTE))])
    assert await told_types(tx) == ["ministry_received", "ministry_decided"]


async def test_a_callback_before_our_own_outcome_keeps_the_order(tx: Transaction) -> None:
    """A ministry that decides before our call has come back is heard at once, each fact once."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    await worker.record_answers(tx, [answer(delivery, decision("approved"))])
    assert await told_types(tx) == ["ministry_received", "ministry_decided"]
    await worker.record_outcomes(tx, [done(delivery, decision("received"))])
    assert await told_types(tx) == ["ministry_received", "ministry_decided"]


async def test_a_callback_ends_the_tries(tx: Transaction) -> None:
    """A ministry that decided has the submission: it is not handed over once more."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    await worker.record_answers(tx, [answer(delivery, decision("approved"))])
    await worker.record_outcomes(tx, [failed(delivery, Unavailable(LAND, "no answer"), 1.0)])
    await make_due(tx)
    assert await claim(tx, worker="w2") == []


async def test_the_next_submission_follows_a_success(tx: Transaction) -> None:
    """When an application is taken over, its withdrawal becomes due."""
    lodged, withdrawn = await planned(tx, submission("lodged"), submission("withdrawn"))
    assert [each.key for each in await claim(tx)] == [lodged.key]
    await worker.record_outcomes(tx, [done(lodged, decision())])
    assert [each.key for each in await claim(tx)] == [withdrawn.key]


async def test_a_refusal_for_good_is_kept_and_the_citizen_told_once(tx: Transaction) -> None:
    """What the ministry's system will not take is kept with its reason; the citizen is told."""
    (delivery,) = await planned(tx, submission())
    refusal = failed(delivery, Refused("refused_by_ministry", "status 422"), None)
    for _ in range(2):
        await worker.record_outcomes(tx, [refusal])
    row = await state_of(tx, delivery)
    assert (row["state"], row["last_failure"]) == ("failed", "refused_by_ministry: status 422")
    assert await told_types(tx) == ["ministry_unreachable"]


async def test_a_long_silence_is_told_once_even_if_nothing_was_tried(tx: Transaction) -> None:
    """Behind a dead ministry nothing is tried; whoever waits too long is told, and told once."""
    await planned(tx, submission("lodged"), submission("withdrawn"))
    assert await worker.tell_delays(tx, patience_s=900) == 0
    await tx.execute("UPDATE deliveries SET planned_at = now() - interval '1 hour'")
    while await worker.tell_delays(tx, patience_s=900):
        pass
    assert await told(tx) == [("ministry_unreachable", TOPIC)]


async def test_many_outcomes_are_recorded_together(tx: Transaction) -> None:
    """One batch holds successes and failures of many ministries, each with its own effect."""
    good, silent, wrong = await planned(
        tx,
        submission(),
        submission(application_id=new_id(), ministry=HEALTH),
        submission(application_id=new_id(), ministry=HEALTH),
    )
    await worker.record_outcomes(
        tx,
        [
            done(good, decision("approved")),
            failed(silent, Unavailable(HEALTH), 60.0),
            failed(wrong, Refused("refused_by_ministry"), None),
        ],
    )
    states = [(await state_of(tx, each))["state"] for each in (good, silent, wrong)]
    assert states == ["handed_over", "open", "failed"]
    assert await told(tx) == [
        ("ministry_received", TOPIC),
        ("ministry_decided", TOPIC),
        ("ministry_unreachable", f"ministries.{HEALTH}.v1"),
    ]


async def test_every_try_carries_the_same_key(database: Database) -> None:
    """A try whose answer is lost is repeated under the same key until the ministry answers."""

    def lost_twice(call: int, delivery: Delivery) -> MinistryDecision:
        if call < 3:
            raise Unavailable(LAND, "connection lost")
        return decision("approved")

    ministry = FakeMinistry(lost_twice)
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
    async with working(database, ministry):
        await until(database, lambda row: row["state"] == "handed_over", delivery)
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 3
    async with database.transaction() as tx:
        assert await told_types(tx) == ["ministry_received", "ministry_decided"]


async def test_nonsense_is_tried_a_few_times_and_then_kept(database: Database) -> None:
    """Answers that nobody can read end as a failure for good, told to the citizen."""

    def nonsense(call: int, delivery: Delivery) -> MinistryDecision:
        raise Unreadable("nonsense_answer", "not the answer that was agreed")

    ministry = FakeMinistry(nonsense)
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
    async with working(database, ministry):
        await until(database, lambda row: row["state"] == "failed", delivery)
    assert len(ministry.handed) == 3
    async with database.transaction() as tx:
        assert await told_types(tx) == ["ministry_unreachable"]


async def test_a_dead_ministry_stops_nobody_else(database: Database) -> None:
    """While one ministry fails every call, everything for another is handed over."""

    asked, served = Counter[str](), asyncio.Event()

    def script(call: int, delivery: Delivery) -> MinistryDecision:
        asked[delivery.ministry] += 1
        if delivery.ministry == LAND:
            raise Unavailable(LAND, "no answer")
        if asked[HEALTH] == 30:
            served.set()
        return decision(application_id=delivery.application_id)

    ministry = FakeMinistry(script)
    async with database.transaction() as tx:
        await planned(tx, *[submission(application_id=new_id()) for _ in range(300)])
        await planned(
            tx, *[submission(application_id=new_id(), ministry=HEALTH) for _ in range(30)]
        )
    async with working(database, ministry), asyncio.timeout(5):
        await served.wait()
    assert asked[LAND] < 150


async def test_who_waits_behind_a_fault_of_ours_is_told_of(tx: Transaction) -> None:
    """In the topic of the ministry concerned, as a fault of ours; the sweep comes once."""
    await worker.tell_held_up(tx, [HeldUp(7, new_id(), f"submissions.{LAND}.v1", TRACE)])
    assert await told(tx) == [("ministry_unreachable", TOPIC)]
    value = await tx.fetchval("SELECT record_value FROM outbox")
    assert b'"cause":"platform"' in value


@asynccontextmanager
async def working(database: Database, ministry: FakeMinistry) -> AsyncIterator[None]:
    """The worker at work, with the pauses of a test."""
    hand_over = Worker(
        DUE,
        worker.hand_over_work(lambda _: ministry),
        database=database,
        replica="0",
        tracing=Tracing("test"),
        metrics=Metrics("test"),
        policy=RetryPolicy(first_s=0.01, most_s=0.05, nonsense_tries=3),
        deadline_s=1.0,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hand_over.run(stop))
        try:
            yield
        finally:
            stop.set()


async def until(
    database: Database, reached: Callable[[dict[str, object]], bool], delivery: Delivery
) -> None:
    """Wait until the delivery's row is as it shall become."""
    async with asyncio.timeout(10):
        while True:
            async with database.transaction() as tx:
                if reached(await state_of(tx, delivery)):
                    return
            await asyncio.sleep(0.05)
