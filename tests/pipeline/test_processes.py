"""The seven processes on three brokers: how they go and come, and what they do without servers."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import psutil
import pytest

from libs.ids import new_id
from libs.telemetry.tracing import Tracing
from services.registry import ON_KAFKA, OPENERS, SERVICES, WITH_DATABASE
from tests.libs.database.running import frozen
from tests.pipeline.processes import Everything, everything, more_accepted, pids_of
from tests.waiting import PATIENCE_S, until
from tools.embedded.together import together
from tools.ledger import LedgerReader
from tools.virtual_users.citizen import Api, Citizen, new_phone
from tools.virtual_users.forms import valid_answers
from tools.virtual_users.pages import Browser, Page

TAX_NUMBER = "S031"
WAITING = ON_KAFKA
# At three a second this takes twice as long as a broker's session.
A_WHILE = 9


@pytest.fixture(scope="module")
async def up() -> AsyncIterator[Everything]:
    """The platform, once for the tests of this file; each leaves it ready."""
    async with everything() as running:
        yield running


def test_state_json_says_where_everything_runs(up: Everything) -> None:
    """Exactly the keys that outside tools rely on, each with something in it."""
    state = up.state()
    assert set(state.kafka) == {"bootstrap", "pid", "pids", "security"}
    assert set(state.kafka["pids"]) == {"1", "2", "3"}
    assert state.kafka["pid"] == state.kafka["pids"]["1"]
    assert state.kafka["bootstrap"].count(",") == 2
    assert set(state.postgres) == {"pid", "dsn", "owner_dsn"}
    for kind in ("dsn", "owner_dsn"):
        assert set(state.postgres[kind]) == set(WITH_DATABASE)
        passwords = {urlsplit(dsn).password for dsn in state.postgres[kind].values()}
        assert len(passwords) == len(WITH_DATABASE)
    assert set(state.services) == set(SERVICES)
    for part in state.services.values():
        assert set(part) == {"pid", "health"}
        assert part["health"].startswith("http://127.0.0.1:")
    assert all(isinstance(pid, int) for pid in pids_of(state).values())


@pytest.mark.skipif(os.getuid() != 0, reason="only root sees the variables of who hides them")
def test_an_opener_has_no_setting_of_its_service(up: Everything) -> None:
    """It has no variable but the place of the code, and what Python adds."""
    for opener in up.state().openers.values():
        names = Path(f"/proc/{opener['pid']}/environ").read_bytes().split(b"\0")
        assert {name.partition(b"=")[0] for name in names} <= {b"PYTHONPATH", b"LC_CTYPE", b""}


def test_a_service_has_one_opener(up: Everything) -> None:
    """The one that `state.json` names."""
    started = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if {"opener", str(up.supervisor.plan.opener_socket("documents"))}
        <= {*(process.info["cmdline"] or ())}
    ]
    assert started == [up.state().openers["documents-opener"]["pid"]]


async def test_sigterm_finishes_what_is_in_hand_and_services_may_come_before_their_servers(
    up: Everything,
) -> None:
    """In the middle of traffic each ends with status 0, leaves its groups, and repeats nothing.

    Started again with neither broker nor database there, each is alive and not ready, and becomes
    ready by itself.
    """
    statuses: dict[str, int | None] = {}
    left_behind: list[str] = []
    repeated: dict[str, float] = dict.fromkeys(SERVICES, 0.0)

    async def drain(service: str) -> None:
        repeated[service] += await up.counted(up.url(service), "events_repeated")
        statuses[service] = await up.processes.drain(service)
        left_behind.extend(service for _ in await up.members(service))

    async with up.applying():
        for half in (SERVICES[::2], SERVICES[1::2]):
            await asyncio.gather(*map(drain, half))
        await together([up.kafka.stop(), up.postgres.stop()])
        await up.start(*SERVICES)
        await up.until("live", 200)
        for service in WAITING:
            assert await up.status(service, "ready") == 503
        await up.kafka.start()
        for service in WITH_DATABASE:
            assert await up.status(service, "ready") == 503
        await up.postgres.start()
        await up.until("ready", 200)
    for service in SERVICES:
        repeated[service] += await up.counted(up.url(service), "events_repeated")
    assert statuses == dict.fromkeys(SERVICES, 0)
    assert left_behind == []
    assert repeated == dict.fromkeys(SERVICES, 0.0), up.warned()


async def test_two_processes_of_a_service_share_its_work(up: Everything) -> None:
    """Two processes on the same partitions handle some of the events each; nothing is lost."""
    replicated = ("applications", "ministries", "notifications")
    async with up.second_processes(replicated) as second:
        urls = [*second, *map(up.url, replicated)]
        before = [await up.counted(url, "events_handled") for url in urls]

        async def each_has_handled_some() -> bool:
            after = [await up.counted(url, "events_handled") for url in urls]
            return all(handled > was for handled, was in zip(after, before, strict=True))

        async with up.applying():
            await until(each_has_handled_some, every_s=0.5)
        repeated = [await up.counted(url, "events_repeated") for url in urls]
    assert set(repeated) == {0}, up.warned()


@asynccontextmanager
async def hung(up: Everything) -> AsyncIterator[None]:
    """PostgreSQL answers nobody, and closes no connection."""
    with frozen(up.postgres.pid):
        yield


@asynccontextmanager
async def killed(up: Everything) -> AsyncIterator[None]:
    """PostgreSQL is away until every service has seen it."""
    up.postgres.kill()
    yield
    await up.until("ready", 503, WITH_DATABASE)
    await up.postgres.start()


@pytest.mark.parametrize("away", [killed, hung])
async def test_with_the_database_away_a_click_is_told_when_to_come_back(
    up: Everything, away: Callable[[Everything], AbstractAsyncContextManager[None]]
) -> None:
    """503 with Retry-After; the same click is taken later, and no process needs a restart."""
    before = up.processes.pids()
    click = await click_of_a_citizen(up)

    async def taken() -> bool:
        status, _ = await click()
        assert status in {201, 503}
        return status == 201

    async with up.applying():
        async with away(up):
            told = [await click() for _ in range(3)]
        await until(taken, every_s=0.5)
    assert {status for status, _ in told} == {503}
    assert all(retry_after for _, retry_after in told)
    await up.until("ready", 200)
    assert up.processes.pids() == before


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
    body = {"public_service_id": TAX_NUMBER, "form": form}

    async def click() -> tuple[int, str | None]:
        url = f"{up.url('gateway')}/v1/applications"
        async with up.http.post(url, json=body, headers=headers) as answer:
            return answer.status, answer.headers.get("retry-after")

    return click


async def test_nothing_is_lost_or_doubled_whatever_happens_to_the_brokers(up: Everything) -> None:
    """Promises 1 and 2 on the cluster of production; nobody has to mend anything by hand.

    The coordinator and the controller are killed; the leader hangs until another takes over, and
    then goes on as if it still led; in the end it is killed, then a second broker, then the last.
    """
    before = up.processes.pids()
    async with up.applying() as load:
        for part in ("coordinator", "controller"):
            node = await up.node_with(part)
            node.kill()
            await more_accepted(load, A_WHILE)
            await node.start()
            await up.brokers.until_in_sync()
        pid = (await up.node_with("leader")).pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        await more_accepted(load, A_WHILE)
        os.kill(pid, signal.SIGCONT)
        await up.brokers.until_in_sync()
        leader = await up.node_with("leader")
        for node in sorted(up.kafka.nodes.values(), key=lambda each: each is not leader):
            node.kill()
            await more_accepted(load, A_WHILE)
        await up.kafka.start()
        await up.brokers.until_in_sync()
    await up.until("ready", 200)
    assert up.processes.pids() == before


async def test_a_login_survives_the_death_of_the_portal_at_its_code(up: Everything) -> None:
    """The code is used up, and no answer came: the same form sent again logs the citizen in."""
    browser, page, code = await asked_for_the_code(up)
    identity = await asyncpg.connect(up.state().postgres["owner_dsn"]["identity"])

    async def sessions() -> tuple[int, int]:
        [row] = await identity.fetch("SELECT count(*), count(ended_at) FROM sessions")
        return row[0], row[1]

    opened, ended = await sessions()

    async def exchanged() -> bool:
        return await sessions() == (opened + 1, ended)

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(up.supervisor.watch(stop))
        async with identity.transaction():  # the portal cannot ask whose login it is
            await identity.execute("LOCK TABLE revoked_keys IN ACCESS EXCLUSIVE MODE")
            lost = tasks.create_task(unanswered(browser, page, code))
            await until(exchanged)
            await up.kill("portal")
            await lost
        await up.until("ready", 200)
        stop.set()
    page = await browser.send(page, page.form("code"), {"code": code})
    assert (page.status, page.path) == (200, "/")
    assert (await browser.open("/profile")).path == "/profile"
    assert await sessions() == (opened + 2, ended + 1)
    await identity.close()


async def asked_for_the_code(up: Everything) -> tuple[Browser, Page, str]:
    """A browser on the page that asks for the code, and the code."""
    ledger, phone = LedgerReader(up.http, up.url("sandbox")), new_phone()
    browser = Browser(up.http, up.url("portal"), {}, patience_s=0)
    page = await browser.open("/login")
    async with ledger.following():
        page = await browser.send(page, page.form("phone"), {"phone": phone})
        assert page.form("code")
        return browser, page, await ledger.code_for(phone, within_s=PATIENCE_S)


async def unanswered(browser: Browser, page: Page, code: str) -> None:
    """Send the form of a code, to which no answer comes."""
    with pytest.raises(aiohttp.ClientError):
        await browser.send(page, page.form("code"), {"code": code})


async def test_nothing_is_lost_or_doubled_when_every_process_is_killed_once(
    up: Everything,
) -> None:
    """Promises 1 and 2: SIGKILL of each service, opener and PostgreSQL, one after another."""
    before, stop = pids_of(up.supervisor.state()), asyncio.Event()
    names = (*SERVICES, *OPENERS.values(), "postgres")
    async with up.applying() as load, asyncio.TaskGroup() as tasks:
        tasks.create_task(up.supervisor.watch(stop))
        for name in names:
            await up.kill(name)
            await more_accepted(load, 1)
        stop.set()
    after = pids_of(up.state())
    assert {name for name in before if before[name] != after[name]} == set(names)
    await up.until("ready", 200)
