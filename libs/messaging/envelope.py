"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data in the value.

Sources: CloudEvents specification 1.0.2, Kafka protocol binding 1.0.2 section 3.2, and the
distributed tracing extension as W3C `traceparent` and `tracestate` headers.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pydantic import ValidationError

from libs.bangladesh.text import has_forbidden
from libs.contracts.bounds import LONGEST_KEY_BYTES, MOST_AHEAD, WIDEST_ZONE, is_written_out
from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.topics import Topic, topic_of
from libs.errors import Refused, Unreadable
from libs.headers import Headers as Headers
from libs.headers import pack_headers as pack_headers
from libs.headers import unpack_headers as unpack_headers
from libs.ids import hashed_id
from libs.trace_context import TraceContext, read_context
from libs.web.handling.body import parse_json

_JSON = b"application/json"
_SPECVERSION = b"1.0"
_IN_HEADERS = set(ENVELOPE_FIELDS)
UNPARSABLE_HEADER = "nagorik_unparsable"
"""Stands in place of a record that the Kafka client could not parse."""

_LONGEST_ATTRIBUTE_BYTES = 1024
_UUID_BEGINNING = re.compile("([0-9a-f]{8})-([0-9a-f]{4})-")


class RawRecord(Protocol):
    """A record of the Kafka client."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Record(NamedTuple):
    """A record to publish: topic, key, value and headers."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def encode(event: Event, *, trace: TraceContext | None) -> Record:
    """Turn an event into a record."""
    kind, topic = type(event), topic_of(event)
    key = str(getattr(event, topic.key)).encode()
    headers = [
        *_headers_of(kind, topic.writer),
        ("ce_id", str(event.event_id).encode()),
        ("ce_subject", key),
        ("ce_time", event.occurred_at.isoformat().encode()),
    ]
    if trace is not None:
        headers.append(("traceparent", trace.traceparent.encode()))
        if trace.tracestate:
            headers.append(("tracestate", trace.tracestate.encode()))
    value = kind.__pydantic_serializer__.to_json(event, exclude=_IN_HEADERS)
    return Record(topic.name_of(event), key, value, headers)


@cache
def _headers_of(kind: type[Event], writer: str) -> list[tuple[str, bytes]]:
    """The headers that all records of an event class by one writer have."""
    return [
        ("ce_specversion", _SPECVERSION),
        ("ce_type", kind.type.encode()),
        ("ce_source", f"/nagorik/{writer}".encode()),
        ("content-type", _JSON),
    ]


def digest_of(record: RawRecord) -> bytes:
    """A digest of the content and time of a record: the same place may hold another one later."""
    content = (
        str(record.timestamp).encode(),
        record.key,
        record.value,
        pack_headers(record.headers),
    )
    digest = hashlib.blake2b(digest_size=16)
    for part in content:
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return digest.digest()


def trace_of(headers: Headers) -> TraceContext | None:
    """The trace context of a record, or None; never raises."""
    return _trace(_by_name(headers))


def event_key(name: str, headers: Headers) -> UUID:
    """The inbox key of a record: source and id together are unique (CloudEvents 1.0.2).

    The topic's name is part of it, so that a publisher cannot take the ids of another. It begins
    like the id if that is a UUID, so that the marks of one application are adjacent in the index.

    Raises:
        Unreadable: source or id is missing.
    """
    return _key(name, _by_name(headers))


def decode(topic: Topic, name: str, headers: Headers, value: bytes | None) -> Event:
    """Turn a record into its event.

    Args:
        topic: the topic of the map that the record was read from.
        name: the name of the topic on the broker.
        headers: the record's headers, raw.
        value: the record's value.

    Raises:
        Unreadable: the topic has no such event type, or the content does not match its schema or
            passes a limit of `libs.contracts.bounds`.
    """
    return _event(topic, name, _by_name(headers), value)


def read(topic: Topic, record: RawRecord) -> tuple[UUID, Event]:
    """Turn a record into its inbox key and its event.

    Raises:
        Unreadable: as in `event_key` and `decode`, or the record's key is too long.
    """
    if len(record.key or b"") > LONGEST_KEY_BYTES:
        raise Unreadable("key_too_long", f"more than {LONGEST_KEY_BYTES} bytes")
    by_name = _by_name(record.headers)
    if UNPARSABLE_HEADER in by_name:
        raise Unreadable("unparsable", "its compression or the name of a header cannot be read")
    return _key(record.topic, by_name), _event(topic, record.topic, by_name, record.value)


def _by_name(headers: Headers) -> Mapping[str, bytes]:
    """The first value of each header, by name."""
    by_name = dict(headers)
    if len(by_name) == len(headers) and None not in by_name.values():
        return by_name  # fast path for our own records: no header is repeated or empty
    by_name = {name: value for name, value in reversed(headers) if value is not None}
    if sum(name == "traceparent" for name, _ in headers) > 1:
        by_name.pop("traceparent", None)  # nobody knows which one is right (W3C Trace Context)
    return by_name


def _key(name: str, by_name: Mapping[str, bytes]) -> UUID:
    source, event_id = _text(by_name, "ce_source"), _text(by_name, "ce_id")
    digest = hashlib.blake2b(f"{name}\0{source}\0{event_id}".encode(), digest_size=16).digest()
    beginning = _UUID_BEGINNING.match(event_id)
    begins = int(beginning[1] + beginning[2], 16) if beginning else int.from_bytes(digest[10:])
    return hashed_id(digest, first_bits=begins)


def _event(topic: Topic, name: str, by_name: Mapping[str, bytes], value: bytes | None) -> Event:
    _check_binding(by_name)
    kind = _kind(topic, by_name)
    fields = _fields(topic, value)
    fields["event_id"] = _event_id(name, by_name)
    fields["occurred_at"] = _time(by_name)
    try:
        event = kind.model_validate(fields)
    except ValidationError as failure:
        wrong = ", ".join(
            f"{'/'.join(map(str, error['loc']))}: {error['type']}"
            for error in failure.errors(include_input=False, include_url=False)[:5]
        )
        raise Unreadable("wrong_shape", wrong) from None
    if topic.name_of(event) != name:
        raise Unreadable("wrong_topic", "the event belongs to another ministry's topic")
    if getattr(event, "served_by", None) not in {None, topic.served_by}:
        raise Unreadable("wrong_topic", "the event belongs to another adapter's topic")
    return event.in_trace(_trace(by_name))


def _trace(by_name: Mapping[str, bytes]) -> TraceContext | None:
    traceparent, tracestate = by_name.get("traceparent"), by_name.get("tracestate", b"")
    if traceparent is None:
        return None
    return read_context(
        traceparent.decode("ascii", "replace"), tracestate.decode("ascii", "replace")
    )


def _check_binding(by_name: Mapping[str, bytes]) -> None:
    if by_name.get("ce_specversion") == _SPECVERSION and by_name.get("content-type") == _JSON:
        return  # fast path for our own records
    if _text(by_name, "ce_specversion") != "1.0":
        raise Unreadable("not_cloudevents", "ce_specversion is not 1.0")
    content_type = _text(by_name, "content-type").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Unreadable("unknown_content_type", "content-type is not application/json")


def _kind(topic: Topic, by_name: Mapping[str, bytes]) -> type[Event]:
    kind = _kinds(topic.events).get(by_name.get("ce_type"))
    if kind is None:
        event_type = _text(by_name, "ce_type")
        raise Unreadable("unknown_type", f"this topic has no event type {event_type[:80]!r}")
    return kind


@cache
def _kinds(events: tuple[type[Event], ...]) -> Mapping[bytes | None, type[Event]]:
    return {kind.type.encode(): kind for kind in events}


def _fields(topic: Topic, value: bytes | None) -> dict[str, Any]:
    if len(value or b"") > topic.largest_bytes:
        raise Unreadable("too_large", f"more than {topic.largest_bytes} bytes")
    try:
        fields = parse_json(value or b"")  # the rules of HTTP bodies
    except Refused as refusal:
        raise Unreadable(refusal.code, "in a text or a name") from None
    if not isinstance(fields, dict):
        raise Unreadable("wrong_shape", "the value is not a JSON object")
    return fields


def _time(by_name: Mapping[str, bytes]) -> datetime:
    text = _text(by_name, "ce_time")
    try:
        time = datetime.fromisoformat(text.upper()) if is_written_out(text) else None
    except ValueError:
        time = None
    zone = None if time is None else time.utcoffset()
    if time is None or zone is None or abs(zone) > WIDEST_ZONE:
        raise Unreadable("wrong_shape", "ce_time is no time of RFC 3339 in a zone of the earth")
    if time > datetime.now(UTC) + MOST_AHEAD:
        raise Unreadable("wrong_shape", f"ce_time is more than {MOST_AHEAD} ahead")
    return time


def _event_id(name: str, by_name: Mapping[str, bytes]) -> UUID:
    """The id as a UUID; ids of other publishers may be any text, which is hashed."""
    try:
        return UUID(_text(by_name, "ce_id"))
    except ValueError:
        return _key(name, by_name)


def _text(by_name: Mapping[str, bytes], wanted: str) -> str:
    value = by_name.get(wanted)
    if value is None:
        raise Unreadable("header_missing", wanted)
    if len(value) > _LONGEST_ATTRIBUTE_BYTES:
        raise Unreadable("header_too_long", wanted)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise Unreadable("header_not_utf8", wanted) from None
    if has_forbidden(text):  # CloudEvents 1.0.2, section "Type System": String
        raise Unreadable("control_character", wanted)
    return text
