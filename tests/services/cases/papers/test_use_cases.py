"""Two officers withdraw the paper of a decided case, or have a corrected one issued."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from typer.testing import CliRunner

from libs.contracts.case_papers import CasePaper, ProposeForPaper
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.pool import Database
from libs.encryption import is_sealed
from libs.errors import Refused
from libs.ids import new_id
from services.cases.acts import use_cases as acts
from services.cases.officers.rules import Officer
from services.cases.papers import use_cases
from tests.ciphers import make_cipher
from tests.services.cases.scenes import (
    CHAIRMAN,
    MEMBER,
    NOW,
    SECRETARY,
    Desk,
    acted,
    erase,
    submitted,
    withdrawn,
)
from tools.commands.root import make_app

WHY = "নাম ভুল ছিল"
LATER = NOW + timedelta(days=1)
NUMBER = "NS-XYRKE-W8M24-RJ3H3"
STRANGER = Officer(UUID(int=9), "lgd", "union-U1", frozenset({"chairman"}))
OF_ANOTHER_MINISTRY = replace(CHAIRMAN, officer_id=UUID(int=8), ministry="mofa")


class Papers:
    """The paper of one case that was approved, and what officers do with it."""

    def __init__(self, desk: Desk, number: str) -> None:
        self.desk = desk
        self.number = number

    async def read(self, officer: Officer = SECRETARY) -> CasePaper:
        """Read it as an officer."""
        async with self.desk.database.transaction() as tx:
            return await use_cases.read_paper(tx, officer, self.number, LATER)

    async def propose(self, officer: Officer, **fields: Any) -> UUID:
        """Propose something; return its id."""
        body = ProposeForPaper(**{"kind": "withdrawal", "reason": WHY, **fields})
        async with self.desk.database.transaction() as tx:
            paper = await use_cases.propose(tx, officer, self.number, body, LATER)
        assert paper.proposal is not None
        return paper.proposal.proposal_id

    async def approve(self, officer: Officer, proposal_id: UUID) -> CasePaper:
        """Approve a proposal."""
        async with self.desk.database.transaction() as tx:
            return await use_cases.approve(tx, officer, self.number, proposal_id, LATER)

    async def reject(
        self, officer: Officer, proposal_id: UUID, reason: str | None = "তথ্য ঠিকই আছে।"
    ) -> CasePaper:
        """Reject a proposal."""
        async with self.desk.database.transaction() as tx:
            return await use_cases.reject(tx, officer, self.number, proposal_id, reason, at=LATER)

    async def told(self) -> list[dict[str, Any]]:
        """What issuance is told after the first paper, in order."""
        return (await self.told_after_erasure())[1:]

    async def told_after_erasure(self) -> list[dict[str, Any]]:
        """What issuance is told; an erasure deletes what waits to be published."""
        kinds = {PaperGranted.type, PaperRevoked.type}
        return [said for said in await self.desk.decisions() if said["type"] in kinds]


async def decided(database: Database) -> tuple[Papers, UUID]:
    """A case that the chairman approved; with the event that granted its paper."""
    desk, first = await Desk(database).prepare(), submitted(tracking_number=NUMBER)
    await desk.take_in(first)
    for officer, action in ((MEMBER, "confirm"), (SECRETARY, "forward"), (CHAIRMAN, "sign")):
        await acted(desk, officer, first.event_id, action)
    (paper,) = await desk.papers()
    return Papers(desk, first.tracking_number), UUID(paper["id"])


async def test_two_officers_withdraw_a_paper(database: Database) -> None:
    """One of the two decided; the reason is for the citizen."""
    papers, granted = await decided(database)
    proposal = await papers.propose(SECRETARY)
    assert await papers.told() == []
    assert (await papers.approve(CHAIRMAN, proposal)).state == "withdrawn"
    (told,) = await papers.told()
    event = PaperRevoked.model_validate(told["value"])
    assert (told["topic"], event.paper_id, event.note.bn) == ("decisions.desk.v1", granted, WHY)
    with pytest.raises(Refused, match="paper_withdrawn"):
        await papers.propose(SECRETARY)


async def test_what_a_letter_to_the_citizen_says(database: Database) -> None:
    """Whom the paper names, post and office as it says them, and its day."""
    papers, _ = await decided(database)
    (granted,) = [PaperGranted.model_validate(p["value"]) for p in await papers.desk.papers()]
    shown = await papers.read()
    assert shown.holder
    assert shown.holder == granted.fields["name_bn"]
    assert (shown.post, shown.office) == (granted.post, granted.office)
    assert shown.issued_at is not None


async def test_the_page_of_a_paper_that_a_rule_gave_leads_to_its_case(database: Database) -> None:
    """No officer had the case: the responsible office reads it, and says how it ended."""
    desk = await Desk(database).prepare()
    first = submitted("S024", answers={"kind": "theft"}, tracking_number=NUMBER)
    await desk.take_in(first)
    assert (await Papers(desk, NUMBER).read()).outcome == "refused"
    async with database.transaction() as tx:
        assert (await acts.read_case(tx, SECRETARY, first.event_id, LATER)).outcome == "refused"
        with pytest.raises(Refused, match="case_unknown"):
            await acts.read_case(tx, STRANGER, first.event_id, LATER)


async def test_what_was_taken_back_before_an_office_had_it_is_nobodys(database: Database) -> None:
    """The responsible office included."""
    desk, first = await Desk(database).prepare(), submitted(tracking_number=NUMBER)
    await desk.take_in(first, withdrawn(first))
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="case_unknown"):
            await acts.read_case(tx, SECRETARY, first.event_id, LATER)


async def test_nobody_approves_what_she_proposed(database: Database) -> None:
    """The database holds it, too."""
    papers, _ = await decided(database)
    proposal = await papers.propose(CHAIRMAN)
    with pytest.raises(Refused, match="second_person_needed"):
        await papers.approve(CHAIRMAN, proposal)
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction() as tx:
            await tx.execute(
                "UPDATE paper_proposals SET answer = 'approved', answered_by = proposed_by,"
                " answered_at = proposed_at"
            )
    assert await papers.told() == []


async def test_one_of_the_two_has_the_duty_that_decided(database: Database) -> None:
    """Two others of the office do not undo what the chairman signed."""
    papers, _ = await decided(database)
    proposal = await papers.propose(MEMBER)
    assert (await papers.read(SECRETARY)).proposal is not None
    with pytest.raises(Refused, match="decider_needed"):
        await papers.approve(SECRETARY, proposal)
    assert await papers.told() == []


async def test_a_corrected_paper_comes_in_the_place_of_the_one_before(database: Database) -> None:
    """Again and again: each names the last one; what is not corrected stays."""
    papers, granted = await decided(database)
    before = granted
    for name in ("রহিমা বেগম", "রহিমা আক্তার"):
        proposal = await papers.propose(CHAIRMAN, kind="correction", fields={"name_bn": name})
        await papers.approve(SECRETARY, proposal)
        told = (await papers.told())[-1]
        event = PaperGranted.model_validate(told["value"])
        assert (event.replaces, event.fields["name_bn"]) == (before, name)
        assert event.template == "citizenship_certificate"
        before = UUID(told["id"])
    paper = await papers.read()
    assert (paper.corrections, paper.state, paper.lines[0].value) == (2, "issued", "রহিমা আক্তার")
    proposal = await papers.propose(SECRETARY)
    await papers.approve(CHAIRMAN, proposal)
    assert PaperRevoked.model_validate((await papers.told())[-1]["value"]).paper_id == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "correction"}, "paper_unchanged"),
        ({"kind": "correction", "fields": {"name_bn": "রহিমা খাতুন"}}, "paper_unchanged"),
        ({"kind": "correction", "fields": {"name_bn": ""}}, "paper_field_missing"),
        ({"kind": "correction", "fields": {"no_such": "x"}}, "paper_field_unknown"),
        ({"kind": "correction", "fields": {"name_bn": "\u202eনাম"}}, "paper_field_unprintable"),
        ({"fields": {"name_bn": "করিম"}}, "paper_unchanged"),
        ({"reason": "    "}, "note_missing"),
    ],
)
async def test_what_no_paper_can_say_is_not_proposed(
    database: Database, fields: dict[str, Any], code: str
) -> None:
    papers, _ = await decided(database)
    with pytest.raises(Refused) as refused:
        await papers.propose(CHAIRMAN, **fields)
    assert refused.value.code == code


async def test_one_proposal_waits_at_a_time_and_is_answered_once(database: Database) -> None:
    """A colleague rejects it, or its proposer takes it back; then the next one may come."""
    papers, _ = await decided(database)
    for by in (CHAIRMAN, SECRETARY):
        proposal = await papers.propose(SECRETARY)
        with pytest.raises(Refused, match="proposal_waits"):
            await papers.propose(CHAIRMAN)
        async with database.transaction() as tx:
            waiting = await use_cases.read_waiting(tx, CHAIRMAN)
            assert [(each.proposal_id, each.by_me) for each in waiting] == [(proposal, False)]
        assert (await papers.reject(by, proposal)).proposal is None
        for again in (papers.approve, papers.reject):
            with pytest.raises(Refused, match="rejected_before"):
                await again(CHAIRMAN, proposal)
    proposal = await papers.propose(SECRETARY)
    await papers.approve(CHAIRMAN, proposal)
    for again in (papers.approve, papers.reject):
        with pytest.raises(Refused, match="approved_before"):
            await again(CHAIRMAN, proposal)
    with pytest.raises(Refused, match="not_found"):
        await papers.approve(CHAIRMAN, new_id())
    assert len(await papers.told()) == 1


async def test_who_proposed_reads_why_a_colleague_rejected_it(database: Database) -> None:
    """A colleague says why; who takes it back need not, and then there is nothing to read."""
    papers, _ = await decided(database)
    proposal = await papers.propose(SECRETARY)
    for silence in (None, "  "):
        with pytest.raises(Refused, match="note_missing"):
            await papers.reject(CHAIRMAN, proposal, silence)
    await papers.reject(CHAIRMAN, proposal)
    rejected = (await papers.read(SECRETARY)).rejected
    assert rejected is not None
    assert (rejected.reason, rejected.rejection, rejected.rejected_at) == (
        WHY,
        "তথ্য ঠিকই আছে।",
        LATER,
    )
    async with database.transaction() as tx:
        (stored,) = await tx.fetch("SELECT rejection FROM paper_proposals")
    assert is_sealed(stored["rejection"])
    proposal = await papers.propose(SECRETARY)
    assert (await papers.read(SECRETARY)).rejected is None
    assert (await papers.reject(SECRETARY, proposal, None)).rejected is None


@pytest.mark.parametrize("officer", [STRANGER, OF_ANOTHER_MINISTRY])
async def test_a_paper_is_its_offices_own(database: Database, officer: Officer) -> None:
    """Another office, or another ministry's, finds none."""
    papers, _ = await decided(database)
    proposal = await papers.propose(SECRETARY)
    for attempt in (
        papers.read(officer),
        papers.propose(officer),
        papers.approve(officer, proposal),
        papers.reject(officer, proposal),
    ):
        with pytest.raises(Refused, match="case_unknown"):
            await attempt
    async with database.transaction() as tx:
        shown = await use_cases.read_waiting(tx, STRANGER)
    assert shown == []


async def test_a_correction_that_waits_when_its_citizen_is_erased_is_not_issued(
    database: Database,
) -> None:
    """Whoever approves it is told so."""
    papers, _ = await decided(database)
    proposal = await papers.propose(CHAIRMAN, kind="correction", fields={"name_bn": "রহিমা বেগম"})
    await erase(database)
    with pytest.raises(Refused, match="paper_erased"):
        await papers.approve(SECRETARY, proposal)
    assert await papers.told_after_erasure() == []


async def test_a_paper_that_a_rule_gave_is_withdrawn_by_the_office_of_the_case(
    database: Database,
) -> None:
    """No officer had the case; any two of its office will do, and nobody else."""
    desk = await Desk(database).prepare()
    first = submitted("S024", tracking_number=NUMBER, answers={"kind": "theft"})
    await desk.take_in(first)
    (granted,) = await desk.papers()
    papers = Papers(desk, first.tracking_number)
    for officer in (STRANGER, OF_ANOTHER_MINISTRY):
        with pytest.raises(Refused, match="case_unknown"):
            await papers.read(officer)
    proposal = await papers.propose(SECRETARY)
    with pytest.raises(Refused, match="second_person_needed"):
        await papers.approve(SECRETARY, proposal)
    await papers.approve(CHAIRMAN, proposal)
    (told,) = await papers.told()
    assert PaperRevoked.model_validate(told["value"]).paper_id == UUID(granted["id"])


async def test_an_undecided_case_has_no_paper(database: Database) -> None:
    """Nor has what is no number."""
    desk, first = await Desk(database).prepare(), submitted(tracking_number=NUMBER)
    await desk.take_in(first)
    for number in (first.tracking_number, "x"):
        with pytest.raises(Refused, match="case_unknown"):
            await Papers(desk, number).read()


async def test_an_order_of_refusal_is_corrected_as_it_was_issued(database: Database) -> None:
    """What its officer wrote stays, where the correction is about the name."""
    desk, first = await Desk(database).prepare(), submitted(tracking_number=NUMBER)
    await desk.take_in(first)
    for officer, action in ((MEMBER, "confirm"), (SECRETARY, "forward")):
        await acted(desk, officer, first.event_id, action)
    await acted(desk, CHAIRMAN, first.event_id, "refuse", note="ঠিকানা মেলে না")
    (granted,) = await desk.papers()
    papers = Papers(desk, first.tracking_number)
    proposal = await papers.propose(CHAIRMAN, kind="correction", fields={"name_bn": "রহিমা বেগম"})
    await papers.approve(SECRETARY, proposal)
    (told,) = await papers.told()
    changed = {**granted["value"]["fields"], "name_bn": "রহিমা বেগম"}
    assert told["value"]["fields"] == changed
    assert told["value"]["post"] == granted["value"]["post"]


async def test_each_look_is_noted_and_what_was_written_is_encrypted(database: Database) -> None:
    """The citizen sees who opened the case; no name is in the rows."""
    papers, _ = await decided(database)
    before = await papers.desk.rows("SELECT count(*) FROM case_looks")
    await papers.read()
    assert await papers.desk.rows("SELECT count(*) FROM case_looks") == [(before[0][0] + 1,)]
    await papers.propose(CHAIRMAN, kind="correction", fields={"name_bn": "রহিমা বেগম"})
    stored = str(await papers.desk.rows("SELECT * FROM paper_proposals"))
    assert WHY not in stored
    assert "বেগম" not in stored


async def test_the_paper_of_an_erased_citizen_is_still_withdrawn(database: Database) -> None:
    """Its number would say that it holds. A corrected one would have the erased name."""
    papers, granted = await decided(database)
    await erase(database)
    with pytest.raises(Refused, match="paper_erased"):
        await papers.propose(CHAIRMAN, kind="correction", fields={"name_bn": "রহিমা বেগম"})
    proposal = await papers.propose(SECRETARY)
    await papers.approve(CHAIRMAN, proposal)
    (told,) = await papers.told_after_erasure()
    assert PaperRevoked.model_validate(told["value"]).paper_id == granted


async def test_what_another_release_decided_without_a_paper_gets_it(database: Database) -> None:
    """Under the id that it would have had, so that one which is there stays as it is."""
    papers, granted = await decided(database)
    desk, undecided = papers.desk, submitted(applicant_id=UUID(int=7))
    await desk.take_in(undecided)
    (before,) = await desk.papers()
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    given: dict[str, Any] = {"since": NOW, "by": "rahima", "limit": 1}
    last = UUID(int=0)
    for dry_run, there in ((True, []), (False, [str(granted)])):
        found, last = 0, UUID(int=0)
        for _ in range(2):
            async with database.transaction() as tx:
                count, after = await use_cases.grant_again(tx, last, dry_run=dry_run, **given)
            found, last = found + count, after or last
        assert found == 1
        assert [paper["id"] for paper in await desk.papers()] == there
    async with database.transaction() as tx:
        assert await use_cases.grant_again(tx, last, dry_run=False, **given) == (0, None)
        assert await use_cases.grant_again(
            tx, UUID(int=0), dry_run=False, **{**given, "since": LATER, "limit": 9}
        ) == (0, last)
    (again,) = await desk.papers()
    assert again["value"]["fields"] == before["value"]["fields"]
    assert await desk.rows("SELECT actor, action FROM audit_log WHERE action = 'grant papers'") == [
        ("rahima", "grant papers")
    ]


async def test_the_command_looks_at_all_cases(dsn_for: Callable[[str], Awaitable[str]]) -> None:
    """And says how many papers it granted."""
    dsn = await dsn_for("cases")
    database = Database(dsn, connections=2, cipher=make_cipher())
    await database.open()
    papers, granted = await decided(database)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    command = ["admin", "cases", "grant-papers", "--since", NOW.isoformat(), "--by", "rahima"]
    runner = CliRunner(env={"CASES_DSN": dsn})
    done = await asyncio.to_thread(runner.invoke, make_app(), command)
    assert (done.exit_code, done.output.split()[0]) == (0, "1"), done.output
    assert [paper["id"] for paper in await papers.desk.papers()] == [str(granted)]
    await database.close()
