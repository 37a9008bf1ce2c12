"""Who helped a citizen, read from the API a page at a time."""

import json
from typing import Any

from aiohttp import web

from libs.contracts.centres import CentreList, RateBoard
from libs.contracts.language import Text
from libs.ids import new_id
from tests.services.desk.programme.scenes import CENTRE
from tests.services.portal.running import NEW, OLD, logged_in, mandate, portal, well


async def two_pages(request: web.BaseRequest) -> web.Response:
    """A gateway with one helper on each of two pages."""
    if request.path != "/v1/me/mandates":
        return await well(request)
    is_first = request.query.get("after") != NEW
    page = {"items": [mandate(NEW if is_first else OLD)], "next": NEW if is_first else None}
    return web.Response(text=json.dumps(page), content_type="application/json")


async def test_older_helpers_are_on_the_next_page_and_can_be_complained_about(
    unused_tcp_port: int,
) -> None:
    """However many there are since."""
    async with portal(two_pages, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
        [older] = [link for link in page.links if "after=" in link]
        page = await scene.browser.open(older)
        assert f"/helpers/{OLD}/complaint" in page.links
        assert not [link for link in page.links if "after=" in link and "/en" not in link]
        complaint = await scene.browser.open(f"/helpers/{OLD}/complaint")
        assert complaint.status == 200
        assert (await scene.browser.open(f"/helpers/{new_id()}/complaint")).status == 404


async def test_a_guardian_sees_for_whom_the_phone_consented(unused_tcp_port: int) -> None:
    """Initials and the tracking page, not the application, which is not the guardian's."""
    ward = {
        **mandate(NEW),
        "consent": "guardian_phone",
        "applicant": "R.K.",
        "for_another": True,
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
    }

    async def play(request: web.BaseRequest) -> web.Response:
        match request.path:
            case "/v1/me/mandates":
                body: dict[str, Any] = {"items": [ward], "next": None}
            case path if path.endswith("/revocation"):
                body = ward
            case _:
                return await well(request)
        return web.Response(text=json.dumps(body), content_type="application/json")

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
        assert "R.K." in page.text
        assert "/tracking" in page.links
        assert "/applications/NS-7K4M9-PXRT3-HC2D3" not in page.links
        asked = await scene.browser.open(f"/helpers/{NEW}/stop")
        stopped = await scene.browser.send(asked, asked.form(action="/stop"))
    assert "সিদ্ধান্ত হয়েছে কি না, তা আপনার পাতায় দেখা যায় না" in asked.text
    assert "নাগরিককে আর জানাতে পারবেন না" in asked.text
    assert "আর তা দেখবেন না" in stopped.text
    assert not [link for link in stopped.links if "/withdrawal" in link]


async def test_a_citizen_reads_that_no_news_go_to_a_number_that_was_erased(
    unused_tcp_port: int,
) -> None:
    """Its owner's account is gone; the application is still the citizen's."""
    helper = {**mandate(NEW), "consent": "guardian_phone", "state": "used"}

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path != "/v1/me/mandates":
            return await well(request)
        numbers = {NEW: None, OLD: "*******5678"}
        items = [{**helper, "mandate_id": mark, "phone": phone} for mark, phone in numbers.items()]
        return web.Response(text=json.dumps({"items": items, "next": None}))

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
    assert page.text.count("সেখানে আর খবর যায় না") == 1


async def test_a_guardian_tells_a_correction_from_the_application(unused_tcp_port: int) -> None:
    """It says what it changes and has no price; what news to expect is said once for all wards."""
    ward = {**mandate(NEW), "consent": "shared_phone", "applicant": "R.K.", "for_another": True}
    correction = {
        **ward,
        "mandate_id": OLD,
        "corrects": NEW,
        "changes": ["name"],
        **dict.fromkeys(("fee_bdt", "charge_bdt", "total_bdt"), 0),
    }

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path != "/v1/me/mandates":
            return await well(request)
        return web.Response(text=json.dumps({"items": [correction, ward], "next": None}))

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
    assert page.text.count("(সংশোধন)") == 1
    assert "সংশোধনে বদলাচ্ছে: নাম। বাড়তি টাকা লাগে না।" in page.text
    assert "০ টাকা = ০ টাকা" not in page.text
    assert page.text.count("রসিদের কোড দিয়ে") == 1


async def test_a_citizen_says_what_a_complaint_is_about(unused_tcp_port: int) -> None:
    """One of five things and her words; what is missing is said at its place, and all is kept."""
    seen: list[Any] = []

    async def play(request: web.BaseRequest) -> web.Response:
        if not request.path.endswith("/complaints"):
            return await two_pages(request)
        seen.append(json.loads(await request.read()))
        if seen[-1]["kind"]:
            return web.Response(text=json.dumps(mandate(NEW)), content_type="application/json")
        wrong = {"pointer": "/kind", "code": "literal_error", "message": "Choose one."}
        problem = {"type": "/problems/wrong_shape", "title": "", "detail": "", "status": 422}
        return web.json_response({**problem, "errors": [wrong]}, status=422)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/helpers/{NEW}/complaint")
        typed = {"text": "She took 200."}
        page = await scene.browser.send(page, page.form("text"), typed)
        assert (page.status, page.text.count("Choose one.")) == (422, 2)
        assert "She took 200." in page.html
        for words in ("More than the price was asked for", "Help was refused", "Something else"):
            assert words in page.text
        typed = {**typed, "kind": "overcharged"}
        assert (await scene.browser.send(page, page.form("text"), typed)).path == "/en/helpers"
    assert seen == [{"kind": "", "text": typed["text"]}, typed]


async def test_the_answer_to_a_complaint_stands_at_the_helper(unused_tcp_port: int) -> None:
    """And the grievance in which it is answered; at a helper without one there is neither."""
    number = "NS-7K4M9-PXRT3-HC2D3"
    answered = {
        **mandate(NEW),
        "complained": True,
        "complaint_answer": "You get 200 back.",
        "grievance": number,
    }

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path != "/v1/me/mandates":
            return await well(request)
        return web.Response(text=json.dumps({"items": [answered, mandate(OLD)], "next": None}))

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/en/helpers")
    assert page.text.count("The answer to your complaint: You get 200 back.") == 1
    assert page.text.count("The answer to your complaint") == 1
    assert f"/en/applications/{number}" in page.links
    assert f"/en/helpers/{OLD}/complaint" in page.links


async def test_whoever_was_not_helped_at_a_centre_has_a_paper_that_says_where_to_complain(
    unused_tcp_port: int,
) -> None:
    """It needs no phone of her own, names another centre, and hangs beside the prices."""
    uttara = CENTRE.model_copy(update={"service_centre_id": "uttara"})
    name = Text(bn="নীলক্ষেত কেন্দ্র", en="Nilkhet centre")
    other = CENTRE.model_copy(update={"service_centre_id": "nilkhet", "name": name})

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/centres/uttara/rates":
            return web.json_response(text=RateBoard(centre=uttara, items=[]).model_dump_json())
        if request.path == "/v1/centres":
            assert request.query["state"] == "running"
            return web.json_response(text=CentreList(items=[uttara, other]).model_dump_json())
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        rates = await scene.browser.open("/en/centres/uttara/rates")
        assert "/en/centres/uttara/slip" in rates.links
        slip = await scene.browser.open("/en/centres/uttara/slip")
    for words in ("no number of an application", "Nilkhet centre", "call 333", "uttara"):
        assert words in slip.text
    assert slip.text.count(uttara.name.en) == 1  # it is none of the others
    assert "data-print" in slip.html
