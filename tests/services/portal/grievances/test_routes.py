"""What a grievance is, and its form with what is known already, without a script."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.bangladesh.bodies import bodies
from libs.contracts.applications import ApplicationList, ApplicationView, Status, TrackedApplication
from libs.contracts.centres import RateBoard
from libs.contracts.language import Text
from libs.grievances import GRIEVANCE
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from tests.libs.pages.running import Play
from tests.services.desk.programme.scenes import CENTRE
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import PHONE, Stored, logged_in, mandate, portal, well

VIEW = ServiceIndex(read_reference(grievances=True).services, bodies()).view(GRIEVANCE)
CENTRES = RateBoard(centre=CENTRE, items=[])
ALWAYS = {
    "/v1/centres/uttara/rates": CENTRES.model_dump_json(),
    "/v1/services/G001/checks": '{"errors": []}',
}
FORM_OF_MATTER = ("what_happened", "what_is_wanted")
HELPER = str(UUID(int=7))


@dataclass
class Office:
    """A gateway with grievances, one application of the citizen, and a centre."""

    status: Status = "with_ministry"
    service_id: str = "S001"
    appealed_at: datetime | None = None
    is_taken: bool = True
    draft: Stored = field(default_factory=Stored)

    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        match request.path:
            case "/v1/services/G001" if self.is_taken:
                return web.json_response(text=VIEW.model_dump_json())
            case "/v1/services/G001":
                problem = {"type": "/problems/public_service_not_found", "title": "-"}
                return web.json_response({**problem, "status": 404, "detail": "-"}, status=404)
            case path if path == f"/v1/applications/{NUMBER}":
                office = Text(bn="পৌরসভা কার্যালয়", en="Municipal office")
                changes = {"office": office, "decision_note": office}
                shown = self.application.model_copy(update=changes)
                return web.json_response(text=shown.model_dump_json())
            case "/v1/applications":
                listed = ApplicationList(items=[self.application])
                return web.json_response(text=listed.model_dump_json())
            case "/v1/tracking":
                tracked = TrackedApplication(**self.application.model_dump())
                return web.json_response(text=tracked.model_dump_json())
            case path if path in ALWAYS:
                return web.json_response(text=ALWAYS[path])
            case path if path.startswith("/v1/drafts/"):
                return await self.stored(request)
            case _:
                return await well(request)

    @property
    def application(self) -> ApplicationView:
        """The application of the citizen."""
        changes = {"ministry": "lgd", "status": self.status, "public_service_id": self.service_id}
        changed = application(UUID(int=9)).model_copy(update=changes)
        return changed.model_copy(update={"appealed_at": self.appealed_at})

    async def stored(self, request: web.BaseRequest) -> web.Response:
        """The draft in the version of the form of grievances."""
        answer = await self.draft.play(request)
        body = json.loads(answer.text or "")
        if "form_version" in body:
            body |= {"form_version": VIEW.form_version, "public_service_id": GRIEVANCE}
        return web.json_response(body, status=answer.status, content_type=answer.content_type)


@pytest.fixture
def office() -> Office:
    return Office()


async def test_the_page_says_who_answers_in_how_many_days_and_from_where_that_is_known(
    unused_tcp_port: int, office: Office
) -> None:
    """In both languages, for everybody; the start page of its service is this one."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await scene.browser.open("/services/G001")
        assert page.path == "/grievance"
        assert "৩০ কর্মদিবসের মধ্যে" in page.text
        page = await scene.browser.open("/en/grievance")
    assert "Within 30 working days" in page.text
    assert "most.portal.gov.bd" in page.text
    assert "An office never answers about itself" in page.text
    assert "/en/grievance" in page.links
    assert "/en/helpers" in page.links


async def test_the_page_says_who_hears_an_appeal_and_what_comes_without_an_answer(
    unused_tcp_port: int, office: Office
) -> None:
    """An appeal's days have the same source; that the Cabinet Division hears it has none."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/grievance")
    assert "An appeal is answered within 20 working days" in page.text
    assert "the appeal officer of the Cabinet Division hears it. Not confirmed" in page.text
    assert "Where the officer of a ministry does not work here yet" in page.text
    assert "an uddokta who types it for you at a centre sees it" in page.text


async def test_who_has_not_logged_in_yet_is_not_told_that_a_login_has_ended(
    unused_tcp_port: int, office: Office
) -> None:
    """It goes on after the login where it began."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/grievance")
        login = await scene.browser.send(page, page.form("number"))
        assert "What you have begun goes on then" in login.text
        assert "has ended" not in login.text
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        again = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        page = await scene.browser.send(again, again.form("number"))
    assert page.path.endswith("/steps/about")


async def test_before_it_is_sent_the_page_says_to_whom_it_goes(
    unused_tcp_port: int, office: Office
) -> None:
    """To the body that is named in it, and not to the one whose service grievances are."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/en/grievance")
        page = await scene.browser.send(page, page.form("number"))
        page = await scene.browser.open(page.path.replace("/steps/about", "/check"))
    assert (
        "It goes to the grievance officer of the ministry or division that you named" in page.text
    )
    assert "Send the grievance" in page.text
    assert "It goes to: " not in page.text


@pytest.mark.parametrize(("service_id", "is_known"), [("S005", True), ("S999", False)])
async def test_the_service_complained_of_has_its_name_where_answers_are_read(
    unused_tcp_port: int, office: Office, service_id: str, *, is_known: bool
) -> None:
    """Before it is sent, beside the number that she types; one that is not there has its number."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/services/S999":
            return web.json_response({"type": "/problems/public_service_not_found"}, status=404)
        return await office.play(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/en/grievance")
        page = await scene.browser.send(page, page.form("number"))
        typed = {"service": service_id, "body": "lgd", "about": "service"}
        await scene.browser.send(page, page.form("tracking_number"), typed)
        again = await scene.browser.open(page.path)
        checked = await scene.browser.open(page.path.replace("/steps/about", "/check"))
    assert again.form("tracking_number").fields["service"] == service_id
    assert service_id in checked.text
    assert (f"({service_id})" in checked.text) is is_known


async def test_its_receipt_and_its_page_call_it_a_grievance(
    unused_tcp_port: int, office: Office
) -> None:
    """And while an appeal is heard, how long that takes."""
    office.service_id, office.appealed_at = GRIEVANCE, datetime(2026, 11, 30, tzinfo=UTC)
    async with portal(office.play, unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/applications/{NUMBER}/confirmation")
        assert "Your grievance is sent" in page.text
        assert "See the grievance" in page.text
        page = await scene.browser.open(f"/en/applications/{NUMBER}")
    assert "The published time for the answer to an appeal is 20 working days" in page.text
    assert "Complain about how this went" in page.text


async def test_where_none_is_taken_the_page_says_so(unused_tcp_port: int, office: Office) -> None:
    """It still says what a grievance is, and promises no day."""
    office.is_taken = False
    async with portal(office.play, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/grievance")
    assert page.status == 200
    assert "No grievance is taken now" in page.text
    assert "working days" not in page.text
    assert not [form for form in page.forms if form.action.endswith("/grievance")]


async def test_from_an_application_number_body_office_and_service_are_filled_in(
    unused_tcp_port: int, office: Office
) -> None:
    """She types none of them, and can change each; the 67 bodies are one list."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/applications/{NUMBER}")
        [link] = [link for link in page.links if "/grievance?number=" in link]
        page = await scene.browser.open(link)
        assert NUMBER in page.text
        page = await scene.browser.send(page, page.form("number"))
        asked = page.form("tracking_number")
        assert page.html.count("<option") == 68
    assert page.path.endswith("/steps/about")
    expected = {
        "about": "application",
        "tracking_number": NUMBER,
        "body": "lgd",
        "office": "Municipal office",
        "service": application(UUID(int=9)).public_service_id,
    }
    assert {name: asked.fields[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("begins_at", "link", "expected"),
    [
        (
            "/services/S005",
            "/grievance?service=S005",
            {"about": "service", "service": "S005", "body": None, "tracking_number": ""},
        ),
        (
            "/grievance?centre=uttara",
            None,
            {"about": "helper", "body": "ictd", "office": CENTRE.name.bn, "service": ""},
        ),
        ("/grievance", None, {"body": "", "office": "", "service": "", "tracking_number": ""}),
    ],
)
async def test_from_a_service_or_a_centre_what_is_known_is_filled_in(
    unused_tcp_port: int,
    office: Office,
    begins_at: str,
    link: str | None,
    expected: dict[str, str | None],
) -> None:
    """And from nothing nothing."""
    async with portal(office.play, unused_tcp_port) as scene:
        page = await logged_in(scene, begins_at)
        if link:
            assert link in page.links
            page = await scene.browser.open(link)
        page = await scene.browser.send(page, page.form("number"))
        asked = page.form("tracking_number")
    for name, value in expected.items():
        assert asked.fields[name] == value if value is not None else asked.fields[name]


async def test_a_complaint_about_a_helper_is_a_grievance_too(unused_tcp_port: int) -> None:
    """Counted first, then sent once for the same words, then both know each other."""
    seen: list[tuple[str, str, Any]] = []
    async with portal(complaining(seen), unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/helpers/{HELPER}/complaint")
        typed = {"text": "She took 200.", "kind": "overcharged", "wanted": "My money back"}
        await scene.browser.send(page, page.form("text"), typed)
        after = await scene.browser.send(page, page.form("text"), typed)  # sent twice
    assert after.path == "/en/helpers"
    counted, sent, named = seen[:3]
    assert counted[2] == {"text": "She took 200.", "kind": "overcharged"}
    assert sent[2]["public_service_id"] == GRIEVANCE
    form = sent[2]["form"]
    assert (form["about"], form["what_is_wanted"]) == ("helper", "My money back")
    assert form["what_happened"].endswith("She took 200.")
    assert "More than the price was asked for" in form["what_happened"]
    assert named[2] == {**counted[2], "grievance": NUMBER}
    keys = {key for path, key, _ in seen if path == "/v1/applications"}
    assert len(seen) == 6
    assert len(keys) == 1
    assert all(keys)


@pytest.mark.parametrize("text", ["ক" * 2_000, "no"])
async def test_a_complaint_of_any_length_fits_the_form_of_grievances(
    unused_tcp_port: int, text: str
) -> None:
    """Of ten characters or more, and no more than the form takes; a wish of two is no wish."""
    seen: list[tuple[str, str, Any]] = []
    async with portal(complaining(seen), unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/helpers/{HELPER}/complaint")
        typed = {"text": text, "kind": "rude", "wanted": "-"}
        await scene.browser.send(page, page.form("text"), typed)
    [form] = [body["form"] for path, _, body in seen if path == "/v1/applications"]
    assert form["what_happened"].endswith(text)
    for name in FORM_OF_MATTER:
        schema = VIEW.form["properties"][name]
        schema = {**VIEW.form["$defs"].get("long_text", {}), **schema}
        assert schema["minLength"] <= len(form[name]) <= schema["maxLength"]


async def test_a_complaint_arrives_where_no_grievance_is_taken(unused_tcp_port: int) -> None:
    """The programme's staff answer it then."""
    seen: list[tuple[str, str, Any]] = []
    async with portal(complaining(seen, is_taken=False), unused_tcp_port) as scene:
        page = await logged_in(scene, f"/helpers/{HELPER}/complaint")
        typed = {"text": "She took 200.", "kind": "rude"}
        page = await scene.browser.send(page, page.form("text"), typed)
    assert (page.path, page.status) == ("/helpers", 200)
    assert [path.rpartition("/")[2] for path, _, _ in seen] == ["complaints", "applications"]


def complaining(seen: list[tuple[str, str, Any]], *, is_taken: bool = True) -> Play:
    """An API with one helper, which takes a complaint, and perhaps a grievance."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/me/mandates":
            return web.json_response({"items": [mandate(HELPER)], "next": None})
        if request.method != "POST" or request.path.startswith("/v1/login"):
            return await well(request)
        key = request.headers.get("idempotency-key", "")
        seen.append((request.path, key, json.loads(await request.read())))
        if request.path.endswith("/complaints"):
            return web.json_response(mandate(HELPER))
        if not is_taken:
            return web.Response(status=503)
        shown = application(UUID(int=9))
        return web.json_response(text=shown.model_dump_json(), status=201)

    return play


@pytest.mark.parametrize("status", ["approved", "refused"])
async def test_a_grievance_is_answered_and_not_approved(
    unused_tcp_port: int, office: Office, status: Status
) -> None:
    """On its page and in the list; what an application says of its paper is not there."""
    office.status, office.service_id = status, GRIEVANCE
    async with portal(office.play, unused_tcp_port) as scene:
        page = await logged_in(scene, f"/en/applications/{NUMBER}")
        listed = await scene.browser.open("/en/applications")
        tracked = await scene.browser.open("/en/tracking")
        numbers = {"number": NUMBER, "phone": PHONE}
        tracked = await scene.browser.send(tracked, tracked.form("number"), numbers)
    words = {"approved": "Answered: upheld", "refused": "Answered: not upheld"}[status]
    assert words in page.text
    assert words in listed.text
    assert words in tracked.text
    assert "approved" not in page.text
    assert "The ministry writes" not in page.text
    assert "The answer: " in page.text
    assert "The answer is below" in page.text
    assert "on the page of the grievance" not in page.text
    assert "on the page of the grievance" in tracked.text
