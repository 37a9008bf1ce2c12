from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import to_json

from libs.contracts.applications import CorrectApplication, SubmitApplication
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id, new_tracking_number
from libs.trace_context import TraceContext, set_current
from libs.web.handling.idempotency import (
    FirstAnswer,
    IdempotentRequest,
    fingerprint_of,
    register_answers,
)
from services.applications.lifecycle.encrypted import FORM
from services.applications.lifecycle.entries import entries_of
from services.applications.lifecycle.queries import insert_applications, lock_applications
from services.applications.submissions.rules import renumbered, with_form
from services.applications.submissions.use_cases import (
    PreparedSubmission,
    correct,
    delete_responses,
    fingerprinted_without_receipts,
    prepare,
    stored_response,
    submit_batch,
)
from services.applications.timeline.queries import read_timeline
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.scenes import (
    NOW,
    RAHIMA,
    TRACE,
    application,
    filled_cache,
    outbox_events,
    papers,
    public_service,
    row_count,
    stored_applications,
    submission_body,
)

ALL_TABLES = ("applications", "submissions", "timeline", "outbox", "idempotency")
CORRECTION = CorrectApplication(form=right_answers("S001"))


def request(key: str, body: bytes = b"{}") -> IdempotentRequest:
    return IdempotentRequest(RAHIMA, key, fingerprint_of("POST", "/v1/applications", body))


def prepared(key: str, trace: TraceContext | None = None) -> PreparedSubmission:
    set_current(trace)
    body = SubmitApplication(**submission_body())
    return prepare(request(key), body, filled_cache(), papers().receipts, at=NOW)


def test_newer_receipts_make_the_same_request_and_another_form_does_not() -> None:
    """What is submitted is in the form; a receipt only proves whose papers it names."""

    def content(*receipts: str, **fields: Any) -> bytes:
        body = SubmitApplication(**{**submission_body(**fields), "documents": list(receipts)})
        return fingerprinted_without_receipts(request("k", to_json(body)), body).fingerprint

    assert content("first") == content("second")
    another = {**right_answers("S001"), "name_bn": "করিম"}
    assert content("first") != content("first", form=another)
    correction = CorrectApplication(form={}, documents=["first"])
    of_one, of_another = (
        fingerprinted_without_receipts(request("k"), correction, number).fingerprint
        for number in ("1", "2")
    )
    assert of_one != of_another


def prepared_with(key: str, tracking_number: str) -> PreparedSubmission:
    one = prepared(key)
    return replace(one, new=renumbered(one.new, tracking_number))


def number_of(response: object) -> str:
    assert isinstance(response, bytes)
    return response.split(b'"')[7].decode()


async def test_a_taken_tracking_number_is_replaced(tx: Transaction) -> None:
    """Only the submission whose number is taken gets another one."""
    taken, free, other = (new_tracking_number(new_id()) for _ in range(3))
    batch = [prepared_with("0", taken), prepared_with("1", taken), prepared_with("2", other)]
    responses = await submit_batch(tx, batch, tracking_number=lambda: free)
    assert number_of(responses[1]) == free
    numbers = await tx.fetch("SELECT tracking_number FROM applications")
    assert {row["tracking_number"] for row in numbers} == {taken, free, other}
    events = await outbox_events(tx)
    assert {event["value"]["tracking_number"] for event in events} == {taken, free, other}
    assert [
        await stored_response(tx, prepared_submission.request) for prepared_submission in batch
    ] == list(responses)


async def test_only_a_submission_without_a_free_number_fails(tx: Transaction) -> None:
    """The rest of the batch is stored, and the failed key can be used again."""
    taken, other = (new_tracking_number(new_id()) for _ in range(2))
    batch = [prepared_with("0", taken), prepared_with("1", taken), prepared_with("2", other)]
    first, failed, third = await submit_batch(tx, batch, tracking_number=lambda: taken)
    assert isinstance(failed, Unavailable)
    [again] = await submit_batch(tx, [prepared("1")])
    assert all(isinstance(response, bytes) for response in (first, third, again))
    for table in ("applications", "submissions", "timeline"):
        assert await row_count(tx, table) == 3


async def test_submissions_of_one_batch_keep_their_own_traces(tx: Transaction) -> None:
    """The events of a submission are in the trace of its own request."""
    other = TraceContext(TRACE.traceparent.replace("0af7", "ffff"))
    batch = [prepared("a", TRACE), prepared("b", other)]
    set_current(None)
    await submit_batch(tx, batch)
    traces = [event["trace_id"] for event in await outbox_events(tx)]
    assert traces == [TRACE.trace_id] * 2 + [other.trace_id] * 2


async def test_a_batch_may_have_repeated_and_contradicting_submissions(tx: Transaction) -> None:
    """A repeat in the same batch gets the first response; another body is refused."""
    first, repeat, other = (prepared("k") for _ in range(3))
    other = replace(other, request=request("k", b"other"))
    responses = await submit_batch(tx, [first, repeat, other])
    assert responses[0] == responses[1]
    assert isinstance(responses[2], Refused)
    assert responses[2].code == "idempotency_key_reused"


async def test_a_crash_before_the_commit_leaves_nothing(database: Database) -> None:
    """After a rollback no table has a row."""

    async def crash() -> None:
        async with database.transaction() as tx:
            await submit_batch(tx, [prepared("k")])
            raise ConnectionAbortedError

    with pytest.raises(Unavailable):
        await crash()
    async with database.transaction() as tx:
        assert [await row_count(tx, table) for table in ALL_TABLES] == [0] * len(ALL_TABLES)


async def test_a_new_application_is_stored_in_three_tables(tx: Transaction) -> None:
    """The stored form has Bangla text, the order of fields and large numbers unchanged."""
    form = {"z": "নমুনা", "a": 10**17, "m": [1.5, None, True]}
    new = with_form(application(service_centre_id="uttara"), form, 2)
    one = new.application
    assert await insert_applications(tx, [new.parts()]) == {one.application_id}
    assert await lock_applications(tx, [one.application_id]) == {one.application_id: one}
    entries = await read_timeline(tx, one.tracking_number, one.citizen_id)
    assert entries == entries_of([new.announcement])
    row = await tx.fetchrow("SELECT submission_id, form_version, form FROM submissions")
    assert row is not None
    assert (row["submission_id"], row["form_version"]) == (new.submission.event_id, 2)
    assert tx.cipher.open(FORM, new.submission.event_id, row["form"]) == (
        '{"z":"নমুনা","a":100000000000000000,"m":[1.5,null,true]}'
    )


async def test_a_correction_is_accepted_after_the_service_has_closed(tx: Transaction) -> None:
    """A closed service accepts the correction, and the corrected form is stored."""
    [before] = await stored_applications(tx, status="correction_requested")
    cache = filled_cache()
    cache.put([public_service("S001", open=False)])
    number = before.tracking_number
    await correct(tx, cache, RAHIMA, number, CORRECTION, papers().receipts, at=NOW)
    [after] = (await lock_applications(tx, [before.application_id])).values()
    assert after.status == "with_ministry"
    assert await tx.fetchval("SELECT form_version FROM submissions") == 1


async def test_old_responses_are_deleted(tx: Transaction) -> None:
    """A response is deleted when it is older than `kept_days`."""
    await register_answers(tx, [FirstAnswer(request("k"), 201, b"{}")])
    stored_at = await tx.fetchval("SELECT asked_at FROM idempotency")
    for hours, left in ((23, 1), (25, 0)):
        await delete_responses(tx, at=stored_at + timedelta(hours=hours), kept_days=1)
        assert await row_count(tx, "idempotency") == left
