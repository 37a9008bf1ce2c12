"""Pages of a form before a gateway that finds answers wrong."""

import pytest
from aiohttp import web

from libs.contracts.applications import AnswerErrors, DraftView
from libs.contracts.language import Language, Text
from libs.contracts.problems import ProblemFieldError
from libs.ids import new_id
from tests.libs.pages.scenes import service
from tests.services.portal.running import AT, logged_in, portal, well

MISSING = ("epi_card", "declaration", "sex", "live_photo", "nid")


async def finds_missing(request: web.BaseRequest) -> web.Response:
    """A gateway that misses all answers."""
    if not request.path.endswith("/checks"):
        return await well(request)
    found = [
        ProblemFieldError(pointer=f"/form/{name}", code="required", message=f"fill in {name}")
        for name in MISSING
        if name in service(request.path.split("/")[3]).form["properties"]
    ]
    text = AnswerErrors(errors=found).model_dump_json()
    return web.Response(text=text, content_type="application/json")


@pytest.mark.parametrize(
    ("service_id", "language", "says"),
    [
        ("S001", "bn", ["প্রত্যয়ন”-এর ছবি বা পিডিএফ দিন।", "ঘরে টিক দিন।", "“লিঙ্গ” থেকে"]),
        ("S001", "en", ["Give a photo or PDF of “EPI", "Tick “I declare", "Choose one for “Sex”"]),
        ("S024", "bn", ["“সরাসরি তোলা ছবি” দিন।", "fill in nid"]),
        ("S024", "en", ["Give “Live photo”.", "fill in nid"]),
    ],
)  # fmt: skip
async def test_the_page_of_all_answers_says_what_to_do_as_the_page_of_the_question_does(
    service_id: str, language: Language, says: list[str], unused_tcp_port: int
) -> None:
    """To tick a box, choose, or give a paper: nobody fills in a tick, and a photo is no PDF."""
    prefix = "/en" if language == "en" else ""
    async with portal(finds_missing, unused_tcp_port) as scene:
        page = await logged_in(scene, f"{prefix}/apply/{service_id}")
        check = await scene.browser.open(f"{page.path.partition('/steps/')[0]}/check")
        for one in says:
            assert one in check.text
        for wrong in ("fill in epi_card", "fill in declaration", "fill in live_photo"):
            assert wrong not in check.text


@pytest.mark.parametrize("page_of_draft", ["", "/check", "/steps/{section}"])
async def test_a_draft_is_shown_with_the_form_of_its_own_service_only(
    page_of_draft: str, unused_tcp_port: int
) -> None:
    """Answers to one form would be saved and sent as answers to another."""

    async def of_another_service(request: web.BaseRequest) -> web.Response:
        if not request.path.startswith("/v1/drafts/"):
            return await well(request)
        draft = DraftView(
            draft_id=new_id(), public_service_id="S001", public_service_name=Text(bn="ক", en="A"),
            form_version=1, revision=1, saved_at=AT, kept_until=AT, answers={"typed": {"sex": "f"}},
        )  # fmt: skip
        return web.Response(text=draft.model_dump_json(), content_type="application/json")

    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene, "/en/apply/S002")
        draft, _, section = page.path.partition("/steps/")
        scene.play = of_another_service
        shown = await scene.browser.open(draft + page_of_draft.format(section=section))
        assert shown.status == 404
        assert "draft" in shown.title
