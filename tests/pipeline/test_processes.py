"""The seven processes: how they go, how they come, and what they do with their servers away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from services.registry import SERVICES, WITH_DATABASE
from tests.libs.database.silence import frozen
from tests.pipeline.processes import Everything, everything
from tests.waiting import until
from tools.ledger import LedgerReader
from tools.virtual_users.citizen import Api, Citizen
from tools.virtual_users.forms import valid_answers

TAX_NUMBER = "S031"
WAITING = tuple(service for service in SERVICES if service != "sandbox")


@pytest.fixture(scope="module")
async def up() -> AsyncIterator[Everything]:
    """The platform, once for the tests of this file; each leaves it ready."""
    async with everything() as running:
        yield running


async def test_sigterm_finishes_what_is_in_hand_and_nothing_comes_again(up: Everything) -> None:
    """Each process in the middle of traffic ends with status 0 and leaves its groups for good."""
    statuses: dict[str, int | None] = {}
    left_behind: list[str] = []
    repeated = 0.0

    async def drain(service: str) -> None:
        nonlocal repeated
        repeated += await up.repeated(service)
        statuses[service] = await up.drain(service)
        left_behind.extend(service for _ in await up.members(service))
        await up.start(service)
        await up.until("ready", 200, [service])

    async with asyncio.TaskGroup() as tasks:
        citizens = tasks.create_task(up.demo(80))
        for first in range(0, len(SERVICES), 2):
            await asyncio.gather(*map(drain, SERVICES[first : first + 2]))
    found = citizens.result()
    repeated += sum([await up.repeated(service) for service in SERVICES])
    assert statuses == dict.fromkeys(SERVICES, 0)
    assert left_behind == []
    assert found.refused == []
    assert found.measures.nothing_lost_or_doubled, found.measures
    assert repeated == 0


async def test_two_processes_of_a_service_share_its_work(up: Everything) -> None:
    """Two processes on the same partitions handle some of the events each; nothing is lost."""
    async with AsyncExitStack() as stack:
        replicated = ("applications", "ministries", "notifications")
        urls = [await stack.enter_async_context(up.second(service)) for service in replicated]
        urls += [up.url(service) for service in replicated]
        before = [await up.counted(url, "events_handled") for url in urls]
        found = await up.demo(40, rate_per_s=20.0)
        after = [await up.counted(url, "events_handled") for url in urls]
        repeated = [await up.counted(url, "events_repeated") for url in urls]
    assert found.refused == []
    assert found.measures.nothing_lost_or_doubled, found.measures
    assert all(handled > was for handled, was in zip(after, before, strict=True)), after
    assert set(repeated) == {0}


@pytest.mark.parametrize("order", [("kafka", "postgres"), ("postgres", "kafka")])
async def test_processes_that_come_first_wait_for_their_servers(
    up: Everything, order: tuple[str, str]
) -> None:
    """Started with neither there, each is alive and not ready, and becomes ready by itself."""
    await up.processes.stop()
    for server in up.servers.values():
        await server.stop()
    await up.start(*SERVICES)
    await up.until("live", 200)
    assert {service: await up.status(service, "ready") for service in WAITING} == dict.fromkeys(
        WAITING, 503
    )
    for name in order:
        await up.servers[name].start()
        waiting = WITH_DATABASE if name == order[0] else ()
        assert {await up.status(service, "ready") for service in waiting} <= {503}
    await up.until("ready", 200)
    assert (await up.demo(2)).measures.nothing_lost_or_doubled


@pytest.mark.parametrize("name", ["kafka", "postgres"])
async def test_no_process_needs_a_restart_after_an_outage(up: Everything, name: str) -> None:
    """A server that is killed under traffic, and back later, finds the same processes at work."""
    before = up.processes.pids()
    async with asyncio.TaskGroup() as tasks:
        citizens = tasks.create_task(up.demo(12))
        await asyncio.sleep(3.0)
        up.servers[name].kill()
        await asyncio.sleep(3.0)
        await up.servers[name].start()
    await up.until("ready", 200)
    assert up.processes.pids() == before
    assert citizens.result().refused == []
    assert citizens.result().measures.nothing_lost_or_doubled


async def test_nothing_is_lost_or_doubled_when_every_process_is_killed_once(
    up: Everything,
) -> None:
    """Promises 1 and 2: SIGKILL of each service, Kafka and PostgreSQL, one after another."""
    stop = asyncio.Event()

    async def kill_each() -> None:
        for name in (*SERVICES, "kafka", "postgres"):
            await up.kill(name)
            await asyncio.sleep(1.0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(up.supervisor.watch(stop))
        citizens = tasks.create_task(up.demo(60))
        await kill_each()
        found = await citizens
        stop.set()
    await up.until("ready", 200)
    assert found.refused == []
    assert found.measures.accepted == 60
    assert found.measures.nothing_lost_or_doubled, found.measures


@pytest.mark.parametrize("how", ["killed", "hung"])
async def test_with_the_database_away_a_click_is_told_when_to_come_back(
    up: Everything, how: str
) -> None:
    """503 with Retry-After, and the same click is taken once the database is back."""
    click = await click_of_a_citizen(up)
    if how == "hung":
        with frozen(up.postgres.pid):
            away = [await click() for _ in range(3)]
    else:
        up.postgres.kill()
        away = [await click() for _ in range(3)]
        await up.postgres.start()
    assert {status for status, _ in away} == {503}
    assert all(retry_after for _, retry_after in away)

    async def taken() -> bool:
        status, _ = await click()
        assert status in {201, 503}
        return status == 201

    await until(taken, within_s=30, every_s=0.5)


async def click_of_a_citizen(up: Everything) -> Callable[[], Awaitable[tuple[int, str | None]]]:
    """One click that can be repeated: the same key and body; its status and Retry-After."""
    api = Api(up.http, up.url("gateway"))
    ledger = LedgerReader(up.http, up.url("sandbox"))
    citizen = Citizen(api, ledger, Tracing("citizen"), traced=False)
    async with ledger.following():
        await citizen.log_in()
    headers = {**citizen.headers, "idempotency-key": str(new_id())}
    _, service = await api.request("GET", f"/v1/services/{TAX_NUMBER}", headers=headers)
    form = valid_answers(TAX_NUMBER, service["form"])
    body = {"public_service_id": TAX_NUMBER, "form": form, "service_centre_id": "gulshan"}

    async def click() -> tuple[int, str | None]:
        url = f"{up.url('gateway')}/v1/applications"
        async with up.http.post(url, json=body, headers=headers) as answer:
            return answer.status, answer.headers.get("retry-after")

    return click
