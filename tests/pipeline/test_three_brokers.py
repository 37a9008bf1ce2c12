"""Three brokers, and trouble with them while citizens apply: everyone is served, once."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from libs.database.migrate import migrate
from libs.messaging.admin import apply_topics
from services.registry import WITH_DATABASE
from tests.brokers import Brokers
from tests.load.steady import Load
from tests.pipeline.platform import Platform, running
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.together import together
from tools.virtual_users.citizen import Api

RATE_PER_S = 6.0
LONGER_THAN_A_SESSION_S = 4.0


@dataclass
class Three:
    """All services on a cluster of three."""

    kafka: EmbeddedKafka
    brokers: Brokers
    platform: Platform


@pytest.fixture(scope="module")
async def three(postgres: EmbeddedPostgres) -> AsyncIterator[Three]:
    """A cluster and databases of this file's own: it breaks them."""
    dsn: dict[str, str] = {}
    for service in WITH_DATABASE:
        name = f"{service}_three"
        dsn[service] = await postgres.ensure_database(name, "only-for-tests")
        await migrate(postgres.owner_dsn(name), service)
    folder = Path(tempfile.mkdtemp(prefix="nagorik-three-"))
    async with EmbeddedKafka(folder, brokers=3, flush_every_append=False) as kafka:
        await apply_topics(kafka.client, replicas=3)
        async with running(kafka, dsn) as platform:
            yield Three(kafka, Brokers(kafka.client), platform)
    shutil.rmtree(folder, ignore_errors=True)


async def killed(part: str, three: Three) -> None:
    """Kill the broker that has a part, and bring it back."""
    node = three.kafka.nodes[await three.brokers.who_is(part)]
    node.kill()
    await asyncio.sleep(LONGER_THAN_A_SESSION_S)
    await node.start()


async def frozen(three: Three) -> None:
    """Have the leader hang so long that another takes over, and then go on as if it still led."""
    pid = three.kafka.nodes[await three.brokers.who_is("leader")].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(LONGER_THAN_A_SESSION_S)
    os.kill(pid, signal.SIGCONT)


async def two_away(three: Three) -> None:
    """Leave one broker of three, which acknowledges nothing alone."""
    away = [three.kafka.nodes[1], three.kafka.nodes[2]]
    for node in away:
        node.kill()
    await asyncio.sleep(LONGER_THAN_A_SESSION_S)
    await together(node.start() for node in away)


async def all_away(three: Three) -> None:
    """Kill the whole cluster at one moment."""
    three.kafka.kill()
    await asyncio.sleep(LONGER_THAN_A_SESSION_S)
    await three.kafka.start()


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(partial(killed, "leader"), id="leader killed"),
        pytest.param(partial(killed, "coordinator"), id="coordinator killed"),
        pytest.param(partial(killed, "controller"), id="controller killed"),
        pytest.param(frozen, id="leader frozen"),
        pytest.param(two_away, id="two away"),
        pytest.param(all_away, id="all away"),
    ],
)
async def test_nothing_is_lost_or_doubled(
    three: Three, trouble: Callable[[Three], Awaitable[None]]
) -> None:
    """Promises 1 and 2 on the cluster of production; nobody has to mend anything by hand."""
    platform, stop = three.platform, asyncio.Event()
    api = Api(platform.http, platform.plan.url("gateway"))
    load = await Load.begin(api, platform.ledger, RATE_PER_S)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run(stop))
        await asyncio.sleep(1.0)
        await trouble(three)
        await three.brokers.until_in_sync()
        stop.set()
    measures = await load.until_answered()
    assert measures.nothing_lost_or_doubled, measures
