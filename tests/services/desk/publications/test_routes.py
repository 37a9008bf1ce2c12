"""Two people publish workflows, tariffs and days off on pages, against an API that is played."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.catalogue import RoutingRule, ServiceAdapter
from libs.contracts.connections import (
    RuleVersion,
    RuleVersions,
    ServiceConnection,
    ServiceConnections,
)
from libs.contracts.language import Text
from libs.contracts.publications import (
    DraftProblem,
    DraftProblems,
    PublicationDraft,
    PublicationList,
    PublicationProposal,
    PublicationSeries,
    PublicationSummary,
    PublishedVersion,
    StationView,
    Tried,
)
from services.catalogue.workflows.reference import reference_workflows
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
PROPOSAL = UUID(int=9)
YEAR = "/publications/year/2027"
WORKFLOW = "/publications/workflow/S016"
DAYS = {
    "source": "order of 1 November 2026",
    "days": [
        {
            "day": "2027-02-21",
            "name": {"bn": "শহীদ দিবস", "en": "Martyrs' Day"},
            "source": "order of 1 November 2026",
        },
        {"day": "2027-03-26", "name": {"bn": "স্বাধীনতা", "en": "Independence"}, "source": "law 7"},
    ],
}


def draft(content: dict[str, Any], *problems: DraftProblem) -> PublicationDraft:
    """A draft that somebody saved."""
    return PublicationDraft(
        content=content, saved_at=AT, saved_by="staff:x", problems=list(problems)
    )


def proposal(state: str = "waiting", **fields: Any) -> PublicationProposal:
    """A proposal of a colleague."""
    return PublicationProposal.model_validate(
        {
            "proposal_id": PROPOSAL,
            "act": "publish version 2 (0123456789abcdef)",
            "reason": "order of 1 November 2026",
            "proposed_by": UUID(int=1),
            "proposed_at": AT,
            "state": state,
            **fields,
        }
    )


RULE = RoutingRule(
    rule_id="secretary",
    version=3,
    valid_from=date(2026, 1, 1),
    address="permanent_address",
    office_kind="union",
    office_id="union",
    office_name=Text(bn="{area} ইউনিয়ন পরিষদ", en="{area} Union Parishad"),
    level="union",
    role="secretary",
    wards=(3, 4),
    area="100409",
)
RULES = RuleVersions(items=[RuleVersion(rule=RULE, added_at=AT, added_by="x", reason="order")])
CONNECTIONS = ServiceConnections(
    items=[
        ServiceConnection(
            public_service_id="S005",
            name=Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate"),
            body="lgd",
            ministry_adapter="none_yet",
            adapters=[
                ServiceAdapter(version=1, valid_from=date(2026, 12, 1), adapter="desk"),
                ServiceAdapter(version=2, valid_from=date(2027, 1, 1), adapter=None),
            ],
            rules=[RULE],
        ),
        ServiceConnection(
            public_service_id="S031",
            name=Text(bn="নামজারি", en="Mutation"),
            body="minland",
            ministry_adapter="own",
            own_adapter_takes_appeals=True,
            adapters=[],
            rules=[],
        ),
        ServiceConnection(
            public_service_id="S040",
            name=Text(bn="লাইসেন্স", en="Licence"),
            body="mofl",
            ministry_adapter="own",
            adapters=[],
            rules=[],
        ),
    ]
)


class Catalogue:
    """The API as the pages find it."""

    def __init__(self, series: PublicationSeries, *, problem: str = "") -> None:
        self.series = series
        self.problem = problem
        self.sent: list[tuple[str, str, Any]] = []

    def play(self) -> Play:
        """Return the API."""

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            text = (await request.read()).decode()
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["operator"]})
            path = request.path.removeprefix("/v1/operations")
            if path == "/service-connections":
                return answer(CONNECTIONS.model_dump_json())
            if path.startswith("/routing-rules/"):
                return answer(RULES.model_dump_json())
            if request.method == "GET":
                return answer(self._list() if path == "/publications" else self._series())
            self.sent.append((request.method, path, json.loads(text) if text else None))
            return refused(self.problem) if self.problem else answer(self._answer(path))

        return play

    def _series(self) -> str:
        return self.series.model_dump_json()

    def _list(self) -> str:
        row = PublicationSummary(kind="year", series="2026", version=1, valid_from=date(2026, 1, 1))
        return PublicationList(items=[row]).model_dump_json()

    def _answer(self, path: str) -> str:
        if path.endswith("/trial"):
            station = StationView(
                choice="",
                step="sort",
                name=Text(bn="শ্রেণি", en="Sorted"),
                status="open",
                waits_for="office",
                roles=["sorting_officer"],
                days={"timeout": 3},
                choices=["act ka"],
            )
            return Tried(stations=[station]).model_dump_json()
        if path.endswith("/draft"):
            return DraftProblems(problems=[]).model_dump_json()
        if path.endswith("/approval"):
            return self.series.versions[0].model_dump_json()
        return proposal().model_dump_json()


def series(**fields: Any) -> PublicationSeries:
    """A series with one version."""
    version = PublishedVersion(
        version=1,
        valid_from=date(2026, 1, 1),
        published_at=AT,
        proposed_by="reference",
        published_by="reference",
        reason="",
        content={"source": "gazette", "days": []},
    )
    return PublicationSeries.model_validate(
        {"versions": [version], "draft": None, "proposals": [], **fields}
    )


async def test_the_days_off_of_a_year_are_written_line_by_line(unused_tcp_port: int) -> None:
    """From the list to the draft; a line without a source of its own has that of the order."""
    catalogue = Catalogue(PublicationSeries(versions=[], draft=None, proposals=[]))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/publications")
        assert "/publications/year/2026" in page.links
        page = await scene.browser.open("/publications?kind=year&series=2027")
        assert page.path == YEAR
        page = await scene.browser.open(f"{YEAR}/draft")
        lines = "২০২৭-০২-২১ | শহীদ দিবস | Martyrs' Day\n\n2027-03-26|স্বাধীনতা|Independence|law 7"
        typed = {"source": "order of 1 November 2026", "content": lines}
        done = await scene.browser.send(page, page.form("content"), typed)
        assert done.path == YEAR
    assert catalogue.sent == [("PUT", "/publications/year/2027/draft", {"content": DAYS})]


@pytest.mark.parametrize(
    ("page_of", "typed", "said"),
    [
        (YEAR, {"content": "2027-02-21 | শহীদ দিবস"}, "১ নম্বর লাইনে"),
        (WORKFLOW, {"content": '{\n"a": }'}, "২ নম্বর লাইন"),
        (WORKFLOW, {"content": "[]"}, "১ নম্বর লাইন"),
    ],
    ids=["half a day", "no JSON", "no object"],
)
async def test_what_is_typed_wrongly_is_said_with_its_line(
    unused_tcp_port: int, page_of: str, typed: dict[str, str], said: str
) -> None:
    """Nothing is sent, and what was typed stays on the page."""
    catalogue = Catalogue(series())
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"{page_of}/draft")
        again = await scene.browser.send(page, page.form("content"), typed)
        assert (again.status, said in again.text) == (422, True)
        assert again.form("content").fields["content"] == typed["content"]
    assert not catalogue.sent


async def test_what_is_wrong_with_a_draft_is_shown_with_its_place(unused_tcp_port: int) -> None:
    """It cannot be proposed or tried before."""
    wrong = DraftProblem(place="/steps/pay/paid", reason="there is no step `confirm`")
    catalogue = Catalogue(series(draft=draft({"workflow": "S016"}, wrong)))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(WORKFLOW)
        assert "/steps/pay/paid" in page.text
        assert "there is no step `confirm`" in page.text
        assert not any(form.action.endswith("/proposals") for form in page.forms)
        assert not any(link.endswith("/trial") for link in page.links)


async def test_one_proposes_and_another_publishes_or_rejects(unused_tcp_port: int) -> None:
    """With a reason; a refusal, such as of the same person, is shown on the page."""
    catalogue = Catalogue(series(draft=draft(DAYS)))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(YEAR)
        await scene.browser.send(page, page.form("reason"), {"reason": "order 7"})
        catalogue.series = series(draft=draft(DAYS), proposals=[proposal()])
        page = await scene.browser.open(YEAR)
        answers = page.form("rejection")
        await scene.browser.send(page, answers, {"action": "publish"})
        await scene.browser.send(page, answers, {"action": "reject", "rejection": "another day"})
        catalogue.problem = "second_person_needed"
        shown = await scene.browser.send(page, answers, {"action": "publish"})
        assert "একটি সমস্যা হয়েছে" in shown.text
    base = f"/publication-proposals/{PROPOSAL}"
    assert catalogue.sent == [
        ("POST", "/publications/year/2027/proposals", {"reason": "order 7"}),
        ("POST", f"{base}/approval", None),
        ("POST", f"{base}/rejection", {"reason": "another day"}),
        ("POST", f"{base}/approval", None),
    ]


async def test_a_workflow_is_tried_on_a_sample_case(unused_tcp_port: int) -> None:
    """Its way is shown, with what can happen next; a choice that cannot happen is refused."""
    catalogue = Catalogue(series(draft=draft({"workflow": "S016"})))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(WORKFLOW)
        assert f"{WORKFLOW}/trial" in page.links
        page = await scene.browser.open(f"{WORKFLOW}/trial")
        typed = {"form": '{"field": "name"}', "choices": "pay\n\n act ka \n"}
        shown = await scene.browser.send(page, page.form("choices"), typed)
        assert "শ্রেণি" in shown.text
        assert "act ka" in shown.text
        wrong = await scene.browser.send(page, page.form("choices"), {"form": "no"})
        assert wrong.status == 422
        catalogue.problem = "action_unknown"
        refusal = await scene.browser.send(page, page.form("choices"), {})
        assert refusal.status == 422
    body = {"form": {"field": "name"}, "choices": ["pay", "act ka"]}
    assert catalogue.sent[0] == ("POST", "/publications/workflow/S016/trial", body)


async def test_a_version_that_says_so_leads_to_the_move_of_open_cases(unused_tcp_port: int) -> None:
    """With its name filled in; another one has no such link."""
    first = series().versions[0]
    second = first.model_copy(update={"version": 2, "content": {"moves": {"from_version": 1}}})
    catalogue = Catalogue(series(versions=[first, second]))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(WORKFLOW)
    links = [link for link in page.links if link.startswith("/version-changes")]
    assert links == ["/version-changes?version=S016@2"]


async def test_the_pages_are_small_with_the_largest_workflow(unused_tcp_port: int) -> None:
    """50 kB at most, in both languages; the content comes back as it was typed."""
    largest = max(
        (
            workflow.model_dump(mode="json", exclude_unset=True)
            for workflow in reference_workflows()
        ),
        key=lambda content: len(json.dumps(content)),
    )
    catalogue = Catalogue(
        series(draft=draft(largest), proposals=[proposal(), proposal("rejected")])
    )
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        paths = ("/publications", WORKFLOW, f"{WORKFLOW}/draft", f"{WORKFLOW}/trial", YEAR)
        for path in (*paths, *(f"/en{path}" for path in paths)):
            page = await scene.browser.open(path)
            assert page.status == 200, path
            assert len(page.html.encode()) < 50_000, path
        page = await scene.browser.open(f"{WORKFLOW}/draft")
        await scene.browser.send(page, page.form("content"), {})
    assert catalogue.sent[0][2] == {"content": largest}


async def test_it_says_whether_a_ministrys_own_program_takes_objections(
    unused_tcp_port: int,
) -> None:
    """By the report of its check; of other connections it says nothing here."""
    catalogue = Catalogue(PublicationSeries(versions=[], draft=None, proposals=[]))
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/publications/connections")
    assert page.text.count("আপত্তি নেয়।") == 1
    assert page.text.count("আপত্তি নেয় না") == 1


async def test_a_connection_is_chosen_and_its_day_typed(unused_tcp_port: int) -> None:
    """From the list of all services; what is proposed is read before it is published."""
    wanted = {"adapter": "desk", "valid_from": "2027-01-01"}
    series = PublicationSeries(versions=[], draft=draft(wanted), proposals=[proposal()])
    catalogue = Catalogue(series)
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/publications/connections")
        for shown in ("S005", "কর্মকর্তারা এখানে কাজ করেন", "মন্ত্রণালয়ের যেটি", "১ ডিসেম্বর ২০২৬"):
            assert shown in page.text, shown
        assert "/publications/offices/S005" in page.links
        page = await scene.browser.open("/publications/connection/S005")
        assert "desk" in page.text
        page = await scene.browser.open("/publications/connection/S005/draft")
        form = page.form("valid_from")
        assert form.fields["valid_from"] == "2027-01-01"
        await scene.browser.send(page, form, {"valid_from": "2027-02-01", "adapter": ""})
    assert catalogue.sent == [
        (
            "PUT",
            "/publications/connection/S005/draft",
            {"content": {"adapter": None, "valid_from": "2027-02-01"}},
        )
    ]


async def test_a_rule_of_an_office_is_written_field_by_field(unused_tcp_port: int) -> None:
    """It begins with the rule that is there; one that ends needs its name and the day only."""
    catalogue = Catalogue(PublicationSeries(versions=[], draft=None, proposals=[]))
    path = "/publications/offices/S005"
    async with desk(catalogue.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        link = next(link for link in page.links if "rule=secretary" in link)
        page = await scene.browser.open(link)
        form = page.form("rule_id")
        assert (form.fields["wards"], form.fields["role"]) == ("3 4", "secretary")
        await scene.browser.send(
            page, form, {"valid_from": "2027-01-01", "wards": "৩, ৫", "confirmed": "yes"}
        )
        await scene.browser.send(page, form, {"valid_from": "2027-02-01", "ended": "yes"})
    (_, _, first), (_, _, ends) = catalogue.sent
    assert first["content"] == {
        "rule_id": "secretary",
        "valid_from": "2027-01-01",
        "address": "permanent_address",
        "office_kind": "union",
        "office_id": "union",
        "level": "union",
        "area": "100409",
        "role": "secretary",
        "office_name": {"bn": "{area} ইউনিয়ন পরিষদ", "en": "{area} Union Parishad"},
        "wards": [3, 5],
        "told": True,
        "confirmed": True,
    }
    assert ends["content"] == {"rule_id": "secretary", "valid_from": "2027-02-01", "ended": True}
