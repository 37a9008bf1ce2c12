"""Pages of accounts and proposals, against an API that is played."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from libs.contracts.accounts import ProposalApproved, ProposalList, ProposalView
from libs.contracts.centres import CentreList, UddoktaAdded
from libs.contracts.mandates import CentreFiguresList
from libs.ids import new_id
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import UDDOKTA, answer, play
from tests.services.desk.running import desk, log_in

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
MINE, OTHERS = new_id(), new_id()
PASSWORD, ADDRESS = "begin-with-this", "otpauth://totp/rahim?secret=S"


def proposal(proposal_id: UUID, *, is_mine: bool) -> ProposalView:
    return ProposalView(
        proposal_id=proposal_id,
        kind="new_password",
        username="rahim",
        reason="seen in person",
        proposed_by="salma",
        proposed_at=AT,
        is_mine=is_mine,
    )


WAITING = ProposalList(items=[proposal(MINE, is_mine=True), proposal(OTHERS, is_mine=False)])
APPROVED = ProposalApproved(
    **proposal(OTHERS, is_mine=False).model_dump(), initial_password=PASSWORD
)


def playing(seen: list[Any]) -> Play:
    """An API of the programme; what was posted to it is kept."""
    added = UddoktaAdded(
        **UDDOKTA.model_dump(), initial_password=PASSWORD, authenticator_address=ADDRESS
    )
    answers = {
        ("GET", "/v1/centres-figures"): CentreFiguresList(items=[]),
        ("GET", "/v1/centres"): CentreList(items=[]),
        ("GET", "/v1/proposals"): WAITING,
        ("POST", "/v1/proposals"): proposal(MINE, is_mine=True),
        ("POST", f"/v1/proposals/{OTHERS}/approval"): APPROVED,
        ("POST", f"/v1/proposals/{MINE}/rejection"): proposal(MINE, is_mine=True),
        ("POST", "/v1/uddoktas"): added,
    }

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = answers.get((request.method, request.path))
        if found is None:
            return await play(request)
        if request.method == "POST":
            seen.append((request.path, await request.text()))
        return answer(found.model_dump_json())

    return answering


async def test_what_waits_is_told_on_the_first_page(unused_tcp_port: int) -> None:
    """With its number, and a way to the list; what I proposed can only be taken back."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme")
        assert "২টি প্রস্তাব অনুমোদনের অপেক্ষায়" in page.text
        assert "/programme/proposals" in page.links
        page = await scene.browser.open("/programme/proposals")
        mine = page.form(action=f"/programme/proposals/{MINE}")
        others = page.form(action=f"/programme/proposals/{OTHERS}")
        assert mine.buttons == {"action": ["reject"]}
        assert others.buttons == {"action": ["approve", "reject"]}


async def test_an_approved_password_is_shown_once(unused_tcp_port: int) -> None:
    """After the redirect, so that a reload approves nothing; then it is gone."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/proposals")
        form = page.form(action=f"/programme/proposals/{OTHERS}")
        shown = await scene.browser.send(page, form, {"action": "approve"})
        assert (shown.path, PASSWORD in shown.text) == ("/programme/shown", True)
        again = await scene.browser.open("/programme/shown")
        assert PASSWORD not in again.html
        page = await scene.browser.open("/programme/proposals")
        form = page.form(action=f"/programme/proposals/{MINE}")
        page = await scene.browser.send(page, form, {"action": "reject"})
        assert page.path == "/programme/proposals"
    assert [path.rpartition("/")[2] for path, _ in seen] == ["approval", "rejection"]


async def test_a_password_that_was_not_looked_at_is_shown_to_nobody_else(
    unused_tcp_port: int,
) -> None:
    """The page after the approval did not come, and somebody else works in this browser."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/proposals")
        form = page.form(action=f"/programme/proposals/{OTHERS}")
        cookies = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        reply = await scene.http.post(
            scene.url + form.action,
            data={**form.fields, "action": "approve"},
            headers={"cookie": cookies},
            allow_redirects=False,
        )
        assert (reply.status, reply.headers["location"]) == (303, "/programme/shown")
        for name, morsel in reply.cookies.items():
            scene.browser.cookies[name] = morsel.value
        await log_in(scene, "karim")
        assert PASSWORD not in (await scene.browser.open("/programme/shown")).html
        await log_in(scene)
        assert PASSWORD not in (await scene.browser.open("/programme/shown")).html


async def test_an_account_is_opened_and_a_new_beginning_is_proposed(unused_tcp_port: int) -> None:
    """What was typed reaches the API as it takes it; one of the programme is only proposed."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        browser = scene.browser
        page = await browser.open("/programme/new/uddokta")
        typed = {"username": "rahim", "first_name_bn": "রহিম", "first_name_en": "Rahim"}
        shown = await browser.send(page, page.form("username"), typed)
        assert (shown.path, ADDRESS in shown.text) == ("/programme/shown", True)
        page = await browser.open("/programme/new/programme")
        typed = {"username": "mina", "reason": "new colleague"}
        page = await browser.send(page, page.form("username"), typed)
        assert page.path == "/programme/proposals"
        page = await browser.open("/programme/accounts/rahim")
        typed = {"kind": "new_app", "reason": "lost phone"}
        page = await browser.send(page, page.form("reason"), typed)
        assert page.path == "/programme/proposals"
    made, new, again = (json.loads(body) for _, body in seen)
    assert made["first_name"] == {"bn": "রহিম", "en": "Rahim"}
    assert new == {"kind": "programme_account", "username": "mina", "reason": "new colleague"}
    assert again == {"kind": "new_app", "username": "rahim", "reason": "lost phone"}
