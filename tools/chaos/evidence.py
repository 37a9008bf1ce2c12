"""Collects the evidence of a run: ledger, views, topics, inboxes, dead letters, backlog."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from libs.contracts.access import group_of
from libs.contracts.journeys import JourneyPart
from libs.contracts.topics import (
    APPLICATIONS,
    READING_SERVICES,
    REVOCATIONS,
    TOPICS,
    Topic,
    topics_by_name,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unreadable
from libs.messaging.envelope import RawRecord, decode, event_key
from tools.chaos import queries
from tools.chaos.clicks import Click, View
from tools.chaos.inspector import Place, TopicInspector
from tools.chaos.queries import DeadLetter, Figures
from tools.ledger import Ledger, LedgerReader
from tools.virtual_users.citizen import NotServed

_VIEWS_AT_ONCE = 8
_VIEWS_WITHIN_S = 60.0
_SECONDS_PER_VIEW = 0.1
_KEYS_AT_ONCE = 5_000
# The ministries of a run have no own adapters, and so no own topics.
_NAMES = [topic.name for topic in TOPICS if not topic.per_ministry]


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of a topic.

    Args:
        topic: its name in the map.
        place: topic on the broker and partition.
        offset: of the record in the partition.
        key: the record's key as text.
        type: the event's type; empty if the record cannot be read.
        event_id: the event's id.
        event_key: the key of the event in inboxes; None if the record cannot be read.
        fields: the event's data.
        written_at_ms: when the record was written, in milliseconds since 1970.
    """

    topic: str
    place: Place
    offset: int
    key: str
    type: str
    event_id: str
    event_key: UUID | None
    fields: Mapping[str, Any]
    written_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """The rows and records that still wait, counted by name."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum of all counts."""
        return sum(self.counts.values())

    def describe(self) -> str:
        """Return the counts above zero in words."""
        waiting = [f"{count} {name}" for name, count in self.counts.items() if count]
        return ", ".join(waiting) or "nothing"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the programme has counted before a run and after it, and the records of its topic."""

    before: Figures = field(default_factory=Figures)
    after: Figures = field(default_factory=Figures)
    records: Sequence[Seen] = ()


@dataclass(slots=True)
class Evidence:
    """Everything that the checks use.

    Args:
        ledger: what the outside parties received.
        callbacks_refused: how many callbacks of the sandbox the platform refused.
        views: every application as its citizen is shown it, with its messages, by id.
        records: every record of every topic since the start, in order within a partition.
        unhandled: records that are not in a consumer's inbox: the service, the record, and whether
            the committed offset is past it.
        dead_letters: new dead letters by service.
        unknown: ids that reached a ministry without an application.
        unwanted: applications of the virtual users that none of their clicks made.
        backlog: what still waited when the run ended.
        journeys: by application id and service; empty if nobody asked.
        counted: what the programme has counted.
        histories: what the comparison of all cases with their histories printed, line by line;
            empty if no officer works here.
    """

    ledger: Ledger
    callbacks_refused: int
    views: dict[str, View]
    records: list[Seen]
    unhandled: list[tuple[str, Seen, bool]]
    dead_letters: dict[str, list[DeadLetter]]
    unknown: set[str]
    unwanted: set[str]
    backlog: Backlog = field(default_factory=lambda: Backlog({}))
    journeys: Mapping[str, Mapping[str, JourneyPart]] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    histories: Sequence[str] = ()


class Auditor:
    """Reads topics, ledger, views and databases.

    Args:
        inspector: reads the topics.
        reader: reads the ledger.
        dsn: DSN by service.

    Attributes:
        has_officers: whether officers work here, so that their tasks come to an end.
    """

    def __init__(
        self, inspector: TopicInspector, reader: LedgerReader, dsn: Mapping[str, str]
    ) -> None:
        self.since: dict[Place, int] = {}
        self.has_officers = False
        self._inspector = inspector
        self._reader = reader
        self._dsn = dsn
        self._dead_letters_before: dict[str, int] = {}
        self._refused_before = 0
        self._figures_before = Figures()

    async def begin(self) -> None:
        """Record the current offsets and counts before the run."""
        await self._reader.skip_to_end()
        self._refused_before = (await self._reader.callbacks())[1]
        self.since = await self._inspector.ends(_NAMES)
        self._figures_before = await self._figures()
        for service in READING_SERVICES:
            async with self._transaction(service) as tx:
                letters = await queries.dead_letters_after(tx, 0)
            self._dead_letters_before[service] = max(
                (letter.dead_letter_id for letter in letters), default=0
            )

    async def backlog(self) -> Backlog:
        """Count the waiting rows, callbacks, and records not read.

        KafkaError, Unavailable and aiohttp's errors are raised while something is unreachable.
        """
        counts: dict[str, int] = {}
        for service in self._dsn:
            async with self._transaction(service) as tx:
                counts[f"outbox rows of {service}"] = await queries.outbox_rows(tx)
        async with self._transaction("ministries") as tx:
            counts["deliveries"] = await queries.open_deliveries(tx)
        if self.has_officers:
            async with self._transaction("cases") as tx:
                counts["tasks of officers"] = await queries.open_tasks(tx)
        async with self._transaction("notifications") as tx:
            counts["messages"] = await queries.queued_messages(tx)
        counts["callbacks"] = (await self._reader.callbacks())[0]
        for group, lag in (await self._lags()).items():
            counts[f"records before {group}"] = lag
        return Backlog(counts)

    async def gather(self, clicks: Sequence[Click]) -> Evidence:
        """Read everything; the errors of `backlog` are raised."""
        ledger = await self._reader.snapshot()
        refused = (await self._reader.callbacks())[1] - self._refused_before
        records = [_seen(record) for record in await self._inspector.records(self.since)]
        ours = {click.application_id for click in clicks if click.application_id}
        others = ledger.application_ids - ours
        async with self._transaction("applications") as tx:
            stored = await queries.known_applications(
                tx, [UUID(application_id) for application_id in others]
            )
            own = await queries.of_same_citizens(
                tx, [UUID(application_id) for application_id in ours]
            )
        return Evidence(
            ledger=ledger,
            callbacks_refused=max(0, refused),
            views=await _views(clicks),
            records=records,
            unhandled=await self._unhandled(records),
            dead_letters={service: await self._new(service) for service in READING_SERVICES},
            unknown=others - {str(application_id) for application_id in stored},
            unwanted={str(application_id) for application_id in own} - ours,
            counted=await self._counted(),
        )

    async def _figures(self) -> Figures:
        async with self._transaction("programme") as tx:
            return await queries.read_figures(tx, group_of("programme", APPLICATIONS))

    async def _counted(self) -> Counted:
        """Read what was counted, then the records that were read for it, also before the start."""
        before, after = self._figures_before, await self._figures()
        since = {place: before.read.get(place, 0) for place in after.read}
        records = await self._inspector.records(since) if since else []
        return Counted(before, after, [_seen(record) for record in records])

    async def _new(self, service: str) -> list[DeadLetter]:
        async with self._transaction(service) as tx:
            return await queries.dead_letters_after(tx, self._dead_letters_before[service])

    async def _unhandled(self, records: Sequence[Seen]) -> list[tuple[str, Seen, bool]]:
        committed = await self._committed()
        found: list[tuple[str, Seen, bool]] = []
        for service, topic in _readings():
            of_topic = [seen for seen in records if seen.topic == topic.name]
            keys = [seen.event_key for seen in of_topic if seen.event_key]
            handled: set[UUID] = set()
            for first in range(0, len(keys), _KEYS_AT_ONCE):
                async with self._transaction(service) as tx:
                    handled |= await queries.handled(tx, keys[first : first + _KEYS_AT_ONCE])
            found += [
                (
                    service,
                    seen,
                    committed[group_of(service, topic)].get(seen.place, 0) > seen.offset,
                )
                for seen in of_topic
                if seen.event_key is not None and seen.event_key not in handled
            ]
        return found

    async def _lags(self) -> dict[str, int]:
        committed = await self._committed()
        ends = await self._inspector.ends(_NAMES)
        by_name = topics_by_name()
        lags: Counter[str] = Counter()
        for service, topic in _readings():
            group = group_of(service, topic)
            lags[group] += sum(
                max(0, end - max(committed[group].get(place, 0), self.since.get(place, 0)))
                for place, end in ends.items()
                if by_name[place[0]] is topic and end > self.since.get(place, 0)
            )
        return lags

    async def _committed(self) -> dict[str, dict[Place, int]]:
        groups = {group_of(service, topic) for service, topic in _readings()}
        return await self._inspector.committed(sorted(groups))

    @asynccontextmanager
    async def _transaction(self, service: str) -> AsyncIterator[Transaction]:
        database = Database(self._dsn[service], connections=1)
        await database.open()
        try:
            async with database.transaction() as tx:
                yield tx
        finally:
            await database.close()


def _readings() -> list[tuple[str, Topic]]:
    """Each topic with each service that reads it in a group; every replica reads revocations."""
    return [
        (service, topic)
        for topic in TOPICS
        for service in topic.readers
        if service in READING_SERVICES and topic is not REVOCATIONS
    ]


def _seen(record: RawRecord) -> Seen:
    topic = topics_by_name()[record.topic]
    place = (record.topic, record.partition)
    key = (record.key or b"").decode("utf-8", "replace")
    try:
        event = decode(topic, record.topic, record.headers, record.value)
        known_by = event_key(record.topic, record.headers)
    except Unreadable:
        return Seen(topic.name, place, record.offset, key, "", "", None, {}, record.timestamp)
    return Seen(
        topic=topic.name,
        place=place,
        offset=record.offset,
        key=key,
        type=event.type,
        event_id=str(event.event_id),
        event_key=known_by,
        fields=event.model_dump(mode="json"),
        written_at_ms=record.timestamp,
    )


async def _views(clicks: Sequence[Click]) -> dict[str, View]:
    """Applications as citizens are shown them, as far as the platform answers in time."""
    slots = asyncio.Semaphore(_VIEWS_AT_ONCE)
    views: dict[str, View] = {}

    async def read_view(click: Click) -> None:
        async with slots:
            try:
                views[click.application_id] = await click.citizen.whole_view(click.tracking_number)
            except NotServed:
                return  # the checks find that it is missing

    within_s = _VIEWS_WITHIN_S + _SECONDS_PER_VIEW * len(clicks)
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as tasks:
            for click in clicks:
                if click.tracking_number:
                    tasks.create_task(read_view(click))
    return views
