"""A topic of which all is handled before another one is read."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.ids import new_id
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.consumers import make_consumers
from libs.messaging.reading.router import Router, Tx
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.cases.intake import consumers as intake
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import own_name, running, settings_for, submitted, write_events
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

_LONG_ENOUGH_S = 3.0


async def test_what_kafka_has_of_one_topic_is_handled_before_the_other_is_read(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Also where its handler takes long, as after a restore with much to read."""
    name, database = own_name(), await database_for("applications")
    first, other = CitizenErased(citizen_id=new_id()), submitted()
    read = asyncio.Event()
    handled: list[Event] = []
    router = Router(name)

    @router.subscriber(topics.ERASURES)
    async def on_erasures(batch: Batch[Any], tx: Tx) -> Sequence[Event]:
        if first in batch.events:
            with suppress(TimeoutError):  # the other one would come meanwhile
                await asyncio.wait_for(read.wait(), _LONG_ENOUGH_S)
            handled.append(first)
        return []

    @router.subscriber(topics.APPLICATIONS, after=[topics.ERASURES])
    async def on_applications(batch: Batch[Any], tx: Tx) -> Sequence[Event]:
        if other in batch.events:
            handled.append(other)
            read.set()
        return []

    await write_events(kafka, first, other)
    made = make_consumers(
        [router],
        broker=Broker(name, settings_for(kafka)),
        database=database,
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
    )
    async with running(*made):
        await until(lambda: len(handled) == 2)
    assert handled == [first, other]


def test_cases_are_opened_after_all_published_versions_were_read() -> None:
    """Else the first ones after a restore would be opened by an older version."""
    subscription, _ = intake.router.subscribed[topics.DESK_SUBMISSIONS]
    assert list(subscription.after) == [topics.WORKFLOWS]
