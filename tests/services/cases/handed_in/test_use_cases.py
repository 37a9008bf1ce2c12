"""Officers hand papers in with their work; they belong to the case."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import SubmissionMade
from libs.contracts.cases import CasePapersChanged, CaseView
from libs.contracts.handed_in import AskToHandIn
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id, new_tracking_number
from libs.web.signed.document_links import OfficerLink
from libs.web.signed.hand_ins import HandInReceipt, HandInRight
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from services.cases.acts import use_cases as acts
from services.cases.erasure import use_cases as erasure
from services.cases.handed_in import use_cases
from services.cases.officers.rules import Officer, StoodIn
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import NOW, RAHIMA, Desk, acted, erase, looked, submitted

LAND, AC, KANUNGO, MEMBER = (
    Officer(UUID(int=number), "minland", "union-U2393", frozenset({duty}))
    for number, duty in enumerate(
        ("union_land_officer", "ac_land", "kanungo", "union_land_officer"), start=31
    )
)


def mutation(**changes: Any) -> Workflow:
    """The workflow of a mutation, which begins with the report of the land office."""
    (workflow,) = [each for each in reference_workflows() if each.key == "S025@1"]
    content = json.loads(workflow.model_dump_json(exclude_none=True))
    return parse_workflow(json.dumps({**content, "start": "report", **changes}))


async def at_its_report(database: Database, **changes: Any) -> tuple[Desk, SubmissionMade]:
    """A case that waits for the report of the land office."""
    desk = await Desk(database).prepare([mutation(**changes)])
    first = submitted("S025", ministry="minland", tracking_number=new_tracking_number(1))
    await desk.take_in(first)
    return desk, first


async def asked(
    desk: Desk, first: SubmissionMade, officer: Officer = LAND, paper: str = "field_report"
) -> HandInRight:
    """Ask to hand a paper in, as the case is now."""
    duty = next(iter(officer.duties))
    async with desk.database.transaction() as tx:
        file, workflow = await acts.find_waiting(tx, officer, first.event_id, NOW, duty)
        body = AskToHandIn(revision=file.revision, duty=duty, paper=paper)
        return await use_cases.begin(tx, officer, file, workflow, body)


def receipt_of(right: HandInRight, **fields: Any) -> HandInReceipt:
    """What documents says of a file that it took with a right."""
    return HandInReceipt(
        **{
            "case_id": right.case_id,
            "visit": right.visit,
            "officer_id": right.officer_id,
            "paper": right.paper,
            "document_id": new_id(),
            "media_type": "image/jpeg",
            "size_bytes": 9,
            "pages": 1,
            "is_scanned": True,
            **fields,
        }
    )


async def added(
    desk: Desk, first: SubmissionMade, officer: Officer, receipt: HandInReceipt
) -> UUID:
    """Hand a paper in by its receipt."""
    async with desk.database.transaction() as tx:
        file, workflow = await acts.find_waiting(tx, officer, first.event_id, NOW)
        return (await use_cases.add(tx, officer, file, workflow, receipt, NOW)).document_id


async def handed_in(
    desk: Desk, first: SubmissionMade, officer: Officer = LAND, paper: str = "field_report"
) -> UUID:
    """Hand a paper in."""
    right = await asked(desk, first, officer, paper)
    return await added(desk, first, officer, receipt_of(right))


async def kept(desk: Desk) -> list[tuple[set[str], bool]]:
    """What documents was told, in its order."""
    return [
        (set(said["value"]["document_ids"]), said["value"]["is_final"])
        for said in await desk.decisions()
        if said["type"] == CasePapersChanged.type
    ]


async def test_a_report_goes_with_the_act_that_asks_for_it(database: Database) -> None:
    """A file or the number in the office's file, each by itself; without either nothing is done."""
    desk, first = await at_its_report(database)
    with pytest.raises(Refused, match="files_missing"):
        await acted(desk, LAND, first.event_id, "report")
    report = await handed_in(desk, first)
    with pytest.raises(Refused, match="files_missing") as refused:
        await acted(desk, LAND, first.event_id, "report")
    assert refused.value.pointer == "/papers/draft_khatian"
    view = await looked(desk, LAND, first.event_id)
    (paper,) = view.handed_in
    assert (paper.document_id, paper.paper, paper.by_me) == (report, "field_report", True)
    assert (paper.goes_with_next, paper.can_be_taken_back) == (True, True)
    await acted(desk, LAND, first.event_id, "report", papers={"draft_khatian": "7"})
    (paper,) = (await looked(desk, KANUNGO, first.event_id)).handed_in
    assert (paper.goes_with_next, paper.can_be_taken_back, paper.by_me) == (False, False, False)
    assert paper.step is not None
    assert paper.step.en == "Union land office report and draft khatian"
    assert await kept(desk) == [({str(report)}, False)]
    (event,) = await desk.rows("SELECT count(*) FROM history WHERE type = 'acted'")
    assert event == (1,)


async def test_whose_step_it_is_opens_it_and_the_citizen_sees_that(database: Database) -> None:
    """Each time is noted with the paper; whoever handed it in opens it no more after that."""
    desk, first = await at_its_report(database)
    report = await handed_in(desk, first)
    await acted(desk, LAND, first.event_id, "report", papers={"draft_khatian": "7"})
    async with database.transaction() as tx:
        link = await acts.open_paper(tx, KANUNGO, first.event_id, report, NOW)
        with pytest.raises(Refused, match="case_unknown"):
            await acts.open_paper(tx, LAND, first.event_id, report, NOW)
        seen = await acts.read_looks(tx, RAHIMA, first.tracking_number)
        (look,) = seen.items
        (added,) = seen.added
        others = await acts.read_looks(tx, new_id(), first.tracking_number)
    assert (added.on, added.pages) == (dhaka_date(NOW), 1)
    assert added.office is not None
    assert added.name is not None
    assert others.added == []
    assert link == OfficerLink(report, "minland", KANUNGO.officer_id)
    assert look.papers == 1
    assert not (await looked(desk, LAND, first.event_id)).opens_papers


@pytest.mark.parametrize(
    "stranger",
    [
        replace(LAND, officer_id=UUID(int=9), office_id="union-U1"),
        replace(LAND, officer_id=UUID(int=9), ministry="lgd"),
        AC,
    ],
    ids=["other office", "other ministry", "other duty"],
)
async def test_nobody_else_hands_in_or_reads(database: Database, stranger: Officer) -> None:
    """Nor with the receipt of somebody who may."""
    desk, first = await at_its_report(database)
    report = await handed_in(desk, first)
    receipt = receipt_of(await asked(desk, first))
    async with database.transaction() as tx:
        for duty in (None, *stranger.duties):
            with pytest.raises(Refused, match="case_unknown"):
                await acts.find_waiting(tx, stranger, first.event_id, NOW, duty)
        with pytest.raises(Refused, match="case_unknown"):
            await acts.open_paper(tx, stranger, first.event_id, report, NOW)
    with pytest.raises(Refused, match="hand_in_receipt_ended"):
        await added(desk, first, MEMBER, receipt)
    assert len((await looked(desk, LAND, first.event_id)).handed_in) == 1


async def test_two_officers_hand_in_at_once(database: Database) -> None:
    """Both papers are the case's, and documents hears of both in the end."""
    desk, first = await at_its_report(database)
    papers = await asyncio.gather(
        *(handed_in(desk, first, officer) for officer in (LAND, MEMBER, LAND, MEMBER))
    )
    view = await looked(desk, LAND, first.event_id)
    assert {paper.document_id for paper in view.handed_in} == set(papers)
    told = [ids for ids, _ in await kept(desk)]
    assert [len(ids) for ids in told] == [1, 2, 3, 4]
    assert told[-1] == {str(paper) for paper in papers}


async def test_a_paper_for_a_page_of_before_is_none_of_the_case(database: Database) -> None:
    """What was done meanwhile stands, and the file that came too late belongs to nobody."""
    desk, first = await at_its_report(database)
    late = receipt_of(await asked(desk, first))
    both = {"field_report": "1", "draft_khatian": "2"}
    await acted(desk, MEMBER, first.event_id, "report", papers=both)
    with pytest.raises(Refused, match="case_changed"):
        await added(desk, first, LAND, late)
    with pytest.raises(Refused, match="case_changed"):
        await asked(desk, first)
    assert await kept(desk) == []
    assert await desk.rows("SELECT count(*) FROM handed_in") == [(0,)]


async def test_a_repeat_is_one_paper(database: Database) -> None:
    """A page that is sent twice changes nothing."""
    desk, first = await at_its_report(database)
    receipt = receipt_of(await asked(desk, first))
    assert await added(desk, first, LAND, receipt) == await added(desk, first, LAND, receipt)
    assert len((await looked(desk, LAND, first.event_id)).handed_in) == 1
    assert len(await kept(desk)) == 1


async def test_only_what_the_step_asks_for_and_not_without_end(database: Database) -> None:
    """Twenty at a step."""
    desk, first = await at_its_report(database)
    with pytest.raises(Refused, match="paper_not_asked"):
        await asked(desk, first, paper="mark_sheet")
    for _ in range(20):
        await handed_in(desk, first)
    with pytest.raises(Refused, match="case_papers_full"):
        await asked(desk, first)


async def take_back(desk: Desk, first: SubmissionMade, officer: Officer, paper: UUID) -> None:
    """Take a paper back."""
    async with desk.database.transaction() as tx:
        file, _ = await acts.find_waiting(tx, officer, first.event_id, NOW)
        await use_cases.take_back(tx, officer, file, paper, NOW)


async def test_an_own_paper_is_taken_back_until_something_is_done_with_it(
    database: Database,
) -> None:
    """Then the act needs another one; one of a colleague stays, and one that went with an act."""
    desk, first = await at_its_report(database)
    wrong, right = await handed_in(desk, first), await handed_in(desk, first, paper="draft_khatian")
    with pytest.raises(Refused, match="document_unknown"):
        await take_back(desk, first, MEMBER, wrong)
    await take_back(desk, first, LAND, wrong)
    assert (await kept(desk))[-1] == ({str(right)}, False)
    with pytest.raises(Refused, match="document_unknown"):
        async with database.transaction() as tx:
            await acts.open_paper(tx, LAND, first.event_id, wrong, NOW)
    with pytest.raises(Refused, match="files_missing"):
        await acted(desk, LAND, first.event_id, "report")
    await acted(desk, LAND, first.event_id, "report", papers={"field_report": "1"})
    with pytest.raises(Refused, match="case_changed"):
        await take_back(desk, first, LAND, right)


async def test_a_paper_is_not_taken_back_under_an_act(database: Database) -> None:
    """One of both comes first: the act has the paper, or it is refused without it."""
    desk, first = await at_its_report(database)
    paper = await handed_in(desk, first)

    async def act() -> str:
        try:
            return await acted(
                desk, LAND, first.event_id, "report", papers={"draft_khatian": "2"}, revision=1
            )
        except Refused as refusal:
            return refusal.code

    async def back() -> str:
        try:
            await take_back(desk, first, LAND, paper)
        except Refused as refusal:
            return refusal.code
        return "taken back"

    done = await asyncio.gather(act(), back())
    ((is_with_act, is_back),) = await desk.rows(
        "SELECT revision IS NOT NULL, taken_back_at IS NOT NULL FROM handed_in"
    )
    assert is_with_act != is_back
    assert (done[0] == "files_missing") == is_back


async def test_the_papers_of_an_open_case_are_emptied_with_it(database: Database) -> None:
    """Documents is told to delete them."""
    desk, first = await at_its_report(database)
    await handed_in(desk, first)
    assert (await erase(database))["deleted"]["papers_of_officers"] == 1
    assert (await kept(desk))[-1] == (set(), True)
    assert await desk.rows("SELECT count(*) FROM handed_in") == [(0,)]


async def test_the_papers_of_a_decided_case_stay_for_the_years_of_its_rule(
    database: Database,
) -> None:
    """Sealed with it, and deleted with it."""
    law = {"years": 5, "law": "National Archives Act 2021", "status": "sourced"}
    steps = json.loads(mutation().model_dump_json(exclude_none=True))["steps"]
    steps["report"]["do"] = {"report": "refused"}
    desk, first = await at_its_report(database, steps=steps, kept=law)
    papers = {await handed_in(desk, first), await handed_in(desk, first, paper="draft_khatian")}
    await acted(desk, LAND, first.event_id, "report", note="জমির দাগ মেলে না")
    await erase(database)
    assert (await kept(desk))[-1] == ({str(paper) for paper in papers}, True)
    async with database.transaction() as tx:
        after = NOW.replace(year=2031) + timedelta(days=1)
        assert await erasure.delete_ended(tx, at=after, limit=10) == 1
    assert (await kept(desk))[-1] == (set(), True)
    assert await desk.rows("SELECT count(*) FROM handed_in") == [(0,)]


async def at_a_panel(database: Database) -> tuple[Desk, SubmissionMade, dict[str, Officer]]:
    """A case for which two offices are asked."""
    (workflow,) = [each for each in reference_workflows() if each.key == "S025@1"]
    content = json.loads(workflow.model_dump_json(exclude_none=True))
    content["steps"]["report"] = {
        "kind": "panel",
        "name": {"bn": "মতামত", "en": "Opinions"},
        "status": {"flow": "illustrative", "days": "illustrative"},
        "ask": [{"by": "union_land_officer"}, {"by": "kanungo"}],
        "all_clear": "notice",
        "objection": "hearing",
        "escalate": {"days": 7, "to": "ac_land"},
    }
    content["start"] = "report"
    desk = await Desk(database).prepare([parse_workflow(json.dumps(content))])
    first = submitted("S025", ministry="minland")
    await desk.take_in(first)
    return desk, first, {"land": LAND, "kanungo": replace(KANUNGO, office_id="union-U2393")}


async def test_an_opinion_may_bring_a_paper(database: Database) -> None:
    """And need not; whoever gave one takes the paper back no more."""
    desk, first, officers = await at_a_panel(database)
    view: CaseView = await looked(desk, LAND, first.event_id)
    assert [action.may_add for action in view.actions] == [["opinion"]] * 2
    paper = await handed_in(desk, first, paper="opinion")
    await acted(desk, LAND, first.event_id, "clear_union_land_officer")
    with pytest.raises(Refused, match="case_changed"):
        await take_back(desk, first, LAND, paper)
    await acted(desk, officers["kanungo"], first.event_id, "clear_kanungo")
    (shown,) = (await looked(desk, AC, first.event_id)).handed_in
    assert (shown.document_id, shown.name and shown.name.en) == (paper, "Paper with the opinion")


async def test_a_receipt_of_an_earlier_visit_is_none_of_a_later_one(database: Database) -> None:
    """Also where the same officer has the case again: another round has its own papers."""
    steps = json.loads(mutation().model_dump_json(exclude_none=True))["steps"]
    steps["again"] = {**steps["report"], "do": {"report": "survey_check"}}
    steps["report"]["do"] = {"report": "again"}
    desk, first = await at_its_report(database, steps=steps)
    late = receipt_of(await asked(desk, first))
    both = {"field_report": "1", "draft_khatian": "2"}
    await acted(desk, LAND, first.event_id, "report", papers=both)
    with pytest.raises(Refused, match="case_changed"):
        await added(desk, first, LAND, late)
    assert await desk.rows("SELECT count(*) FROM handed_in") == [(0,)]


async def test_a_paper_that_went_with_an_opinion_stays_with_it(database: Database) -> None:
    """Whoever is asked twice takes it back no more, and it goes with no second opinion."""
    desk, first, _ = await at_a_panel(database)
    both = replace(LAND, duties=LAND.duties | KANUNGO.duties)
    paper = await handed_in(desk, first, paper="opinion")
    await acted(desk, LAND, first.event_id, "clear_union_land_officer")
    with pytest.raises(Refused, match="document_unknown"):
        await take_back(desk, first, both, paper)
    (shown,) = (await looked(desk, both, first.event_id)).handed_in
    assert (shown.goes_with_next, shown.can_be_taken_back) == (False, False)


async def test_who_was_a_deputy_takes_an_own_paper_back(database: Database) -> None:
    """The end of an absence ends the duties of the colleague, and not the own ones."""
    over = StoodIn("kanungo", NOW.date() - timedelta(days=9), NOW.date() - timedelta(days=2))
    was_deputy = replace(LAND, stands_in=(over,))
    desk, first = await at_its_report(database)
    paper = await handed_in(desk, first)
    await take_back(desk, first, was_deputy, paper)
    assert await desk.rows("SELECT count(*) FROM handed_in WHERE taken_back_at IS NULL") == [(0,)]
