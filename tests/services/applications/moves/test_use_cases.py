"""Open applications moved to the office that is responsible now."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date, reference_calendar
from libs.contracts.applications import CorrectApplication, Step
from libs.contracts.identity import CitizenErased
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.applications.deadlines.use_cases import mark_overdue
from services.applications.erasure.use_cases import erase_citizen
from services.applications.lifecycle.use_cases import lock_applications, withdraw
from services.applications.moves import use_cases
from services.applications.moves.rules import Change, Move
from services.applications.onboarding.use_cases import hand_over_waiting
from services.applications.submissions.use_cases import correct
from services.applications.timeline.use_cases import read_application
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.moves.scenes import LATER, Town, rule
from tests.services.applications.scenes import (
    KARIM,
    NOW,
    RAHIMA,
    TODAY,
    correction_asked,
    decided,
    mandate_evidence,
    papers,
    received,
)
from tests.services.identity.running import until_waiting

AREA = right_answers("S001")["registration_place"]["area"]
OLD = Change("lgd", "", "lgd", "office-a")


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


async def test_a_submission_names_the_responsible_office(town: Town, database: Database) -> None:
    """In the event for the ministry, and in the citizen's view."""
    town.rules(rule("office-a", 1))
    _, number = await town.submit()
    async with database.transaction() as tx:
        application, _ = await read_application(tx, RAHIMA, number)
    assert application.office is not None
    assert application.submission_facts()["office"].office_id == "office-a"


async def test_a_plan_counts_and_moves_nothing(town: Town) -> None:
    """By office and ministry; applications of the right office are not counted."""
    await town.submit()
    await town.submit(KARIM)
    town.rules(rule("office-a", 1))
    await town.submit()
    move = await town.plan()
    assert (move.state, move.planned, move.done) == ("counted", Counter({OLD: 2}), Counter())
    await town.go_on()
    assert await town.published() == []


async def test_another_office_of_the_ministry_gets_the_application(town: Town) -> None:
    """By way of its ministry, as it stands, with the office; the citizen reads so."""
    _, number = await town.submit()
    town.rules(rule("office-a", 1))
    move = await town.move()
    assert (move.state, move.done) == ("moved", Counter({OLD: 1}))
    corrected, moved = await town.published()
    assert (corrected["value"]["ministry"], corrected["type"]) == ("lgd", "submission_corrected")
    assert corrected["value"]["cause"] == "office_changed"
    assert corrected["value"]["office"]["office_id"] == "office-a"
    assert corrected["value"]["form"]["registration_place"]["area"] == AREA
    assert (moved["type"], moved["value"]["is_told"]) == ("application_moved", True)
    async with town.database.transaction() as tx:
        application, entries = await read_application(tx, RAHIMA, number)
    assert application.office is not None
    assert application.office.name.en == "Office A"
    assert [entry.type for entry in entries] == ["application_submitted", "application_moved"]
    assert entries[-1].note == Text(bn="কার্যালয় ক", en="Office A")


async def test_another_ministry_gets_it_as_new_and_the_former_is_told(town: Town) -> None:
    """The case file number was the former one's; it stays in the history until an erasure."""
    application_id, number = await town.submit()
    await town.says(received(application_id, case_file_number="LGD/7"))
    async with town.database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    withdrawn, submitted, moved = await town.published()
    assert (withdrawn["value"]["ministry"], withdrawn["type"]) == (
        "lgd",
        "submission_withdrawn",
    )
    assert withdrawn["value"]["moved_to"] == "minland"
    assert (submitted["value"]["ministry"], submitted["type"]) == ("minland", "submission_made")
    assert submitted["value"]["office"]["office_id"] == "office-b"
    assert (moved["value"]["ministry"], moved["value"]["from_ministry"]) == ("minland", "lgd")
    async with town.database.transaction() as tx:
        application, _ = await read_application(tx, RAHIMA, number)
        kept = await tx.fetchval("SELECT case_file_number FROM moved_applications")
        erased = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
        left = await tx.fetchval("SELECT case_file_number FROM moved_applications")
    assert (application.status, application.case_file_number) == ("submitted", None)
    assert (kept, left) == ("LGD/7", None)
    assert erased.deleted["moved_file_numbers"] == 1


async def stands_still(town: Town, application_id: UUID, waits_for: str | None) -> None:
    """Let the former ministry wait for somebody."""
    if waits_for == "citizen":
        await town.says(correction_asked(application_id, occurred_at=NOW))
    if waits_for == "payment":
        async with town.database.transaction() as tx:
            await tx.execute("UPDATE applications SET adapter = 'desk'")
        step = Step(name=Text(bn="ফি", en="Fee"), waits_for="payment", is_sourced=False)
        await town.says(received(application_id, occurred_at=NOW, served_by="desk", step=step))


@pytest.mark.parametrize("waits_for", ["citizen", "payment", None])
async def test_a_request_that_lapses_lets_the_deadline_run_on(
    town: Town, waits_for: Literal["citizen", "payment"] | None
) -> None:
    """It stood still since the request, or while a payment was waited for; else it stays."""
    application_id, number = await town.submit()
    late, moved_at = NOW + timedelta(days=13), NOW + timedelta(days=14)
    async with town.database.transaction() as tx:
        before, _ = await read_application(tx, RAHIMA, number)
        assert await mark_overdue(tx, at=late, limit=10) == 1
    await stands_still(town, application_id, waits_for)
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.start(await town.plan())
    await town.go_on(moved_at)
    async with town.database.transaction() as tx:
        assert await mark_overdue(tx, at=moved_at + timedelta(days=1), limit=10) == 0
        after, _ = await read_application(tx, RAHIMA, number)
    assert before.deadline is not None
    stood_still = before.deadline.paused(dhaka_date(NOW)).resumed(dhaka_date(moved_at))
    later = stood_still.due_on(reference_calendar())
    assert (after.status, after.ministry) == ("submitted", "minland")
    assert (after.due_on, after.overdue) == ((later, False) if waits_for else (before.due_on, True))
    (told,) = [
        event["value"]["deadline"]
        for event in await town.published()
        if event["type"] == "submission_made" and event["value"]["ministry"] == "minland"
    ]
    assert told["begins_on"] == before.deadline.begins_on.isoformat()
    assert len(told["pauses"]) == (1 if waits_for else 0)


async def test_the_step_at_the_former_office_is_over(town: Town) -> None:
    """The next ministry says its own, or none: nobody is told to wait for the office of before."""
    application_id, number = await town.submit()
    async with town.database.transaction() as tx:
        await tx.execute("UPDATE applications SET adapter = 'desk'")
    step = Step(name=Text(bn="যাচাই", en="Checked"), waits_for="office", is_sourced=False)
    assert await town.says(received(application_id, served_by="desk", step=step)) == []
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    async with town.database.transaction() as tx:
        application, _ = await read_application(tx, RAHIMA, number)
    assert (application.ministry, application.step) == ("minland", None)


async def test_the_evidence_of_a_mandate_moves_with_its_application(town: Town) -> None:
    """The next ministry sees who submitted it for whom, and with which consent."""
    mandate = mandate_evidence()
    await town.submit(mandate=mandate)
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    _, submitted, _ = await town.published()
    assert submitted["value"]["mandate"] == mandate.model_dump(mode="json")
    assert submitted["value"]["actor_id"] == str(mandate.uddokta_id)


async def test_what_the_former_ministry_still_says(town: Town) -> None:
    """A late acknowledgement changes nothing; a late decision is for a person; the new's counts."""
    application_id, number = await town.submit()
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    assert await town.says(received(application_id)) == []
    assert await town.says(correction_asked(application_id)) == []
    assert await town.says(decided(application_id, outcome="refused")) == ["former_ministry"]
    assert await town.says(decided(application_id, ministry="minland")) == []
    async with town.database.transaction() as tx:
        application, _ = await read_application(tx, RAHIMA, number)
    assert application.status == "approved"


async def test_a_citizen_is_told_once(town: Town) -> None:
    """However many applications a move takes, in however many portions."""
    for citizen in (RAHIMA, KARIM, RAHIMA, RAHIMA, KARIM):
        await town.submit(citizen)
    town.rules(rule("office-a", 1))
    await town.move()
    moved = [each["value"] for each in await town.published() if "move_id" in each["value"]]
    assert len(moved) == 5
    assert Counter(each["citizen_id"] for each in moved if each["is_told"]) == Counter(
        [str(RAHIMA), str(KARIM)]
    )


async def test_a_move_goes_on_after_a_crash_and_moves_nothing_twice(town: Town) -> None:
    """What a portion did and how far the move has come are one transaction."""
    for _ in range(5):
        await town.submit()
    town.rules(rule("office-a", 1))
    move = await town.plan()
    await town.start(move)
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with town.database.transaction() as tx:
            await use_cases.go_on(tx, town.services, at=LATER, limit=2)
            raise RuntimeError
    assert await town.published() == []
    async with town.database.transaction() as tx:
        await use_cases.go_on(tx, town.services, at=LATER, limit=2)
    await town.go_on()
    moved = [each for each in await town.published() if each["type"] == "application_moved"]
    assert len({each["value"]["application_id"] for each in moved}) == len(moved) == 5
    assert (await town.move()).done == Counter()


async def test_only_open_applications_are_moved(town: Town) -> None:
    """What was decided or withdrawn stays as it was, and what is corrected is asked for no more."""
    decided_id, _ = await town.submit()
    _, withdrawn = await town.submit()
    corrected_id, corrected = await town.submit()
    await town.says(decided(decided_id))
    await town.says(correction_asked(corrected_id))
    async with town.database.transaction() as tx:
        await withdraw(tx, RAHIMA, withdrawn, at=NOW)
        await tx.execute("DELETE FROM outbox")
    town.rules(rule("office-a", 1))
    assert (await town.move()).done == Counter({OLD: 1})
    assert [each["type"] for each in await town.published()] == ["application_moved"]
    async with town.database.transaction() as tx:
        form = CorrectApplication(form=right_answers("S001"))
        await correct(tx, town.services, RAHIMA, corrected, form, papers().receipts, at=LATER)
    assert (await town.published())[1]["value"]["office"]["office_id"] == "office-a"


async def test_a_move_begins_when_every_process_knows_the_rules(town: Town) -> None:
    """A minute after its start; what comes later follows the new rules anyway."""
    await town.submit()
    town.rules(rule("office-a", 1))
    move = await town.plan()
    await town.start(move)
    assert await town.go_on(NOW + timedelta(seconds=59)) == 0
    town.rules()
    await town.submit(at=NOW + timedelta(seconds=31))
    town.rules(rule("office-a", 1))
    await town.go_on(NOW + timedelta(seconds=60))
    assert (await town.read(move.move_id)).done == Counter({OLD: 1})


@pytest.mark.parametrize("passes", ["before it is planned", "before it is started"])
async def test_of_a_day_that_has_passed_the_rules_of_today_count(town: Town, passes: str) -> None:
    """The catalogue announces no versions of before, and no rule would be none for the place."""
    await town.submit()
    planned = passes == "before it is planned"
    days = timedelta(days=400 if planned else 5)
    at = NOW if planned else NOW + days
    town.rules(rule("office-b", 1))
    async with town.database.transaction() as tx:
        move = await use_cases.plan(
            tx,
            town.services,
            "S001",
            on_day=TODAY - days if planned else TODAY,
            reason="zones",
            by="rahima",
            at=NOW,
        )
    await town.go_on(NOW)
    async with town.database.transaction() as tx:
        await use_cases.start(tx, move.move_id, expected=1, by="karim", at=at)
    town.rules(rule("office-a", 2, valid_from=dhaka_date(at)))
    await town.go_on(at + timedelta(minutes=2))
    assert (await town.read(move.move_id)).done == Counter({OLD: 1})


async def test_two_plans_at_once_are_one(town: Town) -> None:
    """The second waits for the first, and is told of it."""

    async def plan(tx: Transaction) -> Move:
        return await use_cases.plan(
            tx, town.services, "S001", on_day=None, reason="zones", by="rahima", at=NOW
        )

    async def refusal() -> str:
        with pytest.raises(Refused) as refused:
            async with town.database.transaction() as tx:
                await plan(tx)
        return refused.value.code

    async with asyncio.TaskGroup() as tasks, town.database.transaction() as tx:
        await plan(tx)
        second = tasks.create_task(refusal())
        await until_waiting(town.database, second)
    assert second.result() == "move_under_way"


async def test_what_cannot_be_started(town: Town) -> None:
    """Another number than was counted, a day to come, a second one beside it, an unknown one."""
    await town.submit()
    town.rules(rule("office-a", 1))
    move = await town.plan()

    async def refusal(expected: int, move_id: UUID, at: datetime = NOW) -> str:
        with pytest.raises(Refused) as refused:
            async with town.database.transaction() as tx:
                await use_cases.start(tx, move_id, expected=expected, by="karim", at=at)
        return refused.value.code

    assert await refusal(2, move.move_id) == "move_count_differs"
    assert await refusal(1, move.move_id, NOW - timedelta(days=1)) == "move_not_yet"
    assert await refusal(1, new_id()) == "move_unknown"
    with pytest.raises(Refused, match="move_under_way"):
        await town.plan()
    async with town.database.transaction() as tx:
        await use_cases.cancel(tx, move.move_id, at=NOW)
    assert await refusal(1, move.move_id) == "move_not_counted"
    with pytest.raises(Refused, match="move_not_counted"):
        async with town.database.transaction() as tx:
            await use_cases.cancel(tx, move.move_id, at=NOW)


async def test_a_ministry_that_is_not_connected_gets_it_when_it_is(town: Town) -> None:
    """Until then it waits; the former one is told at once."""
    await town.submit()
    town.rules(rule("office-b", 1, ministry="minland", ministry_adapter="none_yet"))
    await town.move()
    assert [each["type"] for each in await town.published()] == [
        "submission_withdrawn",
        "application_moved",
    ]
    async with town.database.transaction() as tx:
        assert await hand_over_waiting(tx, town.services, at=NOW, limit=10) == 0
    town.rules(rule("office-b", 1, ministry="minland"))
    async with town.database.transaction() as tx:
        assert await hand_over_waiting(tx, town.services, at=NOW, limit=10) == 1
    last = (await town.published())[-1]
    assert (last["value"]["ministry"], last["value"]["served_by"]) == ("minland", "hosted")


async def test_what_waits_for_something_else_waits_for_it_after_a_move(town: Town) -> None:
    """No ministry hears of it, the former one neither."""
    application_id, _ = await town.submit()
    async with town.database.transaction() as tx:
        await tx.execute("UPDATE applications SET waits_for = 'payment'")
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    assert [each["type"] for each in await town.published()] == ["application_moved"]
    async with town.database.transaction() as tx:
        moved = (await lock_applications(tx, [application_id]))[application_id]
    assert (moved.ministry, moved.waits_for) == ("minland", "payment")


async def test_back_to_the_first_ministry_is_another_hand_over(town: Town) -> None:
    """Under another id, since the first one was withdrawn there."""
    application_id, _ = await town.submit()
    town.rules(rule("office-b", 1, ministry="minland"))
    await town.move()
    town.rules(rule("office-c", 2))
    await town.move()
    submitted = [each for each in await town.published() if each["type"] == "submission_made"]
    assert [each["value"]["ministry"] for each in submitted] == ["minland", "lgd"]
    assert len({each["id"] for each in submitted}) == 2
    assert await town.says(decided(application_id)) == []
    assert await town.says(received(application_id, ministry="minland")) == []
    async with town.database.transaction() as tx:
        known = await lock_applications(tx, [application_id])
    assert known[application_id].status == "approved"
