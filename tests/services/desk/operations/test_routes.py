"""Pages of operators, before a played API: each service a list, and a gap where none answers."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from pydantic import BaseModel

from libs.contracts.dead_letters import (
    DeadLetterContent,
    DeadLetterList,
    DeadLetterView,
    Failure,
    Header,
    Journal,
    JournalEntry,
    ReplayReport,
    SelectedDeadLetters,
)
from libs.contracts.ministries import MinistryStatusDetails, MinistryStatusList
from libs.contracts.ministry_operations import (
    ConnectionState,
    ConnectionStates,
    EscalationList,
    EscalationView,
    WaitingDeliveryView,
    WorkList,
)
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.programme.scenes import AT
from tests.services.desk.running import desk, log_in, refused

SERVICE = "/v1/operations/notifications"
LETTERS = "/operations/notifications/dead-letters"
SYSTEM = "/operations/systems/lgd"
LETTER = DeadLetterView(
    dead_letter_id=17,
    service="notifications",
    job_type="send",
    destination="sms",
    reason="unavailable.timeout",
    detail="no answer in 5 s",
    attempts=9,
    first_seen_at=AT,
    last_seen_at=AT,
    age_s=60,
    owner="sms",
    blocks=False,
    blocked_count=0,
)
CONTENT = DeadLetterContent(
    dead_letter=LETTER, headers=[Header(name="ce_id", value="1")], job={"to": "+880171"}
)
STATUS = MinistryStatusDetails(
    ministry="lgd",
    state="down",
    trouble="not_admitted",
    since=AT,
    waiting=3,
    oldest_waiting_since=AT,
    oldest_delivery_id=None,
    attempts=4,
    last_failure="401",
    next_attempt_at=AT,
    calls=[],
    outages=[],
    hours=None,
    calls_at_once=None,
    calls_per_s=None,
    measured_at=AT,
)
STATE = ConnectionState(
    ministry="lgd",
    version=2,
    is_default=False,
    is_stopped=False,
    reason="they moved",
    set_by="operator:rafiq",
    set_at=AT,
)
DELIVERY = WaitingDeliveryView(
    delivery_id=UUID(int=4),
    tracking_number="NS-7K4M9-PXRT3-HC2D3",
    public_service_id="S001",
    kind="made",
    planned_at=AT,
    attempts=4,
    last_failure="401",
    next_attempt_at=None,
    unconfirmed_at=AT,
)
ESCALATION = EscalationView(
    ministry="lgd",
    level=1,
    waiting_since=AT,
    opened_at=AT,
    post=None,
    name=None,
    email=None,
)
COUNTED = ReplayReport(
    selected=[
        SelectedDeadLetters(
            source="send",
            destination="sms",
            reason="unavailable",
            number=41,
            first_failed_at=AT,
            last_failed_at=AT,
        )
    ],
    settled=[],
    failed=[],
    blocked=[],
)
DONE = ReplayReport(settled=[17], failed=[Failure(dead_letter_id=18, reason="defect")], blocked=[])
ENTRY = JournalEntry(
    entry_no=1, at=AT, actor="staff:rafiq", action="replay", dead_letter_id=17, why="mended"
)
ANSWERS: dict[tuple[str, str], BaseModel] = {
    ("GET", "/v1/operations/status"): MinistryStatusList(items=[STATUS]),
    ("GET", "/v1/operations/escalations"): EscalationList(items=[ESCALATION]),
    ("GET", f"{SERVICE}/dead-letters"): DeadLetterList(items=[LETTER], next=17),
    ("GET", f"{SERVICE}/dead-letters/17"): LETTER,
    ("GET", f"{SERVICE}/journal"): Journal(items=[ENTRY], next=1),
    ("POST", f"{SERVICE}/looks"): CONTENT,
    ("POST", f"{SERVICE}/settlements"): DONE,
    ("POST", f"{SERVICE}/replays"): DONE,
    ("GET", "/v1/operations/connections/lgd"): ConnectionStates(items=[STATE]),
    ("POST", "/v1/operations/connections/lgd/state"): STATE,
    ("GET", "/v1/operations/waiting-deliveries/lgd"): WorkList(items=[DELIVERY], next=None),
}


def playing(seen: list[Any], *roles: str, refusal: str | None = None) -> Play:
    """An API of which only notifications and ministries answer; what is posted is kept."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "device", "roles": roles})
        if request.method == "POST":
            seen.append((request.path, json.loads(await request.text())))
            if refusal:
                return refused(refusal)
            if seen[-1][1].get("dry_run"):
                return answer(COUNTED.model_dump_json())
        found = ANSWERS.get((request.method, request.path))
        if found is None and request.method == "POST":
            return web.Response(status=204)
        return answer(found.model_dump_json()) if found else refused("service_not_reached")

    return answering


async def test_what_does_not_work_is_on_one_page(unused_tcp_port: int) -> None:
    """Who has to know, what waits, which service has dead letters; a silent one is a gap."""
    async with desk(playing([], "operator"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/operations")
        assert "does not let us in" in page.text
        assert "nobody is named: ask the ministry" in page.text
        assert {f"/en{SYSTEM}", f"/en{LETTERS}"} <= set(page.links)
        assert page.text.count("does not answer") > 1


async def test_a_viewer_has_the_letters_only(unused_tcp_port: int) -> None:
    """Systems are the operators'; the content is shown to the viewer, and stays nowhere."""
    seen: list[Any] = []
    async with desk(playing(seen, "dead_letter_viewer"), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert page.path == "/operations"
        assert SYSTEM not in page.links
        page = await scene.browser.open(f"{LETTERS}/17")
        form = page.form("why")
        assert form.buttons == {"action": ["look"]}
        content = await scene.browser.send(page, form, {"why": "ticket 4711", "action": "look"})
        assert "+880171" in content.text
        assert content.headers["cache-control"] == "no-store"
    assert seen == [(f"{SERVICE}/looks", {"dead_letter_id": 17, "why": "ticket 4711"})]


@pytest.mark.parametrize(
    ("action", "path", "body"),
    [
        ("replay", f"{SERVICE}/replays", {"ids": [17], "why": "mended"}),
        ("settle", f"{SERVICE}/settlements", {"ids": [17], "why": "mended"}),
    ],
)
async def test_a_letter_is_replayed_or_settled_with_a_reason(
    action: str, path: str, body: Any, unused_tcp_port: int
) -> None:
    """The next page says what came of it; a reload of it does nothing again."""
    seen: list[Any] = []
    async with desk(playing(seen, "operator"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"{LETTERS}/17")
        assert page.form("why").buttons == {"action": ["replay", "settle"]}
        typed = {"why": "mended", "action": action}
        after = await scene.browser.send(page, page.form("why"), typed)
        assert (after.path, "18: defect" in after.text) == (LETTERS, True)
        assert "18: defect" not in (await scene.browser.open(LETTERS)).text
        scene.play = playing([], "operator", refusal="wrong_shape")
        wrong = await scene.browser.send(page, page.form("why"), {**typed, "why": ""})
        assert (wrong.status, 'id="why-error"' in wrong.html) == (422, True)
    assert seen == [(path, body)]


async def test_a_selection_is_counted_before_it_is_replayed(unused_tcp_port: int) -> None:
    """By reason and destination, which the list shows; without one there is no such button."""
    seen: list[Any] = []
    async with desk(playing(seen, "operator"), unused_tcp_port) as scene:
        await log_in(scene)
        assert 'name="count"' not in (await scene.browser.open(LETTERS)).html
        page = await scene.browser.open(f"/en{LETTERS}?destination=sms")
        form = page.form("why")
        typed = {"why": "the provider is back"}
        counted = await scene.browser.send(page, form, {**typed, "count": "yes"})
        assert "send → sms, unavailable" in counted.text
        assert "41" in counted.text
        done = await scene.browser.send(counted, counted.form("why"), {**typed, "replay": "yes"})
        assert "Settled: 1; failed again: 1" in done.text
    wanted = {"destination": "sms", **typed}
    assert seen == [
        (f"{SERVICE}/replays", {**wanted, "dry_run": True}),
        (f"{SERVICE}/replays", {**wanted, "dry_run": False}),
    ]


@pytest.mark.parametrize(
    ("typed", "path", "body"),
    [
        (
            {"action": "stop"},
            "/v1/operations/connections/lgd/state",
            {"version": 2, "is_stopped": True, "reason": "they move"},
        ),
        (
            {"action": "try"},
            "/v1/operations/attempts",
            {"ministry": "lgd", "why": "they move"},
        ),
        (
            {"action": "settle", f"delivery-{DELIVERY.delivery_id}": "yes", "delivery-x": "yes"},
            "/v1/operations/settled-deliveries",
            {"delivery_ids": [str(DELIVERY.delivery_id)], "why": "they move"},
        ),
    ],
)
async def test_a_system_is_stopped_and_what_waits_is_tried_or_closed(
    typed: dict[str, str], path: str, body: Any, unused_tcp_port: int
) -> None:
    """Each with a reason, which stands in the journal; what is wrong is said at its field."""
    seen: list[Any] = []
    async with desk(playing(seen, "operator"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(SYSTEM)
        assert "NS-7K4M9-PXRT3-HC2D3" in page.text
        [form] = [form for form in page.forms if typed["action"] in form.buttons.get("action", ())]
        after = await scene.browser.send(page, form, {**typed, "why": "they move"})
        assert (after.status, after.path) == (200, SYSTEM)
        scene.play = playing([], "operator", refusal="wrong_shape")
        wrong = await scene.browser.send(page, form, {**typed, "why": ""})
        assert wrong.status == 422
        assert f'id="why-{typed["action"]}-error"' in wrong.html
    assert seen == [(path, body)]


async def test_who_did_what_is_read(unused_tcp_port: int) -> None:
    """The newest first, and on; of a service that is none there is no page."""
    async with desk(playing([], "operator"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/operations/notifications/journal")
        assert "replayed: 17" in page.text
        assert "/en/operations/notifications/journal?after=1" in page.links
        assert (await scene.browser.open("/operations/kitchen/dead-letters")).status == 404
        assert (await scene.browser.open("/operations/systems/kitchen")).status == 404
