"""Credentials for a ministry's system: a signature, and an access token where it wants one."""

from collections.abc import Callable, Sequence
from datetime import datetime

from libs.clock import utc_now
from libs.web.signed.signatures import sign
from services.ministries.deliveries.adapters.oauth import AccessTokens


class Credentials:
    """Makes the headers by which a ministry recognises our calls.

    Args:
        keys_of: returns the signing keys of a ministry; a call is signed with every key.
        token: the access tokens, where the ministry wants them.
        now: returns the time of signing.
    """

    def __init__(
        self,
        keys_of: Callable[[str], Sequence[str]],
        *,
        token: AccessTokens | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._keys_of = keys_of
        self._token = token
        self._now = now

    def signed_by(
        self, change: Callable[[Sequence[str]], Sequence[str]], *, now: Callable[[], datetime]
    ) -> "Credentials":
        """Return the same credentials with other keys and another time in their signatures."""
        keys_of = self._keys_of
        return Credentials(lambda name: change(keys_of(name)), token=self._token, now=now)

    async def headers(self, ministry: str, message_id: str, body: bytes) -> dict[str, str]:
        """Return the headers for one call: its signature, and the bearer token (RFC 6750).

        Args:
            ministry: whom the call is for.
            message_id: the same for every attempt.
            body: what is sent.

        Raises:
            Unavailable: the ministry's authorization server gave no token.
        """
        headers = sign(self._keys_of(ministry), message_id, self._now(), body)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {await self._token.current()}"
        return headers

    def signature(
        self, ministry: str, message_id: str, at: datetime, body: bytes
    ) -> dict[str, str]:
        """Return the headers of a signature made at a time, for bytes that no call sends."""
        return sign(self._keys_of(ministry), message_id, at, body)

    def not_accepted(self) -> None:
        """Note a 401: the next call gets a new token."""
        if self._token is not None:
            self._token.forget()
