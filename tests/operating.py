"""The embedded broker for an operator, and for a service with its own rights."""

from collections.abc import Mapping

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from libs.contracts.access import Grant
from libs.messaging.kafka.broker import client_options
from libs.settings import ServiceSettings
from operations.topics.access import apply_access
from tools.embedded.kafka import EmbeddedKafka

PASSWORD = "only-for-tests"


def as_operator(kafka: EmbeddedKafka) -> dict[str, str]:
    """Settings of a service that logs in as the broker's operator, who may do everything."""
    security = kafka.security
    return {
        "NAGORIK_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "NAGORIK_KAFKA_SECURITY": security["protocol"],
        "kafka_user": security["username"],
        "kafka_password": security["password"],
    }


def as_user(kafka: EmbeddedKafka, user: str) -> ServiceSettings:
    """Settings of a service with the rights that `give` gave its user."""
    own = {"kafka_user": user, "kafka_password": PASSWORD}
    return ServiceSettings.model_validate({**as_operator(kafka), **own})


async def can_log_in(kafka: EmbeddedKafka, user: str, password: str) -> bool:
    """Whether a user can log in."""
    return await may_log_in(
        kafka.bootstrap, {**kafka.security, "username": user, "password": password}
    )


async def may_log_in(bootstrap: str, security: Mapping[str, str]) -> bool:
    """Whether brokers accept this user and password."""
    client = AIOKafkaClient(**client_options(bootstrap, security))
    try:
        await client.bootstrap()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


async def give(kafka: EmbeddedKafka, user: str, *granted: Grant) -> None:
    """Give a user exactly these rights."""
    await apply_access(kafka.client, {user: granted}, {user: PASSWORD})


def reading(topic: str) -> Grant:
    return Grant("topic", topic, ("Read", "Describe"))


def writing(topic: str) -> Grant:
    return Grant("topic", topic, ("Write", "Describe"))


def groups_of(user: str) -> Grant:
    """The rights of a user to its own groups."""
    return Grant("group", f"{user}.", ("Read",), is_prefix=True)
