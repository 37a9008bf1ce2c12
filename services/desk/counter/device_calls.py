"""Requests of a counter, with the proof of the device's key (RFC 9449)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from joserfc.jwk import ECKey
from pydantic import BaseModel

from libs.contracts.applications import ApplicationSummary
from libs.contracts.centres import DeviceView, EnrolDevice
from libs.contracts.documents import AssistedDocument
from libs.contracts.issuance import IssuedPapers
from libs.contracts.mandates import ApplyAssisted, MandateToken
from libs.pages.centre_devices import CentreDevices
from libs.pages.gateway import Gateway, path_of
from libs.pages.visits import Visit
from libs.web.calling.client import StreamedReply

M = TypeVar("M", bound=BaseModel)

_PAPERS = "/v1/assisted-applications/{number}/papers"


@dataclass(frozen=True, slots=True)
class DeviceCalls:
    """Calls the public API for a counter.

    Args:
        gateway: the public API.
        devices: makes the proofs.
    """

    gateway: Gateway
    devices: CentreDevices

    async def enrol(self, visit: Visit, code: str) -> None:
        """Make a key for this device, and enrol it with a code of the programme.

        Raises:
            ApiProblem: the code is not right.
        """
        key, path = _new_key(), "/v1/devices/enrolments"
        device = await self.gateway.post(
            visit,
            path,
            EnrolDevice.model_construct(enrolment_code=code),
            model=DeviceView,
            personal=False,
            headers={"dpop": self.devices.proof(key, path)},
        )
        self.devices.keep(visit, key, centre=device.service_centre_id)

    async def post_proved(
        self, visit: Visit, path: str, body: BaseModel | None, *, model: type[M]
    ) -> M:
        """Act for an uddokta with a proof of this device.

        Raises:
            ApiProblem: the API refused, or the device is not enrolled.
        """
        headers = {"dpop": self.devices.proof(self._key(visit), path)}
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

    async def send_correction(self, visit: Visit, mandate_id: str) -> None:
        """Send the correction to which a citizen has agreed with a mandate, once.

        Raises:
            ApiProblem: the API does not take it.
        """
        path = f"/v1/mandates/{mandate_id}/correction"
        await self.gateway.post(
            visit,
            path,
            model=ApplicationSummary,
            key=mandate_id,
            personal=False,
            headers=await self._with_token(visit, mandate_id, path),
        )

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

    @asynccontextmanager
    async def thumbnail(
        self, visit: Visit, mandate_id: str, document_id: str, *, deadline_s: float
    ) -> AsyncIterator[StreamedReply]:
        """Yield the small picture of a paper that was uploaded with a mandate.

        Raises:
            ApiProblem: it was uploaded with another one, or the mandate is used or over.
        """
        path = f"/v1/mandates/{mandate_id}/documents/{document_id}/thumbnail"
        headers = await self._with_token(visit, mandate_id, path, method="GET")
        async with self.gateway.download(
            visit, path, deadline_s=deadline_s, headers=headers
        ) as reply:
            yield reply

    async def papers(self, visit: Visit, number: str) -> IssuedPapers:
        """Read the papers about an application that the uddokta may print.

        Raises:
            ApiProblem: nobody may print them here.
        """
        path = path_of(_PAPERS, number=number)
        headers = await self._to_print(visit, number, path, method="GET")
        return await self.gateway.read(visit, IssuedPapers, path, headers=headers)

    async def printed(
        self, visit: Visit, number: str, paper: str, *, deadline_s: float
    ) -> tuple[bytes, Mapping[str, str]]:
        """Return a paper as PDF, which is drawn to be printed now, and its headers.

        Raises:
            ApiProblem: it does not hold any more, or nobody may print it here.
        """
        path = path_of(f"{_PAPERS}/{{paper}}/prints", number=number, paper=paper)
        headers = await self._to_print(visit, number, path)
        async with self.gateway.download(
            visit, path, deadline_s=deadline_s, headers=headers, method="POST"
        ) as reply:
            return b"".join([piece async for piece in reply.body]), reply.headers

    async def _to_print(
        self, visit: Visit, number: str, path: str, *, method: str = "POST"
    ) -> dict[str, str]:
        """Get the token for printing; return it with the device's proof of one request."""
        tokens = path_of(f"{_PAPERS}/tokens", number=number)
        made = await self.post_proved(visit, tokens, None, model=MandateToken)
        return self._proved(visit, made, path, method)

    async def _with_token(
        self, visit: Visit, mandate_id: str, path: str, *, method: str = "POST"
    ) -> dict[str, str]:
        """Get the token of a mandate; return it with the device's proof of one request."""
        made = await self.post_proved(
            visit, f"/v1/mandates/{mandate_id}/tokens", None, model=MandateToken
        )
        return self._proved(visit, made, path, method)

    def _proved(self, visit: Visit, made: MandateToken, path: str, method: str) -> dict[str, str]:
        proof = self.devices.proof(self._key(visit), path, made.access_token, method=method)
        return {"authorization": f"DPoP {made.access_token}", "dpop": proof}

    def _key(self, visit: Visit) -> ECKey:
        """The key of this device; a new key if it is not enrolled."""
        return self.devices.key_of(visit) or _new_key()


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256")
