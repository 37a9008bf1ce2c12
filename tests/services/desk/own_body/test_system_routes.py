"""The pages of a focal point about the own system, against an API that is played."""

import json
from datetime import datetime, time
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from libs.bangladesh.calendar import DHAKA
from libs.contracts.language import Text
from libs.contracts.ministries import ServiceHours
from libs.contracts.own_system import OutageView, OwnAvailability
from libs.contracts.vendors import ReportList
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import DETAILS
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused
from tests.services.desk.vendors.scenes import BROKEN, REPORT, no_report

OUTAGE = OutageView(
    outage_id=UUID(int=5),
    starts_at=datetime(2026, 12, 4, 22, tzinfo=DHAKA),
    ends_at=datetime(2026, 12, 5, 6, tzinfo=DHAKA),
    reason=Text(bn="সার্ভার", en="The server is replaced"),
)
FOUND = OwnAvailability(
    outages=[OUTAGE],
    hours=ServiceHours(days=(7, 1), opens_at=time(9), closes_at=time(17)),
)
ANSWERS: dict[str, BaseModel] = {
    "/v1/own-system": FOUND,
    "/v1/own-system/outages": FOUND,
    f"/v1/own-system/outages/{OUTAGE.outage_id}": FOUND,
    "/v1/own-system/hours": FOUND,
    "/v1/programme/own": DETAILS,
    "/v1/programme/own/reports": ReportList(items=[BROKEN]),
    "/v1/report-signatures": DETAILS,
}


def playing(acts: list[tuple[str, Any]], problem: str | None = None) -> Play:
    """The API; what is changed is kept in order, or refused."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = ANSWERS.get(request.path)
        if found is None:
            return await play(request)
        if request.method == "GET":
            return answer(found.model_dump_json())
        text = await request.text()
        acts.append((f"{request.method} {request.path}", json.loads(text) if text else None))
        if problem:
            return refused(problem)
        shown = BROKEN if request.path.endswith("reports") else found
        return answer(shown.model_dump_json())

    return answering


async def test_a_focal_point_sees_findings_and_sets_outages_and_hours(
    unused_tcp_port: int,
) -> None:
    """Times are those of Dhaka; what is set already stands in the form."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own/system")
        for words in ("once (failed)", "The server is replaced", "Planned outages"):
            assert words in page.text
        form = page.form("opens_at")
        assert (form.fields["opens_at"], form.fields["day-7"]) == ("09:00", "yes")
        outage = {"starts_at": "2026-12-11T22:00", "ends_at": "2026-12-12T06:00"}
        await scene.browser.send(page, page.form("starts_at"), outage)
        await scene.browser.send(page, page.form("outage_id"), {})
        await scene.browser.send(page, form, {"closes_at": "16:00"})
        await scene.browser.send(page, form, {"action": "any_time"})
        report = REPORT.model_dump_json()
        await scene.browser.send(page, page.form("report"), {"report": report})
    assert acts == [
        (
            "POST /v1/own-system/outages",
            {"starts_at": "2026-12-11T22:00:00+06:00", "ends_at": "2026-12-12T06:00:00+06:00"},
        ),
        (f"DELETE /v1/own-system/outages/{OUTAGE.outage_id}", None),
        (
            "PUT /v1/own-system/hours",
            {"days": [7, 1], "opens_at": "09:00", "closes_at": "16:00"},
        ),
        ("DELETE /v1/own-system/hours", None),
        ("POST /v1/report-signatures", REPORT.model_dump(mode="json")),
        ("POST /v1/programme/own/reports", REPORT.model_dump(mode="json")),
    ]


async def test_what_is_wrong_with_an_outage_stands_at_its_field(unused_tcp_port: int) -> None:
    """And what was typed stays."""
    async with desk(playing([], "outage_times_wrong"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own/system")
        typed = {"starts_at": "2026-12-11T22:00", "ends_at": "2026-12-11T21:00"}
        page = await scene.browser.send(page, page.form("starts_at"), typed)
        assert (page.status, "#starts_at" in page.links) == (422, True)
        assert page.form("starts_at").fields["ends_at"] == "2026-12-11T21:00"


async def test_what_is_no_report_is_said_once(unused_tcp_port: int) -> None:
    """And not once for each field that a report has."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/report-signatures":
            return no_report(await request.text())
        return await playing([])(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own/system")
        page = await scene.browser.send(page, page.form("report"), {"report": '{"nonsense": 1}'})
    said = "This is not what adapters check --json printed"
    assert (page.status, page.text.count(said)) == (422, 2)
    assert "Fill in this field." not in page.text
