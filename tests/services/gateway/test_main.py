import asyncio
from typing import Any

from aiohttp import web

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from services.gateway.main import build
from services.gateway.settings import Settings
from tests.libs.web.test_client import served
from tests.libs.web.test_tokens import Identity


async def upstream(request: web.BaseRequest) -> web.Response:
    return web.Response(
        text=request.path, headers={"got-address": request.headers["x-forwarded-for"]}
    )


async def test_gateway_serves_and_drains_without_the_others(unused_tcp_port: int) -> None:
    """With neither broker nor upstreams it starts, says what is missing, and drains."""
    settings = Settings(port=unused_tcp_port, NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1")
    stop = asyncio.Event()
    url = f"http://127.0.0.1:{unused_tcp_port}"
    client = HttpClient("gateway", tracing=Tracing("t"), metrics=Metrics("t"))
    async with client, asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        live = await _asked(client, f"{url}/health/live")
        ready = await client.call("GET", f"{url}/health/ready", deadline_s=2)
        away = await client.call("GET", f"{url}/v1/services", deadline_s=2)
        docs = await client.call("GET", f"{url}/openapi.json", deadline_s=2)
        stop.set()
    assert live.status == 200
    assert (ready.status, ready.json()["parts"]["keys"]["detail"]) == (503, "no key set")
    assert (away.status, away.json()["type"]) == (503, "/problems/service_not_reached")
    assert docs.status == 200


async def test_each_route_goes_to_its_owner(unused_tcp_port: int) -> None:
    """Login reaches identity, the services the catalogue, and the address is passed on."""
    identity, stop = Identity(), asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("jwks.json"):
            return await identity.show(request)
        return await upstream(request)

    client = HttpClient("gateway", tracing=Tracing("t"), metrics=Metrics("t"))
    url = f"http://127.0.0.1:{unused_tcp_port}"
    async with client, served(play) as identity_url, served(upstream) as catalogue_url:
        settings = Settings(
            port=unused_tcp_port,
            identity_url=identity_url,
            catalogue_url=catalogue_url,
            NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1",
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(build(settings).run(stop))
            await _asked(client, f"{url}/health/live")
            services = await client.call("GET", f"{url}/v1/services?q=x", deadline_s=2)
            login = await client.call("POST", f"{url}/v1/login/codes", json={}, deadline_s=2)
            headers = {"authorization": f"Bearer {identity.token()}"}
            me = await client.call("GET", f"{url}/v1/me", headers=headers, deadline_s=2)
            stop.set()
    assert [services.body, login.body, me.body] == [b"/v1/services", b"/v1/login/codes", b"/v1/me"]
    assert login.headers["got-address"] == "127.0.0.1"


async def test_operators_reach_the_service_that_the_path_names(unused_tcp_port: int) -> None:
    """Each service answers for its own dead letters; a name that is none of them is not found."""
    identity, stop = Identity(), asyncio.Event()

    def named(name: str) -> Any:
        async def play(request: web.BaseRequest) -> web.Response:
            return web.Response(text=name)

        return play

    client = HttpClient("gateway", tracing=Tracing("t"), metrics=Metrics("t"))
    base = f"http://127.0.0.1:{unused_tcp_port}"
    async with (
        client,
        served(identity.show) as identity_url,
        served(named("ministries")) as ministries_url,
        served(named("notifications")) as notifications_url,
    ):
        settings = Settings(
            port=unused_tcp_port,
            identity_url=identity_url,
            ministries_url=ministries_url,
            notifications_url=notifications_url,
            NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1",
        )
        headers = {"authorization": f"Bearer {identity.token(roles=['operator'])}"}
        answers = {}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(build(settings).run(stop))
            await _asked(client, f"{base}/health/live")
            for name in ("ministries", "notifications", "catalogue", "identity"):
                url = f"{base}/v1/operations/{name}/dead-letters"
                answers[name] = await client.call("GET", url, headers=headers, deadline_s=2)
            url = f"{base}/v1/operations/ministries/dead-letters"
            nobody = await client.call("GET", url, deadline_s=2)
            stop.set()
    assert answers["ministries"].body == b"ministries"
    assert answers["notifications"].body == b"notifications"
    assert (answers["catalogue"].status, answers["identity"].status) == (404, 404)
    assert nobody.status == 401


async def _asked(client: HttpClient, url: str) -> Any:
    for _ in range(100):
        try:
            return await client.call("GET", url, deadline_s=1)
        except Unavailable:  # not listening yet
            await asyncio.sleep(0.02)
    raise TimeoutError(url)
