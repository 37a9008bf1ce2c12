"""The pages of a journey: in both languages, with gaps, and without what nobody may see."""

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from importlib import resources
from typing import Any, get_args

import pytest
from aiohttp import web

from libs.contracts.applications import ApplicationChange, Outcome, Status
from libs.contracts.journeys import JourneyPart
from libs.workflows.events import Event as CaseEvent
from services.desk.journeys.journey import WaitName, Whose
from services.desk.journeys.rules import SERVICES
from tests.libs.pages.running import Play
from tests.services.desk.journeys.scenes import (
    APPLICATION,
    DELIVERY,
    NUMBER,
    decided_parts,
    failed,
    opened,
    step,
)
from tests.services.desk.journeys.scenes import part as part_of
from tests.services.desk.running import desk, log_in


def problem(code: str, status: int) -> web.Response:
    """A refusal of the API."""
    text = f'{{"type":"/problems/{code}","title":"{code}","status":{status},"detail":"{code}"}}'
    return web.Response(status=status, text=text, content_type="application/problem+json")


def playing(
    parts: Mapping[str, JourneyPart | web.Response],
    *,
    role: str = "helpline",
    asked: list[str] | None = None,
    expires_in_s: int = 900,
) -> Play:
    """An API whose services answer with these parts."""

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path in {"/v1/staff/login", "/v1/login/refresh"}:
            life_s = expires_in_s if request.path == "/v1/staff/login" else 900
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": life_s}
            return web.json_response({**tokens, "device_token": "device", "roles": [role]})
        if asked is not None:
            asked.append(request.path_qs)
        service = request.path.split("/")[3]
        found = parts.get(service, problem("service_not_reached", 503))
        if isinstance(found, web.Response):
            return found
        return web.json_response(text=found.model_dump_json())

    return play


@pytest.mark.parametrize("role", ["helpline", "operator"])
async def test_their_first_page_asks_for_a_number(role: str, unused_tcp_port: int) -> None:
    """And leads to where the application is."""
    async with desk(playing(decided_parts(), role=role), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert page.path == "/journeys"
        page = await scene.browser.send(page, page.form("number"), {"number": NUMBER.lower()})
        assert page.path == f"/journeys/{NUMBER}"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("bn", ("মঞ্জুর", "মন্ত্রণালয়ের সময়", "১ মিনিট ৩৭ সেকেন্ড", "পড়ার অপেক্ষা")),
        (
            "en",
            ("Approved", "The ministry's time", "1 minute 37 seconds", "Waits to be read"),
        ),
    ],
)
async def test_a_journey_is_drawn_and_told(
    language: str, shown: tuple[str, ...], unused_tcp_port: int
) -> None:
    """As bars and as a table."""
    async with desk(playing(decided_parts()), unused_tcp_port) as scene:
        await log_in(scene)
        prefix = "/en" if language == "en" else ""
        page = await scene.browser.open(f"{prefix}/journeys/{NUMBER}")
    for words in shown:
        assert words in page.text
    assert page.html.count("<rect") == 12 + 4


@pytest.mark.parametrize("status", get_args(Status))
async def test_an_application_is_shown_however_it_stands(status: str, unused_tcp_port: int) -> None:
    """Its status is in words."""
    async with desk(playing(decided_parts({"status": status})), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    assert page.status == 200
    assert f">{status}<" not in page.html


def type_of(event: type) -> str:
    """The type of a case's event, as a history has it."""
    return next(str(field.default) for field in fields(event) if field.name == "type")


def test_every_code_has_words() -> None:
    """One that has none would be shown as it is, or end the page."""
    template = resources.files("services.desk.journeys") / "templates" / "journey_words.html"
    said = set(re.findall(r'"([a-z_]+)": \("', template.read_text(encoding="utf-8")))
    changes = {made.type for made in ApplicationChange.__subclasses__()} - {"application_decided"}
    codes = {*get_args(WaitName), *get_args(Whose), *get_args(Status), *changes, *SERVICES}
    happened = {type_of(kind) for kind in get_args(CaseEvent)} - {"entered"}
    assert codes | happened | set(get_args(Outcome)) <= said


async def test_a_case_is_drawn_and_told(unused_tcp_port: int) -> None:
    """Whose turn it was, in words; codes of its workflow as they are."""
    parts = decided_parts({"adapter": "desk", "status": "with_ministry"}, deliveries=[])
    parts["cases"] = part_of("cases", opened(), step("acted", 50, "payment", reason="confirm"))
    async with desk(playing(parts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    for words in ("The case was opened", "An officer acted", "confirm", "Waits for the payment"):
        assert words in page.text


@pytest.mark.parametrize("away", ["applications", "ministries", "notifications"])
async def test_a_service_that_is_away_is_named(away: str, unused_tcp_port: int) -> None:
    """The rest of the journey is shown, and the page can be asked for again."""
    parts = dict(decided_parts())
    del parts[away]
    async with desk(playing(parts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    assert page.status == 200
    assert f"{away} did not answer" in page.text
    assert "<table" in page.html


async def test_all_services_away_are_four_gaps(unused_tcp_port: int) -> None:
    """Nothing is said about the application."""
    async with desk(playing({}), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    assert page.text.count("did not answer") == 4
    assert "There is no application" not in page.text


async def test_an_unknown_number_is_told_so(unused_tcp_port: int) -> None:
    """By the service that owns applications."""
    nothing = {name: part_of(name) for name in decided_parts()}
    async with desk(playing(nothing), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    assert "There is no application with this number" in page.text


@pytest.mark.parametrize("typed", ["NS-7K4M9-PXRT3-HC2D4", "<b>1</b>", "১" * 200, "../programme"])
async def test_what_is_no_number_of_ours_is_said_before_anybody_is_asked(
    typed: str, unused_tcp_port: int
) -> None:
    """The field keeps it, as text."""
    asked: list[str] = []
    async with desk(playing(decided_parts(), asked=asked), unused_tcp_port) as scene:
        page = await log_in(scene)
        page = await scene.browser.send(page, page.form("number"), {"number": typed})
        assert (page.status, asked) == (422, [])
        assert page.form("number").fields["number"] == typed[:60]
        assert "<b>1" not in page.html
        assert (await scene.browser.open("/journeys/NS-1")).status == 422
    assert asked == []


async def test_a_service_that_knows_no_such_number_is_asked_by_the_application(
    unused_tcp_port: int,
) -> None:
    """So a dead letter of what it could not store is found."""
    asked: list[str] = []
    parts = dict(decided_parts())
    parts["ministries"] = part_of("ministries", dead_letters=[failed(DELIVERY, 5)])
    async with desk(playing(parts, asked=asked), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/journeys/{NUMBER}")
    again = [path for path in asked if "application_id" in path]
    assert again == [f"/v1/operations/ministries/journeys/{NUMBER}?application_id={APPLICATION}"]
    assert "refused.by_ministry" in page.text
    assert "an operator has to act" in page.text


async def test_whoever_has_no_such_role_is_told_so(unused_tcp_port: int) -> None:
    """It is not a gap."""
    refused = {name: partial(problem, "role_missing", 403)() for name in decided_parts()}
    async with desk(playing(refused, role="officer"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/journeys/{NUMBER}")
    assert page.status == 403


async def test_a_token_that_ends_is_renewed_once_for_all_parts(unused_tcp_port: int) -> None:
    """A refresh token that comes twice would end the session."""
    play: Any = playing(decided_parts(), expires_in_s=10)
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/journeys/{NUMBER}")
        assert page.status == 200
    assert [request.path for request in scene.asked].count("/v1/login/refresh") == 1
