"""Objecting to a refusal: once, in its time, and to the side that decided."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.applications import AppealApplication
from libs.contracts.cases import AppealRecorded
from libs.contracts.identity import CitizenErased
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from services.applications.appeals.use_cases import appeal
from services.applications.erasure.use_cases import erase_citizen
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.rules import MinistryEvent
from services.applications.lifecycle.use_cases import apply_ministry_events, lock_applications
from services.applications.public_services.consumers import router as services_router
from services.applications.timeline.use_cases import read_application
from tests.consuming import consuming
from tests.services.applications.running import running_api
from tests.services.applications.scenes import (
    KARIM,
    NOW,
    PAPER,
    RAHIMA,
    decided,
    filled_cache,
    outbox_events,
    receipt,
    row_count,
    service_changed,
    stored_applications,
)

BODY = AppealApplication(grounds="কাগজটি আবেদনের সঙ্গে ছিল")
OFFER = {"appeal_days": 30, "appeal_decided_by": Text(bn="ইউএনও", en="UNO")}
LAST_SECOND = datetime.fromisoformat("2026-12-25T23:59:59+06:00")
REFUSED_AT = datetime.fromisoformat("2026-11-25T00:01:00+06:00")


async def refused(tx: Transaction, **fields: Any) -> Application:
    """Store an application that an office here has refused."""
    [one] = await stored_applications(tx, adapter="desk", status="with_ministry")
    said = {"outcome": "refused", "served_by": "desk", "occurred_at": REFUSED_AT, **OFFER}
    await decide(tx, one, **{**said, **fields})
    return one


async def decide(tx: Transaction, one: Application, **fields: Any) -> list[str]:
    """Read a decision; return why it was refused."""
    event = decided(one.application_id, **{"served_by": "desk", **fields})
    batch: Batch[MinistryEvent] = Batch.of(event)
    await apply_ministry_events(tx, batch)
    return [refusal.code for _, refusal in batch.refused]


async def object_to(tx: Transaction, one: Application, at: datetime = NOW, **more: Any) -> None:
    """Object as the citizen."""
    body, receipts = more.get("body", BODY), more.get("receipts", {})
    citizen_id = more.get("citizen_id", RAHIMA)
    await appeal(tx, filled_cache(), citizen_id, one.tracking_number, body, receipts, at=at)


async def status_of(tx: Transaction, one: Application) -> Application:
    """The application as it is now."""
    return (await lock_applications(tx, [one.application_id]))[one.application_id]


async def test_an_objection_goes_to_the_office_with_its_words_and_to_others_without(
    tx: Transaction,
) -> None:
    """Its citizen reads the words in the timeline; no last day is promised for it."""
    one = await refused(tx)
    receipts = {PAPER.document_id: receipt()}
    body = AppealApplication(grounds=BODY.grounds, documents=["r"])
    await object_to(tx, one, receipts=receipts, body=body)
    submission, fact = (await outbox_events(tx))[-2:]
    assert (submission["topic"], submission["type"]) == (
        "submissions.desk.v1",
        "submission_appealed",
    )
    assert submission["value"]["grounds"] == BODY.grounds
    assert submission["value"]["documents"][0]["document_id"] == str(PAPER.document_id)
    assert (fact["topic"], fact["type"]) == ("applications.v1", "application_appealed")
    assert fact["value"]["document_ids"] == [str(PAPER.document_id)]
    assert BODY.grounds not in str(fact)
    stored, entries = await read_application(tx, RAHIMA, one.tracking_number)
    assert (stored.status, stored.due_on, stored.appealed_at) == ("with_ministry", None, NOW)
    assert entries[-1].note == Text(bn=BODY.grounds, en=BODY.grounds)
    assert BODY.grounds not in str(await tx.fetch("SELECT * FROM timeline"))


async def test_the_last_day_counts_until_midnight_in_dhaka(tx: Transaction) -> None:
    """A second later it is too late, and nothing has changed."""
    one = await refused(tx)
    with pytest.raises(Refused, match="appeal_too_late"):
        await object_to(tx, one, LAST_SECOND + timedelta(seconds=1))
    assert (await status_of(tx, one)).status == "refused"
    await object_to(tx, one, LAST_SECOND)
    assert (await status_of(tx, one)).status == "with_ministry"


async def record(tx: Transaction, one: Application, at: datetime = NOW) -> list[str]:
    """Read that an officer recorded an objection; return why it was refused."""
    batch: Batch[MinistryEvent] = Batch.of(
        AppealRecorded(
            event_id=new_id(),
            application_id=one.application_id,
            ministry=one.ministry,
            served_by="desk",
            grounds=BODY.grounds,
            occurred_at=at,
        )
    )
    await outbox.add(tx, await apply_ministry_events(tx, batch))
    return [refusal.code for _, refusal in batch.refused]


async def test_what_an_officer_recorded_is_the_objection_of_its_citizen(tx: Transaction) -> None:
    """As on her page: her words in her timeline, and an announcement that says where it was."""
    one = await refused(tx)
    assert await record(tx, one) == []
    submission, fact = (await outbox_events(tx))[-2:]
    assert (submission["type"], submission["value"]["grounds"]) == (
        "submission_appealed", BODY.grounds
    )  # fmt: skip
    assert (fact["type"], fact["value"]["is_at_office"], fact["value"]["is_assisted"]) == (
        "application_appealed", True, False
    )  # fmt: skip
    assert BODY.grounds not in str(fact)
    stored, entries = await read_application(tx, RAHIMA, one.tracking_number)
    assert (stored.status, stored.appealed_at) == ("with_ministry", NOW)
    assert entries[-1].note == Text(bn=BODY.grounds, en=BODY.grounds)
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)


async def test_a_refusal_of_the_release_before_is_objected_to_at_the_office(
    tx: Transaction,
) -> None:
    """It said no days, so her own page takes none; the office counted them by its workflow."""
    one = await refused(tx, appeal_days=None, appeal_decided_by=None)
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)
    assert await record(tx, one) == []
    assert [event["type"] for event in (await outbox_events(tx))[-2:]] == [
        "submission_appealed",
        "application_appealed",
    ]
    assert (await status_of(tx, one)).status == "with_ministry"
    assert await record(tx, one) == []


async def test_the_objection_that_was_first_stays(tx: Transaction) -> None:
    """One at the office after that of her own page, or twice, changes nothing."""
    one = await refused(tx)
    await object_to(tx, one)
    before = await outbox_events(tx)
    assert await record(tx, one) == []
    assert await outbox_events(tx) == before


async def test_the_limits_of_the_page_hold_at_an_office(tx: Transaction) -> None:
    """The day counts on which it was handed in, however late it is read; else a person looks."""
    one = await refused(tx)
    late = LAST_SECOND + timedelta(seconds=1)
    assert await record(tx, one, late) == ["appeal_too_late"]
    assert await record(tx, one, LAST_SECOND) == []
    [other] = await stored_applications(tx, adapter="desk", status="approved")
    assert await record(tx, other) == ["appeal_not_possible"]


async def test_nothing_is_recorded_of_an_erased_citizen(tx: Transaction) -> None:
    """Its decision stays as it was."""
    one = await refused(tx)
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA, occurred_at=NOW))
    before = await outbox_events(tx)
    assert await record(tx, one) == []
    assert await outbox_events(tx) == before


async def test_one_objection_is_possible_also_after_the_decision_about_it(tx: Transaction) -> None:
    """Whether it was upheld, or overturned."""
    one = await refused(tx)
    await object_to(tx, one)
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)
    later = NOW + timedelta(days=1)
    assert await decide(tx, one, outcome="refused", stage="appeal", occurred_at=later) == []
    assert (await status_of(tx, one)).appeal_until is None
    with pytest.raises(Refused, match="appeal_made"):
        await object_to(tx, one)
    other = await refused(tx)
    await object_to(tx, other)
    assert await decide(tx, other, outcome="approved", stage="appeal", occurred_at=later) == []
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, other)


async def test_the_first_decision_that_comes_again_ends_no_appeal(tx: Transaction) -> None:
    """It was read again after a restore, under another id."""
    one = await refused(tx)
    await object_to(tx, one)
    assert await decide(tx, one, outcome="refused", occurred_at=REFUSED_AT) == []
    assert (await status_of(tx, one)).status == "with_ministry"


async def test_another_decision_needs_an_appeal_between(tx: Transaction) -> None:
    """Without one it is a dead letter, as before."""
    one = await refused(tx)
    later = {"occurred_at": NOW + timedelta(days=1), "stage": "appeal"}
    assert await decide(tx, one, outcome="approved", **later) == ["already_decided"]
    await object_to(tx, one)
    assert await decide(tx, one, outcome="approved", **later) == []
    assert (await status_of(tx, one)).status == "approved"
    decisions = [each for each in await outbox_events(tx) if each["type"] == "application_decided"]
    assert decisions == []  # the consumer publishes them


@pytest.mark.parametrize("status", ["submitted", "approved", "withdrawn", "lapsed"])
async def test_only_a_refusal_is_objected_to(tx: Transaction, status: str) -> None:
    """A withdrawn application is nobody's to decide."""
    [one] = await stored_applications(tx, adapter="desk", status=status)
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)


async def test_where_no_objection_is_taken_it_says_so(tx: Transaction) -> None:
    """A ministry's own system has said nothing of one."""
    one = await refused(tx, appeal_days=None)
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)


async def test_nobody_objects_for_another_or_for_an_erased_citizen(tx: Transaction) -> None:
    """To both the application is unknown; of the words nothing is left."""
    one = await refused(tx)
    with pytest.raises(Refused, match="application_unknown"):
        await object_to(tx, one, citizen_id=KARIM)
    await object_to(tx, one)
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA, occurred_at=NOW))
    assert await tx.fetchval("SELECT count(*) FROM timeline WHERE note_bn IS NOT NULL") == 0
    with pytest.raises(Refused, match="application_unknown"):
        await object_to(tx, one)


async def test_a_paper_that_is_not_the_citizens_own_is_refused(tx: Transaction) -> None:
    """And one without a receipt."""
    one = await refused(tx)
    body = AppealApplication(grounds="x", documents=["r"])
    for receipts in ({}, {PAPER.document_id: receipt(KARIM)}):
        with pytest.raises(Unreadable):
            await object_to(tx, one, body=body, receipts=receipts)
    assert (await status_of(tx, one)).status == "refused"


async def test_a_repeat_with_its_key_gets_the_first_response(database: Database) -> None:
    """One objection, one event; another text under the same key is refused."""
    async with running_api(database) as api:
        async with database.transaction() as tx:
            one = await refused(tx, occurred_at=NOW)
        path = f"/v1/applications/{one.tracking_number}/appeal"
        first, again = [await api.post(path, {"grounds": "কারণ"}, key="k-1") for _ in range(2)]
        other = await api.post(path, {"grounds": "অন্য"}, key="k-1")
    assert (first.status, first.body) == (200, again.body)
    assert first.json()["status"] == "with_ministry"
    assert "idempotency_key_reused" in other.json()["type"].replace("-", "_")
    async with database.transaction() as tx:
        assert await row_count(tx, "outbox") == 2


async def test_a_ministrys_own_adapter_is_sent_no_objection(tx: Transaction) -> None:
    """Whatever it says of days, without a check of it: it would not know what that is."""
    [one] = await stored_applications(tx, adapter="own", status="with_ministry")
    await decide(tx, one, outcome="refused", served_by="own", occurred_at=REFUSED_AT, **OFFER)
    assert (await status_of(tx, one)).appeal_until is None
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)


async def test_an_own_adapter_that_has_declared_it_is_sent_objections(tx: Transaction) -> None:
    """By the topic of its ministry; nobody else's services count."""
    async with consuming(services_router, tx) as consume:
        await consume(service_changed("S001", own_adapter_takes_appeals=True))
    [one] = await stored_applications(tx, adapter="own", status="with_ministry")
    said = {"outcome": "refused", "served_by": "own", "occurred_at": REFUSED_AT}
    await decide(tx, one, **said, appeal_days=30)
    assert await decide(tx, one, outcome="approved", served_by="own") == ["already_decided"]
    await object_to(tx, one)
    event = next(e for e in await outbox_events(tx) if e["type"] == "submission_appealed")
    assert event["topic"] == f"submissions.{one.ministry}.v1"
    assert await decide(tx, one, **said) == []  # what she objected to, read again
    late = {"served_by": "own", "occurred_at": NOW + timedelta(days=1)}
    assert await decide(tx, one, outcome="refused", **late) == ["already_decided"]
    assert await decide(tx, one, **{**said, "outcome": "approved"}) == ["already_decided"]
    assert await decide(tx, one, outcome="approved", stage="appeal", **late) == []
    assert (await status_of(tx, one)).status == "approved"


async def test_an_objection_that_nobody_would_hear_any_more_is_not_taken(tx: Transaction) -> None:
    """Of an own adapter whose later report does not declare it: it would read over it."""
    async with consuming(services_router, tx) as consume:
        await consume(service_changed("S001", own_adapter_takes_appeals=True))
    [one] = await stored_applications(tx, adapter="own", status="with_ministry")
    said = {"outcome": "refused", "served_by": "own", "occurred_at": REFUSED_AT}
    await decide(tx, one, **said, appeal_days=30)
    async with consuming(services_router, tx) as consume:
        await consume(service_changed("S001", changed_at=NOW + timedelta(minutes=1)))
    with pytest.raises(Refused, match="appeal_not_possible"):
        await object_to(tx, one)
    assert (await status_of(tx, one)).status == "refused"


async def hosted(tx: Transaction) -> Application:
    """An application that a ministry's own system refused, whose connection takes objections."""
    [one] = await stored_applications(tx, status="with_ministry")
    said = {"outcome": "refused", "served_by": "hosted", "occurred_at": REFUSED_AT}
    await decide(tx, one, **said, appeal_days=30)
    return one


async def test_an_objection_goes_to_the_ministrys_own_system(tx: Transaction) -> None:
    """By the topic that its adapter reads; its decision about it is the second one."""
    one = await hosted(tx)
    await object_to(tx, one)
    event = next(e for e in await outbox_events(tx) if e["type"] == "submission_appealed")
    assert event["topic"] == "submissions.hosted.v1"
    said = {"served_by": "hosted", "stage": "appeal", "occurred_at": NOW + timedelta(days=1)}
    assert await decide(tx, one, outcome="approved", **said) == []
    assert (await status_of(tx, one)).status == "approved"


async def test_a_system_that_says_its_first_decision_again_ends_no_objection(
    tx: Transaction,
) -> None:
    """However late it says so; another one that is not about the objection is a dead letter."""
    one = await hosted(tx)
    await object_to(tx, one)
    late = {"served_by": "hosted", "occurred_at": NOW + timedelta(days=1)}
    assert await decide(tx, one, outcome="refused", **late) == []
    assert (await status_of(tx, one)).status == "with_ministry"
    assert await decide(tx, one, outcome="approved", **late) == ["already_decided"]
