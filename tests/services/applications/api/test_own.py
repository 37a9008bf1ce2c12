import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.applications import CorrectApplication
from libs.contracts.ministries import CorrectionAsked, MinistryDecided
from libs.database.pool import Database
from libs.errors import Refused
from libs.messaging.batch import Batch
from services.applications.api.own import OwnApplications
from services.applications.consumers import on_ministry_events
from tests.services.applications.filling import right_answers
from tests.services.applications.scenes import (
    KARIM,
    MINISTRY,
    NOTE,
    RAHIMA,
    Clock,
    Desk,
    count,
    desk,
    filled_book,
    opened,
    public_service,
    told,
)

KEY = {"idempotency-key": "k"}


def own(database: Database) -> OwnApplications:
    return OwnApplications(database, filled_book(), Clock())


async def test_withdrawal_and_decision_at_the_same_moment_come_one_after_the_other(
    database: Database,
) -> None:
    """Whoever holds the row first is heard first, and both are told in that order."""
    async with database.transaction() as tx:
        [case] = await opened(tx)
    decided = MinistryDecided(
        application_id=case.application_id, ministry=MINISTRY, outcome="approved"
    )

    async def decide() -> None:
        async with database.transaction() as tx:
            await on_ministry_events(Batch.of(decided), tx)

    withdrawal = own(database).withdraw(RAHIMA, case.tracking_number)
    outcomes = await asyncio.gather(decide(), withdrawal, return_exceptions=True)
    types = [event["type"] for event in await told(database)]
    if isinstance(outcomes[1], Refused):
        assert types == ["application_decided"]
    else:
        assert types == ["submission_withdrawn", "application_withdrawn", "application_decided"]
    seen = await own(database).show(RAHIMA, case.tracking_number)
    assert seen.status == "approved"


async def test_what_is_anothers_does_not_exist(database: Database) -> None:
    """Looking, withdrawing and correcting give the same refusal."""
    async with database.transaction() as tx:
        [case] = await opened(tx, status="correction_requested")
    body = CorrectApplication(form=right_answers("S001"))
    with pytest.raises(Refused, match="application_unknown"):
        await own(database).show(KARIM, case.tracking_number)
    with pytest.raises(Refused, match="application_unknown"):
        await own(database).withdraw(KARIM, case.tracking_number)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="application_unknown"):
            await own(database).correct(tx, KARIM, case.tracking_number, body)


async def test_a_correction_is_taken_though_the_service_has_closed(database: Database) -> None:
    """Closing stops new applications, not those under way."""
    async with database.transaction() as tx:
        [case] = await opened(tx, status="correction_requested")
    book = filled_book()
    book.put([public_service("S001", open=False)])
    closed = OwnApplications(database, book, Clock())
    body = CorrectApplication(form=right_answers("S001"))
    async with database.transaction() as tx:
        summary = await closed.correct(tx, RAHIMA, case.tracking_number, body)
    assert summary.status == "with_ministry"


async def test_an_empty_list_is_a_list(database: Database) -> None:
    """Who has not applied sees an empty page without a next one."""
    page = await own(database).list(RAHIMA, None, 20)
    assert (page.items, page.next) == ([], None)


async def ministry_says(database: Database, event: Any) -> Batch[Any]:
    batch = Batch.of(event)
    async with database.transaction() as tx:
        await on_ministry_events(batch, tx)
    return batch


async def with_correction_asked(one: Desk, database: Database) -> str:
    applied = (await one.apply()).json
    asked = CorrectionAsked(application_id=applied["application_id"], ministry=MINISTRY, note=NOTE)
    await ministry_says(database, asked)
    return f"/v1/applications/{applied['tracking_number']}"


async def test_one_application_with_its_timeline(database: Database) -> None:
    """Status, titles in both languages, the ministry's word, and the trace of each step."""
    async with desk(database) as one:
        applied = (await one.apply()).json
        decided = MinistryDecided(
            application_id=applied["application_id"],
            ministry=MINISTRY,
            outcome="refused",
            note=NOTE,
        )
        await ministry_says(database, decided)
        seen = (await one.get(f"/v1/applications/{applied['tracking_number']}")).json
    assert (seen["status"], seen["decision_note"], seen["correction_note"]) == (
        "refused",
        NOTE.model_dump(),
        None,
    )
    assert [entry["title"]["en"] for entry in seen["timeline"]] == [
        "Application submitted",
        "Application refused",
    ]
    assert len(seen["timeline"][0]["trace_id"]) == 32
    assert seen["timeline"][1]["note"] == NOTE.model_dump()


async def test_my_applications_come_newest_first_page_by_page(database: Database) -> None:
    """`next` continues where the page ended; other people's do not appear."""
    async with desk(database) as one:
        made = [(await one.apply(key=f"{n}")).json["tracking_number"] for n in range(5)]
        await one.apply(key="x", who="karim")
        seen: list[str] = []
        path = "/v1/applications?limit=2"
        while path:
            page = (await one.get(path)).json
            seen += [item["tracking_number"] for item in page["items"]]
            path = f"/v1/applications?limit=2&after={page['next']}" if page["next"] else ""
    assert seen == made[::-1]


async def test_a_correction_goes_back_to_the_ministry_with_new_time(database: Database) -> None:
    """The corrected form is handed over, and the ministry's days count from now."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        asked = (await one.get(path)).json
        one.clock.at += timedelta(days=30)
        form = right_answers("S001") | {"name_en": "Rahima Begum"}
        reply = await one.post(f"{path}/corrections", {"form": form})
        seen = (await one.get(path)).json
    assert (asked["status"], asked["correction_note"]) == (
        "correction_requested",
        NOTE.model_dump(),
    )
    assert (reply.status, reply.json["status"]) == (200, "with_ministry")
    assert reply.json["due_on"] > asked["due_on"]
    assert seen["correction_note"] is None
    corrected = [event for event in await told(database) if "corrected" in event["type"]]
    assert [event["type"] for event in corrected] == [
        "submission_corrected",
        "application_corrected",
    ]
    assert corrected[0]["value"]["form"]["name_en"] == "Rahima Begum"


async def test_a_correction_that_nobody_asked_for_is_refused(database: Database) -> None:
    """409, whatever the form; and nothing is told."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        reply = await one.post(f"/v1/applications/{number}/corrections", {"form": {}})
    assert (reply.status, reply.json["type"]) == (409, "/problems/correction_not_asked")
    assert len(await told(database)) == 2


async def test_a_wrong_correction_leaves_the_request_open(database: Database) -> None:
    """The citizen corrects the correction."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        wrong = await one.post(f"{path}/corrections", {"form": {}}, headers=KEY)
        right = await one.post(f"{path}/corrections", {"form": right_answers("S001")}, headers=KEY)
    assert (wrong.status, right.status) == (422, 200)


async def test_a_repeated_correction_with_its_key_gets_the_first_answer(
    database: Database,
) -> None:
    """With a key a lost answer can be asked for again; without one the repeat is 409."""
    async with desk(database) as one:
        path = await with_correction_asked(one, database)
        body = {"form": right_answers("S001")}
        first, second = [await one.post(f"{path}/corrections", body, headers=KEY) for _ in range(2)]
        bare = await one.post(f"{path}/corrections", body)
        other = await one.post(f"{path}/corrections", {"form": {}}, headers=KEY)
    assert first.body == second.body
    assert (first.status, second.status, bare.status, other.status) == (200, 200, 409, 422)
    assert await count(database, "submissions") == 2


async def test_withdrawing_twice_tells_once(database: Database) -> None:
    """A repeat is answered alike."""
    async with desk(database) as one:
        number = (await one.apply()).json["tracking_number"]
        path = f"/v1/applications/{number}/withdrawal"
        replies = await asyncio.gather(*(one.post(path) for _ in range(5)))
    assert {reply.status for reply in replies} == {200}
    assert {reply.json["status"] for reply in replies} == {"withdrawn"}
    types = [event["type"] for event in await told(database)]
    assert types[2:] == ["submission_withdrawn", "application_withdrawn"]


async def test_a_decided_application_cannot_be_withdrawn(database: Database) -> None:
    """409: the decision stands."""
    async with desk(database) as one:
        applied = (await one.apply()).json
        decided = MinistryDecided(
            application_id=applied["application_id"], ministry=MINISTRY, outcome="approved"
        )
        await ministry_says(database, decided)
        path = f"/v1/applications/{applied['tracking_number']}/withdrawal"
        reply = await one.post(path)
    assert (reply.status, reply.json["type"]) == (409, "/problems/application_closed")
