"""The request guard: checks token and rate limits."""

from dataclasses import dataclass

from starlette.requests import Request
from typing_extensions import override

from libs.addresses import TrustedProxies, subscriber_of
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.web.callers.addresses import client_address
from libs.web.callers.tokens import AccessTokens, Caller, is_mandated
from services.gateway.admission.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class RequestGuard(AccessTokens):
    """Checks requests before they are forwarded.

    Args:
        tokens: checks access tokens.
        by_address: limit of one address.
        by_caller: limit of one caller.
        lookups: limit of one address for what could be found by trying numbers.
        proxies: the networks of trusted proxies in front of this process.
        metrics: counts refused requests.
    """

    tokens: AccessTokens
    by_address: RateLimits
    by_caller: RateLimits
    lookups: RateLimits
    proxies: TrustedProxies
    metrics: Metrics

    def address(self, request: Request) -> str:
        """Return the address that a request comes from."""
        return client_address(request, self.proxies)

    def admit(self, request: Request, *, is_lookup: bool = False) -> None:
        """Count a request against the limit of its address; an IPv6 address counts as its /64.

        A lookup counts against the lower limit of lookups, too.

        Raises:
            Refused: the address is over its limit.
        """
        subscriber = subscriber_of(self.address(request))
        self._hold(self.by_address.wait_s(subscriber), "address")
        if is_lookup:
            self._hold(self.lookups.wait_s(subscriber), "lookups")

    @override
    async def check(self, request: Request) -> Caller:
        """Return the caller, and count the request against the limits of address and caller.

        The service that has the route checks whether it takes such a caller, and the proof of a
        device.

        Raises:
            Refused: one of them is over its limit, or the token is missing or not valid.
        """
        self.admit(request)
        check = self.tokens.check_mandate if is_mandated(request) else self.tokens.check
        caller = await check(request)
        self._hold(self.by_caller.wait_s(caller.subject_id), "caller")
        return caller

    @override
    def check_session(self, caller: Caller) -> None:
        """Check that session and signing key of the caller's token hold.

        Raises:
            Refused: one of them has ended.
        """
        self.tokens.check_session(caller)

    def _hold(self, wait_s: float, limit: str) -> None:
        if wait_s:
            self.metrics.count("rate_limited", limit=limit)
            raise Refused("too_many_requests", limit, retry_after_s=wait_s)
