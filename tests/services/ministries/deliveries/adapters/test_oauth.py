from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs

import orjson
import pytest
from aiohttp import web
from pydantic import SecretStr

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.deliveries.adapters.contract import Adapter
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.oauth import AccessTokens
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.settings import OAuthClient
from tests.services.ministries.deliveries.adapters.suite import (
    DEADLINE_S,
    KEYS,
    MinistrySystem,
    ReceivedRequest,
    link_to,
)
from tests.services.ministries.scenes import HEALTH, submission


class WithTokens:
    """A ministry's system that wants a bearer token, and the server that gives them."""

    def __init__(self) -> None:
        self.given = 0
        self.valid = ""
        self.token_answer: web.Response | None = None

    async def behave(self, arrived: ReceivedRequest) -> web.StreamResponse:
        """Give a token, or take a hand-over that carries the valid one."""
        if arrived.path == "/token":
            return self.token_answer or self.new_token()
        if arrived.request.headers.get("Authorization") != f"Bearer {self.valid}":
            return web.Response(status=401)
        return web.json_response({"case_file_number": "1"})

    def new_token(self) -> web.Response:
        """Give the next token, which replaces the one before."""
        self.given += 1
        self.valid = f"token-{self.given}"
        token = {"access_token": self.valid, "token_type": "Bearer", "expires_in": 3600}
        return web.json_response(token)


@pytest.fixture
def server() -> WithTokens:
    return WithTokens()


@pytest.fixture
async def system(server: WithTokens) -> AsyncIterator[MinistrySystem]:
    system = MinistrySystem(server.behave)
    runner = await system.listening()
    yield system
    await runner.cleanup()


@pytest.fixture
async def adapter(system: MinistrySystem) -> AsyncIterator[Adapter]:
    async with HttpClient("ministries", tracing=Tracing("t"), metrics=Metrics("t")) as client:
        oauth = OAuthClient(
            token_url=f"{system.url}/token",
            client_id="nagorik sheba",
            client_secret=SecretStr("a:b"),
            scope="submissions",
        )
        token = AccessTokens(HEALTH, client, oauth, deadline_s=DEADLINE_S)
        credentials = Credentials(lambda _: KEYS, token=token)
        yield HttpJsonAdapter(replace(link_to(client, system.url), credentials=credentials))


async def test_a_token_is_asked_for_once_and_used_until_it_is_not_accepted(
    server: WithTokens, system: MinistrySystem, adapter: Adapter
) -> None:
    """A 401 is trouble on the way; the next attempt has a new token."""
    delivery = plan_delivery(submission(ministry=HEALTH))
    for _ in range(3):
        await adapter.submit(delivery, delivery.idempotency_key)
    assert server.given == 1
    asked = system.arrived[0]
    basic = b64encode(b"nagorik+sheba:a%3Ab").decode()
    assert asked.request.headers["Authorization"] == f"Basic {basic}"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["submissions"],
    }
    server.valid = "revoked"
    with pytest.raises(Unavailable):
        await adapter.submit(delivery, delivery.idempotency_key)
    await adapter.submit(delivery, delivery.idempotency_key)
    assert server.given == 2


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=401, body=b'{"error": "invalid_client"}'),
        web.Response(status=503, body=b"<html>"),
        web.Response(body=orjson.dumps({"access_token": "t", "token_type": "mac"})),
        web.Response(body=orjson.dumps({"access_token": "a\nb", "token_type": "bearer"})),
    ],
    ids=["unknown client", "down", "no bearer token", "a line break"],
)
async def test_without_a_token_nothing_is_handed_over(
    server: WithTokens, system: MinistrySystem, adapter: Adapter, answer: web.Response
) -> None:
    """An authorization server that gives none is trouble on the way."""
    server.token_answer = answer
    delivery = plan_delivery(submission(ministry=HEALTH))
    with pytest.raises(Unavailable):
        await adapter.submit(delivery, delivery.idempotency_key)
    assert [received_request.path for received_request in system.arrived] == ["/token"]
