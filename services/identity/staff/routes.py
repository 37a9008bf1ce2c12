"""HTTP routes of the login of staff."""

from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.identity import (
    AccessToken,
    ChangePassword,
    LogInStaff,
    ProveIdentity,
    StaffTokens,
)
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.addresses import client_address
from libs.web.callers.browsers import browser_of
from libs.web.callers.tokens import ANY_ROLE, Staff
from libs.web.handling.routes import Routes
from services.identity.codes.device_tokens import DeviceTokens, new_device_id
from services.identity.codes.rules import Origin
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.sessions.rules import SessionPolicy
from services.identity.sessions.use_cases import make_access_token, make_tokens
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.staff import use_cases
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.rules import check_password
from services.identity.staff.use_cases import LoginAttempt, OpenedSession, Proofs

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}
_CLOSED = ("staff_account_disabled", "staff_account_without_role", "staff_initial_expired")
_PROBLEMS = ("staff_login_wrong", "staff_logins_too_many", "staff_logins_busy")


@routes.post(
    "/v1/staff/login",
    headers=_NOT_STORED,
    problems=(*_PROBLEMS, "staff_password_initial", *_CLOSED),
    example={"username": "karim", "password": "correct horse battery", "code": "০৪৮২১৯"},
)
async def log_in_staff(  # noqa: PLR0913
    body: LogInStaff,
    request: Request,
    database: Database,
    passwords: PasswordChecker,
    proxies: TrustedProxies,
    devices: DeviceTokens,
    factors: SecondFactors,
    keys: KeyRing,
    policy: SessionPolicy,
    clock: Clock,
) -> StaffTokens:
    """Log in with username, password and second factor (staff).

    A wrong login delays the next ones with this username from this network, or with this device.
    A code of an app is used up also where the password is wrong.

    Raises:
        Refused: something is wrong, or the account is unknown; the response is the same in all
            cases. Or too much was wrong lately. Or everything is right, and the password is an
            initial one, or the account is closed.
    """
    keys.check_ready()
    origin = _origin(body, request, proxies, devices)
    async with database.transaction() as tx:
        begun = await use_cases.begin_login(
            tx, body.username, _proofs(body, origin, request), factors, clock.now()
        )
    attempt, is_right = await _checked(begun, body, passwords)
    async with database.transaction() as tx:
        opened = await use_cases.log_in(tx, attempt, policy, clock.now(), password_right=is_right)
    return _tokens(opened, body, origin, keys, devices)


@routes.post(
    "/v1/staff/password",
    headers=_NOT_STORED,
    problems=(
        *_PROBLEMS,
        "staff_password_same",
        "staff_password_weak",
        "staff_password_common",
        *_CLOSED,
    ),
    example={
        "username": "karim",
        "password": "correct horse battery",
        "code": "০৪৮২১৯",
        "new_password": "river lantern seventeen maps",
    },
)
async def change_password(  # noqa: PLR0913
    body: ChangePassword,
    request: Request,
    database: Database,
    passwords: PasswordChecker,
    proxies: TrustedProxies,
    devices: DeviceTokens,
    factors: SecondFactors,
    keys: KeyRing,
    policy: SessionPolicy,
    clock: Clock,
) -> StaffTokens:
    """Change my password, end my sessions, and log in (staff).

    An initial password opens nothing else. Whether the new one is common is looked at after all
    proofs; the next attempt then needs another code.

    Raises:
        Refused: the new password will not do; else as at a login.
    """
    keys.check_ready()
    if body.new_password == body.password:
        raise Refused("staff_password_same", pointer="/new_password")
    check_password(body.new_password)
    origin = _origin(body, request, proxies, devices)
    async with database.transaction() as tx:
        begun = await use_cases.begin_login(
            tx, body.username, _proofs(body, origin, request), factors, clock.now()
        )
    attempt, is_right = await _checked(begun, body, passwords)
    new_hash = await passwords.hash_new(body.new_password, body.username) if is_right else ""
    async with database.transaction() as tx:
        opened = await use_cases.change_password(tx, attempt, new_hash, policy, clock.now())
    return _tokens(opened, body, origin, keys, devices)


@routes.post(
    "/v1/staff/login/confirmations",
    roles=ANY_ROLE,
    problems=(*_PROBLEMS, *_CLOSED),
    example={"password": "correct horse battery", "code": "০৪৮২১৯"},
)
async def confirm_login(  # noqa: PLR0913
    body: ProveIdentity,
    request: Request,
    staff: Staff,
    database: Database,
    passwords: PasswordChecker,
    proxies: TrustedProxies,
    factors: SecondFactors,
    keys: KeyRing,
    clock: Clock,
) -> AccessToken:
    """Confirm my login before a dangerous act (staff).

    Raises:
        Refused: something is wrong, or was too often in this session; or the account is disabled.
    """
    keys.check_ready()
    proofs = _proofs(body, Origin(client_address(request, proxies)), request)
    async with database.transaction() as tx:
        begun = await use_cases.begin_confirmation(
            tx, staff.staff_id, staff.session_id, proofs, factors, clock.now()
        )
    attempt, is_right = await _checked(begun, body, passwords)
    async with database.transaction() as tx:
        session = await use_cases.confirm_login(
            tx, attempt, staff.session_id, clock.now(), password_right=is_right
        )
    if isinstance(session, Refused):
        raise session
    access_token, life_s = make_access_token(keys, session)
    return AccessToken(access_token=access_token, expires_in_s=life_s)


def _origin(
    body: LogInStaff, request: Request, proxies: TrustedProxies, devices: DeviceTokens
) -> Origin:
    address = client_address(request, proxies)
    return devices.origin(address, body.device_token, body.username)


def _proofs(body: ProveIdentity, origin: Origin, request: Request) -> Proofs:
    return Proofs(body.code, body.passkey, origin, browser_of(request))


async def _checked(
    begun: LoginAttempt | Refused, body: ProveIdentity, passwords: PasswordChecker
) -> tuple[LoginAttempt, bool]:
    """Return an attempt, and whether its password is right.

    No transaction is open meanwhile, since the check is slow on purpose.

    Raises:
        Refused: the attempt was refused before.
    """
    if isinstance(begun, Refused):
        raise begun
    return begun, await passwords.is_right(begun.staff, body.password)


def _tokens(
    opened: OpenedSession | Refused,
    body: LogInStaff,
    origin: Origin,
    keys: KeyRing,
    devices: DeviceTokens,
) -> StaffTokens:
    if isinstance(opened, Refused):
        raise opened
    session, token = opened
    return StaffTokens(
        **make_tokens(keys, session, token).model_dump(),
        roles=list(session.roles),
        device_token=devices.make(origin.device_id or new_device_id(), body.username),
    )
