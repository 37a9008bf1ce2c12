"""An officer hands in the file of a report on the page of an act, without a script."""

import json
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.cases import AskedChoice, AskedValue
from libs.contracts.handed_in import HandedIn
from libs.contracts.language import Text
from tests.libs.pages.running import Play
from tests.services.desk.cases.running import Office
from tests.services.desk.cases.scenes import AT, CASE, STEP, action, case
from tests.services.desk.running import desk, log_in, refused

REPORT = HandedIn(
    document_id=CASE,
    paper="field_report",
    name=Text(bn="মাঠ প্রতিবেদন", en="Field report"),
    step=STEP,
    media_type="application/pdf",
    size_bytes=120_000,
    pages=2,
    is_scanned=True,
    at=AT,
    office_id="union-U2393",
    by_me=True,
    goes_with_next=True,
    can_be_taken_back=True,
)
NAMES = {"field_report": REPORT.name, "opinion": Text(bn="মতের কাগজ", en="Paper")}
NEEDS_REPORT = action("report", papers=["field_report"], item_names=NAMES)
PATH = f"/cases/{CASE}/acts/report"


class Api:
    """The API to which an officer hands in a paper; `problems` are answered by path."""

    def __init__(self, office: Office, **problems: str) -> None:
        self.office = office
        self.problems = problems
        self.concerns: list[str] = []
        self.calls: list[tuple[str, Any]] = []

    def play(self) -> Play:
        """Return the API."""
        others = self.office.play()

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            step = request.path.removeprefix(f"/v1/cases/{CASE}").strip("/").split("/")[0]
            if step not in {"hand-in-permits", "handed-in", "v1"} or "login" in request.path:
                return await others(request)
            if request.path.startswith("/v1/services"):
                return await others(request)
            content = await request.read()
            is_file = request.path == "/v1/case-papers/a-right"
            if step == "v1" and not is_file:
                return await others(request)
            name = "file" if is_file else f"{request.method} {step}"
            self.calls.append((name, content if is_file or not content else json.loads(content)))
            return self._answer("file" if is_file else step, request.method)

        return play

    def _answer(self, step: str, method: str) -> web.Response:
        if problem := self.problems.get(step.replace("-", "_")):
            return refused(problem)
        if step == "hand-in-permits":
            permit = {"token": "a-right", "valid_until": AT.isoformat()}
            return web.json_response(permit, status=201)
        if step == "file":
            taken = {"receipt": "a-receipt", "receipt_expires_at": AT.isoformat(), "pages": 1}
            more = {"media_type": "image/jpeg", "size_bytes": 9, "concerns": self.concerns}
            return web.json_response({**taken, **more}, status=201)
        self.office.shown = case(
            actions=[NEEDS_REPORT], handed_in=[REPORT] if method == "POST" else []
        )
        return web.Response(status=204)


async def test_a_report_is_handed_in_and_goes_with_the_act(unused_tcp_port: int) -> None:
    """The file goes on with a right, its receipt is handed in, and the page shows the paper."""
    api = Api(Office(case(actions=[NEEDS_REPORT])))
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PATH)
        assert "নাগরিকের ঘরে যায় না" in page.text
        page = await scene.browser.upload(page, page.form("file"), b"a photo of the report")
        assert page.path == PATH
        for shown in ("মাঠ প্রতিবেদন", "আমি দিয়েছি", "ফেরত নিন"):
            assert shown in page.text
        assert 'id="paper.field_report"' not in page.html
        done = await scene.browser.send(page, page.form("note"), {})
        assert done.path == "/cases"
    names = [name for name, _ in api.calls]
    assert names == ["POST hand-in-permits", "file", "POST handed-in"]
    assert api.calls[0][1] == {"revision": 3, "duty": "secretary", "paper": "field_report"}
    assert b"a photo of the report" in api.calls[1][1]
    assert api.calls[2][1] == {"duty": "secretary", "receipt": "a-receipt"}
    assert api.office.acts[0]["papers"] == {}


async def test_a_wrong_paper_is_taken_back(unused_tcp_port: int) -> None:
    """By a button, and the act asks for one again."""
    api = Api(Office(case(actions=[NEEDS_REPORT], handed_in=[REPORT])))
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PATH}")
        (form,) = [form for form in page.forms if "/back/" in form.action]
        page = await scene.browser.send(page, form, {})
    assert 'id="paper.field_report"' in page.html
    assert [name for name, _ in api.calls] == ["DELETE handed-in"]


@pytest.mark.parametrize("code", ["document_unreadable", "document_infected", "document_too_large"])
async def test_a_file_that_is_refused_says_why_at_its_field(
    unused_tcp_port: int, code: str
) -> None:
    """Nothing is handed in."""
    api = Api(Office(case(actions=[NEEDS_REPORT])), file=code)
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PATH)
        page = await scene.browser.upload(page, page.form("file"), b"what it is")
    assert 'id="file.field_report-error"' in page.html
    assert "একটি সমস্যা হয়েছে" in page.text
    assert [name for name, _ in api.calls] == ["POST hand-in-permits", "file"]


async def test_a_file_for_a_page_of_before_says_what_has_changed(unused_tcp_port: int) -> None:
    """The file is not sent on; the case's page has the reason."""
    api = Api(Office(case(actions=[NEEDS_REPORT], revision=2)), hand_in_permits="case_changed")
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PATH)
        api.office.shown = case()
        page = await scene.browser.upload(page, page.form("file"), b"late")
        assert page.path == f"/cases/{CASE}"
    assert 'id="changed"' in page.html
    assert [name for name, _ in api.calls] == []


async def test_a_photo_that_nobody_can_read_is_said_to_be_so(unused_tcp_port: int) -> None:
    """It was taken all the same."""
    api = Api(Office(case(actions=[NEEDS_REPORT])))
    api.concerns = ["blurred"]
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PATH}")
        page = await scene.browser.upload(page, page.form("file"), b"a photo")
    assert "The photo seems to be blurred" in page.text


async def test_marks_and_classes_are_asked_as_the_workflow_says(unused_tcp_port: int) -> None:
    """A number with its limits, a choice with its names."""
    asked = {
        "marks": AskedValue(kind="whole", least=0, most=100),
        "category": AskedValue(kind="choice", choices=[AskedChoice(value="shop", name=STEP)]),
    }
    api = Api(Office(case(actions=[action("pass", values=list(asked), asked=asked)])))
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}/acts/pass")
        assert "০–১০০" in page.text
        typed = {"value.marks": "৬০", "value.category": "shop"}
        done = await scene.browser.send(page, page.form("note"), typed)
    assert done.path == "/cases"
    assert api.office.acts[0]["values"] == {"marks": "60", "category": "shop"}


async def test_the_case_shows_what_officers_handed_in(unused_tcp_port: int) -> None:
    """With step, day and office; an opinion may bring a paper, and is one button without it."""
    opinion = action("clear_kanungo", may_add=["opinion"], item_names=NAMES)
    told = REPORT.model_copy(update={"by_me": False, "goes_with_next": False})
    api = Api(Office(case(actions=[opinion], handed_in=[told], opens_papers=True)))
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        for shown in ("Papers of officers", "Field report", "union-U2393", "With a paper or words"):
            assert shown in page.text
        assert f'href="/en/cases/{CASE}/papers/{CASE}"' in page.html
        page = await scene.browser.open(f"/en/cases/{CASE}/acts/clear_kanungo")
        assert "(optional)" in page.text
        assert len(page.html.encode()) < 50_000


async def test_an_office_decides_with_a_pdf_of_its_own(unused_tcp_port: int) -> None:
    """One button without it; the field says what is taken, and why a PDF was not."""
    own = {"own_document": Text(bn="কার্যালয়ের নিজের কাগজ (পিডিএফ)", en="The office's own paper (PDF)")}
    sign = action("sign", may_add=["own_document"], item_names=own)
    api = Api(Office(case(actions=[sign])), file="document_active")
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        assert page.form(action=f"/en/cases/{CASE}/acts/sign")
        assert "With a PDF of the office's own" in page.text
        page = await scene.browser.open(f"/en/cases/{CASE}/acts/sign")
        for shown in ("The office's own paper (PDF)", "(optional)", "5 MB and 40 pages"):
            assert shown in page.text
        assert 'accept="application/pdf" aria' in page.html
        page = await scene.browser.upload(page, page.form("file"), b"a PDF with a script")
    assert 'id="file.own_document-error"' in page.html
    assert "Make it without scripts" in page.text
    assert api.calls[0][1] == {"revision": 3, "duty": "secretary", "paper": "own_document"}
    assert [name for name, _ in api.calls] == ["POST hand-in-permits", "file"]
