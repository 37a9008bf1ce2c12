"""What the access lists mean to a real broker."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from deploy.access import OPERATORS, grants, ministry_grants, operator_grants
from libs.messaging.admin import apply_topics
from libs.messaging.broker import PRODUCER
from services.supervision.plan import SERVICES
from tests.deploy.secured import SecuredKafka

OWN_ADAPTER = "ministry-mopa"
USERS = {
    **{service: grants(service) for service in SERVICES},
    OPERATORS: operator_grants(),
    OWN_ADAPTER: ministry_grants("mopa"),
}


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[SecuredKafka]:
    """A broker with all users and, made by the operators' user, all topics."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-secured-"))
    async with SecuredKafka(folder, USERS) as broker:
        await apply_topics(broker.secured, security=broker.security(OPERATORS))
        yield broker
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("applications", "submissions.mopa.v1"),
        ("applications", "applications.deadletter.v1"),
        ("ministries", "ministries.mopa.v1"),
        ("identity", "messages.v1"),
        ("catalogue", "catalogue.v1"),
        (OWN_ADAPTER, "ministries.mopa.v1"),
    ],
)
async def test_a_writer_writes(kafka: SecuredKafka, user: str, topic: str) -> None:
    """Who says a topic can write it with our producer's settings."""
    await _write(kafka, user, topic)


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("gateway", "applications.v1"),
        ("ministries", "applications.v1"),
        ("applications", "ministries.deadletter.v1"),
        (OPERATORS, "applications.v1"),
        (OWN_ADAPTER, "ministries.mof.v1"),
        ("sandbox", "catalogue.v1"),
    ],
)
async def test_nobody_else_writes(kafka: SecuredKafka, user: str, topic: str) -> None:
    """Who does not say a topic is refused by the broker."""
    # Who may write nothing at all is not even given a producer's number.
    with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
        await _write(kafka, user, topic)


@pytest.mark.parametrize(
    ("user", "topic", "sees"),
    [
        ("ministries", "submissions.mopa.v1", True),
        ("notifications", "messages.v1", True),
        ("gateway", "applications.v1", True),
        (OWN_ADAPTER, "submissions.mopa.v1", True),
        (OWN_ADAPTER, "submissions.mof.v1", False),
        ("notifications", "submissions.mopa.v1", False),
        ("applications", "ministries.deadletter.v1", False),
        ("gateway", "messages.v1", False),
    ],
)
async def test_topics_are_seen_by_their_readers(
    kafka: SecuredKafka, user: str, topic: str, *, sees: bool
) -> None:
    """To whoever may not read it a topic does not even exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.secured, **kafka.security(user))
    await admin.start()
    try:
        assert (topic in await admin.list_topics()) is sees
    finally:
        await admin.close()


async def test_a_group_of_its_own_is_joined(kafka: SecuredKafka) -> None:
    """A service's consumer reads what was written, and commits in a group under its own name."""
    await _write(kafka, "identity", "messages.v1")
    assert await _read_and_commit(kafka, "notifications.messages.v1") >= 1


async def test_a_group_of_another_is_closed(kafka: SecuredKafka) -> None:
    """A service cannot move the offsets of another one."""
    with pytest.raises(KafkaError):
        await _read_and_commit(kafka, "applications.messages.v1")


async def _write(kafka: SecuredKafka, user: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.secured, **PRODUCER, **kafka.security(user))
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", key=b"k")
    finally:
        await producer.stop()


async def _read_and_commit(kafka: SecuredKafka, group: str) -> int:
    consumer = AIOKafkaConsumer(
        "messages.v1",
        bootstrap_servers=kafka.secured,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **kafka.security("notifications"),
    )
    try:
        await consumer.start()
        found = await consumer.getmany(timeout_ms=10_000)
        await consumer.commit()
    finally:
        await consumer.stop()
    return sum(len(records) for records in found.values())
