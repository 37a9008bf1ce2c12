"""What the counter's first page shows of the API's lists."""

import json
from datetime import UTC, datetime

from aiohttp import web

from libs.contracts.applications import SubmittedForm
from libs.contracts.documents import AssistedDocument
from libs.contracts.language import Text
from libs.contracts.mandates import AssistedList, AssistedSummary, MandateList
from libs.ids import new_id
from services.portal.counter.work import STATE
from tests.services.portal.scenes import index, service
from tests.services.portal.stand_in import portal
from tools.virtual_users.photo import photo

NEWEST, RETURNED = "NS-7K4M9-PXRT3-HC2D3", "NS-1XQ83-QA3CG-GKWX7"
AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
MARK = "0190bbbb-0000-7000-8000-000000000001"


def sent(tracking_number: str, status: str) -> AssistedSummary:
    """An application that the uddokta sent."""
    return AssistedSummary(
        tracking_number=tracking_number,
        public_service_id="S031",
        public_service_name=Text(bn="টিআইএন", en="TIN"),
        status=status,
        submitted_at=AT,
    )


async def play(request: web.BaseRequest) -> web.Response:
    """An API with two pages of applications, of which the second has one that came back."""
    match request.path:
        case "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return _answer(json.dumps(tokens))
        case "/v1/mandates":
            return _answer(MandateList(items=[]).model_dump_json())
        case "/v1/assisted-applications" if request.query.get("after") == MARK:
            page = AssistedList(items=[sent(RETURNED, "correction_requested")])
            return _answer(page.model_dump_json())
        case "/v1/assisted-applications":
            page = AssistedList(items=[sent(NEWEST, "with_ministry")], next=MARK)
            return _answer(page.model_dump_json())
        case path if path.endswith(f"/{RETURNED}/form"):
            view = SubmittedForm(public_service_id="S031", form={}, form_version=1, submitted_at=AT)
            return _answer(view.model_dump_json())
        case path if path.startswith("/v1/services/"):
            return _answer(service("S031").model_dump_json())
        case _:
            problem = '{"type":"/problems/role_missing","title":"x","status":403,"detail":"x"}'
            return web.Response(status=403, text=problem, content_type="application/problem+json")


async def play_diary(request: web.BaseRequest) -> web.Response:
    """The same with a diary that came back; whatever is uploaded for it is a PDF."""
    match request.path:
        case "/v1/assisted-applications":
            returned = sent(RETURNED, "correction_requested")
            diary = returned.model_copy(update={"public_service_id": "S024"})
            return _answer(AssistedList(items=[diary]).model_dump_json())
        case "/v1/services/S024":
            return _answer(service("S024").model_dump_json())
        case "/v1/document-kinds":
            return _answer(index().document_kinds().model_dump_json())
        case path if path.endswith(f"/{RETURNED}/documents"):
            await request.read()
            paper = AssistedDocument(
                document_id=new_id(),
                kind="live_photo",
                media_type="application/pdf",
                size_bytes=9,
                pages=1,
                state="clean",
                receipt="receipt",
                receipt_expires_at=AT,
            )
            return _answer(paper.model_dump_json())
        case _:
            return await play(request)


def _answer(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


async def test_what_came_back_is_found_however_long_ago_it_was_sent(unused_tcp_port: int) -> None:
    """The list goes on after one answer, for the page and for the correction itself."""
    async with portal(play, unused_tcp_port) as scene:
        page = await scene.browser.open("/counter/login")
        proofs = {"username": "rahim", "password": "river lantern", "code": "123456"}
        await scene.browser.send(page, page.form("code"), proofs)
        page = await scene.browser.open("/counter")
        assert NEWEST in page.text
        assert f"/counter/corrections/{RETURNED}" in page.links
        page = await scene.browser.open(f"/counter/corrections/{RETURNED}")
        assert page.status == 200
        assert page.form(STATE)


async def test_a_pdf_is_no_photo_at_the_counter_either(unused_tcp_port: int) -> None:
    """It is told on the page of the paper, before the citizen has gone."""
    async with portal(play_diary, unused_tcp_port) as scene:
        page = await scene.browser.open("/counter/login")
        proofs = {"username": "rahim", "password": "river lantern", "code": "123456"}
        await scene.browser.send(page, page.form("code"), proofs)
        check = await scene.browser.open(f"/counter/corrections/{RETURNED}")
        section = await scene.browser.send(check, check.form(STATE), {"goto": "who"})
        paper = await scene.browser.send(section, section.form("shown"), {"paper": "live_photo"})
        refused = await scene.browser.upload(paper, paper.form("file"), photo())
        assert (refused.status, "#file" in refused.links) == (422, True)
        assert "পিডিএফ চলে না" in refused.text
