"""Bad headers and values; tests/contract has the good ones."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts import topics
from libs.contracts.applications import ServedBy, SubmissionMade, SubmissionWithdrawn
from libs.contracts.ministries import MinistryReceived
from libs.errors import Unreadable
from libs.ids import new_id
from libs.messaging.envelope import (
    decode,
    encode,
    event_key,
    pack_headers,
    read,
    trace_of,
    unpack_headers,
)
from tests.libs.messaging.scenes import SAMPLED, Raw, raw, submitted
from tests.nonsense import Nonsense, nonsense

Pairs = list[tuple[str, Any]]
HEADERS = st.lists(st.tuples(st.text(max_size=8), st.none() | st.binary(max_size=40)), max_size=6)
_SUBMISSION: dict[str, Any] = {
    "application_id": new_id(),
    "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
    "public_service_id": "S001",
    "ministry": "mofa",
    "served_by": "hosted",
    "applicant_id": new_id(),
    "actor_id": new_id(),
    "form_version": 1,
}
NAMES = ["ce_id", "ce_source", "ce_type", "ce_specversion", "content-type", "traceparent"]


@given(HEADERS)
def test_headers_come_back_byte_for_byte(headers: Pairs) -> None:
    """Headers are stored unchanged; a missing value and an empty one differ."""
    assert unpack_headers(pack_headers(headers)) == headers


@given(
    headers=st.lists(
        st.tuples(st.sampled_from(NAMES), st.none() | st.binary(max_size=60)), max_size=8
    ),
    value=st.none() | st.binary(max_size=60),
)
def test_any_record_is_read_or_unreadable(headers: Pairs, value: bytes | None) -> None:
    """Any record is read or raises Unreadable."""
    trace_of(headers)
    with suppress(Unreadable):
        event_key(topics.APPLICATIONS.name, headers)
        decode(topics.APPLICATIONS, topics.APPLICATIONS.name, headers, value)


@given(value=st.binary(max_size=200))
def test_any_value_is_read_or_unreadable(value: bytes) -> None:
    """With valid headers, any value is read or raises Unreadable."""
    headers = encode(submitted(), trace=None).headers
    with pytest.raises(Unreadable):
        decode(topics.APPLICATIONS, topics.APPLICATIONS.name, headers, value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not_json"),
        (b"", "not_json"),
        (b"[" * 2_000, "too_deep"),
        (b"[" * 1_000_000, "too_large"),
        (b"[]", "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b'{"ministry": "\\ud800"}', "not_json"),
    ],
)
def test_broken_values_have_their_reason(value: bytes | None, reason: str) -> None:
    """A tombstone, an empty value, endless brackets and half a character have different reasons."""
    headers = encode(submitted(), trace=None).headers
    with pytest.raises(Unreadable) as failure:
        decode(topics.APPLICATIONS, topics.APPLICATIONS.name, headers, value)
    assert failure.value.reason == reason


@pytest.mark.parametrize("bad", [*nonsense(new_id(), "mopa")], ids=lambda bad: bad.what)
def test_what_comes_over_kafka_is_held_to_the_rules_of_http(bad: Nonsense) -> None:
    """Text, lengths, depth, size, numbers and times have limits; each has its reason."""
    record = Raw(1, bad.key, bad.value, bad.headers, "ministries.mopa.v1")
    with pytest.raises(Unreadable) as failure:
        read(topics.MINISTRIES, record)
    assert failure.value.reason == bad.reason


@pytest.mark.parametrize(
    "form",
    [
        {"name": "a\x07"},
        {"a\x07": 1},
        {"n": 10**18},
        {"n": -1e300},
        {f"q{number}": 1 for number in range(501)},
    ],
    ids=["text", "name", "number", "fraction", "answers"],
)
def test_a_form_is_held_to_the_rules_of_http(form: dict[str, Any]) -> None:
    """Text, numbers and the number of answers have limits, as in a body."""
    good = SubmissionMade(**{**_SUBMISSION, "form": {"n": 10**18 - 1, "text": "a\n\tb"}})
    record = encode(good, trace=None)
    decode(topics.HOSTED_SUBMISSIONS, record.topic, record.headers, record.value)
    value = json.dumps({**json.loads(record.value or b"{}"), "form": form}).encode()
    with pytest.raises(Unreadable, match="wrong_shape"):
        decode(topics.HOSTED_SUBMISSIONS, record.topic, record.headers, value)


@pytest.mark.parametrize(
    "time",
    ["2026-01-15T10:30+06:00", "2026-01-15t04:30:00.123456789z", "2026-01-15 04:30:00-12:00"],
)
def test_times_of_rfc_3339_are_read(time: str) -> None:
    """Other programs write fractions, letters and zones in other ways."""
    record = encode(submitted(), trace=None)
    headers = [(name, time.encode() if name == "ce_time" else v) for name, v in record.headers]
    event = decode(topics.APPLICATIONS, record.topic, headers, record.value)
    assert event.occurred_at.utcoffset() is not None


def test_an_event_in_another_ministrys_topic_is_refused() -> None:
    """A ministry can publish events about itself only."""
    event = SubmissionWithdrawn(**{**_SUBMISSION, "served_by": "own"})
    record = encode(event, trace=None)
    decode(topics.SUBMISSIONS, "submissions.mofa.v1", record.headers, record.value)
    with pytest.raises(Unreadable, match="wrong_topic"):
        decode(topics.SUBMISSIONS, "submissions.mopa.v1", record.headers, record.value)


@pytest.mark.parametrize("served_by", ["desk", "hosted"])
def test_an_adapter_speaks_for_no_other_one(served_by: ServedBy) -> None:
    """A ministry's own adapter decides no case of an office that works here."""
    said = MinistryReceived(application_id=new_id(), ministry="mofa", served_by=served_by)
    record = encode(said, trace=None)
    for topic, name in (
        (topics.MINISTRIES, "ministries.mofa.v1"),
        (topics.DESK_MINISTRIES, "ministries.desk.v1"),
        (topics.HOSTED_MINISTRIES, "ministries.hosted.v1"),
    ):
        if topic.served_by == served_by:
            decode(topic, name, record.headers, record.value)
            continue
        with pytest.raises(Unreadable, match="wrong_topic"):
            decode(topic, name, record.headers, record.value)


def test_inbox_key_differs_by_topic_source_and_id() -> None:
    """A publisher cannot take the ids of another."""
    headers: Pairs = [("ce_source", b"/a"), ("ce_id", b"1")]
    other_source: Pairs = [("ce_source", b"/b"), ("ce_id", b"1")]
    other_id: Pairs = [("ce_source", b"/a"), ("ce_id", b"2")]
    keys = {
        event_key("t", headers),
        event_key("u", headers),
        event_key("t", other_source),
        event_key("t", other_id),
    }
    assert len(keys) == 4
    assert event_key("t", headers) == event_key("t", [*headers, ("x", b"y")])


def test_inbox_key_begins_as_an_id_that_is_a_uuid() -> None:
    """Marks of one application are adjacent; ids of another form also have a key."""
    event_id = new_id()
    key = event_key("t", [("ce_source", b"/a"), ("ce_id", str(event_id).encode())])
    assert key.int >> 80 == event_id.int >> 80
    assert key != event_id
    for other in (b"7", b"01a213fa-43f", b"01A213FA-43F2-7236", "০১২৩৪৫৬৭-৪৩f2-".encode()):
        assert event_key("t", [("ce_source", b"/a"), ("ce_id", other)]).version == 8


def test_trace_headers_are_read_and_bad_ones_are_none() -> None:
    """A malformed trace context is ignored; the event is read."""
    record = encode(submitted(), trace=SAMPLED)
    assert trace_of(record.headers) == SAMPLED
    assert trace_of([("traceparent", b"00-zz")]) is None
    assert trace_of([("traceparent", b"\xff" * 55)]) is None


def test_a_second_traceparent_makes_both_worthless() -> None:
    """Nobody knows which one is right (W3C Trace Context)."""
    one, other = (f"00-{c * 32}-{c * 16}-01".encode() for c in "ab")
    assert trace_of([("traceparent", one), ("traceparent", other)]) is None
    assert trace_of([("traceparent", one)]) is not None


def test_a_record_is_read_into_its_key_and_its_event() -> None:
    """Key and event are those of `event_key` and `decode`."""
    record = raw(submitted(), 7, trace=SAMPLED)
    key, event = read(topics.APPLICATIONS, record)
    assert key == event_key(record.topic, record.headers)
    assert event == decode(topics.APPLICATIONS, record.topic, record.headers, record.value)
    assert event.trace == SAMPLED


def test_of_a_header_that_stands_twice_the_first_with_a_value_counts() -> None:
    """A repeated header changes neither the event nor its key."""
    ours: Pairs = [("ce_source", b"/a"), ("ce_id", b"1")]
    doubled: Pairs = [("ce_id", None), *ours, ("ce_id", b"2"), ("ce_source", b"/b")]
    assert event_key("t", doubled) == event_key("t", ours)
