"""Users and access lists on a real broker."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from libs.contracts import topics
from libs.contracts.access import Grant
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.broker import client_options
from operations.topics.access import AccessNotApplied, apply_access
from tests.libs.messaging.scenes import own_name
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

IDENTITY = Grant("topic", topics.IDENTITY.name, ("Read", "Describe"))
MESSAGES = Grant("topic", topics.MESSAGES.name, ("Read", "Describe"))


@pytest.fixture
async def user(kafka: EmbeddedKafka) -> AsyncIterator[str]:
    """A user of the test, whose rights are removed afterwards."""
    name = own_name()
    yield name
    await apply_access(kafka.client, {name: []}, {})


async def sees(kafka: EmbeddedKafka, user: str, password: str) -> set[str]:
    """The topics that exist for a user."""
    async with administering(_options(kafka, user, password)) as admin:
        return set(await admin.list_topics())


def _options(kafka: EmbeddedKafka, user: str, password: str) -> Mapping[str, Any]:
    return client_options(
        kafka.bootstrap, kafka.security | {"username": user, "password": password}
    )


async def test_what_was_applied_is_in_force_at_once(kafka: EmbeddedKafka, user: str) -> None:
    """A user can log in and sees its topics as soon as the step has ended."""
    await apply_access(kafka.client, {user: [IDENTITY]}, {user: "one"})
    assert await sees(kafka, user, "one") == {"identity.v1"}


async def test_a_right_that_the_map_does_not_have_is_removed(
    kafka: EmbeddedKafka, user: str
) -> None:
    """A right that is removed from the map is removed from the user, a new one is added."""
    await apply_access(kafka.client, {user: [IDENTITY]}, {user: "one"})
    await apply_access(kafka.client, {user: [MESSAGES]}, {})
    assert await sees(kafka, user, "one") == {"messages.v1"}


async def test_applying_again_changes_nothing(kafka: EmbeddedKafka, user: str) -> None:
    """A deploy step may run any number of times."""
    for _ in range(2):
        await apply_access(kafka.client, {user: [IDENTITY]}, {user: "one"})
    assert await sees(kafka, user, "one") == {"identity.v1"}


async def test_the_rights_of_others_are_left_alone(kafka: EmbeddedKafka, user: str) -> None:
    """The rights of other users do not change."""
    await apply_access(kafka.client, {user: [IDENTITY]}, {user: "one"})
    await apply_access(kafka.client, {f"{user}-other": [MESSAGES]}, {})
    assert await sees(kafka, user, "one") == {"identity.v1"}
    await apply_access(kafka.client, {f"{user}-other": []}, {})


async def test_a_password_is_changed(kafka: EmbeddedKafka, user: str) -> None:
    """The new password works, the old one does not."""
    await apply_access(kafka.client, {user: [IDENTITY]}, {user: "one"})
    await apply_access(kafka.client, {user: [IDENTITY]}, {user: "two"})
    await until(lambda: _is_refused(kafka, user, "one"))
    assert await sees(kafka, user, "two") == {"identity.v1"}


async def test_a_user_without_a_password_of_ours_gets_rights_only(
    kafka: EmbeddedKafka, user: str
) -> None:
    """If another system makes the users, the step does not."""
    await apply_access(kafka.client, {user: [IDENTITY]}, {})
    assert await _is_refused(kafka, user, "")


async def test_a_refusal_of_the_broker_fails(kafka: EmbeddedKafka, user: str) -> None:
    """The step fails if the broker refuses a right."""
    with pytest.raises(AccessNotApplied):
        await apply_access(kafka.client, {user: [Grant("topic", "", ("Read",))]}, {})


async def _is_refused(kafka: EmbeddedKafka, user: str, password: str) -> bool:
    try:
        await sees(kafka, user, password)
    except KafkaConnectionError:
        return True
    return False
