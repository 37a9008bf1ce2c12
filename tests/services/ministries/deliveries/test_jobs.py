import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from typing_extensions import override

from libs.bangladesh.bodies import bodies
from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.dead_letters.rules import ALL, JournalNote, Selection
from libs.errors import Refused, Unanswered, Unavailable, Unreadable
from libs.ids import new_id
from libs.jobs import JobRunner, RetryPolicy
from libs.service import Resources
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.ministries.availability.limits import MinistryLimits
from services.ministries.availability.use_cases import Availability
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Connection
from services.ministries.connections.use_cases import read_history
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.adapters.contract import Adapter
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.adapters.statuses import Gone
from services.ministries.deliveries.capability import capability
from services.ministries.deliveries.jobs import deliveries
from services.ministries.deliveries.rules import Delivery, Kind
from services.ministries.settings import Settings
from tests.libs.messaging.scenes import running
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    TRACE,
    FakeMinistry,
    admin_of,
    claim,
    committed_row,
    committed_types,
    decision,
    make_due,
    planned,
    response,
    row_of,
    submission,
)
from tests.waiting import PATIENCE_S, until

ANSWER_DEADLINE_S = 0.6


def runner(
    database: Database,
    ministry: Adapter,
    *,
    poll_s: float = 0.05,
    deadline_s: float = 1.0,
    connections: Connections | None = None,
) -> JobRunner[Delivery, MinistryDecision]:
    """A job runner with short pauses between attempts."""
    return JobRunner(
        deliveries(lambda _: ministry),
        database=database,
        replica="0",
        tracing=Tracing("test"),
        metrics=Metrics("test"),
        policy=RetryPolicy(first_s=0.01, most_s=0.05, unreadable_tries=3),
        deadline_s=deadline_s,
        poll_s=poll_s,
        excluded=connections.stopped if connections else tuple,
    )


async def plan_one(database: Database) -> Delivery:
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
    return delivery


async def test_every_attempt_has_the_same_key(database: Database) -> None:
    """After a lost response the delivery is repeated under its key until the ministry responds."""

    def lost_twice(call: int, _delivery: Delivery) -> MinistryDecision:
        if call < 3:
            raise Unavailable(LAND, "connection lost")
        return decision("approved")

    ministry = FakeMinistry(lost_twice)
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await ministry.until_called(3)
    assert (await committed_row(database, delivery))["state"] == "handed_over"
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 3
    assert await committed_types(database) == ["ministry_decided"]


class SlowMinistry(FakeMinistry):
    """A ministry that takes a submission and its papers in many calls."""

    begun = 0

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Take longer than one answer may."""
        self.begun += 1
        begun = asyncio.get_running_loop().time()
        await until(lambda: asyncio.get_running_loop().time() > begun + 2 * ANSWER_DEADLINE_S)
        return await super().submit(delivery, idempotency_key)


class SlowAdapters(Adapters):
    """They serve every ministry by one that is slow."""

    def __init__(self, ministry: SlowMinistry) -> None:
        self._ministry = ministry

    @override
    def of(self, ministry: str) -> Adapter:
        return self._ministry


async def test_a_hand_over_of_many_calls_has_more_time_than_one_answer(database: Database) -> None:
    """Papers that are passed on one by one take longer; the first attempt hands all over."""
    settings = Settings.model_validate(
        {"ministry_secret": "x" * 40, "answer_deadline_s": ANSWER_DEADLINE_S}
    )
    resources = replace(Resources.of("ministries", settings), database=database)
    connections = Connections(database, Connection(address="https://a.example"), Metrics("test"))
    await connections.refresh()
    ministry = SlowMinistry(lambda _number, _delivery: decision())
    limits = MinistryLimits()
    limits.put(Availability())
    made = capability(resources, settings, connections, SlowAdapters(ministry), limits)
    delivery = await plan_one(database)
    async with running(*made.components[:1]):
        await until(lambda: ministry.handed or ministry.begun > 1)
        assert ministry.begun == 1
        await until(partial(is_in, database, delivery, "handed_over"))
    resources.tracing.close()


async def test_a_damaged_form_is_a_dead_letter_and_the_others_are_handed_over(
    database: Database,
) -> None:
    """The runner of all ministries goes on, and the ministry is not called for it."""
    ministry = FakeMinistry(
        lambda _number, delivery: decision(application_id=delivery.application_id)
    )
    async with database.transaction() as tx:
        damaged, whole = await planned(tx, *[submission(application_id=new_id()) for _ in range(2)])
        await tx.execute(
            "UPDATE deliveries SET form = left(form, 60) WHERE delivery_id = $1",
            damaged.delivery_id,
        )
    async with running(runner(database, ministry)):
        await until(partial(is_in, database, damaged, "failed"))
        await until(partial(is_in, database, whole, "handed_over"))
    assert [key for _, key in ministry.handed] == [str(whole.delivery_id)]
    async with database.transaction() as tx:
        letter = await tx.fetchrow("SELECT job_key, reason FROM dead_letters")
        shown = await use_cases.show(tx, str(damaged.delivery_id))
    assert letter is not None
    assert tuple(letter) == (str(damaged.delivery_id), "unopened.Forged")
    assert shown is not None
    assert (shown["form"], shown["damaged"]) == (None, True)


class AskedMinistry(FakeMinistry):
    """A ministry that can be asked what it has under a key."""

    def __init__(self, known: MinistryDecision | None) -> None:
        super().__init__(lost_once)
        self.asked: list[str] = []
        self._known = known

    async def confirm(self, _: Delivery, idempotency_key: str) -> MinistryDecision | None:
        """Answer what a test has prepared."""
        self.asked.append(idempotency_key)
        return self._known


def lost_once(call: int, _delivery: Delivery) -> MinistryDecision:
    if call == 1:
        raise Unanswered(LAND, "connection lost")
    return decision("approved")


@pytest.mark.parametrize(("known", "sent"), [(decision("approved"), 1), (None, 2)])
async def test_after_a_lost_answer_the_ministry_is_asked_first(
    database: Database, known: MinistryDecision | None, sent: int
) -> None:
    """What it has is not sent again; what it does not have is, under the same key."""
    ministry = AskedMinistry(known)
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await until(partial(is_in, database, delivery, "handed_over"))
    assert ministry.asked == [str(delivery.delivery_id)]
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * sent
    assert await committed_types(database) == ["ministry_decided"]


async def test_without_a_connection_nothing_has_to_be_asked(database: Database) -> None:
    """The ministry cannot have it; it is sent again."""

    def away_once(call: int, _delivery: Delivery) -> MinistryDecision:
        if call == 1:
            raise Unavailable(LAND, "no connection")
        return decision("approved")

    ministry = AskedMinistry(None)
    ministry.script = away_once
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await until(partial(is_in, database, delivery, "handed_over"))
    assert ministry.asked == []


async def test_a_failure_of_our_own_counts_no_attempt(database: Database) -> None:
    """The delivery is tried again after seconds, and the ministry is not thought to be down."""

    def ours(_call: int, _delivery: Delivery) -> MinistryDecision:
        raise Unavailable("database", "no answer")

    ministry = FakeMinistry(ours)
    delivery = await plan_one(database)
    made = runner(database, ministry)
    async with running(made):
        await ministry.until_called(1)
        await until(partial(is_put_off, database, delivery))
    row = await committed_row(database, delivery)
    assert (row["state"], row["attempts"], row["last_failure"]) == ("open", 0, None)
    assert made.calls() == []


async def test_66_ministries_do_not_notice_the_67th(database: Database) -> None:
    """One takes calls and never answers; all others get what is theirs meanwhile."""
    hang, served = asyncio.Event(), Counter[str]()
    others = [body.body_id for body in bodies() if body.body_id != LAND]

    def answers(_call: int, delivery: Delivery) -> MinistryDecision:
        served[delivery.ministry] += 1
        return decision(application_id=delivery.application_id)

    class Ministries(FakeMinistry):
        @override
        async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
            if delivery.ministry == LAND:
                await hang.wait()
            return await super().submit(delivery, idempotency_key)

    async with database.transaction() as tx:
        await planned(tx, *[submission(application_id=new_id()) for _ in range(300)])
        await planned(
            tx,
            *[
                submission(application_id=new_id(), ministry=ministry)
                for ministry in others
                for _ in range(3)
            ],
        )
    async with running(runner(database, Ministries(answers), deadline_s=60.0)):
        await until(lambda: served.total() == 3 * len(others))
        assert served[LAND] == 0
        hang.set()
    assert {served[ministry] for ministry in others} == {3}
    assert len(others) == 66


async def test_unreadable_responses_fail_a_delivery_after_some_attempts(database: Database) -> None:
    """The delivery is then a dead letter, and its delay is announced."""

    def nonsense(_call: int, _delivery: Delivery) -> MinistryDecision:
        raise Unreadable("nonsense_answer", "not the answer that was agreed")

    ministry = FakeMinistry(nonsense)
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await ministry.until_called(3)
    assert (await committed_row(database, delivery))["state"] == "failed"
    assert len(ministry.handed) == 3
    assert await committed_types(database) == ["ministry_unreachable"]


async def test_an_unavailable_ministry_does_not_delay_others(database: Database) -> None:
    """All deliveries to another ministry succeed meanwhile."""

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
    async with running(runner(database, ministry)), asyncio.timeout(PATIENCE_S):
        await served.wait()
    assert calls[LAND] < 150


async def test_a_delivery_is_handed_over_as_soon_as_it_is_due(database: Database) -> None:
    """A planned delivery, or the next one after a settled one, does not wait for the next poll."""
    ministry = FakeMinistry(refuse_submitted)
    async with running(runner(database, ministry, poll_s=3600)):
        for _ in range(2):
            application_id = new_id()
            submitted, withdrawn = (
                submission(kind, application_id=application_id)
                for kind in ("submitted", "withdrawn")
            )
            async with database.transaction() as tx:
                delivery, _ = await planned(tx, submitted, withdrawn)
            await ministry.until_called(1)
            await until(partial(is_in, database, delivery, "failed"))
            async with database.transaction() as tx:
                await use_cases.settle(tx, [str(delivery.key)])
            await ministry.until_called(1)
    assert [each.kind for each, _ in ministry.handed] == ["submitted", "withdrawn"] * 2


async def test_a_refused_delivery_is_one_dead_letter_until_it_is_resent(database: Database) -> None:
    """It is listed with its ministry; a resend uses the same key."""

    def refuse_first(call: int, _delivery: Delivery) -> MinistryDecision:
        if call == 1:
            raise Refused("refused_by_ministry", "status 422")
        return decision("approved")

    ministry = FakeMinistry(refuse_first)
    admin = admin_of(database)
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await ministry.until_called(1)
    (letter,) = await admin.list_open(limit=10)
    content = await admin.look(letter.dead_letter_id, JournalNote("rahim", "which form?"))
    report = await admin.replay(
        Selection(destination=LAND), JournalNote("rahim", "fixed"), limit=10
    )
    async with running(runner(database, ministry)):
        await ministry.until_called(1)
    assert (await committed_row(database, delivery))["state"] == "handed_over"
    assert (letter.job_type, letter.destination, letter.owner) == ("deliver", LAND, LAND)
    assert (letter.reason, letter.detail) == ("refused.refused_by_ministry", "status 422")
    assert (letter.attempts, letter.blocks, letter.trace_id) == (1, True, TRACE.trace_id)
    assert content.job is not None
    assert "রহিমা" in content.job["form"]
    assert report.settled == [letter.dead_letter_id]
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 2
    assert await admin.list_open(limit=10) == []


async def test_a_replay_says_what_was_delivered(database: Database) -> None:
    """Due again is not delivered: what waits and what fails again is told apart."""
    waits, fails = new_id(), new_id()

    def behave(call: int, delivery: Delivery) -> MinistryDecision:
        if call > 3 and delivery.application_id == waits:
            raise Unavailable(LAND, "a page of a proxy")
        if call <= 3 or delivery.application_id == fails:
            raise Refused("refused_by_ministry", f"of {delivery.application_id}")
        return decision(application_id=delivery.application_id)

    ministry, admin = FakeMinistry(behave), admin_of(database)
    async with database.transaction() as tx:
        await planned(tx, *(submission(application_id=each) for each in (new_id(), waits, fails)))
    async with running(runner(database, ministry)):
        await ministry.until_called(3)
    report = await admin.replay(ALL, JournalNote("rahim", "mended"))
    assert set((await admin.states_of(report)).values()) == {"waiting"}
    async with running(runner(database, ministry)):
        await ministry.until_called(3)
    states = await admin.states_of(report)
    assert Counter(states.values()) == {"done": 1, "waiting": 1, "failed": 1}
    assert states.keys() == set(report.settled)


async def test_who_was_refused_wrongly_is_sent_again_by_destination_and_window(
    database: Database,
) -> None:
    """Under the keys of before, in order, with the corrections that waited; a repeat does nothing.

    Another ministry's failures are not touched, and the citizens are told of no second delay.
    """

    def behave(call: int, delivery: Delivery) -> MinistryDecision:
        if call <= 9:
            raise Refused("refused_by_ministry", f"of {delivery.application_id}")
        return decision(application_id=delivery.application_id)

    ministry, admin, note = FakeMinistry(behave), admin_of(database), JournalNote("rahim", "mended")
    applications = [new_id() for _ in range(8)]
    begun = datetime.now(UTC)
    async with database.transaction() as tx:
        await planned(tx, *(submission(application_id=application) for application in applications))
        await planned(tx, submission(application_id=new_id(), ministry=HEALTH))
    async with running(runner(database, ministry)):
        await ministry.until_called(9)
    async with database.transaction() as tx:
        await planned(
            tx,
            *(submission("corrected", application_id=application) for application in applications),
        )
    selection = Selection(destination=LAND, since=begun)
    assert [each.number for each in await admin.count(selection)] == [8]
    reports = [await admin.replay(selection, note) for _ in range(2)]
    assert [(len(report.settled), report.failed) for report in reports] == [(8, {}), (0, {})]
    async with running(runner(database, ministry)):
        await ministry.until_called(16)
    for application in applications:
        first, again, corrected = handed_of(ministry, application)
        assert first == again
        assert (first[0], corrected[0]) == ("submitted", "corrected")
    assert [letter_view.destination for letter_view in await admin.list_open(limit=100)] == [HEALTH]
    assert Counter(await committed_types(database))["ministry_unreachable"] == 9


def handed_of(ministry: FakeMinistry, application_id: UUID) -> list[tuple[Kind, str]]:
    """Kind and key of an application's hand-overs, in order."""
    return [
        (each.kind, key) for each, key in ministry.handed if each.application_id == application_id
    ]


async def test_a_failed_delivery_that_the_ministry_decides_on_is_settled(
    database: Database,
) -> None:
    """A decision by callback settles the dead letter, since the ministry has the submission."""
    admin, delivery = admin_of(database), await failed_delivery(database)
    (letter,) = await admin.list_open(limit=10)
    async with database.transaction() as tx:
        await use_cases.record_responses(tx, [response(delivery, decision("approved"))])
    assert await admin.list_open(limit=10) == []
    assert (await admin.show(letter.dead_letter_id)).settled_how == "answered"


async def test_after_a_settled_delivery_the_next_one_is_sent(database: Database) -> None:
    """An operator settles the submission; the withdrawal behind it is delivered."""
    admin, submitted = admin_of(database), await failed_delivery(database)
    (letter,) = await admin.list_open(limit=10)
    async with database.transaction() as tx:
        (withdrawal,) = await planned(tx, submission("withdrawn"))
    report = await admin.settle([letter.dead_letter_id], JournalNote("rahim", "taken on paper"))
    assert report.settled == [letter.dead_letter_id]
    async with database.transaction() as tx:
        assert (await row_of(tx, submitted))["state"] == "handed_over"
        assert [delivery.key for delivery in await claim(tx)] == [withdrawal.key]


def refuse_submitted(_call: int, delivery: Delivery) -> MinistryDecision:
    if delivery.kind == "submitted":
        raise Refused("refused_by_ministry", "status 422")
    return decision(application_id=delivery.application_id)


async def is_in(database: Database, delivery: Delivery, state: str) -> bool:
    return bool((await committed_row(database, delivery))["state"] == state)


async def is_put_off(database: Database, delivery: Delivery) -> bool:
    row = await committed_row(database, delivery)
    return bool(row["due_at"] > row["planned_at"])


async def failed_delivery(database: Database) -> Delivery:
    """A delivery that its ministry refused."""
    ministry = FakeMinistry(refuse_submitted)
    delivery = await plan_one(database)
    async with running(runner(database, ministry)):
        await ministry.until_called(1)
    return delivery


async def test_a_ministry_that_is_gone_is_not_called_again(database: Database) -> None:
    """After a 410 its deliveries wait for an operator, and one version says why."""

    def gone(_call: int, delivery: Delivery) -> MinistryDecision:
        if delivery.ministry == LAND:
            raise Gone(LAND, "status 410")
        return decision(application_id=delivery.application_id)

    ministry = FakeMinistry(gone)
    delivery = await plan_one(database)
    async with database.transaction() as tx:
        await planned(tx, submission(application_id=new_id(), ministry=HEALTH))
        later = "UPDATE deliveries SET due_at = now() + interval '1 hour' WHERE ministry = $1"
        await tx.execute(later, HEALTH)
    connections = Connections(database, Connection(address="https://a.example"), Metrics("test"))

    async def stopped() -> bool:
        return LAND in connections.stopped()

    async def next_is_called() -> bool:
        return any(each.ministry == HEALTH for each, _ in ministry.handed)

    async with running(connections), running(runner(database, ministry, connections=connections)):
        await ministry.until_called(1)
        await until(stopped)
        before = len(ministry.handed)  # on a busy machine one more before the stop is known
        async with database.transaction() as tx:
            await make_due(tx)  # of both ministries: the next claim has whatever may be called
        await until(next_is_called)
    assert [each.ministry for each, _ in ministry.handed[before:]] == [HEALTH]
    assert (await committed_row(database, delivery))["state"] == "open"
    async with database.transaction() as tx:
        (version,) = await read_history(tx, LAND)
    assert (version.is_stopped, version.set_by) == (True, "platform")
