"""What cannot be undone is asked before, and said afterwards, once."""

import json
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.applications import Status
from libs.ids import new_id
from tests.libs.pages.running import Scene
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import NEW, OLD, draft, logged_in, mandate, portal, well

DRAFT = "0190aaaa-0000-7000-8000-000000000001"


def deletions(scene: Scene) -> list[str]:
    """What the API was asked to delete."""
    return [each.path for each in scene.asked if each.method == "DELETE"]


async def with_draft(request: web.BaseRequest) -> web.Response:
    """A gateway with one draft, and details that can be deleted."""
    if request.method == "DELETE":
        return web.Response(status=204)
    if request.path == f"/v1/drafts/{DRAFT}":
        return draft(DRAFT)
    if request.path == "/v1/applications":
        return web.json_response({"items": [], "next": None})
    return await well(request)


@pytest.mark.parametrize(
    ("begins", "asks", "deletes"),
    [
        (f"/apply/S002/{DRAFT}", f"/apply/S002/{DRAFT}/deletion", f"/v1/drafts/{DRAFT}"),
        ("", "/profile/details/deletion", "/v1/me/details"),
    ],
)
async def test_a_deletion_is_asked_before_it_is_done(
    begins: str, asks: str, deletes: str, unused_tcp_port: int
) -> None:
    """The page that offers it has no button that does it."""
    async with portal(with_draft, unused_tcp_port) as scene:
        await logged_in(scene, "/help")
        if begins:
            page = await scene.browser.open(begins)
            assert asks in page.links
        question = await scene.browser.open(asks)
        assert deletions(scene) == []
        await scene.browser.send(question, question.form(action=asks))
        assert deletions(scene) == [deletes]


async def test_a_deleted_draft_is_said_to_be_deleted_once(unused_tcp_port: int) -> None:
    """On the page to which the deletion leads, and not on the next one."""
    async with portal(with_draft, unused_tcp_port) as scene:
        await logged_in(scene, "/help")
        question = await scene.browser.open(f"/apply/S002/{DRAFT}/deletion")
        page = await scene.browser.send(question, question.form(action="/deletion"))
        assert (page.path, "খসড়াটি মুছে ফেলা হয়েছে" in page.text) == ("/applications", True)
        assert "মুছে ফেলা হয়েছে" not in (await scene.browser.open("/applications")).text


@pytest.mark.parametrize(
    ("state", "status", "is_left"),
    [
        ("active", None, True),
        ("used", "with_ministry", True),
        ("used", "approved", False),
        ("used", "withdrawn", False),
        ("revoked", None, False),
    ],
)
async def test_a_helper_is_stopped_after_a_question_and_only_where_something_is_left(
    state: str, status: Status | None, is_left: bool, unused_tcp_port: int
) -> None:
    """A decided application has no helper to stop, and no withdrawal is offered for it."""
    helper = mandate(NEW) | {"state": state, "tracking_number": NUMBER if status else None}

    async def play(request: web.BaseRequest) -> web.Response:
        match request.path:
            case "/v1/me/mandates":
                return _json({"items": [helper], "next": None})
            case path if path.endswith("/revocation"):
                stopped = {"state": "revoked", "withdraw_at": "/v1/…" if status else None}
                return _json(helper | stopped)
            case path if path == f"/v1/applications/{NUMBER}" and status:
                shown = application(new_id()).model_copy(update={"status": status})
                return web.json_response(text=shown.model_dump_json())
            case _:
                return await well(request)

    asks = f"/helpers/{NEW}/stop"
    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
        assert (asks in page.links) is is_left
        question = await scene.browser.open(asks)
        assert question.path == (asks if is_left else "/helpers")
        assert not [each for each in scene.asked if each.path.endswith("/revocation")]
        if is_left:
            page = await scene.browser.send(question, question.form(action=asks))
            assert page.path == "/helpers"
            withdrawal = f"/applications/{NUMBER}/withdrawal"
            assert (withdrawal in page.links) is (status is not None)


async def test_a_consent_to_a_correction_that_was_not_sent_is_stopped_alone(
    unused_tcp_port: int,
) -> None:
    """The helper still sees the application: that ends with the mandate of the application."""
    consent = mandate(NEW) | {"state": "active", "tracking_number": NUMBER, "corrects": OLD}

    async def play(request: web.BaseRequest) -> web.Response:
        match request.path:
            case "/v1/me/mandates":
                return _json({"items": [consent], "next": None})
            case path if path.endswith("/revocation"):
                return _json(consent | {"state": "revoked", "withdraw_at": None})
            case _:
                return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene, "/helpers")
        question = await scene.browser.open(f"/helpers/{NEW}/stop")
        page = await scene.browser.send(question, question.form(action="/stop"))
        assert "এই সম্মতিতে আর কিছু জমা দেওয়া যাবে না" in page.text
        assert "আর আবেদনটি দেখবেন না" not in page.text


def _json(content: dict[str, Any]) -> web.Response:
    return web.json_response(text=json.dumps(content))
