"""Pages of centres, prices, devices, uddoktas, offices, officers and roles, before a played API."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from pydantic import BaseModel

from libs.contracts.accounts import AccountList, AccountView, ProposalList, RoleList, RoleView
from libs.contracts.centres import (
    CentreList,
    Charge,
    DeviceList,
    DeviceView,
    RateBoard,
    SanctionList,
    UddoktaList,
)
from libs.contracts.language import Text
from libs.contracts.mandates import (
    CentreFigures,
    CentreFiguresList,
    ComplaintList,
    FlagList,
    FlagView,
)
from libs.contracts.offices import DutyList, DutyProposed, OfficeList, OfficerList
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import UDDOKTA, answer, play
from tests.services.desk.programme.scenes import AT, CENTRE, OFFICE, OFFICER, account
from tests.services.desk.running import desk, log_in, refused

STAFF = UUID(int=5)
DEVICE = DeviceView(device_id=UUID(int=8), service_centre_id="uttara", name="counter 1")
CHARGE = Charge(
    public_service_id="S001",
    name=Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
    fee_bdt=None,
    charge_bdt=30,
    cap_bdt=50,
)
UDDOKTA_ID, OFFICER_ID = UDDOKTA.uddokta_id, OFFICER.officer_id
FIGURES = CentreFigures(
    service_centre_id="uttara",
    name=CENTRE.name,
    area=CENTRE.area,
    district="3026",
    state="planned",
    uddoktas=1,
    requested=2,
    used=1,
    revoked=0,
    complaints=0,
    open_flags=0,
)
FLAG = FlagView(
    flag_id=UUID(int=9),
    kind="complaint",
    uddokta_id=UDDOKTA_ID,
    service_centre_id="uttara",
    mandate_id=UUID(int=10),
    raised_at=AT,
)
OFFICERS_ACCOUNT = account(STAFF).model_copy(
    update={
        "username": "karim",
        "roles": ["officer"],
        "given_roles": [RoleView(role="officer", given_by="salma", given_at=AT, until=None)],
        "roles_here": ["officer"],
    }
)
ANSWERS: dict[str, BaseModel] = {
    "/v1/centres": CentreList(items=[CENTRE], next="uttara"),
    "/v1/centres/uttara": CENTRE,
    "/v1/centres/uttara/rates": RateBoard(centre=CENTRE, items=[CHARGE]),
    "/v1/centres/uttara/devices": DeviceList(items=[DEVICE]),
    "/v1/centres-figures": CentreFiguresList(items=[FIGURES], next="uttara"),
    "/v1/proposals": ProposalList(items=[]),
    "/v1/uddoktas": UddoktaList(items=[UDDOKTA], centres={"uttara": CENTRE.name}, next="rahim"),
    f"/v1/uddoktas/{UDDOKTA_ID}": UDDOKTA,
    f"/v1/uddoktas/{UDDOKTA_ID}/sanctions": SanctionList(items=[]),
    "/v1/offices": OfficeList(items=[OFFICE], next=OFFICE.office_id),
    "/v1/offices/dncc-zone-6": OFFICE,
    "/v1/officers": OfficerList(items=[OFFICER], next="karim"),
    f"/v1/officers/{OFFICER_ID}": OFFICER,
    f"/v1/officers/{OFFICER_ID}/duties": DutyList(items=["registrar"]),
    "/v1/staff": AccountList(
        items=[AccountView(staff_id=STAFF, username="karim", roles=["officer"], active=True)],
        next="karim",
    ),
    f"/v1/staff/{STAFF}/account": OFFICERS_ACCOUNT,
    f"/v1/staff/{STAFF}/roles/officer": RoleList(items=[]),
    "/v1/flags": FlagList(items=[FLAG]),
    f"/v1/mandates/{FLAG.mandate_id}/complaints": ComplaintList(
        items=["She took 200.", "Rude.", "Slow."],
        kinds=["overcharged", "rude", "other"],
        answers=[None, "We spoke to her.", None],
        grievances=["NS-7K4M9-PXRT3-HC2D3", None, None],
    ),
}
CHANGED: dict[str, BaseModel] = {
    f"/v1/uddoktas/{UDDOKTA_ID}/licence": UDDOKTA,
    f"/v1/uddoktas/{UDDOKTA_ID}/centre": UDDOKTA,
    f"/v1/officers/{OFFICER_ID}/office": OFFICER,
}
UNKNOWN = {"/v1/centres": "service_centre_unknown", "/v1/offices": "not_found"}


def playing(seen: list[Any], refusal: str | None = None) -> Play:
    """An API that has one of each; what changes is kept, or refused."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/v1/staff/login"):
            return await play(request)
        if request.method != "GET":
            text = await request.text()
            seen.append((request.method, request.path, json.loads(text) if text else None))
            if refusal:
                return refused(refusal)
        found = ANSWERS.get(request.path) or CHANGED.get(request.path)
        if found is None and request.method == "GET":
            return refused(UNKNOWN.get(request.path.rpartition("/")[0], "not_found"))
        made = OFFICE if "offices" in request.path else CENTRE
        return answer((found or made).model_dump_json())

    return answering


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/programme?q=utt", "q=utt&after=uttara"),
        ("/programme/uddoktas?q=rah&centre=uttara", "q=rah&centre=uttara&after=rahim"),
        ("/programme/offices?q=zone", "q=zone&after=dncc-zone-6"),
        ("/programme/officers?q=kar", "q=kar&after=karim"),
        ("/programme/accounts?q=kar", "q=kar&after=karim"),
    ],
)
async def test_a_list_is_searched_and_goes_on(path: str, words: str, unused_tcp_port: int) -> None:
    """The words reach the API, and stay on the way to the next page and to the other language."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        asked = [request.query for request in scene.asked if request.query.get("q")]
        [further] = [link for link in page.links if "after=" in link]
        assert "q=" + path.partition("q=")[2].partition("&")[0] in page.html
        assert all(word in further for word in words.split("&"))
        assert any(query["q"] in path for query in asked)
        [other] = [link for link in page.links if link.startswith("/en/") and "q=" in link][:1]
        assert other == f"/en{path}"


async def test_a_centre_is_made_with_what_was_typed(unused_tcp_port: int) -> None:
    """The district comes first; days are boxes, and what is left empty is not sent."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/centres/new")
        assert not [form for form in page.forms if "area" in form.controls]
        page = await scene.browser.open("/programme/centres/new?district=3026")
        form = page.form("area")
        assert "30262500" in form.controls["area"]
        typed = {
            "service_centre_id": "mirpur",
            "name_bn": "মিরপুর",
            "name_en": "Mirpur",
            "address_bn": "মিরপুর ১০",
            "address_en": "Mirpur 10",
            "area": "30262500",
            "day-5": "",
        }
        made = await scene.browser.send(page, form, typed)
        assert made.path == "/programme/centres/uttara"
    assert seen == [(
        "PUT",
        "/v1/centres/mirpur",
        {
            "area": "30262500",
            "opens_at": "09:00",
            "closes_at": "17:00",
            "state": "planned",
            "name": {"bn": "মিরপুর", "en": "Mirpur"},
            "address": {"bn": "মিরপুর ১০", "en": "Mirpur 10"},
            "open_days": [7, 1, 2, 3, 4],
        },
    )]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("/programme/centres/new?district=3026", "service_centre_id", "uttara"),
        ("/programme/offices/new", "office_id", "dncc-zone-6"),
    ],
)
async def test_making_one_changes_none_that_is_there(
    page: str, name: str, value: str, unused_tcp_port: int
) -> None:
    """Since the API would replace it: the page says that the id is taken."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        form = await scene.browser.open(page)
        again = await scene.browser.send(form, form.form(name), {name: value})
        assert (again.status, f'id="{name}-error"' in again.html) == (422, True)
    assert seen == []


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/programme/offices/new", {"name_bn": "ভূমি অফিস", "population": "1200"}),
        (f"/programme/offices/{OFFICE.office_id}", {"name_bn": "ভূমি অফিস"}),
        ("/programme/centres/new?district=3026", {"name_bn": "মিরপুর", "ward": "7"}),
        ("/programme/centres/uttara/change", {"address_en": "Mirpur 10"}),
    ],
)
async def test_another_district_loses_nothing_that_was_typed(
    path: str, typed: dict[str, str], unused_tcp_port: int
) -> None:
    """Its areas are shown, and nothing is stored."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(path)
        form = page.form("area")
        assert (form.buttons["areas"], "3033" in form.controls["district"]) == (["yes"], True)
        asked = {**typed, "district": "3033", "areas": "yes"}
        shown = (await scene.browser.send(page, form, asked)).form("area")
        assert "303330" in shown.controls["area"]
        assert {name: shown.fields[name] for name in typed} == typed
    assert seen == []


async def test_what_is_known_of_an_office_for_grievances_is_typed_already(
    unused_tcp_port: int,
) -> None:
    """Its id above all, by which the rules name it."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/offices/new?grievances=lgd")
        typed = page.form("office_id").fields
        other = await scene.browser.open("/en/programme/offices/new?grievances=nobody")
    assert (typed["office_id"], typed["kind"], typed["ministry"]) == (
        "grievance-lgd",
        "head_office",
        "lgd",
    )
    assert typed["name_en"] == "Grievance officer, Local Government Division"
    assert not other.form("office_id").fields["office_id"]


@pytest.mark.parametrize("path", ["/offices/new", f"/offices/{OFFICE.office_id}"])
async def test_a_district_without_an_area_is_not_the_whole_country(
    path: str, unused_tcp_port: int
) -> None:
    """An office is stored with an area of the district, or without a district."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/programme{path}")
        name = {"office_id": "savar-land"} if path.endswith("new") else {}
        typed = {**name, "district": "3026", "area": ""}
        page = await scene.browser.send(page, page.form("area"), typed)
        assert (page.status, seen) == (422, [])
        assert "You chose a district and no area" in page.text
        assert "302614" in page.form("area").controls["area"]
        await scene.browser.send(page, page.form("area"), {"area": "302614"})
    assert [put["area"] for _, _, put in seen] == ["302614"]


async def test_the_page_of_centres_is_small_with_its_map(unused_tcp_port: int) -> None:
    """It is opened many times a day, also over slow lines: 50 kB at most, as HTML."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme")
    assert "Service centres on the map of 64 districts" in page.html
    assert f'<circle class="{FIGURES.state}" cx="' in page.html
    assert len(page.html.encode()) < 50_000


async def test_officers_are_listed_with_the_names_of_their_offices(unused_tcp_port: int) -> None:
    """Nobody knows an office by its id."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/officers")
    assert OFFICE.name.bn in page.text
    assert f"/programme/offices/{OFFICE.office_id}" in page.links
    assert OFFICE.office_id not in page.text


async def test_an_empty_form_of_an_office_says_all_that_is_missing_at_once(
    unused_tcp_port: int,
) -> None:
    """Its id, which is in the address of the API and not in the body, too."""
    missing = [
        {"pointer": f"/{field}", "code": "required", "message": "Fill in this field."}
        for field in ("ministry", "kind", "name/en", "name/bn")
    ]
    problem = {"type": "/problems/wrong_shape", "title": "-", "status": 422, "detail": "-"}

    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "PUT":
            return await playing([])(request)
        assert (await request.json()).get("name") == {}
        return web.json_response(
            problem | {"errors": missing}, status=422, content_type="application/problem+json"
        )

    async with desk(refusing, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/offices/new")
        page = await scene.browser.send(page, page.form("office_id"), {})
    places = ["office_id", "name_bn", "name_en", "kind", "ministry"]
    assert [link for link in page.links if link.startswith("#")][-5:] == [f"#{at}" for at in places]


async def test_a_centre_says_what_it_still_needs(unused_tcp_port: int) -> None:
    """Until it has everything: who confirmed it, an uddokta, an enrolled device, its state."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/centres/uttara")
        assert (page.text.count("To do"), page.text.count("Done")) == (4, 1)
        assert "nobody has confirmed them" in page.text


async def test_a_change_begins_with_what_is_stored(unused_tcp_port: int) -> None:
    """So that an unchanged form changes nothing."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/programme/centres/uttara/change", "/programme/offices/dncc-zone-6"):
            page = await scene.browser.open(path)
            await scene.browser.send(page, page.form("name_bn"))
    (_, centre_path, centre), (_, office_path, office) = seen
    assert (centre_path, office_path) == ("/v1/centres/uttara", "/v1/offices/dncc-zone-6")
    stored = json.loads(CENTRE.model_dump_json(exclude_none=True))
    assert centre == {name: stored[name] for name in centre}
    assert centre.keys() == stored.keys() - {"service_centre_id", "confirmed"}
    stored = json.loads(OFFICE.model_dump_json(exclude_none=True))
    assert office == {name: stored[name] for name in stored if name != "office_id"}


async def test_a_price_is_set_in_digits_of_both_languages(unused_tcp_port: int) -> None:
    """And what is no number is said at the field, before the API is asked."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/centres/uttara/prices")
        [link] = [link for link in page.links if link.endswith("/prices/S001")]
        page = await scene.browser.open(link)
        wrong = await scene.browser.send(page, page.form("charge_bdt"), {"charge_bdt": "free"})
        assert (wrong.status, 'id="charge_bdt-error"' in wrong.html) == (422, True)
        after = await scene.browser.send(page, page.form("charge_bdt"), {"charge_bdt": "৩৫"})
        assert after.path == "/programme/centres/uttara/prices"
        gone = await scene.browser.open("/en/programme/centres/uttara/prices/S999")
        assert "not given here" in gone.text
    assert seen == [("PUT", "/v1/centres/uttara/rates/S001", {"charge_bdt": 35})]


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        (
            f"/programme/centres/uttara/devices/{DEVICE.device_id}/removal",
            ("DELETE", f"/v1/centres/uttara/devices/{DEVICE.device_id}", None),
        ),
        (
            f"/programme/officers/{OFFICER_ID}/dismissal",
            ("DELETE", f"/v1/officers/{OFFICER_ID}", None),
        ),
        (
            f"/programme/accounts/{STAFF}/roles/officer/removal",
            ("DELETE", f"/v1/staff/{STAFF}/roles/officer", None),
        ),
    ],
)
async def test_what_cannot_be_undone_is_asked_first(
    asking: str, expected: Any, unused_tcp_port: int
) -> None:
    """The page before leads to the question, and only its button does it."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        before = await scene.browser.open(
            asking.rpartition("/")[0].partition("/roles")[0].replace(f"/{DEVICE.device_id}", "")
        )
        assert asking in before.links
        page = await scene.browser.open(asking)
        assert seen == []
        await scene.browser.send(page, page.form(action=asking))
    assert seen == [expected]


@pytest.mark.parametrize(
    ("path", "typed", "expected"),
    [
        (
            f"/programme/uddoktas/{UDDOKTA_ID}/licence",
            {"licence_until": "2030-06-30"},
            (
                "PUT",
                f"/v1/uddoktas/{UDDOKTA_ID}/licence",
                {"licence_until": "2030-06-30"},
            ),
        ),
        (
            f"/programme/officers/{OFFICER_ID}",
            {"office_id": "another"},
            ("PUT", f"/v1/officers/{OFFICER_ID}/office", {"office_id": "another"}),
        ),
        (
            f"/programme/accounts/{STAFF}",
            {"role": "officer", "ministry": "lgd", "until": "2030-06-30"},
            (
                "PUT",
                f"/v1/staff/{STAFF}/roles/officer",
                {"ministry": "lgd", "until": "2030-06-30"},
            ),
        ),
    ],
)
async def test_a_form_reaches_the_api_or_says_at_its_field_why_not(
    path: str, typed: dict[str, str], expected: Any, unused_tcp_port: int
) -> None:
    """Of a licence, an office and a role; after the form the browser has a page."""
    seen: list[Any] = []
    first = next(iter(typed))
    offices = {
        "/v1/offices": OfficeList(items=[OFFICE.model_copy(update={"office_id": "another"})])
    }
    usual = dict(ANSWERS)
    ANSWERS.update(offices)
    try:
        async with desk(playing(seen), unused_tcp_port) as scene:
            await log_in(scene)
            page = await scene.browser.open(path)
            after = await scene.browser.send(page, page.form(first), typed)
            assert after.status == 200
            scene.play = playing([], "licence_dates_wrong")
            again = await scene.browser.send(page, page.form(first), typed)
            assert (again.status, f'id="{first}-error"' in again.html) == (422, True)
    finally:
        ANSWERS.update(usual)
    assert seen == [expected]


async def test_an_uddokta_is_moved_to_a_centre_that_was_looked_for(unused_tcp_port: int) -> None:
    """The own centre is not among the choices."""
    seen: list[Any] = []
    elsewhere = UDDOKTA.model_copy(update={"service_centre_id": "gulshan"})

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET" and request.path == f"/v1/uddoktas/{UDDOKTA_ID}":
            return answer(elsewhere.model_dump_json())
        return await playing(seen)(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/programme/uddoktas/{UDDOKTA_ID}/centre?q=utt")
        form = page.form("service_centre_id")
        assert form.controls["service_centre_id"] == ["uttara"]
        after = await scene.browser.send(page, form, {"service_centre_id": "uttara"})
        assert after.path == f"/programme/uddoktas/{UDDOKTA_ID}"
        assert "q" in [name for each in scene.asked for name in each.query]
    own = f"/v1/uddoktas/{UDDOKTA_ID}/centre"
    assert seen == [("PUT", own, {"service_centre_id": "uttara"})]


async def test_a_duty_is_proposed_for_a_second_person(unused_tcp_port: int) -> None:
    """With its reason; the page says which duties there are, and what is wrong at its field."""
    seen: list[Any] = []
    page_of, path = f"/programme/officers/{OFFICER_ID}", f"/v1/officers/{OFFICER_ID}/duties"
    proposed = DutyProposed(proposal_id=UUID(int=11), kind="end_duty:registrar")

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if (request.method, request.path) != ("POST", path):
            return await playing([])(request)
        seen.append(json.loads(await request.text()))
        return answer(proposed.model_dump_json()) if "duty" in seen[-1] else refused("wrong_shape")

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(page_of)
        assert "registrar" in page.text
        wrong = await scene.browser.send(page, page.form("duty"), {"reason": "order 12"})
        assert (wrong.status, 'id="duty-error"' in wrong.html) == (422, True)
        assert wrong.form("duty").fields["reason"] == "order 12"
        typed = {"is_given": "no", "duty": "registrar", "reason": "order 12"}
        after = await scene.browser.send(page, page.form("duty"), typed)
        assert after.path == "/programme/proposals"
    assert seen[1] == {"is_given": False, "duty": "registrar", "reason": "order 12"}


async def test_what_a_citizen_complained_about_is_read_from_the_flag(unused_tcp_port: int) -> None:
    """And all own logins end on one page."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/flags")
        assert CENTRE.name.bn in page.text  # and not its id
        [link] = [link for link in page.links if link.endswith("/complaints")]
        page = await scene.browser.open(f"/en{link}")
        assert "More than the price was asked for" in page.text
        assert "She took 200." in page.text
        assert page.text.count("NS-7K4M9-PXRT3-HC2D3") == 1
        assert page.text.count("We spoke to her.") == 1
        assert page.text.count("There is no answer yet") == 1
