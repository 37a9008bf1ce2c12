"""The log of refused requests: who may be trying to get past a check, without personal data."""

import asyncio
import hmac
import secrets
from collections import Counter
from typing import Final

import structlog
from starlette.requests import Request

from libs.addresses import TrustedProxies, site_of
from libs.component import ComponentHealth
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from libs.web.callers.addresses import client_address
from libs.web.callers.tokens import caller_of

LINES: Final = 100
_EVERY_S: Final = 60.0
_KEY_BYTES: Final = 16
_NETWORK_CHARS: Final = 12

log = structlog.get_logger()


class RefusalLog:
    """Logs refused requests; a component.

    In a minute the first 100 with each problem have a line each, and the others are counted in one
    line. So a flood fills no disk, and hides no problem that is rare.

    A line has the problem, the route, the caller's ids where a token was valid, and the network of
    the address, hashed with a key that only this process has: lines of one network can be told to
    belong together, and the address cannot be found out.

    Args:
        proxies: the networks of trusted proxies in front of this process.
        metrics: counts defects of the counting.
    """

    name = "refusals"

    def __init__(self, proxies: TrustedProxies, metrics: Metrics) -> None:
        self._proxies = proxies
        self._metrics = metrics
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._seen: Counter[str] = Counter()

    def add(self, request: Request, problem: str) -> None:
        """Log a refused request, or count it."""
        self._seen[problem] += 1
        if self._seen[problem] > LINES:
            return
        caller = caller_of(request)
        route = request.scope.get("route")
        log.info(
            "request refused",
            problem=problem,
            method=request.method,
            route=getattr(route, "path", None),
            network=self._network_of(request),
            caller_id=str(caller.subject_id) if caller else None,
            session_id=str(caller.session_id) if caller else None,
        )

    async def count(self) -> None:
        """Log the numbers of those without a line, and begin again."""
        seen, self._seen = self._seen, Counter()
        without_line = {problem: n - LINES for problem, n in seen.items() if n > LINES}
        if without_line:
            log.warning("more requests refused", counts=without_line)

    async def run(self, stop: asyncio.Event) -> None:
        """Log numbers every minute, and when `stop` is set."""
        await Periodic(self.name, self.count, metrics=self._metrics, every_s=_EVERY_S).run(stop)
        await self.count()

    def health(self) -> ComponentHealth:
        """Always ready."""
        return ComponentHealth()

    def _network_of(self, request: Request) -> str:
        network = site_of(client_address(request, self._proxies))
        return hmac.digest(self._key, network.encode(), "sha256").hex()[:_NETWORK_CHARS]
