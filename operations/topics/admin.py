"""Makes the topics of the map on a cluster; run as a deploy step (`topics apply`).

The two topics of a ministry that runs its own adapter are made with its user: most ministries need
none, and each broker holds files and memory for every partition (decision 19).

A partition that is added may change the partition of a key. Our own writers use the old number
until all readers have read what is there (`blocked.py`), so adding one is safe while they write.
Topics that ministries' own adapters write get one only when their readers have read everything.
"""

from collections.abc import Collection, Mapping
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from libs.contracts.topics import (
    DEAD_LETTER_RETENTION_MS,
    LARGEST_DEAD_LETTER_BYTES,
    OWN_ADAPTER,
    READING_SERVICES,
    TOPICS,
    Topic,
    dead_letter_topic,
    topics_by_name,
)
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.draining import groups_behind

_SEGMENT_MS = 24 * 3600 * 1000  # a topic that keeps less than this has segments of its own length

log = structlog.get_logger()


class TopicsNotApplied(Exception):
    """The cluster refused to make a topic."""


async def apply_topics(
    client: Mapping[str, Any],
    *,
    replicas: int = 1,
    ministries: Collection[str] = (),
    dry_run: bool = False,
) -> list[str]:
    """Make missing topics of the map, and add partitions where the map has more.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        replicas: copies of each partition; 3 in production, 1 on the embedded broker.
        ministries: the ministries whose own topics are made, too.
        dry_run: change nothing.

    Returns:
        The names of topics that were, or would be, made or get more partitions.

    Raises:
        TopicsNotApplied: the cluster refused a topic, or a topic that others write, and that would
            get more partitions, has records that were not read; no topic has more partitions then.
    """
    async with administering(client) as admin:
        wanted = {topic.name: topic for topic in new_topics(replicas)}
        there = set(await admin.list_topics())
        missing = wanted.keys() - there - _of_other_adapters(ministries)
        made = [wanted[name] for name in sorted(missing)]
        if made and not dry_run:
            _check(await admin.create_topics(made, timeout_ms=30_000))
        partitions = {name: wanted[name].num_partitions for name in wanted.keys() & there}
        grown = await add_partitions(admin, client, partitions, dry_run=dry_run)
    changed = [topic.name for topic in made] + grown
    log.info("topics applied", made=len(made), grown=len(grown), there=len(there))
    return changed


def _of_other_adapters(ministries: Collection[str]) -> set[str]:
    """The names of the own topics of all other ministries."""
    return {
        name
        for topic in TOPICS
        if topic.per_ministry
        for name in topic.names()
        if topic.ministry_of(name) not in ministries
    }


def new_topics(replicas: int) -> list[NewTopic]:
    """All topics of the map with partitions and settings, also the topics of own adapters.

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
        "max.message.bytes": str(LARGEST_DEAD_LETTER_BYTES),
    }
    topics += [
        NewTopic(
            dead_letter_topic(service), 1, replicas, topic_configs=dead_letters | _safety(replicas)
        )
        for service in READING_SERVICES
    ]
    return topics


def _configuration(topic: Topic) -> dict[str, str]:
    """Settings of a topic.

    The compression stays the writer's: to change it, the broker would inflate a batch in memory,
    and one record could end the broker (decision 20).
    """
    limits = {
        "max.message.bytes": str(topic.largest_batch_bytes),
        "compression.type": "producer",
    }
    if topic.compacted:
        return {"cleanup.policy": "compact"} | limits
    retention = {"retention.ms": str(topic.retention_ms)}
    if topic.retention_ms < _SEGMENT_MS:
        # Kafka deletes whole segments, and begins a new one once a week unless told otherwise.
        retention["segment.ms"] = str(topic.retention_ms // 4)
    return retention | limits


def _safety(replicas: int) -> dict[str, str]:
    """A record is acknowledged when all replicas but one have it; only an in-sync one can lead."""
    return {
        "min.insync.replicas": str(max(1, replicas - 1)),
        "unclean.leader.election.enable": "false",
    }


async def add_partitions(
    admin: AIOKafkaAdminClient,
    client: Mapping[str, Any],
    wanted: Mapping[str, int],
    *,
    dry_run: bool = False,
) -> list[str]:
    """Add partitions to topics that have fewer; return their names.

    Args:
        admin: connected.
        client: addresses and login of the brokers, as arguments of aiokafka.
        wanted: numbers of partitions, by the name of the topic.
        dry_run: add none.

    Raises:
        TopicsNotApplied: as in `apply_topics`.
    """
    described = await admin.describe_topics(sorted(wanted))
    found = {topic["topic"]: len(topic["partitions"]) for topic in described}
    fewer = {name: wanted[name] for name, count in found.items() if count < wanted[name]}
    for name in fewer:
        if topics_by_name()[name].writer == OWN_ADAPTER:
            behind = await groups_behind(client, name, found[name])
            if behind:
                raise TopicsNotApplied(
                    f"{name}: {behind[0]} has not read all of it, and keys would change their"
                    " partition; stop the ministry's adapter until it has, and apply again"
                )
    if fewer and not dry_run:
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
