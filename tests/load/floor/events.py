"""The records of the floor: four for an application, in the platform's envelope."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import ConsumerRecord
from asyncpg.pgproto.pgproto import UUID

APPLICATIONS = "applications.v1"
MINISTRIES = [f"m{number:02}" for number in range(34)]
SUBMISSIONS = "submissions.hosted.v1"
FACTS = "ministries.hosted.v1"
PARTITIONS = {APPLICATIONS: 4, SUBMISSIONS: 2, FACTS: 3}
_HEADER_NAMES = [
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"),
    *("content-type", "traceparent"),
]
_TRACEPARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

Row = tuple[str, bytes, bytes, bytes]  # topic, key, headers, value


@dataclass(slots=True)
class Event:
    """A record after decoding."""

    event_id: str
    type: str
    application_id: str
    content: dict[str, Any]


def new_id() -> UUID:
    """Make an id that begins with the time, so that new rows are adjacent in an index."""
    return UUID(time.time_ns().to_bytes(8) + os.urandom(8))


def ministry_of(public_service_id: str) -> str:
    """Return the ministry of a public service."""
    return MINISTRIES[int(public_service_id[1:]) % len(MINISTRIES)]


def make_row(topic: str, event_type: str, application_id: str, /, **content: Any) -> Row:
    """Make the outbox row of an event."""
    key = application_id.encode()
    headers = b"\0".join(
        (
            *(b"1.0", str(new_id()).encode(), event_type.encode(), b"floor", key),
            *(datetime.now(UTC).isoformat().encode(), b"application/json", _TRACEPARENT),
        )
    )
    return topic, key, headers, orjson.dumps({"application_id": application_id, **content})


def headers_of(packed: bytes) -> list[tuple[str, bytes]]:
    """Return a row's headers as aiokafka takes them."""
    return list(zip(_HEADER_NAMES, packed.split(b"\0"), strict=True))


def partition_of(topic: str, key: bytes) -> int:
    """Return the partition of an application's records."""
    return key[-1] % PARTITIONS[topic]


def decode(record: "ConsumerRecord[bytes, bytes]") -> Event:
    """Read a record."""
    headers = dict(record.headers)
    content = orjson.loads(record.value or b"")
    event_id, event_type = headers["ce_id"].decode(), headers["ce_type"].decode()
    return Event(event_id, event_type, content["application_id"], content)
