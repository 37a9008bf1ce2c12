"""How far groups are behind, on a real broker, while nobody reads."""

import re
import time
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer

from libs.contracts import topics
from libs.contracts.access import MEASURES_LAG, grants, group_of
from libs.database.pool import Database
from libs.messaging.envelope import encode
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.lag import LagMeter
from libs.telemetry.metrics import Metrics
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    consumer,
    running,
    submitted,
)
from tests.operating import as_user, give
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

DEAD = group_of("documents", topics.APPLICATIONS)
NEVER_READ = group_of("notifications", topics.APPLICATIONS)


@pytest.fixture
async def kafka(empty_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A broker with the rights of the service that measures."""
    await give(empty_kafka, MEASURES_LAG, *grants(MEASURES_LAG))
    return empty_kafka


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    return await database_for("applications")


async def write_at(kafka: EmbeddedKafka, ages_s: Sequence[float]) -> None:
    """Write a record of each age to one partition."""
    producer = AIOKafkaProducer(**kafka.client, acks="all")
    await producer.start()
    try:
        for age_s in ages_s:
            record = encode(submitted(), trace=None)
            await producer.send_and_wait(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=0,
                timestamp_ms=int((time.time() - age_s) * 1000),
            )
    finally:
        await producer.stop()


class Shown:
    """What a meter shows of the readers of applications."""

    def __init__(self) -> None:
        self.metrics = Metrics("catalogue")

    def of(self, name: str, group: str) -> float | None:
        """The value of a series."""
        labels = f'group="{re.escape(group)}",service="catalogue",topic="applications.v1"'
        found = re.search(
            rf"^{name}{{{labels}}} (\S+)$",
            self.metrics.render().decode(),
            re.MULTILINE,
        )
        return float(found[1]) if found else None

    def behind(self, group: str) -> float | None:
        """How many records it has not handled."""
        return self.of("nagorik_records_behind", group)

    def oldest_s(self, group: str) -> float:
        """The age of the oldest of them."""
        return self.of("nagorik_oldest_unhandled_age_seconds", group) or 0.0


async def test_a_reader_that_is_dead_is_seen_from_outside(
    kafka: EmbeddedKafka, database: Database
) -> None:
    """Its records and the age of the oldest, of one that never read, and none after its return."""
    shown, handler = Shown(), RecordingHandler()
    meter = LagMeter(Broker("catalogue", as_user(kafka, MEASURES_LAG)), shown.metrics, every_s=0.1)
    await write_at(kafka, [9_000])
    async with running(consumer(database, handler, kafka, name="documents")):
        await until(lambda: handler.heard)
    await write_at(kafka, [5_000, 1_000])
    async with running(meter):
        await until(lambda: shown.behind(DEAD) == 2)
        assert 5_000 <= shown.oldest_s(DEAD) + 1 < 9_000
        assert shown.behind(NEVER_READ) == 3
        assert shown.oldest_s(NEVER_READ) + 1 >= 9_000
        async with running(consumer(database, handler, kafka, name="documents")):
            await until(lambda: shown.behind(DEAD) == 0)
        assert shown.oldest_s(DEAD) == 0
        assert shown.behind(NEVER_READ) == 3


async def test_a_meter_goes_on_after_an_outage_of_the_brokers(kafka: EmbeddedKafka) -> None:
    """What it shows says when it was measured."""
    shown = Shown()

    def measured_at_s() -> float:
        found = re.search(
            r"^nagorik_lag_measured_at_seconds{.*} (\S+)$",
            shown.metrics.render().decode(),
            re.MULTILINE,
        )
        return float(found[1]) if found else 0.0

    async with running(
        LagMeter(Broker("catalogue", as_user(kafka, MEASURES_LAG)), shown.metrics, every_s=0.1)
    ):
        await until(measured_at_s)
        kafka.kill()
        await kafka.start()
        since_s = time.time()
        await until(lambda: measured_at_s() > since_s)
    assert topics.APPLICATIONS.name in shown.metrics.render().decode()
