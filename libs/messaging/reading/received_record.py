"""A record of a poll: its event, or why it is unreadable; its place in Kafka; its dead letter."""

from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from aiokafka import TopicPartition

from libs.contracts.bounds import LONGEST_KEY_BYTES
from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.dead_letters.rules import FailedRecord, Origin
from libs.errors import Unreadable
from libs.messaging.envelope import RawRecord, digest_of, read, trace_of
from libs.telemetry.tracing import Started

_LATEST_MS = 253_402_300_799_999  # the last of the year 9999; a stranger's clock may show anything


class ReceivedRecord:
    """A record, which is read when its event is asked for.

    Args:
        topic: its topic of the map.
        raw: as Kafka delivers it.
    """

    def __init__(self, topic: Topic, raw: RawRecord) -> None:
        self.raw = raw
        self.span: Started | None = None  # of its processing, if its trace is sampled
        self.topic = topic

    @cached_property
    def _content(self) -> tuple[UUID, Event] | Unreadable:
        try:
            key, event = read(self.topic, self.raw)
        except Unreadable as error:
            return error
        return key, event.read_from(_time_of(self.raw))

    @property
    def event(self) -> Event | None:
        """The event; None if the record is unreadable."""
        return None if isinstance(self._content, Unreadable) else self._content[1]

    @property
    def key(self) -> UUID | None:
        """The event's key in the inbox; None if the record is unreadable."""
        return None if isinstance(self._content, Unreadable) else self._content[0]

    @property
    def error(self) -> Unreadable | None:
        """Why there is no event."""
        return self._content if isinstance(self._content, Unreadable) else None

    @property
    def place(self) -> TopicPartition:
        """The partition that the record stands in."""
        return TopicPartition(self.raw.topic, self.raw.partition)

    @property
    def has_long_key(self) -> bool:
        """Whether the key is longer than any of ours; such a key blocks nothing."""
        return len(self.raw.key or b"") > LONGEST_KEY_BYTES

    @property
    def topic_and_key(self) -> tuple[str, bytes]:
        """The topic and key within which records stay in order."""
        return (self.raw.topic, self.raw.key or b"")

    @property
    def origin(self) -> Origin:
        """The record's place in Kafka, and its digest."""
        record = self.raw
        return Origin(record.topic, record.partition, record.offset, digest_of(record))

    def failed(self, reason: str, detail: str, *, blocks: bool, attempts: int = 1) -> FailedRecord:
        """The record as a dead letter, with the reason why it failed.

        A key that is too long is cut, because keys of dead letters stand in an index.
        """
        record = self.raw
        return FailedRecord(
            origin=self.origin,
            key=record.key[:LONGEST_KEY_BYTES] if record.key else record.key,
            value=record.value,
            headers=record.headers,
            reason=reason,
            detail=detail,
            attempts=attempts,
            blocks=blocks,
            trace=trace_of(record.headers),
        )


def _time_of(record: RawRecord) -> datetime | None:
    """When its writer wrote the record, or the broker where it has the time; None if unknown."""
    if not 0 <= record.timestamp <= _LATEST_MS:
        return None
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
