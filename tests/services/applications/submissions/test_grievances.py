"""Where a new or corrected grievance goes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.applications import SubmitApplication
from libs.database.pool import Database
from libs.errors import Unreadable
from libs.grievances import GRIEVANCE
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions.rules import NewApplication, correct, submit
from services.catalogue.public_services.reference import read_reference
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import running_api
from tests.services.applications.scenes import (
    NOW,
    TODAY,
    TRACE,
    application,
    correction_asked,
    papers,
    public_service,
)

RULES = tuple(rule for key, rule in read_reference(grievances=True).routing if key == GRIEVANCE)
SERVICES = PublicServiceCache()
SERVICES.put([public_service(GRIEVANCE, ministry="cabinet", routing=RULES)])
FORM = {**right_answers(GRIEVANCE), "about": "office", "body": "lgd"}


def submitted(**said: Any) -> NewApplication:
    """A grievance about the Local Government Division."""
    body = SubmitApplication(public_service_id=GRIEVANCE, form={**FORM, **said})
    return submit(
        body,
        SERVICES.find(GRIEVANCE),
        papers(),
        application_id=application().application_id,
        trace=TRACE,
    )


def test_a_grievance_goes_to_the_desk_of_the_body_that_it_names() -> None:
    """No system of a ministry gets it, and nothing waits for one to be connected."""
    new = submitted().application
    assert (new.ministry, new.adapter, new.waits_for) == ("lgd", "desk", None)
    assert new.office is not None
    assert new.office.office_id == "grievance-lgd"
    named = submitted(office="grievance-lgd").application
    assert (named.ministry, named.office and named.office.office_id) == (
        "cabinet",
        "grievance-cabinet",
    )


def test_a_corrected_grievance_that_complains_of_its_office_is_not_sent_there() -> None:
    """The office stays with its ministry, and would read it: the citizen is told what to do."""
    new = submitted().application
    asked = replace(new, status="correction_requested", submitted_at=NOW)
    with pytest.raises(Unreadable) as refused:
        correct(asked, SERVICES.find, {**FORM, "office": "Grievance-LGD "}, papers(), before=FORM)
    ((pointer, code),) = [(one.pointer, one.code) for one in refused.value.field_errors]
    assert (pointer, code) == ("/form/office", "office_complained_of")
    after, _, _ = correct(asked, SERVICES.find, {**FORM, "office": "x"}, papers(), before=FORM)
    assert after.office == new.office


def test_every_body_has_an_officer_of_the_desk() -> None:
    """So the status of ministries, and what waits for a connection, know that it is worked here."""
    service = SERVICES.find(GRIEVANCE).public_service
    by_desk = {body for body, adapter in service.adapters_by_ministry(TODAY) if adapter == "desk"}
    assert len(by_desk) == 67
    assert service.adapter_of_office("lgd", "of-body", TODAY) == "desk"


async def test_about_a_grievance_of_ones_own_another_office_answers(database: Database) -> None:
    """Its number is enough, and the office that had it is not asked; a stranger's is not read."""
    services = PublicServiceCache()
    services.put([public_service(GRIEVANCE, ministry="cabinet", routing=RULES)])
    async with running_api(database, services) as api:

        async def filed(key: str, who: str = "rahima", **said: Any) -> str:
            body = {"public_service_id": GRIEVANCE, "form": {**FORM, **said}}
            reply = await api.post("/v1/applications", body, key=key, who=who)
            number: str = reply.json()["tracking_number"]
            return number

        first = await filed("1")
        written = {"about": "application", "office": "তৃতীয় তলার কক্ষ"}
        about_it = await filed("2", tracking_number=first.lower(), **written)
        kept = (await api.get(f"/v1/applications/{about_it}/form")).json()["form"]["office"]
        unnamed = await filed("4", about="application", tracking_number=first, office="")
        named = (await api.get(f"/v1/applications/{unnamed}/form")).json()["form"]["office"]
        of_another = await filed("3", who="karim", about="application", tracking_number=first)
    assert kept == "তৃতীয় তলার কক্ষ (grievance-lgd)"
    assert named.startswith("অভিযোগ নিষ্পত্তি কর্মকর্তার দপ্তর")
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT tracking_number, ministry FROM applications")
    ministries = {row["tracking_number"]: row["ministry"] for row in rows}
    assert (ministries[first], ministries[about_it], ministries[of_another]) == (
        "lgd",
        "cabinet",
        "lgd",
    )


async def test_what_is_said_of_a_helper_or_corrected_keeps_to_the_rule(database: Database) -> None:
    """A helper with a grievance is no office, nor is a grievance its own; a correction is looked at

    as a new one is: the number of an earlier one names the office that had it.
    """
    services = PublicServiceCache()
    services.put([public_service(GRIEVANCE, ministry="cabinet", routing=RULES)])
    async with running_api(database, services) as api:

        async def filed(key: str, **said: Any) -> Any:
            body = {"public_service_id": GRIEVANCE, "form": {**FORM, **said}}
            return (await api.post("/v1/applications", body, key=key)).json()

        async def form_of(number: str) -> Any:
            return (await api.get(f"/v1/applications/{number}/form")).json()["form"]

        first, second = await filed("1"), await filed("2")
        number, own = first["tracking_number"], second["tracking_number"]
        centre = {"about": "helper", "office": "গুলশান কেন্দ্র", "tracking_number": number}
        of_helper = await filed("3", **centre)
        assert (await form_of(of_helper["tracking_number"]))["office"] == centre["office"]
        api.now = NOW + timedelta(seconds=30)
        await api.consume(
            correction_asked(UUID(second["application_id"]), ministry="lgd", served_by="desk")
        )

        async def corrected(about: str) -> Any:
            form = {**FORM, "about": "application", "tracking_number": about}
            return await api.post(f"/v1/applications/{own}/corrections", {"form": form})

        refused = await corrected(number)
        assert refused.status == 422, refused.body
        assert refused.json()["errors"][0]["code"] == "office_complained_of"
        assert (await corrected(own)).status == 200
