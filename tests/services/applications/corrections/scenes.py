"""Consents to corrections and objections, as identity gives them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.contracts.mandates import Replacement, replaced_mark
from tests.libs.web.running import Answer
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.running import ORIGIN


def mark_of(proposed: dict[str, Any], **changed: Any) -> str:
    """The mark of the words of a consent, as identity makes it."""
    words = [Replacement(**{**each, **changed}) for each in proposed["replaced"]]
    return replaced_mark(UUID(proposed["correction_id"]), words)


@dataclass
class Agreed:
    """A consent to a correction."""

    office: Office
    allowed: dict[str, Any]

    def token(self) -> str:
        """Its token, as identity makes it."""
        evidence = self.office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        details = {"type": "nagorik_mandate", "public_service_id": "S001", **evidence}
        return self.office.token(authorization_details=[details | self.allowed])

    async def send(self, key: str = "once", what: str = "correction") -> Answer:
        """Send the correction with it."""
        path, token = f"/v1/mandates/{self.office.evidence.mandate_id}/{what}", self.token()
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": self.office.proof(token, url=ORIGIN + path),
            "idempotency-key": key,
            "content-type": "application/json",
        }
        raw = b'{"form": {}, "documents": []}' if what == "application" else b""
        return await self.office.api.send("POST", path, raw, headers)
