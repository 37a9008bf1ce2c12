"""The session of a person of staff in a browser; it ends by itself when nothing is done."""

from dataclasses import dataclass, replace
from typing import Final, NewType

from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.identity import (
    AccessToken,
    ChangePassword,
    LogInStaff,
    ProveIdentity,
    StaffTokens,
)
from libs.pages.gateway import Gateway, LoginNeeded, login_of
from libs.pages.visits import Visit, visit_of

IDLE_S: Final = 900.0
"""Time for which somebody who does nothing stays logged in."""

StaffVisit = NewType("StaffVisit", Visit)
"""A visit of somebody who is logged in: routes take it as a parameter."""

LiveVisit = NewType("LiveVisit", Visit)
"""The same, for a part of a page that asks again by itself: nobody did anything for it."""


@dataclass(frozen=True, slots=True)
class StaffSessions:
    """Logs staff in, and finds out who works in a browser.

    Args:
        gateway: the public API.
        clock: for the life of logins.
    """

    gateway: Gateway
    clock: Clock

    async def read(self, request: Request) -> StaffVisit:
        """Return the visit of a member of staff, and let the time without activity begin again.

        Raises:
            LoginNeeded: nobody is logged in, or nothing was done for too long.
        """
        visit, now_s = visit_of(request), self.clock.now().timestamp()
        if visit.login and now_s - visit.session.get("seen_s", 0.0) > IDLE_S:
            visit.log_out()
        if visit.login is None:
            raise LoginNeeded
        visit.keep(seen_s=now_s)
        return StaffVisit(visit)

    async def watch(self, request: Request) -> LiveVisit:
        """Return the visit for a part that asks again by itself; the time without activity goes on.

        Whose login has ended has none in it: a page says there what it does not know.
        """
        visit, now_s = visit_of(request), self.clock.now().timestamp()
        is_idle = now_s - visit.session.get("seen_s", 0.0) > IDLE_S
        return LiveVisit(replace(visit, login=None) if is_idle else visit)

    async def log_in(self, visit: Visit, wanted: LogInStaff) -> None:
        """Log a person in on this device, with a new password if one was chosen.

        Pages of another person, which the browser may still have, can be sent no more.

        Raises:
            ApiProblem: something is wrong.
        """
        name = wanted.username
        attempt = wanted.model_copy(update={"device_token": visit.devices.get(name)})
        path = "/v1/staff/password" if isinstance(wanted, ChangePassword) else "/v1/staff/login"
        tokens = await self.gateway.post(visit, path, attempt, model=StaffTokens, personal=False)
        now = self.clock.now()
        is_same = visit.last_person == name
        visit.keep_device(name, tokens.device_token)
        visit.log_in(login_of(tokens, name, name, now), is_new=not is_same)
        visit.keep(roles=tokens.roles, seen_s=now.timestamp())

    async def confirm(self, staff: StaffVisit, wanted: ProveIdentity) -> None:
        """Confirm the login of a member of staff, for acts that need one of the last minutes.

        Raises:
            ApiProblem: something is wrong.
            LoginNeeded: the login has ended.
        """
        path = "/v1/staff/login/confirmations"
        token = await self.gateway.post(staff, path, wanted, model=AccessToken)
        expires_at_s = self.clock.now().timestamp() + token.expires_in_s
        if staff.login is not None:
            renewed = replace(
                staff.login, access_token=token.access_token, expires_at_s=expires_at_s
            )
            staff.log_in(renewed)
