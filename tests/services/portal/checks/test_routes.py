"""Everybody checks a paper on a page; what is not known is not said."""

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from libs.contracts.issuance import IssuedPaper, IssuedPapers, PaperKeys
from libs.ids import new_id, paper_number
from tests.services.gateway.scenes import NUMBER as APPLICATION
from tests.services.gateway.scenes import view as application
from tests.services.portal.checks.scenes import AT, NUMBER, TITLE, status
from tests.services.portal.running import logged_in, portal, well

LATER = paper_number(b"8" * 32)


@pytest.mark.parametrize(
    ("fields", "bangla", "english"),
    [
        ({}, ("বহাল আছে", "র.খ.", "সরকারি কাগজ নয়"), ("It holds", "no official paper")),
        (
            {"state": "withdrawn", "ended_on": date(2026, 11, 20)},
            ("প্রত্যাহার করা হয়েছে", "দেওয়া হয়েছিল", "২০ নভেম্বর ২০২৬"),
            ("it was withdrawn", "The paper was issued", "does not hold since 20 November 2026"),
        ),
        (
            {"state": "replaced", "ended_on": date(2026, 11, 20), "replaced_by": LATER},
            ("নতুন কাগজ", LATER),
            ("a newer paper replaced it", LATER),
        ),
        (
            {"state": "expired", "last_day": date(2026, 6, 30)},
            ("মেয়াদ শেষ", "৩০ জুন ২০২৬"),
            ("it has expired", "Its last day: 30 June 2026"),
        ),
        ({"replaces": LATER}, ("বহাল আছে", LATER), ("It holds", LATER)),
        ({"initials": None}, ("জানা নেই",), ("Not known",)),
    ],
)
async def test_a_page_says_whether_a_paper_holds(
    fields: dict[str, Any], bangla: tuple[str, ...], english: tuple[str, ...], unused_tcp_port: int
) -> None:
    """In both languages, and without a name."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/papers/{NUMBER}":
            text = status(**fields).model_dump_json()
            return web.Response(text=text, content_type="application/json")
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        for prefix, texts in (("", bangla), ("/en", english)):
            page = await scene.browser.open(f"{prefix}/check/{NUMBER}")
            assert page.status == 200
            assert TITLE.in_language("en" if prefix else "bn") in page.text
            for text in texts:
                assert text in page.text
        page = await scene.browser.open("/check")
        assert "number" in page.ids
        found = await scene.browser.open(f"/check?number={NUMBER.lower().replace('-', '')}")
        assert found.path == f"/check/{NUMBER}"


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (f"{NUMBER[:-1]}?", 422, "১২টি অক্ষর"),
        ("x" * 500, 422, "১২টি অক্ষর"),
        ("<script>alert(1)</script>", 422, "১২টি অক্ষর"),
    ],
)
async def test_a_wrong_number_asks_nobody(
    typed: str, code: int, told: str, unused_tcp_port: int
) -> None:
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open(f"/check?number={quote(typed)}")
        assert (page.status, told in page.text) == (code, True)
        assert "<script>alert" not in page.text
        assert not [asked for asked in scene.asked if asked.path.startswith("/v1/papers")]


@pytest.mark.parametrize("sha256", [None, "ab" * 32])
async def test_a_file_of_an_office_is_said_to_have_no_codes(
    sha256: str | None, unused_tcp_port: int
) -> None:
    """Of a paper that names nobody any more; only a drawn one has the signed name."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1/papers/{NUMBER}":
            text = status(initials=None, sha256=sha256).model_dump_json()
            return web.Response(text=text, content_type="application/json")
        return await well(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await scene.browser.open(f"/en/check/{NUMBER}")
    assert ("other code on the paper" in page.text) is (sha256 is None)


async def test_an_unknown_paper_and_a_silent_api_are_not_the_same(unused_tcp_port: int) -> None:
    """The first was not issued here; of the second nothing is known now."""
    problem = '{"type":"/problems/paper_unknown","title":"x","status":404,"detail":"x"}'
    answers = [
        web.Response(status=404, text=problem, content_type="application/problem+json"),
        web.Response(status=503),
    ]

    async def play(_: web.BaseRequest) -> web.Response:
        return answers.pop(0)

    async with portal(play, unused_tcp_port) as scene:
        page = await scene.browser.open(f"/check/{NUMBER}")
        assert (page.status, "এখান থেকে দেওয়া হয়নি" in page.text) == (404, True)
        page = await scene.browser.open(f"/check/{NUMBER}")
        assert (page.status, "এখন জানা যাচ্ছে না" in page.text) == (503, True)
        assert f'data-number="{NUMBER}"' in page.html  # another paper's code is still noticed
        assert "বহাল আছে" not in page.text


async def test_the_keys_are_of_the_same_origin_as_the_page(unused_tcp_port: int) -> None:
    async def play(request: web.BaseRequest) -> web.Response:
        assert request.path == "/v1/paper-keys"
        text = PaperKeys(keys=[]).model_dump_json()
        return web.Response(text=text, content_type="application/json")

    async with (
        portal(play, unused_tcp_port) as scene,
        scene.http.get(f"{scene.url}/check/keys") as reply,
    ):
        assert await reply.json() == {"keys": []}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ("যাচাই করতে পারেন",)),
        ({"state": "expired", "last_day": date(2026, 6, 30)}, ("মেয়াদ শেষ", "৩০ জুন ২০২৬")),
        (
            {"state": "replaced", "ended_at": AT, "replaced_by": LATER},
            ("বদলে নতুন কাগজ", LATER, "বহাল নেই"),
        ),
        (
            {"state": "withdrawn", "ended_at": AT, "reason": {"bn": "নাম ভুল ছিল", "en": "x"}},
            ("প্রত্যাহার করেছে", "নাম ভুল ছিল", "বহাল নেই"),
        ),
    ],
)
async def test_the_page_of_an_application_has_its_paper(
    fields: dict[str, Any], told: tuple[str, ...], unused_tcp_port: int
) -> None:
    """With its number and what became of it; one that was not taken back is downloaded."""
    paper = IssuedPaper.model_validate(
        {
            "number": NUMBER,
            "title": TITLE,
            "state": "valid",
            "issued_at": AT,
            "is_illustrative": True,
            **fields,
        }
    )
    path = f"/v1/applications/{APPLICATION}"

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"{path}/papers":
            text = IssuedPapers(items=[paper]).model_dump_json()
        elif request.path == f"{path}/papers/{NUMBER}/content":
            return web.Response(body=b"%PDF-", content_type="application/pdf")
        elif request.path == path:
            shown = application(new_id()).model_copy(update={"status": "approved"})
            text = shown.model_dump_json()
        else:
            return await well(request)
        return web.Response(text=text, content_type="application/json")

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        page = await scene.browser.open(f"/applications/{APPLICATION}")
        for text in (NUMBER, *told):
            assert text in page.text
        link = f"/applications/{APPLICATION}/papers/{NUMBER}"
        is_there = fields.get("state") in {None, "expired"}
        assert (link in page.links) == is_there
        assert (f"/check/{NUMBER}" in page.links) == is_there
        assert "কবে ও কোথায় পাবেন" not in page.text
        if is_there:
            drawn = await scene.browser.open(link)
            assert drawn.text.startswith("%PDF-")
