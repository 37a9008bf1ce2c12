"""Pages of vendors and of going live, against an API that is played."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from pydantic import BaseModel

from libs.contracts.accounts import AccountList, AccountView
from libs.contracts.programme import NamedPerson
from libs.contracts.questions import QuestionList, QuestionView
from libs.contracts.vendors import (
    Integration,
    OwnVendor,
    ReportList,
    VendorList,
    VendorView,
)
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import AT, NAME
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused
from tests.services.desk.vendors.scenes import ACT_ID, BROKEN, REPORT, REPORT_ID, WISH, no_report

VENDOR_ID, TANIA = UUID(int=1), UUID(int=2)
VENDOR = VendorView(
    vendor_id=VENDOR_ID,
    name="Deshi Systems Ltd",
    contract="contract 12",
    contract_until=None,
    contact=NamedPerson(name="Head of support", mail="support@example.com", phone="+88017"),
    bodies=["minland"],
    people=[],
)
OWN = OwnVendor(
    name=VENDOR.name,
    contract_until=None,
    integrations=[
        Integration(body="minland", body_name=NAME, connection=None, reports=[WISH, BROKEN])
    ],
)
QUESTION = QuestionView(
    question_id=UUID(int=9),
    body="minland",
    body_name=NAME,
    asked_by="vendor",
    question="May decisions come once a day?",
    asked_at=AT,
    due_on=AT.date(),
    state="answered",
    answer="Yes, with their days.",
    answered_at=AT,
    public=None,
)
ONE = f"/v1/programme/vendors/{VENDOR_ID}"
LIVE = "/v1/programme/going-live"
CONNECTION = "/v1/operations/connections/minland"
ACCOUNT = AccountView(staff_id=TANIA, username="tania", roles=["vendor"], active=True)
ANSWERS: dict[str, BaseModel] = {
    "GET /v1/staff": AccountList(items=[ACCOUNT]),
    "GET /v1/programme/vendors": VendorList(items=[VENDOR]),
    "POST /v1/programme/vendors": VENDOR,
    f"GET {ONE}": VENDOR,
    f"PUT {ONE}/bodies/mopa": VENDOR,
    f"DELETE {ONE}/bodies/minland": VENDOR,
    f"PUT {ONE}/people/{TANIA}": VENDOR,
    "GET /v1/programme/own-vendor": OWN,
    "POST /v1/programme/own-vendor/reports": WISH,
    "POST /v1/report-signatures": WISH,
    "GET /v1/programme/own-vendor/questions": QuestionList(items=[QUESTION]),
    "POST /v1/programme/own-vendor/questions": QUESTION,
    f"GET {LIVE}": ReportList(items=[WISH]),
    f"GET {LIVE}/reports/{REPORT_ID}": WISH,
    f"POST {LIVE}/{ACT_ID}/approval": WISH,
    f"POST {LIVE}/{ACT_ID}/rejection": WISH,
}
STATE: dict[str, Any] = {
    "ministry": "minland",
    "version": 3,
    "is_default": False,
    "is_stopped": False,
    "reason": "",
    "set_by": "",
    "set_at": None,
    "connection": {"adapter": "soap", "address": "https://old.example", "credentials": "land"},
}


def playing(acts: list[tuple[str, Any]], problems: dict[str, str] | None = None) -> Play:
    """The API; what is changed reaches `acts` in order, or is refused with a problem."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        what = f"{request.method} {request.path}"
        if request.method != "GET" and "/v1/staff" not in request.path:
            text = await request.text()
            acts.append((what, json.loads(text) if text else None))
        if problems and what in problems:
            return refused(problems[what])
        if request.path == CONNECTION:
            found = STATE if request.method == "POST" else {"items": [STATE]}
            return answer(json.dumps(found))
        if request.path == f"{CONNECTION}/checks":
            return web.Response(status=204)
        known = ANSWERS.get(what)
        return await play(request) if known is None else answer(known.model_dump_json())

    return answering


async def test_a_vendor_is_registered_and_gets_systems_and_people(unused_tcp_port: int) -> None:
    """With its contract and contact; the accounts of vendors can be chosen."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/vendors")
        typed = {
            "name": "Deshi Systems Ltd",
            "contract": "contract 12",
            "contact_name": "Head of support",
            "contact_mail": "support@example.com",
            "contact_phone": "+88017",
        }
        page = await scene.browser.send(page, page.form("contract"), typed)
        assert "support@example.com" in page.text
        await scene.browser.send(
            page, page.form("staff_id"), {"action": "bind", "staff_id": str(TANIA)}
        )
        for action, body in (("give_body", "mopa"), ("take_body", "minland")):
            sent = {"action": action, "body": body}
            await scene.browser.send(page, page.form("body"), sent)
    assert acts[0][1] == {
        "name": "Deshi Systems Ltd",
        "contract": "contract 12",
        "contact": {"name": "Head of support", "mail": "support@example.com", "phone": "+88017"},
    }
    assert [what for what, _ in acts[1:]] == [
        f"PUT {ONE}/people/{TANIA}",
        f"PUT {ONE}/bodies/mopa",
        f"DELETE {ONE}/bodies/minland",
    ]


async def test_a_vendor_hands_in_what_was_printed_and_asks(unused_tcp_port: int) -> None:
    """The last line counts; the page shows what each report has found."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/vendor")
        for words in ("Waits to go live", "once (failed)", "Yes, with their days."):
            assert words in page.text
        printed = "checking\r\n" + REPORT.model_dump_json()
        await scene.browser.send(page, page.form("report"), {"report": printed})
        await scene.browser.send(page, page.form("report"), {"report": "no report"})
        asked = {"body": "minland", "question": "Once a day, please?"}
        await scene.browser.send(page, page.form("question"), asked)
    assert [body for _, body in acts] == [
        *[REPORT.model_dump(mode="json")] * 2,
        *[{}] * 2,
        asked,
    ]


@pytest.mark.parametrize("path", ["report-signatures", "programme/own-vendor/reports"])
async def test_what_is_wrong_with_a_report_stands_at_its_field(
    unused_tcp_port: int, path: str
) -> None:
    """And what was pasted stays; what the platform did not sign is not handed in."""
    problems = {f"POST /v1/{path}": "report_not_signed"}
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts, problems), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/vendor")
        page = await scene.browser.send(page, page.form("report"), {"report": "{}"})
        assert (page.status, "#report" in page.links) == (422, True)
    handed_in = [act for act, _ in acts if act.endswith("own-vendor/reports")]
    assert len(handed_in) == (path != "report-signatures")


async def test_what_is_no_report_is_said_once(unused_tcp_port: int) -> None:
    """And not once for each field that a report has."""
    acts: list[tuple[str, Any]] = []

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/report-signatures":
            return no_report(await request.text())
        return await playing(acts)(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/vendor")
        page = await scene.browser.send(page, page.form("report"), {"report": '{"nonsense": 1}'})
    said = "This is not what adapters check --json printed"
    assert (page.status, page.text.count(said)) == (422, 2)
    assert "Fill in this field." not in page.text


async def test_an_operator_connects_by_the_report(unused_tcp_port: int) -> None:
    """The signature is checked, then it is connected, and only then the wish is answered."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/operations/going-live")
        assert f"/en/operations/going-live/{REPORT_ID}" in page.links
        page = await scene.browser.open(f"/en/operations/going-live/{REPORT_ID}")
        await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
    checked, connected, answered = acts
    assert checked == (f"POST {CONNECTION}/checks", REPORT.model_dump(mode="json"))
    assert connected == (
        f"POST {CONNECTION}",
        {
            "version": 3,
            "connection": {
                "adapter": "http_json",
                "address": "https://land.example",
                "host_key": None,
                "file_format": "csv",
                "credentials": "land",
            },
            "reason": "report of 2026-06-25",
        },
    )
    assert answered[0] == f"POST {LIVE}/{ACT_ID}/approval"


@pytest.mark.parametrize(
    ("refuses", "problem"),
    [
        (f"POST {CONNECTION}/checks", "report_not_signed"),
        (f"POST {CONNECTION}", "version_superseded"),
    ],
)
async def test_what_is_not_connected_is_not_answered(
    refuses: str, problem: str, unused_tcp_port: int
) -> None:
    """A report that the platform did not sign, or another change meanwhile: the wish waits."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts, {refuses: problem}), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/operations/going-live/{REPORT_ID}")
        page = await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
        assert page.status in {409, 422}
    assert all(LIVE not in what for what, _ in acts)


async def test_an_operator_says_why_not(unused_tcp_port: int) -> None:
    """Nothing is connected."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/operations/going-live/{REPORT_ID}")
        typed = {"action": "reject", "rejection": "the test system"}
        await scene.browser.send(page, page.form("rejection"), typed)
    assert acts == [(f"POST {LIVE}/{ACT_ID}/rejection", {"reason": "the test system"})]
