"""Pages of accounts and proposals, against an API that is played."""

import json
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.accounts import (
    AccountOpened,
    AccountView,
    NewBeginning,
    ProposalApproved,
    ProposalList,
)
from libs.contracts.centres import CentreList, UddoktaAdded
from libs.contracts.mandates import CentreFiguresList
from libs.contracts.offices import OfficeList
from libs.contracts.problems import PROBLEMS
from libs.ids import new_id
from services.desk.programme.shown_once import drawn
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import UDDOKTA, answer, play
from tests.services.desk.programme.scenes import AT, CENTRE, OFFICE, account, proposal
from tests.services.desk.running import desk, log_in

MINE, OTHERS, REJECTED_ID = new_id(), new_id(), new_id()
PASSWORD, ADDRESS = "begin-with-this", "otpauth://totp/rahim?secret=S"


REJECTED = proposal(REJECTED_ID, is_mine=True).model_copy(
    update={"rejected_by": "rafiq", "rejected_at": AT, "rejected_because": "not seen in person"}
)
WAITING = ProposalList(
    items=[proposal(MINE, is_mine=True), proposal(OTHERS, is_mine=False)],
    rejected=[REJECTED],
    people=2,
)
APPROVED = ProposalApproved(
    **proposal(OTHERS, is_mine=False).model_dump(), initial_password=PASSWORD
)


def playing(seen: list[Any], new_beginning: NewBeginning = "possible") -> Play:
    """An API of the programme; what was posted to it is kept."""
    added = UddoktaAdded(
        **UDDOKTA.model_dump(), initial_password=PASSWORD, authenticator_address=ADDRESS
    )
    answers = {
        ("GET", "/v1/centres-figures"): CentreFiguresList(items=[]),
        ("GET", "/v1/centres"): CentreList(items=[CENTRE]),
        ("GET", f"/v1/offices/{OFFICE.office_id}"): OFFICE,
        ("GET", "/v1/offices"): OfficeList(items=[OFFICE]),
        ("GET", "/v1/proposals"): WAITING,
        ("POST", "/v1/proposals"): proposal(MINE, is_mine=True),
        ("POST", f"/v1/proposals/{OTHERS}/approval"): APPROVED,
        ("POST", f"/v1/proposals/{MINE}/rejection"): proposal(MINE, is_mine=True),
        ("POST", f"/v1/proposals/{REJECTED_ID}/acknowledgement"): REJECTED,
        ("GET", f"/v1/staff/{OTHERS}/account"): account(OTHERS, new_beginning),
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
        others = [form for form in page.forms if form.action == f"/programme/proposals/{OTHERS}"]
        assert mine.buttons == {"action": ["reject"]}
        assert [form.buttons for form in others] == [{"action": ["approve"]}, mine.buttons]


async def test_a_rejection_is_told_to_who_proposed_it(unused_tcp_port: int) -> None:
    """On the first page and in the list: by whom, and why; until she says that she knows."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        first = await scene.browser.open("/programme")
        page = await scene.browser.open("/programme/proposals")
        for shown in (first, page):
            assert "নাকচ করেছেন rafiq" in shown.text
            assert "not seen in person" in shown.text
        form = page.form(action=f"/programme/proposals/{REJECTED_ID}")
        page = await scene.browser.send(page, form, {"action": "know"})
        assert page.path == "/programme/proposals"
    assert seen == [(f"/v1/proposals/{REJECTED_ID}/acknowledgement", "")]


async def test_a_rejection_without_a_reason_keeps_the_page(unused_tcp_port: int) -> None:
    """The API asks for it, and its words stand at the field."""
    seen: list[Any] = []

    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.endswith("/rejection"):
            return await playing(seen)(request)
        problem = {
            "type": "/problems/rejection_without_reason",
            "title": "-",
            "status": 422,
            "detail": "-",
            "errors": [{"pointer": "/reason", "code": "-", "message": "say why"}],
        }
        return web.json_response(problem, status=422, content_type="application/problem+json")

    async with desk(refusing, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/proposals")
        form = next(form for form in page.forms if "because" in form.fields)
        page = await scene.browser.send(page, form, {"action": "reject", "because": "no"})
        assert (page.status, f'id="because-{OTHERS}-error"' in page.html) == (422, True)
        again = next(form for form in page.forms if "because" in form.fields)
        assert again.fields["because"] == "no"


async def test_whoever_approves_a_duty_reads_for_which_office(unused_tcp_port: int) -> None:
    """The officer may have been moved since."""
    duty = {"kind": "give_duty:secretary", "username": "karim", "office_id": OFFICE.office_id}

    async def waiting(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v1/proposals":
            return await playing([])(request)
        proposed = proposal(new_id(), is_mine=False).model_copy(update=duty)
        return answer(ProposalList(items=[proposed]).model_dump_json())

    async with desk(waiting, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/proposals")
    assert OFFICE.name.bn in page.text
    assert OFFICE.office_id not in page.text


@pytest.mark.parametrize(
    ("new_beginning", "said"),
    [
        ("own", "where there are no two, an operator"),
        ("too_few_people", "Ask an operator of the platform"),
        ("of_operators", "operators do, by command"),
        ("closed", "does not open it"),
    ],
)
async def test_a_beginning_that_would_be_refused_is_not_offered(
    new_beginning: NewBeginning, said: str, unused_tcp_port: int
) -> None:
    """The page says why, and which way there is."""
    async with desk(playing([], new_beginning), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/programme/accounts/{OTHERS}")
    assert said.casefold() in page.text.casefold()
    assert [form.action for form in page.forms] == []


async def test_a_programme_of_two_is_told_what_that_means(unused_tcp_port: int) -> None:
    """Before one of them needs the other two."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme")
    assert "fewer than three people" in page.text
    assert "only an operator of the platform can, by command" in page.text


async def test_a_focal_point_gets_an_account_for_a_ministry(unused_tcp_port: int) -> None:
    """Without an office; the password is shown once, and the way goes on to the account."""
    seen: list[Any] = []
    opened = AccountOpened(
        **account(OTHERS).model_dump(include=set(AccountView.model_fields)),
        initial_password=PASSWORD,
        authenticator_address=ADDRESS,
    )

    async def opening(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v1/staff":
            return await playing([])(request)
        seen.append(await request.json())
        return answer(opened.model_dump_json())

    async with desk(opening, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/new/focal_point")
        typed = {"username": "emdad", "ministry": "lgd"}
        page = await scene.browser.send(page, page.form("username"), typed)
    assert PASSWORD in page.text
    assert f"/programme/accounts/{OTHERS}" in page.links
    assert seen == [typed | {"role": "focal_point"}]


async def test_what_was_approved_is_said(unused_tcp_port: int) -> None:
    """A duty shows no password, so the list that is one shorter would be all."""
    done = proposal(OTHERS, is_mine=False).model_copy(update={"kind": "give_duty:secretary"})

    async def approving(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/proposals/{OTHERS}/approval":
            return answer(ProposalApproved(**done.model_dump()).model_dump_json())
        return await playing([])(request)

    async with desk(approving, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/proposals")
        form = next(form for form in page.forms if form.buttons == {"action": ["approve"]})
        page = await scene.browser.send(page, form, {"action": "approve"})
        assert "অনুমোদন হয়েছে: দায়িত্ব দেওয়া" in page.text
        again = await scene.browser.open("/programme/proposals")
    assert "অনুমোদন হয়েছে" not in again.text


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


@pytest.mark.parametrize("role", ["officer", "uddokta", "programme"])
async def test_the_hint_of_a_username_is_its_rule(role: str, unused_tcp_port: int) -> None:
    """In the words with which a malformed one is refused."""
    rule = PROBLEMS["staff_username_malformed"].detail
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        assert rule.bn in (await scene.browser.open(f"/programme/new/{role}")).text
        assert rule.en in (await scene.browser.open(f"/en/programme/new/{role}")).text


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
        assert drawn(ADDRESS) in shown.html  # an app reads it; nobody types the address
        page = await browser.open("/programme/new/programme")
        typed = {"username": "mina", "reason": "new colleague"}
        page = await browser.send(page, page.form("username"), typed)
        assert page.path == "/programme/proposals"
        page = await browser.open(f"/programme/accounts/{OTHERS}")
        typed = {"kind": "new_app", "reason": "lost phone"}
        page = await browser.send(page, page.form("reason"), typed)
        assert page.path == "/programme/proposals"
    made, new, again = (json.loads(body) for _, body in seen)
    assert made["first_name"] == {"bn": "রহিম", "en": "Rahim"}
    assert new == {"kind": "programme_account", "username": "mina", "reason": "new colleague"}
    assert again == {"kind": "new_app", "username": "rahim", "reason": "lost phone"}
