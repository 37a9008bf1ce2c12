"""The settings of consumers and producers."""

from typing import Any

from faststream import AckPolicy

from libs.contracts import topics
from libs.messaging.kafka.broker import CONSUMER, PRODUCER, Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.broadcast import BroadcastRouter, make_broadcast_consumers
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    consumer,
    members,
    own_name,
    running,
    settings_for,
)
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

TOPIC = topics.APPLICATIONS


def test_settings_of_a_consumer() -> None:
    """The settings differ where FastStream's defaults would lose or delay records."""
    assert CONSUMER["auto_offset_reset"] == "earliest"
    assert CONSUMER["ack_policy"] is AckPolicy.NACK_ON_ERROR
    assert CONSUMER["batch_timeout_ms"] == 5
    assert "fetch_min_bytes" not in CONSUMER


async def test_a_replica_is_a_static_member_of_its_groups(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A killed replica gets its partitions back without a rebalance."""
    name = own_name()
    part = consumer(
        await database_for("applications"), RecordingHandler(), kafka, name=name, replica="7"
    )
    async with running(part):
        await until(lambda: part.consumer is not None and part.consumer.assignment())
        (member,) = await members(kafka, part.group)
    assert member.startswith(f"{part.group}-7-")


async def test_a_consumer_connects_by_any_broker_of_the_list(kafka: EmbeddedKafka) -> None:
    """A consumer connects although the first broker of the list is down."""
    settings = settings_for(kafka)
    settings.kafka_bootstrap = f"127.0.0.1:1,{kafka.bootstrap}"
    router = BroadcastRouter("settings-test")

    @router.subscriber(TOPIC)
    async def on_events(batch: Batch[Any]) -> None:
        """Nothing is consumed."""

    broker = Broker("settings-test", settings)
    (part,) = make_broadcast_consumers([router], broker=broker, metrics=Metrics("gateway"))
    async with running(part):
        await until(lambda: part.health().ready)


def test_a_record_is_acknowledged_by_all_replicas_and_written_once() -> None:
    """The loss of a broker loses no event, and a repeated send doubles none."""
    assert (PRODUCER["acks"], PRODUCER["enable_idempotence"]) == ("all", True)
    assert PRODUCER["max_batch_size"] < 1024 * 1024, "more than a topic takes at once"


def test_plain_text_needs_no_security_settings() -> None:
    """A connection to brokers without login has no security settings."""
    broker = Broker("x", ServiceSettings())
    assert broker.client == {"bootstrap_servers": "127.0.0.1:9092"}
    assert broker.security is None


def test_scram_over_tls_is_passed_to_the_client() -> None:
    """User, password and certificates are passed to the client under its own names."""
    settings = ServiceSettings.model_validate(
        {"NAGORIK_KAFKA_SECURITY": "SASL_SSL", "kafka_user": "u", "kafka_password": "p"}
    )
    told = Broker("x", settings).client
    assert told["security_protocol"] == "SASL_SSL"
    assert told["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (told["sasl_plain_username"], told["sasl_plain_password"]) == ("u", "p")
    assert told["ssl_context"].check_hostname
