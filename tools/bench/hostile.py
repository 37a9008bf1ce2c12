"""The effect of one ministry's hostile adapter on the others: stages with and without it.

The adapter writes to its own topic, as its credentials allow, what cannot be read and what is about
applications that do not exist. The citizens of a stage apply to the other ministries only.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from libs.contracts import topics
from libs.contracts.ministries import MinistryReceived
from libs.contracts.topics import dead_letter_topic
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.messaging.kafka.broker import client_options
from libs.messaging.topics.admin import apply_topics
from tools.bench.stage import LoadTest, Stage
from tools.demo.measures import percentile
from tools.supervision.state import State
from tools.virtual_users.scenarios import Scenario

_PER_S: Final = 1_000
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stages in turn at the same rate.

    Args:
        alone: without the hostile adapter.
        beside: while it writes.
    """

    alone: Stage
    beside: Stage

    def ratio(self, share: float) -> float | None:
        """The times from click to SMS beside the adapter over those without, at a quantile."""
        alone = percentile(self.alone.sms_ms, share)
        beside = percentile(self.beside.sms_ms, share)
        return beside / alone if alone and beside else None


def median_ratio(pairs: Sequence[Pair], share: float) -> float | None:
    """Return the median of the pairs' ratios at a quantile; None without one."""
    ratios = [ratio for pair in pairs if (ratio := pair.ratio(share))]
    return round(median(ratios), 3) if ratios else None


def without_ministry(scenarios: Sequence[Scenario]) -> tuple[str, list[Scenario]]:
    """Return the ministry with the fewest public services, and the scenarios of all others."""
    ministries = [each.ministry for each in scenarios]
    ministry = min(ministries, key=ministries.count)
    return ministry, [each for each in scenarios if each.ministry != ministry]


async def measure_pairs(  # noqa: PLR0913
    load_test: LoadTest,
    state: State,
    ministry: str,
    *,
    pairs: int,
    per_s: float,
    seconds: float,
    is_unread: bool = False,
) -> list[Pair]:
    """Measure pairs of stages; the second of each beside a hostile adapter of the ministry.

    Args:
        load_test: sends the applications.
        state: of the running platform.
        ministry: whose adapter is hostile.
        pairs: number of pairs.
        per_s: applications a second.
        seconds: length of a stage.
        is_unread: let the adapter write to a topic that nobody reads, as a control.
    """
    topic = dead_letter_topic("catalogue") if is_unread else topics.MINISTRIES.name_for(ministry)
    options = client_options(state.kafka["bootstrap"], state.kafka["security"])
    await apply_topics(options, ministries=[ministry])
    found = []
    for _ in range(pairs):
        alone = await load_test.at_rate(per_s, seconds)
        async with hostile_adapter(options, ministry, topic):
            beside = await load_test.at_rate(per_s, seconds)
        found.append(Pair(alone, beside))
    return found


@asynccontextmanager
async def hostile_adapter(
    options: Mapping[str, Any], ministry: str, topic: str
) -> AsyncIterator[None]:
    """Write nonsense to a topic, 1,000 records a second, while the body runs."""
    async with AIOKafkaProducer(**options) as producer, asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(_write(producer, ministry, topic))
        yield
        writing.cancel()


async def _write(producer: AIOKafkaProducer, ministry: str, topic: str) -> None:
    while True:
        for _ in range(_AT_ONCE // 2):
            record = encode(
                MinistryReceived(application_id=new_id(), ministry=ministry), trace=None
            )
            for value in (b"{", record.value):
                await producer.send(topic, value, key=record.key, headers=record.headers)
        await asyncio.sleep(_AT_ONCE / _PER_S)
