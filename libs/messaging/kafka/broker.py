"""Our Kafka settings. FastStream's defaults differ on nearly all of them and can lose messages.

| setting | ours | FastStream 0.7 | why |
| --- | --- | --- | --- |
| acknowledgement | by us, after the commit | before the handler | a crash must not skip a record |
| auto_offset_reset | earliest | latest | a new group must not skip what came before it |
| acks | all, idempotent | 1 | an acknowledged event survives a broker |
| topic creation | `topics apply` | on first use | a mistyped topic must not swallow events |
| headers | raw bytes | decoded | one bad header would skip the record silently |
| idle wait | 5 ms | 200 ms | it is paid at every hop |
"""

import ssl
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream import AckPolicy, BaseMiddleware
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.security import BaseSecurity, SASLScram512

from libs.contracts.topics import largest_batch_bytes
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.kafka.leaving import leave_group
from libs.settings import ServiceSettings

log = structlog.get_logger()

CONSUMER: Mapping[str, Any] = {
    "auto_offset_reset": "earliest",
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "batch_timeout_ms": 5,
    "max_records": 1000,
    # The first record ends a fetch at once. Each names all partitions of its reader: with a wait of
    # half a second an idle platform takes 0.03 cores more.
    "fetch_max_wait_ms": 2_000,
    # aiokafka's task that sends fetches looks again after this time, also where nothing happens.
    # Events wake it: answers, polled records, a rebalance, a resumed partition.
    "consumer_timeout_ms": 2_000,
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 1_000,
    "max_poll_interval_ms": 600_000,
}
# The brokers let records gather while a fetch may wait: fewer fetches and transactions.
GATHERING: Mapping[str, Any] = {
    **CONSUMER,
    "fetch_min_bytes": 256 * 1024,
    "fetch_max_wait_ms": 500,
}
# Where records seldom come, a rebalance may take longer.
QUIET: Mapping[str, Any] = {**CONSUMER, "heartbeat_interval_ms": 3_000}
_BATCH_MARGIN_BYTES = 1024
PRODUCER: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    # A batch must be below the limit of a topic (1 MiB); a larger record is sent alone.
    "max_batch_size": 512 * 1024,
    "max_request_size": 8 * 1024 * 1024,
    "linger_ms": 0,
    "request_timeout_ms": 40_000,
}


def client_options(bootstrap: str, security: Mapping[str, str] | None) -> dict[str, Any]:
    """Addresses and login of the brokers, as arguments of aiokafka.

    Args:
        bootstrap: Kafka brokers, host:port.
        security: `protocol`, `mechanism`, `username` and `password`, as in `kafka.security` of
            `.nagorik/state.json`; None if the brokers require no login.
    """
    options: dict[str, Any] = {"bootstrap_servers": bootstrap}
    if security is None:
        return options
    return options | {
        "security_protocol": security["protocol"],
        "sasl_mechanism": security["mechanism"],
        "sasl_plain_username": security["username"],
        "sasl_plain_password": security["password"],
    }


def batch_bytes(service: str) -> int:
    """The largest batch of a service's producer: every topic that it writes takes it."""
    usual: int = PRODUCER["max_batch_size"]
    return min(usual, largest_batch_bytes(service) - _BATCH_MARGIN_BYTES)


class Broker:
    """The connection of one service process to Kafka.

    Args:
        service: the service's name: its client id and the prefix of its groups.
        settings: addresses and login of the brokers.
        topics_looked_up_every_s: seconds after which a topic is found that was made, or may be
            read, later.
    """

    def __init__(
        self, service: str, settings: ServiceSettings, *, topics_looked_up_every_s: float = 10.0
    ) -> None:
        self.service = service
        self._settings = settings
        self._metadata_max_age_ms = int(topics_looked_up_every_s * 1000)

    def for_routers(self, *routers: KafkaRouter, middleware: type[BaseMiddleware]) -> KafkaBroker:
        """Make FastStream's broker over these routers, not yet connected; see `connect`."""
        return KafkaBroker(
            self._settings.kafka_bootstrap.split(","),  # FastStream takes a string as one address
            routers=routers,
            middlewares=[middleware],
            client_id=f"{self.service}-{self._settings.replica}",
            serializer=None,  # the decoder types what handlers get; models of it take 8 ms a start
            consumer_only=True,  # events are published by the relay, from the outbox
            allow_auto_create_topics=False,
            # With aiokafka's 100 an outage takes 0.58 cores, not 0.26, and five times the log.
            retry_backoff_ms=500,
            metadata_max_age_ms=self._metadata_max_age_ms,
            security=self._security(),
            graceful_timeout=self._settings.drain_s,
            logger=None,
        )

    async def connect(self, broker: KafkaBroker) -> None:
        """Connect FastStream's broker, which then builds our consumers; may be repeated."""
        built = await broker.connect()
        broker.config.broker_config.builder = partial(
            self._build, options=getattr(built, "keywords", {})
        )

    def _build(
        self, *, group_id: str | None, options: Mapping[str, Any], **more: Any
    ) -> ResumingConsumer:
        member = {"group_instance_id": self.member_of(group_id)} if group_id else {}
        return ResumingConsumer(group_id=group_id, **{**options, **more, **member})

    def member_of(self, group: str) -> str:
        """The name of this replica as a static member of a group."""
        return f"{group}-{self._settings.replica}"

    async def leave(self, group: str) -> None:
        """Leave a group, so that other members take over at once, not when the session ends."""
        try:
            await leave_group(self.client, group, self.member_of(group))
        except (KafkaError, OSError) as failure:
            log.warning("group not left", group=group, failure=type(failure).__name__)

    def producer(self) -> AIOKafkaProducer:
        """Make a producer; a record is acknowledged when all in-sync replicas have it."""
        options = {**PRODUCER, "max_batch_size": batch_bytes(self.service)}
        return AIOKafkaProducer(
            client_id=f"{self.service}-{self._settings.replica}", **options, **self.client
        )

    def retrying_producer(self) -> AIOKafkaProducer:
        """Make a producer for destinations that failed, which gives a batch up after 5 s.

        An idempotent producer tries for ever, and cannot write a partition again after a failure.
        """
        options = {**PRODUCER, "enable_idempotence": False, "request_timeout_ms": 5_000}
        return AIOKafkaProducer(
            client_id=f"{self.service}-{self._settings.replica}", **options, **self.client
        )

    @property
    def client(self) -> dict[str, Any]:
        """Addresses and login of the brokers, as arguments of aiokafka."""
        settings = self._settings
        options = client_options(settings.kafka_bootstrap, self.security)
        if settings.kafka_security.endswith("SSL"):
            options |= {"security_protocol": settings.kafka_security, "ssl_context": self._tls()}
        return options

    @property
    def security(self) -> dict[str, str] | None:
        """The login, as in `kafka.security` of `.nagorik/state.json`, or None."""
        if not self._settings.kafka_security.startswith("SASL"):
            return None
        return {
            "protocol": self._settings.kafka_security,
            "mechanism": "SCRAM-SHA-512",
            "username": self._settings.kafka_user,
            "password": self._settings.kafka_password,
        }

    def _security(self) -> BaseSecurity | None:
        settings = self._settings
        if settings.kafka_security == "PLAINTEXT":
            return None
        context = self._tls() if settings.kafka_security.endswith("SSL") else None
        if settings.kafka_security == "SSL":
            return BaseSecurity(ssl_context=context, use_ssl=True)
        return SASLScram512(
            username=settings.kafka_user,
            password=settings.kafka_password,
            ssl_context=context,
            use_ssl=context is not None,
        )

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._settings.kafka_ca_file or None)
