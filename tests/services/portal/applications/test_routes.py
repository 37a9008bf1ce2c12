"""The page of one application says what became of its SMS, and needs none of them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from pydantic import BaseModel

from libs.contracts.applications import ApplicationView, Step, SubmittedForm, TrackedApplication
from libs.contracts.language import Text
from libs.contracts.notifications import MessageList
from libs.contracts.problems import PROBLEMS, Problem
from libs.trace_context import new_context
from services.notifications.messages.rules import StoredMessage, view
from services.portal.applications.rules import meaning_of
from tests.libs.pages.running import Play
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import logged_in, portal, well

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


def test_a_page_promises_no_sms_about_the_acknowledgement_of_a_ministry() -> None:
    """None is sent about it: the next one after the confirmation is about a decision."""
    promised = meaning_of("submitted").next
    assert "সিদ্ধান্ত হলে এসএমএস পাবেন" in promised.bn
    assert "You get an SMS when it has decided" in promised.en


def gateway_with(view_of: ApplicationView, sent: SubmittedForm | None) -> Play:
    """A gateway with an application, and what was sent; without it that cannot be read."""

    async def play(request: web.BaseRequest) -> web.Response:
        body: BaseModel | None = None
        if request.path == f"/v1/applications/{NUMBER}":
            body = view_of
        elif request.path == f"/v1/applications/{NUMBER}/form":
            body = sent
        elif request.path == "/v1/tracking":
            body = TrackedApplication(
                tracking_number=NUMBER,
                public_service_name=view_of.public_service_name,
                status=view_of.status,
                submitted_at=view_of.submitted_at,
                case_file_number=view_of.case_file_number,
                step=view_of.step,
                appeal_until=view_of.appeal_until,
            )
        if body is None:
            return await well(request)
        return web.Response(text=body.model_dump_json(), content_type="application/json")

    return play


SENT = SubmittedForm(
    public_service_id="S001",
    form={"name_bn": "রহিমা খাতুন", "birth_order": 2},
    form_version=1,
    submitted_at=AT,
)
OFFICE = Text(bn="অঞ্চল-১", en="Zone 1")
DECIDED: dict[str, Any] = {
    "status": "approved",
    "case_file_number": "LGD-7",
    "office": OFFICE,
    "form_origin": "public_descriptions",
}


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (None, "has not written when and where"),
        (Text(bn="রবিবার নিন", en="Collect it on Sunday"), "Collect it on Sunday"),
    ],
)
async def test_after_the_decision_the_page_says_what_she_has_and_what_to_do(
    note: Text | None, said: str, unused_tcp_port: int
) -> None:
    """File number, the ministry's words or that there are none, and what she sent."""
    shown = application().model_copy(update={**DECIDED, "decision_note": note})
    async with portal(gateway_with(shown, SENT), unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
    assert page.status == 200
    for text in (said, "LGD-7", "Zone 1 Not confirmed", "রহিমা খাতুন", "not the official form"):
        assert text in page.text
    assert "The decision is on this page" in page.text
    assert "page of the application" not in page.text  # she is there


@pytest.mark.parametrize(
    ("prefix", "hours", "told"),
    [
        ("", 72, "মন্ত্রণালয়ের কাছে ৩ দিন, আমাদের কাছে ৪ সেকেন্ড।"),
        ("/en", 72, "3 days with the ministry, 4 seconds with us."),
        ("", None, "জমা থেকে সিদ্ধান্ত পর্যন্ত লেগেছে ৪ সেকেন্ড।"),
        ("/en", None, "From your click to the decision it took 4 seconds."),
    ],
)
async def test_a_citizen_is_told_how_long_it_was_with_whom(
    prefix: str, hours: int | None, told: str, unused_tcp_port: int
) -> None:
    """In her words; what was whose of a decision at once is not known, and not said."""
    shown = application(UUID(int=9)).model_copy(update=DECIDED)
    entry, at = shown.timeline[0], shown.submitted_at + timedelta(seconds=4)
    later = [entry.model_copy(update={"type": "application_received", "at": at})] if hours else []
    decided_at = at + timedelta(hours=hours or 0)
    decided = entry.model_copy(update={"type": "application_decided", "at": decided_at})
    shown = shown.model_copy(update={"timeline": [entry, *later, decided]})
    async with portal(gateway_with(shown, SENT), unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"{prefix}/applications/{NUMBER}")
    assert told in page.text


async def test_an_approval_without_a_file_number_names_none(unused_tcp_port: int) -> None:
    """A ministry may decide without having given one."""
    shown = application().model_copy(update={**DECIDED, "case_file_number": None})
    async with portal(gateway_with(shown, SENT), unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
    assert "Ask there with the tracking number" in page.text
    assert "file number" not in page.text


async def test_without_the_answers_the_rest_of_the_page_is_there(unused_tcp_port: int) -> None:
    """They may be erased, or not be read just now."""
    async with portal(gateway_with(application(), None), unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
    assert page.status == 200
    assert "Your answers cannot be shown now" in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("bn", ("রহিমা খাতুন", "জন্মের ৪৫ দিনের মধ্যে: লাগে না", "সরকারি ফরম নয়")),
        ("en", ("রহিমা খাতুন", "within 45 days of birth: none", "not an official form")),
    ],
)
async def test_the_confirmation_has_the_applicant_and_the_fee(
    language: str, said: tuple[str, ...], unused_tcp_port: int
) -> None:
    """And says that the form is not an official one."""
    async with portal(gateway_with(application(), SENT), unused_tcp_port) as scene:
        await logged_in(scene)
        prefix = "/en" if language == "en" else ""
        page = await scene.browser.open(f"{prefix}/applications/{NUMBER}/confirmation")
    assert page.status == 200
    for text in (NUMBER, *said):
        assert text in page.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"due_on": date(2026, 12, 20), "service_deadline_days": 3}, "20 December 2026"),
        (
            {"service_deadline_days": 30, "calendar_missing": 2027},
            "The calendar of 2027 is not published yet",
        ),
        ({"service_deadline_days": 30}, "The published time is 30 working days."),
        ({}, "There is no published time limit"),
    ],
)
async def test_a_time_limit_is_missing_only_where_there_is_none(
    fields: dict[str, Any], said: str, unused_tcp_port: int
) -> None:
    """A calendar that ends is another reason, and is said as such."""
    shown = application().model_copy(update=fields)
    async with portal(gateway_with(shown, SENT), unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
    assert said in page.text
    assert ("no published time limit" in page.text) is (not fields)


@pytest.mark.parametrize(
    ("field", "sent", "typed"),
    [("phone", "phone", "01712345678"), ("code", "tracking_code", "7k4m9 pxrt3")],
)
async def test_tracking_without_a_login_shows_the_file_number(
    field: str, sent: str, typed: str, unused_tcp_port: int
) -> None:
    """As the owner sees it, since the ministry asks for it; also with the code on paper."""
    shown = application().model_copy(update=DECIDED)
    tracked = gateway_with(shown, None)
    bodies: list[Any] = []

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/tracking":
            bodies.append(await request.json())
        return await tracked(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await scene.browser.open("/tracking")
        none = await scene.browser.send(page, page.form("number"), {"number": NUMBER})
        assert (none.status, bodies) == (422, [])
        numbers = {"number": NUMBER, field: typed}
        page = await scene.browser.send(page, page.form("number"), numbers)
    assert "LGD-৭" in page.text
    assert bodies[0][sent] == typed
    # who has a code has no login, and hears the decision at the centre
    assert (f"/applications/{NUMBER}" in page.links) is (field == "phone")
    assert ("উদ্যোক্তা তা জানেন" in page.text) is (field == "code")


@pytest.mark.parametrize(
    ("field", "until", "said"),
    [
        ("phone", date(2099, 1, 1), "on the page of the application"),
        ("code", date(2099, 1, 1), "with the uddokta at the service centre"),
        ("phone", date(2026, 1, 31), "The last day to object was 31 January 2026"),
    ],
)
async def test_where_to_object_is_said_to_whom_it_is_open(
    field: str, until: date, said: str, unused_tcp_port: int
) -> None:
    """Who has a code cannot log in; and after the last day nothing is offered."""
    shown = application().model_copy(update={"status": "refused", "appeal_until": until})
    ways = ("on the page of the application", "with the uddokta at", "day to object was")
    async with portal(gateway_with(shown, None), unused_tcp_port) as scene:
        page = await scene.browser.open("/en/tracking")
        typed = {"number": NUMBER, field: "01712345678" if field == "phone" else "7k4m9 pxrt3"}
        page = await scene.browser.send(page, page.form("number"), typed)
    assert said in page.text
    assert sum(way in page.text for way in ways) == 1


@pytest.mark.parametrize(
    ("step", "said", "unsaid"),
    [
        ({"waits_for": "office", "office": OFFICE}, ("Zone 1", "Not confirmed"), "your turn"),
        (
            {"waits_for": "payment", "until": date(2026, 12, 20), "is_sourced": True},
            ("It is your turn", "Last day of this step: 20 December 2026"),
            "Not confirmed",
        ),
    ],
)
async def test_a_step_says_whom_it_waits_for_where_and_by_when(
    step: dict[str, Any], said: Sequence[str], unsaid: str, unused_tcp_port: int
) -> None:
    """On her page, and without a login or a phone; what was not published is no promise."""
    reached = Step(name=Text(bn="যাচাই", en="Check of the papers"), **step)
    shown = application().model_copy(update={"status": "with_ministry", "step": reached})
    async with portal(gateway_with(shown, SENT), unused_tcp_port) as scene:
        tracking = await scene.browser.open("/en/tracking")
        typed = {"number": NUMBER, "phone": "01712345678"}
        tracked = await scene.browser.send(tracking, tracking.form("number"), typed)
        typed = {"number": NUMBER, "code": "7k4m9 pxrt3"}
        by_code = await scene.browser.send(tracking, tracking.form("number"), typed)
        await logged_in(scene)
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
        assert ("do not pay it again" in by_code.text) is (reached.waits_for == "payment")
        assert "do not pay it again" not in tracked.text
        for each in (page, tracked, by_code):
            box = each.text.split("What happens next")[1].split("Tracking number")[0]
            assert [text for text in ("Check of the papers", *said) if text not in box] == []
            assert unsaid not in box


@pytest.mark.parametrize("field", ["phone", "code"])
async def test_whoever_tracks_with_a_code_of_paper_is_promised_no_sms(
    field: str, unused_tcp_port: int
) -> None:
    """The citizen has no phone of her own; the uddokta tells her when it is decided."""
    async with portal(gateway_with(application(), None), unused_tcp_port) as scene:
        page = await scene.browser.open("/tracking")
        typed = {"number": NUMBER, field: "01712345678" if field == "phone" else "7k4m9 pxrt3"}
        page = await scene.browser.send(page, page.form("number"), typed)
    assert ("এসএমএস পাবেন" in page.text) is (field == "phone")
    assert ("উদ্যোক্তা আপনাকে বলবেন" in page.text) is (field == "code")


@pytest.mark.parametrize(
    ("looks", "english", "bangla"),
    [
        (
            [
                {
                    "on": "2026-12-02",
                    "office": {"bn": "আমতলী ইউনিয়ন", "en": "Amtali Union"},
                    "papers": 2,
                },
                {"on": "2026-12-01", "office": None},
            ],
            (
                "2 December 2026",
                "Amtali Union; papers opened: 2",
                "The name of the office is not known now",
            ),
            ("আমতলী ইউনিয়ন; ২টি কাগজ খুলেছে", "কার্যালয়ের নাম এখন জানা নেই"),
        ),
        ([], ("No office has opened it here",), ("কোনো কার্যালয় এখানে আবেদনটি খোলেনি",)),
    ],
)
async def test_a_citizen_sees_which_offices_opened_the_application(
    looks: list[Any], english: tuple[str, ...], bangla: tuple[str, ...], unused_tcp_port: int
) -> None:
    """Day by day; and that we do not know who did in a ministry's own system."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/applications/{NUMBER}/looks":
            return web.json_response({"items": looks})
        if request.path == f"/v1/applications/{NUMBER}":
            shown = application(UUID(int=9)).model_dump_json()
            return web.Response(text=shown, content_type="application/json")
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        for prefix, texts in (("", bangla), ("/en", english)):
            page = await scene.browser.open(f"{prefix}/applications/{NUMBER}/looks")
            assert page.status == 200
            for text in (*texts, "নিজের ব্যবস্থায়" if not prefix else "in a system of its own"):
                assert text in page.text
