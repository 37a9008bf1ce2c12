"""An objection to a refusal at the counter: grounds, papers, the citizen's yes, a receipt."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.applications import AssistedList
from libs.contracts.documents import APPEAL_PAPER
from libs.contracts.language import Text
from libs.contracts.mandates import ConsentKind, MandateToken, ProposedCorrection
from libs.ids import derived_id, new_id
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import AT, MANDATE, MARK, SENT, answer, play, sent
from tests.services.desk.running import desk, log_in

NUMBER = "NS-1XQ83-QA3CG-GKWX7"
PAGE = f"/counter/appeals/{NUMBER}"
CONSENT, PAPER = new_id(), new_id()
REFUSED = sent(NUMBER, "refused").model_copy(
    update={
        "applicant": "র.খা.",
        "appeal_until": date(2026, 12, 25),
        "appeal_decided_by": Text(bn="ইউএনও", en="The UNO"),
        "refusal_note": Text(bn="কাগজ নেই", en="A paper is missing"),
    }
)
ASKED = MANDATE.model_copy(
    update={
        "mandate_id": CONSENT,
        "corrects": MANDATE.mandate_id,
        "tracking_number": NUMBER,
        "state": "requested",
        "fee_bdt": 0,
        "charge_bdt": 0,
        "total_bdt": 0,
    }
)
ANSWERS = {
    f"/v1/assisted-applications/{NUMBER}/proposed-appeals": ProposedCorrection(
        correction_id=CONSENT, mandate_id=UUID(MARK), changes=(), kept_until=AT
    ).model_dump_json(),
    f"/v1/mandates/{CONSENT}/consent": ASKED.model_dump_json(),
    f"/v1/mandates/{CONSENT}/tokens": MandateToken(
        access_token="t", expires_in=9, authorization_details=[], submit_at=""
    ).model_dump_json(),
    f"/v1/mandates/{CONSENT}/correction": json.dumps(
        {**SENT, "application_id": MARK, "ministry": "lgd"}
    ),
}


def playing(  # noqa: C901 -- a table
    seen: list[Any], consent: ConsentKind = "own_phone", refuses: str = ""
) -> Play:
    """An API with one refused application; what was sent to it is kept."""
    of_other = {"phone": None, "witness_number": "12345678"}
    asked = ASKED.model_copy(
        update={"consent": consent, **({"witness": of_other}.get(consent) or {})}
    )

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/documents"):
            await request.read()
            return answer(json.dumps(DOCUMENT))
        if request.method == "POST":
            seen.append((request.path, await request.text()))
        if refuses and request.path.endswith("/proposed-appeals"):
            return refusal(refuses)
        if request.path == "/v1/assisted-applications":
            now = {"status": "with_ministry", "appeal_until": None}
            shown = REFUSED.model_copy(update=now if was_called(seen, "/correction") else {})
            return answer(AssistedList(items=[shown]).model_dump_json())
        if request.path == f"/v1/mandates/{CONSENT}":
            state = "active" if was_called(seen, "/consent") else "requested"
            return answer(asked.model_copy(update={"state": state}).model_dump_json())
        if request.path == f"/v1/mandates/{MARK}/corrections":
            return answer(asked.model_dump_json())
        if request.path in ANSWERS:
            return answer(ANSWERS[request.path])
        return await play(request)

    return answering


def was_called(seen: list[Any], ending: str) -> bool:
    """Whether the API was asked at an address with this ending."""
    return any(path.endswith(ending) for path, _ in seen)


def refusal(code: str) -> web.Response:
    """A problem of the API."""
    problem = {"type": f"/problems/{code}", "title": "x", "detail": "y", "status": 409}
    return web.Response(
        status=409, text=json.dumps(problem), content_type="application/problem+json"
    )


DOCUMENT = {
    "document_id": str(PAPER),
    "receipt": "signed",
    "name": "রায়.jpg",
    "kind": APPEAL_PAPER,
    "media_type": "image/jpeg",
    "size_bytes": 10,
    "pages": 1,
    "sha256": "ab" * 32,
    "state": "clean",
    "uploaded_at": "2026-11-20T00:00:00Z",
    "kept_until": None,
    "needed_by": [],
    "receipt_expires_at": "2099-01-01T00:00:00Z",
    "fetched_by": [],
}


async def test_an_objection_goes_from_the_list_to_the_receipt(unused_tcp_port: int) -> None:
    """Nothing is sent before the citizen has agreed; the receipt says what was."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        browser = scene.browser
        assert PAGE in (await browser.open("/counter")).html
        page = await browser.open(PAGE)
        for said in ("কাগজ নেই", "ইউএনও", "২৫ ডিসেম্বর ২০২৬", "একবারই", "তা থাকে না"):
            assert said in page.text
        page = await browser.send(page, page.form("grounds"), {"grounds": "রায়টি দেওয়া ছিল"})
        assert page.path == f"/counter/mandates/{CONSENT}"
        assert "নামঞ্জুরের বিরুদ্ধে আপত্তি; একবারই করা যায়" in page.text
        (_, proposed), (path, asked) = seen[-2:]
        assert json.loads(proposed) == {"grounds": "রায়টি দেওয়া ছিল", "documents": []}
        assert path == f"/v1/mandates/{MARK}/corrections"
        assert json.loads(asked)["changes"] == []
        page = await browser.send(page, page.form("code"), {"code": "482913"})
        (send,) = [form for form in page.forms if form.action.endswith("/correction")]
        page = await browser.send(page, send)
        assert page.path == f"{PAGE}/receipt"
        for said in (NUMBER, "রায়টি দেওয়া ছিল", "উত্তরা", "আপত্তি জমা হয়েছে"):
            assert said in page.text
        assert (await browser.open(PAGE)).path == f"{PAGE}/receipt"
    assert [path for path, _ in seen].count(f"/v1/mandates/{CONSENT}/correction") == 1


async def test_who_decides_is_not_said_where_it_is_not_known(unused_tcp_port: int) -> None:
    """A ministry with a system of its own need not say it; neither page nor receipt invents it."""
    seen: list[Any] = []
    whole = playing(seen)

    async def unknown(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v1/assisted-applications":
            return await whole(request)
        now = {"status": "with_ministry", "appeal_until": None}
        fields = {"appeal_decided_by": None, **(now if was_called(seen, "/correction") else {})}
        return answer(AssistedList(items=[REFUSED.model_copy(update=fields)]).model_dump_json())

    async with desk(unknown, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        assert ("এখানে জানা নেই" in page.text, "উচ্চতর" in page.text) == (True, False)
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": "ঠিক নয়"})
        page = await scene.browser.send(page, page.form("code"), {"code": "482913"})
        (send,) = [form for form in page.forms if form.action.endswith("/correction")]
        page = await scene.browser.send(page, send)
        assert page.path == f"{PAGE}/receipt"
        assert ("এখানে জানা নেই" in page.text, "উচ্চতর" in page.text) == (True, False)


@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone", "witness"])
async def test_who_has_no_phone_of_her_own_agrees_as_before(
    unused_tcp_port: int, consent: ConsentKind
) -> None:
    """A code to the phone of another, with her PIN, or the number for an officer."""
    async with desk(playing([], consent), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": "ঠিক নয়"})
        if consent == "witness":
            assert "1234 5678" in page.text
        else:
            assert ('id="pin"' in page.html) == (consent == "shared_phone")
            assert "পড়ে শোনান" in page.text


@pytest.mark.parametrize(
    ("typed", "refuses", "said"),
    [
        ("", "", "নাগরিকের কথায় লিখুন"),
        ("ক" * 2_001, "", "২০০০ অক্ষরের মধ্যে"),
        ("কারণ", "appeal_too_late", "y"),
        ("কারণ", "appeal_made", "y"),
    ],
    ids=["nothing", "too long", "a day late", "twice"],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    unused_tcp_port: int, typed: str, refuses: str, said: str
) -> None:
    """Also where the API does not take it: a day late, or twice."""
    async with desk(playing([], refuses=refuses), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": typed})
        assert page.status in {409, 422}
        assert said in page.text
        assert f">{typed}</textarea>" in page.html


async def test_a_paper_goes_with_it_unless_it_is_left_out(unused_tcp_port: int) -> None:
    """Its receipt is in the draft of the counter, and nothing of it on the device."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.upload(page, page.form("kind"), b"jpeg")
        assert (page.path, page.status) == (PAGE, 200)
        assert "রায়.jpg" in page.text
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": "ঠিক নয়"})
        assert json.loads(seen[-2][1])["documents"] == ["signed"]


async def test_an_application_of_nobody_here_and_a_decided_one_have_no_page(
    unused_tcp_port: int,
) -> None:
    """The page says where one goes on."""
    async with desk(playing([("/v1/x/correction", "")]), unused_tcp_port) as scene:
        await log_in(scene)
        unknown = await scene.browser.open("/counter/appeals/NS-7K4M9-PXRT3-HC2D3")
        assert unknown.status == 404
        assert (await scene.browser.open(PAGE)).status == 409


@pytest.mark.parametrize("is_lost", [True, False], ids=["the whole draft", "whom it asked"])
async def test_what_was_sent_has_an_end_where_its_draft_was_lost(
    unused_tcp_port: int, *, is_lost: bool
) -> None:
    """A desk that was killed after it asked the citizen, or a draft that is not kept any more."""
    seen: list[Any] = []
    drafts = f"/v1/counter-drafts/{derived_id(UUID(int=0), f'appeal of {NUMBER}')}"
    whole = playing(seen)

    async def forgetting(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == drafts and request.method == "GET" and was_called(seen, "/corrections"):
            if is_lost and not was_called(seen, "/stored"):
                return refusal("counter_draft_unknown")
            typed: dict[str, Any] = {
                "grounds": "ঠিক নয়",
                "papers": {},
                "mandate_id": None,
                "sent_at": None,
            }
            stored = {**typed, **json.loads(dict(seen).get("/stored", "{}"))}
            return answer(json.dumps({"answers": stored, "correction_of": NUMBER}))
        if request.path == drafts and request.method == "PUT" and was_called(seen, "/correction"):
            seen.append(("/stored", json.dumps(json.loads(await request.text())["answers"])))
        return await whole(request)

    async with desk(forgetting, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": "ঠিক নয়"})
        page = await scene.browser.send(page, page.form("code"), {"code": "482913"})
        (send,) = [form for form in page.forms if form.action.endswith("/correction")]
        page = await scene.browser.send(page, send)
        end = f"/counter/mandates/{CONSENT}" if is_lost else f"{PAGE}/receipt"
        assert (page.status, page.path) == (200, end)
