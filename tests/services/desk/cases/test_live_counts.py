"""The numbers of the queues: they follow by themselves, and what is not known says so."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from libs.contracts.cases import (
    CaseFigure,
    CaseFigures,
    OverdueCase,
    OverdueCases,
    Unmanned,
)
from libs.contracts.language import Text
from libs.contracts.offices import OfficerNames
from libs.ids import new_id
from services.desk.staff.sessions import IDLE_S
from tests.libs.pages.running import Scene
from tests.services.desk.counter.running import answer
from tests.services.desk.running import PROOFS, desk, idle_for, log_in, refused
from tools.browser.chromium import running_browser

KARIM = new_id()
UNKNOWN = "কতটি অপেক্ষায়, এখন জানা যাচ্ছে না"
FIGURES = CaseFigures(
    by="office",
    days=30,
    items=[
        CaseFigure(
            key=f"union-U{number}",
            name=None,
            came=12_345,
            done=12_000,
            waiting=2_345,
            overdue=99,
            median_age_days=4.5,
        )
        for number in range(100)
    ],
    is_cut=True,
)


class Numbers:
    """The API with a number that changes; None where it does not answer."""

    def __init__(self) -> None:
        self.waiting: int | None = 128
        self.asked: list[dict[str, str]] = []

    async def play(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer like the API."""
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
        if request.path == "/v1/cases":
            return answer('{"items": []}')
        if request.path == "/v1/cases/counts" and self.waiting is not None:
            count = {
                "duty": "head",
                "waiting": self.waiting,
                "mine": 4,
                "due_today": 6,
                "overdue": 2,
            }
            return answer(json.dumps({"items": [count]}))
        if request.path == "/v1/cases/figures":
            self.asked.append(dict(request.query))
            by = request.query["by"]
            shown = FIGURES.model_copy(update={"by": by})
            if by == "service":
                named = Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate")
                row = FIGURES.items[0].model_copy(
                    update={"key": "S005", "name": named, "median_age_days": None}
                )
                shown = shown.model_copy(update={"items": [row], "is_cut": False})
            return answer(shown.model_dump_json())
        if request.path == "/v1/office-names":
            names = {"union-U7": {"bn": "আমতলী ইউনিয়ন", "en": "Amtali Union"}}
            assert "union-U7" in request.query["ids"].split(",")
            return answer(json.dumps({"names": names}))
        return refused("unavailable")


async def test_a_count_that_fails_is_unknown_and_the_queue_is_there(unused_tcp_port: int) -> None:
    """Never a zero; on the page and in its part that asks again."""
    api = Numbers()
    async with desk(api.play, unused_tcp_port) as scene:
        page = await log_in(scene)
        assert "১২৮" in page.text
        part = await scene.browser.open("/cases/counts")
        assert ("১২৮" in part.text, len(part.html) < len(page.html)) == (True, True)
        api.waiting = None
        for path in ("/cases", "/cases/counts"):
            page = await scene.browser.open(path)
            assert page.status == 200
            assert UNKNOWN in page.text
            assert "অপেক্ষায় ০" not in page.text


async def test_numbers_that_ask_again_keep_nobody_logged_in(unused_tcp_port: int) -> None:
    """After the time without activity they are unknown, and the page leads to the login."""
    async with desk(Numbers().play, unused_tcp_port) as scene:
        await log_in(scene)
        idle_for(scene, IDLE_S / 2)
        assert "১২৮" in (await scene.browser.open("/cases/counts")).text
        idle_for(scene, IDLE_S / 2 + 1)
        assert UNKNOWN in (await scene.browser.open("/cases/counts")).text
        assert (await scene.browser.open("/cases")).path == "/login"


@pytest.fixture
async def at_work() -> AsyncIterator[Page]:
    """A page of a real browser."""
    async with running_browser() as browser:
        yield await browser.new_page()


async def opened(page: Page, scene: Scene) -> None:
    """Log in; the queue is there."""
    await page.goto(f"{scene.url}/login")
    for name in ("username", "password", "code"):
        await page.fill(f"#{name}", PROOFS[name])
    await page.click("main button")
    await page.wait_for_url(f"{scene.url}/cases")


async def test_numbers_follow_by_themselves(unused_tcp_port: int, at_work: Page) -> None:
    """Without a click; who stands on a link stays there; what fails is unknown, and comes back."""
    api = Numbers()
    async with desk(api.play, unused_tcp_port) as scene:
        await opened(at_work, scene)
        numbers = at_work.locator("#counts")
        link = numbers.locator("a").first
        await link.focus()
        api.waiting = 129
        await expect(numbers).to_contain_text("১২৯")
        await expect(link).to_be_focused()
        api.waiting = None
        await expect(numbers).to_contain_text(UNKNOWN)
        api.waiting = 130
        await expect(numbers).to_contain_text("১৩০")
        await at_work.route("**/cases/counts", lambda route: route.abort())
        await expect(numbers).to_contain_text(UNKNOWN)
        await at_work.unroute("**/cases/counts")
        await expect(numbers).to_contain_text("১৩০")


async def test_a_superior_looks_at_figures_from_the_queue(unused_tcp_port: int) -> None:
    """By office, duty or service, and into one of them; small with as many rows as can be."""
    api = Numbers()
    async with desk(api.play, unused_tcp_port) as scene:
        page = await log_in(scene)
        assert "/cases/figures" in page.links
        for path in ("/cases/figures", "/en/cases/figures"):
            page = await scene.browser.open(path)
            assert len(page.html.encode()) < 50_000
        assert "12,345" in page.text
        assert "4.5" in page.text
        into = "/en/cases/figures?by=duty&office=union-U7"
        assert into in page.links
        assert "Amtali Union" in page.text
        page = await scene.browser.open(into)
        assert "/en/cases/figures?by=service&office=union-U7" in page.links
        page = await scene.browser.open("/cases/figures?by=service&office=union-U7&duty=other")
        assert "শুধু আমতলী ইউনিয়ন, other" in page.text
        assert "নাগরিকত্ব সনদ" in page.text
        await scene.browser.open("/cases/figures?by=nothing")
    assert api.asked[2:] == [
        {"by": "duty", "office": "union-U7"},
        {"by": "service", "office": "union-U7", "duty": "other"},
        {"by": "office"},
    ]


@pytest.mark.parametrize("known", [True, False])
async def test_overdue_work_has_its_offices_by_name(unused_tcp_port: int, *, known: bool) -> None:
    """And whose it is, and to whom it went. Where names are not to be had now, ids are there."""
    name = Text(bn="আমতলী ইউনিয়ন", en="Amtali Union")
    row = OverdueCase(
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        workflow_name=name,
        step=name,
        duty="secretary",
        duty_name=Text(bn="সচিব", en="Secretary"),
        office_id="union-U7",
        due_on=date(2026, 11, 1),
        is_due_sourced=True,
        days=9,
        officer_ids=[KARIM],
        rung="superior",
        rung_on=date(2026, 11, 3),
    )
    nobody = row.model_copy(update={"officer_ids": [], "rung": None, "rung_on": None})
    api = Numbers()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/cases/overdue":
            return answer(OverdueCases(items=[row, nobody]).model_dump_json())
        if request.path == "/v1/officer-names" and known:
            return answer(OfficerNames(names={KARIM: "karim"}).model_dump_json())
        if request.path == "/v1/office-names" and not known:
            return refused("unavailable")
        return await api.play(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/cases/overdue")
    assert page.status == 200
    assert ("Secretary · Amtali Union" in page.text) is known
    assert ("office union-U7" in page.text) is not known
    assert ("Whose it is: karim · gone to: the superior, 3 November 2026" in page.text) is known
    assert ("the name is not known now" in page.text) is not known
    assert "nobody has this duty at the office now" in page.text


@pytest.mark.parametrize("role", ["programme", "focal_point"])
async def test_who_can_give_an_office_an_officer_reads_where_nobody_goes_on(
    unused_tcp_port: int, role: str
) -> None:
    """By the name of the office; the programme is led to its officers, a focal point asks it."""
    row = Unmanned(
        office_id="union-U7",
        duty="uno",
        duty_name=Text(bn="উপজেলা নির্বাহী কর্মকর্তা", en="UNO"),
        cases=2,
        since=datetime(2026, 11, 3, tzinfo=UTC),
    )
    api = Numbers()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/cases/overdue":
            return answer(OverdueCases(items=[], unmanned=[row]).model_dump_json())
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return answer(json.dumps({**tokens, "device_token": "device", "roles": [role]}))
        return await api.play(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/cases/unmanned")
    assert "Amtali Union" in page.text
    assert "UNO · 2 cases" in page.text
    link = "/en/programme/officers?q=union-U7"
    assert (link in page.links, "/en/own/questions" in page.links) == (
        role == "programme",
        role != "programme",
    )
