"""An erased citizen's cases stay without words and without a person."""

from datetime import timedelta
from typing import Any

from libs.contracts.applications import SaveDraft
from libs.contracts.identity import CitizenErased, ContactChanged
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.applications.drafts.use_cases import list_drafts, save_draft
from services.applications.erasure.use_cases import erase_citizen
from services.applications.lifecycle.queries import insert_applications, lock_applications
from services.applications.lifecycle.use_cases import apply_ministry_events
from services.applications.mandate_uses.queries import insert_uses
from services.applications.mandate_uses.rules import MandateUse
from services.applications.submissions.rules import with_form
from services.applications.timeline.queries import list_own_applications
from services.applications.tracking.use_cases import save_phones
from tests.services.applications.scenes import (
    KARIM,
    NOTE,
    NOW,
    RAHIMA,
    application,
    correction_asked,
    decided,
    mandate_evidence,
    outbox_types,
    row_count,
    stored_applications,
)
from tests.services.scenes import left_alone

ERASED = CitizenErased(citizen_id=RAHIMA)


async def test_forms_and_notes_are_deleted(tx: Transaction) -> None:
    """The case stays with its status and its dates."""
    one = application(application_id=new_id())
    await insert_applications(tx, [with_form(one, {"name": "রহিমা"}, 1).parts()])
    await apply_ministry_events(tx, Batch.of(decided(one.application_id, note=NOTE)))
    confirmed = await erase_citizen(tx, ERASED)
    deleted = {name: count for name, count in confirmed.deleted.items() if count}
    assert deleted == {"forms": 1, "notes": 1}
    assert confirmed.kept == {"cases": 1}
    [after] = (await lock_applications(tx, [one.application_id])).values()
    assert (after.status, after.note, after.case_file_number) == ("approved", None, None)
    assert await row_count(tx, "submissions") == 0
    notes = await tx.fetch("SELECT note_bn, note_en FROM timeline")
    assert list(map(tuple, notes)) == [(None, None), (None, None)]


async def test_drafts_and_the_number_for_tracking_are_deleted(tx: Transaction) -> None:
    """Another citizen's stay; of a draft nothing can be read in the table."""
    body = SaveDraft(public_service_id="S001", form_version=1, answers={"name": "রহিমা"})
    for citizen_id in (RAHIMA, KARIM):
        await save_draft(tx, citizen_id, new_id(), body, at=NOW)
        contact = ContactChanged(citizen_id=citizen_id, phone="+8801712345678", language="bn")
        await save_phones(tx, [contact])
    stored = str([dict(row) for table in ("drafts", "tracking_phones")
                  for row in await tx.fetch(f"SELECT * FROM {table}")])  # noqa: S608  # fmt: skip
    assert "রহিমা" not in stored
    assert "1712345678" not in stored
    deleted = (await erase_citizen(tx, ERASED)).deleted
    assert (deleted["drafts"], deleted["tracking_phones"]) == (1, 1)
    assert await row_count(tx, "drafts") == 1
    assert await tx.fetchval("SELECT count(phone_index) FROM tracking_phones") == 1
    assert len(await list_drafts(tx, KARIM, at=NOW)) == 1


async def test_a_number_that_is_read_later_does_not_come_back(tx: Transaction) -> None:
    """After a restore the erasure is read again first, then the numbers from before it."""
    before = ContactChanged(
        citizen_id=RAHIMA, phone="+8801712345678", language="bn", occurred_at=NOW
    )
    erased = CitizenErased(citizen_id=RAHIMA, occurred_at=NOW + timedelta(days=1))
    for _ in range(2):
        assert (await erase_citizen(tx, erased)).deleted["tracking_phones"] == 0
        await save_phones(tx, [before])
        rows = await tx.fetch("SELECT citizen_id, phone_index FROM tracking_phones")
        assert [tuple(row) for row in rows] == [(RAHIMA, None)]


async def test_dead_letters_about_the_citizen_are_deleted(tx: Transaction) -> None:
    """One may have the number: it names no application, and could be replayed afterwards."""
    for citizen_id in (RAHIMA, KARIM):
        await tx.execute(
            """
            INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, headers,
                                      reason, detail, attempts, blocks, first_seen_at, last_seen_at)
            SELECT 'identity.v1', 0, count(*), $1, '', 'defect.X', '', 1, false, now(), now()
              FROM dead_letters
            """,
            str(citizen_id).encode(),
        )
    assert (await erase_citizen(tx, ERASED)).deleted["dead_letters"] == 1
    keys = await tx.fetch("SELECT record_key FROM dead_letters")
    assert [row["record_key"] for row in keys] == [str(KARIM).encode()]


async def test_two_cases_of_one_person_have_nothing_in_common(tx: Transaction) -> None:
    """Each has a citizen of its own, who is nobody."""
    stored = await stored_applications(tx, 2)
    await erase_citizen(tx, ERASED)
    ids = [one.application_id for one in stored]
    citizens = {one.citizen_id for one in (await lock_applications(tx, ids)).values()}
    assert len(citizens) == 2
    assert RAHIMA not in citizens
    assert await list_own_applications(tx, RAHIMA, before=None, limit=10) == []


async def test_running_applications_are_withdrawn(tx: Transaction) -> None:
    """The ministry and the readers of applications are told; what is closed stays as it is."""
    await stored_applications(tx)
    await stored_applications(tx, status="approved")
    await erase_citizen(tx, ERASED)
    assert await outbox_types(tx) == ["submission_withdrawn", "application_withdrawn"]


async def test_what_a_ministry_says_afterwards_is_a_status_without_words(tx: Transaction) -> None:
    """It is announced to nobody, and is no dead letter."""
    [one] = await stored_applications(tx)
    await erase_citizen(tx, ERASED)
    batch: Batch[Any] = Batch.of(
        correction_asked(one.application_id),
        decided(one.application_id, note=NOTE, case_file_number="12/3"),
        decided(one.application_id, outcome="refused"),
    )
    assert await apply_ministry_events(tx, batch) == []
    assert batch.refused == []
    [after] = (await lock_applications(tx, [one.application_id])).values()
    assert (after.status, after.note, after.case_file_number) == ("approved", None, None)


async def test_a_repeat_confirms_the_same_and_withdraws_nothing(tx: Transaction) -> None:
    """With the same event id."""
    await stored_applications(tx)
    first, second = await erase_citizen(tx, ERASED), await erase_citizen(tx, ERASED)
    assert first.event_id == second.event_id
    assert len(await outbox_types(tx)) == 2


async def test_another_citizen_is_not_affected(tx: Transaction) -> None:
    """Only the citizen of the event is erased."""
    [one] = await stored_applications(tx, citizen_id=KARIM)
    await erase_citizen(tx, ERASED)
    [after] = (await lock_applications(tx, [one.application_id])).values()
    assert after == one


async def test_no_table_is_forgotten(tx: Transaction) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column."""
    [one] = await stored_applications(tx)
    await insert_uses(tx, [MandateUse(one.application_id, mandate_evidence())])
    left = await left_alone(tx, "applications", erase_citizen(tx, ERASED))
    assert left == {"stops"}  # of uddoktas and centres
