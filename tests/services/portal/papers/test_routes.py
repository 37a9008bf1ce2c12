"""Papers of a form: given as a file or from the locker, taken away, sent with receipts."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.applications import AnswerErrors, ApplicationSummary, DraftView
from libs.contracts.documents import DocumentDeletion, DocumentList, DocumentReceipt
from libs.contracts.issuance import IssuedPaper, IssuedPapers
from libs.contracts.language import Language, Text
from libs.contracts.papers import LARGEST_BYTES
from libs.contracts.problems import PROBLEMS
from libs.ids import new_id
from libs.pages.posts import TOKEN
from tests.libs.pages.running import Scene
from tests.libs.pages.scenes import service
from tests.services.portal.running import logged_in, portal, well
from tools.virtual_users.pages import Page
from tools.virtual_users.photo import as_form, photo

SERVICE = "S024"
AT = datetime(2026, 11, 27, 6, tzinfo=UTC)


def paper(kind: str = "live_photo", name: str = "আমি.jpg", **more: Any) -> DocumentReceipt:
    """A paper in the locker."""
    given = {
        "document_id": new_id(),
        "kind": kind,
        "name": name,
        "media_type": "image/jpeg",
        "size_bytes": 9,
        "pages": 1,
        "sha256": "0" * 64,
        "state": "clean",
        "uploaded_at": AT,
        "kept_until": AT,
        "needed_by": [],
        "receipt": f"receipt of {name}",
        "receipt_expires_at": AT,
        "fetched_by": [],
    }
    return DocumentReceipt.model_validate({**given, **more})


@dataclass
class Platform:
    """A gateway with a locker and drafts.

    Args:
        locker: the papers of the citizen.
        refusal: code with which the next upload is refused; empty if it is taken.
        media_type: as which it is kept.
        concerns: what is said of the next photo.
        damaged: id of a paper that cannot be read.
        uploads: the forms that arrived with files: kind and content.
        sent: bodies of the applications.
        issued: the papers issued to the citizen; None while that is not known.
        ended: code with which an issued paper is refused; empty while it holds.
    """

    locker: list[DocumentReceipt] = field(default_factory=list)
    refusal: str = ""
    media_type: str = "image/jpeg"
    concerns: tuple[str, ...] = ()
    damaged: str = ""
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    issued: list[IssuedPaper] | None = field(default_factory=list)
    ended: str = ""

    async def play(self, request: web.BaseRequest) -> web.StreamResponse:  # noqa: C901, PLR0912
        """Answer a request of the portal."""
        path, last = request.path, request.path.rpartition("/")[2]
        known = {str(one.document_id): one for one in self.locker}
        match request.method, path.split("/")[2:]:
            case "POST", ["documents"]:
                return await self._upload(request)
            case "GET", ["issued-papers"] if self.issued is not None:
                return _answer(IssuedPapers(items=self.issued))
            case "POST", ["documents-from-papers"]:
                return self._give((await request.json())["number"])
            case "GET", ["documents"]:
                return _answer(DocumentList.model_validate({"items": self.locker}))
            case "GET", ["documents", _, "content"]:
                headers = {"content-disposition": 'attachment; filename="photo.jpg"'}
                return web.Response(body=photo(), content_type="image/jpeg", headers=headers)
            case "GET", ["documents", _, "thumbnail"]:
                return web.Response(body=photo(), content_type="image/jpeg")
            case "DELETE", ["documents", document_id]:
                self.locker = [one for one in self.locker if str(one.document_id) != document_id]
                needed_by = known[document_id].needed_by
                return _answer(
                    DocumentDeletion(document_id=last, deleted_at=AT, needed_by=needed_by)
                )
            case "GET", ["documents", _]:
                if self.ended and last in known and known[last].issued_number:
                    return _problem(self.ended, "en")
                if last in self.damaged:
                    return _problem("document_damaged")
                return _answer(known[last]) if last in known else _problem("document_unknown")
            case "GET", ["drafts", _] if last in self.drafts:
                return _answer(self._draft(last))
            case "POST", ["drafts", _]:
                self.drafts[last] = await request.json()
                return _answer(self._draft(last))
            case "POST", ["drafts", draft_id, "application"]:
                return _answer(self._draft(draft_id))
            case "POST", ["services", _, "checks"]:
                return _answer(AnswerErrors(errors=[]))
            case "POST", ["applications"]:
                self.sent.append(await request.json())
                return _answer(_summary())
            case _:
                return await well(request)

    def _give(self, number: str) -> web.Response:
        """Take an issued paper into the locker, once."""
        if self.ended:
            return _problem(self.ended, "en")
        if number not in {one.number for one in self.issued or []}:
            return _problem("paper_unknown", "en")
        same = [one for one in self.locker if one.issued_number == number]
        made = same or [paper("birth_certificate", f"{number}.pdf", issued_number=number)]
        self.locker = [*made, *(one for one in self.locker if one not in made)]
        return _answer(made[0], 201)

    async def _upload(self, request: web.BaseRequest) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        content = file.file.read()
        if self.refusal:
            return _problem(self.refusal, request.headers["accept-language"])
        self.uploads.append((str(form["kind"]), content))
        made = paper(str(form["kind"]), file.filename, media_type=self.media_type)
        made = made.model_copy(update={"concerns": list(self.concerns)})
        self.locker.insert(0, made)
        return _answer(made, 201)

    def _draft(self, draft_id: str) -> DraftView:
        saved = self.drafts[draft_id]
        view = service(saved["public_service_id"])
        return DraftView(
            draft_id=UUID(draft_id),
            public_service_id=view.public_service_id,
            public_service_name=view.name,
            form_version=view.form_version,
            revision=saved["revision"] + 1,
            saved_at=AT,
            kept_until=AT,
            tracking_number=None,
            answers=saved["answers"],
        )

    @property
    def typed(self) -> dict[str, str]:
        """What the one draft has."""
        [draft] = self.drafts.values()
        typed: dict[str, str] = draft["answers"]["typed"]
        return typed


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")


def _problem(code: str, language: str = "bn") -> web.Response:
    told = PROBLEMS[code]
    spoken: Language = "en" if language == "en" else "bn"
    body = {
        "type": f"/problems/{code}",
        "title": told.title.in_language(spoken),
        "detail": told.detail.in_language(spoken),
        "status": told.status,
    }
    return web.Response(
        status=told.status, text=json.dumps(body), content_type="application/problem+json"
    )


def _summary() -> ApplicationSummary:
    return ApplicationSummary(
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        public_service_id=SERVICE,
        public_service_name=Text(bn="জিডি", en="Diary"),
        ministry="mha",
        status="submitted",
        submitted_at=AT,
    )


async def asked(scene: Scene, language: Language = "bn") -> Page:
    """Log in, type something, and go to the page of the photo."""
    prefix = "/en" if language == "en" else ""
    page = await logged_in(scene, f"{prefix}/apply/{SERVICE}")
    typed = {"nid": "১২৩", "paper": "live_photo"}
    return await scene.browser.send(page, page.form("shown"), typed)


async def test_a_photo_is_uploaded_replaced_and_taken_away(unused_tcp_port: int) -> None:
    """It is passed on byte for byte; the section shows its name, and nothing typed is lost."""
    platform, first, second = Platform(), photo(), photo()
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        assert page.path.endswith("/papers/live_photo")
        section = await scene.browser.upload(page, page.form("file"), first)
        assert section.path.endswith("/steps/who")
        assert "photo.png" in section.text
        assert section.form("shown").fields["nid"] == "১২৩"
        await scene.browser.send(section, section.form("shown"))
        assert platform.typed["live_photo.document_id"] == str(platform.locker[0].document_id)
        ask = await scene.browser.send(section, section.form("shown"), {"paper": "live_photo"})
        section = await scene.browser.upload(ask, ask.form("file"), second)
        assert platform.uploads == [("live_photo", first), ("live_photo", second)]
        assert platform.typed["live_photo.document_id"] == str(platform.locker[0].document_id)
        without = {"without": "live_photo"}
        section = await scene.browser.send(section, section.form("shown"), without)
        assert "live_photo.document_id" not in platform.typed
        assert "photo.png" not in section.text
        assert section.form("shown").fields["nid"] == "১২৩"


async def test_a_paper_of_the_locker_is_chosen(unused_tcp_port: int) -> None:
    """Papers of its kind are offered with name, day and expiry; a stranger's is refused."""
    fitting = paper(valid_until=date(2027, 1, 31))
    others = [
        paper("epi_card", "টিকা.jpg"),
        paper(name="ভাইরাস.jpg", state="infected"),
        paper(name="দলিল.pdf", media_type="application/pdf"),
    ]
    platform = Platform([fitting, *others])
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        form = page.form("document_id")
        assert form.controls["document_id"] == [str(fitting.document_id)]
        assert "আমি.jpg এখন তোলা ছবি · ২৭ নভেম্বর ২০২৬ · মেয়াদ ৩১ জানুয়ারি ২০২৭ পর্যন্ত" in page.text
        for wrong in ("", str(new_id()), str(others[0].document_id)):
            refused = await scene.browser.send(page, form, {"document_id": wrong})
            assert (refused.status, "#locker" in refused.links) == (422, True)
        assert "live_photo.document_id" not in platform.typed
        none = await scene.browser.send(page, form, {"document_id": ""})
        assert "আগে একটি কাগজ বেছে নিন" in none.text
        chosen = {"document_id": str(fitting.document_id)}
        section = await scene.browser.send(page, form, chosen)
        assert section.path.endswith("/steps/who")
        assert "আমি.jpg" in section.text
        assert platform.typed["live_photo.document_id"] == str(fitting.document_id)


async def test_a_paper_makes_no_draft_of_one_that_was_deleted(unused_tcp_port: int) -> None:
    """In another window, while the page of the paper was open; also when it is sent once more."""
    platform = Platform([paper()])
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        platform.drafts.clear()
        chosen = {"document_id": str(platform.locker[0].document_id)}
        told = await scene.browser.send(page, page.form("document_id"), chosen)
        assert told.status == 404
        for _ in range(2):
            page = await scene.browser.upload(page, page.form("file"), photo())
            assert page.status == 422
    assert platform.drafts == {}


async def test_a_paper_is_offered_where_its_kind_is_asked_for(unused_tcp_port: int) -> None:
    """Not where a field of another form has the same name; a new one is kept as its kind."""
    land = paper("land_tax", "দাখিলা.jpg")
    others = [paper("holding_tax", "হোল্ডিং.jpg"), paper("tax_receipt", "পুরোনো.jpg")]
    platform = Platform([*others, land])
    async with portal(platform.play, unused_tcp_port) as scene:
        draft = (await logged_in(scene, "/apply/S025")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/tax_receipt")
        assert page.form("document_id").controls["document_id"] == [str(land.document_id)]
        assert page.form("file").fields["kind"] == "land_tax"
        via = await scene.browser.open(f"{draft}/papers/via_deeds.0")  # one of a list
        assert via.form("file").fields["kind"] == "via_deeds"
        assert [name for one in via.forms for name in one.controls if name == "document_id"] == []


async def test_any_paper_of_the_locker_can_be_given_where_none_is_named(
    unused_tcp_port: int,
) -> None:
    """With its kind beside its name; a new one is kept by the name of the field."""
    platform = Platform([paper("epi_card", "টিকা.jpg"), paper("land_tax", "দাখিলা.jpg")])
    async with portal(platform.play, unused_tcp_port) as scene:
        draft = (await logged_in(scene, "/apply/S006")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/documents.0")
        offered = page.form("document_id").controls["document_id"]
        assert offered == [str(one.document_id) for one in platform.locker]
        assert "টিকা.jpg টিকা কার্ড বা প্রত্যয়ন · ২৭ নভেম্বর ২০২৬" in page.text
        assert page.form("file").fields["kind"] == "documents"
        for named in ("জাতীয় পরিচয়পত্র", "ওয়ার্ড সদস্যের সুপারিশ"):
            assert f"নমুনা দেখুন: {named}" in page.text


async def test_my_papers_say_of_which_kind_they_are(unused_tcp_port: int) -> None:
    """Beside the day; a paper of an earlier kind has its name only."""
    platform = Platform([paper("land_tax", "দাখিলা.jpg"), paper("tax_receipt", "পুরোনো.jpg")])
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/papers")
        assert "ভূমি উন্নয়ন কর দাখিলা দাখিলা.jpg · ২৭ নভেম্বর" in page.text
        assert "পুরোনো.jpg ২৭ নভেম্বর" in page.text


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize(
    "code",
    ["document_empty", "document_type_unknown", "document_unreadable", "document_too_large",
     "document_infected", "locker_full"],
)  # fmt: skip
async def test_a_refused_file_is_told_at_its_question(
    code: str, language: Language, unused_tcp_port: int
) -> None:
    """In the language of the page, with what to do; the answers are kept, and it goes on."""
    platform = Platform(refusal=code)
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene, language)
        refused = await scene.browser.upload(page, page.form("file"), b"x" * 300_000)
        assert refused.status == 422
        assert PROBLEMS[code].detail.in_language(language) in refused.text
        assert "#file" in refused.links
        assert all(TOKEN not in link for link in refused.links)
        platform.refusal = ""
        section = await scene.browser.upload(refused, refused.form("file"), photo())
        assert section.form("shown").fields["nid"] == "১২৩"
        assert "photo.png" in section.text


@pytest.mark.parametrize(
    ("language", "says"), [("bn", "পিডিএফ চলে না"), ("en", "A PDF will not do")]
)
async def test_a_pdf_is_no_photo(language: Language, says: str, unused_tcp_port: int) -> None:
    """It is told where it was given, and not when everything has been answered and is sent."""
    platform = Platform(media_type="application/pdf")
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene, language)
        refused = await scene.browser.upload(page, page.form("file"), photo())
        assert (refused.status, "#file" in refused.links) == (422, True)
        assert says in refused.text
        assert "live_photo.document_id" not in platform.typed


def _overloaded() -> web.Response:
    return web.Response(status=503)


def _too_often() -> web.Response:
    told = _problem("too_many_requests")
    told.headers["retry-after"] = "7"
    return told


@pytest.mark.parametrize(
    ("refusal", "status", "says"),
    [
        (_overloaded, 503, "ফাইলটি এখন নেওয়া যায়নি"),
        (_too_often, 429, PROBLEMS["too_many_requests"].detail.bn),
    ],
)
async def test_a_file_can_be_given_again_when_no_paper_is_taken(
    refusal: Callable[[], web.Response], status: int, says: str, unused_tcp_port: int
) -> None:
    """The page of the paper stays, although the locker cannot be read either."""
    platform = Platform([paper()])
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)

        async def without_documents(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.startswith("/v1/documents"):
                await request.read()
                return refusal()
            return await platform.play(request)

        scene.play = without_documents
        kept = await scene.browser.upload(page, page.form("file"), photo())
        assert (kept.status, "#file" in kept.links) == (status, True)
        assert says in kept.text
        scene.play = platform.play
        section = await scene.browser.upload(kept, kept.form("file"), photo())
        assert section.form("shown").fields["nid"] == "১২৩"


async def test_a_form_with_a_paper_is_filled_in_while_the_locker_cannot_be_read(
    unused_tcp_port: int,
) -> None:
    """Only the name of the file is missing."""
    platform = Platform()
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        section = await scene.browser.upload(page, page.form("file"), photo())
        assert "photo.png" in section.text

        async def without_documents(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/v1/documents":
                return web.Response(status=503)
            return await platform.play(request)

        scene.play = without_documents
        again = await scene.browser.open(section.path)
        assert again.status == 200
        assert "আগে দেওয়া কাগজ" in again.text
        assert again.form("shown").fields["nid"] == "১২৩"


async def test_a_list_has_no_more_papers_than_it_may_have(unused_tcp_port: int) -> None:
    """There is no page for the eleventh of ten."""
    async with portal(Platform().play, unused_tcp_port) as scene:
        draft = (await logged_in(scene, "/apply/S006")).path.partition("/steps/")[0]
        pages = [await scene.browser.open(f"{draft}/papers/documents.{n}") for n in (9, 10)]
        assert [page.status for page in pages] == [200, 404]


async def test_a_file_that_is_too_large_is_told_before_it_is_passed_on(
    unused_tcp_port: int,
) -> None:
    """The gateway is not asked; a browser that sends everything before it reads sees the page."""
    platform = Platform()
    media_type, body = as_form("live_photo", bytes(LARGEST_BYTES + 1))
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        head = (
            f"POST {page.form('file').action} HTTP/1.1\r\nhost: portal\r\ncookie: {cookie}\r\n"
            f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(head.encode() + body)
        await writer.drain()
        answer = (await reader.read()).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 422")
        assert PROBLEMS["document_too_large"].detail.bn in answer
        assert platform.uploads == []


async def test_a_file_comes_only_from_our_own_page(unused_tcp_port: int) -> None:
    """Not without the token of the browser, nor from another site; nothing is passed on then."""
    platform = Platform()
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        form = page.form("file")
        address = f"{scene.url}{form.action}"
        media_type, body = as_form("live_photo", photo())
        cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        own = {"cookie": cookie, "content-type": media_type}
        for url, headers in (
            (address.partition("?")[0], own),
            (f"{address}x", own),
            (address, {**own, "sec-fetch-site": "cross-site"}),
            (address, {**own, "origin": "https://elsewhere.example"}),
            (address, {**own, "content-type": "text/plain"}),
        ):
            async with scene.http.post(url, data=body, headers=headers) as answer:
                assert answer.status == 422
        assert platform.uploads == []


async def test_a_file_after_the_session_has_ended_leads_to_the_login(unused_tcp_port: int) -> None:
    """And from there back to the page of the paper."""
    platform = Platform()
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)

        async def ended(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.startswith("/v1/drafts"):
                return web.Response(status=401)
            return await platform.play(request)

        scene.play = ended
        login = await scene.browser.upload(page, page.form("file"), photo())
        assert login.path == "/login"
        assert login.form("phone").fields["next"] == page.path
        assert "ফাইলটি পাঠানো যায়নি" in login.text
        in_english = await scene.browser.open(next(one for one in login.links if "/en/" in one))
        assert "The file was not sent" in in_english.text
        assert in_english.form("phone").fields["next"] == page.path


async def test_the_receipts_of_the_papers_are_sent_with_the_form(unused_tcp_port: int) -> None:
    """A new one of each; of a paper that is damaged or has left, the API says what to do."""
    kept, gone = paper(), paper(name="গেছে.jpg")
    platform = Platform([kept, gone])
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        chosen = {"document_id": str(kept.document_id)}
        section = await scene.browser.send(page, page.form("document_id"), chosen)
        check = await scene.browser.open(f"{section.path.partition('/steps/')[0]}/check")
        assert "আমি.jpg" in check.text
        assert str(kept.document_id) not in check.html
        await scene.browser.send(check, check.form("key"))
        platform.damaged = str(kept.document_id)
        await scene.browser.send(check, check.form("key"))
        platform.damaged = ""
        platform.locker.remove(kept)
        check = await scene.browser.open(check.path)
        assert "আগে দেওয়া কাগজ" in check.text
        await scene.browser.send(check, check.form("key"))
    assert [one["documents"] for one in platform.sent] == [[kept.receipt], [], []]
    assert {one["form"]["live_photo"]["document_id"] for one in platform.sent} == {
        str(kept.document_id)
    }


async def test_a_question_that_asks_for_no_paper_has_no_page(unused_tcp_port: int) -> None:
    """Whatever is in the address."""
    platform = Platform()
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        draft = page.path.partition("/papers/")[0]
        for name in ("nid", "nothing", "live_photo.document_id", "live_photo.0"):
            assert (await scene.browser.open(f"{draft}/papers/{name}")).status == 404


async def test_my_papers_are_shown_small(unused_tcp_port: int) -> None:
    """Only to whoever is logged in, and no cache keeps them; none of a paper with a virus."""
    seen, infected = paper(), paper(state="infected")
    async with portal(Platform([seen, infected]).play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/papers")
        pictures = re.findall(r'<img class="thumb" src="([^"]+)" alt=""', page.html)
        assert pictures == [f"/papers/{seen.document_id}/thumbnail"]
        cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        picture = f"{scene.url}{pictures[0]}"
        async with scene.http.get(picture, headers={"cookie": cookie}) as answer:
            assert answer.content_type == "image/jpeg"
            assert (await answer.read()).startswith(b"\x89PNG")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
        async with scene.http.get(picture, allow_redirects=False) as answer:
            assert answer.status == 303


async def test_my_papers_are_listed_downloaded_and_deleted(unused_tcp_port: int) -> None:
    """What an open application needs is kept until it ends, and the page says so."""
    needed, free = paper(needed_by=["NS-7K4M9-PXRT3-HC2D3"], kept_until=None), paper(name="খ.jpg")
    async with portal(Platform([needed, free]).play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/papers")
        assert "/applications/NS-7K4M9-PXRT3-HC2D3" in page.links
        content = next(link for link in page.links if link.endswith("/content"))
        cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        async with scene.http.get(f"{scene.url}{content}", headers={"cookie": cookie}) as answer:
            assert (await answer.read()).startswith(b"\x89PNG")
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["cache-control"] == "no-store"
        address = f"/papers/{needed.document_id}/deletion"
        asks = await scene.browser.open(address)
        assert "আমি.jpg" in asks.text
        page = await scene.browser.send(asks, asks.form(action=address))
        assert (page.path, address in page.links) == ("/papers", False)
        assert "শেষ হওয়া পর্যন্ত রাখা থাকবে: NS-7K4M9-PXRT3-HC2D3" in page.text
        asks = await scene.browser.open(f"/papers/{free.document_id}/deletion")
        page = await scene.browser.send(asks, asks.form(action="/deletion"))
        assert "২৭ নভেম্বর ২০২৬ তারিখের মধ্যে" in page.text
        assert "তারিখের মধ্যে" not in (await scene.browser.open("/papers")).text


@pytest.mark.parametrize(
    ("concerns", "said"), [(("blurred", "small"), ("ঝাপসা", "খুব ছোট")), ((), ())]
)
async def test_a_photo_that_cannot_be_read_is_asked_about_and_not_refused(
    concerns: tuple[str, ...], said: tuple[str, ...], unused_tcp_port: int
) -> None:
    """It is shown, with what may be wrong; it stays, unless one gives another."""
    platform = Platform(concerns=concerns)
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await asked(scene)
        page = await scene.browser.upload(page, page.form("file"), photo())
        [given] = platform.locker
        thumbnail = f'src="/papers/{given.document_id}/thumbnail"'
        assert platform.typed["live_photo.document_id"] == str(given.document_id)
        assert page.path.endswith("/papers/live_photo/photo" if said else "/steps/who")
        assert thumbnail in page.html
        assert [text for text in said if text not in page.text] == []
        if said:
            section = next(link for link in page.links if "/steps/" in link)
            assert page.path.removesuffix("/photo") in page.links
            assert thumbnail in (await scene.browser.open(section)).html


HELD, ENDED, ORDER = "7K4M-9PXR-T3H5", "8K4M-9PXR-T3H4", "9K4M-9PXR-T3H3"


def issued_papers() -> list[IssuedPaper]:
    """A birth certificate that holds, one that was withdrawn, and an order."""
    held = IssuedPaper(
        number=HELD,
        title=Text(bn="জন্ম নিবন্ধন সনদ", en="Birth certificate"),
        state="valid",
        issued_at=AT,
        is_illustrative=True,
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        body_name=Text(bn="স্থানীয় সরকার বিভাগ", en="Local Government Division"),
        document_kind="birth_certificate",
    )
    ended = {"number": ENDED, "state": "withdrawn", "ended_at": AT}
    order = {"number": ORDER, "document_kind": None, "title": Text(bn="আদেশ", en="An order")}
    return [held, held.model_copy(update=ended), held.model_copy(update=order)]


async def test_my_papers_list_what_was_issued_with_what_it_is_now(unused_tcp_port: int) -> None:
    """Beside what I gave; where it is not known, the page says so and shows the rest."""
    platform = Platform([paper(name="a.jpg", issued_number=HELD)], issued=issued_papers())
    async with portal(platform.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/en/papers")
        for shown in (
            f"Birth certificate {HELD} · Local Government Division · 27 November 2026",
            "Holds now",
            "Withdrawn on 27 November 2026",
            f"A copy of the issued paper {HELD}",
        ):
            assert shown in page.text
        links = set(page.links)
        address = "/en/applications/NS-7K4M9-PXRT3-HC2D3"
        assert {f"/en/check/{ENDED}", f"{address}/papers/{HELD}", address} <= links
        assert f"{address}/papers/{ENDED}" not in links
        platform.issued = []
        assert "No paper yet." in (await scene.browser.open("/en/papers")).text
        platform.issued = None
        page = await scene.browser.open("/en/papers")
        assert (page.status, "is not known now" in page.text) == (200, True)
        assert "A copy of the issued paper" in page.text


async def test_an_issued_paper_is_given_where_its_kind_is_asked_for(unused_tcp_port: int) -> None:
    """Without a file: one that holds, and an order only where any paper is taken."""
    platform = Platform([paper("birth_certificate", "old.jpg")], issued=issued_papers())
    async with portal(platform.play, unused_tcp_port) as scene:
        draft = (await logged_in(scene, "/en/apply/S016")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/birth_certificate")
        form = page.form("document_id")
        before = str(platform.locker[0].document_id)
        assert form.controls["document_id"] == [f"issued:{HELD}", before]
        section = await scene.browser.send(page, form, {"document_id": f"issued:{HELD}"})
        assert section.path.endswith("#q-birth_certificate") or "/steps/" in section.path
        assert platform.typed["birth_certificate.document_id"] != before
        assert f"{HELD}.pdf" in section.text
        again = (await scene.browser.open(page.path)).form("document_id")
        assert again.fields["document_id"] == f"issued:{HELD}"
        assert again.controls["document_id"] == [f"issued:{HELD}", before]
        for name in ("ssc", "parents_nid"):
            other = await scene.browser.open(f"{draft}/papers/{name}")
            assert [one for one in other.forms if "document_id" in one.controls] == []
        draft = (await scene.browser.open("/en/apply/S006")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/documents.0")
        assert f"issued:{ORDER}" in page.form("document_id").controls["document_id"]


async def test_an_issued_paper_that_ended_is_told_at_its_question(unused_tcp_port: int) -> None:
    """When it is chosen, somebody else's too; and when the form is sent long after it was given."""
    platform = Platform(issued=issued_papers())
    async with portal(platform.play, unused_tcp_port) as scene:
        draft = (await logged_in(scene, "/en/apply/S016")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/birth_certificate")
        form = page.form("document_id")
        foreign = await scene.browser.send(page, form, {"document_id": "issued:7K4M-9PXR-T3H6"})
        assert (foreign.status, "#locker" in foreign.links) == (422, True)
        platform.ended = "paper_withdrawn"
        told = await scene.browser.send(page, form, {"document_id": f"issued:{HELD}"})
        assert PROBLEMS["paper_withdrawn"].detail.en in told.text
        platform.ended = ""
        await scene.browser.send(page, form, {"document_id": f"issued:{HELD}"})
        platform.ended = "paper_withdrawn"
        check = await scene.browser.open(f"{draft}/check")
        told = await scene.browser.send(check, check.form("key"))
        assert told.status == 422
        assert f"{draft}/steps/papers#q-birth_certificate" in told.links
        assert platform.sent == []


async def test_a_paper_can_be_uploaded_where_issuance_hangs(unused_tcp_port: int) -> None:
    """An issued one that was chosen is not taken: the page says so in time, and has the upload."""
    platform, ended, hangs = Platform(issued=issued_papers()), asyncio.Event(), asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        is_about_issued = request.path in {"/v1/issued-papers", "/v1/documents-from-papers"}
        if hangs.is_set() and is_about_issued:
            await ended.wait()
            return web.Response(status=503)
        return await platform.play(request)

    async with portal(play, unused_tcp_port, gateway_deadline_s="6") as scene:
        draft = (await logged_in(scene, "/en/apply/S016")).path.partition("/steps/")[0]
        page = await scene.browser.open(f"{draft}/papers/birth_certificate")
        hangs.set()
        form = page.form("document_id")
        told = await scene.browser.send(page, form, {"document_id": f"issued:{HELD}"})
        ended.set()
        assert "#locker" in told.links
        assert told.form("file")
