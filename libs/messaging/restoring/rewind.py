"""Sets the groups of a service back to the records that its restored database lost.

Reading again is harmless: the inbox drops what is in the database, and ids are derived (decision
63). Kafka refuses the offsets of a group with members, which would commit theirs again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, GroupCoordinatorNotAvailableError

from libs.contracts.access import group_of
from libs.contracts.topics import REVOCATIONS, TOPICS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.kafka.administering import administering
from libs.messaging.reading import inbox
from libs.messaging.reading.behind import committed_offsets
from libs.messaging.restoring.history import failures_translated

_COORDINATOR_WITHIN_S = 10  # brokers that began just now make the topic of offsets first


class GroupHasMembers(Exception):
    """Members of the group run: stop the service, and wait for 10 s after a kill."""

    def __init__(self, group: str) -> None:
        service = group.partition(".")[0]
        super().__init__(f"{group} has members: stop {service}, and wait ten seconds after a kill")


@dataclass(frozen=True, slots=True)
class Rewind:
    """One partition of a group that is read again.

    Args:
        group: the consumer group.
        place: the partition.
        committed: the next offset, as Kafka has it.
        target: the next offset after the rewind.
        deleted: records before the target that were lost, and that Kafka has deleted.
    """

    group: str
    place: TopicPartition
    committed: int
    target: int
    deleted: int = 0

    @property
    def records(self) -> int:
        """How many records are read again."""
        return self.committed - self.target


def groups_of(service: str) -> list[str]:
    """Return the consumer groups of a service of the map."""
    read = [topic for topic in TOPICS if service in topic.readers and topic is not REVOCATIONS]
    return sorted({group_of(service, topic) for topic in read})


async def plan_rewind(
    client: Mapping[str, Any],
    database: Database,
    service: str,
    *,
    to: datetime | None = None,
) -> list[Rewind]:
    """Return the offsets to which the groups of a service must go back; change nothing.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        database: of the service.
        service: its name.
        to: a time from which records are read again, also where the database has their effects;
            None to go back to what the database says only.

    Raises:
        Unavailable: the database or the brokers do not answer, or a right is missing.
    """
    plan: list[Rewind] = []
    for group in groups_of(service):
        with failures_translated():
            committed = await committed_offsets(client, group)
        async with database.transaction() as tx:
            stored = await inbox.read_offsets(tx, group)
        wanted = {place: min(stored.get(place, 0), at) for place, at in committed.items()}
        with failures_translated():
            beginnings = await _beginnings(client, wanted, to)
        for place, at in sorted(committed.items()):
            beginning, at_time = beginnings[place]
            lost = wanted[place]
            target = max(beginning, min(lost, at_time))
            if target < at or lost < at:
                deleted = max(0, min(at, beginning) - lost)
                plan.append(Rewind(group, place, at, min(target, at), deleted))
    return plan


async def rewind(
    client: Mapping[str, Any], database: Database, plan: Sequence[Rewind], *, by: str
) -> None:
    """Set groups back as planned, and write it into the journal of the database.

    Raises:
        GroupHasMembers: a group has members; the groups before it are set back, and a repeat is
            harmless.
        Unavailable: the database or the brokers do not answer, or a right is missing.
    """
    by_group: defaultdict[str, list[Rewind]] = defaultdict(list)
    for rewind in plan:
        by_group[rewind.group].append(rewind)
    await check_empty(client, by_group)
    with failures_translated():
        for group, rewinds in by_group.items():
            await _commit(client, group, {rewind.place: rewind.target for rewind in rewinds})
    async with database.transaction() as tx:
        for group, rewinds in by_group.items():
            await inbox.take_read(
                tx, [], group, {rewind.place: rewind.target for rewind in rewinds}
            )
            detail = ", ".join(
                f"{rewind.place.topic}/{rewind.place.partition}:"
                f" {rewind.committed} to {rewind.target}"
                for rewind in rewinds
            )
            await write_journal(tx, by=by, action="rewind", detail=f"{group}: {detail}")


async def check_empty(client: Mapping[str, Any], groups: Iterable[str]) -> None:
    """Check that no consumer reads in these groups.

    Raises:
        GroupHasMembers: somebody does.
        Unavailable: the brokers do not answer, or a right is missing.
    """
    with failures_translated():
        async with administering(client) as admin:
            for group in groups:  # the client stumbles over an answer about several
                if await _has_members(admin, group):
                    raise GroupHasMembers(group)


async def _has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    """Whether a consumer reads in a group; brokers without a coordinator yet are asked again."""
    for _ in range(_COORDINATOR_WITHIN_S):
        with suppress(GroupCoordinatorNotAvailableError):
            return await _read_has_members(admin, group)
        await asyncio.sleep(1)
    return await _read_has_members(admin, group)


async def _read_has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    (described,) = await admin.describe_consumer_groups([group])
    return any(group["members"] for group in described.to_object()["groups"])


async def write_journal(tx: Transaction, *, by: str, action: str, detail: str) -> None:
    """Write an operator's act after a restore into the journal of the database."""
    await tx.execute(
        "INSERT INTO recovery_journal (actor, action, detail) VALUES ($1, $2, $3)",
        by,
        action,
        detail,
    )


async def _beginnings(
    client: Mapping[str, Any], wanted: Mapping[TopicPartition, int], to: datetime | None
) -> dict[TopicPartition, tuple[int, int]]:
    """The first offset of each partition, and the first one of a time (the wanted without one)."""
    if not wanted:
        return {}
    reader = AIOKafkaConsumer(**client, enable_auto_commit=False)
    await reader.start()
    try:
        first = await reader.beginning_offsets(list(wanted))
        if to is None:
            return {place: (first[place], offset) for place, offset in wanted.items()}
        at = await reader.offsets_for_times(dict.fromkeys(wanted, int(to.timestamp() * 1000)))
        return {
            place: (first[place], at[place].offset if at[place] else offset)
            for place, offset in wanted.items()
        }
    finally:
        await reader.stop()


async def _commit(
    client: Mapping[str, Any], group: str, offsets: Mapping[TopicPartition, int]
) -> None:
    reader = AIOKafkaConsumer(**client, group_id=group, enable_auto_commit=False)
    reader.assign(list(offsets))
    await reader.start()
    try:
        await reader.commit(dict(offsets))
    except CommitFailedError as failure:
        raise GroupHasMembers(group) from failure
    finally:
        await reader.stop()
