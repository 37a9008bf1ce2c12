"""An officer names who stands in; the programme proposes it for one who cannot."""

import json
from datetime import date
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.absences import AbsenceRecorded, AbsencesPage, AbsenceView, Colleague
from libs.contracts.cases import CaseQueue, QueueCounts, StandsIn
from libs.contracts.language import Text
from libs.contracts.offices import OfficerView
from libs.ids import new_id
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.programme.scenes import OFFICE
from tests.services.desk.running import desk, log_in, refused

MINA, KARIM, AWAY, STANDS_IN = new_id(), new_id(), new_id(), new_id()
TYPED = {
    "since": "2026-12-01",
    "until": "2026-12-09",
    "deputy_id": str(MINA),
    "reason": "order 12 of the office",
}


def absence(**fields: Any) -> AbsenceView:
    """An absence of Karim as the API shows it."""
    shown = {
        "absence_id": AWAY,
        "officer": "karim",
        "deputy": "mina",
        "since": date(2026, 12, 1),
        "until": date(2026, 12, 9),
        "state": "running",
        "deputy_acts": True,
    }
    return AbsenceView(**{**shown, **fields})


class Office:
    """The API as these pages find it."""

    def __init__(self, *, problem: str = "", role: str = "officer", **fields: Any) -> None:
        self.problem = problem
        self.role = role
        self.listed = AbsencesPage(
            own=[absence(**fields)],
            stands_in=[absence(absence_id=STANDS_IN, officer="nasrin", state="coming")],
            colleagues=[Colleague(officer_id=MINA, username="mina")],
        )
        self.posted: list[Any] = []
        self.asked: list[str] = []

    def play(self) -> Play:
        """Return the API."""
        karim = OfficerView(
            officer_id=KARIM,
            username="karim",
            ministry=OFFICE.ministry,
            office_id=OFFICE.office_id,
            area=None,
            active=True,
        )
        today = StandsIn(
            duty="chairman",
            duty_name=Text(bn="চেয়ারম্যান", en="Chairman"),
            until=date(2026, 12, 9),
        )
        answers = {
            "/v1/absences": self.listed,
            f"/v1/officers/{KARIM}": karim,
            "/v1/cases": CaseQueue(items=[], next=None, stands_in=[today]),
            "/v1/cases/counts": QueueCounts(items=[]),
        }

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": [self.role]})
            if request.method == "DELETE":
                self.posted.append(request.path)
                return web.Response(status=204)
            if request.method == "POST" and self.problem:
                return refused(self.problem)
            if request.method == "POST" and request.path == "/v1/absences":
                self.posted.append(json.loads(await request.text()))
                return answer(AbsenceRecorded(absence_id=AWAY).model_dump_json())
            self.asked.append(request.path_qs)
            found = answers.get(request.path)
            return answer(found.model_dump_json()) if found else refused("not_found")

        return play


async def test_an_officer_names_a_deputy(unused_tcp_port: int) -> None:
    """From the queue, where a deputy reads in whose place she works, and until when."""
    office = Office()
    async with desk(office.play(), unused_tcp_port) as scene:
        queue = await log_in(scene)
        assert "চেয়ারম্যান (শেষ দিন ৯ ডিসেম্বর ২০২৬)" in queue.text
        assert "/absences" in queue.links
        page = await scene.browser.open("/absences")
        for shown in ("mina", "nasrin", "১ ডিসেম্বর ২০২৬ – ৯ ডিসেম্বর ২০২৬"):
            assert shown in page.text
        done = await scene.browser.send(page, page.form("deputy_id"), TYPED)
        assert (done.path, "হয়েছে।" in done.text) == ("/absences", True)
        end = done.form(action=f"/absences/{AWAY}/end")
        assert [form for form in done.forms if str(STANDS_IN) in (form.action or "")] == []
        assert (await scene.browser.send(done, end)).path == "/absences"
    assert office.posted == [TYPED, f"/v1/absences/{AWAY}"]


@pytest.mark.parametrize("problem", ["deputy_of_deputy", "absence_overlaps", "deputy_unfit"])
async def test_a_refusal_keeps_what_was_typed(problem: str, unused_tcp_port: int) -> None:
    """And says what is wrong."""
    async with desk(Office(problem=problem).play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/absences")
        page = await scene.browser.send(page, page.form("deputy_id"), TYPED)
    assert (page.status, page.form("deputy_id").fields["until"]) == (422, "2026-12-09")


async def test_a_deputy_who_left_is_said(unused_tcp_port: int) -> None:
    """In words, with what to do."""
    async with desk(Office(deputy_acts=False).play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/absences")
    assert "এই সহকর্মী আর ভারপ্রাপ্ত থাকতে পারেন না" in page.text


async def test_the_programme_proposes_an_absence_of_an_officer(unused_tcp_port: int) -> None:
    """It is about that officer, and goes to the page of proposals."""
    office = Office(role="programme")
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/programme/officers/{KARIM}/absences")
        assert "karim" in page.text
        await scene.browser.send(page, page.form("deputy_id"), TYPED)
        page = await scene.browser.open(f"/programme/officers/{KARIM}/absences")
        end = page.form(action=f"/programme/officers/{KARIM}/absences/{AWAY}/end")
        await scene.browser.send(page, end)
    assert office.posted == [{**TYPED, "officer_id": str(KARIM)}, f"/v1/absences/{AWAY}"]
    assert f"/v1/absences?officer_id={KARIM}" in office.asked
