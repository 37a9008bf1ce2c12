"""The login at a counter, and its requests with the proof of the device's key (RFC 9449).

The device keeps its key in an encrypted cookie, which only the portal opens: so it needs no script.
The login of the uddokta ends by itself when nothing was done for a while.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Final, TypeVar

from joserfc.jwk import ECKey
from pydantic import BaseModel
from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.applications import ApplicationSummary
from libs.contracts.centres import DeviceView, EnrolDevice, UddoktaView
from libs.contracts.documents import AssistedDocument
from libs.contracts.identity import LogInStaff, StaffTokens
from libs.contracts.mandates import ApplyAssisted, MandateToken
from libs.ids import new_id
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded, login_of
from libs.pages.visits import Login, Visit, visit_of
from libs.web.callers.dpop import make_proof

IDLE_S: Final = 900.0
"""Time for which an idle counter stays logged in."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CounterCalls:
    """Calls the public API for a counter.

    Args:
        gateway: the public API.
        origin: of the gateway as clients see it, which proofs name.
        clock: for the life of logins and proofs.
    """

    gateway: Gateway
    origin: str
    clock: Clock

    @asynccontextmanager
    async def acting(self, request: Request) -> AsyncIterator[Visit]:
        """Yield the visit of the uddokta who is logged in, and keep the login fresh.

        Raises:
            LoginNeeded: nobody is, or nothing was done for too long.
        """
        visit, now_s = visit_of(request), self.clock.now().timestamp()
        login = visit.device.get("login")
        if not login or now_s - visit.device.get("seen_s", 0.0) > IDLE_S:
            if login:
                visit.keep_on_device(login=None)
            raise LoginNeeded
        acting = replace(visit, login=Login(**login))
        try:
            yield acting
        finally:
            kept = asdict(acting.login) if acting.login else None
            visit.keep_on_device(login=kept, seen_s=now_s)

    async def log_in(self, visit: Visit, wanted: LogInStaff) -> str:
        """Log a person of staff in on this device; return the first page of the person's work.

        Raises:
            ApiProblem: something is wrong.
        """
        known = wanted.model_copy(update={"device_token": visit.devices.get(wanted.username)})
        tokens = await self.gateway.post(
            visit, "/v1/staff/login", known, model=StaffTokens, personal=False
        )
        visit.keep_device(wanted.username, tokens.device_token)
        now = self.clock.now()
        login = login_of(tokens, wanted.username, wanted.username, now)
        visit.keep_on_device(
            login=asdict(login),
            username=wanted.username,
            seen_s=now.timestamp(),
            home="/counter",
        )
        try:
            acting = replace(visit, login=login)
            await self.gateway.read(acting, UddoktaView, "/v1/uddokta", personal=True)
        except ApiProblem:
            visit.keep_on_device(home="/programme")
        return str(visit.device["home"])

    async def enrol(self, visit: Visit, code: str) -> DeviceView:
        """Make a key for this device, and enrol it with a code of the programme.

        Raises:
            ApiProblem: the code is not right.
        """
        key, path = ECKey.generate_key("P-256"), "/v1/devices/enrolments"
        proof = self._proof(key, path)
        device = await self.gateway.post(
            visit,
            path,
            EnrolDevice.model_construct(enrolment_code=code),
            model=DeviceView,
            personal=False,
            headers={"dpop": proof},
        )
        visit.keep_on_device(key=key.as_dict(private=True), centre=device.service_centre_id)
        return device

    async def post_proved(
        self, visit: Visit, path: str, body: BaseModel | None, *, model: type[M]
    ) -> M:
        """Act for an uddokta with a proof of this device.

        Raises:
            ApiProblem: the API refused, or the device is not enrolled.
        """
        headers = {"dpop": self._proof(self._key(visit), path)}
        return await self.gateway.post(visit, path, body, model=model, headers=headers)

    async def submit(self, visit: Visit, mandate_id: str, form: ApplyAssisted) -> str:
        """Send the application of a mandate, once; return its tracking number.

        Raises:
            ApiProblem: the API does not take it.
        """
        path = f"/v1/mandates/{mandate_id}/application"
        sent = await self.gateway.post(
            visit,
            path,
            form,
            model=ApplicationSummary,
            key=mandate_id,
            personal=False,
            headers=await self._with_token(visit, mandate_id, path),
        )
        return sent.tracking_number

    async def upload(
        self,
        visit: Visit,
        mandate_id: str,
        body: AsyncIterator[bytes],
        headers: Mapping[str, str],
        *,
        deadline_s: float,
    ) -> AssistedDocument:
        """Pass a paper for the application of a mandate on while it arrives.

        Raises:
            ApiProblem: the API does not take it.
        """
        path = f"/v1/mandates/{mandate_id}/documents"
        return await self.gateway.upload(
            visit,
            path,
            body,
            {**headers, **await self._with_token(visit, mandate_id, path)},
            model=AssistedDocument,
            deadline_s=deadline_s,
            personal=False,
        )

    async def _with_token(self, visit: Visit, mandate_id: str, path: str) -> dict[str, str]:
        """Get the token of a mandate; return it with the device's proof of one request."""
        made = await self.post_proved(
            visit, f"/v1/mandates/{mandate_id}/tokens", None, model=MandateToken
        )
        proof = self._proof(self._key(visit), path, made.access_token)
        return {"authorization": f"DPoP {made.access_token}", "dpop": proof}

    def _proof(self, key: ECKey, path: str, token: str | None = None) -> str:
        return make_proof(
            key,
            "POST",
            self.origin + path,
            proof_id=str(new_id()),
            now_s=self.clock.now().timestamp(),
            token=token,
        )

    def _key(self, visit: Visit) -> ECKey:
        """The key of this device; a new one, which nobody knows, if it is not enrolled."""
        known = visit.device.get("key")
        return ECKey.import_key(known) if known else ECKey.generate_key("P-256")
