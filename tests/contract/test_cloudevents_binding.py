"""The public cases of the CloudEvents Kafka binding.

Source: cloudevents/conformance, features/kafka-protocol-binding.feature (Apache-2.0). Our topics
have the binary content mode only; a structured record is a dead letter.
"""

import json
from datetime import UTC, datetime

import pytest

from libs.contracts.topics import MINISTRIES
from libs.errors import Unreadable
from libs.messaging.envelope import Headers, decode

PAYLOAD = b'{"message": "Hello World!"}'
BINARY = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1234-1234-1234"),
    ("ce_type", b"com.example.someevent"),
    ("ce_source", b"/mycontext/subcontext"),
    ("ce_time", b"2018-04-05T03:56:24Z"),
    ("content-type", b"application/json"),
)
STRUCTURED = json.dumps(
    {
        "specversion": "1.0",
        "type": "com.example.someevent",
        "time": "2018-04-05T03:56:24Z",
        "id": "1234-1234-1234",
        "source": "/mycontext/subcontext",
        "datacontenttype": "application/json",
        "data": {"message": "Hello World!"},
    }
).encode()
CONTENT_TYPES = ("application/cloudevents+json", "application/cloudevents+json; charset=utf-8")

TOPIC = MINISTRIES.name_for("mopa")
VALUE = b'{"application_id": "0198a5b0-0000-7000-8000-000000000001", "ministry": "mopa"}'


def changed(**headers: str | None) -> Headers:
    """The headers of the public case as our event, with some changed or (None) removed."""
    wanted = {name: value.decode() for name, value in BINARY} | {"ce_type": "ministry_received"}
    for name, value in headers.items():
        name = name.replace("content_type", "content-type")
        if value is None:
            del wanted[name]
        else:
            wanted[name] = value
    return [(name, value.encode()) for name, value in wanted.items()]


def test_attributes_and_data_of_the_binary_case_reach_our_event() -> None:
    """Id, type, source and time are read as in the binding."""
    event = decode(MINISTRIES, TOPIC, changed(), VALUE)
    assert event.type == "ministry_received"
    assert event.occurred_at == datetime(2018, 4, 5, 3, 56, 24, tzinfo=UTC)


def test_an_id_that_is_no_uuid_becomes_the_same_one_each_time() -> None:
    """CloudEvents allows any text as an id; its hash identifies a repeat."""
    first, again = (decode(MINISTRIES, TOPIC, changed(), VALUE) for _ in range(2))
    other = decode(MINISTRIES, TOPIC, changed(ce_id="1234-1234-1235"), VALUE)
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_structured_mode_is_unreadable(content_type: str) -> None:
    """The reason names the missing headers."""
    headers = [("content-type", content_type.encode())]
    with pytest.raises(Unreadable) as failure:
        decode(MINISTRIES, TOPIC, headers, STRUCTURED)
    assert failure.value.reason == "header_missing"


def test_an_unknown_event_type_is_unreadable() -> None:
    """The public case has a type that none of our topics has."""
    with pytest.raises(Unreadable, match="unknown_type"):
        decode(MINISTRIES, TOPIC, BINARY, PAYLOAD)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"ce_specversion": "0.3"}, "not_cloudevents"),
        ({"ce_specversion": None}, "header_missing"),
        ({"ce_type": None}, "header_missing"),
        ({"ce_id": None}, "header_missing"),
        ({"ce_time": "yesterday"}, "wrong_shape"),
        ({"content_type": "text/plain"}, "unknown_content_type"),
    ],
)
def test_required_attributes_are_required(headers: dict[str, str | None], reason: str) -> None:
    """A record without one, or of another version, is unreadable."""
    with pytest.raises(Unreadable) as failure:
        decode(MINISTRIES, TOPIC, changed(**headers), VALUE)
    assert failure.value.reason == reason


def test_media_type_parameters_and_case_do_not_matter() -> None:
    """`application/json; charset=utf-8` is JSON, in any case."""
    headers = changed(content_type="Application/JSON; charset=utf-8")
    assert decode(MINISTRIES, TOPIC, headers, VALUE).type == "ministry_received"


def test_unknown_extension_attributes_do_not_matter() -> None:
    """Readers ignore them."""
    headers = [*changed(), ("ce_partitionkey", b"x"), ("anything", b"\xff")]
    assert decode(MINISTRIES, TOPIC, headers, VALUE).type == "ministry_received"
