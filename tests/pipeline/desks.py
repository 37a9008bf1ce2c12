"""Public services on which officers work here, and an officer with a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from libs.clock import utc_now
from libs.contracts.cases import ActOnCase
from libs.contracts.catalogue import Adapter
from libs.contracts.topics import APPLICATIONS, DESK_MINISTRIES, DESK_SUBMISSIONS
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import decode
from services.cases.acts import use_cases as acts
from services.cases.officers.rules import Officer as CaseOfficer
from services.catalogue.public_services.use_cases import set_service_adapter
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen
from tools.virtual_users.counter import PASSWORD
from tools.virtual_users.officers import Officer
from tools.virtual_users.pages import Browser, Page


async def set_adapter(
    platform: Platform,
    service: str,
    today: date,
    *,
    is_here: bool,
    adapter: Adapter = "desk",
) -> None:
    """Have officers work on a public service here, or not; applications has heard of it."""
    async with catalogue(platform) as database, database.transaction() as tx:
        version = await set_service_adapter(
            tx, service, adapter if is_here else None, valid_from=today, by="rahima", at=utc_now()
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


async def tasks_of(platform: Platform, accepted: Accepted) -> list[Any]:
    """The open tasks of a case."""
    return await platform.rows(
        "cases",
        "SELECT case_id, duty, office_id FROM tasks WHERE tracking_number = $1 ORDER BY duty",
        accepted.tracking_number,
    )


class AtTheDesk:
    """An officer with a browser without script."""

    def __init__(self, platform: Platform, officer: Officer) -> None:
        self.officer = officer
        self.browser = Browser(platform.http, platform.plan.url("desk"), {})

    async def log_in(self) -> Page:
        """Log in; the queue is the first page."""
        person = self.officer.person
        page = await self.browser.open("/login")
        typed = {"username": person.username, "password": PASSWORD, "code": await person.app_code()}
        page = await self.browser.send(page, page.form("username"), typed)
        assert page.path == "/cases", page.text
        return page

    async def act(self, case_id: str, action: str, typed: dict[str, str] | None = None) -> Page:
        """Do something with a case, on its page or on the one that asks for more."""
        path = f"/cases/{case_id}"
        page = await self.browser.open(f"{path}/acts/{action}" if typed else path)
        form = page.form(action=f"{path}/acts/{action}")
        done = await self.browser.send(page, form, typed or {})
        assert "কাজটি হয়েছে" in done.text, done.text
        return done

    async def hand_in(self, case_id: str, action: str, paper: str, file: bytes) -> Page:
        """Hand a file in on the page of an act."""
        path = f"/cases/{case_id}/acts/{action}"
        page = await self.browser.open(path)
        (form,) = [one for one in page.forms if one.action.split("?")[0].endswith(f"/{paper}")]
        page = await self.browser.upload(page, form, file)
        assert page.path == path, page.text
        return page


async def is_now(citizen: Citizen, accepted: Accepted, status: str) -> bool:
    """Whether an application has a status."""
    return bool((await application(citizen, accepted))["status"] == status)


async def knows_officers_of(platform: Platform, office_id: str, least: int = 1) -> bool:
    """Whether cases has heard of so many officers with a duty at an office."""
    rows = await platform.rows(
        "cases", "SELECT FROM officers WHERE office_id = $1 AND duties <> '{}'", office_id
    )
    return len(rows) >= least


async def done(platform: Platform, accepted: Accepted, duty: str, action: str, **more: Any) -> None:
    """Let somebody with a duty, another one each time, act on a case."""

    async def waits_for_it() -> bool:
        return duty in {task["duty"] for task in await tasks_of(platform, accepted)}

    await until(waits_for_it)
    async with platform.transaction("cases") as tx:
        row = await tx.fetchrow(
            """
            SELECT tasks.case_id, tasks.ministry, office_id, revision
              FROM tasks JOIN cases USING (case_id)
             WHERE tasks.tracking_number = $1 AND duty = $2
            """,
            accepted.tracking_number,
            duty,
        )
        assert row is not None
        officer = CaseOfficer(new_id(), row["ministry"], row["office_id"], frozenset({duty}))
        body = ActOnCase(revision=row["revision"], duty=duty, action=action, **more)
        await acts.act(tx, officer, row["case_id"], body, utc_now())
