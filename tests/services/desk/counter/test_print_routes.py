"""An uddokta prints the paper about a decision, on a device of the centre."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from libs.contracts.issuance import IssuedPaper, IssuedPapers, PaperPrint
from libs.contracts.language import Text
from libs.contracts.mandates import AssistedNewsList, AssistedPaper, MandateToken
from tests.services.desk.counter.running import (
    AT,
    MANDATE,
    MARK,
    NEWEST,
    NEWS,
    answer,
    play,
)
from tests.services.desk.running import desk, log_in, refused

FOR_ANOTHER = MANDATE.model_copy(update={"consent": "guardian_phone", "applicant": "R.K."})
NUMBER, ENDED = "7K4M-9PXR-T3H5", "2B7C-4DXR-K9H3"
PAPERS = f"/v1/assisted-applications/{NEWEST}/papers"
TITLE = Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate")
GULSHAN = PaperPrint(
    service_centre_name=Text(bn="গুলশান", en="Gulshan"),
    printed_at=datetime(2026, 3, 1, 5, tzinfo=UTC),
)


def paper(number: str, **fields: Any) -> IssuedPaper:
    """A paper of the citizen."""
    return IssuedPaper(
        **{
            "number": number,
            "title": TITLE,
            "state": "valid",
            "issued_at": AT,
            "is_illustrative": True,
            **fields,
        }
    )


WITHDRAWN = paper(ENDED, state="withdrawn", ended_at=AT, prints=[GULSHAN])
TOKEN = MandateToken(
    access_token="only-to-print",
    expires_in=900,
    authorization_details=[],
    submit_at="https://api.example",
)


async def with_papers(request: web.BaseRequest) -> web.StreamResponse:
    """An API with two papers, of which one was withdrawn."""
    match request.method, request.path:
        case "POST", path if path == f"{PAPERS}/tokens":
            return answer(TOKEN.model_dump_json())
        case "GET", path if path == PAPERS:
            assert request.headers["authorization"] == "DPoP only-to-print"
            assert request.headers["dpop"]
            items = [paper(NUMBER), WITHDRAWN]
            return answer(IssuedPapers(items=items).model_dump_json())
        case "POST", path if path == f"{PAPERS}/{NUMBER}/prints":
            assert request.headers["authorization"] == "DPoP only-to-print"
            return web.Response(body=b"%PDF-1.7", content_type="application/pdf")
        case "POST", path if path.startswith(PAPERS):
            return refused("paper_withdrawn")
        case _:
            return await play(request)


async def test_a_paper_is_printed_from_its_page(unused_tcp_port: int) -> None:
    """One that ended has no button; where it was printed and what to do now is said."""
    async with desk(with_papers, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/counter/papers/{NEWEST}")
        for shown in (TITLE.bn, NUMBER, "গুলশান", "আর চলে না"):
            assert shown in page.text
        path = f"/counter/papers/{NEWEST}/{NUMBER}"
        assert [form.action for form in page.forms if "/counter/papers/" in form.action] == [path]
        pdf = await scene.browser.send(page, page.form(action=path))
        assert (pdf.status, pdf.html) == (200, "%PDF-1.7")
        ended = replace(page.form(action=path), action=f"/counter/papers/{NEWEST}/{ENDED}")
        refusal = await scene.browser.send(page, ended)
        assert (refusal.status, refusal.path) == (410, f"/counter/papers/{NEWEST}")
        assert "প্রত্যাহার" in refusal.text


async def test_the_number_is_typed_for_who_has_a_phone(unused_tcp_port: int) -> None:
    """It leads to the page of its papers; one that is not the uddokta's is said."""

    async def unknown(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/papers/tokens"):
            return refused("application_unknown")
        return await play(request)

    async with desk(with_papers, unused_tcp_port) as scene:
        await log_in(scene)
        assert "/counter/papers" in (await scene.browser.open("/counter")).links
        assert 'name="number"' in (await scene.browser.open("/counter/papers")).html
        page = await scene.browser.open(f"/counter/papers?number={NEWEST}")
        assert page.path == f"/counter/papers/{NEWEST}"
    async with desk(unknown, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/counter/papers/{NEWEST}")
        assert page.status == 404
        assert "এই কেন্দ্র থেকে আপনার, বা এখন এখানে নেই এমন কারও পাঠানো" in page.text


async def test_news_lead_to_the_paper_until_it_is_printed(unused_tcp_port: int) -> None:
    """Told or not; that a printed one has ended is said, and told with a button."""
    told = {"told_at": AT, "told_by": NEWS.mandate_id}
    states = {
        "to_print": AssistedPaper(number=NUMBER, state="to_print", waits=True, printed_at=None),
        "ended": AssistedPaper(number=ENDED, state="ended", waits=True, printed_at=AT, ended_at=AT),
    }
    shown = {"to_print": "কাগজটি প্রিন্ট করে দিন", "ended": "প্রিন্ট হয়েছিল তা আর বহাল নেই"}
    for state, words in shown.items():

        async def waiting(
            request: web.BaseRequest, papers: Any = (states[state],)
        ) -> web.StreamResponse:
            match request.path:
                case path if path == f"/v1/mandates/{MARK}":
                    return answer(FOR_ANOTHER.model_dump_json())
                case "/v1/assisted-news" if request.query["told"] == "false":
                    row = NEWS.model_copy(update={**told, "papers": list(papers)})
                    return answer(AssistedNewsList(items=[row]).model_dump_json())
                case _:
                    return await play(request)

        async with desk(waiting, unused_tcp_port) as scene:
            await log_in(scene)
            page = await scene.browser.open("/counter/news")
            assert words in page.text
            assert f"/counter/papers/{NEWEST}" in page.links
            telling = f"/counter/news/{NEWS.news_id}"
            assert (telling in [form.action for form in page.forms]) is (state == "ended")
