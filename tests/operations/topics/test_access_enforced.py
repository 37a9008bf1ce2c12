"""The broker allows every user exactly what the map does, for every topic and group.

The users are made by `topics apply`. Requests list all topics by name, which a client library would
not do for topics that it cannot see.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.access import (
    OPERATORS,
    Grant,
    grants,
    ministry_grants,
    operator_grants,
    service_users,
)
from libs.contracts.topics import (
    APPLICATIONS,
    READING_SERVICES,
    dead_letter_topic,
    topics_by_name,
)
from libs.messaging.kafka.broker import client_options
from libs.messaging.kafka.draining import groups_behind
from operations.topics.access import apply_access
from operations.topics.admin import apply_topics
from operations.topics.topic_settings import SettingChange, change_settings, changes_of_settings
from tests.tools.commands.invoking import environment, invoke
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

OWN_ADAPTER, TOPIC_MAKER, STRANGER = "ministry-mopa", "topic-maker", "sandbox"
# What each may do; an operator of the embedded broker may do everything, without any row.
RIGHTS: Mapping[str, list[Grant]] = {
    **service_users(),
    OWN_ADAPTER: ministry_grants("mopa"),
    TOPIC_MAKER: operator_grants(),
    STRANGER: grants(STRANGER),
}
TOPICS = sorted([*topics_by_name(), *map(dead_letter_topic, READING_SERVICES)])
GROUPS = [f"{user}.applications.v1" for user in RIGHTS]
PASSWORDS = {user: f"only-for-tests-{user}" for user in RIGHTS}

_NODE = 1
_OF_GROUPS = 0
_ALLOWED, _TOPIC_REFUSED, _GROUP_REFUSED, _UNKNOWN_MEMBER = 0, 29, 30, 25


@pytest.fixture(scope="module")
async def broker(fresh_module_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A broker with every topic, the users of `topics apply`, and two more."""
    await apply_topics(fresh_module_kafka.client, ministries=bodies_by_id())
    words = ["topics", "apply", "--ministry", "mopa"]
    told = {f"{user.upper().replace('-', '_')}_KAFKA_PASSWORD": PASSWORDS[user] for user in RIGHTS}
    status, _ = await invoke(*words, **environment(fresh_module_kafka), **told)
    assert status == 0
    special = {user: RIGHTS[user] for user in (TOPIC_MAKER, STRANGER)}
    passwords = {user: PASSWORDS[user] for user in special}
    await apply_access(fresh_module_kafka.client, special, passwords)
    await until(lambda: _is_coordinating(fresh_module_kafka))
    return fresh_module_kafka


@pytest.mark.parametrize("user", RIGHTS)
async def test_a_user_can_write_its_topics_only(broker: EmbeddedKafka, user: str) -> None:
    """Those of which it is the writer in the map."""
    assert await _written(broker, user) == _named(user, "topic", "Write")


@pytest.mark.parametrize("user", RIGHTS)
async def test_a_user_can_read_its_topics_only(broker: EmbeddedKafka, user: str) -> None:
    """Those of which it is a reader in the map."""
    assert await _read(broker, user) == _named(user, "topic", "Read")


@pytest.mark.parametrize("user", RIGHTS)
async def test_a_user_has_its_own_groups_and_no_other(broker: EmbeddedKafka, user: str) -> None:
    """It cannot change the offsets of another service."""
    beginnings = tuple(_named(user, "group", "Read"))
    assert await _joined(broker, user) == {name for name in GROUPS if name.startswith(beginnings)}


@pytest.mark.parametrize("user", ["applications", TOPIC_MAKER])
async def test_who_adds_partitions_or_uses_them_sees_whether_the_old_ones_are_read(
    broker: EmbeddedKafka, user: str
) -> None:
    """The writer of a topic, and who makes topics, see where the groups of its readers are."""
    for name, readers in (
        ("submissions.hosted.v1", ("ministries.",)),
        ("applications.v1", ("documents.", "notifications.", "programme.")),
    ):
        behind = await groups_behind(_options(broker, user), name, 1)
        assert all(group.startswith(readers) for group in behind)


async def test_an_operator_may_do_everything(broker: EmbeddedKafka) -> None:
    """It can read, write and describe every topic and group."""
    assert await _written(broker, OPERATORS) == set(TOPICS)
    assert await _read(broker, OPERATORS) == set(TOPICS)
    assert await _joined(broker, OPERATORS) == set(GROUPS)


async def test_the_user_that_makes_topics_needs_no_other_rights(broker: EmbeddedKafka) -> None:
    """For `topics apply` on a cluster that makes its users itself."""
    options = _options(broker, TOPIC_MAKER)
    assert await apply_topics(options) == []
    assert await changes_of_settings(options) == []
    same = SettingChange("applications.v1", "retention.ms", "", str(APPLICATIONS.retention_ms))
    await change_settings(options, [same])


async def _is_coordinating(broker: EmbeddedKafka) -> bool:
    """Whether the broker coordinates groups; it starts to after the first request."""
    async with _client(broker, OPERATORS) as client:
        answer = await client.send(_NODE, FindCoordinatorRequest(GROUPS[0], _OF_GROUPS))
        beats = [await client.send(_NODE, HeartbeatRequest(group, 1, "nobody")) for group in GROUPS]
    codes = {answer.error_code, *(beat.error_code for beat in beats)}
    return codes == {_ALLOWED, _UNKNOWN_MEMBER}


def _named(user: str, kind: str, operation: str) -> set[str]:
    return {
        grant.name for grant in RIGHTS[user] if grant.kind == kind and operation in grant.operations
    }


def _options(broker: EmbeddedKafka, user: str) -> dict[str, Any]:
    if user == OPERATORS:
        return broker.client
    security = broker.security | {"username": user, "password": PASSWORDS[user]}
    return client_options(broker.bootstrap, security)


@asynccontextmanager
async def _client(broker: EmbeddedKafka, user: str) -> AsyncIterator[AIOKafkaClient]:
    client = AIOKafkaClient(**_options(broker, user))
    await client.bootstrap()
    yield client
    await client.close()


async def _written(broker: EmbeddedKafka, user: str) -> set[str]:
    batch = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1024)
    # Of now: Kafka deletes what is older than the topic's retention, at any moment.
    batch.append(0, time.time_ns() // 1_000_000, b"k", b"{}", [])
    record = bytes(batch.build())
    request = ProduceRequest(None, -1, 10_000, [(topic, [(0, record)]) for topic in TOPICS])
    async with _client(broker, user) as client:
        answer = await client.send(_NODE, request)
    return _allowed({topic: parts[0][1] for topic, parts in answer.topics})


async def _read(broker: EmbeddedKafka, user: str) -> set[str]:
    asked = [(topic, [(0, 0, 1024)]) for topic in TOPICS]
    async with _client(broker, user) as client:
        answer = await client.send(_NODE, FetchRequest(0, 0, 1024, 0, asked))
    return _allowed({topic: parts[0][1] for topic, parts in answer.topics})


def _allowed(codes: Mapping[str, int]) -> set[str]:
    assert set(codes) == set(TOPICS)
    assert set(codes.values()) <= {_ALLOWED, _TOPIC_REFUSED}
    return {topic for topic, code in codes.items() if code == _ALLOWED}


async def _joined(broker: EmbeddedKafka, user: str) -> set[str]:
    # Its own partition may have had no leader for a moment, where a busy broker missed a heartbeat.
    await until(lambda: _is_coordinating(broker))
    async with _client(broker, user) as client:
        codes = {
            group: (await client.send(_NODE, HeartbeatRequest(group, 1, "nobody"))).error_code
            for group in GROUPS
        }
    assert set(codes.values()) <= {_UNKNOWN_MEMBER, _GROUP_REFUSED}
    return {group for group, code in codes.items() if code == _UNKNOWN_MEMBER}
