"""The page of one application says what became of its SMS, and needs none of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.notifications import MessageList
from libs.contracts.problems import PROBLEMS, Problem
from libs.trace_context import new_context
from services.notifications.messages.rules import StoredMessage, view
from services.portal.applications.rules import meaning_of
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.stand_in import logged_in, portal, well

NOW = datetime(2026, 12, 16, tzinfo=UTC)
AT = NOW - timedelta(days=4)
STORED = [
    StoredMessage(UUID(int=1), "sms", "submitted", "delivered", None, AT, AT, new_context()),
    StoredMessage(UUID(int=2), "sms", "overdue", "sent", None, AT, AT, None),
    StoredMessage(UUID(int=3), "sms", "withdrawn", "failed", "expired", AT, AT, None),
    StoredMessage(UUID(int=4), "sms", "approved", "queued", None, AT, None, None),
]


@pytest.mark.parametrize(
    ("answer", "bangla", "english"),
    [
        (
            "known",
            ("এসএমএস পৌঁছেছে", "সিদ্ধান্ত", "পৌঁছেছে কি না জানা যায়নি", "পাঠানোর অপেক্ষায়"),
            (
                "SMS delivered",
                "The decision",
                "in time",
                "arrived is not known",
                "waits to be sent",
            ),
        ),
        ("none", ("এখনও কোনো এসএমএস লেখা হয়নি",), ("none about this application yet",)),
        ("away", ("এখন জানা যাচ্ছে না",), ("is not known now",)),
        ("late", ("এখন জানা যাচ্ছে না",), ("is not known now",)),
    ],
)
async def test_a_citizen_is_shown_what_became_of_her_sms(
    answer: str, bangla: tuple[str, ...], english: tuple[str, ...], unused_tcp_port: int
) -> None:
    """In both languages; the rest of the page is there where it cannot be known."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/applications/{NUMBER}/messages":
            await asyncio.sleep(4.0 if answer == "late" else 0.0)
            return answers()[answer]
        if request.path == f"/v1/applications/{NUMBER}":
            shown = application(UUID(int=9)).model_dump_json()
            return web.Response(text=shown, content_type="application/json")
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        for prefix, texts in (("", bangla), ("/en", english)):
            page = await scene.browser.open(f"{prefix}/applications/{NUMBER}")
            assert page.status == 200
            assert NUMBER in page.text
            for text in texts:
                assert text in page.text


def answers() -> dict[str, web.Response]:
    """What the API says of the messages: an answer object serves one request."""
    messages = MessageList(items=[view(each, NOW) for each in STORED])
    unknown = '{"type":"/problems/messages_unknown","title":"x","status":404,"detail":"x"}'
    return {
        "known": web.Response(text=messages.model_dump_json(), content_type="application/json"),
        "late": web.Response(text=messages.model_dump_json(), content_type="application/json"),
        "none": web.Response(status=404, text=unknown, content_type="application/problem+json"),
        "away": web.Response(status=503),
    }


@pytest.mark.parametrize(
    ("prefix", "told"), [("", "আবার চেষ্টা করে লাভ নেই"), ("/en", "trying again does not help")]
)
async def test_what_is_damaged_is_said_to_be_so(
    prefix: str, told: str, unused_tcp_port: int
) -> None:
    """The page does not ask to try again, and has the id by which our staff find the failure."""
    trace_id, text = "ab" * 16, PROBLEMS["record_damaged"]
    detail = text.detail.in_language("en" if prefix else "bn")
    damaged = Problem(
        type="/problems/record_damaged", title="x", status=500, detail=detail, trace_id=trace_id
    )

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path != f"/v1/applications/{NUMBER}":
            return await well(request)
        body = damaged.model_dump_json()
        return web.Response(status=500, text=body, content_type="application/problem+json")

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"{prefix}/applications/{NUMBER}")
    assert page.status == 500
    assert told in page.text
    assert trace_id in page.text


def test_a_page_promises_no_sms_about_the_receipt_of_a_ministry() -> None:
    """None is sent about it: the next one after the confirmation is about a decision."""
    promised = meaning_of("submitted").next
    assert "সিদ্ধান্ত হলে এসএমএস পাবেন" in promised.bn
    assert "You get an SMS when it has decided" in promised.en
