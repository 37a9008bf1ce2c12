"""An office decides with a PDF of its own, which is the paper instead of a drawn one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.applications import SubmissionMade
from libs.contracts.case_papers import ProposeForPaper
from libs.contracts.cases import ActOnCases
from libs.contracts.handed_in import AskToHandIn
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.web.signed.hand_ins import HandInReceipt
from services.cases.acts import use_cases as acts
from services.cases.bulk import use_cases as bulk
from services.cases.handed_in import use_cases
from services.cases.officers.rules import Officer
from services.cases.papers import use_cases as papers
from tests.services.cases.scenes import (
    CHAIRMAN,
    MEMBER,
    NOW,
    RAHIMA,
    SECRETARY,
    Desk,
    acted,
    looked,
    submitted,
)

OWN = "own_document"
DIGEST = "ab" * 32
NUMBER = "NS-XYRKE-W8M24-RJ3H3"


async def at_the_signature(database: Database) -> tuple[Desk, SubmissionMade]:
    """A case that waits for the chairman, who decides."""
    desk, first = await Desk(database).prepare(), submitted(tracking_number=NUMBER)
    await desk.take_in(first)
    for officer, action in ((MEMBER, "confirm"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    return desk, first


async def given(
    desk: Desk,
    first: SubmissionMade,
    officer: Officer = CHAIRMAN,
    at: datetime = NOW,
    **fields: Any,
) -> UUID:
    """Give the PDF as an officer; return its id."""
    duty = next(iter(officer.duties))
    async with desk.database.transaction() as tx:
        file, workflow = await acts.find_waiting(tx, officer, first.event_id, NOW, duty)
        body = AskToHandIn(revision=file.revision, duty=duty, paper=OWN)
        right = await use_cases.begin(tx, officer, file, workflow, body)
        assert (right.ministry, right.application_id) == ("lgd", first.application_id)
        receipt = HandInReceipt(
            **{
                "case_id": right.case_id,
                "visit": right.visit,
                "officer_id": officer.officer_id,
                "paper": OWN,
                "document_id": new_id(),
                "media_type": "application/pdf",
                "size_bytes": 9,
                "pages": 1,
                "is_scanned": True,
                "sha256": DIGEST,
                **fields,
            }
        )
        return (await use_cases.add(tx, officer, file, workflow, receipt, at)).document_id


async def granted(desk: Desk) -> PaperGranted:
    """The paper that was granted."""
    (said,) = await desk.papers()
    return PaperGranted.model_validate(said["value"])


@pytest.mark.parametrize(
    ("action", "subject"), [("sign", "নাগরিকত্ব সনদ"), ("refuse", "নামঞ্জুরের আদেশ")]
)
async def test_the_paper_is_the_pdf_with_which_the_office_decides(
    database: Database, action: str, subject: str
) -> None:
    """Named as the drawn one would be, for whom the form names; also of a refusal."""
    desk, first = await at_the_signature(database)
    own = await given(desk, first)
    await acted(desk, CHAIRMAN, first.event_id, action, note="ঠিকানা মেলে না")
    paper = await granted(desk)
    assert (paper.template, paper.citizen_id, paper.replaces) == (OWN, RAHIMA, None)
    assert paper.fields == {
        "name_bn": "রহিমা খাতুন",
        "subject": subject,
        "document_id": str(own),
        "sha256": DIGEST,
    }
    assert paper.post is not None


async def test_without_one_the_paper_is_drawn(database: Database) -> None:
    """Also where it was taken back."""
    desk, first = await at_the_signature(database)
    own = await given(desk, first)
    async with database.transaction() as tx:
        file, _ = await acts.find_waiting(tx, CHAIRMAN, first.event_id, NOW)
        await use_cases.take_back(tx, CHAIRMAN, file, own, NOW)
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    assert (await granted(desk)).template == "citizenship_certificate"


async def test_it_is_offered_where_the_case_is_decided_only(database: Database) -> None:
    """And goes with what decides: not with sending the case back."""
    desk, first = Desk(database), submitted(tracking_number=NUMBER)
    await desk.prepare()
    await desk.take_in(first)
    with pytest.raises(Refused, match="paper_not_asked"):
        await given(desk, first, MEMBER)
    for officer, action in ((MEMBER, "confirm"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    view = await looked(desk, CHAIRMAN, first.event_id)
    offered = {action.action: action.may_add for action in view.actions}
    assert offered == {"sign": [OWN], "refuse": [OWN], "return": []}
    await given(desk, first)
    await acted(desk, CHAIRMAN, first.event_id, "return")
    await acted(desk, SECRETARY, first.event_id, "forward")
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    assert (await granted(desk)).template == "citizenship_certificate"


async def test_a_case_with_such_a_pdf_is_not_decided_among_many(database: Database) -> None:
    """Its paper would be a drawn one, and nobody would see that the office gave its own."""
    desk, first = await at_the_signature(database)
    other = submitted(event_id=new_id(), application_id=new_id(), applicant_id=new_id())
    await desk.take_in(other)
    for officer, action in ((MEMBER, "confirm"), (SECRETARY, "forward")):
        await acted(desk, officer, other.event_id, action)
    await given(desk, first)
    view = await looked(desk, CHAIRMAN, first.event_id)
    wanted = {
        "duty": "chairman",
        "workflow": "S005@1",
        "step": "sign",
        "action": "sign",
        "count": 2,
        "cases": [{"case_id": each.event_id, "revision": view.revision} for each in (first, other)],
    }
    async with database.transaction() as tx:
        found = await bulk.act(tx, CHAIRMAN, ActOnCases.model_validate(wanted), NOW)
    assert found.done == 1
    assert [(left.case_id, left.reason.en) for left in found.not_done] == [
        (first.event_id, "A PDF of the office's own waits with it")
    ]
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    assert {paper["value"]["template"] for paper in await desk.papers()} == {
        OWN,
        "citizenship_certificate",
    }


async def test_the_last_one_counts(database: Database) -> None:
    """A wrong one needs no taking back; it goes with nothing."""
    desk, first = await at_the_signature(database)
    await given(desk, first)
    last = await given(desk, first, at=NOW + timedelta(minutes=1))
    view = await looked(desk, CHAIRMAN, first.event_id)
    assert [paper.document_id for paper in view.handed_in if paper.goes_with_next] == [last]
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    assert (await granted(desk)).fields["document_id"] == str(last)


async def test_one_that_waited_a_week_is_given_again(database: Database) -> None:
    """Documents deletes it two days later; the same file again counts from then."""
    desk, first = await at_the_signature(database)
    own = await given(desk, first)
    later = NOW + timedelta(days=7, seconds=1)
    with pytest.raises(Refused, match="own_paper_too_old") as refused:
        await acted(desk, CHAIRMAN, first.event_id, "sign", at=later)
    assert refused.value.pointer == f"/papers/{OWN}"
    await given(desk, first, at=later, document_id=own)
    await acted(desk, CHAIRMAN, first.event_id, "sign", at=later)
    assert (await granted(desk)).fields["document_id"] == str(own)


async def test_nobody_names_a_file_by_hand(database: Database) -> None:
    """Not with the act, not in a correction, and not with a receipt of another kind of paper."""
    desk, first = await at_the_signature(database)
    with pytest.raises(Refused, match="paper_not_asked"):
        await acted(desk, CHAIRMAN, first.event_id, "sign", papers={OWN: str(new_id())})
    with pytest.raises(Refused, match="hand_in_receipt_ended"):
        await given(desk, first, sha256="")
    await given(desk, first)
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    for name in ("document_id", "sha256"):
        body = ProposeForPaper(kind="correction", reason="অন্য ফাইল", fields={name: "x"})
        with pytest.raises(Refused, match="paper_field_unknown"):
            async with database.transaction() as tx:
                await papers.propose(tx, CHAIRMAN, NUMBER, body, NOW)


async def test_two_officers_correct_and_withdraw_it_as_a_drawn_one(database: Database) -> None:
    """Its page has a link to the file, and no id of it; what it is about can be put right."""
    desk, first = await at_the_signature(database)
    own = await given(desk, first)
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    at = NOW + timedelta(days=1)
    async with database.transaction() as tx:
        shown, link = await papers.read_with_link(tx, SECRETARY, NUMBER, at)
    assert [line.name for line in shown.lines] == ["name_bn", "subject"]
    assert link is not None
    assert (link.document_id, link.officer_id) == (own, SECRETARY.officer_id)
    for body in (
        ProposeForPaper(kind="correction", reason="বিষয় ভুল", fields={"subject": "নাগরিক সনদ"}),
        ProposeForPaper(kind="withdrawal", reason="ফাইলটি ভুল"),
    ):
        async with database.transaction() as tx:
            proposed = await papers.propose(tx, SECRETARY, NUMBER, body, at)
            assert proposed.proposal is not None
            await papers.approve(tx, CHAIRMAN, NUMBER, proposed.proposal.proposal_id, at)
    events = [said for said in await desk.decisions() if said["type"].startswith("paper_")]
    first_paper, corrected, revoked = (said["value"] for said in events)
    assert corrected["fields"] == {**first_paper["fields"], "subject": "নাগরিক সনদ"}
    assert PaperRevoked.model_validate(revoked).note.bn == "ফাইলটি ভুল"
