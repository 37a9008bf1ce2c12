"""Two officers withdraw or correct a paper on pages."""

import json
from datetime import UTC, date, datetime
from typing import Any, Literal

from aiohttp import web

from libs.contracts.case_papers import CasePaper, CasePaperLine, PaperProposal, PaperProposals
from libs.contracts.language import Text
from libs.ids import new_id
from tests.services.desk.running import desk, log_in, refused

NUMBER = "NS-7K4M9-PXRT3-HC2D3"
PAGE = f"/en/case-papers/{NUMBER}"
API = f"/v1/decision-papers/{NUMBER}"
BORN = "1990-03-12"
WHY = "The name was wrong"


AT = datetime(2026, 11, 27, tzinfo=UTC)


def proposal(**fields: Any) -> PaperProposal:
    """What a colleague proposes."""
    return PaperProposal(
        **{
            "proposal_id": new_id(),
            "tracking_number": NUMBER,
            "public_service_id": "S005",
            "kind": "withdrawal",
            "reason": WHY,
            "fields": {},
            "proposed_at": AT,
            "by_me": False,
            "approver_decides": True,
            **fields,
        }
    )


class Office:
    """The API as an officer's pages find it."""

    def __init__(self, waiting: PaperProposal | None = None, *, problem: str = "") -> None:
        self.waiting = waiting
        self.problem = problem
        self.rejected: PaperProposal | None = None
        self.state: Literal["issued", "withdrawn"] = "issued"
        self.file_token: str | None = None
        self.sent: list[tuple[str, Any]] = []

    def paper(self) -> CasePaper:
        """The paper of a case."""
        names = {"name_bn": "রহিমা খাতুন", "father_name": "করিম মিয়া", "birth_date": BORN}
        return CasePaper(
            case_id=new_id(),
            tracking_number=NUMBER,
            public_service_id="S005",
            title=Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate"),
            outcome="approved",
            state=self.state,
            holder="রহিমা খাতুন",
            post=Text(bn="চেয়ারম্যান", en="Chairman"),
            office=Text(bn="আমতলী ইউনিয়ন পরিষদ", en="Amtali Union Parishad"),
            issued_at=datetime(2026, 3, 1, 5, tzinfo=UTC),
            lines=[
                CasePaperLine(
                    name=name,
                    label=Text(bn=name, en=name),
                    value=value,
                    day=date.fromisoformat(value) if value == BORN else None,
                    is_required=True,
                )
                for name, value in names.items()
            ],
            decided_in=Text(bn="চেয়ারম্যান", en="Chairman"),
            is_my_duty=True,
            corrections=0,
            file_token=self.file_token,
            proposal=self.waiting,
            rejected=self.rejected,
        )

    async def play(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as the API does."""
        text = (await request.read()).decode()
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
        if request.method == "POST":
            self.sent.append((request.path, json.loads(text) if text else None))
            if self.problem:
                return refused(self.problem)
        if request.path == "/v1/decision-papers":
            shown = PaperProposals(items=[self.waiting] if self.waiting else [])
            return web.Response(text=shown.model_dump_json(), content_type="application/json")
        if request.path == "/v1/case-papers/a-link":
            return web.Response(body=b"%PDF-own", content_type="application/pdf")
        if request.path.startswith(API):
            text = self.paper().model_dump_json()
            return web.Response(text=text, content_type="application/json")
        return refused("case_unknown")


async def test_an_officer_finds_a_paper_and_proposes_to_withdraw_it(unused_tcp_port: int) -> None:
    """By the number that stands on it."""
    office = Office()
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/case-papers?number={NUMBER.lower()}")
        assert page.path == PAGE.replace(NUMBER, NUMBER.lower())
        page = await scene.browser.open(PAGE)
        assert "রহিমা খাতুন" in page.text
        await scene.browser.send(page, page.form("reason"), {"reason": WHY})
    assert office.sent == [
        (f"{API}/proposals", {"kind": "withdrawal", "reason": WHY, "fields": {}})
    ]


async def test_only_changed_lines_are_proposed(unused_tcp_port: int) -> None:
    """What stays is not sent."""
    office = Office()
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        typed = {"reason": WHY, "fields_name_bn": "রহিমা বেগম"}
        await scene.browser.send(page, page.form("fields_name_bn"), typed)
    ((_, sent),) = office.sent
    assert sent["fields"] == {"name_bn": "রহিমা বেগম"}


async def test_a_colleague_approves_and_the_proposer_takes_it_back(unused_tcp_port: int) -> None:
    """Who proposed it has no button to approve it."""
    for by_me, word, does in ((False, "approve", "approval"), (True, "reject", "rejection")):
        office = Office(proposal(by_me=by_me))
        assert office.waiting is not None
        async with desk(office.play, unused_tcp_port) as scene:
            await log_in(scene)
            listed = await scene.browser.open("/en/case-papers")
            assert f"/en/case-papers/{NUMBER}" in listed.links
            page = await scene.browser.open(PAGE)
            assert WHY in page.text
            assert "without a phone of her own at the service centre" in page.text
            assert ('value="approve"' in page.html) != by_me
            await scene.browser.send(
                page, page.form(action=str(office.waiting.proposal_id)), {"action": word}
            )
        path = f"{API}/proposals/{office.waiting.proposal_id}/{does}"
        assert [sent for sent, _ in office.sent] == [path]


async def test_a_colleague_says_why_it_is_rejected_and_the_proposer_reads_it(
    unused_tcp_port: int,
) -> None:
    """Without a reason it is told at its field; afterwards both reasons are on the page."""
    office = Office(proposal())
    assert office.waiting is not None
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        form = page.form(action=str(office.waiting.proposal_id))
        office.problem = "note_missing"
        told = await scene.browser.send(page, form, {"action": "reject", "rejection": ""})
        assert 'id="rejection-error"' in told.html
        office.problem = ""
        typed = {"action": "reject", "rejection": "It is right."}
        await scene.browser.send(page, form, typed)
        assert office.sent[-1][1] == {"reason": "It is right."}
        office.waiting = None
        office.rejected = proposal(rejected_at=AT, rejection="It is right.", reason="Wrong name.")
        page = await scene.browser.open(f"/en/case-papers/{NUMBER}")
        for shown in ("was rejected", "“Wrong name.”", "“It is right.”"):
            assert shown in page.text
        office.rejected = proposal(rejected_at=AT, kind="correction", reason="Wrong name.")
        page = await scene.browser.open(f"/en/case-papers/{NUMBER}")
        assert "Why it was rejected is not written." in page.text


async def test_what_is_refused_is_said_and_what_was_typed_stays(unused_tcp_port: int) -> None:
    """And a number of no decided case here asks for another one."""
    office = Office(problem="proposal_waits")
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("reason"), {"reason": WHY})
        assert "waits for a second person" in page.text
        assert WHY in page.html
        page = await scene.browser.open("/en/case-papers/NS-7K4M9-PXRT3-XXXXX")
        assert page.status == 404
        assert "of a decided case of your office" in page.text


async def test_the_desk_prints_a_letter_to_the_citizen(unused_tcp_port: int) -> None:
    """With the office, whose it is, what was decided and where the paper is to be had."""
    office = Office()
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        assert f"{PAGE}/letter" in (await scene.browser.open(PAGE)).links
        text = (await scene.browser.open(f"{PAGE}/letter")).text
        for shown in (NUMBER, "To: রহিমা খাতুন", "করিম মিয়া", "Amtali", "Chairman", "1 March 2026"):
            assert shown in text
        assert "Your application is approved." in text
        assert "12 March 1990" in text  # as on the paper
        office.state = "withdrawn"
        text = (await scene.browser.open(f"{PAGE}/letter")).text
        assert "does not hold any more" in text
        assert "করিম মিয়া" not in text


async def test_an_officer_opens_the_pdf_that_the_office_brought(unused_tcp_port: int) -> None:
    """A drawn paper has no such link, and its address is none."""
    office = Office()
    async with desk(office.play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        assert f"{PAGE}/file" not in page.links
        assert (await scene.browser.open(f"{PAGE}/file")).status == 404
        office.file_token = "a-link"
        page = await scene.browser.open(PAGE)
        assert f"{PAGE}/file" in page.links
        assert "%PDF-own" in (await scene.browser.open(f"{PAGE}/file")).html
