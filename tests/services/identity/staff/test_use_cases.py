import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeAlias

import pyotp
import pytest
from argon2 import PasswordHasher

from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.codes.rules import Origin
from services.identity.offices.queries import save_office
from services.identity.second_factors.use_cases import check_code, set_up_app
from services.identity.sessions.rules import RefreshToken, open_session
from services.identity.sessions.use_cases import add_sessions, refresh_sessions
from services.identity.staff import queries
from services.identity.staff.rules import with_own_password
from services.identity.staff.use_cases import (
    LoginAttempt,
    OpenedSession,
    Proofs,
    begin_login,
    create_staff,
    delete_old_logins,
    disable_staff,
    log_in,
    place_officer,
    read_logins,
    reset_second_factors,
    set_initial_password,
)
from tests.services.identity.running import until_waiting
from tests.services.identity.staff.scenes import FACTORS, NOW, SESSIONS, ZONE, account, secret_in

Change: TypeAlias = Callable[[], Awaitable[object]]

MINISTRY = "cabinet"


def shown(secret: str, at: datetime = NOW) -> Proofs:
    """What the person shows who has an app with a secret."""
    return Proofs(pyotp.TOTP(secret).at(at), None, Origin("127.0.0.1"))


async def begun(tx: Transaction, secret: str) -> LoginAttempt:
    """An attempt of Karim with a right second factor."""
    attempt = await begin_login(tx, "karim", shown(secret), FACTORS, NOW)
    assert isinstance(attempt, LoginAttempt)
    return attempt


async def audited(tx: Transaction) -> list[tuple[str, str, str]]:
    rows = await tx.fetch("SELECT actor, action, subject FROM audit_log ORDER BY entry_no")
    return [(row["actor"], row["action"], row["subject"]) for row in rows]


@pytest.mark.parametrize(
    ("role", "ministry"), [("officer", MINISTRY), ("operator", None), ("dead_letter_viewer", None)]
)
async def test_an_account_has_a_hashed_password_and_an_audit_entry(
    tx: Transaction, role: str, ministry: str | None
) -> None:
    """The password is stored as a hash, and the audit log has the operator."""
    created, password = await create_staff(tx, "karim", role, ministry, by="rahim", at=NOW)
    assert await queries.lock_staff(tx, "karim") == created
    assert created.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(created.password_hash, password)
    assert await audited(tx) == [("rahim", f"create {role}", str(created.staff_id))]


async def test_a_username_is_unique(tx: Transaction) -> None:
    """A second account with the same name is refused, and the first one is unchanged."""
    first = await account(tx)
    with pytest.raises(Refused, match="staff_username_taken"):
        await account(tx, "officer", MINISTRY)
    assert await queries.lock_staff(tx, "karim") == first


async def test_a_new_password_and_a_disabled_account_end_the_sessions(tx: Transaction) -> None:
    """A new password or a disabled account ends the open sessions."""
    staff = await account(tx)
    changes: list[Change] = [
        lambda: set_initial_password(tx, "karim", by="rahim", at=NOW),
        lambda: disable_staff(tx, "karim", by="rahim"),
    ]
    for n, change in enumerate(changes):
        token = RefreshToken(bytes([n]) * 16, b"s" * 32)
        session = open_session(new_id(), staff.staff_id, ("operator",), token, SESSIONS, NOW)
        await add_sessions(tx, [session])
        await change()
        (result,) = await refresh_sessions(tx, [token], SESSIONS, NOW)
        assert isinstance(result, Refused)
    closed = await queries.lock_staff(tx, "karim")
    assert closed is not None
    assert not closed.active
    assert [action for _, action, _ in await audited(tx)][1:] == ["set password", "disable"]


async def test_an_unknown_account_is_refused(tx: Transaction) -> None:
    """A command on an unknown username is refused."""
    with pytest.raises(Refused, match="staff_unknown"):
        await disable_staff(tx, "nobody", by="rahim")


@pytest.mark.parametrize("change", ["password", "disabled"])
async def test_an_account_that_changed_during_the_check_gets_no_session(
    tx: Transaction, change: str
) -> None:
    """No session is opened with a password that was replaced during the check."""
    staff = await account(tx)
    secret = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
    attempt = await begun(tx, secret)
    if change == "password":
        await set_initial_password(tx, "karim", by="rahim", at=NOW)
    else:
        await disable_staff(tx, "karim", by="rahim")
    refused = await log_in(tx, attempt, SESSIONS, NOW, password_right=True)
    assert isinstance(refused, Refused)
    (login,) = await read_logins(tx, "karim", limit=9)
    assert login.outcome == ("password_wrong" if change == "password" else "disabled")


async def test_an_officer_who_is_placed_during_the_check_gets_the_new_post(
    database: Database,
) -> None:
    """With the area of the new office, also where the login waits for the change to be stored."""
    async with database.transaction() as tx:
        staff = await account(tx, "officer", MINISTRY)
        await queries.update_staff(tx, with_own_password(staff, staff.password_hash))
        secret = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
        await save_office(tx, ZONE)
        attempt = await begun(tx, secret)

    async def finish() -> OpenedSession | Refused:
        async with database.transaction() as tx:
            return await log_in(tx, attempt, SESSIONS, NOW, password_right=True)

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await place_officer(tx, "karim", ZONE.office_id, ZONE.ministry, by="rahim")
        login = tasks.create_task(finish())
        await until_waiting(database, login)
    opened = login.result()
    assert not isinstance(opened, Refused)
    assert opened[0].post == Post(ZONE.ministry, ZONE.office_id, ZONE.area)


async def test_without_a_right_second_factor_no_password_is_checked(tx: Transaction) -> None:
    """The attempt ends before the slow check, whoever asks, and is in the journal."""
    staff = await account(tx)
    secret = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
    wrong = Proofs("000000", None, Origin("127.0.0.1"))
    for username, proofs in (("karim", wrong), ("nobody", shown(secret))):
        refused = await begin_login(tx, username, proofs, FACTORS, NOW)
        assert isinstance(refused, Refused)
        assert refused.code == "staff_login_wrong"
    await begun(tx, secret)
    outcomes = [login.outcome for login in await read_logins(tx, "karim", limit=9)]
    assert outcomes == ["second_factor_wrong"]


async def test_a_network_is_known_for_thirty_days_after_a_login(tx: Transaction) -> None:
    """Until then a login from there is counted for its person alone."""
    staff = await account(tx)
    secret = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
    await queries.update_staff(tx, with_own_password(staff, staff.password_hash))
    opened = await log_in(tx, await begun(tx, secret), SESSIONS, NOW, password_right=True)
    assert not isinstance(opened, Refused)
    end = NOW + timedelta(days=30)
    for at, sources in ((end - timedelta(seconds=1), 1), (end, 4)):
        attempt = await begin_login(tx, "karim", shown(secret, at), FACTORS, at)
        assert isinstance(attempt, LoginAttempt)
        assert len(attempt.sources) == sources


async def test_two_replicas_count_the_logins_of_a_person_together(database: Database) -> None:
    """Five of eight that come at once are looked at."""
    wrong = Proofs("000000", None, Origin("127.0.0.1"))

    async def attempt() -> str:
        async with database.transaction() as tx:
            refused = await begin_login(tx, "karim", wrong, FACTORS, NOW)
        assert isinstance(refused, Refused)
        return refused.code

    codes = await asyncio.gather(*(attempt() for _ in range(8)))
    assert sorted(codes) == ["staff_login_wrong"] * 5 + ["staff_logins_too_many"] * 3


async def test_new_second_factors_replace_the_old_and_end_the_sessions(tx: Transaction) -> None:
    """After the loss of a telephone its app is worth nothing, and its sessions have ended."""
    staff = await account(tx)
    old = secret_in(await set_up_app(tx, FACTORS, staff.staff_id, "karim"))
    token = RefreshToken(b"t" * 16, b"s" * 32)
    await add_sessions(
        tx, [open_session(new_id(), staff.staff_id, ("operator",), token, SESSIONS, NOW)]
    )
    new = secret_in(await reset_second_factors(tx, FACTORS, "karim", by="rahim"))
    for secret, right in ((old, False), (new, True)):
        code = pyotp.TOTP(secret).at(NOW)
        assert await check_code(tx, FACTORS, staff.staff_id, code, NOW) is right
    (result,) = await refresh_sessions(tx, [token], SESSIONS, NOW)
    assert isinstance(result, Refused)
    assert (await audited(tx))[-1][:2] == ("rahim", "reset second factors")


async def test_old_logins_leave_the_journal_after_a_year(tx: Transaction) -> None:
    """Younger ones stay; what was counted of both delays nothing any more."""
    for days in (366, 364):
        at = NOW - timedelta(days=days)
        await begin_login(tx, "nobody", Proofs(None, None, Origin("::1")), FACTORS, at)
    assert await delete_old_logins(tx, NOW) == 1 + 4
    assert await delete_old_logins(tx, NOW) == 0
