"""After the decision a citizen says how it went, once."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.feedback import FEWEST_SHOWN, FeedbackCounts, MonthOfFeedback
from tests.libs.pages.running import Play
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import logged_in, portal, well

PAGE = f"/applications/{NUMBER}/feedback"


def gateway(given: list[dict[str, Any]], status: str = "approved") -> Play:
    """An API that keeps feedback on one application as ours does."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/applications/{NUMBER}":
            shown = application(UUID(int=9)).model_copy(update={"status": status})
            return web.json_response(text=shown.model_dump_json())
        if request.path != f"/v1{PAGE}":
            return await well(request)
        if request.method == "POST":
            body = json.loads(await request.read())
            if "rating" not in body:
                error = {"pointer": "/rating", "code": "required", "message": "?"}
                return problem("invalid", 422, [error])
            given.append(body)
        if not given:
            return problem("feedback_not_given", 404)
        return web.json_response({**given[0], "given_at": "2026-12-16T00:00:00Z"})

    return play


def problem(code: str, status: int, errors: list[dict[str, str]] | None = None) -> web.Response:
    """A refusal of the API."""
    body = {"type": f"/problems/{code}", "title": "", "detail": "", "status": status}
    return web.json_response(body | {"errors": errors or []}, status=status)


async def test_what_was_said_is_sent_and_shown_again(unused_tcp_port: int) -> None:
    """Bangla digits are read; the page shows then what was said, and asks no more."""
    given: list[dict[str, Any]] = []
    async with portal(gateway(given), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        assert "মন্ত্রণালয়ের ফোকাল পয়েন্ট" in page.text
        assert "শুধু কর্মসূচির লোকেরা" not in page.text
        said = {"rating": "2", "visits": "৩", "asked_for_more": "yes", "comment": "ধীর"}
        page = await scene.browser.send(page, page.form("rating"), said)
        kept = {"rating": 2, "visits": 3, "asked_for_more": True, "comment": "ধীর"}
        assert given == [{**kept, "for_ministry": True}]
        assert page.status == 200
        for text in ("খারাপ", "৩", "হ্যাঁ", "ধীর", "১০৬"):
            assert text in page.text
        assert not [form for form in page.forms if "rating" in form.controls]


async def test_what_was_not_asked_for_is_not_sent(unused_tcp_port: int) -> None:
    """A rating alone is enough."""
    given: list[dict[str, Any]] = []
    async with portal(gateway(given), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        await scene.browser.send(page, page.form("rating"), {"rating": "5"})
    assert given == [{"rating": 5, "for_ministry": True}]


async def test_a_form_that_promised_the_programmes_staff_only_is_kept_so(
    unused_tcp_port: int,
) -> None:
    """One that was opened before the page said that a ministry reads it, too."""
    given: list[dict[str, Any]] = []
    async with portal(gateway(given), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        await scene.browser.send(page, page.form("rating"), {"rating": "5", "told": ""})
    assert given == [{"rating": 5, "for_ministry": False}]


async def test_without_a_rating_the_page_asks_for_it_and_keeps_the_rest(
    unused_tcp_port: int,
) -> None:
    """The error stands at its question, and names it."""
    given: list[dict[str, Any]] = []
    async with portal(gateway(given), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        page = await scene.browser.send(page, page.form("rating"), {"comment": "ধীর"})
        assert page.status == 422
        assert "“কাজটি কেমন হলো?” থেকে একটি বেছে নিন।" in page.text
        assert page.form("rating").fields["comment"] == "ধীর"
    assert given == []


@pytest.mark.parametrize("status", ["with_ministry", "withdrawn", "lapsed"])
async def test_nothing_is_asked_where_nobody_decided(status: str, unused_tcp_port: int) -> None:
    """The page leads to the application."""
    async with portal(gateway([], status), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        assert page.path == f"/applications/{NUMBER}"


@pytest.mark.parametrize("has_months", [True, False])
async def test_everybody_reads_how_it_went_for_others(
    has_months: bool, unused_tcp_port: int
) -> None:
    """What is not shown is said to be unknown, without a login."""
    month = MonthOfFeedback(month="2026-10", count=7, mean=3.9, ratings={}, visits=1.5)
    counts = FeedbackCounts(public_service_id="S001", months=[month] if has_months else [])

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/services/S001/feedback":
            return web.json_response(text=counts.model_dump_json())
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/services/S001/feedback")
        assert page.status == 200
        shown = ("2026-10", "3.9", "1.5", "not known") if has_months else ("did 5 people say so",)
        for text in shown:
            assert text in page.text


async def test_the_page_on_privacy_says_who_reads_what_is_said(unused_tcp_port: int) -> None:
    """And below how many people no number is shown."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/privacy")
    assert "read by the programme's staff, and after the month, if five or more wrote" in page.text
    assert f"fewer than {FEWEST_SHOWN} people" in page.text
