"""The part of a service in a journey: who may read it, what is written down, what is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from starlette.types import ASGIApp

from libs.bangladesh.text import bangla_digits
from libs.contracts.journeys import JourneyStep
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.rules import FailedJob, FailedRecord
from libs.dead_letters.use_cases import keep_jobs, keep_records, settle_jobs
from libs.ids import new_id, new_tracking_number
from libs.journeys.part import Journeys, OwnPart
from libs.journeys.routes import routes as journey_routes
from libs.messaging.writing import outbox
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import failed_job, failed_record
from tests.libs.messaging.scenes import submitted
from tests.libs.web.running import CITIZEN, Answer, Identity, app_with, ask, served

NUMBER = new_tracking_number(1)
APPLICATION, STEP = UUID(int=1), UUID(int=2)


async def read_own_part(tx: Transaction, tracking_number: str) -> OwnPart:
    """A service that knows one application."""
    if tracking_number != NUMBER:
        return OwnPart(None, [])
    return OwnPart(APPLICATION, [JourneyStep(step_id=STEP, kind="delivery", what="submitted")])


@dataclass
class Helpline:
    """The route, and tokens of any role."""

    app: ASGIApp
    identity: Identity
    database: Database

    async def ask(self, number: str, role: str = "helpline", query: str = "") -> Answer:
        headers = {"authorization": f"Bearer {self.identity.token(roles=[role])}"}
        path = f"/v1/operations/ministries/journeys/{number}{query}"
        return await ask(self.app, "GET", path, headers=headers)

    async def audited(self) -> list[tuple[str, str, str]]:
        async with self.database.transaction() as tx:
            rows = await tx.fetch("SELECT actor, action, subject FROM audit_log ORDER BY entry_no")
        return [tuple(row) for row in rows]


@pytest.fixture
async def helpline(database_for: DatabaseFor) -> AsyncIterator[Helpline]:
    identity, database = Identity(), await database_for("ministries")
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    async with client, served(identity.show) as url:
        part = Journeys("ministries", read_own_part, job_types=("deliver",), kept_days=90)
        checker = TokenChecker(url, client=client)
        routes = journey_routes.bind("ministries", [part, checker, database])
        yield Helpline(app_with(*routes), identity, database)


@pytest.mark.parametrize("role", ["citizen", "officer", "programme", "operator", "helpline"])
async def test_operators_and_the_helpline_read_it_and_nobody_else(
    helpline: Helpline, role: str
) -> None:
    """Each reading is in the audit log, with who asked and for which number."""
    got = await helpline.ask(NUMBER, role)
    may = role in {"operator", "helpline"}
    assert (got.status == 200) == may, got.body
    entries = [(f"staff:{CITIZEN}", "read journey", NUMBER)] if may else []
    assert await helpline.audited() == entries


async def test_a_part_has_steps_and_what_is_deleted_after_how_many_days(
    helpline: Helpline,
) -> None:
    """A number is read in any spelling; nothing is cached."""
    got = await helpline.ask(bangla_digits(NUMBER.lower().replace("-", "")))
    part = got.json()
    assert (part["service"], part["application_id"]) == ("ministries", str(APPLICATION))
    assert [step["step_id"] for step in part["steps"]] == [str(STEP)]
    assert (part["kept_days"], part["settled_kept_days"]) == (90, 38)
    assert got.headers["cache-control"] == "no-store"


async def test_an_unknown_number_is_known_to_be_unknown(helpline: Helpline) -> None:
    """Whoever asks learns that this service has nothing; also that is written down."""
    part = (await helpline.ask("NS-00000-00000-00000")).json()
    assert (part["application_id"], part["steps"], part["dead_letters"]) == (None, [], [])
    assert len(await helpline.audited()) == 1


@pytest.mark.parametrize("number", ["NS-7K4M9-PXRT3-HC2D4", "1", "A" * 200, "%F0%9F%98%80"])
async def test_what_is_no_tracking_number_is_refused(helpline: Helpline, number: str) -> None:
    """A wrong letter is noticed before a search."""
    got = await helpline.ask(number)
    assert (got.status, got.code) == (404, "application_unknown")
    assert await helpline.audited() == []


async def test_dead_letters_of_the_application_are_part_of_it(helpline: Helpline) -> None:
    """Of its records and of its jobs, open and settled; none of another application."""
    other = new_id()
    async with helpline.database.transaction() as tx:
        await keep_records(tx, [_record(APPLICATION, 1), _record(other, 2)])
        await keep_jobs(tx, Metrics("t"), [_job(STEP), _job(other)])
        await settle_jobs(tx, "deliver", [str(STEP)], how="resent")
    letters = (await helpline.ask(NUMBER)).json()["dead_letters"]
    assert [(letter["source"], letter["settled_how"]) for letter in letters] == [
        ("applications.v1", None),
        ("deliver", "resent"),
    ]


async def test_a_record_that_was_not_stored_is_found_by_the_application(
    helpline: Helpline,
) -> None:
    """Its service does not know the number; whoever does, names the application."""
    async with helpline.database.transaction() as tx:
        await keep_records(tx, [_record(APPLICATION, 1)])
    unknown = "NS-00000-00000-00000"
    assert (await helpline.ask(unknown)).json()["dead_letters"] == []
    got = await helpline.ask(unknown, query=f"?application_id={APPLICATION}")
    assert [letter["reason"] for letter in got.json()["dead_letters"]] == ["defect.KeyError"]
    assert (await helpline.ask(NUMBER, query="?application_id=x")).status == 422


async def test_it_is_said_what_waits_to_be_published(helpline: Helpline) -> None:
    """So an event that is not at its reader is in the outbox, or in Kafka."""
    assert (await helpline.ask(NUMBER)).json()["unpublished_since"] is None
    async with helpline.database.transaction() as tx:
        await outbox.add(tx, [submitted()])
    part = (await helpline.ask(NUMBER)).json()
    assert part["unpublished_since"] <= part["read_at"]
    assert part["is_set_aside"] is False


def _record(application_id: UUID, offset: int) -> FailedRecord:
    return failed_record(offset, key=str(application_id).encode())


def _job(job: UUID) -> FailedJob:
    return failed_job(str(job), job_type="deliver")
