"""A citizen sees who has her data, ends what she allowed, and takes all of it with her."""

import json
from typing import Any

from aiohttp import web

from tests.services.gateway.scenes import NUMBER
from tests.services.portal.rights.scenes import KEYS
from tests.services.portal.running import NEW, OLD, logged_in, mandate, not_there, portal, well

PAPER = {
    "document_id": NEW,
    "kind": "epi_card",
    "media_type": "image/jpeg",
    "size_bytes": 9,
    "pages": 1,
    "sha256": "a" * 64,
    "state": "clean",
    "uploaded_at": "2026-11-01T00:00:00Z",
    "kept_until": None,
    "needed_by": [],
    "issued_number": "7K4M-9PXR-T3H5",
    "fetched_by": [
        {
            "ministry": "lgd",
            "times": 2,
            "first_at": "2026-11-01T01:00:00Z",
            "last_at": "2026-11-03T01:00:00Z",
        }
    ],
}
SITE = {
    "client_id": "library",
    "client_name": {"bn": "গণগ্রন্থাগার", "en": "Public Library"},
    "scopes": ["openid", "phone"],
    "given_at": "2026-10-01T00:00:00Z",
}
OTHER_NUMBER = "NS-00000-00000-00000"
FORM = {"form": {"name": "রহিমা"}}
LAND_OFFICE = {"bn": "ভূমি অফিস", "en": "Land office"}
ISSUED = {
    "number": "7K4M-9PXR-T3H5",
    "title": {"bn": "সনদ", "en": "Certificate"},
    "state": "valid",
    "issued_at": "2026-12-02T00:00:00Z",
    "is_illustrative": True,
    "prints": [
        {
            "service_centre_name": {"bn": "উত্তরা", "en": "Uttara centre"},
            "printed_at": "2026-12-03T00:00:00Z",
        }
    ],
}
ANSWERS: dict[str, Any] = {
    "/v1/documents": {"items": [PAPER]},
    "/v1/consents": {"items": [SITE]},
    "/v1/me/details": {"name_bn": "রহিমা"},
    "/v1/me/phone": {"phone": "*678", "new_phone": None, "changes_at": None},
    "/v1/sessions": {"items": []},
    "/v1/drafts": {"items": [{"draft_id": OLD}]},
    f"/v1/drafts/{OLD}": {"draft_id": OLD, "answers": {"typed": {"name": "মরিয়ম"}}},
    f"/v1/applications/{NUMBER}": {"tracking_number": NUMBER},
    f"/v1/applications/{NUMBER}/form": FORM,
    f"/v1/applications/{NUMBER}/messages": {"items": []},
    f"/v1/applications/{NUMBER}/looks": {
        "items": [{"on": "2026-12-01", "office": LAND_OFFICE, "papers": 2}],
        "added": [{"on": "2026-12-02", "office": LAND_OFFICE, "name": None, "pages": 3}],
    },
    f"/v1/applications/{NUMBER}/papers": {"items": [ISSUED]},
    f"/v1/applications/{NUMBER}/feedback": {"rating": 5},
    f"/v1/applications/{OTHER_NUMBER}": {"tracking_number": OTHER_NUMBER},
    f"/v1/applications/{OTHER_NUMBER}/form": {"form": {}},
    f"/v1/applications/{OTHER_NUMBER}/looks": {"items": []},
    f"/v1/applications/{OTHER_NUMBER}/papers": {"items": []},
}


def application(number: str) -> dict[str, Any]:
    """An application in the list of a citizen's."""
    return {
        "application_id": NEW,
        "tracking_number": number,
        "public_service_id": "S001",
        "public_service_name": {"bn": "জন্ম নিবন্ধন", "en": "Birth registration"},
        "ministry": "lgd",
        "status": "approved",
        "submitted_at": "2026-11-30T00:00:00Z",
    }


def pages_of(items: list[dict[str, Any]], request: web.BaseRequest) -> dict[str, Any]:
    """A list of two pages of one item each."""
    first, second = items
    is_first = request.query.get("after") is None
    return {"items": [first if is_first else second], "next": "more" if is_first else None}


async def play(request: web.BaseRequest) -> web.Response:
    """An API with a citizen's data."""
    if request.path.endswith("/form") and request.query.get("earlier") == "true":
        return web.json_response({**FORM, "earlier": [{"form": {"name": "রাহিমা"}}]})
    if request.path == f"/v1/documents/{NEW}":
        return not_there("paper_withdrawn")  # no receipt: it was issued, and does not hold any more
    if request.path in ANSWERS:
        return web.json_response(ANSWERS[request.path])
    if request.path == "/v1/me/mandates":
        return web.json_response(pages_of([mandate(NEW), mandate(OLD)], request))
    if request.path == "/v1/applications":
        listed = [application(number) for number in (NUMBER, OTHER_NUMBER)]
        return web.json_response(pages_of(listed, request))
    if request.path.startswith(f"/v1/applications/{OTHER_NUMBER}/"):
        code = {"messages": "messages_unknown", "feedback": "feedback_not_given"}
        return not_there(code[request.path.rpartition("/")[2]])
    return await well(request)


async def test_all_data_are_one_file(unused_tcp_port: int) -> None:
    """Every page of every list; what was never there is null; no receipt that another could use.

    Among them a paper that does not hold any more, of which there is no receipt.
    """
    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/data")
        answer = await scene.browser.send(page, page.form(action="/profile/data"))
    data = json.loads(answer.html)
    found = [entry["application"]["tracking_number"] for entry in data["applications"]]
    assert found == [NUMBER, OTHER_NUMBER]
    assert data["applications"][0]["form_as_sent"]["form"] == {"name": "রহিমা"}
    assert data["applications"][0]["form_as_sent"]["earlier"][0]["form"] == {"name": "রাহিমা"}
    assert data["applications"][0]["feedback"] == {"rating": 5}
    assert data["applications"][0]["looks_by_offices"]["items"][0]["on"] == "2026-12-01"
    assert data["applications"][0]["looks_by_offices"]["added"][0]["pages"] == 3
    assert data["applications"][0]["issued_papers"]["items"] == [ISSUED]
    named = {f"applications.{name}" for name in data["applications"][0]}
    assert data.keys() - {"made_at", "applications"} | named == KEYS
    assert data["applications"][1]["messages"] is None
    assert data["drafts"][0]["answers"] == {"typed": {"name": "মরিয়ম"}}
    assert [helper["mandate_id"] for helper in data["helpers"]] == [NEW, OLD]
    assert data["papers"][0]["fetched_by"][0]["times"] == 2
    assert data["sites"]["items"][0]["client_id"] == "library"
    assert data["number"]["phone"] == "*678"
    assert data["erasure"] is None
    assert data["could_not_be_read"] == []
    assert "receipt" not in data["papers"][0]


async def test_the_file_is_kept_by_nobody_on_the_way(unused_tcp_port: int) -> None:
    """It is a download with a name."""
    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/data")
        answer = await scene.browser.send(page, page.form(action="/profile/data"))
    assert answer.status == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["cache-control"] == "no-store"


async def test_what_is_damaged_is_named_and_the_rest_is_given(unused_tcp_port: int) -> None:
    """A form of before, one that was sent, and a draft; nobody can read them again."""
    form = f"/v1/applications/{NUMBER}/form"

    async def damaged(request: web.BaseRequest) -> web.Response:
        if request.path == form:
            return web.json_response({**FORM, "earlier": [], "earlier_damaged": 1})
        if request.path == f"/v1/applications/{OTHER_NUMBER}/form" or (
            request.path.startswith("/v1/drafts/")
        ):
            return not_there("record_damaged")
        return await play(request)

    async with portal(damaged, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/data")
        answer = await scene.browser.send(page, page.form(action="/profile/data"))
    data = json.loads(answer.html)
    first, second = data["applications"]
    assert first["form_as_sent"]["form"] == {"name": "রহিমা"}
    assert second["form_as_sent"] is None
    assert data["drafts"] == [None]
    draft, *forms = data["could_not_be_read"]
    assert draft.startswith("/v1/drafts/")
    assert forms == [f"{form}?earlier=true", f"/v1/applications/{OTHER_NUMBER}/form"]


async def test_half_of_the_data_is_not_given_for_the_whole(unused_tcp_port: int) -> None:
    """While one service is away there is no file, and the page says so."""

    async def without_forms(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/applications/{NUMBER}/form":
            return web.Response(status=503)
        return await play(request)

    async with portal(without_forms, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/data")
        answer = await scene.browser.send(page, page.form(action="/profile/data"))
    assert answer.status == 503
    assert "content-disposition" not in answer.headers


async def test_a_citizen_sees_who_fetched_her_papers(unused_tcp_port: int) -> None:
    """By ministry, how often and when; and the sites with what they may read."""
    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open("/en/profile/access")
    assert page.status == 200
    for text in ("2 times", "Public Library", "mobile number"):
        assert text in page.text
    for text in ("Land office, 1 December 2026", "papers opened: 2", "printed at Uttara centre"):
        assert text in page.text
    assert f"/en/profile/sites/{SITE['client_id']}/withdrawal" in page.links


async def test_who_fetched_a_paper_may_not_be_known(unused_tcp_port: int) -> None:
    """It is not said that nobody has where nobody says it."""

    async def before(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/documents":
            return web.json_response({"items": [{**PAPER, "fetched_by": None}]})
        return await play(request)

    async with portal(before, unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open("/en/profile/access")
    assert "Who has fetched it is not known now" in page.text
    assert "No ministry has fetched it" not in page.text


async def test_who_opened_an_application_may_not_be_known(unused_tcp_port: int) -> None:
    """While a service is away the page shows what the others know, and says of the rest so."""

    async def away(request: web.BaseRequest) -> web.Response:
        if request.path.endswith(("/looks", "/papers")):
            body = {"type": "/problems/unavailable", "title": "", "detail": "", "status": 503}
            return web.json_response(body, status=503)
        return await play(request)

    async with portal(away, unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open("/en/profile/access")
    assert (page.status, "2 times" in page.text) == (200, True)
    for text in ("Who opened it is not known now", "was printed anywhere is not known now"):
        assert text in page.text
    assert "No office has opened it" not in page.text


async def test_the_consent_for_a_site_is_withdrawn_after_a_question(unused_tcp_port: int) -> None:
    """Not by the first tap; a site that was never allowed is unknown."""
    withdrawn: list[str] = []

    async def withdrawing(request: web.BaseRequest) -> web.Response:
        if request.method == "DELETE":
            withdrawn.append(request.path)
            return web.Response(status=204)
        return await play(request)

    async with portal(withdrawing, unused_tcp_port) as scene:
        asked = await logged_in(scene, "/profile/sites/library/withdrawal")
        assert withdrawn == []
        page = await scene.browser.send(asked, asked.form(action="/withdrawal"))
        assert page.path == "/profile/access"
        assert withdrawn == ["/v1/consents/library"]
        unknown = await scene.browser.open("/profile/sites/elsewhere/withdrawal")
        assert unknown.status == 404
