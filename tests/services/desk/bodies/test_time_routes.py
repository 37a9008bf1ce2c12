"""The page about the time of a body, against an API that is played."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.accounts import AccountList, AccountView
from libs.contracts.programme import (
    ExtensionProposal,
    ExtensionProposalList,
    ReminderList,
    ReminderView,
    SuperiorView,
)
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import AT, DETAILS
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in

API = "/v1/programme/bodies/minland"
PAGE = "/en/programme/bodies/minland/time"
ACT = UUID(int=9)
PROPOSAL = ExtensionProposal(
    act_id=ACT,
    body="minland",
    step="list",
    due_on=AT.date(),
    reason="letter 05.00",
    proposed_by=UUID(int=7),
    proposed_at=AT,
    state="waiting",
)
TOLD = ReminderList(
    unknown_year=2027,
    items=[
        ReminderView(
            step="list",
            due_on=AT.date(),
            rung=rung,
            planned_at=AT,
            mailed_at=AT if sent else None,
            told=told,
            ended=False,
        )
        for rung, told, sent in (
            ("secretary", None, False),
            ("joint_secretary", "JS (Admin)", True),
        )
    ],
    superiors=[
        SuperiorView(
            superior="joint_secretary",
            post="JS (Admin)",
            mail="js@example.gov.bd",
            evidence="letter 03.00",
            set_at=AT,
        )
    ],
)
ANSWERS: Mapping[tuple[str, str], BaseModel] = {
    ("GET", API): DETAILS,
    ("GET", f"{API}/reminders"): TOLD,
    ("GET", f"{API}/extensions"): ExtensionProposalList(items=[PROPOSAL]),
    ("POST", f"{API}/extensions"): PROPOSAL,
    ("POST", f"/v1/programme/extensions/{ACT}/approval"): PROPOSAL,
    ("POST", f"/v1/programme/extensions/{ACT}/rejection"): PROPOSAL,
    ("PUT", f"{API}/superiors/secretary"): TOLD,
}


def playing(seen: list[Any], *, refused: bool = False) -> Play:
    """The API; what was sent to it is kept."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = ANSWERS.get((request.method, request.path))
        if found is None:
            return await play(request)
        if request.method != "GET":
            text = await request.text()
            seen.append((request.path, json.loads(text) if text else None))
            if refused:
                problem = {"type": "/problems/second_person_needed", "title": "-", "status": 403}
                kind = "application/problem+json"
                body = {**problem, "detail": "Another person"}
                return web.json_response(body, status=403, content_type=kind)
        return answer(found.model_dump_json())

    return answering


async def test_the_page_says_who_was_told_and_where_no_address_is_known(
    unused_tcp_port: int,
) -> None:
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    for words in (
        "no address is known, so it was not sent",
        "JS (Admin)",
        "mailed on",
        "5 working days after, to the joint secretary",
        "js@example.gov.bd",
        "letter 05.00",
        "The holidays of 2027 are not published",
    ):
        assert words in page.text


async def test_longer_is_proposed_given_and_rejected_and_a_post_is_set(
    unused_tcp_port: int,
) -> None:
    """Each form sends what the API takes."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        typed = {"step": "list", "due_on": "2026-07-10", "reason": "letter"}
        page = await scene.browser.send(page, page.form("due_on"), typed)
        await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
        rejected = {"action": "reject", "rejection": "no"}
        await scene.browser.send(page, page.form("rejection"), rejected)
        post = {"superior": "secretary", "post": "S", "mail": "s@x.bd", "evidence": "letter"}
        await scene.browser.send(page, page.form("mail"), post)
    path = f"/v1/programme/extensions/{ACT}"
    assert seen == [
        (f"{API}/extensions", typed),
        (f"{path}/approval", None),
        (f"{path}/rejection", {"reason": "no"}),
        (f"{API}/superiors/secretary", {"post": "S", "mail": "s@x.bd", "evidence": "letter"}),
    ]


async def test_a_refusal_is_shown_on_the_page(unused_tcp_port: int) -> None:
    """Whoever proposed it cannot give it."""
    async with desk(playing([], refused=True), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
    assert (page.status, "Another person" in page.text) == (403, True)


async def test_whoever_proposed_longer_can_only_take_it_back(unused_tcp_port: int) -> None:
    """As another person has to give it."""
    account = AccountView(
        staff_id=PROPOSAL.proposed_by, username="rahim", roles=["programme"], active=True
    )

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff":
            return answer(AccountList(items=[account]).model_dump_json())
        return await playing([])(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    words = ("you proposed it", "Take it back", "Give it")
    assert [word in page.text for word in words] == [True, True, False]
