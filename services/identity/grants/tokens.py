"""The tokens of clients: made and read with the signing keys."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.openid import ClientTokens
from libs.errors import Refused
from libs.ids import new_id
from libs.web.callers.tokens import ACCESS_TOKEN_TYPE, LEEWAY_S
from services.identity.grants import rules
from services.identity.grants.endpoints import USERINFO, Endpoints
from services.identity.grants.rules import Grant, Issue
from services.identity.sessions.rules import RefreshToken
from services.identity.signing_keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class ClientTokenKeys:
    """Makes and reads the tokens of clients.

    Args:
        keys: sign them.
        endpoints: our addresses.
    """

    keys: KeyRing
    endpoints: Endpoints

    def make(
        self,
        grant: Grant,
        subject: UUID,
        scopes: Collection[str],
        token: RefreshToken,
        at: datetime,
    ) -> ClientTokens:
        """Return the tokens of a grant.

        Args:
            grant: the grant.
            subject: by which the client knows the citizen.
            scopes: of the access token.
            token: the next refresh token, for a grant that outlives the login.
            at: the current time.

        Raises:
            Unavailable: there is no signing key yet.
        """
        issue = Issue(
            issuer=self.endpoints.issuer,
            audience=self.endpoints.url(USERINFO),
            subject=subject,
            scopes=sorted(scopes),
            token_id=new_id(),
            at=at,
            life_s=self.keys.token_life_s(grant.absolute_expires_at),
        )
        access_claims = rules.access_token_claims(grant, issue)
        access_token = self.keys.sign_claims(access_claims, ACCESS_TOKEN_TYPE)
        id_claims = rules.id_token_claims(grant, issue, access_token)
        return ClientTokens(
            access_token=access_token,
            expires_in=issue.life_s,
            scope=" ".join(issue.scopes),
            id_token=self.keys.sign_claims(id_claims, rules.ID_TOKEN_TYPE),
            refresh_token=token.text() if grant.outlives_login else None,
        )

    def read_access_token(self, text: str, at: datetime) -> Mapping[str, Any]:
        """Return the claims of a valid access token for clients.

        Raises:
            Refused: it is none (`token_invalid`), or has expired.
        """
        claims = self.keys.read_claims(text, ACCESS_TOKEN_TYPE)
        ours = (self.endpoints.issuer, self.endpoints.url(USERINFO))
        if (claims.get("iss"), claims.get("aud")) != ours:
            raise Refused("token_invalid")
        if claims["exp"] + LEEWAY_S <= at.timestamp():
            raise Refused("token_expired")
        return claims

    def read_hint(self, text: str) -> Mapping[str, Any] | None:
        """Return the claims of an ID token of ours, also an expired one; None for anything else."""
        with suppress(Refused):
            claims = self.keys.read_claims(text, rules.ID_TOKEN_TYPE)
            if claims.get("iss") == self.endpoints.issuer:
                return claims
        return None
