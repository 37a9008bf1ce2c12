"""The HTTP route by which officers and operators log in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.database.pool import Database
from libs.errors import Refused
from libs.web.body import read_body
from services.identity.sessions.rules import SessionPolicy
from services.identity.sessions.tokens import tokens_response
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.staff import use_cases
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.rules import PASSWORD_MAX_CHARS


class LogInWithPassword(BaseModel):
    """Log in as an officer or operator."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=PASSWORD_MAX_CHARS)


@dataclass(frozen=True, slots=True)
class StaffRoutes:
    """The route by which officers and operators log in."""

    database: Database
    passwords: PasswordChecker
    keys: KeyRing
    session_policy: SessionPolicy
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [Route("/v1/login/passwords", self.log_in_with_password, methods=["POST"])]

    async def log_in_with_password(self, request: Request) -> Response:
        """Exchange username and password for tokens.

        Raises:
            Refused: username or password is wrong, or the account is disabled; the answer does
                not tell which.
        """
        body = await read_body(request, LogInWithPassword)
        self.keys.check_ready()
        async with self.database.transaction() as tx:
            staff = await use_cases.count_login_attempt(tx, body.username, self.clock())
        # No transaction is open during the check, which is slow on purpose.
        right = await self.passwords.is_right(staff, body.password)
        if staff is None or not right:
            raise Refused("staff_login_wrong")
        async with self.database.transaction() as tx:
            session, token = await use_cases.open_staff_session(
                tx, staff, self.session_policy, self.clock()
            )
        return tokens_response(self.keys, session, token)
