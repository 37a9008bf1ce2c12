"""A ministry is away for 17 days. Time passes by moving back everything that is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.errors import NotAdmitted, Unavailable
from libs.ids import new_id
from libs.jobs import DestinationCalls, JobResult
from libs.messaging.envelope import unpack_headers
from libs.telemetry.metrics import Metrics
from services.ministries.availability.rules import Outage
from services.ministries.availability.use_cases import announce_outage, cancel_outage
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import Change, Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.rules import Delivery
from services.ministries.exchanges import use_cases as exchanges
from services.ministries.exchanges.rules import Exchange, Exchanged
from services.ministries.status import use_cases
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    claim,
    decision,
    failed,
    planned,
    row_of,
    submission,
    succeeded,
)
from tests.services.ministries.status.scenes import attempt, let_pass, measure, silent

STEP = timedelta(hours=6)
OPERATOR = "r.islam"


def answered(ministry: str = LAND) -> DestinationCalls:
    """The ministry answered just now."""
    return DestinationCalls(ministry, "closed", 0, datetime.now(UTC), None, 0.012, 0.034)


def taken(delivery: Delivery) -> JobResult[Delivery, MinistryDecision]:
    """The ministry has received it."""
    return succeeded(delivery, decision(application_id=delivery.application_id))


async def states(tx: Transaction, ministry: str = LAND) -> list[str]:
    """The states that were announced of a ministry, one after the other."""
    rows = await tx.fetch(
        "SELECT record_value, headers FROM outbox WHERE topic = 'status.v1' ORDER BY outbox_id"
    )
    assert all(dict(unpack_headers(row["headers"]))["ce_type"] for row in rows)
    events = [orjson.loads(row["record_value"]) for row in rows]
    said = [event["state"] for event in events if event["ministry"] == ministry]
    return [each for at, each in enumerate(said) if at == 0 or said[at - 1] != each]


async def test_after_17_days_nothing_is_lost_and_all_is_caught_up_in_order(
    tx: Transaction,
) -> None:
    """One alert the whole time; it is asked every six hours here; then the oldest comes first."""
    submitted: list[Delivery] = []
    for day in range(17 * 4):
        submitted += await planned(tx, submission(application_id=new_id()))
        tried = await attempt(tx)
        assert tried, f"nothing was tried at step {day}"
        await measure(tx, [silent(day + 5)])
        await let_pass(tx, STEP)
    assert await states(tx) == ["down"]
    assert {(await row_of(tx, delivery))["state"] for delivery in submitted} == {"open"}
    (first, *_) = await claim(tx)
    await deliveries.record_results(tx, [taken(first)])
    await measure(tx, [answered()])
    assert await states(tx) == ["down", "catching_up"]
    due = await tx.fetch(
        "SELECT delivery_id FROM deliveries WHERE due_at <= now() ORDER BY due_at, delivery_no"
    )
    caught_up = [row["delivery_id"] for row in due]
    assert caught_up == [delivery.key for delivery in submitted if delivery.key != first.key]
    rest = [taken(delivery) for delivery in submitted if delivery.key != first.key]
    await deliveries.record_results(tx, rest)
    await measure(tx, [answered()])
    assert await states(tx) == ["down", "catching_up", "working"]
    assert {(await row_of(tx, delivery))["state"] for delivery in submitted} == {"handed_over"}


async def test_what_waits_is_due_also_after_an_outage_that_was_announced_meanwhile(
    tx: Transaction,
) -> None:
    """The system went down before: its pauses have grown, and it comes back from the outage."""
    submitted = await planned(tx, *(submission(application_id=new_id()) for _ in range(3)))
    for failures in range(5, 10):
        await attempt(tx)
        await measure(tx, [silent(failures)])
        await let_pass(tx, STEP)
    await attempt(tx)
    now = datetime.now(UTC)
    outage = Outage(new_id(), LAND, now, now + STEP)
    await announce_outage(tx, outage, by=OPERATOR, at=now)
    await measure(tx, [silent(10)])
    await cancel_outage(tx, outage.outage_id, by=OPERATOR)
    await deliveries.record_results(tx, [taken(submitted[0])])
    await measure(tx, [answered()])
    assert await states(tx) == ["down", "planned_outage", "catching_up"]
    assert {each.key for each in await claim(tx)} == {each.key for each in submitted[1:]}


async def test_a_silent_ministry_is_asked_every_hour_however_long_the_pauses(
    tx: Transaction,
) -> None:
    """One delivery is tried, not all of them."""
    made = await planned(tx, *[submission(application_id=new_id()) for _ in range(3)])
    failure = Unavailable(LAND, "no answer")
    await claim(tx)
    await deliveries.record_results(tx, [failed(delivery, failure, 40_000.0) for delivery in made])
    await measure(tx, [silent(9)])
    due = await tx.fetch("SELECT due_at - now() AS in_s FROM deliveries ORDER BY due_at")
    assert [round(row["in_s"].total_seconds(), -2) for row in due] == [3600, 40_000, 40_000]


async def test_the_status_has_what_waits_and_what_the_calls_showed(tx: Transaction) -> None:
    """Operators see the oldest delivery with its attempts; a deliveries' minute is no backlog."""
    (late,) = await planned(tx, submission(application_id=new_id()))
    await attempt(tx)
    await let_pass(tx, timedelta(minutes=20))
    await planned(tx, submission(application_id=new_id()))
    await measure(tx, [silent(7), answered(HEALTH)])
    health, land = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    if health.ministry == LAND:
        health, land = land, health
    assert (land.ministry, land.state, land.waiting, land.attempts) == (LAND, "down", 1, 1)
    assert land.oldest_delivery_id == late.delivery_id
    assert land.last_failure == f"{LAND} unavailable: no answer"
    assert [(call.circuit, call.failures_in_row) for call in land.calls] == [("open", 7)]
    assert (health.state, health.waiting) == ("working", 0)
    assert [(call.p50_ms, call.p99_ms) for call in health.calls] == [(12.0, 34.0)]


async def test_a_stopped_ministry_is_told_as_stopped_until_it_is_resumed(tx: Transaction) -> None:
    """Whether something waits for it or not."""
    await connections.stop(tx, LAND, Change(OPERATOR, "they move"))
    await measure(tx)
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert (land.state, land.trouble, land.waiting) == ("down", "stopped", 0)
    await connections.resume(tx, LAND, Change(OPERATOR, "they have moved"))
    await measure(tx)
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert (land.state, land.trouble) == ("working", None)


async def test_a_system_that_lets_nobody_in_is_told_as_such(tx: Transaction) -> None:
    """Another process that is silent since earlier changes nothing."""
    proxied = replace(silent(9), failure="NotAdmitted")
    await measure(tx, [proxied])
    await measure(tx, [replace(proxied, failure=None)])
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert (land.state, land.trouble) == ("down", "not_admitted")


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [(Unavailable(LAND), "exchange_stuck"), (NotAdmitted(LAND), "not_admitted")],
)
async def test_an_exchange_of_files_that_fails_again_and_again_is_told(
    tx: Transaction, failure: Exception, trouble: str
) -> None:
    """From the fifth failure in a row on; one that succeeds ends it."""
    files = Connection.model_validate({"adapter": "files", "address": "sftp://p@land.example/x"})
    await exchanges.make_batches(tx, {LAND: files}, Metrics("t"))
    due = Exchange(LAND, 0, datetime.now(UTC))
    for _ in range(5):
        result: JobResult[Exchange, Exchanged] = JobResult(
            due, None, failure, 5.0, counts=True, trace=None
        )
        await exchanges.record_results(tx, [result], metrics=Metrics("t"))
    await measure(tx)
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert (land.state, land.trouble) == ("down", trouble)
    done = JobResult(due, Exchanged(), None, None, counts=True, trace=None)
    await exchanges.record_results(tx, [done], metrics=Metrics("t"))
    await measure(tx)
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert (land.state, land.trouble) == ("working", None)


async def test_an_exchange_of_files_is_an_answer(tx: Transaction) -> None:
    """Pages say of a system that never answered that nothing was handed over to it."""
    files = Connection.model_validate({"adapter": "files", "address": "sftp://p@land.example/x"})
    await exchanges.make_batches(tx, {LAND: files}, Metrics("t"))
    due = Exchange(LAND, 0, datetime.now(UTC))
    for done in (Exchanged(is_complete=False), Exchanged()):
        result: JobResult[Exchange, Exchanged] = JobResult(
            due, done, None, None, counts=True, trace=None
        )
        await exchanges.record_results(tx, [result], metrics=Metrics("t"))
        await measure(tx)
        rows = await tx.fetch("SELECT record_value FROM outbox WHERE topic = 'status.v1'")
        answered = [orjson.loads(row["record_value"])["answered_at"] is not None for row in rows]
        assert answered == ([True] if done.is_complete else [])


async def test_a_process_that_starts_again_forgets_no_answer(tx: Transaction) -> None:
    """What it saw before stays until it sees something newer."""
    await measure(tx, [answered()])
    await measure(tx, [silent(1)])
    (land,) = (await use_cases.read_statuses(tx, at=datetime.now(UTC))).items
    assert land.calls[0].answered_at is not None
    assert land.calls[0].p50_ms == 12.0
