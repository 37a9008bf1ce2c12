"""Vendors: what they see, which report they hand in, and who lets a system go live."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.contracts.vendors import CheckedReport
from libs.database.pool import Database
from services.ministries.connections.rules import CheckReport
from tests.services.programme.bodies.scenes import LAND, MOPA
from tests.services.programme.running import Api, account_of

ALL, OWN, LIVE = "/v1/programme/vendors", "/v1/programme/own-vendor", "/v1/programme/going-live"
DESHI = {
    "name": "Deshi Systems Ltd",
    "contract": "contract 12 of 1 June 2026",
    "contract_until": "2026-12-31",
    "contact": {"name": "Head of support", "mail": "support@example.com", "phone": "+88017"},
}
REPORT = {
    "ministry": LAND,
    "checked_at": "2026-06-25T10:00:00Z",
    "adapter": "http_json",
    "address": "https://land.example",
    "host_key": None,
    "file_format": "csv",
    "rules": {"answered": "passed", "once": "passed"},
    "signature": "9f2c",
}
BROKEN = {**REPORT, "rules": {"answered": "passed", "once": "failed"}}
TANIA, BABUL = "tania vendor", "babul vendor"
RAHIM, EMDAD = f"rahim focal_point {LAND}", "emdad operator"


async def register(api: Api, who: str, body: str, **more: Any) -> str:
    """Register a vendor that connects the system of a body, with one person."""
    vendor = (await api.call("POST", ALL, {**DESHI, **more})).json()
    path = f"{ALL}/{vendor['vendor_id']}"
    await api.call("PUT", f"{path}/bodies/{body}")
    bound = await api.call("PUT", f"{path}/people/{account_of(who.split()[0])}")
    assert (bound.status, bound.json()["bodies"]) == (200, [body])
    return str(vendor["vendor_id"])


@pytest.fixture
async def api(database: Database) -> Api:
    """Tania's vendor connects the Ministry of Land, Babul's that of Public Administration."""
    api = Api(database)
    await register(api, TANIA, LAND)
    await register(api, BABUL, MOPA, name="Other Systems Ltd")
    return api


async def hand_in(api: Api, report: dict[str, Any] = REPORT, who: str = TANIA) -> Any:
    return await api.call("POST", f"{OWN}/reports", report, who=who)


async def waiting(api: Api) -> list[dict[str, Any]]:
    return list((await api.call("GET", LIVE, who=EMDAD)).json()["items"])


async def test_a_vendor_sees_its_own_systems_only(api: Api) -> None:
    """Neither a report nor a question of another one's, and nothing without a vendor."""
    own = (await api.call("GET", OWN, who=TANIA)).json()
    assert (own["name"], [each["body"] for each in own["integrations"]]) == (DESHI["name"], [LAND])
    refused = await hand_in(api, who=BABUL)
    assert (refused.status, refused.json()["type"]) == (403, "/problems/integration_of_others")
    asked = {"body": LAND, "question": "May decisions come daily?"}
    refused = await api.call("POST", f"{OWN}/questions", asked, who=BABUL)
    assert refused.json()["type"] == "/problems/integration_of_others"
    assert (await api.call("GET", OWN, who="nobody vendor")).json()["type"] == (
        "/problems/vendor_missing"
    )
    assert (await hand_in(api, who="nobody vendor")).status == 403


async def test_a_vendor_asks_and_the_body_sees_it_too(api: Api) -> None:
    """Other vendors do not; the answer is for both."""
    asked = {"body": LAND, "question": "May decisions come daily?"}
    question = (await api.call("POST", f"{OWN}/questions", asked, who=TANIA)).json()
    answer = {"answer": "Yes, with their days."}
    path = f"/v1/programme/questions/{question['question_id']}/answer"
    await api.call("PUT", path, answer)
    for where, who in ((f"{OWN}/questions", TANIA), ("/v1/programme/own/questions", RAHIM)):
        (found,) = (await api.call("GET", where, who=who)).json()["items"]
        assert (found["answer"], found["asked_by"]) == (answer["answer"], "vendor")
    assert (await api.call("GET", f"{OWN}/questions", who=BABUL)).json()["items"] == []


async def test_a_passed_report_asks_for_going_live_and_an_operator_answers(api: Api) -> None:
    """Handed in twice it is one wish; the focal point sees it with its findings."""
    handed_in = await hand_in(api)
    assert (handed_in.status, handed_in.json()["state"]) == (201, "waiting")
    assert (await hand_in(api)).json()["report_id"] == handed_in.json()["report_id"]
    (wish,) = await waiting(api)
    assert (wish["vendor"], wish["report"]) == (DESHI["name"], {**REPORT, "appeal_days": None})
    done = await api.call("POST", f"{LIVE}/{wish['act_id']}/approval", who=EMDAD)
    assert done.json()["state"] == "approved"
    assert await waiting(api) == []
    again = await api.call("POST", f"{LIVE}/{wish['act_id']}/approval", who=EMDAD)
    assert again.json()["type"] == "/problems/approved_before"
    (seen,) = (await api.call("GET", "/v1/programme/own/reports", who=RAHIM)).json()["items"]
    assert (seen["state"], seen["report"]["rules"]) == ("approved", REPORT["rules"])
    (own,) = (await api.call("GET", OWN, who=TANIA)).json()["integrations"]
    assert [report["state"] for report in own["reports"]] == ["approved"]


async def test_whoever_asked_does_not_answer(api: Api) -> None:
    """Also where the same person is an operator."""
    await hand_in(api)
    (wish,) = await waiting(api)
    path = f"{LIVE}/{wish['act_id']}/approval"
    refused = await api.call("POST", path, who="tania operator")
    assert (refused.status, refused.json()["type"]) == (403, "/problems/second_person_needed")


async def test_an_operator_says_why_not(api: Api) -> None:
    """The vendor reads the reason."""
    await hand_in(api)
    (wish,) = await waiting(api)
    path = f"{LIVE}/{wish['act_id']}/rejection"
    assert (await api.call("POST", path, {"reason": None}, who=EMDAD)).status == 422
    because = "the address is that of the test system"
    await api.call("POST", path, {"reason": because}, who=EMDAD)
    (own,) = (await api.call("GET", OWN, who=TANIA)).json()["integrations"]
    (report,) = own["reports"]
    assert (report["state"], report["rejected_because"]) == ("rejected", because)
    shown = (await api.call("GET", f"{LIVE}/reports/{report['report_id']}", who=EMDAD)).json()
    assert shown == report


async def test_a_system_that_breaks_a_rule_asks_for_nothing(api: Api) -> None:
    """The report is kept, so that all see what is to be mended."""
    handed_in = (await hand_in(api, BROKEN)).json()
    assert (handed_in["state"], handed_in["act_id"]) == ("none", None)
    assert await waiting(api) == []
    (seen,) = (await api.call("GET", "/v1/programme/own/reports", who=RAHIM)).json()["items"]
    assert seen["report"]["rules"]["once"] == "failed"


async def test_a_focal_point_hands_in_the_report_of_the_own_body(api: Api) -> None:
    """Not that of another one."""
    path = "/v1/programme/own/reports"
    handed_in = (await api.call("POST", path, REPORT, who=RAHIM)).json()
    assert (handed_in["state"], handed_in["vendor"]) == ("waiting", None)
    other = await api.call("POST", path, REPORT, who=f"karim focal_point {MOPA}")
    assert other.json()["type"] == "/problems/integration_of_others"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"checked_at": "2026-07-01T10:00:00Z"}, "report_unreadable"),
        ({"checked_at": "2026-05-30T10:00:00Z"}, "report_too_old"),
        ({"signature": ""}, "report_not_signed"),
    ],
)
async def test_what_is_no_report_is_refused(api: Api, more: dict[str, Any], problem: str) -> None:
    """From the future, older than 30 days, or without a signature."""
    refused = await hand_in(api, {**REPORT, **more})
    assert (refused.status, refused.json()["type"]) == (422, f"/problems/{problem}")


async def test_after_the_contract_nothing_is_handed_in(api: Api) -> None:
    """Until the new one is recorded."""
    api.now = datetime(2027, 1, 1, 4, tzinfo=UTC)
    report = {**REPORT, "checked_at": "2026-12-30T10:00:00Z"}
    assert (await hand_in(api, report)).json()["type"] == "/problems/vendor_contract_ended"
    await api.call("POST", ALL, {**DESHI, "contract_until": None})
    assert (await hand_in(api, report)).status == 201


async def test_a_vendor_is_registered_once_and_loses_what_is_taken(api: Api) -> None:
    """The same name is the same vendor; a system or an account that is taken is gone at once."""
    vendor_id = await register(api, TANIA, LAND)
    listed = (await api.call("GET", f"{ALL}?limit=1")).json()
    rest = (await api.call("GET", f"{ALL}?after={listed['next']}")).json()
    vendors = [*listed["items"], *rest["items"]]
    assert sorted(vendor["name"] for vendor in vendors) == [DESHI["name"], "Other Systems Ltd"]
    path = f"{ALL}/{vendor_id}"
    assert (await api.call("GET", path)).json()["contact"] == DESHI["contact"]
    assert (await api.call("PUT", f"{path}/bodies/nothing")).status == 404
    await api.call("DELETE", f"{path}/bodies/{LAND}")
    assert (await api.call("GET", OWN, who=TANIA)).json()["integrations"] == []
    await api.call("DELETE", f"{path}/people/{account_of('tania')}")
    assert (await api.call("GET", OWN, who=TANIA)).json()["type"] == "/problems/vendor_missing"


def test_a_report_keeps_its_signature_on_its_way() -> None:
    """What ministries have signed is the same after the programme has stored and shown it."""
    signed = CheckReport.model_validate({**REPORT, "signature": ""}).signed("key")
    shown = CheckedReport.model_validate_json(signed.model_dump_json()).model_dump_json()
    assert CheckReport.model_validate_json(shown).is_signed("key")
    assert set(CheckedReport.model_fields) == set(CheckReport.model_fields)
