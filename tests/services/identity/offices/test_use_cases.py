"""Offices that change while their officers log in."""

import asyncio

import pyotp
import pytest

from libs.contracts.offices import Post, PutOffice
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.codes.rules import Origin
from services.identity.offices.use_cases import put_office
from services.identity.second_factors.use_cases import set_up_app
from services.identity.sessions.use_cases import list_sessions
from services.identity.staff import queries
from services.identity.staff.rules import with_own_password
from services.identity.staff.use_cases import (
    LoginAttempt,
    OpenedSession,
    Proofs,
    begin_login,
    log_in,
    place_officer,
)
from tests.services.identity.running import until_waiting
from tests.services.identity.staff.scenes import FACTORS, NOW, SESSIONS, ZONE, account, secret_in

ELSEWHERE = "30262000"


async def put(tx: Transaction, area: str | None) -> None:
    """Create the office of the zone, or change its area."""
    body = PutOffice(name=ZONE.name, kind=ZONE.kind, ministry=ZONE.ministry, area=area)
    await put_office(tx, ZONE.office_id, body, NOW, by="salma")


@pytest.mark.parametrize("first", ["login", "change"])
async def test_no_session_outlives_the_area_of_its_office(database: Database, first: str) -> None:
    """A login that is under way ends with the change, or begins with the new area."""
    async with database.transaction() as tx:
        staff = await account(tx, "officer", ZONE.ministry)
        await queries.update_staff(tx, with_own_password(staff, staff.password_hash))
        secret = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
        await put(tx, ZONE.area)
        await place_officer(tx, "karim", ZONE.office_id, ZONE.ministry, by="rahim")
        proofs = Proofs(pyotp.TOTP(secret).at(NOW), None, Origin("127.0.0.1"))
        attempt = await begin_login(tx, "karim", proofs, FACTORS, NOW)

    async def open_session(tx: Transaction) -> OpenedSession | Refused:
        assert isinstance(attempt, LoginAttempt)
        return await log_in(tx, attempt, SESSIONS, NOW, password_right=True)

    async def change(tx: Transaction) -> None:
        await put(tx, ELSEWHERE)

    sooner, later = (open_session, change) if first == "login" else (change, open_session)

    async def finish() -> None:
        async with database.transaction() as tx:
            await later(tx)

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await sooner(tx)
        await until_waiting(database, tasks.create_task(finish()))
    async with database.transaction() as tx:
        posts = [session.post for session in await list_sessions(tx, staff.staff_id, NOW)]
    expected = Post(ZONE.ministry or "", ZONE.office_id, ELSEWHERE)
    assert posts == ([] if first == "login" else [expected])
