"""A case that ends grants the paper that its workflow names, or an order of refusal."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.ministries import PaperGranted
from libs.database.pool import Database
from libs.decision_papers.templates import check_fields
from services.cases.officers.rules import Officer
from tests.services.cases.scenes import (
    CHAIRMAN,
    MEMBER,
    NOW,
    RAHIMA,
    SECRETARY,
    TRACE,
    UNION,
    Desk,
    acted,
    submitted,
    withdrawn,
)

OF_A_CASE = ("case_looks", "timers", "tasks", "history", "case_content", "cases", "outbox")
WAY = ((MEMBER, "confirm"), (SECRETARY, "forward"), (CHAIRMAN, "sign"))


async def went(desk: Desk, first: Any, *way: tuple[Officer, str], **fields: Any) -> None:
    """Let officers act on a case; the last one with fields."""
    for number, (officer, action) in enumerate(way, start=1):
        await acted(desk, officer, first.event_id, action, **(fields if number == len(way) else {}))


async def test_an_approved_case_grants_the_paper_of_its_workflow(database: Database) -> None:
    """With what the form says, and the post that decided; in the trace of the application."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    assert await desk.papers() == []
    await went(desk, first, *WAY)
    (paper,) = await desk.papers()
    assert (paper["topic"], paper["trace_id"]) == ("decisions.desk.v1", TRACE.trace_id)
    value = PaperGranted.model_validate(paper["value"])
    assert (value.template, value.citizen_id) == ("citizenship_certificate", RAHIMA)
    assert value.fields == {"name_bn": "রহিমা খাতুন"}
    assert value.post is not None
    assert value.office == UNION.name
    assert value.application_id == first.application_id
    check_fields(value.template, value.fields)


async def test_a_refusal_grants_an_order_with_its_reason_and_how_to_object(
    database: Database,
) -> None:
    """What the officer wrote; nothing is said of an appeal that the workflow does not name."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await went(desk, first, *WAY[:2], (CHAIRMAN, "refuse"), note="ঠিকানা মেলে না")
    (paper,) = await desk.papers()
    value = PaperGranted.model_validate(paper["value"])
    assert (value.template, value.fields["reason"]) == ("refusal_order", "ঠিকানা মেলে না")
    assert value.fields["name_bn"] == "রহিমা খাতুন"
    assert value.fields["service"] == "নাগরিকত্ব সনদ"
    assert "লেখা নেই" in value.fields["objection"]
    check_fields(value.template, value.fields)


async def test_what_a_rule_refuses_names_no_post(database: Database) -> None:
    """The reason is the name of the end."""
    desk, first = await Desk(database).prepare(), submitted("S024", answers={"kind": "theft"})
    await desk.take_in(first)
    (paper,) = await desk.papers()
    assert paper["value"].get("post") is None
    assert paper["value"]["fields"]["reason"]


@pytest.mark.parametrize("text", ["\u202eনাম", '#eval("1")', "🙂" * 200])
async def test_a_hostile_form_grants_a_paper_that_can_be_printed(
    database: Database, text: str
) -> None:
    """The decision stands whatever the form has."""
    desk, first = await Desk(database).prepare(), submitted(answers={"holding": text})
    await desk.take_in(first)
    await went(desk, first, *WAY)
    (paper,) = await desk.papers()
    value = PaperGranted.model_validate(paper["value"])
    check_fields(value.template, value.fields)


async def test_a_withdrawn_case_grants_none(database: Database) -> None:
    """Nobody has decided."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first, withdrawn(first))
    assert await desk.papers() == []


async def test_a_case_that_a_restore_took_back_grants_its_paper_once(database: Database) -> None:
    """The paper of the first decision counts, as in applications: the next is the same event.

    The citizen has it, and it holds for everybody who checks its number.
    """
    desk, first, granted = await Desk(database).prepare(), submitted(), set()
    for way, at in ((WAY, NOW), ((*WAY[:2], (CHAIRMAN, "refuse")), NOW + timedelta(days=1))):
        await desk.take_in(first, at=at)
        for officer, action in way:
            note = "ঠিকানা মেলে না" if action == "refuse" else None
            await acted(desk, officer, first.event_id, action, at=at, note=note)
        (paper,) = await desk.papers()
        granted.add(paper["id"])
        async with database.transaction() as tx:
            for table in OF_A_CASE:
                await tx.execute(f"DELETE FROM {table}")  # noqa: S608
    assert len(granted) == 1
