"""What is there to be seen at the end: ledger, views, topics, inboxes; and whether all is quiet."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from libs.contracts.topics import READING_SERVICES, TOPICS, topics_by_name
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unreadable
from libs.messaging.envelope import RawRecord, decode, event_key
from libs.messaging.outsider import Outsider, Place
from tools.chaos.breaking import group_of
from tools.chaos.crowd import Click, View
from tools.chaos.witness import Books, Witness
from tools.demo import span_store as store
from tools.demo.span_store import Letter
from tools.virtual_users.citizen import NotServed

_VIEWS_AT_ONCE = 8
_VIEWS_WITHIN_S = 60.0
_AND_EACH_S = 0.1
_KEYS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of a topic, as anybody reads it.

    Args:
        topic: its name in the map.
        place: topic on the broker and partition.
        offset: where it stands there.
        key: the record's key as text.
        type: the event's type; empty where the record cannot be read.
        event_id: the event's id.
        event_key: what the inboxes know it by; None where it has no id.
        fields: the event's data.
    """

    topic: str
    place: Place
    offset: int
    key: str
    type: str
    event_id: str
    event_key: UUID | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not come to its end yet, by what it is."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How much in all."""
        return sum(self.counts.values())

    def told(self) -> str:
        """Say what waits, in words."""
        there = {name: count for name, count in self.counts.items() if count}
        return ", ".join(f"{count} {name}" for name, count in there.items()) or "nothing"


@dataclass(slots=True)
class Evidence:
    """Everything that the checks look at.

    Args:
        books: the ledger of the outside world.
        views: each application as its citizen is shown it, by id.
        records: every record of every topic since the start, in order within each partition.
        unhandled: records that a reader's inbox does not have: the reader, the record, and whether
            the reader's offsets are past it.
        letters: new dead letters by service.
        ghosts: applications that the outside world heard of and that do not exist.
        surplus: applications of our citizens that nobody clicked for.
        waiting: what had not come to its end when the wait for quiet was over.
    """

    books: Books
    views: dict[str, View]
    records: list[Seen]
    unhandled: list[tuple[str, Seen, bool]]
    letters: dict[str, list[Letter]]
    ghosts: set[str]
    surplus: set[str]
    waiting: Waiting = field(default_factory=lambda: Waiting({}))


class Auditor:
    """Looks at everything, from outside and from above.

    Args:
        outsider: reads the topics.
        witness: reads the ledger.
        dsn: DSN by service.
    """

    def __init__(self, outsider: Outsider, witness: Witness, dsn: Mapping[str, str]) -> None:
        self.since: dict[Place, int] = {}
        self._outsider = outsider
        self._witness = witness
        self._dsn = dsn
        self._letters_before: dict[str, int] = {}

    async def begin(self) -> None:
        """Take down where everything stands before the run."""
        self.since = await self._outsider.ends(list(topics_by_name()))
        for service in READING_SERVICES:
            async with self._reading(service) as tx:
                known = await store.letters_after(tx, 0)
            self._letters_before[service] = max((each.dead_letter_id for each in known), default=0)

    async def waiting(self) -> Waiting:
        """Count what has not come to its end: rows, callbacks, records not read.

        KafkaError, Unavailable and aiohttp's errors come out while something is away.
        """
        counts: dict[str, int] = {}
        for service in self._dsn:
            async with self._reading(service) as tx:
                counts[f"outbox rows of {service}"] = await store.outbox_rows(tx)
        async with self._reading("ministries") as tx:
            counts["deliveries"] = await store.open_deliveries(tx)
        async with self._reading("notifications") as tx:
            counts["messages"] = await store.queued_messages(tx)
        counts["callbacks owed"] = (await self._witness.owed())[0]
        for group, behind in (await self._behind()).items():
            counts[f"records before {group}"] = behind
        return Waiting(counts)

    async def gather(self, clicks: Sequence[Click]) -> Evidence:
        """Read everything."""
        books = await self._witness.books()
        records = [_seen(record) for record in await self._outsider.records(self.since)]
        ours = {click.application_id for click in clicks if click.application_id}
        heard = {row["application_id"] for row in books.submissions}
        async with self._reading("applications") as tx:
            known = await store.known_applications(tx, [UUID(each) for each in heard - ours])
            own = await store.own_applications(tx, [UUID(each) for each in ours])
        return Evidence(
            books=books,
            views=await _views(clicks),
            records=records,
            unhandled=await self._unhandled(records),
            letters={service: await self._letters(service) for service in READING_SERVICES},
            ghosts=heard - ours - {str(each) for each in known},
            surplus={str(each) for each in own} - ours,
        )

    async def _letters(self, service: str) -> list[Letter]:
        async with self._reading(service) as tx:
            return await store.letters_after(tx, self._letters_before[service])

    async def _unhandled(self, records: Sequence[Seen]) -> list[tuple[str, Seen, bool]]:
        committed = await self._outsider.committed(list(_groups()))
        found: list[tuple[str, Seen, bool]] = []
        for group, (service, topic) in _groups().items():
            mine = [each for each in records if each.topic == topic]
            keys = [each.event_key for each in mine if each.event_key]
            done: set[UUID] = set()
            for first in range(0, len(keys), _KEYS_AT_ONCE):
                async with self._reading(service) as tx:
                    done |= await store.handled(tx, keys[first : first + _KEYS_AT_ONCE])
            for each in mine:
                if each.event_key is not None and each.event_key not in done:
                    is_past = committed[group].get(each.place, 0) > each.offset
                    found.append((service, each, is_past))
        return found

    async def _behind(self) -> dict[str, int]:
        ends = await self._outsider.ends(list(topics_by_name()))
        committed = await self._outsider.committed(list(_groups()))
        by_name = topics_by_name()
        return {
            group: sum(
                end - max(committed[group].get(place, 0), self.since.get(place, 0))
                for place, end in ends.items()
                if by_name[place[0]].name == topic and end > self.since.get(place, 0)
            )
            for group, (_, topic) in _groups().items()
        }

    @asynccontextmanager
    async def _reading(self, service: str) -> AsyncIterator[Transaction]:
        database = Database(self._dsn[service], connections=1)
        await database.open()
        try:
            async with database.transaction() as tx:
                yield tx
        finally:
            await database.close()


def _groups() -> dict[str, tuple[str, str]]:
    """Service and topic of each consumer group."""
    return {
        group_of(service, topic.name): (service, topic.name)
        for topic in TOPICS
        for service in topic.readers
        if service in READING_SERVICES
    }


def _seen(record: RawRecord) -> Seen:
    topic = topics_by_name()[record.topic]
    place = (record.topic, record.partition)
    key = (record.key or b"").decode("utf-8", "replace")
    try:
        event = decode(topic, record.topic, record.headers, record.value)
        known_by = event_key(record.topic, record.headers)
    except Unreadable:
        return Seen(topic.name, place, record.offset, key, "", "", None, {})
    return Seen(
        topic=topic.name,
        place=place,
        offset=record.offset,
        key=key,
        type=event.type,
        event_id=str(event.event_id),
        event_key=known_by,
        fields=event.model_dump(mode="json"),
    )


async def _views(clicks: Sequence[Click]) -> dict[str, View]:
    """What citizens are shown; of a platform that does not answer, what came in time."""
    places = asyncio.Semaphore(_VIEWS_AT_ONCE)
    views: dict[str, View] = {}

    async def one(click: Click) -> None:
        async with places:
            try:
                views[click.application_id] = await click.citizen.view(click.tracking_number)
            except NotServed:
                return  # a view that is missing is a loss; the checks say so

    within_s = _VIEWS_WITHIN_S + _AND_EACH_S * len(clicks)
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as tasks:
            for click in clicks:
                if click.tracking_number:
                    tasks.create_task(one(click))
    return views
