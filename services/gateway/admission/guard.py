"""The guard: who asks, from where, and whether they may ask now."""

from dataclasses import dataclass

from starlette.requests import Request

from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.web.tokens import Caller, TokenChecker
from services.gateway.admission.rate_limits import RateLimits
from services.gateway.admission.rules import caller_address


class TooMany(Refused):
    """Asked more often than the limit allows; may ask again after `retry_after_s` seconds."""

    def __init__(self, limit: str, retry_after_s: float) -> None:
        super().__init__("too_many_requests", limit)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class RequestGuard:
    """Checks that come before any request is handed on.

    Args:
        checker: says who a token belongs to.
        by_address: limit of one address.
        by_caller: limit of one citizen.
        proxies_before: trusted proxies in front of this process.
        metrics: counts who is turned away.
    """

    checker: TokenChecker
    by_address: RateLimits
    by_caller: RateLimits
    proxies_before: int
    metrics: Metrics

    def address(self, request: Request) -> str:
        """Where the request comes from, counted against that address's limit.

        Raises:
            TooMany: the address asks more often than it may.
        """
        peer = request.client.host if request.client else ""
        forwarded_for = request.headers.get("x-forwarded-for", "")
        address = caller_address(peer, forwarded_for, self.proxies_before)
        if wait_s := self.by_address.wait_s(address):
            self.metrics.count("rate_limited", limit="address")
            raise TooMany("address", wait_s)
        return address

    async def caller(self, request: Request) -> Caller:
        """Who asks, counted against that citizen's limit; see `TokenChecker.check`.

        Raises:
            TooMany: the citizen asks more often than they may.
        """
        caller = await self.checker.check(request)
        if wait_s := self.by_caller.wait_s(caller.citizen_id):
            self.metrics.count("rate_limited", limit="caller")
            raise TooMany("caller", wait_s)
        return caller
