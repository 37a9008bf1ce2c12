"""Makes the topics of the map on a cluster; run as a deploy step (`topics apply`)."""

from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
)

_LARGEST_RECORD_BYTES = 2 * 1024 * 1024

log = structlog.get_logger()


class TopicsNotApplied(Exception):
    """The cluster refused to make a topic."""


async def apply_topics(client: Mapping[str, Any], *, replicas: int = 1) -> list[str]:
    """Make missing topics of the map, and add partitions where the map has more.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        replicas: copies of each partition; 3 in production, 1 on the embedded broker.

    Returns:
        The names of topics that were made or got more partitions.

    Raises:
        TopicsNotApplied: the cluster refused a topic.
    """
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        wanted = {topic.name: topic for topic in new_topics(replicas)}
        there = set(await admin.list_topics())
        made = [wanted[name] for name in sorted(wanted.keys() - there)]
        if made:
            _check(await admin.create_topics(made, timeout_ms=30_000))
        grown = await _grow(admin, {name: wanted[name] for name in wanted.keys() & there})
    finally:
        await admin.close()
    changed = [topic.name for topic in made] + grown
    log.info("topics applied", made=len(made), grown=len(grown), there=len(there))
    return changed


def new_topics(replicas: int) -> list[NewTopic]:
    """Every topic of the map, with its partitions and settings.

    Args:
        replicas: copies of each partition.
    """
    topics = [
        NewTopic(
            name,
            topic.partitions,
            replicas,
            topic_configs=_configuration(topic) | _safety(replicas),
        )
        for topic in TOPICS
        for name in topic.names()
    ]
    dead_letters = {
        "retention.ms": str(DEAD_LETTER_RETENTION_MS),
        "max.message.bytes": str(_LARGEST_RECORD_BYTES),
    }
    topics += [
        NewTopic(
            dead_letter_topic(service), 1, replicas, topic_configs=dead_letters | _safety(replicas)
        )
        for service in READING_SERVICES
    ]
    return topics


def _configuration(topic: Topic) -> dict[str, str]:
    if topic.compacted:
        return {"cleanup.policy": "compact"}
    return {"retention.ms": str(topic.retention_ms)}


def _safety(replicas: int) -> dict[str, str]:
    """A record is acknowledged when all replicas but one have it; only an in-sync one can lead."""
    return {
        "min.insync.replicas": str(max(1, replicas - 1)),
        "unclean.leader.election.enable": "false",
    }


async def _grow(admin: AIOKafkaAdminClient, wanted: Mapping[str, NewTopic]) -> list[str]:
    described = await admin.describe_topics(sorted(wanted))
    fewer = {
        each["topic"]: wanted[each["topic"]].num_partitions
        for each in described
        if len(each["partitions"]) < wanted[each["topic"]].num_partitions
    }
    if fewer:
        await admin.create_partitions(
            {name: NewPartitions(total_count=count) for name, count in fewer.items()}
        )
    return sorted(fewer)


def _check(response: Any) -> None:
    for row in response.topic_errors:
        name, code = row[0], row[1]
        failure = for_code(code)
        if code and failure is not TopicAlreadyExistsError:
            raise TopicsNotApplied(f"{name}: {failure.__name__}")
