from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest

from libs.contracts.documents import DocumentReference
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication, FailedRecord, Origin
from libs.dead_letters.use_cases import keep_records
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.consumers import router
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.handed_over import use_cases as handed_over
from tests.ciphers import outbox_rows
from tests.consuming import consuming
from tests.services.ministries.scenes import (
    APPLICATION,
    HEALTH,
    LAND,
    NUMBER,
    TRACE,
    announced,
    announced_types,
    claim,
    decision,
    failed,
    make_due,
    planned,
    response,
    row_of,
    submission,
    succeeded,
)

TOPIC = "ministries.hosted.v1"


async def test_a_repeated_submission_is_one_delivery(
    tx: Transaction,
) -> None:
    """A repeat in the same batch or a later one plans nothing."""
    submitted = submission()
    async with consuming(router, tx) as consume:
        await consume(submitted, submitted)
        await consume(submitted)
    expected = plan_delivery(submitted)
    (delivery,) = await claim(tx)
    assert delivery.delivery_id == expected.delivery_id
    assert delivery.trace == TRACE
    assert delivery.form == '{"name_bn":"রহিমা খাতুন"}'


async def test_a_later_submission_waits_for_the_earlier_one(tx: Transaction) -> None:
    """A withdrawal is delivered after the application, whatever the results of the attempts."""
    (submitted,) = await planned(tx, submission("submitted"))
    (withdrawn,) = await planned(tx, submission("withdrawn"))
    assert [each.kind for each in await claim(tx)] == ["submitted"]
    await use_cases.record_results(tx, [failed(submitted, Unavailable(LAND), 0.0)])
    assert [each.kind for each in await claim(tx)] == ["submitted"]
    await use_cases.settle(tx, [submitted.idempotency_key])
    assert [each.key for each in await claim(tx)] == [withdrawn.key]


async def test_runners_are_woken_when_a_delivery_becomes_due(database: Database) -> None:
    """A transaction that makes no delivery due wakes no runner."""
    async with database.transaction() as tx:
        submitted, withdrawn = await planned(tx, submission("submitted"), submission("withdrawn"))
        assert "deliver" in tx.notifications()
    for woken in (True, False):
        async with database.transaction() as tx:
            await use_cases.record_results(tx, [succeeded(submitted, decision())])
            assert ("deliver" in tx.notifications()) == woken
    async with database.transaction() as tx:
        await use_cases.mark_failed(tx, [withdrawn])
        assert "deliver" not in tx.notifications()
        await use_cases.resend(tx, [withdrawn.idempotency_key])
        assert "deliver" in tx.notifications()


async def test_a_failed_delivery_blocks_the_later_ones(tx: Transaction) -> None:
    """The later ones become due when it is settled, or delivered after a resend."""
    (submitted,) = await planned(tx, submission("submitted"))
    await use_cases.mark_failed(tx, [submitted])
    (withdrawn,) = await planned(tx, submission("withdrawn"))
    assert await claim(tx) == []
    assert await use_cases.resend(tx, [str(new_id())]) == set()
    assert await use_cases.resend(tx, [submitted.idempotency_key]) == {submitted.idempotency_key}
    assert await use_cases.resend(tx, [submitted.idempotency_key]) == set()
    (again,) = await claim(tx)
    assert (again.key, again.idempotency_key) == (submitted.key, submitted.idempotency_key)
    assert again.attempts == 0
    await use_cases.settle(tx, [submitted.idempotency_key])
    assert [each.key for each in await claim(tx)] == [withdrawn.key]
    row = await row_of(tx, submitted)
    assert (row["state"], row["due_at"]) == ("handed_over", None)


async def test_a_ministry_decides_on_the_newest_submission_it_was_sent(tx: Transaction) -> None:
    """A correction counts from its first attempt; a withdrawal is not decided on."""
    (submitted,) = await planned(tx, submission("submitted"))
    # Even where the mark of the first attempt was lost.
    assert await decided_on(tx) == submitted.key
    await claim(tx)
    (corrected,) = await planned(tx, submission("corrected"))
    await planned(tx, submission("withdrawn"))
    assert await decided_on(tx) == submitted.key
    await use_cases.settle(tx, [submitted.idempotency_key])
    await claim(tx)
    assert await decided_on(tx) == corrected.key
    await use_cases.settle(tx, [corrected.idempotency_key])
    await make_due(tx)
    assert [each.kind for each in await claim(tx)] == ["withdrawn"]
    assert await decided_on(tx) == corrected.key


async def test_a_callback_before_our_own_result_keeps_the_order(tx: Transaction) -> None:
    """A decision by callback may arrive before the response; each fact is announced once."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    await use_cases.record_responses(tx, [response(delivery, decision("approved"))])
    assert await announced_types(tx) == ["ministry_decided"]
    await use_cases.record_results(tx, [succeeded(delivery, decision("received"))])
    assert await announced_types(tx) == ["ministry_decided"]


async def test_an_answer_that_contradicts_a_callback_is_a_receipt(tx: Transaction) -> None:
    """The first decision holds; the answer's case file number is not lost."""
    (delivery,) = await planned(tx, submission())
    await use_cases.record_responses(tx, [response(delivery, decision("approved", number=None))])
    await use_cases.record_results(tx, [succeeded(delivery, decision("refused"))])
    assert await announced_types(tx) == ["ministry_decided", "ministry_received"]
    assert await tx.fetchval("SELECT outcome || case_file_number FROM applications") == (
        f"approved{NUMBER}"
    )


async def test_a_callback_ends_the_attempts(tx: Transaction) -> None:
    """After a decision by callback the submission is not delivered again."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    await use_cases.record_responses(tx, [response(delivery, decision("approved"))])
    await use_cases.record_results(tx, [failed(delivery, Unavailable(LAND, "no answer"), 1.0)])
    await make_due(tx)
    assert await claim(tx, holder="w2") == []
    assert (await row_of(tx, delivery))["state"] == "handed_over"


async def test_a_refusal_is_stored_and_announced_once(tx: Transaction) -> None:
    """A refused delivery is stored with its reason, and announced as delayed."""
    (delivery,) = await planned(tx, submission())
    refusal = failed(delivery, Refused("refused_by_ministry", "status 422"), None)
    for _ in range(2):
        await use_cases.record_results(tx, [refusal])
    row = await row_of(tx, delivery)
    assert (row["state"], row["last_failure"]) == ("failed", "refused_by_ministry: status 422")
    assert await announced_types(tx) == ["ministry_unreachable"]


async def test_a_long_delay_is_announced_once_even_without_an_attempt(tx: Transaction) -> None:
    """A delay is announced although the circuit breaker prevents all attempts."""
    await planned(tx, submission("submitted"), submission("withdrawn"))
    assert await use_cases.announce_delays(tx, older_than_s=900) == 0
    await tx.execute("UPDATE deliveries SET planned_at = now() - interval '1 hour'")
    while await use_cases.announce_delays(tx, older_than_s=900):
        pass
    assert await announced(tx) == [("ministry_unreachable", TOPIC)]


async def test_many_results_are_recorded_together(tx: Transaction) -> None:
    """A batch has successes and failures of several ministries, with separate effects."""
    good, silent, wrong = await planned(
        tx,
        submission(),
        submission(application_id=new_id(), ministry=HEALTH),
        submission(application_id=new_id(), ministry=HEALTH),
    )
    await use_cases.record_results(
        tx,
        [
            succeeded(good, decision("approved")),
            failed(silent, Unavailable(HEALTH), 60.0),
            failed(wrong, Refused("refused_by_ministry"), None),
        ],
    )
    states = [(await row_of(tx, each))["state"] for each in (good, silent, wrong)]
    assert states == ["handed_over", "open", "failed"]
    assert await announced(tx) == [
        ("ministry_decided", TOPIC),
        ("ministry_unreachable", TOPIC),
    ]


SHARED = "submissions.hosted.v1"
NAMES_LAND = b'{"ministry":"minland","form":7}'
NAMES_HEALTH = b'{"ministry":"mohfw"}'


@pytest.mark.parametrize(
    ("values", "ministry"),
    [([NAMES_LAND], LAND), ([NAMES_LAND, NAMES_HEALTH], HEALTH)],
    ids=["one ministry", "moved"],
)
async def test_a_blocked_submission_is_announced(
    tx: Transaction, values: Sequence[bytes], ministry: str
) -> None:
    """With the platform as the cause, for the ministry of the newest record."""
    blocked = await blocked_by(tx, *values)
    await use_cases.announce_blocked(tx, [blocked])
    assert await announced(tx) == [("ministry_unreachable", TOPIC)]
    (row,) = await outbox_rows(tx)
    said = orjson.loads(row.value or b"")
    assert (said["cause"], said["ministry"]) == ("platform", ministry)


@pytest.mark.parametrize(
    "value", [None, b"no JSON", b"[]", b'{"ministry":"nowhere"}', b'{"ministry":"\\u0000"}']
)
async def test_a_blocked_submission_to_nobody_known_is_left_to_operators(
    tx: Transaction, value: bytes | None
) -> None:
    """Its record names no ministry, so no event can; others are announced all the same."""
    unknown = await blocked_by(tx, value)
    known = await blocked_by(tx, NAMES_LAND, partition=1)
    await use_cases.announce_blocked(tx, [unknown, known])
    assert await announced(tx) == [("ministry_unreachable", TOPIC)]


async def blocked_by(
    tx: Transaction, *values: bytes | None, partition: int = 0
) -> BlockedApplication:
    """An application whose submissions are dead letters; the first one blocks the others."""
    application_id = new_id()
    letters = [
        FailedRecord(
            origin=Origin(SHARED, partition, offset, b""),
            key=str(application_id).encode(),
            value=value,
            headers=(),
            reason="blocked" if offset else "defect.KeyError",
            detail="",
            attempts=1,
            blocks=True,
            trace=TRACE,
        )
        for offset, value in enumerate(values)
    ]
    await keep_records(tx, letters)
    return BlockedApplication(7, application_id, SHARED, TRACE)


async def test_a_closed_delivery_makes_no_other_application_due(tx: Transaction) -> None:
    """Only deliveries of the same application become due."""
    other = new_id()
    first, _ = await planned(
        tx, submission("submitted"), submission("submitted", application_id=other)
    )
    await planned(tx, submission("corrected", application_id=other))
    await claim(tx)
    await use_cases.settle(tx, [first.idempotency_key])
    assert await claim(tx, holder="w2") == []


async def test_a_moved_application_is_two_for_two_ministries(tx: Transaction) -> None:
    """The new one does not wait for the former, whose number is not taken for its own."""
    former, _ = await planned(
        tx, submission(), submission("withdrawn").model_copy(update={"moved_to": HEALTH})
    )
    (present,) = await planned(tx, submission(ministry=HEALTH))
    claimed = {each.delivery_id for each in await claim(tx)}
    assert claimed == {former.delivery_id, present.delivery_id}
    await use_cases.record_results(tx, [succeeded(former, decision(number="LAND/7"))])
    await use_cases.record_results(tx, [succeeded(present, decision(number=None))])
    (withdrawal,) = await claim(tx, holder="w2")
    assert (withdrawal.kind, withdrawal.ministry, withdrawal.moved_to) == (
        "withdrawn",
        LAND,
        HEALTH,
    )
    await use_cases.record_results(tx, [succeeded(withdrawal, decision(number="LAND/7"))])
    values = [orjson.loads(each.value or b"") for each in await outbox_rows(tx)]
    assert [(each["ministry"], each["case_file_number"]) for each in values] == [
        (LAND, "LAND/7"),
        (HEALTH, None),
    ]
    found = await use_cases.read_decidable_deliveries(tx, [APPLICATION])
    assert found[APPLICATION, HEALTH].delivery_id == present.delivery_id
    assert found[APPLICATION, LAND].delivery_id == former.delivery_id


async def decided_on(tx: Transaction) -> object:
    found = await use_cases.read_decidable_deliveries(tx, [APPLICATION])
    return found[APPLICATION, LAND].key


async def test_what_the_ministrys_own_adapter_hands_over_is_left_to_it(tx: Transaction) -> None:
    """Nothing is planned, so nothing is called, late or announced as unreachable."""
    own = submission().model_copy(update={"served_by": "own"})
    hosted = submission(application_id=new_id())
    await use_cases.plan_deliveries(tx, [own, hosted])
    assert [each.application_id for each in await claim(tx)] == [hosted.application_id]
    await tx.execute("UPDATE deliveries SET planned_at = now() - interval '1 day'")
    await use_cases.announce_delays(tx, older_than_s=900)
    assert await announced_types(tx) == ["ministry_unreachable"]
    assert await tx.fetchval("SELECT count(*) FROM applications") == 1


async def test_a_delivery_has_its_papers_as_long_as_its_form(tx: Transaction) -> None:
    """The references reach the adapter, and stay while the ministry can ask for them again."""
    paper = DocumentReference(
        document_id=new_id(),
        kind="photo",
        media_type="image/jpeg",
        size_bytes=1,
        sha256="ab" * 32,
        state="clean",
    )
    submitted = submission().model_copy(update={"documents": (paper,)})
    await use_cases.plan_deliveries(tx, [submitted])
    (delivery,) = await claim(tx)
    assert delivery.documents is not None
    assert DocumentReference(**orjson.loads(delivery.documents)[0]) == paper
    await use_cases.record_results(tx, [succeeded(delivery, decision())])
    assert (await row_of(tx, delivery))["documents"] is not None
    await handed_over.delete_old(tx, kept=timedelta(hours=-2))
    assert (await row_of(tx, delivery))["documents"] is None


async def test_a_delivery_keeps_who_acts_for_whom(tx: Transaction) -> None:
    """The service centre, the two persons and the form's version reach the adapter."""
    applicant, actor = new_id(), new_id()
    submitted = submission().model_copy(
        update={
            "service_centre_id": "uttara",
            "applicant_id": applicant,
            "actor_id": actor,
            "form_version": 7,
            "form_origin": "public_descriptions",
        }
    )
    await use_cases.plan_deliveries(tx, [submitted])
    (delivery,) = await claim(tx)
    assert (delivery.service_centre_id, delivery.form_version) == ("uttara", 7)
    assert delivery.form_origin == "public_descriptions"
    assert (delivery.applicant_id, delivery.actor_id) == (applicant, actor)


async def test_a_ministry_to_which_an_application_came_back_decides_on_it(tx: Transaction) -> None:
    """It confirmed that it was taken away before; that is no withdrawal by the citizen."""
    sent = []
    for submitted in (submission(), submission("withdrawn"), submission()):
        sent += await planned(tx, submitted)
        await claim(tx)
        await use_cases.record_results(tx, [succeeded(sent[-1], decision())])
    taken = await use_cases.record_responses(tx, [response(sent[-1], decision("approved"))])
    assert taken == [None]
