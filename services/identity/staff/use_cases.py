"""Create, change and disable staff accounts, with audit entries; log staff in, with a journal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.accounts import AccountList, AccountsQuery
from libs.contracts.lists import SearchQuery
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.codes.rules import Origin
from services.identity.second_factors import use_cases as second_factors
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import (
    RefreshToken,
    Session,
    SessionPolicy,
    ending_by,
    open_session,
)
from services.identity.staff import queries, rules
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.rules import (
    LOGINS_KEPT_DAYS,
    GivenRole,
    Login,
    LoginOutcome,
    Source,
    Staff,
    check_account,
    check_may_give,
    closed_because,
    with_initial_password,
    with_own_password,
    with_role,
)

OpenedSession: TypeAlias = tuple[Session, RefreshToken]

_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, repr=False)
class LoginAttempt:
    """An attempt to log in with a right second factor; it is counted until the password is right.

    Args:
        staff: the account whose password is checked.
        sources: that counted it.
        network: on which the account is known after a login; None for a session's own.
        address: where it came from.
        browser: browser and system by name, as it says.
    """

    staff: Staff
    sources: Collection[Source]
    network: Source | None
    address: str
    browser: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Proofs:
    """The second factor that a person showed at a login.

    Args:
        code: of an authenticator app.
        passkey: what a browser answered.
        origin: where the login came from.
        browser: browser and system by name, as it says.
    """

    code: str | None
    passkey: Mapping[str, Any] | None
    origin: Origin
    browser: str | None = None


async def create_staff(  # noqa: PLR0913
    tx: Transaction,
    username: str,
    role: str,
    ministry: str | None,
    *,
    by: str,
    at: datetime,
    until: date | None = None,
    district: str | None = None,
    initial: InitialPassword | None = None,
) -> tuple[Staff, str]:
    """Create an account with a role; return it with its initial password.

    The password is stored as a hash only. A service that must not stand still meanwhile makes it
    before.

    Raises:
        Refused: the username, the role, the ministry or the district is not allowed, or the
            username is taken.
    """
    check_account(username, role, ministry, bodies_by_id(), district)
    initial = initial or InitialPassword.new()
    given_role = GivenRole(role, by, at, until, district)
    staff = with_initial_password(
        Staff(new_id(), username, (given_role,), ministry, ""), initial.hash, at
    )
    if not await queries.insert_staff(tx, staff):
        raise Refused("staff_username_taken")
    await _audit(tx, by, f"create {role}", staff)
    return staff, initial.text


async def give_role(
    tx: Transaction,
    username: str,
    given_role: GivenRole,
    *,
    ministry: str | None = None,
    giver_id: UUID | None = None,
) -> Staff:
    """Give an account a role, or change until when it has it; the sessions end.

    Args:
        tx: the transaction.
        username: of the account.
        given_role: the role.
        ministry: of a role of a ministry; None for that of the account.
        giver_id: the account that gives it over the API; None for a command.

    Raises:
        Refused: there is no such account, role, ministry or district, the account cannot be given
            the role in this way or has another at another ministry, or a ministry or district is
            missing or too many.
    """
    staff = await _lock(tx, username)
    check_may_give(staff, given_role.role, giver_id)
    rules.check_district(given_role.role, given_role.district)
    if given_role.role in rules.OF_MINISTRY:
        wanted = ministry or staff.ministry or ""
        staff = rules.at_ministry(
            staff, given_role.role, wanted, bodies_by_id(), given_role.given_at
        )
        await queries.update_post(tx, staff)
    elif ministry is not None:
        raise Refused("staff_ministry_unknown")
    await queries.save_role(tx, staff.staff_id, given_role)
    await sessions.end_sessions(tx, staff.staff_id)
    until = f" until {given_role.until}" if given_role.until else ""
    await _audit(tx, given_role.given_by, f"give {given_role.role}{until}", staff)
    return with_role(staff, given_role)


async def take_role(
    tx: Transaction, username: str, role: str, *, by: str, giver_id: UUID | None = None
) -> None:
    """Take a role from an account, whose sessions end; a repeat is harmless.

    Raises:
        Refused: there is no such account or role, or it cannot be taken so.
    """
    staff = await _lock(tx, username)
    check_may_give(staff, role, giver_id)
    if await queries.delete_role(tx, staff.staff_id, role):
        await sessions.end_sessions(tx, staff.staff_id)
        await _audit(tx, by, f"take {role}", staff)


async def list_roles(tx: Transaction, username: str, at: datetime) -> list[GivenRole]:
    """Return the roles that an account has at this time, by name.

    Raises:
        Refused: there is no such account.
    """
    return [role for role in (await _lock(tx, username)).roles if role.holds_at(at)]


async def place_officer(
    tx: Transaction, username: str, office_id: str, ministry: str, *, by: str
) -> Staff:
    """Let an officer work at an office of a ministry; the sessions end, since tokens name both.

    Raises:
        Refused: there is no such officer.
    """
    staff = await _lock(tx, username)
    if not staff.has_been(rules.OF_MINISTRY):
        raise Refused("staff_unknown")
    placed = replace(staff, office_id=office_id, ministry=ministry)
    await queries.update_post(tx, placed)
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, f"place at {office_id}", staff)
    return await _lock(tx, username)


async def read_officers(tx: Transaction, query: SearchQuery | None = None) -> list[Staff]:
    """Return officers by username: one more than a page, or all of them without a query."""
    return await queries.read_officers(
        tx,
        pattern=query.pattern if query else None,
        after=query.after if query else None,
        limit=query.one_more if query else None,
    )


async def lock_officers(tx: Transaction, office_id: str, at: datetime) -> dict[UUID, str]:
    """Return the usernames of an office's officers, by id.

    None of them logs in until the transaction ends.
    """
    return await queries.lock_officers(tx, office_id, dhaka_date(at))


async def read_officers_at(tx: Transaction, office_id: str, at: datetime) -> dict[UUID, str]:
    """Return the usernames of an office's officers, by id; nothing is locked."""
    return await queries.read_officers_at(tx, office_id, dhaka_date(at))


async def find_username(tx: Transaction, staff_id: UUID, role: str | None = None) -> str:
    """Return the username of an account, which has or had this role if one is named.

    Raises:
        Refused: there is no such account.
    """
    username = await queries.read_username(tx, staff_id, role)
    if username is None:
        raise Refused("not_found")
    return username


async def find_people(tx: Transaction, staff_ids: Collection[UUID]) -> dict[UUID, Staff]:
    """Return accounts by their ids; nothing is locked."""
    return {staff.staff_id: staff for staff in await queries.read_people(tx, staff_ids)}


async def count_programme(tx: Transaction, at: datetime) -> int:
    """Count the people who are of the programme at this time."""
    return await queries.count_with_role(tx, "programme", dhaka_date(at))


async def check_proposer(tx: Transaction, staff_id: UUID, at: datetime) -> None:
    """Check that the proposer of an act is still of the programme.

    Raises:
        Refused: the account was closed or has lost the role, so nobody stands for the proposal.
    """
    proposer = (await find_people(tx, [staff_id])).get(staff_id)
    if proposer is None or not proposer.works_as("programme", at):
        raise Refused("proposer_left")


async def find_account(tx: Transaction, username: str) -> Staff:
    """Return an account, locked.

    Raises:
        Refused: there is no such account.
    """
    return await _lock(tx, username)


async def list_accounts(tx: Transaction, query: AccountsQuery, at: datetime) -> AccountList:
    """Return the accounts of staff by username, with the roles that they have at this time."""
    found = await queries.read_accounts(
        tx,
        role=query.role,
        pattern=query.pattern,
        after=query.after,
        limit=query.one_more,
        staff_ids=query.staff_ids,
    )
    page, following = query.page(found, lambda staff: staff.username)
    return AccountList(items=[staff.view(at) for staff in page], next=following)


async def set_initial_password(
    tx: Transaction,
    username: str,
    *,
    by: str,
    at: datetime,
    initial: InitialPassword | None = None,
) -> str:
    """Give an account a new initial password, which is returned, and end its sessions.

    Raises:
        Refused: there is no such account.
    """
    staff, initial = await _lock(tx, username), initial or InitialPassword.new()
    await queries.update_staff(tx, with_initial_password(staff, initial.hash, at))
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, "set password", staff)
    return initial.text


async def disable_staff(tx: Transaction, username: str, *, by: str) -> None:
    """Disable an account, and end its sessions; a repeat is harmless.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    await queries.update_staff(tx, replace(staff, active=False))
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, by, "disable", staff)


async def dismiss_officer(tx: Transaction, username: str, *, by: str) -> None:
    """Disable the account of an officer; one with another role only loses those of a ministry.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    of_ministry = [role.role for role in staff.roles if role.role in rules.OF_MINISTRY]
    if len(of_ministry) == len(staff.roles):
        await disable_staff(tx, username, by=by)
        return
    for role in of_ministry:
        await take_role(tx, username, role, by=by)


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


async def begin_login(
    tx: Transaction, username: str, proofs: Proofs, factors: SecondFactors, at: datetime
) -> LoginAttempt | Refused:
    """Count an attempt to log in, and check all but the password.

    So nobody without the second factor has a password hashed. A code and an answer of a passkey are
    used up. A refusal is returned, since it must be stored; it is the same whatever is wrong.
    """
    known_as = rules.on_network(username, proofs.origin.address)
    known_network = await queries.is_known(tx, known_as, at)
    sources = rules.sources_of(username, proofs.origin, known_network=known_network)
    return await _begin(tx, username, sources, known_as, proofs, factors, at)


async def begin_confirmation(
    tx: Transaction,
    staff_id: UUID,
    session_id: UUID,
    proofs: Proofs,
    factors: SecondFactors,
    at: datetime,
) -> LoginAttempt | Refused:
    """Count an attempt to confirm a login, by its session only, and check as `begin_login`."""
    username = await queries.read_username(tx, staff_id)
    sources = [rules.in_session(staff_id, session_id)]
    return await _begin(tx, username or "", sources, None, proofs, factors, at)


async def log_in(
    tx: Transaction,
    attempt: LoginAttempt,
    policy: SessionPolicy,
    at: datetime,
    *,
    password_right: bool,
) -> OpenedSession | Refused:
    """Open a session for a person who showed everything; the journal has how it ended.

    Returns a refusal where anything was wrong, after which the transaction is committed. Whoever
    showed everything is told that the account is closed, or why.
    """
    staff = await _who_proved(tx, attempt, "logged_in", at, password_right=password_right)
    return (
        staff if isinstance(staff, Refused) else await _open(tx, staff, policy, at, attempt.browser)
    )


async def change_password(
    tx: Transaction,
    attempt: LoginAttempt,
    password_hash: str,
    policy: SessionPolicy,
    at: datetime,
) -> OpenedSession | Refused:
    """Replace a person's password after all proofs are checked, end the sessions, and open one.

    Args:
        tx: the transaction.
        attempt: the attempt that was counted.
        password_hash: of the new password; empty if the one before was wrong.
        policy: how long the new session lasts.
        at: the current time.

    Returns a refusal as `log_in` does.
    """
    is_right = bool(password_hash)
    staff = await _who_proved(tx, attempt, "password_changed", at, password_right=is_right)
    if isinstance(staff, Refused):
        return staff
    await queries.update_staff(tx, with_own_password(staff, password_hash))
    await sessions.end_sessions(tx, staff.staff_id)
    await _audit(tx, f"staff:{staff.staff_id}", "change password", staff)
    return await _open(tx, staff, policy, at, attempt.browser)


async def confirm_login(
    tx: Transaction,
    attempt: LoginAttempt,
    session_id: UUID,
    at: datetime,
    *,
    password_right: bool,
) -> Session | Refused:
    """Record that the person of a session showed everything again; else refuse as `log_in`."""
    staff = await _who_proved(tx, attempt, "confirmed", at, password_right=password_right)
    if isinstance(staff, Refused):
        return staff
    return await sessions.confirm_session(tx, session_id, at)


async def read_logins(tx: Transaction, username: str, *, limit: int) -> list[Login]:
    """Return the newest logins of an account, good and bad, the newest first.

    Raises:
        Refused: there is no such account.
    """
    staff = await _lock(tx, username)
    return await queries.read_logins(tx, staff.staff_id, limit=limit)


async def delete_old_logins(tx: Transaction, at: datetime) -> int:
    """Delete a batch of logins of over a year ago and of counts that are over; return how many."""
    before = at - timedelta(days=LOGINS_KEPT_DAYS)
    deleted = await queries.delete_logins(tx, before=before, limit=_ROWS_PER_CLEANUP)
    return deleted + await queries.delete_wrong_logins(tx, before=at, limit=_ROWS_PER_CLEANUP)


async def _open(
    tx: Transaction, staff: Staff, policy: SessionPolicy, at: datetime, browser: str | None
) -> OpenedSession:
    token = sessions.new_refresh_token()
    session = open_session(new_id(), staff.staff_id, staff.roles_at(at), token, policy, at)
    session, ends_at = replace(session, post=staff.post_at(at), browser=browser), staff.next_end(at)
    session = replace(session, district=staff.district_at(at))
    session = ending_by(session, ends_at) if ends_at else session
    await sessions.add_sessions(tx, [session])
    return session, token


async def _begin(  # noqa: PLR0913
    tx: Transaction,
    username: str,
    sources: Collection[Source],
    network: Source | None,
    proofs: Proofs,
    factors: SecondFactors,
    at: datetime,
) -> LoginAttempt | Refused:
    wrong = await queries.lock_wrong_logins(tx, sources)
    wait_s = max(rules.wait_s(source, count, at) for source, count in wrong.items())
    if wait_s > 0:
        return Refused("staff_logins_too_many", retry_after_s=wait_s)
    counted = {source: rules.count_login(source, count, at) for source, count in wrong.items()}
    await queries.save_wrong_logins(tx, counted)
    staff = await queries.lock_staff(tx, username)
    # Also of nobody: what an unknown username takes is what a known one takes.
    staff_id = staff.staff_id if staff else _NOBODY
    is_right = await _second_factor_right(tx, staff_id, proofs, factors, at)
    if staff is None or not is_right:
        known_id = staff.staff_id if staff else None
        outcome = closed_because(staff, at) or "second_factor_wrong"
        await queries.insert_login(tx, known_id, outcome, proofs.origin.address, at)
        return Refused("staff_login_wrong")
    return LoginAttempt(staff, sources, network, proofs.origin.address, proofs.browser)


async def _who_proved(
    tx: Transaction,
    attempt: LoginAttempt,
    good: LoginOutcome,
    at: datetime,
    *,
    password_right: bool,
) -> Staff | Refused:
    """Return the account as it is now if all proofs are right; write the outcome to the journal."""
    outcome: LoginOutcome = good
    networks = [attempt.network] if attempt.network else []
    # Here and everywhere counts are locked before the account.
    wrong = await queries.lock_wrong_logins(tx, {*attempt.sources, *networks})
    staff = await queries.lock_staff(tx, attempt.staff.username)
    # The account may have changed while the password was checked.
    is_same = staff and staff.password_hash == attempt.staff.password_hash
    if staff is None or not is_same or not password_right:
        outcome = "password_wrong"
    elif closed := closed_because(staff, at):
        outcome = closed
    else:
        left = {source: rules.take_back(source, count, at) for source, count in wrong.items()}
        await queries.save_wrong_logins(
            tx, left, logged_in_from=networks, until=at + rules.KNOWN_NETWORK
        )
        if staff.password_expires_at is not None and good != "password_changed":
            outcome = "password_initial"
    await queries.insert_login(tx, attempt.staff.staff_id, outcome, attempt.address, at)
    if staff is not None and outcome == good:
        return staff
    return Refused(rules.PROBLEMS.get(outcome, "staff_login_wrong"))


async def _second_factor_right(
    tx: Transaction, staff_id: UUID, proofs: Proofs, factors: SecondFactors, at: datetime
) -> bool:
    if proofs.passkey is not None:
        return await second_factors.check_passkey(tx, factors, staff_id, proofs.passkey, at)
    if proofs.code is not None:
        return await second_factors.check_code(tx, factors, staff_id, proofs.code, at)
    return False


async def _lock(tx: Transaction, username: str) -> Staff:
    staff = await queries.lock_staff(tx, username)
    if staff is None:
        raise Refused("staff_unknown")
    return staff


async def _audit(tx: Transaction, by: str, action: str, staff: Staff) -> None:
    await record_action(tx, actor=by, action=action, subject=str(staff.staff_id))
