"""The settings of the whole service, and what it announces."""

from aiokafka import AIOKafkaConsumer

from libs.contracts.events import Event
from libs.contracts.topics import topics_by_name
from libs.messaging.envelope import decode
from services.ministries.settings import Settings
from tests.operating import as_operator
from tools.embedded.kafka import EmbeddedKafka

MASTER = "a-master-secret-for-tests-and-nothing-else"
TOPIC = "ministries.hosted.v1"


def made_settings(
    kafka: EmbeddedKafka, dsn: str, ministries_url: str, port: int, **others: object
) -> Settings:
    """Settings of a service on a free port."""
    return Settings.model_validate(
        {
            **as_operator(kafka),
            "port": port,
            "dsn": dsn,
            "ministries_url": ministries_url,
            "private_networks": "127.0.0.0/8",
            "ministry_secret": MASTER,
            **others,
        }
    )


async def events_about(kafka: EmbeddedKafka, key: str, count: int) -> list[Event]:
    """Read the first events about an application in the ministry's topic."""
    reader = AIOKafkaConsumer(TOPIC, **kafka.client, auto_offset_reset="earliest")
    await reader.start()
    found: list[Event] = []
    try:
        async for record in reader:
            if record.key == key.encode():
                topic = topics_by_name()[TOPIC]
                found.append(decode(topic, TOPIC, record.headers, record.value))
            if len(found) == count:
                break
    finally:
        await reader.stop()
    return found
