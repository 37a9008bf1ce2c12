"""An appeal opens a decided case again, at a higher office and with its own time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.ministries import PaperGranted
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.cases.officers.rules import Officer
from tests.services.applications.scenes import PAPER
from tests.services.cases.scenes import (
    NOW,
    UNION,
    Desk,
    acted,
    appealed,
    erase,
    looked,
    submitted,
    withdrawn,
)

MEMBER, SECRETARY, REGISTRAR, UNO = (
    Officer(new_id(), "lgd", UNION.office_id, frozenset({duty}))
    for duty in ("ward_member", "secretary", "registrar", "uno")
)
DAY = timedelta(days=1)
RECORD = {"appeal_record": "18"}


async def refused(desk: Desk) -> Any:
    """A birth registration that the registrar has refused."""
    first = submitted("S001")
    await desk.take_in(first)
    for officer, action in ((MEMBER, "attest"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    await acted(desk, REGISTRAR, first.event_id, "refuse", note="জন্ম তারিখ মেলে না")
    return first


async def heard(desk: Desk, first: Any) -> None:
    """The notice of the appeal was served."""
    await acted(desk, UNO, first.event_id, "served", papers={"appeal_notice_served": "17"})


async def decisions(desk: Desk) -> list[Any]:
    """What was decided: outcome, stage, and the days for an appeal."""
    values = [said["value"] for said in await desk.said() if said["type"] == "ministry_decided"]
    return [
        (value["outcome"], value.get("stage", "first"), value.get("appeal_days"))
        for value in values
    ]


async def test_an_appeal_is_heard_by_another_office_and_overturns(database: Database) -> None:
    """The officer there sees the words, the paper and the first decision; the citizen the step."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    await desk.take_in(appealed(first, occurred_at=NOW + DAY, documents=(PAPER,)), at=NOW + DAY)
    assert (await desk.said())[-1]["value"]["step"]["name"]["en"] == "Notice of the appeal served"
    case = await looked(desk, UNO, first.event_id)
    assert [entry.note.bn for entry in case.history if entry.note] == [
        "জন্ম তারিখ মেলে না",
        "কাগজটি আবেদনের সঙ্গে ছিল",
    ]
    assert [paper.document_id for paper in case.documents] == [PAPER.document_id]
    assert not case.is_due_sourced
    await heard(desk, first)
    assert await acted(desk, UNO, first.event_id, "overturn", papers=RECORD) == "Registered"
    assert await decisions(desk) == [("refused", "first", 30), ("approved", "appeal", None)]


async def test_the_paper_after_an_appeal_replaces_the_first_one(database: Database) -> None:
    """The words of the citizen are in neither."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    await desk.take_in(appealed(first))
    await heard(desk, first)
    await acted(desk, UNO, first.event_id, "uphold", note="প্রমাণ নেই", papers=RECORD)
    before, after = [PaperGranted.model_validate(one["value"]) for one in await desk.papers()]
    granted_by = [one["id"] for one in await desk.papers()]
    assert (before.replaces, str(after.replaces)) == (None, granted_by[0])
    assert after.fields["reason"] == "প্রমাণ নেই"
    assert before.fields["objection"] != after.fields["objection"]
    assert await decisions(desk) == [("refused", "first", 30), ("refused", "appeal", None)]


async def test_who_acted_before_does_not_hear_it(database: Database) -> None:
    """Also with the duty of the higher office."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    await desk.take_in(appealed(first))
    same = Officer(REGISTRAR.officer_id, "lgd", UNION.office_id, frozenset({"uno"}))
    with pytest.raises(Refused, match="second_person_needed"):
        await acted(desk, same, first.event_id, "served", papers={"appeal_notice_served": "17"})
    assert (await desk.file(first)).state.step == "appeal_notice"


async def test_the_day_on_which_it_was_sent_counts(database: Database) -> None:
    """The last day to its last second, however late it is read; a second later it is refused."""
    desk = await Desk(database).prepare()
    last = datetime.fromisoformat("2026-03-31T23:59:59+06:00")
    for late, step in ((timedelta(0), "appeal_notice"), (timedelta(seconds=1), "refused")):
        first = await refused(desk)
        await desk.take_in(appealed(first, occurred_at=last + late), at=last + 9 * DAY)
        assert (await desk.file(first)).state.step == step
    assert [refusal.code for refusal in desk.refused] == ["appeal_too_late"]


async def test_a_repeat_a_stranger_and_a_withdrawn_case(database: Database) -> None:
    """A second appeal is the first one; what was not refused has none."""
    desk = await Desk(database).prepare()
    first, other = await refused(desk), submitted("S001")
    await desk.take_in(appealed(first))
    said = len(await desk.said())
    await desk.take_in(appealed(first))
    assert len(await desk.said()) == said
    assert desk.refused == []
    await desk.take_in(other, withdrawn(other))
    await desk.take_in(appealed(other))
    await desk.take_in(appealed(submitted("S001")))
    assert [refusal.code for refusal in desk.refused] == ["appeal_not_possible", "unknown_key"]


async def test_an_appeal_whose_decision_was_lost_is_a_dead_letter(database: Database) -> None:
    """The case is open for the first time: its database was restored, and submissions read again.

    An operator sends it again once the case is decided.
    """
    desk = await Desk(database).prepare()
    first = submitted("S001")
    await desk.take_in(first)
    await desk.take_in(appealed(first))
    assert [refusal.code for refusal in desk.refused] == ["appeal_not_possible"]


async def test_nothing_is_stored_of_an_erased_citizen(database: Database) -> None:
    """The appeal crossed the erasure; the decided case stays as its office decided it."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    await erase(database)
    await desk.take_in(appealed(first))
    assert (await desk.file(first)).state.step == "refused"


async def test_an_appeal_has_its_own_time(database: Database) -> None:
    """From the day on which it is heard, and not from that of the application."""
    desk = await Desk(database).prepare()
    first = await refused(desk)
    before = (await desk.file(first)).due_on
    await desk.take_in(appealed(first, occurred_at=NOW + 20 * DAY), at=NOW + 20 * DAY)
    file = await desk.file(first)
    assert file.due_on > (NOW + 20 * DAY).date() > before
    assert file.closed_at is None
    assert await desk.rows("SELECT duty, is_promised FROM tasks") == [("uno", False)]
