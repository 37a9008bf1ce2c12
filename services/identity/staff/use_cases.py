"""Create, change and disable staff accounts, with audit entries; log staff in, with a journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.audit import use_cases as audit
from services.identity.second_factors import use_cases as second_factors
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session
from services.identity.staff import queries
from services.identity.staff.passwords import check_not_common, hash_password
from services.identity.staff.rules import (
    LOGINS_KEPT_DAYS,
    Login,
    LoginOutcome,
    Staff,
    StaffRole,
    check_account,
    check_password,
    closed_because,
    count_attempt,
    reset_attempts,
)

_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long


@dataclass(frozen=True, slots=True, repr=False)
class LoginAttempt:
    """An attempt to log in that was counted.

    Args:
        staff: the account whose password is checked; None for an unknown username.
        closed: why nobody can log in to it now, whatever is shown.
    """

    staff: Staff | None
    closed: LoginOutcome | None


@dataclass(frozen=True, slots=True, repr=False)
class Proofs:
    """What a person showed at a login.

    Args:
        password_right: whether the password was the account's.
        code: of an authenticator app.
        passkey: what a browser answered.
        address: where the login came from.
    """

    password_right: bool
    code: str | None
    passkey: Mapping[str, Any] | None
    address: str


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
    _check_new_password(password, username)
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
    _check_new_password(password, username)
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


async def reset_second_factors(
    tx: Transaction, factors: SecondFactors, username: str, *, by: str
) -> str:
    """Give an account a new app secret, remove its passkeys, and end its sessions.

    Returns the address to set the app up with.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    await second_factors.remove_passkeys(tx, staff.staff_id)
    address = await second_factors.set_up_app(tx, factors, staff.staff_id, username)
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, "reset second factors", staff)
    return address


async def begin_login(tx: Transaction, username: str, at: datetime) -> LoginAttempt:
    """Count an attempt to log in, before the password is checked.

    It is not refused yet, whatever is known: the password is checked in any case, so that all bad
    logins take as long.
    """
    staff = await queries.lock_staff(tx, username)
    closed = closed_because(staff, at)
    if staff is not None and closed is None:
        await queries.update_staff(tx, count_attempt(staff, at))
    return LoginAttempt(staff, closed)


async def begin_confirmation(tx: Transaction, staff_id: UUID, at: datetime) -> LoginAttempt:
    """Count an attempt to confirm a login, as `begin_login` does."""
    username = await queries.read_username(tx, staff_id)
    return await begin_login(tx, username or "", at)


async def log_in(
    tx: Transaction,
    attempt: LoginAttempt,
    proofs: Proofs,
    factors: SecondFactors,
    policy: SessionPolicy,
    at: datetime,
) -> tuple[Session, RefreshToken] | None:
    """Open a session for a person who showed everything; the journal has how it ended.

    Returns None where anything was wrong; the reason is in the journal only.
    """
    staff = await _who_proved(tx, attempt, proofs, factors, "logged_in", at)
    if staff is None:
        return None
    token = sessions.new_refresh_token()
    session = open_session(new_id(), staff.staff_id, (staff.role,), token, policy, at)
    await sessions.add_sessions(tx, [session])
    return session, token


async def confirm_login(
    tx: Transaction,
    attempt: LoginAttempt,
    proofs: Proofs,
    factors: SecondFactors,
    session_id: UUID,
    at: datetime,
) -> Session | None:
    """Record that the person of a session showed everything again; None as in `log_in`."""
    staff = await _who_proved(tx, attempt, proofs, factors, "confirmed", at)
    return await sessions.confirm_session(tx, session_id, at) if staff else None


async def read_logins(tx: Transaction, username: str, *, limit: int) -> list[Login]:
    """Return the newest logins of an account, good and bad, the newest first.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    return await queries.read_logins(tx, staff.staff_id, limit=limit)


async def delete_old_logins(tx: Transaction, at: datetime) -> int:
    """Delete a batch of logins from the journal that are older than a year; return how many."""
    before = at - timedelta(days=LOGINS_KEPT_DAYS)
    return await queries.delete_logins(tx, before=before, limit=_ROWS_PER_CLEANUP)


async def _who_proved(
    tx: Transaction,
    attempt: LoginAttempt,
    proofs: Proofs,
    factors: SecondFactors,
    good: LoginOutcome,
    at: datetime,
) -> Staff | None:
    """Return the account if all proofs are right; write the outcome to the journal."""
    outcome = attempt.closed or await _outcome(tx, attempt, proofs, factors, good, at)
    staff_id = attempt.staff.staff_id if attempt.staff else None
    await queries.insert_login(tx, staff_id, outcome, proofs.address, at)
    return attempt.staff if outcome == good else None


async def _outcome(
    tx: Transaction,
    attempt: LoginAttempt,
    proofs: Proofs,
    factors: SecondFactors,
    good: LoginOutcome,
    at: datetime,
) -> LoginOutcome:
    if attempt.staff is None or not proofs.password_right:
        return "password_wrong"
    staff = await queries.lock_staff(tx, attempt.staff.username)
    # The account may have changed while the password was checked.
    if staff is None or not staff.active or staff.password_hash != attempt.staff.password_hash:
        return "password_wrong"
    if not await _second_factor_right(tx, staff, proofs, factors, at):
        return "second_factor_wrong"
    await queries.update_staff(tx, reset_attempts(staff))
    return good


async def _second_factor_right(
    tx: Transaction, staff: Staff, proofs: Proofs, factors: SecondFactors, at: datetime
) -> bool:
    if proofs.passkey is not None:
        return await second_factors.check_passkey(tx, factors, staff.staff_id, proofs.passkey, at)
    if proofs.code is not None:
        return await second_factors.check_code(tx, factors, staff.staff_id, proofs.code, at)
    return False


async def _lock(tx: Transaction, username: str) -> Staff:
    staff = await queries.lock_staff(tx, username)
    if staff is None:
        raise Refused("staff_unknown")
    return staff


def _check_new_password(password: str, username: str) -> None:
    """Check that an account may have a password.

    Raises:
        Refused: it is too short, too long, or among the first that are tried.
    """
    check_password(password)
    check_not_common(password, username)


async def _audit(tx: Transaction, by: str, action: str, staff: Staff) -> None:
    await audit.record_action(tx, actor=by, action=action, subject=str(staff.staff_id))
