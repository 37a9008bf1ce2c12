"""Access tokens by the client credentials grant (RFC 6749, section 4.4)."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_plus, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.errors import Unavailable, Unreadable
from libs.web.calling.client import HttpClient, Reply
from services.ministries.settings import OAuthClient

_USUAL_LIFE_S: Final = 300.0
_RENEWED_BEFORE_S: Final = 30.0


class _Token(BaseModel):
    model_config = ConfigDict(extra="ignore")

    access_token: str = Field(min_length=1, pattern=r"^[A-Za-z0-9\-._~+/]+=*$")
    token_type: str = Field(pattern="^(?i:bearer)$")
    expires_in: float = Field(default=_USUAL_LIFE_S, gt=0)


class AccessTokens:
    """The access token of one ministry, used until half a minute before its end.

    Args:
        ministry: for errors.
        client: makes the calls.
        oauth: the authorization server, and who we are there.
        deadline_s: seconds that it has to answer.
        clock: returns seconds of a monotonic clock.
    """

    def __init__(
        self,
        ministry: str,
        client: HttpClient,
        oauth: OAuthClient,
        *,
        deadline_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ministry = ministry
        self._client = client
        self._oauth = oauth
        self._deadline_s = deadline_s
        self._clock = clock
        self._token = ""
        self._renew_at_s = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> str:
        """Return a token that is valid now; concurrent calls ask for one together.

        Raises:
            Unavailable: the authorization server gives no bearer token, with any answer; the
                ministry has refused nothing.
        """
        async with self._asking:
            if not self._token or self._clock() >= self._renew_at_s:
                token = await self._ask()
                self._token = token.access_token
                self._renew_at_s = self._clock() + token.expires_in - _RENEWED_BEFORE_S
            return self._token

    def forget(self) -> None:
        """Ask for a new token at the next call."""
        self._token = ""

    async def _ask(self) -> _Token:
        try:
            reply = await self._call()
            return _Token.model_validate_json(reply.body)
        except (Unreadable, ValidationError):
            raise Unavailable(self._ministry, "no access token") from None

    async def _call(self) -> Reply:
        grant = {"grant_type": "client_credentials"}
        scope = {"scope": self._oauth.scope} if self._oauth.scope else {}
        return await self._client.call(
            "POST",
            self._oauth.token_url,
            body=urlencode(grant | scope).encode(),
            headers={
                "Authorization": f"Basic {self._basic()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            deadline_s=self._deadline_s,
        )

    def _basic(self) -> str:
        """Name and secret, each form-encoded first (RFC 6749, section 2.3.1)."""
        secret = quote_plus(self._oauth.client_secret.get_secret_value())
        return b64encode(f"{quote_plus(self._oauth.client_id)}:{secret}".encode()).decode()
