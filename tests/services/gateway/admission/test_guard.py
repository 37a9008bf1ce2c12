import pytest
from aiohttp import web
from starlette.requests import Request

from libs.addresses import UNKNOWN
from libs.errors import Refused
from tests.libs.web.running import CITIZEN
from tests.services.gateway.scenes import scene


async def nothing(_: web.BaseRequest) -> web.Response:
    return web.Response()


def coming(peer: str | None = "192.0.2.1", **headers: str) -> Request:
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": peer and (peer, 1), "headers": sent})


async def test_address_over_its_limit_is_refused() -> None:
    """The third request of an address with a limit of two is refused, another address's is not."""
    async with scene(nothing, burst=2) as here:
        for _ in range(2):
            here.guard.admit(coming())
        with pytest.raises(Refused, match="too_many_requests") as caught:
            here.guard.admit(coming())
        assert caught.value.retry_after_s
        assert caught.value.retry_after_s > 1
        here.guard.admit(coming("192.0.2.2"))


async def test_caller_over_the_limit_is_refused() -> None:
    """One citizen's requests count together, for any token and address."""
    async with scene(nothing, burst=2) as here:
        for number in range(2):
            peer = f"192.0.2.{number}"
            caller = await here.guard.check(coming(peer, **here.login(jti=str(number))))
            assert caller.subject_id == CITIZEN
        with pytest.raises(Refused, match="too_many_requests"):
            await here.guard.check(coming("192.0.2.9", **here.login(jti="third")))


async def test_request_without_a_token_is_refused() -> None:
    """A request without a token is refused."""
    async with scene(nothing) as here:
        with pytest.raises(Refused, match="token_missing"):
            await here.guard.check(coming())


async def test_request_without_a_peer_is_counted_too() -> None:
    """Requests without a peer share one address."""
    async with scene(nothing) as here:
        assert here.guard.address(coming(None)) == UNKNOWN


async def test_second_line_of_a_trusted_proxy_is_the_address() -> None:
    """What the client wrote into a line before it has no effect."""
    lines = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.7")]
    request = Request({"type": "http", "client": ("10.1.2.3", 1), "headers": lines})
    async with scene(nothing, proxies="10.0.0.0/8") as here:
        assert here.guard.address(request) == "203.0.113.7"


async def test_addresses_of_one_subscriber_share_a_limit() -> None:
    """Whoever has a /64 of IPv6 addresses has one rate."""
    async with scene(nothing, burst=2) as here:
        here.guard.admit(coming("2001:db8::1"))
        here.guard.admit(coming("2001:db8::2"))
        with pytest.raises(Refused, match="too_many_requests"):
            here.guard.admit(coming("2001:db8::3"))
        here.guard.admit(coming("2001:db8:0:1::1"))
