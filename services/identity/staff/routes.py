"""HTTP routes of the login of officers, operators and viewers."""

from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.identity import (
    STAFF_ROLES,
    AccessToken,
    ChangePassword,
    LogInStaff,
    ProveIdentity,
    Tokens,
)
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.addresses import client_address
from libs.web.routes import Routes
from libs.web.tokens import Staff
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.sessions.rules import SessionPolicy
from services.identity.sessions.use_cases import make_access_token, make_tokens
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.staff import use_cases
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.use_cases import LoginAttempt, Proofs

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}


@routes.post(
    "/v1/staff/login",
    headers=_NOT_STORED,
    problems=("staff_login_wrong", "staff_password_initial"),
    example={"username": "karim", "password": "correct horse battery", "code": "০৪৮২১৯"},
)
async def log_in_staff(  # noqa: PLR0913
    body: LogInStaff,
    request: Request,
    database: Database,
    passwords: PasswordChecker,
    proxies: TrustedProxies,
    factors: SecondFactors,
    keys: KeyRing,
    policy: SessionPolicy,
    clock: Clock,
) -> Tokens:
    """Log in with username, password and second factor (staff).

    Raises:
        Refused: something is wrong, or the account is unknown, disabled or paused; the response
            is the same in all cases. Or everything is right, and the password is an initial one.
    """
    keys.check_ready()
    async with database.transaction() as tx:
        attempt = await use_cases.begin_login(tx, body.username, clock.now())
    proofs = await _proofs(body, attempt, passwords, client_address(request, proxies))
    async with database.transaction() as tx:
        opened = await use_cases.log_in(tx, attempt, proofs, factors, policy, clock.now())
    if isinstance(opened, Refused):
        raise opened
    return make_tokens(keys, *opened)


@routes.post(
    "/v1/staff/password",
    headers=_NOT_STORED,
    problems=(
        "staff_login_wrong",
        "staff_password_same",
        "staff_password_weak",
        "staff_password_common",
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
    factors: SecondFactors,
    keys: KeyRing,
    policy: SessionPolicy,
    clock: Clock,
) -> Tokens:
    """Change my password, end my sessions, and log in (staff).

    An initial password opens nothing else.

    Raises:
        Refused: the new password will not do, whoever asks; else as at a login.
    """
    keys.check_ready()
    if body.new_password == body.password:
        raise Refused("staff_password_same", pointer="/new_password")
    password_hash = await passwords.hash_new(body.new_password, body.username)
    async with database.transaction() as tx:
        attempt = await use_cases.begin_login(tx, body.username, clock.now())
    proofs = await _proofs(body, attempt, passwords, client_address(request, proxies))
    async with database.transaction() as tx:
        opened = await use_cases.change_password(
            tx, attempt, proofs, password_hash, factors, policy, clock.now()
        )
    if isinstance(opened, Refused):
        raise opened
    return make_tokens(keys, *opened)


@routes.post(
    "/v1/staff/login/confirmations",
    roles=STAFF_ROLES,
    problems=("staff_login_wrong",),
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
        Refused: something is wrong, or the account is disabled or paused.
    """
    keys.check_ready()
    async with database.transaction() as tx:
        attempt = await use_cases.begin_confirmation(tx, staff.citizen_id, clock.now())
    proofs = await _proofs(body, attempt, passwords, client_address(request, proxies))
    async with database.transaction() as tx:
        session = await use_cases.confirm_login(
            tx, attempt, proofs, factors, staff.session_id, clock.now()
        )
    if isinstance(session, Refused):
        raise session
    access_token, life_s = make_access_token(keys, session)
    return AccessToken(access_token=access_token, expires_in_s=life_s)


async def _proofs(
    body: ProveIdentity, attempt: LoginAttempt, passwords: PasswordChecker, address: str
) -> Proofs:
    # No transaction is open during the check, which is slow on purpose.
    right = await passwords.is_right(attempt.staff, body.password)
    return Proofs(right, body.code, body.passkey, address)
