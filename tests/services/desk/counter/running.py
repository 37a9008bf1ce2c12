"""An API as a counter meets it."""

import json
from datetime import UTC, date, datetime
from uuid import UUID

from aiohttp import web

from libs.contracts.applications import AssistedList, AssistedSummary, SubmittedForm
from libs.contracts.centres import UddoktaView
from libs.contracts.language import Text
from libs.contracts.mandates import (
    AssistedNews,
    AssistedNewsList,
    AssistedTrackingCode,
    MandateList,
    MandateToken,
    MandateView,
)
from tests.libs.pages.scenes import index, service

NEWEST, RETURNED = "NS-7K4M9-PXRT3-HC2D3", "NS-1XQ83-QA3CG-GKWX7"
AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
MARK = "0190bbbb-0000-7000-8000-000000000001"


def sent(tracking_number: str, status: str) -> AssistedSummary:
    """An application that the uddokta sent."""
    return AssistedSummary(
        tracking_number=tracking_number,
        public_service_id="S001",
        public_service_name=Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
        status=status,
        submitted_at=AT,
    )


SENT = sent(NEWEST, "submitted").model_dump(mode="json")
MANDATE = MandateView(
    mandate_id=UUID(MARK),
    state="active",
    public_service_id="S001",
    public_service_name=Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
    service_centre_id="uttara",
    service_centre_name=Text(bn="উত্তরা", en="Uttara"),
    helper=Text(bn="রহিম", en="Rahim"),
    consent="own_phone",
    phone="*******4567",
    fee_bdt=50,
    charge_bdt=30,
    total_bdt=80,
    cap_bdt=50,
    requested_at=AT,
    expires_at=AT,
    sends_left=2,
)
UDDOKTA = UddoktaView(
    uddokta_id=UUID(MARK),
    username="rahim",
    first_name=Text(bn="রহিম", en="Rahim"),
    service_centre_id="uttara",
    position="uddokta",
    state="active",
    licence_number="L-1",
    licence_from=AT.date(),
    licence_until=date(2099, 12, 31),
    certificate_number="C-1",
    certificate_until=date(2099, 12, 31),
)


NEWS = AssistedNews(
    news_id=UUID(int=7),
    mandate_id=UUID(MARK),
    tracking_number=NEWEST,
    public_service_name=Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
    what="refused",
    note=Text(bn="ছবি অস্পষ্ট", en="The photo is not clear"),
    at=AT,
)


async def play(request: web.BaseRequest) -> web.Response:
    """An API with two pages of applications, of which the second has one that came back."""
    match request.path:
        case "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return answer(json.dumps({**tokens, "device_token": "device"}))
        case "/v1/mandates":
            return answer(MandateList(items=[]).model_dump_json())
        case path if path.startswith(("/v1/assisted-news", "/v1/left-news")):
            return answer_of_news(request)
        case "/v1/assisted-applications" if request.query.get("after") == MARK:
            page = AssistedList(items=[sent(RETURNED, "correction_requested")])
            return answer(page.model_dump_json())
        case "/v1/assisted-applications":
            page = AssistedList(items=[sent(NEWEST, "with_ministry")], next=MARK)
            return answer(page.model_dump_json())
        case path if path.endswith(f"/{RETURNED}/form"):
            view = SubmittedForm(public_service_id="S001", form={}, form_version=1, submitted_at=AT)
            return answer(view.model_dump_json())
        case path if path.startswith("/v1/counter-drafts/"):
            return await answer_of_draft(request)
        case _:
            return answer_of_form(request.path)


DRAFTS: dict[tuple[str, str], str] = {}
"""What was typed, by gateway and address."""


async def answer_of_draft(request: web.BaseRequest) -> web.Response:
    """What the API answers about a draft of the counter."""
    key = (request.host, request.path)
    if request.method == "PUT":
        DRAFTS[key] = await request.text()
    elif request.method == "DELETE":
        DRAFTS.pop(key, None)
    elif key in DRAFTS:
        return answer(DRAFTS[key])
    else:
        problem = '{"type":"/problems/counter_draft_unknown","title":"x","status":404,"detail":"x"}'
        return web.Response(status=404, text=problem, content_type="application/problem+json")
    return web.Response(status=204)


def answer_of_news(request: web.BaseRequest) -> web.Response:
    """One thing to tell, which is told as soon as somebody says so; nobody has left any."""
    if request.path == "/v1/left-news":
        return answer('{"applications": 0}')
    if request.method == "POST":
        told = {"told_at": AT, "told_by": UUID(MARK)}
        return answer(NEWS.model_copy(update=told).model_dump_json())
    items = [] if request.query["told"] == "true" else [NEWS]
    return answer(AssistedNewsList(items=items).model_dump_json())


def answer_of_form(path: str) -> web.Response:
    """What the API answers about the public service and its form."""
    match path:
        case "/v1/uddokta":
            return answer(UDDOKTA.model_dump_json())
        case _ if path.endswith("/tracking-code"):
            code = AssistedTrackingCode(tracking_number=NEWEST, tracking_code="ACDEF-GHJKM")
            return answer(code.model_dump_json())
        case "/v1/document-kinds":
            return answer(index().document_kinds().model_dump_json())
        case _ if path.endswith("/checks"):
            return answer('{"errors": []}')
        case _ if path.startswith("/v1/services/"):
            return answer(service("S001").model_dump_json())
        case _:
            return answer_of_mandate(path)


def answer_of_mandate(path: str) -> web.Response:
    """What the API answers about a mandate, and with it."""
    match path.removeprefix(f"/v1/mandates/{MARK}"):
        case "":
            return answer(MANDATE.model_dump_json())
        case "/tokens":
            token = MandateToken(
                access_token="t", expires_in=900, authorization_details=[], submit_at=""
            )
            return answer(token.model_dump_json())
        case "/application":
            return answer(json.dumps({**SENT, "application_id": MARK, "ministry": "lgd"}))
        case _:
            problem = '{"type":"/problems/role_missing","title":"x","status":403,"detail":"x"}'
            return web.Response(status=403, text=problem, content_type="application/problem+json")


def answer(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")
