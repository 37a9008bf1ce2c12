"""Services whose officers work here: from the citizen's click to the case and back as an SMS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.topics import APPLICATIONS, DESK_MINISTRIES, DESK_SUBMISSIONS
from libs.database.pool import Database
from libs.messaging.envelope import decode
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.public_services.use_cases import set_service_adapter
from services.catalogue.workflows.reference import reference_workflows
from tests.pipeline.conftest import form_of
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen

GENERAL_DIARY = "S024"
CITIZENSHIP = "S005"


@pytest.fixture(autouse=True)
async def at_the_desk(platform: Platform) -> AsyncIterator[None]:
    """Two public services are worked on here; the others of their ministries are not."""
    async with platform.transaction("cases") as tx:
        await copy_workflows(tx, reference_workflows())
    today = dhaka_date(utc_now())
    for service in (GENERAL_DIARY, CITIZENSHIP):
        await set_adapter(platform, service, today, is_here=True)
    yield
    for service in (GENERAL_DIARY, CITIZENSHIP):
        await set_adapter(platform, service, today, is_here=False)


async def set_adapter(platform: Platform, service: str, today: date, *, is_here: bool) -> None:
    """Have officers work on a public service here, or not; applications has heard of it."""
    async with catalogue(platform) as database, database.transaction() as tx:
        version = await set_service_adapter(
            tx, service, "desk" if is_here else None, valid_from=today, by="rahima", at=utc_now()
        )

    async def has_heard() -> bool:
        rows = await platform.rows(
            "applications",
            "SELECT adapters FROM public_services WHERE public_service_id = $1",
            service,
        )
        return f'"version":{version.version}' in rows[0]["adapters"]

    await until(has_heard)


@asynccontextmanager
async def catalogue(platform: Platform) -> AsyncIterator[Database]:
    """The catalogue's database."""
    database = Database(platform.dsn["catalogue"], connections=1)
    try:
        yield database
    finally:
        await database.close()


async def types_of(platform: Platform, accepted: Accepted) -> list[str]:
    """The types of all records about an application, topic by topic."""
    return [
        decode(topic, record.topic, record.headers, record.value).type
        for topic in (DESK_SUBMISSIONS, DESK_MINISTRIES, APPLICATIONS)
        for record in await records_of(platform.kafka, topic.name)
        if record.key == accepted.application_id.encode()
    ]


async def application(citizen: Citizen, accepted: Accepted) -> dict[str, Any]:
    """What its citizen is shown of an application."""
    return (await citizen.get(f"/v1/applications/{accepted.tracking_number}"))[1]


async def test_what_a_rule_alone_decides_has_four_records_and_one_sms(
    platform: Platform, citizen: Citizen
) -> None:
    """As many as what a hosted ministry decides in its answer; no ministry is called."""
    form = {**await form_of(platform, GENERAL_DIARY), "kind": "theft"}
    form = {key: value for key, value in form.items() if key not in {"item", "missing_person"}}
    accepted = await citizen.apply(GENERAL_DIARY, form)

    async def is_told() -> bool:
        return bool(platform.received(accepted).messages)

    await until(is_told)
    assert await types_of(platform, accepted) == [
        "submission_made",
        "ministry_decided",
        "application_submitted",
        "application_decided",
    ]
    shown = await application(citizen, accepted)
    assert shown["status"] == "refused"
    assert shown["decision_note"]["en"] == "Must be made in person"
    assert platform.received(accepted).handed_over == 0
    assert len(platform.received(accepted).messages) == 1


async def test_a_citizen_sees_the_step_and_takes_the_application_back(
    platform: Platform, citizen: Citizen
) -> None:
    """The case is at an office of the union, and is closed with the withdrawal."""
    accepted = await citizen.apply(CITIZENSHIP, await form_of(platform, CITIZENSHIP))

    async def is_at_its_step() -> bool:
        shown = await application(citizen, accepted)
        return shown["step"] is not None

    await until(is_at_its_step)
    shown = await application(citizen, accepted)
    assert (shown["status"], shown["step"]["waits_for"]) == ("with_ministry", "office")
    assert shown["step"]["name"]["en"] == "Residence confirmed by the ward member"
    path = f"/v1/applications/{accepted.tracking_number}/withdrawal"
    assert (await citizen.post(path, "withdraw"))[0] == 200

    async def is_closed() -> bool:
        rows = await platform.rows(
            "cases",
            "SELECT outcome FROM cases WHERE tracking_number = $1",
            accepted.tracking_number,
        )
        return [row["outcome"] for row in rows] == ["withdrawn"]

    await until(is_closed)
    assert await types_of(platform, accepted) == [
        "submission_made",
        "submission_withdrawn",
        "ministry_received",
        "application_submitted",
        "application_received",
        "application_withdrawn",
    ]
