import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from libs.embedded.errors import EmbeddedStackFailed
from libs.embedded.founding import found
from libs.embedded.kafka import EmbeddedKafka
from libs.embedded.processes import start_time
from tests.libs.embedded.conftest import pid_left_by_killed_owner


@pytest.fixture(scope="module")
async def kafka(module_folder: Path) -> AsyncIterator[EmbeddedKafka]:
    async with EmbeddedKafka(module_folder) as broker:
        yield broker


async def topics(bootstrap: str, *wanted: str, copies: int = 1) -> list[str]:
    """Make topics, and list all."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, copies) for name in wanted])
        listed: list[str] = await admin.list_topics()
    finally:
        await admin.close()
    return listed


async def send(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def first_value(bootstrap: str, topic: str) -> bytes:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), timeout=10)
    value: bytes = record.value
    return value


async def test_killed_broker_comes_back_with_its_port_and_data(kafka: EmbeddedKafka) -> None:
    """What was acknowledged is there after a crash, at the same address."""
    before = kafka.bootstrap
    await topics(before, "kept")
    await send(before, "kept", b"application")
    kafka.kill()
    assert kafka.pid is None
    assert await kafka.start() == before
    assert await first_value(before, "kept") == b"application"


async def test_starting_twice_is_harmless(kafka: EmbeddedKafka) -> None:
    """A second start of the same broker changes nothing."""
    pid = kafka.pid
    await kafka.start()
    assert kafka.pid == pid


async def test_folder_in_use_is_refused(kafka: EmbeddedKafka, module_folder: Path) -> None:
    """A second broker never writes beside the first."""
    with pytest.raises(EmbeddedStackFailed, match="already runs"):
        await EmbeddedKafka(module_folder).start()
    assert kafka.is_running


async def test_failed_start_leaves_nothing_running_and_shows_the_log(folder: Path) -> None:
    """A broker that cannot start says why, and is gone."""
    (folder / "data").mkdir()
    (folder / "data" / "meta.properties").write_text("version=1\nnode.id=9\ncluster.id=other\n")
    kafka = EmbeddedKafka(folder)
    with pytest.raises(EmbeddedStackFailed, match=r"ended while starting(.|\n)*meta.properties"):
        await kafka.start()
    assert kafka.pid is None


async def test_broker_left_by_a_killed_owner_is_ended_and_replaced(folder: Path) -> None:
    """A crash of the owner blocks neither folder nor port."""
    left = pid_left_by_killed_owner("libs.embedded.kafka", "EmbeddedKafka", folder)
    assert start_time(left) is not None
    ports = (folder / "ports.json").read_text()
    async with EmbeddedKafka(folder) as kafka:
        assert start_time(left) is None
        assert kafka.pid != left
        assert (folder / "ports.json").read_text() == ports


async def test_three_brokers_hold_three_copies_and_come_back_whole(folder: Path) -> None:
    """A record is on all three; all killed at once, they start with what they had acknowledged."""
    async with EmbeddedKafka(folder, brokers=3) as kafka:
        addresses = kafka.bootstrap
        assert len(addresses.split(",")) == 3
        await topics(addresses, "kept", copies=3)
        await send(addresses, "kept", b"application")
        kafka.kill()
        assert not kafka.is_running
        assert await kafka.start() == addresses
        assert await first_value(addresses, "kept") == b"application"


async def test_a_folder_says_how_many_brokers_it_has(folder: Path) -> None:
    """Asked for nothing, as many as before; asked for another number, none."""
    found(folder, 3)
    assert list(EmbeddedKafka(folder).nodes) == [1, 2, 3]
    with pytest.raises(EmbeddedStackFailed, match="was made with 3"):
        await EmbeddedKafka(folder, brokers=1).start()
