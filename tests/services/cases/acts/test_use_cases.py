import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.cases import ActOnCase, CaseView
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.workflows.parsing import parse_workflow
from services.cases.acts import use_cases
from services.cases.officers.rules import Officer
from services.cases.queues.use_cases import assign_task
from services.cases.work.queries import insert_side
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import NOW, RAHIMA, Desk, corrected, submitted, withdrawn

FIRST = next(workflow for workflow in reference_workflows() if workflow.key == "S005@1")
MEMBER = Officer(UUID(int=1), "lgd", "union-U2393", frozenset({"ward_member"}))
SECRETARY = Officer(UUID(int=2), "lgd", "union-U2393", frozenset({"secretary"}))
CHAIRMAN = Officer(UUID(int=3), "lgd", "union-U2393", frozenset({"chairman"}))


async def looked(desk: Desk, officer: Officer, case_id: UUID) -> CaseView:
    """A case as an officer sees it."""
    async with desk.database.transaction() as tx:
        return await use_cases.read_case(tx, officer, case_id, NOW)


async def acted(desk: Desk, officer: Officer, case_id: UUID, action: str, **fields: Any) -> str:
    """Act as an officer on the case as it is now; return the name of its step."""
    if "revision" not in fields:
        fields["revision"] = (await looked(desk, officer, case_id)).revision
    body = ActOnCase(duty=next(iter(officer.duties)), action=action, **fields)
    async with desk.database.transaction() as tx:
        return (await use_cases.act(tx, officer, case_id, body, NOW)).step.en


async def test_three_officers_take_a_case_to_its_decision(database: Database) -> None:
    """The citizen is told the decision; steps within one office are not announced."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id = first.event_id
    assert await acted(desk, MEMBER, case_id, "confirm") == "Prepared by the secretary"
    assert await acted(desk, SECRETARY, case_id, "forward") == "Signed by the chairman"
    assert await acted(desk, CHAIRMAN, case_id, "sign") == "Certificate issued"
    said = await desk.said()
    assert [each["type"] for each in said] == ["ministry_received", "ministry_decided"]
    assert said[1]["value"]["outcome"] == "approved"
    assert (await desk.file(first)).closed_at == NOW
    assert await desk.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert await desk.rows("SELECT count(*) FROM timers") == [(0,)]
    view = await looked(desk, SECRETARY, case_id)
    assert [entry.by_me for entry in view.history if entry.action] == [False, True, False]


async def test_a_page_shows_the_form_and_what_can_be_done(database: Database) -> None:
    """In the officer's own duty; each look is noted."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    view = await looked(desk, SECRETARY, first.event_id)
    assert view.form == first.form
    assert [(action.action, action.duty) for action in view.actions] == [
        ("confirm", "secretary"),
        ("not_resident", "secretary"),
    ]
    assert view.shown is not None
    assert view.shown.waits_for == "office"
    assert await desk.rows("SELECT kind, office_id FROM case_looks") == [("seen", "union-U2393")]


@pytest.mark.parametrize(
    "stranger",
    [
        Officer(UUID(int=9), "lgd", "union-U1", SECRETARY.duties),
        Officer(UUID(int=9), "minland", "union-U2393", SECRETARY.duties),
        CHAIRMAN,
    ],
    ids=["other office", "other ministry", "other duty"],
)
async def test_a_case_is_unknown_to_everybody_else(database: Database, stranger: Officer) -> None:
    """Nothing of it is shown, it is assigned to nobody of them, and they do nothing with it."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    body = ActOnCase(revision=1, duty="secretary", action="confirm")
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.read_case(tx, stranger, first.event_id, NOW)
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.assign(tx, stranger, first.event_id, "secretary", None, NOW)
        with pytest.raises(Refused, match="case_unknown"):
            await use_cases.act(tx, stranger, first.event_id, body, NOW)


async def test_who_acts_on_a_page_of_before_is_refused(database: Database) -> None:
    """Two officers act at once: the first one counts, and nothing is done twice."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, SECRETARY, first.event_id, "confirm", revision=1)
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, MEMBER, first.event_id, "confirm", revision=1)
    assert (await desk.file(first)).state.step == "prepare"


async def test_a_change_holds_only_on_the_revision_that_was_read(database: Database) -> None:
    """The update of the row decides, also between two pages that read at the same moment."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)

    async def act(officer: Officer) -> str:
        try:
            return await acted(desk, officer, first.event_id, "confirm", revision=1)
        except Refused as refusal:
            return refusal.code

    done = await asyncio.gather(*(act(officer) for officer in (MEMBER, SECRETARY, MEMBER)))
    assert sorted(done) == ["Prepared by the secretary", "case_changed", "case_changed"]
    assert (await desk.file(first)).revision == 2


async def test_a_refusal_says_why_and_a_correction_what(database: Database) -> None:
    """Without words neither is done; with them the citizen reads them."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    with pytest.raises(Refused, match="note_missing"):
        await acted(desk, SECRETARY, first.event_id, "ask_correction")
    await acted(desk, SECRETARY, first.event_id, "ask_correction", note="ছবিটি স্পষ্ট নয়")
    said = (await desk.said())[-1]
    assert (said["type"], said["value"]["note"]["bn"]) == ("correction_asked", "ছবিটি স্পষ্ট নয়")
    assert await desk.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert await desk.rows("SELECT kind FROM timers") == [("correction",)]
    await desk.take_in(corrected(first, form={**first.form, "name_bn": "রহিমা"}))
    assert (await desk.file(first)).state.step == "prepare"
    assert (await looked(desk, SECRETARY, first.event_id)).form["name_bn"] == "রহিমা"
    assert (await desk.said())[-1]["type"] == "step_reached"


async def test_rules_see_the_corrected_form(database: Database) -> None:
    """What they propose is about the answers that stand now."""
    document = json.loads(FIRST.model_dump_json(exclude_unset=True))
    rule = {"when": {"fact": "form.name_bn", "eq": "রহিমা"}, "do": "forward"}
    document["steps"]["prepare"]["propose"] = [rule]
    desk, first = await Desk(database).prepare([parse_workflow(json.dumps(document))]), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    assert (await desk.file(first)).state.proposed is None
    await acted(desk, SECRETARY, first.event_id, "ask_correction", note="নাম দেখুন")
    await desk.take_in(corrected(first, form={**first.form, "name_bn": "রহিমা"}))
    assert (await desk.file(first)).state.proposed == "forward"


async def test_nobody_acts_on_a_case_that_was_taken_back(database: Database) -> None:
    """The withdrawal closed its tasks; the history stays readable at the office."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await desk.take_in(withdrawn(first))
    view = await looked(desk, MEMBER, first.event_id)
    assert (view.status, view.outcome, view.actions) == ("ended", "withdrawn", [])
    with pytest.raises(Refused, match="case_changed"):
        await acted(desk, MEMBER, first.event_id, "confirm", revision=view.revision)


async def test_a_case_is_one_officers_for_fifteen_minutes(database: Database) -> None:
    """A colleague takes it over with a reason, which is kept; or when the time is over."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id = first.event_id
    colleague = Officer(new_id(), "lgd", "union-U2393", SECRETARY.duties)
    async with database.transaction() as tx:
        until = await use_cases.assign(tx, SECRETARY, case_id, "secretary", None, NOW)
        assert until == NOW + timedelta(minutes=15)
        with pytest.raises(Refused, match="case_assigned"):
            await use_cases.assign(tx, colleague, case_id, "secretary", None, NOW)
        await use_cases.assign(tx, colleague, case_id, "secretary", "she is on leave", NOW)
        view = await use_cases.read_case(tx, SECRETARY, case_id, NOW)
        assert (view.is_mine, view.assigned_until) == (False, until)
        await assign_task(tx, case_id, "secretary", SECRETARY, until, take_over=False)
        await use_cases.release(tx, SECRETARY, case_id)
        await use_cases.assign(tx, colleague, case_id, "secretary", None, NOW)
    kinds = [row[0] for row in await desk.rows("SELECT kind FROM case_looks ORDER BY look_id")]
    assert kinds == ["assigned", "taken_over", "seen", "assigned"]
    (reason,) = await desk.rows("SELECT reason FROM case_looks WHERE kind = 'taken_over'")
    assert "leave" not in reason[0]


async def test_one_person_is_on_one_side_of_a_pair(database: Database) -> None:
    """The key holds it, whatever the case's state says; the same act again is the same side."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    case_id, pair, officer = (await desk.file(first)).case_id, "check approval", new_id()
    async with database.transaction() as tx:
        found = [
            await insert_side(tx, case_id, pair, step, person)
            for step, person in (
                ("check", officer),
                ("check", officer),
                ("approval", officer),
                ("approval", RAHIMA),
            )
        ]
    assert found == [True, True, False, True]
