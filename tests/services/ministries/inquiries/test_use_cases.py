from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from libs.contracts.ministries import DecisionPaper, MinistryDecision
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from libs.jobs import JobResult, Lease
from libs.telemetry.tracing import Tracing
from services.ministries.connections.rules import Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.use_cases import DeliveryResults, record_results
from services.ministries.deliveries.values import Inquiry
from services.ministries.inquiries import queries, use_cases
from services.ministries.inquiries.rules import Question, usable
from tests.services.ministries.scenes import (
    LAND,
    NOTE,
    TRACE,
    announced_types,
    claim,
    decision,
    planned,
    response,
    submission,
    succeeded,
)

POLLED = {
    LAND: Connection(
        adapter="poll_json", address="https://a.example", read_every_s=60, read_at_once=2
    )
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LEASE = Lease("w1", limit=10, per_destination=1, duration_s=60)


async def record_deliveries(
    tx: Transaction, results: DeliveryResults, asked: Collection[str] = tuple(POLLED)
) -> None:
    """Record results of deliveries as the service does."""
    follow_up = partial(use_cases.follow_deliveries, polled=lambda: asked)
    assert not await record_results(tx, results, follow_up=follow_up)


async def handed_over(tx: Transaction, count: int = 1) -> list[Delivery]:
    """Deliveries that a ministry has taken without a decision."""
    await use_cases.set_ministries(tx, POLLED)
    made = await planned(tx, *[submission(application_id=new_id()) for _ in range(count)])
    taken = [succeeded(each, decision(application_id=each.application_id)) for each in made]
    await record_deliveries(tx, taken)
    return made


async def due(tx: Transaction) -> list[Question]:
    """Let the pause pass, and claim."""
    await tx.execute("UPDATE questions SET due_at = now()")
    return await use_cases.claim(tx, LEASE)


async def answer(tx: Transaction, question: Question, *found: MinistryDecision) -> list[str]:
    return await record(tx, JobResult(question, found, None, None, counts=True, trace=TRACE))


async def record(tx: Transaction, *results: JobResult[Question, Sequence[Any]]) -> list[str]:
    """Record results; return the ministries of answers that could not be used."""
    not_used = list[str]()
    assert not await use_cases.record_answers(
        tx, results, tracing=Tracing("test"), count_not_used=not_used.append
    )
    return not_used


async def test_a_decision_is_asked_for_until_it_is_known(tx: Transaction) -> None:
    """It is announced once, as if the ministry had called back."""
    (delivery,) = await handed_over(tx)
    application_id = delivery.application_id
    (question,) = await use_cases.claim(tx, LEASE)
    since = delivery.created_at
    assert question.inquiries == [Inquiry(application_id, delivery.tracking_number, since)]
    await answer(tx, question, decision(application_id=application_id))
    assert not await use_cases.claim(tx, LEASE)
    (question,) = await due(tx)
    await answer(tx, question, decision("approved", application_id=application_id))
    assert not await due(tx)
    assert await announced_types(tx) == ["ministry_received", "ministry_decided"]


async def test_a_decision_whose_paper_cannot_be_made_is_asked_for_again(tx: Transaction) -> None:
    """It counts as no answer, so that an alert follows; once the paper is right it is announced."""
    (delivery,) = await handed_over(tx)
    fields = {"name_bn": "রহিমা খাতুন", "subject": "বিষয়"}
    for order in ("\u202e", "মঞ্জুর"):
        (question,) = await due(tx)
        (inquiry,) = question.inquiries
        assert inquiry.since == delivery.created_at
        paper = DecisionPaper(template="approval_order", fields={**fields, "order": order})
        said = decision("approved", application_id=delivery.application_id)
        await answer(tx, question, said.model_copy(update={"paper": paper}))
    assert not await due(tx)
    assert await announced_types(tx) == ["ministry_received", "ministry_decided", "paper_granted"]


async def test_after_an_objection_it_is_asked_until_that_is_decided(tx: Transaction) -> None:
    """Whatever the system still says of its refusal: that is no answer, so that alerts follow."""
    (delivery,) = await handed_over(tx)
    about = delivery.application_id
    refusal = decision("refused", application_id=about)
    (question,) = await due(tx)
    await answer(tx, question, refusal)
    assert not await due(tx)
    (objection,) = await planned(tx, submission("appealed", application_id=about))
    await claim(tx)
    await record_deliveries(tx, [succeeded(objection, refusal)])
    await tx.execute("UPDATE inquiries SET answered_at = now() - interval '4 days'")
    (question,) = await due(tx)
    assert await answer(tx, question, refusal) == [LAND]
    assert await use_cases.read_unanswered(tx) == {LAND: 4 * 24 * 3600}
    (question,) = await due(tx)
    assert await answer(tx, question, decision(application_id=about)) == []
    assert await use_cases.read_unanswered(tx) == {LAND: 0}
    (question,) = await due(tx)
    assert await answer(tx, question, refusal.model_copy(update={"stage": "appeal"})) == []
    assert not await due(tx)
    assert (await announced_types(tx)).count("ministry_decided") == 2


async def test_what_decides_an_objection_that_nobody_made_ends_no_question(
    tx: Transaction,
) -> None:
    """It is not used, so the application is asked about until it is decided."""
    (delivery,) = await handed_over(tx)
    wrong = decision("refused", application_id=delivery.application_id, stage="appeal")
    await record_deliveries(tx, [succeeded(delivery, wrong)])
    (question,) = await due(tx)
    assert await answer(tx, question, wrong) == [LAND]
    assert "ministry_decided" not in await announced_types(tx)
    (question,) = await due(tx)
    await answer(tx, question, wrong.model_copy(update={"stage": "first"}))
    assert not await due(tx)


async def test_the_queue_says_how_late_it_is(tx: Transaction) -> None:
    """By the ministry that is to be asked for longest; without open inquiries nobody is asked."""
    await use_cases.set_ministries(tx, POLLED)
    await tx.execute("UPDATE questions SET due_at = now() - interval '90 s'")
    assert await use_cases.QUESTIONS.oldest_due_age_s(tx) == 0
    await handed_over(tx)
    await tx.execute("UPDATE questions SET due_at = now() - interval '90 s'")
    assert await use_cases.QUESTIONS.oldest_due_age_s(tx) == 90


async def test_what_was_answered_is_asked_since_then(tx: Transaction) -> None:
    """Since before the hand-over at first; what cannot be used is asked for since the last use."""
    known, unknown = await handed_over(tx, 2)
    assert known.created_at == unknown.created_at
    (question,) = await due(tx)
    assert {each.since for each in question.inquiries} == {known.created_at}
    await answer(tx, question, decision(application_id=known.application_id))
    (again,) = await due(tx)
    since = {each.application_id: each.since for each in again.inquiries}
    assert since == {
        known.application_id: question.asked_at,
        unknown.application_id: unknown.created_at,
    }


async def test_since_when_nothing_was_said_is_known(tx: Transaction) -> None:
    """Of the application that waits longest, for an alert; other ministries are not asked."""
    known, _ = await handed_over(tx, 2)
    (question,) = await due(tx)
    await answer(tx, question, decision(application_id=known.application_id))
    waiting_s = (question.asked_at - known.created_at).total_seconds()
    assert await use_cases.read_unanswered(tx) == {LAND: waiting_s}
    (question,) = await due(tx)
    decided = [decision(application_id=each.application_id) for each in question.inquiries]
    await answer(tx, question, *decided)
    assert await use_cases.read_unanswered(tx) == {LAND: 0}
    await use_cases.set_ministries(tx, {})
    assert await use_cases.read_unanswered(tx) == {}


async def test_applications_take_turns(tx: Transaction) -> None:
    """At most so many at once as the connection allows; nobody is asked about for ever first."""
    await handed_over(tx, 3)
    asked: list[Inquiry] = []
    for _ in range(3):
        (question,) = await due(tx)
        asked += question.inquiries
        await answer(tx, question)
        await tx.execute("UPDATE inquiries SET asked_at = asked_at - interval '1 s'")
    assert len(asked) == 6
    assert len(set(asked)) == 3


async def test_a_failure_makes_the_pause_no_shorter(tx: Transaction) -> None:
    """However soon a repeat would be due, the ministry's own rate holds."""
    await handed_over(tx)
    (question,) = await use_cases.claim(tx, LEASE)
    failure = Unavailable(LAND, "away")
    await record(tx, JobResult(question, None, failure, 0.1, counts=True, trace=None))
    wait_s = "SELECT extract(epoch FROM due_at - now()) FROM questions"
    assert 59 < float(await tx.fetchval(wait_s)) <= 60


async def test_a_question_is_one_processs_until_its_lease_ends(tx: Transaction) -> None:
    """Another process does not ask the same; one that was killed gives back what it had claimed."""
    await handed_over(tx)
    assert len(await use_cases.claim(tx, LEASE)) == 1
    other = replace(LEASE, holder="w2")
    assert await use_cases.claim(tx, other) == []
    await queries.release_questions(tx, "w2")
    await queries.release_questions(tx, LEASE.holder, [LAND])
    assert await use_cases.claim(tx, other) == []
    await queries.release_questions(tx, LEASE.holder)
    assert len(await use_cases.claim(tx, other)) == 1
    await tx.execute("UPDATE questions SET claimed_until = now() - interval '1 s'")
    assert await use_cases.claim(tx, replace(LEASE, excluded=[LAND])) == []
    assert len(await use_cases.claim(tx, LEASE)) == 1


async def test_failures_are_counted_until_an_answer(tx: Transaction) -> None:
    """The pauses grow with them."""
    await handed_over(tx)
    (question,) = await due(tx)
    failure = Unavailable(LAND, "away")
    await record(tx, JobResult(question, None, failure, 0.1, counts=True, trace=None))
    (question,) = await due(tx)
    assert question.attempts == 1
    await answer(tx, question)
    (question,) = await due(tx)
    assert question.attempts == 0


async def test_another_rate_holds_from_the_next_question(tx: Transaction) -> None:
    """It is data of the connection."""
    await handed_over(tx, 3)
    more = POLLED[LAND].model_copy(update={"read_at_once": 3})
    await use_cases.set_ministries(tx, {LAND: more})
    (question,) = await due(tx)
    assert len(question.inquiries) == 3


async def test_who_is_asked_about_first_waits_longest(tx: Transaction) -> None:
    """Whatever the order of the rows, or of an index."""
    await tx.execute("SET LOCAL enable_indexscan = off")
    await tx.execute("SET LOCAL enable_bitmapscan = off")
    made = await handed_over(tx, 3)
    for days, each in enumerate(made):
        await tx.execute(
            "UPDATE inquiries SET asked_at = now() - make_interval(days => $2)"
            " WHERE application_id = $1",
            each.application_id,
            days,
        )
    (question,) = await due(tx)
    asked = [each.application_id for each in question.inquiries]
    assert asked == [made[2].application_id, made[1].application_id]


async def test_what_was_decided_at_once_is_not_asked_for(tx: Transaction) -> None:
    """The answer to the hand-over had it."""
    await use_cases.set_ministries(tx, POLLED)
    (made,) = await planned(tx, submission(application_id=new_id()))
    said = decision("approved", application_id=made.application_id)
    await record_deliveries(tx, [succeeded(made, said)])
    assert not await due(tx)


async def test_a_returned_application_is_asked_about_after_its_correction(tx: Transaction) -> None:
    """Not before: the ministry waits for the citizen."""
    (delivery,) = await handed_over(tx)
    (question,) = await due(tx)
    returned = decision("correction_asked", application_id=delivery.application_id, note=NOTE)
    await answer(tx, question, returned)
    assert not await due(tx)
    (corrected,) = await planned(
        tx, submission("corrected", application_id=delivery.application_id)
    )
    said = decision(application_id=delivery.application_id)
    await record_deliveries(tx, [succeeded(corrected, said)])
    assert len(await due(tx)) == 1


async def withdrawn(tx: Transaction, delivery: Delivery) -> None:
    """Hand over the withdrawal of an application."""
    (made,) = await planned(tx, submission("withdrawn", application_id=delivery.application_id))
    said = decision(application_id=delivery.application_id)
    await record_deliveries(tx, [succeeded(made, said)])


async def test_a_withdrawn_application_is_asked_about_once_more(tx: Transaction) -> None:
    """The answer that told a decision made before the withdrawal may have been lost."""
    pending, decided = await handed_over(tx, 2)
    (before,) = await due(tx)
    before = replace(before, asked_at=before.asked_at - timedelta(seconds=1))
    await withdrawn(tx, pending)
    await withdrawn(tx, decided)
    both = [decision(application_id=each.application_id) for each in (pending, decided)]
    await answer(tx, before, *both)
    (question,) = await due(tx)
    assert len(question.inquiries) == 2
    approved = decision("approved", application_id=decided.application_id)
    await answer(tx, question, both[0], approved)
    assert not await due(tx)
    assert "ministry_decided" in await announced_types(tx)


async def test_a_withdrawn_application_is_not_asked_about_for_ever(tx: Transaction) -> None:
    """A ministry that says nothing of it is asked for a day; nothing is asked if all was said."""
    (delivery,) = await handed_over(tx)
    await withdrawn(tx, delivery)
    for _ in range(2):
        (question,) = await due(tx)
        await answer(tx, question)
    await tx.execute("UPDATE inquiries SET withdrawn_at = now() - interval '25 hours'")
    (question,) = await due(tx)
    await answer(tx, question)
    assert not await due(tx)
    await withdrawn(tx, delivery)
    assert not await due(tx)


async def test_only_polled_ministries_are_asked(tx: Transaction) -> None:
    """Others call back, and one that gets another adapter is asked no more."""
    (delivery,) = await planned(tx, submission(application_id=new_id()))
    said = decision(application_id=delivery.application_id)
    await record_deliveries(tx, [succeeded(delivery, said)], asked={})
    await use_cases.set_ministries(tx, POLLED)
    assert not await due(tx)
    await handed_over(tx)
    await use_cases.set_ministries(tx, {})
    assert not await due(tx)


async def test_a_second_outcome_is_not_used(tx: Transaction) -> None:
    """What was said by a callback before holds, whatever is said when it is asked for."""
    (delivery,) = await handed_over(tx)
    (question,) = await due(tx)
    approved = decision("approved", application_id=delivery.application_id)
    await deliveries.record_responses(tx, [response(delivery, approved)])
    await answer(tx, question, decision("refused", application_id=delivery.application_id))
    assert (await announced_types(tx)).count("ministry_decided") == 1


def test_what_contradicts_itself_or_was_not_asked_is_not_used() -> None:
    """Which of two outcomes is meant, nobody can say."""
    first, second, other = (new_id() for _ in range(3))
    inquiries = [Inquiry(first, "NS-1", NOW), Inquiry(second, "NS-2", NOW)]
    approved = decision("approved", application_id=second)
    found = usable(
        inquiries,
        [
            decision("approved", application_id=first),
            decision("refused", application_id=first),
            approved,
            approved,
            decision("approved", application_id=other),
        ],
    )
    assert found == [approved]
