"""The effective settings of what really reads and writes, not of our tables."""

from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy

from libs.contracts import topics
from libs.messaging.broker import CONSUMER, PRODUCER, Broker, Records
from libs.messaging.reading import SafeConsumer
from libs.settings import ServiceSettings
from tests.libs.messaging.scene import settings_for
from tools.embedded.kafka import EmbeddedKafka

NAMES = [topics.APPLICATIONS.name]


async def ignore(_: Records) -> None:
    """Take a batch and do nothing."""


async def started_consumer(settings: ServiceSettings, group: str | None) -> tuple[Any, Any, Any]:
    """A consumer as FastStream started it, its subscriber, and the broker to be stopped."""
    broker = Broker("settings-test", settings)
    faststream = broker.faststream()
    subscription = broker.subscribe(faststream, NAMES, ignore, group=group)
    await faststream.start()
    consumer = subscription.consumer
    assert isinstance(consumer, AIOKafkaConsumer)
    return consumer, subscription._subscriber, faststream


async def test_started_consumer_has_our_settings(kafka: EmbeddedKafka) -> None:
    """What FastStream made of the table: earliest, no commits of its own, static membership."""
    consumer, subscriber, faststream = await started_consumer(
        settings_for(kafka, replica="7"), "settings-test.x"
    )
    try:
        assert isinstance(consumer, SafeConsumer)
        assert consumer._auto_offset_reset == "earliest"
        assert consumer._enable_auto_commit is False
        assert consumer._group_instance_id == "settings-test.x-7"
        assert consumer._fetcher._fetch_max_wait_ms == CONSUMER["fetch_max_wait_ms"]
        assert consumer._coordinator._session_timeout_ms == CONSUMER["session_timeout_ms"]
        assert consumer._coordinator._heartbeat_interval_ms == CONSUMER["heartbeat_interval_ms"]
        assert consumer._coordinator._max_poll_interval == CONSUMER["max_poll_interval_ms"] / 1000
        assert consumer._client._metadata_max_age_ms == 10_000
        assert subscriber.batch_timeout_ms == CONSUMER["batch_timeout_ms"]
        assert subscriber.max_records == CONSUMER["max_records"]
        assert subscriber.ack_policy is AckPolicy.MANUAL
        assert faststream.config.broker_config.allow_auto_create_topics is False
    finally:
        await faststream.stop()


async def test_a_consumer_finds_its_way_by_any_broker_that_is_named(kafka: EmbeddedKafka) -> None:
    """The first of a list is away, as one of three may be."""
    settings = settings_for(kafka)
    settings.kafka_bootstrap = f"127.0.0.1:1,{kafka.bootstrap}"
    consumer, _, faststream = await started_consumer(settings, None)
    try:
        assert consumer.assignment()
    finally:
        await faststream.stop()


async def test_live_view_reads_from_the_end_without_a_group(kafka: EmbeddedKafka) -> None:
    """Every replica sees everything new, and leaves no offsets behind."""
    consumer, _, faststream = await started_consumer(settings_for(kafka), None)
    try:
        assert consumer._group_id is None
        assert consumer._auto_offset_reset == "latest"
        assert consumer._group_instance_id is None
    finally:
        await faststream.stop()


async def test_started_producer_has_our_settings(kafka: EmbeddedKafka) -> None:
    """Acknowledged by all in-sync replicas, idempotent, and batches that a topic takes."""
    producer = Broker("settings-test", settings_for(kafka)).producer()
    await producer.start()
    try:
        sender = producer._sender
        assert sender._acks == -1
        assert producer._txn_manager is not None
        assert producer._message_accumulator._linger_time == PRODUCER["linger_ms"] == 0
        assert producer._request_timeout_ms == PRODUCER["request_timeout_ms"] == 40_000
        assert producer._message_accumulator._batch_size == PRODUCER["max_batch_size"]
        assert PRODUCER["max_batch_size"] < 1024 * 1024
    finally:
        await producer.stop()


def test_plain_text_needs_no_security_settings() -> None:
    """Brokers that ask nobody who he is are spoken to without any."""
    broker = Broker("x", ServiceSettings())
    assert broker.client == {"bootstrap_servers": "127.0.0.1:9092"}
    assert broker.security is None


def test_scram_over_tls_is_told_to_the_client() -> None:
    """User, password and certificates reach the client under its own names."""
    settings = ServiceSettings.model_validate(
        {"NAGORIK_KAFKA_SECURITY": "SASL_SSL", "kafka_user": "u", "kafka_password": "p"}
    )
    told = Broker("x", settings).client
    assert told["security_protocol"] == "SASL_SSL"
    assert told["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (told["sasl_plain_username"], told["sasl_plain_password"]) == ("u", "p")
    assert told["ssl_context"].check_hostname
