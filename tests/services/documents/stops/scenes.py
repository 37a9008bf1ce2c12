"""An uddokta with a mandate, who uploads papers on an enrolled device."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import aiohttp
from joserfc.jwk import ECKey

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.mandates import MANDATE_TYPE
from libs.ids import new_id
from libs.web.callers.dpop import make_proof
from libs.web.callers.tokens import MANDATE_AUDIENCE
from services.documents.public_services.use_cases import save_kinds
from services.documents.stops.rules import ActingEvent
from services.documents.stops.use_cases import save_stops
from tests.libs.web.running import CITIZEN
from tests.services.applications.scenes import service_changed
from tests.services.documents.running import Documents
from tests.services.documents.scenes import jpeg
from tests.services.identity.running import Reply

SERVICE: Final = "S001"
CENTRE: Final = "uttara"
UDDOKTA: Final = new_id()


@dataclass
class Helping:
    """An uddokta with a mandate of a citizen."""

    documents: Documents
    citizen_id: UUID = CITIZEN
    mandate_id: UUID = field(default_factory=new_id)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def path(self) -> str:
        """Where papers of the mandate are uploaded."""
        return f"/v1/mandates/{self.mandate_id}/documents"

    def token(self, *, more: Mapping[str, Any] = MappingProxyType({}), **changed: Any) -> str:
        """The token of the mandate, with more that it allows, and some claims replaced."""
        allowed = {
            "type": MANDATE_TYPE,
            "mandate_id": str(self.mandate_id),
            "public_service_id": SERVICE,
            "service_centre_id": CENTRE,
            "consent": "own_phone",
            "consented_at": "2026-11-27T06:00:00Z",
            "fee_bdt": 50,
            "charge_bdt": 30,
            "cap_bdt": 50,
            **more,
        }
        claims: dict[str, Any] = {
            "aud": MANDATE_AUDIENCE,
            "sub": str(self.citizen_id),
            "roles": None,
            "act": {"sub": str(UDDOKTA)},
            "cnf": {"jkt": self.key.thumbprint()},
            "authorization_details": [allowed],
        }
        return self.documents.identity.token(**{**claims, **changed})

    def proof(self, token: str, /, **changed: Any) -> str:
        """The proof of the device for an upload, with something replaced."""
        made = {"proof_id": str(new_id()), "now_s": time.time(), "token": token, **changed}
        url = made.pop("url", self.documents.settings.gateway_origin + self.path)
        return make_proof(made.pop("key", self.key), made.pop("method", "POST"), url, **made)

    async def look(self, document_id: str) -> Reply:
        """Look at the small picture of a paper with the token of the mandate."""
        path, token = f"{self.path}/{document_id}/thumbnail", self.token()
        url = self.documents.settings.gateway_origin + path
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": self.proof(token, url=url, method="GET"),
        }
        return await self.documents.call("GET", path, headers=headers, citizen_id=None)

    async def give(
        self,
        *files: bytes,
        kind: str = "epi_card",
        token: str | None = None,
        proof: str | None = None,
        path: str | None = None,
        scheme: str = "DPoP",
    ) -> Reply:
        """Upload a paper with the mandate."""
        form = aiohttp.FormData({"kind": kind}, quote_fields=False)
        for file in files or (jpeg(),):
            form.add_field("file", file, filename="photo.jpg", content_type="image/jpeg")
        token = token or self.token()
        headers = {"authorization": f"{scheme} {token}"}
        headers |= {"dpop": self.proof(token) if proof is None else proof} if proof != "" else {}
        return await self.documents.call(
            "POST", path or self.path, form, headers=headers, citizen_id=None
        )


async def helping(documents: Documents, **fields: Any) -> Helping:
    """An uddokta, where the catalogue has arrived."""
    await heard(documents, service_changed(SERVICE))
    return Helping(documents, **fields)


async def heard(documents: Documents, *events: PublicServiceChanged | ActingEvent) -> None:
    """Store what events of the catalogue, of identity and of applications say."""
    async with documents.database.transaction() as tx:
        for event in events:
            if isinstance(event, PublicServiceChanged):
                await save_kinds(tx, [event])
            else:
                await save_stops(tx, [event])
