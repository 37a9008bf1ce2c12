"""The token checker and its connection to identity."""

import asyncio
import ssl

from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient


class Keys:
    """A component that refreshes the key set.

    Args:
        identity_url: base URL of identity.
        tracing: makes spans of the calls.
        metrics: counts the calls.
        tls: for an address with https; by default the system's authorities.
        needed: whether readiness needs a key set; false if only operators log in.
    """

    name = "keys"

    def __init__(
        self,
        identity_url: str,
        *,
        tracing: Tracing,
        metrics: Metrics,
        needed: bool,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._client = HttpClient(
            "identity", tracing=tracing, metrics=metrics, connections=2, tls=tls
        )
        self._needed = needed
        jwks_url = f"{identity_url.rstrip('/')}/.well-known/jwks.json"
        self.checker = TokenChecker(jwks_url, client=self._client)

    def health(self) -> ComponentHealth:
        """Ready with a key set, or if none is needed."""
        health = self.checker.health()
        return health if self._needed else ComponentHealth(detail=health.detail)

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch the key set regularly until `stop` is set."""
        async with self._client:
            await self.checker.run(stop)
