"""Mandates' tokens as identity makes them, and the device to which they are bound."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.contracts.mandates import MANDATE_TYPE, MandateEvidence
from libs.ids import new_id
from libs.web.callers.dpop import make_proof
from libs.web.callers.tokens import ISSUER, MANDATE_AUDIENCE
from tests.libs.web.running import Answer
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import MANDATE_SIGNING_KEY, ORIGIN, Api
from tests.services.applications.scenes import NOW, RAHIMA, mandate_evidence

SERVICE = "S001"


@dataclass
class Office:
    """An uddokta with a mandate, on an enrolled device."""

    api: Api
    evidence: MandateEvidence = field(default_factory=mandate_evidence)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def path(self) -> str:
        """Where the application of the mandate is sent."""
        return f"/v1/mandates/{self.evidence.mandate_id}/application"

    def token(self, **changed: Any) -> str:
        """The token of the mandate, with some claims replaced."""
        now_s = int(NOW.timestamp())
        allowed = self.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        claims = {
            "iss": ISSUER,
            "aud": MANDATE_AUDIENCE,
            "sub": str(RAHIMA),
            "act": {"sub": str(self.evidence.uddokta_id)},
            "sid": str(new_id()),
            "cnf": {"jkt": self.key.thumbprint()},
            "authorization_details": [
                {"type": MANDATE_TYPE, "public_service_id": SERVICE, "cap_bdt": 50, **allowed}
            ],
            "iat": now_s,
            "exp": now_s + 900,
            **changed,
        }
        kind = changed.pop("typ", "at+jwt")
        header = {"alg": "ES256", "typ": kind, "kid": "mandates"}
        return jwt.encode(header, claims, MANDATE_SIGNING_KEY, algorithms=["ES256"])

    def proof(self, token: str, /, **changed: Any) -> str:
        """The proof of the device for a submission, with something replaced."""
        made = {"proof_id": str(new_id()), "now_s": NOW.timestamp(), "token": token, **changed}
        url = made.pop("url", ORIGIN + self.path)
        return make_proof(made.pop("key", self.key), "POST", url, **made)

    async def submit(
        self,
        *,
        key: str = "first-click",
        token: str | None = None,
        proof: str | None = None,
        path: str | None = None,
        scheme: str = "DPoP",
        form: Any = None,
        receipt: str = "rahima",
    ) -> Answer:
        """Send the application of the mandate."""
        token = token or self.token()
        headers = {
            "authorization": f"{scheme} {token}",
            "dpop": proof or self.proof(token),
            "idempotency-key": key,
            "content-type": "application/json",
        }
        raw = orjson.dumps({"form": form or right_answers(SERVICE), "documents": [receipt]})
        return await self.api.send("POST", path or self.path, raw, headers)
