"""Create, change and disable staff accounts, with audit entries; log staff in."""

from dataclasses import replace
from datetime import datetime

from libs.bangladesh.bodies import bodies_by_id
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.audit import use_cases as audit
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session
from services.identity.staff import queries
from services.identity.staff.passwords import hash_password
from services.identity.staff.rules import (
    Staff,
    StaffRole,
    check_account,
    check_password,
    count_attempt,
    reset_attempts,
)


async def create_staff(
    tx: Transaction,
    username: str,
    role: StaffRole,
    ministry: str | None,
    password: str,
    *,
    by: str,
) -> Staff:
    """Create an account.

    Raises:
        Refused: the username, ministry or password is not allowed, or the username is taken.
    """
    check_account(username, role, ministry, bodies_by_id())
    check_password(password)
    staff = Staff(new_id(), username, role, ministry, hash_password(password))
    if not await queries.insert_staff(tx, staff):
        raise Refused("staff_username_taken")
    await _audit(tx, by, f"create {role}", staff)
    return staff


async def change_password(tx: Transaction, username: str, password: str, *, by: str) -> None:
    """Replace the password of an account, and end its sessions.

    Raises:
        Refused: the password is not allowed, or there is no such account.
    """
    check_password(password)
    staff = await _lock(tx, username)
    await queries.update_staff(tx, replace(staff, password_hash=hash_password(password)))
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, "set password", staff)


async def disable_staff(tx: Transaction, username: str, *, by: str) -> None:
    """Disable an account, and end its sessions; a repeat is harmless.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    await queries.update_staff(tx, replace(staff, active=False))
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, "disable", staff)


async def count_login_attempt(tx: Transaction, username: str, at: datetime) -> Staff | None:
    """Count an attempt to log in; return the account, None if there is none.

    Raises:
        Refused: the account is paused after too many wrong passwords.
    """
    staff = await queries.lock_staff(tx, username)
    if staff is not None:
        await queries.update_staff(tx, count_attempt(staff, at))
    return staff


async def open_staff_session(
    tx: Transaction, checked: Staff, policy: SessionPolicy, at: datetime
) -> tuple[Session, RefreshToken]:
    """Open a session for an account whose password was right.

    Raises:
        Refused: the account was disabled, or its password changed, after the check.
    """
    staff = await queries.lock_staff(tx, checked.username)
    if staff is None or not staff.active or staff.password_hash != checked.password_hash:
        raise Refused("staff_login_wrong")
    await queries.update_staff(tx, reset_attempts(staff))
    token = sessions.new_refresh_token()
    session = open_session(new_id(), staff.staff_id, (staff.role,), token, policy, at)
    await sessions.add_sessions(tx, [session])
    return session, token


async def _lock(tx: Transaction, username: str) -> Staff:
    staff = await queries.lock_staff(tx, username)
    if staff is None:
        raise Refused("staff_unknown")
    return staff


async def _audit(tx: Transaction, by: str, action: str, staff: Staff) -> None:
    await audit.record_action(tx, actor=by, action=action, subject=str(staff.staff_id))
