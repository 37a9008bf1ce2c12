import asyncio
from collections.abc import Iterator

import orjson
import pytest

from libs.contracts.applications import SubmitApplication
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id, new_tracking_number
from libs.trace_context import TraceContext, set_current
from libs.web.idempotency import Asked, fingerprint_of
from services.applications.api.submitting import Answer, Submitting, Wanted
from tests.services.applications.scenes import (
    MINISTRY,
    RAHIMA,
    TRACE,
    Clock,
    count,
    desk,
    filled_book,
    public_service,
    told,
    wish,
)


def asked(key: str, body: bytes = b"{}") -> Asked:
    return Asked(RAHIMA, key, fingerprint_of("POST", "/v1/applications", body))


def wanted(submitting: Submitting, key: str, trace: TraceContext | None = None) -> Wanted:
    set_current(trace)
    return submitting.check(asked(key), SubmitApplication(**wish()))


def submitting_with(numbers: Iterator[str]) -> Submitting:
    return Submitting(filled_book(), Clock(), lambda: next(numbers))


async def test_a_taken_tracking_number_is_replaced_and_nobody_else_notices(
    database: Database,
) -> None:
    """The one item is tried again with a new number, in the same commit."""
    taken, free, other = (new_tracking_number(new_id()) for _ in range(3))
    submitting = submitting_with(iter([taken, taken, other, free]))
    group = [wanted(submitting, f"{n}") for n in range(3)]
    async with database.transaction() as tx:
        answers = await submitting.write(tx, group)
    numbers = {answer.body.split(b'"')[7].decode() for answer in answers if answer is not None}  # type: ignore[union-attr]
    assert numbers == {taken, free, other}
    assert await count(database, "applications") == 3
    assert {event["value"]["tracking_number"] for event in await told(database)} == numbers
    async with database.transaction() as tx:
        assert [await submitting.answered_before(tx, one.asked) for one in group] == list(answers)


async def test_without_any_free_number_one_item_fails_alone_and_may_come_again(
    database: Database,
) -> None:
    """The neighbours are written; the same key is new again afterwards."""
    taken, other, free = (new_tracking_number(new_id()) for _ in range(3))
    submitting = submitting_with(iter([taken, taken, other, taken, taken, taken, free]))
    group = [wanted(submitting, f"{n}") for n in range(3)]
    async with database.transaction() as tx:
        first, failed, third = await submitting.write(tx, group)
    assert isinstance(failed, Unavailable)
    assert isinstance(first, Answer)
    assert isinstance(third, Answer)
    async with database.transaction() as tx:
        [again] = await submitting.write(tx, [wanted(submitting, "1")])
    assert isinstance(again, Answer)
    assert await count(database, "applications") == 3


async def test_each_of_a_group_keeps_its_own_trace(database: Database) -> None:
    """Who shares a commit does not share a trace."""
    submitting = Submitting(filled_book(), Clock())
    other = TraceContext(TRACE.traceparent.replace("0af7", "ffff"))
    group = [wanted(submitting, "a", TRACE), wanted(submitting, "b", other)]
    set_current(None)
    async with database.transaction() as tx:
        await submitting.write(tx, group)
    traces = [event["trace_id"] for event in await told(database)]
    assert traces == [TRACE.trace_id] * 2 + [other.trace_id] * 2


async def test_a_group_answers_new_repeated_and_contradicting_items(database: Database) -> None:
    """In one flush: a twin gets its twin's answer, another body under the key is refused."""
    submitting = Submitting(filled_book(), Clock())
    first, twin, odd = (wanted(submitting, "k") for _ in range(3))
    odd = Wanted(asked("k", b"other"), odd.application, odd.answers)
    async with database.transaction() as tx:
        answers = await submitting.write(tx, [first, twin, odd])
    assert answers[0] == answers[1]
    assert isinstance(answers[2], Refused)
    assert answers[2].code == "idempotency_key_reused"


async def test_looking_for_an_earlier_answer(database: Database) -> None:
    """None for a new key, the answer for a known one, a refusal for another body."""
    submitting = Submitting(filled_book(), Clock())
    async with database.transaction() as tx:
        [answer] = await submitting.write(tx, [wanted(submitting, "k")])
    async with database.transaction() as tx:
        assert await submitting.answered_before(tx, asked("k")) == answer
        assert await submitting.answered_before(tx, asked("other")) is None
        with pytest.raises(Refused):
            await submitting.answered_before(tx, asked("k", b"other"))


async def test_a_crash_before_the_commit_leaves_nothing(database: Database) -> None:
    """Case, snapshot, line, events and kept answer are there together or not at all."""
    submitting = Submitting(filled_book(), Clock())

    async def crash() -> None:
        async with database.transaction() as tx:
            await submitting.write(tx, [wanted(submitting, "k")])
            raise ConnectionAbortedError

    with pytest.raises(Unavailable):
        await crash()
    for table in ("applications", "submissions", "timeline", "outbox", "idempotency"):
        assert await count(database, table) == 0


async def test_applying_answers_with_a_tracking_number_and_tells_ministry_and_everyone(
    database: Database,
) -> None:
    """201 means: on disk, on its way to its ministry with the form, to all others without."""
    async with desk(database) as one:
        reply = await one.apply()
    assert reply.status == 201
    assert reply.json["status"] == "submitted"
    assert reply.json["due_on"] == "2026-12-06"
    submission, fact = await told(database)
    assert submission["topic"] == f"submissions.{MINISTRY}.v1"
    assert submission["value"]["form"]["name_bn"] == "রহিমা খাতুন"
    assert (fact["topic"], fact["type"]) == ("applications.v1", "application_submitted")
    assert "form" not in fact["value"]
    assert fact["trace_id"] == submission["trace_id"] is not None


async def test_a_repeated_click_gets_the_first_answer_to_the_byte(database: Database) -> None:
    """Same key and same body: one application, one answer."""
    async with desk(database) as one:
        first, second = await one.apply(), await one.apply()
    assert (second.status, second.body) == (first.status, first.body)
    assert await count(database, "applications") == 1
    assert len(await told(database)) == 2


async def test_a_hundred_clicks_at_once_are_one_application(database: Database) -> None:
    """Repeats that overtake the first answer ride in its group or wait for it."""
    async with desk(database) as one:
        replies = await asyncio.gather(*(one.apply() for _ in range(100)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert await count(database, "applications") == 1


async def test_different_people_and_keys_are_different_applications(database: Database) -> None:
    """A key belongs to its caller; concurrent submissions share commits, never answers."""
    async with desk(database) as one:
        replies = await asyncio.gather(
            *(one.apply(key=f"{n}", who=who) for n in range(40) for who in ("rahima", "karim"))
        )
    assert len({reply.json["tracking_number"] for reply in replies}) == 80
    assert await count(database, "submissions") == 80


async def test_a_key_with_another_body_is_refused(database: Database) -> None:
    """A reused key never silently loses the second application."""
    async with desk(database) as one:
        await one.apply()
        other = await one.apply(service_centre_id="uttara")
        at_once = await asyncio.gather(
            one.apply(key="b"), one.apply(key="b", service_centre_id="uttara")
        )
    assert other.status == 422
    assert other.json["type"].endswith("idempotency_key_reused")
    assert sorted(reply.status for reply in at_once) == [201, 422]


async def test_a_repeat_is_answered_though_the_service_has_closed_since(
    database: Database,
) -> None:
    """What was accepted stays accepted."""
    async with desk(database) as one:
        first = await one.apply()
        one.book.put([public_service("S001", open=False)])
        assert (await one.apply()).body == first.body
        assert (await one.apply(key="second")).status == 409
    assert await count(database, "idempotency") == 1


async def test_an_answer_is_given_after_the_commit(database: Database) -> None:
    """When 201 is out, another connection sees the application."""
    async with desk(database) as one:
        number = orjson.loads((await one.apply()).body)["tracking_number"]
        async with database.transaction() as tx:
            found = await tx.fetchval("SELECT tracking_number FROM applications")
    assert found == number
