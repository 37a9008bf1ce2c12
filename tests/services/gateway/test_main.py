import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from libs.errors import Unavailable
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient, Reply
from services.gateway.main import build
from services.gateway.settings import Settings
from tests.libs.web.running import Identity, served
from tests.services.gateway.scenes import SECRET
from tests.waiting import PATIENCE_S

Ask = Callable[..., Awaitable[Reply]]


@asynccontextmanager
async def gateway(port: int, **given: Any) -> AsyncIterator[Ask]:
    """A running gateway without a broker, and a client; the gateway has drained at the end."""
    own = {"port": port, "NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1", "live_secret": SECRET}
    settings = Settings.model_validate({**own, **given})
    stop = asyncio.Event()
    client = HttpClient("gateway", tracing=Tracing("t"), metrics=Metrics("t"))

    async def ask(method: str, path: str, **given: Any) -> Reply:
        return await client.call(method, f"http://127.0.0.1:{port}{path}", deadline_s=20, **given)

    async with client, asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        async with asyncio.timeout(PATIENCE_S):
            while not await _is_live(ask):
                await asyncio.sleep(0.02)
        yield ask
        stop.set()


async def _is_live(ask: Ask) -> bool:
    try:
        return (await ask("GET", "/health/live")).status == 200
    except Unavailable:  # not listening yet
        return False


def named(name: str) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """A service that responds with its name and the caller's address."""

    async def play(request: web.BaseRequest) -> web.Response:
        told = {"got-address": request.headers["x-forwarded-for"]}
        return web.Response(text=f"{name} {request.path}", headers=told)

    return play


async def test_gateway_serves_and_drains_without_the_others(unused_tcp_port: int) -> None:
    """Without broker and upstreams it starts, reports what is missing, and drains."""
    async with gateway(unused_tcp_port) as ask:
        ready = await ask("GET", "/health/ready")
        away = await ask("GET", "/v1/services")
        docs = await ask("GET", "/openapi.json")
    assert (ready.status, ready.json()["components"]["keys"]["detail"]) == (503, "no key set")
    assert (away.status, away.json()["type"]) == (503, "/problems/service_not_reached")
    assert docs.status == 200


async def test_uploads_have_as_many_places_as_the_setting_says(unused_tcp_port: int) -> None:
    """Other requests have places of their own."""
    async with gateway(unused_tcp_port, streams_at_once=0) as ask:
        upload = await ask("PATCH", f"/v1/uploads/{new_id()}", body=b"x")
        other = await ask("GET", "/v1/me")
    assert (upload.status, other.status) == (503, 401)


async def test_each_operation_goes_to_its_service(unused_tcp_port: int) -> None:
    """Login reaches identity, the services the catalogue, and the address is forwarded."""
    identity, other = Identity(), named("identity")

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        is_keys = request.path.endswith("jwks.json")
        return await (identity.show(request) if is_keys else other(request))

    async with (
        served(play) as identity_url,
        served(named("catalogue")) as catalogue_url,
        gateway(unused_tcp_port, identity_url=identity_url, catalogue_url=catalogue_url) as ask,
    ):
        services = await ask("GET", "/v1/services?q=x")
        login = await ask("POST", "/v1/login/codes", json={})
        headers = {"authorization": f"Bearer {identity.token()}"}
        me = await ask("GET", "/v1/me", headers=headers)
    assert services.body == b"catalogue /v1/services"
    assert [login.body, me.body] == [b"identity /v1/login/codes", b"identity /v1/me"]
    assert login.headers["got-address"] == "127.0.0.1"


async def test_operators_reach_the_service_that_the_path_names(unused_tcp_port: int) -> None:
    """Every service has its own dead letters; an unknown name is not found."""
    identity = Identity()
    async with (
        served(identity.show) as identity_url,
        served(named("ministries")) as one_url,
        served(named("notifications")) as two_url,
        gateway(
            unused_tcp_port,
            identity_url=identity_url,
            ministries_url=one_url,
            notifications_url=two_url,
        ) as ask,
    ):
        headers = {"authorization": f"Bearer {identity.token(roles=['operator'])}"}
        answers = {
            name: await ask("GET", f"/v1/operations/{name}/dead-letters", headers=headers)
            for name in ("ministries", "notifications", "catalogue", "sandbox")
        }
        without_token = await ask("GET", "/v1/operations/ministries/dead-letters")
    for name in ("ministries", "notifications"):
        assert answers[name].body.decode().startswith(name)
    assert (answers["catalogue"].status, answers["sandbox"].status) == (404, 404)
    assert without_token.status == 401
