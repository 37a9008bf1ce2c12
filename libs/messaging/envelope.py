"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data in the value.

Sources: CloudEvents specification 1.0.2, Kafka protocol binding 1.0.2 section 3.2, and the
distributed tracing extension carried as W3C `traceparent`/`tracestate` headers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import orjson
from pydantic import ValidationError

from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.topics import Topic, topic_name, topic_of
from libs.errors import Unreadable
from libs.trace_context import TraceContext, read_context

Headers = Sequence[tuple[str, bytes]]  # Kafka lets a header have no value: None, at run time

_JSON = b"application/json"
_TRACE_HEADERS = frozenset({"traceparent", "tracestate"})
_LONGEST_ATTRIBUTE_BYTES = 1024


class RawRecord(Protocol):
    """A record as the Kafka client gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be written: where, under which key, and what."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def encode(event: Event, *, trace: TraceContext | None) -> Record:
    """Turn an event into the record that carries it."""
    topic = topic_of(type(event))
    key = str(getattr(event, topic.key))
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.event_id).encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", f"/nagorik/{topic.writer}".encode()),
        ("ce_subject", key.encode()),
        ("ce_time", event.occurred_at.isoformat().encode()),
        ("content-type", _JSON),
    ]
    if trace is not None:
        headers.append(("traceparent", trace.traceparent.encode()))
        if trace.tracestate:
            headers.append(("tracestate", trace.tracestate.encode()))
    value = event.model_dump_json(exclude=set(ENVELOPE_FIELDS)).encode()
    return Record(topic_name(event), key.encode(), value, headers)


def trace_of(headers: Headers) -> TraceContext | None:
    """The trace context that a record carries, or None; never raises."""
    found = {name: value or b"" for name, value in headers if name in _TRACE_HEADERS}
    return read_context(
        found.get("traceparent", b"").decode("ascii", "replace"),
        found.get("tracestate", b"").decode("ascii", "replace"),
    )


def event_key(topic: str, headers: Headers) -> UUID:
    """The inbox key of a record: CloudEvents says that source and id together are unique.

    The topic is part of it, so that one writer cannot use up the ids of another.

    Raises:
        Unreadable: source or id is missing.
    """
    source, event_id = _attribute(headers, "ce_source"), _attribute(headers, "ce_id")
    digest = hashlib.blake2b(f"{topic}\0{source}\0{event_id}".encode(), digest_size=16)
    return UUID(bytes=digest.digest(), version=4)


def decode(topic: Topic, name: str, headers: Headers, value: bytes | None) -> Event:
    """Turn a record back into its event.

    Args:
        topic: the topic of the map that the record was read from.
        name: its name on the broker.
        headers: the record's headers, raw.
        value: the record's value.

    Raises:
        Unreadable: no such event type in this topic, or the content lacks the promised shape.
    """
    _check_binding(headers)
    event_type = _attribute(headers, "ce_type")
    event_class = next((each for each in topic.events if each.type == event_type), None)
    if event_class is None:
        raise Unreadable("unknown_type", f"this topic has no event type {event_type[:80]!r}")
    fields = _fields(value)
    fields["event_id"] = _event_id(name, headers)
    fields["occurred_at"] = _attribute(headers, "ce_time")
    try:
        event = event_class.model_validate(fields)
    except ValidationError as failure:
        wrong = ", ".join(
            f"{'/'.join(map(str, error['loc']))}: {error['type']}"
            for error in failure.errors(include_input=False, include_url=False)[:5]
        )
        raise Unreadable("wrong_shape", wrong) from None
    if topic_name(event) != name:
        raise Unreadable("wrong_topic", "the event belongs to another ministry's topic")
    return event.in_trace(trace_of(headers))


def _check_binding(headers: Headers) -> None:
    if _attribute(headers, "ce_specversion") != "1.0":
        raise Unreadable("not_cloudevents", "ce_specversion is not 1.0")
    content_type = _attribute(headers, "content-type").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Unreadable("unknown_content_type", "content-type is not application/json")


def _fields(value: bytes | None) -> dict[str, Any]:
    try:
        fields = orjson.loads(value or b"")
    except orjson.JSONDecodeError as failure:
        raise Unreadable("not_json", f"{failure.msg} at {failure.pos}") from None
    if not isinstance(fields, dict):
        raise Unreadable("wrong_shape", "the value is not a JSON object")
    return fields


def _event_id(name: str, headers: Headers) -> UUID:
    """Our own ids are UUIDs; another writer's may be any text, and then become one."""
    try:
        return UUID(_attribute(headers, "ce_id"))
    except ValueError:
        return event_key(name, headers)


def _attribute(headers: Headers, wanted: str) -> str:
    for name, value in headers:
        if name == wanted and value is not None:
            if len(value) > _LONGEST_ATTRIBUTE_BYTES:
                raise Unreadable("header_too_long", wanted)
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                raise Unreadable("header_not_utf8", wanted) from None
    raise Unreadable("header_missing", wanted)


def pack_headers(headers: Headers) -> bytes:
    """Write headers as one column: JSON, each byte of a value as the character of its number."""
    return orjson.dumps(
        [[name, None if value is None else value.decode("latin-1")] for name, value in headers]
    )


def unpack_headers(packed: bytes) -> list[tuple[str, bytes]]:
    """Read what `pack_headers` wrote, every byte as it was."""
    rows: list[tuple[str, str | None]] = orjson.loads(packed)
    return [(name, _bytes_of(value)) for name, value in rows]


def _bytes_of(text: str | None) -> Any:
    return None if text is None else text.encode("latin-1")
