"""Pages of areas, and of what was measured at a centre, against an API that is played."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from pydantic import BaseModel

from libs.contracts.accounts import AccountList, AccountView
from libs.contracts.language import Text
from libs.contracts.offices import OfficeNames
from libs.contracts.programme import AssistanceFigures
from libs.contracts.rollout import (
    AreaAssistance,
    AreaDetails,
    AreaSummary,
    CentreChecks,
    CheckView,
    MeasureList,
    MeasureView,
    OfficeChecks,
    OpeningProposal,
    PartAssistance,
    RolloutPage,
    StageFact,
    Stops,
)
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer, play
from tests.services.desk.programme.scenes import CENTRE
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
ACT = UUID(int=9)
API = "/v1/programme/areas"
PAGE = "/en/programme/areas/30262000"
MEASURES = "/v1/programme/centres/uttara/measures"
MEASURE = MeasureView(
    kind="power_backup",
    day=AT.date(),
    valid_until=AT.date(),
    evidence="seen by the programme officer",
    recorded_by="staff:1",
    recorded_at=AT,
    minutes=90,
)
OFFICE = "/v1/programme/offices/zone-6/measures"
CHECKS = [
    CheckView(check="power_backup", state="green", measure=MEASURE, is_old=True),
    CheckView(check="line", state="not_known"),
]
OF_OFFICE = MeasureList(items=[MEASURE], checks=CHECKS, place="zone-6", area="30262000")
AREA = AreaSummary(
    area="30262000",
    kind="city_corporation",
    name=Text(bn="ঢাকা দক্ষিণ", en="Dhaka South"),
    stage="planned",
    since=None,
)
PROPOSAL = OpeningProposal(
    act_id=ACT, area="30262000", reason="all is there", proposed_by=UUID(int=7), proposed_at=AT,
    state="waiting",
)  # fmt: skip
DETAILS = AreaDetails(
    summary=AREA,
    around=[AREA.model_copy(update={"area": "3026", "kind": "district"})],
    is_green=False,
    parent_open=True,
    centre=CentreChecks(
        service_centre_id="uttara",
        name=CENTRE.name,
        checks=[
            CheckView(check="power_backup", state="green", measure=MEASURE),
            CheckView(check="line", state="not_known"),
            CheckView(check="uddoktas", state="red", count=1),
        ],
    ),
    centres=1,
    offices=[
        OfficeChecks(office_id="zone-6", ministry="lgd", area="30262000", checks=CHECKS),
        OfficeChecks(office_id="zone-7", ministry="lgd", area="30262000", checks=CHECKS),
    ],
    office_count=25,
    stops=Stops(areas=0, centres=0),
    proposals=[PROPOSAL],
    history=[],
)
OPEN = DETAILS.model_copy(
    update={
        "summary": AREA.model_copy(update={"area": "30262500", "stage": "open", "since": AT}),
        "stops": Stops(areas=3, centres=1),
        "proposals": [],
        "history": [
            StageFact(
                stage="paused", at=AT, reason="dark", by=["staff:1"],
                stopped=Stops(areas=1, centres=2),
            )
        ],
    }
)  # fmt: skip
ANSWERS: Mapping[tuple[str, str], BaseModel] = {
    ("GET", API): RolloutPage(items=[AREA], next="30262000"),
    ("GET", f"{API}/30262000"): DETAILS,
    ("GET", f"{API}/3026"): DETAILS,
    ("GET", f"{API}/30262500"): OPEN,
    ("GET", MEASURES): MeasureList(items=[MEASURE], place="uttara"),
    ("GET", OFFICE): OF_OFFICE,
    ("GET", OFFICE.replace("zone-6", "own")): OF_OFFICE,
    ("POST", OFFICE): MEASURE,
    ("POST", OFFICE.replace("zone-6", "own")): MEASURE,
    ("GET", "/v1/office-names"): OfficeNames(names={"zone-6": Text(bn="অঞ্চল-৬", en="Zone 6")}),
    ("GET", "/v1/centres/uttara"): CENTRE,
    ("POST", MEASURES): MEASURE,
    ("POST", f"{API}/30262000/openings"): PROPOSAL,
    ("POST", f"/v1/programme/openings/{ACT}/approval"): PROPOSAL,
    ("POST", f"/v1/programme/openings/{ACT}/rejection"): PROPOSAL,
    ("POST", f"{API}/30262500/pause"): OPEN,
}


def playing(seen: list[Any], refusal: str = "") -> Play:
    """The API; what was sent to it is kept, and done or refused."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = ANSWERS.get((request.method, request.path))
        if found is None:
            return await play(request)
        if request.method == "GET":
            seen.append(request.path_qs)
        else:
            text = await request.text()
            seen.append((request.path, json.loads(text) if text else None))
            if refusal:
                return refused(refusal)
        return answer(found.model_dump_json())

    return answering


async def test_the_own_proposal_to_open_can_only_be_taken_back(unused_tcp_port: int) -> None:
    """As another person has to open it."""
    account = AccountView(
        staff_id=PROPOSAL.proposed_by, username="rahim", roles=["programme"], active=True
    )

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff":
            return answer(AccountList(items=[account]).model_dump_json())
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return answer(json.dumps(tokens | {"device_token": "d", "roles": ["programme"]}))
        return await playing([])(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    words = ("you proposed it", "Take it back", 'value="approve"')
    assert [word in page.html for word in words] == [True, True, False]


async def test_where_centres_ran_before_the_district_need_not_be_open(
    unused_tcp_port: int,
) -> None:
    """The page does not say that the district is open, and says why in its language."""
    reason = "centres ran here before areas were opened by two people"
    fact = StageFact(stage="open", at=AT, reason=reason, by=["programme"])
    north = OPEN.model_copy(update={"history": [fact], "offices": []})

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"{API}/30262500":
            return answer(north.model_dump_json())
        return await playing([])(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        english = await scene.browser.open("/en/programme/areas/30262500")
        bangla = await scene.browser.open("/programme/areas/30262500")
        south = await scene.browser.open(PAGE)
    assert "Centres ran here before (pilot), so the district need not be open" in english.text
    assert "The area around it is open" not in english.text + south.text
    assert "This is an area of the pilot, so the district need not be open" in south.text
    assert (reason in english.text, reason in bangla.text) == (True, False)
    assert "এখানে কেন্দ্র চলছিল" in bangla.text


async def test_areas_are_found(unused_tcp_port: int) -> None:
    """Those within one, or with some words; the words stay on the way to the next page."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/areas?within=3026&q=dhaka&stage=planned")
    for words in ("Dhaka South", "city corporation", "q=dhaka", "after=30262000"):
        assert words in page.html
    assert any("within=3026" in path and "stage=planned" in path for path in seen)


async def test_a_page_says_what_an_area_still_needs(unused_tcp_port: int) -> None:
    """What is green, what is not enough, and what nobody knows."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    for words in ("90 minutes", "not known", "not enough", "all is there", "Propose to open it"):
        assert words in page.text
    assert "Pause the area" not in page.text


async def test_an_area_says_what_help_costs_there(unused_tcp_port: int) -> None:
    """With its centres and public services; what is not known is no zero."""
    whole = AssistanceFigures(
        days=30, sent=1_200, not_sent=40, median_cost_bdt=130, cost_unknown=3, median_charge_bdt=30,
        complaints=9, overcharged=2, overcharged_per_10000=17,
    )  # fmt: skip
    none_sent = whole.model_copy(update={"sent": 0, "median_cost_bdt": None, "overcharged": 0})
    shown = AreaAssistance(
        since=AT.date(),
        whole=whole,
        centres=[PartAssistance(id="uttara", name=CENTRE.name, figures=whole)],
        public_services=[PartAssistance(id="S077", name=None, figures=none_sent)],
    )

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(API):
            return answer(DETAILS.model_copy(update={"assistance": shown}).model_dump_json())
        return await play(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    for words in ("Counted since 30 June 2026", "1,200", "Tk 130", "17", "cost not known of 3"):
        assert words in page.text
    assert "S077 0 not known 9 0" in " ".join(page.text.split())
    assert "/en/programme/centres/uttara" in page.links


async def test_an_area_is_opened_and_paused_on_pages(unused_tcp_port: int) -> None:
    """Two people open it; a pause says again what the page has counted."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("reason"), {"reason": "ready"})
        await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
        rejected = {"action": "reject", "rejection": "no list"}
        await scene.browser.send(page, page.form("rejection"), rejected)
        page = await scene.browser.open("/en/programme/areas/30262500/pause")
        await scene.browser.send(page, page.form("reason"), {"reason": "dark"})
    assert [sent for sent in seen if isinstance(sent, tuple)] == [
        (f"{API}/30262000/openings", {"reason": "ready"}),
        (f"/v1/programme/openings/{ACT}/approval", None),
        (f"/v1/programme/openings/{ACT}/rejection", {"reason": "no list"}),
        (f"{API}/30262500/pause", {"reason": "dark", "stops": {"areas": 3, "centres": 1}}),
    ]


async def test_a_pause_says_first_what_it_stops(unused_tcp_port: int) -> None:
    """With the numbers as they are sent; where they have changed, the page says so."""
    async with desk(playing([], "stops_changed"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/areas/30262500/pause")
        assert "3 open areas and 1 running centre" in page.text
        page = await scene.browser.send(page, page.form("reason"), {"reason": "dark"})
    assert page.status == 409
    assert "The numbers have changed" in page.text


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ({"kind": "power_backup", "number": "৬০"}, {"kind": "power_backup", "minutes": 60}),
        ({"kind": "devices", "number": "2"}, {"kind": "devices", "count": 2}),
        ({"kind": "printer", "passed": "no"}, {"kind": "printer", "passed": False}),
    ],
)
async def test_what_was_seen_is_recorded(
    form: dict[str, str], sent: dict[str, Any], unused_tcp_port: int
) -> None:
    """Each kind with its own field."""
    seen: list[Any] = []
    typed = {"day": "2026-06-30", "evidence": "seen by the officer"}
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/centres/uttara/measures")
        assert "90 minutes" in page.text
        await scene.browser.send(page, page.form("evidence"), form | typed)
    assert (MEASURES, sent | typed) in seen


async def test_a_number_that_is_none_is_said_at_its_field(unused_tcp_port: int) -> None:
    """Nothing is sent."""
    seen: list[Any] = []
    form = {"kind": "devices", "number": "two", "day": "2026-06-30", "evidence": "seen there"}
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/centres/uttara/measures")
        page = await scene.browser.send(page, page.form("evidence"), form)
    assert (page.status, "number-error" in page.html) == (422, True)
    assert "Write how many devices there are as a whole number" in page.text
    assert not [path for path in seen if isinstance(path, tuple)]


async def test_an_area_shows_what_its_offices_have(unused_tcp_port: int) -> None:
    """By their names, or ids where nobody entered one; what is getting old says until when."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    for words in ("Zone 6: 1 of 2 green", "zone-7", "something is getting old", "25 offices"):
        assert words in page.text
    assert "measure it again by 30 June 2026" in page.text


@pytest.mark.parametrize("path", ["/en/programme/offices/zone-6/measures", "/en/office"])
async def test_what_was_measured_at_an_office_is_recorded(unused_tcp_port: int, path: str) -> None:
    """Its line has two numbers; one that is missing is asked for at its field."""
    seen: list[Any] = []
    typed = {"kind": "line", "number": "৪০০০", "day": "2026-06-22", "evidence": "head of office"}
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        assert "Zone 6" in page.text
        assert "price list" not in page.text.casefold()
        empty = await scene.browser.send(page, page.form("evidence"), {**typed, "number": ""})
        for words in ("Write the kbit/s of the line as", "Write the round trip of the line, in"):
            assert words in empty.text
        wrong = await scene.browser.send(page, page.form("evidence"), typed)
        assert 'id="round_trip_ms-error"' in wrong.html
        await scene.browser.send(wrong, wrong.form("evidence"), {**typed, "round_trip_ms": "90"})
    [(_, body)] = [sent for sent in seen if isinstance(sent, tuple)]
    assert (body["down_kbit_s"], body["round_trip_ms"]) == (4000, 90)
    assert "passed" not in body
