"""HTTP route of the password login of officers and operators."""

from pydantic import BaseModel, ConfigDict, Field

from libs.clock import Clock
from libs.contracts.identity import Tokens
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.routes import Routes
from services.identity.sessions.rules import SessionPolicy
from services.identity.sessions.use_cases import make_tokens
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.staff import use_cases
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.rules import PASSWORD_MAX_CHARS

routes = Routes()


class LogInWithPassword(BaseModel):
    """Log in as an officer or operator."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=PASSWORD_MAX_CHARS)


@routes.post("/v1/login/passwords", headers={"cache-control": "no-store"}, public=False)
async def log_in_with_password(
    body: LogInWithPassword,
    database: Database,
    passwords: PasswordChecker,
    keys: KeyRing,
    policy: SessionPolicy,
    clock: Clock,
) -> Tokens:
    """Exchange username and password for tokens.

    Raises:
        Refused: the username or password is wrong, or the account is disabled; the response is the
            same in all cases.
    """
    keys.check_ready()
    async with database.transaction() as tx:
        staff = await use_cases.count_login_attempt(tx, body.username, clock.now())
    # No transaction is open during the check, which is slow on purpose.
    right = await passwords.is_right(staff, body.password)
    if staff is None or not right:
        raise Refused("staff_login_wrong")
    async with database.transaction() as tx:
        session, token = await use_cases.open_staff_session(tx, staff, policy, clock.now())
    return make_tokens(keys, session, token)
