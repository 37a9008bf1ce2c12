"""What the counter's first page shows of the API's lists."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.applications import AssistedList, Step
from libs.contracts.documents import AssistedDocument
from libs.contracts.language import Text
from libs.contracts.mandates import AssistedNewsList, MandateToken
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from tests.libs.pages.running import Scene, away
from tests.libs.pages.scenes import service
from tests.services.desk.counter.running import (
    AT,
    DRAFTS,
    MANDATE,
    MARK,
    NEWEST,
    NEWS,
    RETURNED,
    SENT,
    UDDOKTA,
    answer,
    play,
    sent,
)
from tests.services.desk.running import PROOFS, desk, log_in
from tools.virtual_users.pages import Page
from tools.virtual_users.photo import photo

OTHER = "NS-XYRKE-W8M24-RJ3H3"
FOR_ANOTHER = MANDATE.model_copy(update={"consent": "guardian_phone", "applicant": "R.K."})


async def play_diary(request: web.BaseRequest) -> web.Response:
    """The same with a diary that came back; whatever is uploaded for it is a PDF."""
    match request.path:
        case "/v1/assisted-applications":
            returned = sent(RETURNED, "correction_requested")
            diary = returned.model_copy(update={"public_service_id": "S024"})
            return answer(AssistedList(items=[diary]).model_dump_json())
        case "/v1/services/S024":
            return answer(service("S024").model_dump_json())
        case path if path.endswith(f"/{RETURNED}/documents"):
            await request.read()
            paper = AssistedDocument(
                document_id=new_id(),
                kind="live_photo",
                media_type="application/pdf",
                size_bytes=9,
                pages=1,
                state="clean",
                receipt="receipt",
                receipt_expires_at=AT,
            )
            return answer(paper.model_dump_json())
        case _:
            return await play(request)


async def test_a_login_shows_that_the_uddokta_was_here_before(unused_tcp_port: int) -> None:
    """The device keeps the token of each username, so that strangers delay no login on it."""
    shown: list[str | None] = []

    async def noting(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            shown.append((await request.json())["device_token"])
        return await play(request)

    async with desk(noting, unused_tcp_port) as scene:
        for username in ("rahim", "karim", "rahim"):
            await log_in(scene, username)
    assert shown == [None, None, "device"]


async def test_what_came_back_is_found_however_long_ago_it_was_sent(unused_tcp_port: int) -> None:
    """The list goes on after one answer, for the page and for the correction itself."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter")
        assert NEWEST in page.text
        assert f"/counter/corrections/{RETURNED}" in page.links
        page = await scene.browser.open(f"/counter/corrections/{RETURNED}")
        assert page.status == 200
        assert page.form("version")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"state": "paused"}, "সাময়িক স্থগিত"),
        ({"state": "suspended"}, "সাময়িক বরখাস্ত"),
        ({"certificate_until": date(2026, 1, 1)}, "যোগ্যতার মেয়াদ শেষ"),
    ],
)
async def test_whoever_is_stopped_is_told_at_the_login(
    changed: dict[str, Any], says: str, unused_tcp_port: int
) -> None:
    """On the first page, which has no way to a new citizen then."""

    async def stopped(request: web.BaseRequest) -> web.StreamResponse:
        if request.path in {"/v1/assisted-news", "/v1/left-news"}:
            problem = {"type": "/problems/uddokta_stopped", "title": "-", "status": 403}
            return web.json_response(
                problem | {"detail": "-"}, status=403, content_type="application/problem+json"
            )
        if request.path != "/v1/uddokta":
            return await play(request)
        return answer(UDDOKTA.model_copy(update=changed).model_dump_json())

    async with desk(stopped, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter")
        assert says in page.text
        assert "/counter/new" not in page.links


async def ended(request: web.BaseRequest) -> web.StreamResponse:
    """The same when the login has ended."""
    is_login = request.path == "/v1/staff/login"
    return await play(request) if is_login else web.Response(status=401)


async def test_the_day_that_decided_on_the_fee_is_typed_once(unused_tcp_port: int) -> None:
    """The form begins with it, and it can be changed there."""
    mandate = MANDATE.model_copy(update={"fee_day": date(2026, 2, 28)})

    async def with_day(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(mandate.model_dump_json())
        return await play(request)

    path = f"/counter/mandates/{MARK}/form"
    async with desk(with_day, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(path)
        shown = (await scene.browser.open(f"{path}/steps/child")).form("birth_date.day")
    parts = ("day", "month", "year")
    assert [shown.fields[f"birth_date.{part}"] for part in parts] == ["28", "2", "2026"]


@pytest.mark.parametrize("username", ["rahim", "karim"])
async def test_answers_wait_for_the_login_of_the_same_uddokta(
    username: str, unused_tcp_port: int
) -> None:
    """The login may end while the citizen looks for a paper; another uddokta gets nothing."""
    path = f"/counter/mandates/{MARK}/form"
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(path)
        page = await scene.browser.open(f"{path}/steps/child")
        typed = {"name_bn": "রহিমা", "switch": "yes"}
        scene.play = ended
        login = await scene.browser.send(page, page.form("birth_order"), typed)
        assert (login.path, "রহিমা" in login.html) == ("/login", False)
        assert "যা লিখেছেন তা হারায়নি" in login.text
        assert login.form("username").fields["username"] == "rahim"
        scene.play = play
        proofs = {"username": username, "password": "river lantern", "code": "123456"}
        landed = await scene.browser.send(login, login.form("username"), proofs)
        assert ("রহিমা" in landed.html) is (username == "rahim")
        assert ("তা আর দেখানো যাচ্ছে না" in landed.text) is (username != "rahim")
        if username == "rahim":
            again = await scene.browser.send(landed, landed.form("version"))
            assert again.form("birth_order").fields["name_bn"] == "রহিমা"


async def test_answers_wait_while_the_login_fails_and_in_the_other_language(
    unused_tcp_port: int,
) -> None:
    """The password is typed again, the form is not."""
    proofs = PROOFS
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(f"/counter/mandates/{MARK}/form")
        page = await scene.browser.open(f"/counter/mandates/{MARK}/form/steps/child")
        scene.play = ended
        typed = {"name_bn": "রহিমা", "switch": "yes"}
        login = await scene.browser.send(page, page.form("birth_order"), typed)
        scene.play = away
        login = await scene.browser.send(login, login.form("username"), proofs)
        assert (login.status, login.form("username").fields["username"]) == (503, "rahim")
        scene.play = play
        form = replace(login.form("username"), action="/en/login")
        login = await scene.browser.send(login, form, {"switch": "yes"})
        assert (login.status, login.path) == (200, "/en/login")
        landed = await scene.browser.send(login, login.form("username"), proofs)
        again = await scene.browser.send(landed, landed.form("version"))
        assert again.form("birth_order").fields["name_bn"] == "রহিমা"


@pytest.mark.parametrize("failure", ["away", "ended"])
async def test_the_pin_of_a_citizen_is_written_into_no_page(
    failure: str, unused_tcp_port: int
) -> None:
    """The uddokta could read it there; she types it again."""
    requested = {"state": "requested", "consent": "shared_phone"}

    async def asking(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(MANDATE.model_copy(update=requested).model_dump_json())
        return await play(request)

    async with desk(asking, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/counter/mandates/{MARK}")
        scene.play = away if failure == "away" else ended
        typed = {"code": "123456", "pin": "7391"}
        failed = await scene.browser.send(page, page.form("pin"), typed)
        assert failed.path in {f"/counter/mandates/{MARK}", "/login"}
        assert "7391" not in failed.html
        scene.play = asking
        if failure == "ended":
            proofs = PROOFS
            landed = await scene.browser.send(failed, failed.form("username"), proofs)
            assert "7391" not in landed.html
        again = await scene.browser.open(f"/counter/mandates/{MARK}")
        assert again.form("pin").fields["pin"] == ""


async def test_a_file_after_the_login_has_ended_is_given_again_on_its_page(
    unused_tcp_port: int,
) -> None:
    """The answers before it are stored; the file is given again."""
    async with desk(play_diary, unused_tcp_port) as scene:
        paper = await asked_for_a_paper(scene)
        scene.play = ended
        login = await scene.browser.upload(paper, paper.form("file"), photo())
        scene.play = play_diary
        proofs = PROOFS
        assert login.path == "/login"
        await scene.browser.send(login, login.form("username"), proofs)
        assert (await scene.browser.open(paper.path)).form("file")


async def test_a_logout_does_not_wait_for_a_login(unused_tcp_port: int) -> None:
    """It would end the new login."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter")
        scene.play = ended
        login = await scene.browser.send(page, page.form(action="/logout"))
        assert (login.path, login.status) == ("/login", 200)
        assert not login.form("username").fields["waiting"]


async def asked_for_a_paper(scene: Scene) -> Page:
    """The page of the paper of a correction."""
    page = await scene.browser.open("/login")
    proofs = PROOFS
    await scene.browser.send(page, page.form("code"), proofs)
    await scene.browser.open(f"/counter/corrections/{RETURNED}")
    section = await scene.browser.open(f"/counter/corrections/{RETURNED}/steps/who")
    return await scene.browser.send(section, section.form("shown"), {"paper": "live_photo"})


async def test_a_paper_is_given_again_at_the_counter_when_none_is_taken(
    unused_tcp_port: int,
) -> None:
    """The page of the paper stays, with the status of what can be sent again later."""

    async def without_documents(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST" and request.path.endswith("/documents"):
            await request.read()
            return web.Response(status=503)
        return await play_diary(request)

    async with desk(without_documents, unused_tcp_port) as scene:
        paper = await asked_for_a_paper(scene)
        kept = await scene.browser.upload(paper, paper.form("file"), photo())
        assert (kept.status, "#file" in kept.links) == (503, True)
        assert kept.form("file")


@pytest.mark.parametrize(
    ("path", "section"),
    [(f"/counter/mandates/{MARK}/form", "papers"), (f"/counter/corrections/{RETURNED}", "who")],
)
async def test_the_picture_is_shown_at_the_counter_after_an_upload(
    path: str, section: str, unused_tcp_port: int
) -> None:
    """On the questions' page, with the token of the mandate, or with the login for a correction."""
    asked: list[str] = []
    is_correction = "corrections" in path
    name = "live_photo" if is_correction else "epi_card"
    base = play_diary if is_correction else play

    async def with_picture(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/thumbnail"):
            asked.append(request.headers["authorization"].partition(" ")[0])
            return web.Response(text="picture", content_type="image/jpeg")
        if request.path.endswith("/tokens"):
            token = MandateToken(
                access_token="t", expires_in=9, authorization_details=[], submit_at=""
            )
            return answer(token.model_dump_json())
        if request.method == "POST" and request.path.endswith("/documents"):
            await request.read()
            paper = AssistedDocument(
                document_id=UUID(int=5),
                kind=name,
                media_type="image/jpeg",
                size_bytes=9,
                pages=1,
                state="clean",
                receipt="receipt",
                receipt_expires_at=AT,
            )
            return answer(paper.model_dump_json())
        return await base(request)

    async with desk(with_picture, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(path)
        page = await scene.browser.open(f"{path}/papers/{name}")
        page = await scene.browser.upload(page, page.form("file"), photo())
        assert page.path == f"{path}/steps/{section}"
        picture = f"{path}/pictures/{UUID(int=5)}"
        assert f'src="{picture}"' in page.html
        shown = await scene.browser.open(picture)
    assert shown.status == 200
    assert asked == ["Bearer" if is_correction else "DPoP"]


async def test_answers_are_kept_when_the_api_is_away_at_an_upload(unused_tcp_port: int) -> None:
    """The page of the failure leads back to the page of the paper; what was typed is stored."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        for path in (f"/counter/mandates/{MARK}/form", f"/counter/corrections/{RETURNED}"):
            await scene.browser.open(path)
            page = await scene.browser.open(f"{path}/steps/child")
            typed = {"name_bn": "রহিমা", "switch": "yes"}
            await scene.browser.send(page, page.form("birth_order"), typed)
            page = await scene.browser.open(f"{path}/steps/papers")
            paper = await scene.browser.send(page, page.form("shown"), {"paper": "epi_card"})
            assert paper.path == f"{path}/papers/epi_card"
            scene.play = away
            failed = await scene.browser.upload(paper, paper.form("file"), photo())
            assert failed.status == 503
            scene.play = play
            [again] = [link for link in failed.links if "epi_card" in link and "/en" not in link]
            assert (await scene.browser.open(again)).form("file")
            page = await scene.browser.open(f"{path}/steps/child")
            assert page.form("birth_order").fields["name_bn"] == "রহিমা"


async def test_a_pdf_is_no_photo_at_the_counter_either(unused_tcp_port: int) -> None:
    """It is told on the page of the paper, before the citizen has gone."""
    async with desk(play_diary, unused_tcp_port) as scene:
        paper = await asked_for_a_paper(scene)
        refused = await scene.browser.upload(paper, paper.form("file"), photo())
        assert (refused.status, "#file" in refused.links) == (422, True)
        assert "পিডিএফ চলে না" in refused.text


async def test_what_was_typed_goes_along_to_the_other_language(unused_tcp_port: int) -> None:
    """The switch of a page with questions stores them as they are, right or not."""
    path = f"/counter/corrections/{RETURNED}"
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        assert f"/en{path}" in page.links
        page = await scene.browser.open(f"/en{path}/steps/child")
        [address] = re.findall(r'formaction="([^"]*)" name="switch"', page.html)
        form = replace(page.form("birth_order"), action=address)
        typed = {"name_bn": "রহিমা", "birth_order": "many", "switch": "yes"}
        page = await scene.browser.send(page, form, typed)
        assert (page.status, page.path) == (200, f"{path}/steps/child")
        kept = page.form("birth_order").fields
        assert (kept["name_bn"], kept["birth_order"]) == ("রহিমা", "many")
        page = await scene.browser.open(f"{path}/papers/epi_card")
        assert f"/en{path}/papers/epi_card" in page.links
        assert "কোডসহ পুরো পাতার ছবি" in page.text  # of a paper that was issued here


@pytest.mark.parametrize("page", ["/steps/child", "/papers/epi_card", "/check", "/receipt"])
async def test_each_page_of_the_counter_has_an_address(page: str, unused_tcp_port: int) -> None:
    """So the browser's Back shows it, with what is stored; after the sending it is the receipt."""
    path = f"/counter/mandates/{MARK}"
    address = path + page if page == "/receipt" else f"{path}/form{page}"
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(f"{path}/form")
        child = await scene.browser.open(f"{path}/form/steps/child")
        typed = {"name_bn": "রহিমা", "switch": "yes"}
        await scene.browser.send(child, child.form("birth_order"), typed)
        before = await scene.browser.open(address)
        assert before.path == (path if page == "/receipt" else address)
        check = await scene.browser.open(f"{path}/form/check")
        sent = await scene.browser.send(check, check.form("key"))
        assert sent.path == f"{path}/receipt"
        again = await scene.browser.open(address)
        if page != "/papers/epi_card":
            assert NEWEST in again.text
        for shown in (sent, await scene.browser.send(check, check.form("key"))):
            assert (shown.status, NEWEST in shown.text) == (200, True)
            assert "৮০ টাকা" in shown.text
            assert "রহিমা" in shown.text
        submitted = [each for each in scene.asked if each.path.endswith("/application")]
        assert len(submitted) == 1


async def test_two_windows_of_a_counter_do_not_write_over_each_other(unused_tcp_port: int) -> None:
    """Both answers are shown; what was changed since is shown again and not sent."""
    path = f"/counter/mandates/{MARK}/form"
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(path)
        here, there = [await scene.browser.open(f"{path}/steps/child") for _ in range(2)]
        check = await scene.browser.open(f"{path}/check")
        typed = {"name_bn": "রহিমা", "switch": "yes"}
        await scene.browser.send(there, there.form("birth_order"), typed)
        told = await scene.browser.send(here, here.form("birth_order"), {"name_bn": "করিম"})
        assert told.status == 409
        assert "সেখানে রাখা: রহিমা এখানে লেখা: করিম" in told.text
        address = f"{path}/steps/child?elsewhere=yes"
        again = await scene.browser.open(address)  # by reload and Back: no answer to a form
        assert (again.status, "এখানে লেখা: করিম" in again.text) == (409, True)
        refused = await scene.browser.send(check, check.form("key"))
        assert (refused.status, "রহিমা" in refused.text) == (409, True)
        assert not [each for each in scene.asked if each.path.endswith("/application")]


@pytest.mark.parametrize("page", ["/steps/child", "/papers/epi_card", "/check"])
@pytest.mark.parametrize(
    "path", [f"/counter/mandates/{MARK}/form", f"/counter/corrections/{RETURNED}"]
)
async def test_what_was_typed_and_is_gone_is_said(
    path: str, page: str, unused_tcp_port: int
) -> None:
    """It is kept for two hours: its old address begins nothing anew, and says where to begin."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(path)
        assert (await scene.browser.open(f"{path}{page}")).status == 200
        DRAFTS.clear()
        gone = await scene.browser.open(f"{path}{page}")
        assert (gone.status, "এই উত্তরগুলো আর নেই" in gone.text) == (404, True)
        assert DRAFTS == {}
        assert path in gone.links
        assert (await scene.browser.open(path)).status == 200


async def test_a_correction_that_changes_nothing_is_said(unused_tcp_port: int) -> None:
    """Before it is sent; after the sending the counter says that it is on its way."""
    path = f"/counter/corrections/{RETURNED}"

    async def taking(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith(f"/{RETURNED}/corrections"):
            return answer(json.dumps({**SENT, "application_id": MARK, "ministry": "lgd"}))
        return await play(request)

    async with desk(taking, unused_tcp_port) as scene:
        await log_in(scene)
        assert "এখনো কিছু বদলাননি" in (await scene.browser.open(path)).text
        child = await scene.browser.open(f"{path}/steps/child")
        typed = {"name_bn": "রহিমা", "switch": "yes"}
        await scene.browser.send(child, child.form("birth_order"), typed)
        check = await scene.browser.open(f"{path}/check")
        assert "এখনো কিছু বদলাননি" not in check.text
        page = await scene.browser.send(check, check.form("key"))
        assert (page.path, "পাঠানো হচ্ছে" in page.text) == ("/counter", True)
        for again in ("", "/check", "/steps/child"):  # by the browser's Back
            page = await scene.browser.open(f"{path}{again}")
            assert (page.path, "পাঠানো হচ্ছে" in page.text) == ("/counter", True)
        page = await scene.browser.send(check, check.form("key"))
        assert page.path == "/counter"
    assert len([each for each in scene.asked if each.path.endswith("/corrections")]) == 1


async def test_a_correction_that_nobody_asks_for_is_not_begun(unused_tcp_port: int) -> None:
    """The ministry has it, or has decided since; the way leads to the counter."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/counter/corrections/{NEWEST}")
    assert (page.status, "সংশোধন চাওয়া হয়নি" in page.text) == (409, True)
    assert "/counter" in page.links


@pytest.mark.parametrize(("state", "status"), [("requested", 409), ("revoked", 409)])
async def test_nothing_is_filled_in_without_a_consent(
    state: str, status: int, unused_tcp_port: int
) -> None:
    """Nor on a page that was opened while there was one."""

    async def over(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(MANDATE.model_copy(update={"state": state}).model_dump_json())
        return await play(request)

    path = f"/counter/mandates/{MARK}/form"
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        scene.play = over
        assert (await scene.browser.open(path)).status == status
        assert (await scene.browser.open(page.path)).status == status
        assert (await scene.browser.send(page, page.form("version"))).status == status


async def test_a_mandate_that_was_used_leads_to_what_became_of_it(unused_tcp_port: int) -> None:
    """The second tap on the button, after the answer to the first was lost."""

    async def used(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/application"):
            problem = {"type": "/problems/mandate_used", "title": "-", "status": 409, "detail": "-"}
            return web.json_response(problem, status=409, content_type="application/problem+json")
        return await play(request)

    async with desk(used, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(f"/counter/mandates/{MARK}/form")
        page = await scene.browser.open(f"/counter/mandates/{MARK}/form/check")
        sent = await scene.browser.send(page, page.form("key"))
        assert (sent.status, sent.path) == (200, f"/counter/mandates/{MARK}")


async def test_what_the_api_refuses_when_a_form_is_sent_is_said(unused_tcp_port: int) -> None:
    """Whose number it is, the answers alone do not show: the check page finds nothing wrong."""
    said = "এটি সম্মতির নম্বর নয়"

    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/application"):
            error = {"pointer": "/form/name_bn", "code": "not_of_the_consent", "message": said}
            problem = {"type": "/problems/form_invalid", "title": "-", "status": 422, "detail": "-"}
            return web.json_response(
                problem | {"errors": [error]}, status=422, content_type="application/problem+json"
            )
        return await play(request)

    async with desk(refusing, unused_tcp_port) as scene:
        await log_in(scene)
        await scene.browser.open(f"/counter/mandates/{MARK}/form")
        page = await scene.browser.open(f"/counter/mandates/{MARK}/form/check")
        refused = await scene.browser.send(page, page.form("key"))
        assert (refused.status, said in refused.text) == (422, True)
        again = await scene.browser.open(f"/counter/mandates/{MARK}/form/check")
        assert (again.status, said in again.text) == (200, False)
        assert again.form("key")


async def test_an_uddokta_marks_what_she_told_a_citizen_without_a_phone(
    unused_tcp_port: int,
) -> None:
    """Initials, what the ministry said, and a button; the counter's first page says how many."""
    told: list[str] = []

    async def noting(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(FOR_ANOTHER.model_dump_json())
        if request.method == "POST" and request.path.endswith("/telling"):
            told.append(request.path)
        return await play(request)

    async with desk(noting, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter")
        assert "নাগরিককে জানান: ১" in page.text
        page = await scene.browser.open("/counter/news")
        for shown in ("R.K.", "নামঞ্জুর", "ছবি অস্পষ্ট", NEWEST):
            assert shown in page.text
        page = await scene.browser.send(page, page.form(action=f"/counter/news/{NEWS.news_id}"))
        assert page.path == "/counter/news"
    assert told == [f"/v1/assisted-news/{NEWS.news_id}/telling"]


@pytest.mark.parametrize(("what", "word"), [("approved", "upheld"), ("refused", "not upheld")])
async def test_news_of_a_grievance_say_that_it_is_answered(
    unused_tcp_port: int, what: str, word: str
) -> None:
    """Nothing was approved, and no paper is to be had."""

    async def of_grievance(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case path if path == f"/v1/mandates/{MARK}":
                about = FOR_ANOTHER.model_copy(update={"public_service_id": GRIEVANCE})
                return answer(about.model_dump_json())
            case "/v1/assisted-news" if request.query["told"] == "false":
                items = [NEWS.model_copy(update={"what": what, "note": None})]
                return answer(AssistedNewsList(items=items).model_dump_json())
            case _:
                return await play(request)

    async with desk(of_grievance, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/counter/news")
    assert f"Answered: {word}" in page.text
    assert "pproved" not in page.text
    assert "The ministry has not written" not in page.text


@pytest.mark.parametrize("number", [NEWEST, RETURNED])
async def test_news_of_a_correction_lead_to_it_while_the_ministry_waits(
    unused_tcp_port: int, number: str
) -> None:
    """Of the application that came back; of one that was corrected meanwhile, nowhere."""
    came_back = {"what": "correction_requested", "tracking_number": number}

    async def of_correction(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case path if path == f"/v1/mandates/{MARK}":
                return answer(FOR_ANOTHER.model_dump_json())
            case "/v1/assisted-news" if request.query["told"] == "false":
                items = [NEWS.model_copy(update=came_back)]
                return answer(AssistedNewsList(items=items).model_dump_json())
            case _:
                return await play(request)

    async with desk(of_correction, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter/news")
    assert (f"/counter/corrections/{number}" in page.links) is (number == RETURNED)


async def test_an_office_that_waits_for_a_citizen_without_a_phone_is_to_be_told(
    unused_tcp_port: int,
) -> None:
    """Her SMS, if any, says that there is news, so the list of it has what she is to do."""
    fee = Step(name=Text(bn="সনদ ফি", en="Fee"), waits_for="payment", to_pay_poisha=2000)
    work = Step(name=Text(bn="যাচাই", en="Check"), waits_for="office")
    ways = [(NEWEST, fee, True), (RETURNED, fee, False), (OTHER, work, True)]
    waits = [
        sent(number, "with_ministry").model_copy(
            update={"step": step, "is_told_in_person": is_told_in_person}
        )
        for number, step, is_told_in_person in ways
    ]

    async def play_turns(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/v1/assisted-news":
                return answer(AssistedNewsList(items=[]).model_dump_json())
            case "/v1/assisted-applications":
                return answer(AssistedList(items=waits).model_dump_json())
            case _:
                return await play(request)

    async with desk(play_turns, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/counter/news")
        assert "সনদ ফি · দিতে হবে ২০ টাকা" in page.text
        assert "নাগরিক তা আবার দেবেন না" in page.text  # she paid it at the counter
        assert "জানানো বাকি নেই" not in page.text
        assert [number for number, *_ in ways if number in page.text] == [NEWEST]
        counter = await scene.browser.open("/counter")
        assert counter.text.count("নাগরিকের পালা") == len([NEWEST, RETURNED])


async def test_news_of_a_colleague_who_left_are_taken_over(unused_tcp_port: int) -> None:
    """The first page says how many there are; what cannot be done for them is said, too."""
    left = [2]

    async def with_left(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/v1/left-news":
                return answer(json.dumps({"applications": left[0]}))
            case "/v1/left-news/takeover":
                left[0] = 0
                return answer('{"applications": 2}')
            case "/v1/assisted-news" if request.query["told"] == "false":
                other = {"taken_over": True, "what": "correction_requested"}
                return answer(
                    AssistedNewsList(items=[NEWS.model_copy(update=other)]).model_dump_json()
                )
            case "/v1/assisted-news":
                told = NEWS.model_copy(update={"told_at": AT, "told_by": UUID(int=9)})
                return answer(AssistedNewsList(items=[told]).model_dump_json())
            case _:
                return await play(request)

    async with desk(with_left, unused_tcp_port) as scene:
        await log_in(scene)
        assert "কেউ জানান না, এমন আবেদন: ২" in (await scene.browser.open("/counter")).text
        page = await scene.browser.open("/counter/news")
        assert "আগের উদ্যোক্তা জানিয়েছেন" in page.text
        assert "নতুন সম্মতিতে নতুন আবেদন" in page.text
        page = await scene.browser.send(page, page.form(action="/counter/news/takeover"))
        assert (page.path, "তালিকায় যোগ হয়েছে: ২টি" in page.text) == ("/counter/news", True)
        assert "/counter/news/takeover" not in page.html


@pytest.mark.parametrize("path", ["/counter/news", f"/counter/mandates/{MARK}"])
@pytest.mark.parametrize("phone", ["*******4567", None])
async def test_an_uddokta_knows_when_nobody_else_tells_a_citizen(
    path: str, phone: str | None, unused_tcp_port: int
) -> None:
    """The number that consented goes with the account of its owner; no SMS is sent then."""
    mandate = FOR_ANOTHER.model_copy(
        update={"phone": phone, "state": "used", "tracking_number": NEWEST}
    )

    async def used(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(mandate.model_dump_json())
        return await play(request)

    async with desk(used, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
    assert ("খবর শুধু আপনি জানাবেন" in page.text) is (phone is None)


@pytest.mark.parametrize("consent", ["own_phone", "guardian_phone", "shared_phone", "witness"])
async def test_the_receipt_of_a_citizen_without_a_phone_has_a_code(
    consent: str, unused_tcp_port: int
) -> None:
    """Printed again from the page of the mandate; one with a phone needs none."""
    mandate = FOR_ANOTHER.model_copy(
        update={"consent": consent, "state": "used", "tracking_number": NEWEST}
    )

    async def used(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(mandate.model_dump_json())
        return await play(request)

    async with desk(used, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/counter/mandates/{MARK}")
    assert ("এই কেন্দ্রে প্রিন্ট করে দেওয়া হবে" in page.text) is (consent != "own_phone")
    assert NEWEST in page.text
    assert ("ACDEF-GHJKM" in page.text) is (consent != "own_phone")
    assert ("/tracking" in page.text) is (consent != "own_phone")  # paper has no links
    assert "R.K." in page.text
    assert "৮০ টাকা" in page.text
