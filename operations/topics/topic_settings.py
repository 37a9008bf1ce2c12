"""Brings the settings of existing topics to those of the map; run as a deploy step.

What may lose records is left as it is unless an operator asks for it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from typing_extensions import override

from operations.topics.admin import TopicsNotApplied, new_topics

_FOR_EVER = -1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting of a topic that differs from the map.

    Args:
        topic: its name on the broker.
        name: of the setting.
        before: the value on the broker.
        after: the value of the map.
    """

    topic: str
    name: str
    before: str
    after: str

    @property
    def may_lose_records(self) -> bool:
        """Whether records that are kept now would be deleted, or fewer copies acknowledge one."""
        match self.name:
            case "retention.ms":
                return _kept_ms(self.after) < _kept_ms(self.before)
            case "min.insync.replicas":
                return int(self.after) < int(self.before)  # house: ascii-digits (of the broker)
            case "cleanup.policy":
                return True
            case _:
                return False

    @override
    def __str__(self) -> str:
        return f"{self.topic}: {self.name} {self.before} -> {self.after}"


async def changes_of_settings(
    client: Mapping[str, Any], *, replicas: int = 1
) -> list[SettingChange]:
    """Return how the topics of a cluster differ from the map; missing topics are left out.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        replicas: copies of each partition, as for `apply_topics`.
    """
    wanted = {topic.name: topic.topic_configs for topic in new_topics(replicas)}
    return await asyncio.to_thread(_changes, client, wanted)


async def change_settings(client: Mapping[str, Any], changes: Sequence[SettingChange]) -> None:
    """Change these settings; others stay as they are.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        changes: what to change.

    Raises:
        TopicsNotApplied: the cluster refused a change.
    """
    if changes:
        await asyncio.to_thread(_change, client, changes)
    log.info("settings of topics applied", changed=len(changes))


def _changes(
    client: Mapping[str, Any], wanted: Mapping[str, Mapping[str, str]]
) -> list[SettingChange]:
    with KafkaAdminClient(**client) as admin:
        there = sorted(wanted.keys() & set(admin.list_topics()))
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
        found = admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    return [change for name in there for change in _differences(name, found[name], wanted[name])]


def _differences(
    topic: str, found: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, str]
) -> Iterator[SettingChange]:
    for name, value in sorted(wanted.items()):
        before = str(found[name]["value"])
        if before != value:
            yield SettingChange(topic, name, before, value)


def _change(client: Mapping[str, Any], changes: Sequence[SettingChange]) -> None:
    by_topic: dict[str, dict[str, str]] = {}
    for change in changes:
        by_topic.setdefault(change.topic, {})[change.name] = change.after
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)
        for topic, settings in by_topic.items()
    ]
    with KafkaAdminClient(**client) as admin:
        results = admin.alter_configs(resources, incremental=True)["topic"]
    for topic, result in results.items():
        if result != "OK":
            raise TopicsNotApplied(f"{topic}: {result}")


def _kept_ms(value: str) -> float:
    """The milliseconds of a retention; -1 is for ever."""
    kept_ms = int(value)  # house: ascii-digits (of the broker)
    return float("inf") if kept_ms == _FOR_EVER else kept_ms
