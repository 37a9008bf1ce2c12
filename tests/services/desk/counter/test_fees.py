"""What the counter asks about a fee, and what it hands to the API."""

import json
from datetime import date
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.catalogue import FeeCase
from libs.contracts.centres import CentreView, Charge, RateBoard, UddoktaView
from libs.contracts.language import Text
from libs.grievances import GRIEVANCE
from tests.libs.pages.scenes import service
from tests.services.desk.counter.running import MANDATE, MARK, answer, play
from tests.services.desk.running import desk, log_in

NAME = Text(bn="সেবা", en="Service")
CENTRE = CentreView(
    service_centre_id="uttara",
    name=NAME,
    address=NAME,
    area="30262500",
    opens_at="09:00",
    closes_at="17:00",
    open_days=[7],
    state="running",
)
UDDOKTA = UddoktaView(
    uddokta_id=MANDATE.mandate_id,
    username="rahim",
    first_name=NAME,
    service_centre_id="uttara",
    position="uddokta",
    state="active",
    licence_number="L",
    licence_from=date(2026, 1, 1),
    licence_until=date(2028, 1, 1),
    certificate_number="C",
    certificate_until=date(2028, 1, 1),
)


def case(case_id: str, amount_bdt: int | None) -> FeeCase:
    """A case of a fee."""
    return FeeCase(case=case_id, name=Text(bn=case_id, en=case_id), amount_bdt=amount_bdt)


FIXED: dict[str, Any] = {"fee_bdt": 50, "fee_status": "sourced"}
UNKNOWN: dict[str, Any] = {"fee_bdt": None, "fee_status": "unknown"}
ASKED: dict[str, Any] = {
    "fee_bdt": None,
    "fee_status": "sourced",
    "fee_cases": [case("first", 230), case("again", None)],
}
BY_DAY: dict[str, Any] = {
    "fee_bdt": None,
    "fee_status": "sourced",
    "fee_cases": [case("young", 0), case("later", 50)],
    "fee_decided_by": Text(bn="জন্মের তারিখ", en="Date of birth"),
}


@pytest.mark.parametrize(
    ("charge", "typed", "sent", "said"),
    [
        (FIXED, {}, {}, "Tk 80"),
        (UNKNOWN, {"fee": "০"}, {"fee_bdt": 0}, "Not confirmed"),
        (UNKNOWN, {"fee": "10000000"}, {"fee_bdt": 10_000_000}, "0 to 25,000"),
        (UNKNOWN, {"fee": "১,৫০০"}, {"fee_bdt": 1500}, "Not confirmed"),
        (UNKNOWN, {"at_office": "yes"}, {"fee_at_office": True}, "pays it at the office"),
        (ASKED, {"case": "again", "fee": "345"}, {"fee_case": "again", "fee_bdt": 345}, "Tk 230"),
        (
            BY_DAY,
            {"day": "২৮", "month": "ফেব্রুয়ারি", "year": "2026"},
            {"fee_date": "2026-02-28"},
            "Date of birth",
        ),
        (BY_DAY, {"day": "31", "month": "2", "year": "2026"}, {}, "Date of birth"),
    ],
)
async def test_the_fee_is_asked_as_far_as_it_was_not_published(
    charge: dict[str, Any],
    typed: dict[str, str],
    sent: dict[str, Any],
    said: str,
    unused_tcp_port: int,
) -> None:
    """Nothing for a fixed one; the case, the day or the office's word for others."""
    bodies: list[dict[str, Any]] = []

    async def with_fee(request: web.BaseRequest) -> web.StreamResponse:
        match (request.method, request.path):
            case ("GET", "/v1/uddokta"):
                return answer(UDDOKTA.model_dump_json())
            case ("GET", "/v1/centres/uttara/rates"):
                price = Charge(
                    public_service_id="S001", name=NAME, charge_bdt=30, cap_bdt=50, **charge
                )
                return answer(RateBoard(centre=CENTRE, items=[price]).model_dump_json())
            case ("POST", "/v1/mandates"):
                bodies.append(json.loads(await request.text()))
                return answer(MANDATE.model_dump_json())
            case _:
                return await play(request)

    async with desk(with_fee, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/counter/new/S001")
        assert said in page.text
        assert any(link.endswith("/en/services/S001") for link in page.links)  # which papers
        form = page.form("phone")
        assert {"fee", "at_office", "case", "day"} & set(form.controls) == {
            *({"fee", "at_office"} if charge in (UNKNOWN, ASKED) else set()),
            *({"case"} if charge is ASKED else set()),
            *({"day"} if charge is BY_DAY else set()),
        }
        page = await scene.browser.send(page, form, {"phone": "01712345678", **typed})
    assert page.path == f"/en/counter/mandates/{MARK}"
    asked = {name: value for name, value in bodies[0].items() if name.startswith("fee_")}
    assert {name: value for name, value in asked.items() if value is not None} == sent


async def test_a_citizen_is_told_first_who_reads_a_grievance_and_where_it_goes(
    unused_tcp_port: int,
) -> None:
    """That the uddokta does, none about her or the centre, and never to who is complained of."""

    async def with_grievance(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/v1/uddokta":
                return answer(UDDOKTA.model_dump_json())
            case "/v1/centres/uttara/rates":
                free: dict[str, Any] = {"fee_bdt": 0, "charge_bdt": 0, "cap_bdt": 0}
                price = Charge(public_service_id=GRIEVANCE, name=NAME, **free)
                return answer(RateBoard(centre=CENTRE, items=[price]).model_dump_json())
            case "/v1/services/S001":
                about = {"public_service_id": GRIEVANCE}
                return answer(service("S001").model_copy(update=about).model_dump_json())
            case _:
                return await play(request)

    async with desk(with_grievance, unused_tcp_port) as scene:
        await log_in(scene)
        begin = await scene.browser.open("/en/counter/new")
        asked = await scene.browser.open(f"/en/counter/new/{GRIEVANCE}")
        await scene.browser.open(f"/en/counter/mandates/{MARK}/form")
        check = await scene.browser.open(f"/en/counter/mandates/{MARK}/form/check")
    assert f"/en/counter/new/{GRIEVANCE}" in begin.links
    assert "Not about you or this centre" in begin.text
    assert "about this centre or about you cannot be sent here" in asked.text
    assert "not to the office complained of" in check.text


async def test_the_payment_receipt_says_what_nobody_confirmed(unused_tcp_port: int) -> None:
    """The fee that the office told, and the form."""
    told = MANDATE.model_copy(update={"fee_basis": "told_by_office", "state": "active"})

    async def with_told(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(told.model_dump_json())
        return await play(request)

    path = f"/en/counter/mandates/{MARK}"
    async with desk(with_told, unused_tcp_port) as scene:
        await log_in(scene)
        consent = await scene.browser.open(path)
        await scene.browser.open(f"{path}/form")
        page = await scene.browser.open(f"{path}/form/check")
        page = await scene.browser.send(page, page.form("key"))
    for shown in (consent, page):
        assert "Not confirmed" in shown.text
        assert "not an official form" in shown.text


async def test_the_payment_receipt_says_that_the_fee_is_paid_at_the_office(
    unused_tcp_port: int,
) -> None:
    """No amount stands there: 0 taka would look like a free service."""
    there = {"fee_bdt": 0, "fee_basis": "told_by_office", "fee_at_office": True, "total_bdt": 30}

    async def at_office(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/mandates/{MARK}":
            return answer(MANDATE.model_copy(update=there).model_dump_json())
        return await play(request)

    async with desk(at_office, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/counter/mandates/{MARK}")
    assert "to be paid at the office" in page.text
    assert "Tk 0" not in page.text
