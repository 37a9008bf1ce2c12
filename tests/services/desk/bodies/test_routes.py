"""Pages about bodies, against an API that is played."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.accounts import AccountList, AccountView
from libs.contracts.programme import (
    BodyPage,
)
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import (
    DETAILS,
    FACT,
    LATE,
    LETTER,
    SALMA,
    summary,
)
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in

PAGE = "/programme/bodies/minland"


OTHERS = [
    summary("mof", owes_list=False, answered_by=["fd", "ird"], rank=None),
    summary("mopa", replaced_by="minland", rank=None),
]
ACCOUNTS = AccountList(
    items=[AccountView(staff_id=SALMA, username="salma", roles=["programme"], active=True)]
)
ANSWERS: Mapping[tuple[str, str], BaseModel] = {
    ("GET", "/v1/programme/bodies"): BodyPage(
        items=[LATE, *OTHERS], owing=52, bodies=66, next="mopa"
    ),
    ("GET", "/v1/programme/bodies/minland"): DETAILS,
    ("GET", "/v1/staff"): ACCOUNTS,
    ("POST", "/v1/programme/bodies/minland/facts"): LETTER,
}
PROBLEM = {
    "type": "/problems/due_before_letter",
    "title": "-",
    "status": 422,
    "detail": "-",
    "errors": [{"pointer": "/due_on", "code": "due_before_letter", "message": "A later day"}],
}


def playing(seen: list[Any], *, refused: bool = False, role: str = "programme") -> Play:
    """The API, at which somebody with a role logs in; what was posted to it is kept."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "device", "roles": [role]})
        found = ANSWERS.get((request.method, request.path))
        if found is None:
            return await play(request)
        if request.method == "POST":
            seen.append(json.loads(await request.text()))
            if refused:
                kind = "application/problem+json"
                return web.json_response(PROBLEM, status=422, content_type=kind)
        elif request.path.endswith("bodies"):
            seen.append(dict(request.query))
        return answer(found.model_dump_json())

    return answering


async def test_the_list_says_who_is_late_with_what_and_who_answers(unused_tcp_port: int) -> None:
    """And it can be filtered, searched, and read on."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/bodies?show=overdue&q=land")
        assert "late by 14 working days at least" in page.text
        assert "Answered for by" in page.text
        assert "Taken over by" in page.text
        assert "/en/programme/bodies?show=overdue&q=land&after=mopa" in page.links
        await scene.browser.open("/programme/bodies?show=nonsense")
    assert seen == [{"show": "overdue", "q": "land"}, {"show": "all", "q": ""}]


async def test_the_list_says_by_what_it_is_sorted(unused_tcp_port: int) -> None:
    """By rank, or by what is overdue."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        for show, first, other in (
            ("league", "The best rank is first", "The longest overdue is first"),
            ("all", "The longest overdue is first", "The best rank is first"),
        ):
            page = await scene.browser.open(f"/en/programme/bodies?show={show}")
            assert first in page.text
            assert other not in page.text


async def test_how_many_owe_a_list_is_counted_by_the_api(unused_tcp_port: int) -> None:
    """And the other language shows what was looked for."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/bodies?show=overdue&q=land")
        assert "52 of 66 owe a list themselves" in page.text
        assert "/programme/bodies?show=overdue&q=land" in page.links


async def test_a_body_shows_its_facts_with_evidence_and_who_recorded_them(
    unused_tcp_port: int,
) -> None:
    """A username, and not an id; each can be corrected."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PAGE}")
        for words in (
            "letter 03.00",
            "salma",
            "List of services, Vendor; by 10 June 2026",
            "at this desk: there is no address to check",
        ):
            assert words in page.text
        assert f"/en{PAGE}/facts/letter_sent?corrects={FACT}" in page.links
        assert f"/en{PAGE}/facts/not_so?corrects={FACT}" in page.links


async def test_what_was_typed_and_ticked_reaches_the_api_as_it_takes_it(
    unused_tcp_port: int,
) -> None:
    """Only the fields of the kind; a correction begins with what was said, and names it."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"{PAGE}/facts/list_received")
        typed = {
            "day": "2026-06-20",
            "evidence": "mail",
            "service-S001": "yes",
            "others": "Wells\n",
        }
        page = await scene.browser.send(page, page.form("evidence"), typed)
        assert page.path == PAGE
        page = await scene.browser.open(f"{PAGE}/facts/letter_sent?corrects={FACT}")
        form = page.form("evidence")
        assert (form.fields["due_on"], form.fields["corrects"]) == ("2026-06-10", str(FACT))
        await scene.browser.send(page, form, {"due_on": "2026-06-09", "vendor": "x"})
    first, second = seen
    assert first == {
        "kind": "list_received",
        "day": "2026-06-20",
        "evidence": "mail",
        "public_service_ids": ["S001"],
        "others": ["Wells"],
    }
    assert (second["asks"], second["due_on"]) == (["list", "vendor"], "2026-06-09")
    assert second["corrects"] == str(FACT)
    assert "vendor" not in second


async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    unused_tcp_port: int,
) -> None:
    async with desk(playing([], refused=True), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"{PAGE}/facts/letter_sent")
        typed = {"day": "2026-06-20", "due_on": "2026-06-01", "asks-vendor": "yes"}
        page = await scene.browser.send(page, page.form("evidence"), typed)
        assert (page.status, "#due_on" in page.links) == (422, True)
        fields = page.form("evidence").fields
        assert (fields["due_on"], fields["asks-vendor"]) == ("2026-06-01", "yes")


async def test_who_leads_reads_facts_and_records_none(unused_tcp_port: int) -> None:
    """Each figure of the table leads to the facts; nothing is to be filled in."""
    async with desk(playing([], role="leadership"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/bodies?show=league")
        assert "Equal ones share a rank" in page.text
        for place in ("steps", "services"):
            assert f"/en{PAGE}#{place}" in page.links
        page = await scene.browser.open(f"/en{PAGE}")
        assert "letter 03.00" in page.text
        assert not any("/facts/" in link or "/time" in link for link in page.links)
    assert all(request.path != "/v1/staff" for request in scene.asked)
