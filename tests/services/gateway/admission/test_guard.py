import pytest
from aiohttp import web
from starlette.requests import Request

from libs.errors import Refused
from tests.libs.web.test_tokens import CITIZEN
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
            assert caller.citizen_id == CITIZEN
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
        assert here.guard.address(coming(None)) == ""
