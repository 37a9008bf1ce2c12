"""A correction at the counter that changes who the applicant is."""

import json
from typing import Any

from aiohttp import web

from libs.contracts.mandates import MandateToken, ProposedCorrection, Replacement
from libs.ids import new_id
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import AT, MANDATE, MARK, RETURNED, SENT, answer, play
from tests.services.desk.running import desk, log_in

CONSENT = new_id()
RENAMED = Replacement(part="name", before="রহিমা", after="সালমা")
ASKED = MANDATE.model_copy(
    update={
        "mandate_id": CONSENT,
        "corrects": MANDATE.mandate_id,
        "changes": ("name", "number"),
        "replaced": (RENAMED,),
        "tracking_number": RETURNED,
        "state": "requested",
        "fee_bdt": 0,
        "charge_bdt": 0,
        "total_bdt": 0,
    }
)
ANSWERS = {
    f"/v1/assisted-applications/{RETURNED}/proposed-corrections": ProposedCorrection(
        correction_id=CONSENT,
        mandate_id=MANDATE.mandate_id,
        changes=("name", "number"),
        replaced=(RENAMED,),
        kept_until=AT,
    ).model_dump_json(),
    f"/v1/mandates/{MARK}/corrections": ASKED.model_dump_json(),
    f"/v1/mandates/{CONSENT}/consent": ASKED.model_dump_json(),
    f"/v1/mandates/{CONSENT}/tokens": MandateToken(
        access_token="t", expires_in=9, authorization_details=[], submit_at=""
    ).model_dump_json(),
    f"/v1/mandates/{CONSENT}/correction": json.dumps(
        {**SENT, "application_id": MARK, "ministry": "lgd"}
    ),
}


def playing(seen: list[Any]) -> Play:
    """An API that wants a consent; what was sent to it is kept."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST" and not request.path.endswith("/checks"):
            seen.append((request.path, await request.text()))
        if request.path.endswith(f"/{RETURNED}/corrections"):
            problem = {
                "type": "/problems/consent_needed",
                "title": "x",
                "detail": "y",
                "status": 409,
            }
            return web.Response(
                status=409, text=json.dumps(problem), content_type="application/problem+json"
            )
        if request.path == f"/v1/mandates/{CONSENT}":
            is_confirmed = any(path.endswith("/consent") for path, _ in seen)
            state = "active" if is_confirmed else "requested"
            return answer(ASKED.model_copy(update={"state": state}).model_dump_json())
        if request.path in ANSWERS:
            return answer(ANSWERS[request.path])
        return await play(request)

    return answering


async def test_the_citizen_is_asked_before_the_correction_is_sent(unused_tcp_port: int) -> None:
    """The page says why; her code has a page of its own, and the correction is sent with it."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        browser = scene.browser
        check = await browser.open(f"/counter/corrections/{RETURNED}")
        needed = await browser.send(check, check.form("key"))
        assert needed.status == 409
        assert "নাগরিকের নতুন সম্মতি প্রয়োজন" in needed.text
        assert seen[-1][0] == f"/v1/assisted-applications/{RETURNED}/corrections"
        (ask,) = [form for form in needed.forms if form.fields.get("action") == "ask"]
        page = await browser.send(needed, ask)
        assert page.path == f"/counter/mandates/{CONSENT}"
        assert "সংশোধনে বদলাচ্ছে: নাম (রহিমা → সালমা), পরিচয় বা জন্ম নিবন্ধন নম্বর" in page.text
        path, body = seen[-1]
        assert path == f"/v1/mandates/{MARK}/corrections"
        asked = json.loads(body)
        assert asked.pop("replaced") == [RENAMED.model_dump()]
        assert asked == {"correction_id": str(CONSENT), "changes": ["name", "number"]}
        page = await browser.send(page, page.form("code"), {"code": "482913"})
        (send,) = [form for form in page.forms if form.action.endswith("/correction")]
        page = await browser.send(page, send)
        assert page.path == f"/counter/mandates/{CONSENT}"
    assert seen[-1][0] == f"/v1/mandates/{CONSENT}/correction"
